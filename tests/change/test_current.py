"""Whoever the work at hand is for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from cfgcore import Config, InvalidUser


def test_a_block_is_for_its_user(config: Config) -> None:
    """Within the block the view is that user's; blocks nest, and outside of all it is everyone's."""
    config.update({"download.max_retries": 5}, user="alice")
    assert config.current.user is None
    assert config.view is config.current.view
    with config.current("alice") as view:
        assert "alice" == config.current.user
        assert 5 == view.download.max_retries == config.current.view.download.max_retries
        with config.current("bob"):
            assert (3, "bob") == (config.current.view.download.max_retries, config.current.user)
        assert "alice" == config.current.user
        assert 3 == config.download.max_retries
    assert config.current.user is None


def test_a_block_ends_with_an_error(config: Config) -> None:
    """An error in the block leaves it."""
    with pytest.raises(KeyError), config.current("alice"):
        raise KeyError
    assert config.current.user is None


@pytest.mark.parametrize("user", ["", 1, None, "a\x00"])
def test_no_user_ids(user: str, config: Config) -> None:
    """What cannot be a user id is refused before the block begins."""
    with pytest.raises(InvalidUser), config.current(user):
        pytest.fail("the block was entered")


def test_tasks_have_users_of_their_own(config: Config) -> None:
    """Two tasks that take turns each see their own user, in the threads that they call as well."""

    async def request(user: str, mine: asyncio.Event, other: asyncio.Event) -> list[str | None]:
        with config.current(user):
            mine.set()
            await other.wait()
            return [config.current.user, await asyncio.to_thread(lambda: config.current.user)]

    async def both() -> list[list[str | None]]:
        one, two = asyncio.Event(), asyncio.Event()
        return list(await asyncio.gather(request("alice", one, two), request("bob", two, one)))

    assert [["alice", "alice"], ["bob", "bob"]] == asyncio.run(both())


def test_threads_have_users_of_their_own(config: Config) -> None:
    """A user that another thread works for does not show in this one."""

    def work() -> None:
        with config.current("bob"):
            entered.set()
            left.wait(60)

    entered, left = threading.Event(), threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    assert entered.wait(60)
    assert config.current.user is None
    left.set()
    thread.join()


def test_configurations_have_users_of_their_own(config: Config, reopen: Callable[..., Config]) -> None:
    """Two applications in one process do not mix up their users."""
    other = reopen(store="sqlite:///other.db", user="local")
    with config.current("alice"):
        assert "local" == other.current.user
        with other.current("bob"):
            assert ("alice", "bob") == (config.current.user, other.current.user)
    assert "<current user: None>" == repr(config.current)
