"""``cfgcore.create_default``: a settings file to begin with."""

from __future__ import annotations

from pathlib import Path as File
from typing import TYPE_CHECKING

from cfgcore.errors import CfgcoreError
from cfgcore.installing.notation import JSON, TOML, YAML, Notation
from cfgcore.installing.sample import sample
from cfgcore.installing.store_target import target_of
from cfgcore.installing.target import Written, replace_file
from cfgcore.opening import load_plugins

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from cfgcore.declare.registry import Registry
    from cfgcore.opening import PluginArguments

_NOTATIONS: dict[str, Notation] = {".toml": TOML, ".yaml": YAML, ".yml": YAML, ".json": JSON}


def create_default(
    path: str | File,
    *,
    force: bool = False,
    env_prefix: str = "CFGCORE",
    schema: str | None = None,
    **plugins: Unpack[PluginArguments],
) -> Written:
    """Write a settings file with every setting of the plugins as a comment: meaning, bounds, unit, default, examples.

    Its suffix says how: TOML, YAML, or JSON, which knows no comments and holds what is required only. Opening it
    changes nothing, and of a secret it says where it belongs. `env_prefix` is that of the application's variables,
    `schema` the address of a JSON Schema for editors; the plugins are named as for :func:`cfgcore.open`.

    A file that is there is replaced with `force` only, and kept beside it as ``.before-1``. Raises
    :class:`CfgcoreError` where it may not be replaced or the suffix is none of these, and :class:`SourceError` where it
    cannot be written; what was there then stays.
    """
    _, registry = load_plugins(**plugins)
    return write_sample(File(path), registry, force=force, env_prefix=env_prefix, schema=schema)


def write_sample(file: File, registry: Registry, *, force: bool, env_prefix: str, schema: str | None) -> Written:
    """Write the settings file for what is registered; see :func:`create_default`."""
    data = sample_for(file, registry, env_prefix, schema).encode()
    if file.suffix == ".json" and file.is_file() and target_of(str(file.absolute())).state == "store":
        raise CfgcoreError(
            f"{file}: it is a store, and a settings file in its place would take all stored values away; name "
            f"another file"
        )
    return replace_file(file, data, force=force)


def sample_for(file: File, registry: Registry, env_prefix: str, schema: str | None) -> str:
    """Return the text that `file` is to hold. Raises :class:`CfgcoreError` for a suffix that is not known."""
    notation = _NOTATIONS.get(file.suffix.lower())
    if notation is None:
        raise CfgcoreError(f"{file}: its suffix says what is written: {', '.join(_NOTATIONS)}")
    return sample(registry, notation, env_prefix.upper(), schema)
