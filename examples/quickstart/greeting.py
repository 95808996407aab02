"""The plugin: the section `greeting`, and a rule about it."""

from cfgcore import Rule, Violation, hookimpl, rule, section, setting


@section("greeting", title="Greeting")
class GreetingConfig:
    """Who is greeted, and how."""

    name: str = setting("world", length=(1, 40), help="Who is greeted.")
    times: int = setting(1, minimum=1, maximum=10, help="How often.")
    shout: bool = setting(False, help="Use capital letters only.")
    token: str | None = setting(None, secret=True, help="What the greeting service asks for.")


def short_shouting(times: int, shout: bool) -> Violation | None:
    """Whoever shouts is brief."""
    if shout and times > 3:
        return Violation("nobody wants to be shouted at more than three times", suggested=3)
    return None


@hookimpl
def cfgcore_sections() -> list[type]:
    return [GreetingConfig]


@hookimpl
def cfgcore_rules() -> list[Rule]:
    return [rule(("greeting.times", "greeting.shout"), short_shouting, severity="warning")]
