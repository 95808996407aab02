"""A plugin that is one file in a folder."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path as File
from types import CodeType, ModuleType

from cfgcore.markers import PROJECT


class _FileLoader(SourceFileLoader):
    """Runs what a file says now. Python's own cache takes a file of the same size, changed within a second, for old."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def load_file(file: File) -> ModuleType:
    """Return the module that the file is, as it is now. Raises what running it raises."""
    digest = hashlib.blake2b(str(file.resolve()).encode(), digest_size=4).hexdigest()
    name = f"{PROJECT}_file_plugin_{digest}_{file.stem}"
    loader = _FileLoader(name, str(file))
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=str(file)))
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
