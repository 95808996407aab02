"""Critical listeners decide on a change before update returns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cfgcore import CfgcoreError, Config, Event, Reverted
from cfgcore.watch.health import CUT_OFF_AFTER

PATIENCE = 60


def refuse(event: Event) -> None:
    """Fail on more than ten retries."""
    if any(change.path == "download.retries" and change.new > 10 for change in event.effective):
        raise ValueError("too many")


def test_a_refused_change_is_taken_back(config: Config, recorder: Any) -> None:
    """The caller gets an error, the value is what it was, the history holds both, and ordinary listeners see both."""
    config.subscribe("download", refuse, critical=True)
    config.subscribe("download", recorder)
    config.update({"download.retries": 5})
    with pytest.raises(Reverted, match=r"by revision 3: .*refuse is critical, and failed: ValueError") as caught:
        config.update({"download.retries": 50, "download.resume": True}, actor="root")
    assert (2, 3) == (caught.value.revision, caught.value.rollback)
    assert (5, False) == (config.download.retries, config.download.resume)
    back, change = config.history(limit=2)
    assert ("taken back", 2, "cfgcore") == (back.action, back.reverts, back.actor)
    assert "root" == change.actor
    assert config.listeners.settled(PATIENCE)
    assert [(1, None), (2, None), (3, 2)] == [(event.commit, event.rollback_of) for event in recorder.events]
    assert [5, 50, 5] == [
        change.new for event in recorder.events for change in event.effective if change.path == "download.retries"
    ]
    assert config.audit.verify()


def test_one_that_agrees_lets_it_stand(config: Config, recorder: Any) -> None:
    """Before update returns, the critical listener has been told."""
    config.subscribe("download", recorder, critical=True)
    config.update({"download.retries": 5})
    assert 1 == len(recorder.events)
    assert 5 == config.download.retries


@pytest.mark.parametrize("how", ["update", "draft", "unset", "apply", "undo", "rollback"])
def test_every_kind_of_change_is_decided(how: str, config: Config) -> None:
    """Updates, drafts, plans and ways back are all taken back where a critical listener fails."""
    config.update({"download.retries": 50})
    first = config.update({"download.retries": 5}).revision
    config.subscribe("download", refuse, critical=True)
    draft = config.draft()
    draft.download.retries = 50
    changes: dict[str, Callable[[], Any]] = {
        "update": lambda: config.update({"download.retries": 50}),
        "draft": lambda: config.update(draft),
        "unset": lambda: config.unset("download.retries"),
        "apply": lambda: config.apply(config.plan({"download.retries": 50})),
        "undo": lambda: config.undo(first),
        "rollback": lambda: config.rollback(1, scope="system"),
    }
    if how == "unset":
        config.subscribe("download", lambda event: 1 / 0, critical=True)
    with pytest.raises(Reverted):
        changes[how]()
    assert 5 == config.download.retries


def test_a_user_is_decided_on_as_well(config: Config) -> None:
    """A critical listener of a user's view decides on that user's changes."""
    config.subscribe("download", refuse, user="alice", critical=True)
    assert config.update({"download.retries": 50}, user="bob")
    with pytest.raises(Reverted):
        config.update({"download.retries": 50}, user="alice")
    assert 3 == config.for_user("alice").download.retries


def test_deciding_never_disables(config: Config) -> None:
    """A critical listener that raises has done its work, however often."""
    subscription = config.subscribe("download", refuse, critical=True)
    for value in range(20, 25):
        with pytest.raises(Reverted):
            config.update({"download.retries": value})
    assert ("waiting", 5) == (subscription.status.state, subscription.status.failures)
    assert 3 == config.download.retries


def test_one_that_hangs_is_cut_off_and_the_change_taken_back(config: Config, clock: Any) -> None:
    """A critical listener has five seconds; one that hangs three times is disabled, and decides no more."""
    entered, leave = threading.Semaphore(0), threading.Event()
    subscription = config.subscribe("download", lambda event: (entered.release(), leave.wait(PATIENCE)), critical=True)
    errors: list[Exception] = []

    def update(value: int) -> None:
        try:
            config.update({"download.retries": value})
        except Reverted as error:
            errors.append(error)

    thread = threading.Thread(target=update, args=(5,))
    thread.start()
    while thread.is_alive():
        if entered.acquire(timeout=0.01):
            clock.advance(CUT_OFF_AFTER)
    assert "cut off" in str(errors[0])
    assert 3 == config.download.retries
    while subscription.status.state != "disabled":
        thread = threading.Thread(target=update, args=(6,))
        thread.start()
        while thread.is_alive():
            if entered.acquire(timeout=0.01):
                clock.advance(CUT_OFF_AFTER)
    leave.set()
    assert config.update({"download.retries": 7})


def test_coroutines_decide(config: Config) -> None:
    """A critical coroutine function decides on its loop, while another thread updates."""

    async def later(event: Event) -> None:
        await asyncio.sleep(0)
        refuse(event)

    async def main() -> None:
        with config.subscribe("download", later, critical=True):
            await asyncio.to_thread(config.update, {"download.retries": 5})
            with pytest.raises(Reverted):
                await asyncio.to_thread(config.update, {"download.retries": 50})

    asyncio.run(main())
    assert 5 == config.download.retries


def test_an_update_that_would_wait_for_itself_is_refused(config: Config) -> None:
    """On the loop of a critical coroutine function, a synchronous update raises at once, and commits nothing."""

    async def later(event: Event) -> None:
        refuse(event)

    async def main() -> None:
        subscription = config.subscribe("download", later, critical=True)
        with pytest.raises(CfgcoreError, match=r"config\.aio"):
            config.update({"download.retries": 5})
        subscription.close()
        config.update({"download.retries": 6})

    asyncio.run(main())
    assert [1] == [commit.revision for commit in config.history()]


def test_a_listeners_own_change_is_decided_later(config: Config, recorder: Any) -> None:
    """A change that a listener makes does not wait for critical listeners; if one fails, it is taken back later."""
    back = threading.Event()

    def answer(event: Event) -> None:
        if event.effective[0].new == 5:
            config.update({"download.retries": 50})

    def seen(event: Event) -> None:
        recorder(event)
        if event.rollback_of:
            back.set()

    config.subscribe("download", refuse, critical=True)
    config.subscribe("download", answer)
    config.subscribe("download", seen)
    config.update({"download.retries": 5})
    assert back.wait(PATIENCE)
    assert 5 == config.download.retries
    assert [5, 50, 5] == [event.effective[0].new for event in recorder.events]


def test_what_somebody_built_on_stands(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """Where a later change stands in the way, the commit cannot be taken back, and the error says so."""

    def slow(event: Event) -> None:
        if event.commit == 1:
            other = threading.Thread(target=lambda: config.update({"download.retries": 8}, user=None))
            other.start()
            while config.download.retries != 8:
                continue
            raise ValueError("too late")

    config.subscribe("download", slow, critical=True)
    with pytest.raises(Reverted, match="stands, and should not") as caught:
        config.update({"download.retries": 7})
    assert caught.value.rollback is None
    assert 8 == config.download.retries
    assert "cannot be taken back" in caplog.text


def test_a_reload_is_not_decided_on(clock: Any, reopen: Callable[..., Config]) -> None:
    """What files and variables say is not taken back: a critical listener that fails has failed."""
    environ: dict[str, str] = {}
    config = reopen(environ=environ)
    subscription = config.subscribe("download", refuse, critical=True)
    environ["APP_DOWNLOAD__RETRIES"] = "50"
    config.reload()
    assert config.listeners.settled(PATIENCE)
    assert 50 == config.download.retries
    assert 1 == subscription.status.failures


def test_a_reload_that_comes_between_takes_no_decision_away(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a reload publishes a commit before the update that made it does, critical listeners decide all the same."""
    engine = config._engine()
    commit = engine.commit

    def overtaken(*asked: Any) -> Any:
        outcome = commit(*asked)
        thread = threading.Thread(target=config.reload)
        thread.start()
        thread.join()
        return outcome

    monkeypatch.setattr(engine, "commit", overtaken)
    config.subscribe("download", refuse, critical=True)
    with pytest.raises(Reverted):
        config.update({"download.retries": 50})
    assert 3 == config.download.retries
