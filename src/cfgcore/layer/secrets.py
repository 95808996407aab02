"""A folder of secrets, one value per file, as container platforms mount them."""

from __future__ import annotations

from pathlib import Path as File
from typing import TYPE_CHECKING

from cfgcore.errors import SourceError
from cfgcore.layer.text import read_text
from cfgcore.layer.tree import Contribution, Table
from cfgcore.layer.variables import SEPARATOR
from cfgcore.values.origin import Origin

if TYPE_CHECKING:
    from cfgcore.layer.plant import Planter


def secret_files(folder: File) -> list[File]:
    """Return the files in `folder` that hold secrets, by name; hidden ones and folders are left out.

    Raises :class:`SourceError` where the folder cannot be listed.
    """
    try:
        return sorted(file for file in folder.iterdir() if not file.name.startswith(".") and file.is_file())
    except OSError as error:
        raise SourceError(str(folder), f"the folder of secrets cannot be read: {error.strerror}") from error


def secrets_contribution(folder: File, prefix: str, planter: Planter) -> Contribution:
    """Return what the files of `folder` set: ``section__setting``, in any case, with or without the prefix."""
    tree = Table()
    for file in secret_files(folder):
        name = file.name
        if name.upper().startswith(f"{prefix}_"):
            name = name[len(prefix) + 1 :]
        path = tuple(name.split(SEPARATOR))
        origin = Origin("file", "secret", str(file))
        if len(path) < 2 or not all(path):
            message = f"{file.name!r} names no setting; a secret's file is called section__setting"
            planter.report.unknown(message, origin)
            continue
        try:
            text = read_text(file, str(file)).content.rstrip("\r\n")
        except FileNotFoundError:
            continue  # it was taken away since the folder was listed
        except SourceError as error:
            planter.report.cannot_read(error)
            continue
        planter.plant(tree, path, text, lambda _key, origin=origin: origin, ())  # type: ignore[misc]
    return Contribution("file", str(folder), tree)
