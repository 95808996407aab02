"""The documents that everyone shares are not read again where nothing can have changed them; else they always are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from cfgcore import Config, ValidationFailed
from cfgcore.store.document import SHARED, user_document
from cfgcore.store.protocol import Snapshot, Store


@pytest.fixture
def read(config: Config, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The names of the documents that are read from the store, call by call."""
    store: Store = config._engine().store
    calls: list[tuple[str, ...]] = []
    original = store.read

    def remembered(names: Sequence[str]) -> Snapshot:
        calls.append(tuple(names))
        return original(names)

    monkeypatch.setattr(store, "read", remembered)
    return calls


def test_changes_of_users_read_the_users_alone(config: Config, read: list[tuple[str, ...]]) -> None:
    """While nobody else commits, what everyone shares is known since it was read; the first commits noted versions."""
    users = [f"user{number}" for number in range(5)]
    for number, user in enumerate(users):
        config.update({"download.max_retries": number}, user=user)
    assert [(user_document(user),) for user in users[2:]] == read[-3:]


def test_a_change_of_everyone_reads_what_everyone_shares(config: Config, read: list[tuple[str, ...]]) -> None:
    """What it is based on is never taken from memory."""
    config.update({"download.max_retries": 4})
    assert SHARED == read[0]


@pytest.mark.parametrize("is_other", [False, True])
def test_what_everyone_shares_is_read_after_it_was_changed(
    config: Config, reopen: Callable[..., Config], is_other: bool
) -> None:
    """A rule is judged with the value committed last, also by another process of which this one was not told yet."""
    administrator = reopen() if is_other else config
    config.update({"download.base": 3.0}, user="alice")
    administrator.update({"download.top": 10.0})
    with pytest.raises(ValidationFailed, match="more than"):
        config.update({"download.base": 20.0}, user="alice")
    administrator.update({"download.top": 30.0})
    config.update({"download.base": 20.0}, user="alice")
    assert 20.0 == config.for_user("alice").download.base


def test_an_erased_user_is_read_anew(config: Config) -> None:
    """What was erased is not remembered: the next change begins with nothing."""
    config.update({"download.base": 3.0, "download.max_retries": 5}, user="alice")
    config.forget("alice")
    config.update({"download.base": 4.0}, user="alice")
    assert (4.0, 3) == (config.for_user("alice").download.base, config.for_user("alice").download.max_retries)
