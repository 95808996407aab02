"""Stored secrets in a file of their own, which only its owner reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path as File
from typing import Any

from cfgcore.errors import StoreDamaged, StoreError
from cfgcore.store.durable import write_whole
from cfgcore.store.line import from_line, to_line


class SecretFile:
    """Secrets by key. Whoever writes holds the lock of the store."""

    def __init__(self, file: File) -> None:
        self.file = file

    def read(self) -> dict[str, Any]:
        """Return all secrets. Raises ``StoreDamaged`` when the file is not what was written."""
        try:
            data = self.file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreError(f"{self.file}: the secrets cannot be read: {error.strerror}") from error
        try:
            found: dict[str, Any] = from_line(data)["secrets"]
        except (ValueError, KeyError) as error:
            raise StoreDamaged(
                f"{self.file}: {error}; restore it, or move it away and set the secrets again"
            ) from error
        return found

    def add(self, secrets: Mapping[str, Any]) -> None:
        """Keep `secrets` beside those that are there."""
        if secrets:
            self.write({**self.read(), **secrets})

    def remove(self, prefix: str) -> None:
        """Forget the secrets whose keys begin with `prefix`."""
        found = self.read()
        kept = {key: value for key, value in found.items() if not key.startswith(prefix)}
        if len(kept) < len(found):
            self.write(kept)

    def keep(self, keys: Collection[str]) -> None:
        """Forget the secrets of all other keys."""
        found = self.read()
        kept = {key: value for key, value in found.items() if key in keys}
        if len(kept) < len(found):
            self.write(kept)

    def write(self, secrets: Mapping[str, Any]) -> None:
        """Put `secrets` in the place of all that are there. Raises ``StoreError``."""
        try:
            write_whole(self.file, [to_line({"secrets": secrets})], mode=0o600)
        except OSError as error:
            raise StoreError(f"{self.file}: the secrets cannot be written: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self.file}: a secret cannot be stored: {error}") from error
