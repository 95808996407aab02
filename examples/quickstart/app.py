"""The application: it opens its configuration, reads it, and greets."""

from pathlib import Path

import greeting

import cfgcore

HERE = Path(__file__).parent


def open_config() -> cfgcore.Config:
    """Open the configuration of this folder; it raises ``ValidationFailed`` with everything that is wrong."""
    return cfgcore.open(folder=HERE, env_prefix="QUICKSTART", plugins=[greeting], plugin_group=None)


def main() -> None:
    with open_config() as config:
        settings = config[greeting.GreetingConfig]  # type checkers know what is in it
        text = f"Hello, {settings.name}!"
        for _ in range(settings.times):
            print(text.upper() if settings.shout else text)


if __name__ == "__main__":
    try:
        main()
    except cfgcore.CfgcoreError as error:
        raise SystemExit(str(error)) from None
