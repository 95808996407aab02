"""Which store a URL names."""

from __future__ import annotations

import os
import re
from pathlib import Path as File
from urllib.parse import unquote

from cfgcore.errors import StoreError
from cfgcore.store.adoption import IsSecret
from cfgcore.store.json_file import JsonFileStore
from cfgcore.store.protocol import Store
from cfgcore.store.sqlite import SqliteStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_FORMS = "a file that ends in .json, file:PATH, sqlite:///PATH or postgresql://HOST/DATABASE"
_SQLITE_FORM = "the URL of a SQLite store is sqlite:///relative/path or sqlite:////absolute/path"
_SQLITE = b"SQLite format 3\0"  # what every such database begins with: https://www.sqlite.org/fileformat.html


def open_store(
    url: str | os.PathLike[str],
    folder: File | None = None,
    *,
    existing: bool = False,
    is_secret: IsSecret | None = None,
) -> Store:
    """Open the store that `url` names; a relative path is one below `folder`, else below the current folder.

    Where there is none it is made, unless it has to be an `existing` one. `is_secret` says what a JSON file that was
    made by hand holds of secrets, which are taken out of it.

    A path that ends in ``.json`` and ``file:PATH`` are a :class:`JsonFileStore`, ``sqlite:///PATH`` is a
    :class:`SqliteStore` (a fourth slash begins an absolute path), ``postgresql://user:password@host:5432/database`` is
    a ``PostgresqlStore``. Raises ``StoreError``, for a scheme that is not known too; the text repeats no password.
    """
    text = os.fspath(url)
    found = _SCHEME.fullmatch(text)
    if found is None:
        if text.endswith(".json"):
            return _json(_below(folder, text, existing), is_secret)
        raise StoreError(f"{text!r} is not a store: that is {_FORMS}")
    scheme, rest = found[1].lower(), found[2]
    if scheme == "file":
        return _json(_below(folder, _file_path(rest), existing), is_secret)
    if scheme == "sqlite":
        return SqliteStore(_below(folder, _sqlite_path(rest), existing))
    if scheme in ("postgresql", "postgres"):
        return _postgresql(text)
    raise StoreError(
        f"no store has the scheme {scheme!r}: it is {_FORMS}, or what a plugin brings, which is then to be installed"
    )


def file_of(url: str, folder: File | None = None) -> File | None:
    """Return the file of the store that `url` names; None for one that a server keeps, or that is not known.

    Raises ``StoreError`` for a URL that cannot be.
    """
    found = _SCHEME.fullmatch(url)
    if found is None:
        return _below(folder, url)
    path = {"file": _file_path, "sqlite": _sqlite_path}.get(found[1].lower())
    return _below(folder, path(found[2])) if path is not None else None


def open_backup(file: File) -> Store:
    """Open the store in a file, whatever its name, only to read it: the content says which kind it is.

    Raises ``StoreError`` for what is no backup; nothing is changed, and nothing is copied.
    """
    if file.is_dir():
        raise StoreError(f"{file}: it is a folder, not a backup")
    try:
        with file.open("rb") as content:
            begin = content.read(len(_SQLITE))
    except OSError as error:
        raise StoreError(f"{file}: the backup cannot be read: {error.strerror}") from error
    try:
        return (SqliteStore if begin == _SQLITE else JsonFileStore)(file, read_only=True)
    except StoreError as error:
        raise type(error)(f"{file}: this backup cannot be used: {str(error).partition(';')[0]}") from error


def _json(file: File, is_secret: IsSecret | None) -> Store:
    return JsonFileStore(file) if is_secret is None else JsonFileStore(file, is_secret=is_secret)


def _postgresql(url: str) -> Store:
    try:
        from cfgcore.store.postgresql import PostgresqlStore
    except ImportError as error:
        raise StoreError("postgresql: stores need an extra: pip install 'cfgcore[postgresql]'") from error
    return PostgresqlStore(url)


def _below(folder: File | None, path: str, existing: bool = False) -> File:
    if not path:
        raise StoreError(f"the URL of a store names no file; it is {_FORMS}")
    file = (folder or File()) / path
    if existing and not os.path.lexists(file):
        raise StoreError(f"{file}: there is no such store")
    return file


def _file_path(rest: str) -> str:
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest[2:].partition("/")
    if host not in ("", "localhost"):
        raise StoreError(f"file://{host}: a file on another machine cannot be a store")
    path = unquote(slash + path)
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


def _sqlite_path(rest: str) -> str:
    if not rest.startswith("///"):
        raise StoreError(_SQLITE_FORM)
    path = rest[3:]
    if path == ":memory:" or "?" in path:
        raise StoreError(f"{_SQLITE_FORM}; it takes no options, and what is kept in memory is no store")
    return path
