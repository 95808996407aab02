"""The lock between processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cfgcore.errors import StoreError
from cfgcore.store.lock import ProcessLock

HOLDER = """
import sys
from pathlib import Path
from cfgcore.store.lock import ProcessLock
with ProcessLock(Path(sys.argv[1]))():
    print("held", flush=True)
    sys.stdin.read()
"""

ORPHAN = """
import os
import signal
import sys
from pathlib import Path
from cfgcore.store.lock import ProcessLock
with ProcessLock(Path(sys.argv[1]))():
    if os.fork() == 0:
        print("born", flush=True)
        sys.stdin.read()
        os._exit(0)
    signal.pause()
"""

COUNTER = """
import sys
from pathlib import Path
from cfgcore.store.lock import ProcessLock
lock, log = ProcessLock(Path(sys.argv[1]), 60), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
done = 0
while not log.exists() or log.stat().st_size < 20000:
    with lock():
        with log.open("a") as stream:
            stream.write(sys.argv[3])
        done += 1
print(done, flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.lock"


@contextmanager
def held(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    arguments = [sys.executable, "-c", HOLDER, str(file)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert "held\n" == holder.stdout.readline()
        yield holder
        holder.kill()


def test_the_lock_is_free_again(file: Path) -> None:
    """The lock can be taken again and again, and by other handles; its file stays, its owner's alone."""
    lock = ProcessLock(file, 1.0)
    for _ in range(3):
        with lock():
            pass
        with ProcessLock(file, 1.0)():
            pass
    if os.name == "posix":
        assert 0o600 == file.stat().st_mode & 0o777


def test_an_error_frees_the_lock(file: Path) -> None:
    """What goes wrong under the lock leaves it free."""
    lock = ProcessLock(file, 1.0)
    with pytest.raises(ZeroDivisionError), lock():
        raise ZeroDivisionError
    with ProcessLock(file, 0.0)():
        pass


def test_a_killed_holder_frees_the_lock(file: Path) -> None:
    """When the process that holds the lock is killed, the one that waits has it."""
    with held(file) as holder:
        killer = threading.Timer(0.05, holder.kill)
        killer.start()
        with ProcessLock(file, 30.0)():
            assert killer.finished.is_set()
        killer.join()


@pytest.mark.skipif(os.name != "posix", reason="processes are stopped by a signal")
def test_a_stopped_holder_is_named_within_the_patience(file: Path) -> None:
    """A holder that is stopped costs the patience, and gives a StoreError that says how to find it; then it is free."""
    lock = ProcessLock(file, 0.1)
    with held(file) as holder:
        holder.send_signal(signal.SIGSTOP)
        for _ in range(2):
            with (
                pytest.raises(StoreError, match=r"another process has held the lock for 0\.1 s.*lsof .*store\.lock"),
                lock(),
            ):
                pass
        holder.send_signal(signal.SIGCONT)
    with ProcessLock(file, 30.0)(), pytest.raises(StoreError), ProcessLock(file, 0.0)():
        pass


def test_a_late_lock_is_given_back(file: Path) -> None:
    """A lock that comes after somebody gave up waiting is nobody's."""
    with held(file) as holder:
        with pytest.raises(StoreError), ProcessLock(file, 0.05)():
            pass
        holder.kill()
        holder.wait()
    with ProcessLock(file, 30.0)():
        pass


def test_a_thread_that_holds_it_too_long_is_named(file: Path) -> None:
    """Threads of one process wait for each other within the patience, too."""
    lock = ProcessLock(file, 0.05)
    found: list[str] = []

    def wait() -> None:
        try:
            with lock():
                found.append("held")
        except StoreError as error:
            found.append(str(error))

    with lock():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert 1 == len(found)
    assert "another thread has held the lock for 0.05 s" in found[0]


def test_threads_take_turns(file: Path) -> None:
    """No two threads hold the lock at once, with one handle or with two."""
    handles = [ProcessLock(file, 60.0), ProcessLock(file, 60.0)]
    inside, most = 0, 0

    def work(lock: ProcessLock) -> None:
        nonlocal inside, most
        for _ in range(50):
            with lock():
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work, args=(handles[number % 2],)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (0, 1) == (inside, most)


def test_processes_share_the_lock(file: Path, tmp_path: Path) -> None:
    """Processes that take the lock at full speed all get it, and none starves."""
    log = tmp_path / "log"
    arguments = [sys.executable, "-c", COUNTER, str(file), str(log)]
    processes = [
        subprocess.Popen([*arguments, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    done = [int(process.communicate()[0]) for process in processes]
    written = log.read_text()
    assert [written.count(str(number)) for number in range(4)] == done
    assert min(done) > 100


def test_a_folder_in_its_place_is_an_error(file: Path) -> None:
    """Where the file of the lock cannot be opened, the error says why."""
    file.mkdir()
    with pytest.raises(StoreError, match=r"store\.lock: the lock cannot be opened"), ProcessLock(file)():
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_child_holds_nothing(file: Path, forked: Callable[[Callable[[], object]], int]) -> None:
    """A child forked under the lock waits for it like anybody else, and its parent's release frees it."""
    lock = ProcessLock(file, 0.1)

    def take() -> None:
        with lock():
            pass

    with lock():
        assert 1 == forked(take)
    assert 0 == forked(take)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_living_child_does_not_keep_the_lock(file: Path) -> None:
    """A lock is free when its holder has let it go, though a child forked meanwhile lives on."""
    lock = ProcessLock(file, 0.1)
    reading, writing = os.pipe()
    with lock():
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)
    os.close(reading)
    with ProcessLock(file, 0.1)():
        pass
    os.close(writing)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_the_child_of_a_killed_holder_does_not_keep_the_lock(file: Path) -> None:
    """A holder that is killed frees the lock, though a child that it forked meanwhile lives on."""
    arguments = [sys.executable, "-c", ORPHAN, str(file)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert "born\n" == holder.stdout.readline()
        holder.kill()
        assert -signal.SIGKILL == holder.wait()
        with ProcessLock(file, 5.0)():
            pass
