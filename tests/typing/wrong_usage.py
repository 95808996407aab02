"""What a type checker must refuse: an error is expected on each line marked ``# E``, and nowhere else."""

from __future__ import annotations

from cfgcore import Config, Flag, Profile, maximum, rule, section, setting, subsection


@subsection
class Limits:
    most: int = setting(5)


@section("server")
class ServerConfig:
    host: str = setting("127.0.0.1")
    port: int = setting(8000)
    limits: Limits = setting(Limits())


@section("wrong")
class WrongConfig:
    number: int = setting("many")  # E
    text: str = setting(None)  # E
    names: tuple[str, ...] = setting((1, 2))  # E
    misspelt: int = setting(1, minimun=2)  # E
    unbounded: int = setting(1, minimum="a")  # E
    scoped: int = setting(1, scope="admin")  # E


ServerConfig(port="x")  # E
ServerConfig(prot=1)  # E
ServerConfig("localhost")  # E
ServerConfig().port = 1  # E
ServerConfig().limits.most = 1  # E
ServerConfig(limits=5)  # E
Flag("fast", default=5)  # E
Profile("server.host", "localhost", 5)  # E
rule(("server.port",), lambda port: None, severity="fatal")  # E
section("server", version="2")  # E
maximum("server.port", "many")  # E
maximum("server.port", 5, level="advised")  # E


def administer(config: Config) -> None:
    config.flags.is_enabled("fast", user=5)  # E
    config.flags.evaluate("fast", contxt={})  # E
    config.plan({"policies.server.most": 5}).users(examples="all")  # E
