"""The conformance suite of stores: any store passes it with a fixture of a few lines.

::

    from functools import partial

    class TestMyStore(StoreContract):
        @pytest.fixture
        def make_store(self, tmp_path):
            return partial(MyStore, tmp_path / "store")

`make_store` returns a fresh handle on the same storage each time it is called, like another process would open. It must
be picklable, because processes are started with it. A fixture `storage_bytes`, a function that returns every byte of
the storage, lets the suite look for what was erased.
"""

from __future__ import annotations

from cfgcore.testing.store_documents import DocumentContract
from cfgcore.testing.store_erasure import ErasureContract
from cfgcore.testing.store_history import HistoryContract
from cfgcore.testing.store_presence import PresenceContract
from cfgcore.testing.store_writers import WriterContract

__all__ = ["StoreContract"]


class StoreContract(DocumentContract, HistoryContract, ErasureContract, WriterContract, PresenceContract):
    """What every store promises, as tests: derive from it, and give it a fixture `make_store`."""
