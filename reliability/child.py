"""Processes that are killed: forked, held at a gate, and heard through memory that outlives them."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import select
import signal
import struct
import sys
import traceback
from collections.abc import Callable

_COUNTERS = struct.Struct("=qqqq")
_TEXT = 64
_SIZE = 1 << 16
_PR_SET_PTRACER = 0x59616D61


class Board:
    """A few numbers and a text that a child writes without any system call, and its parent reads."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)

    def __getitem__(self, index: int) -> int:
        return int(_COUNTERS.unpack_from(self._memory)[index])

    def __setitem__(self, index: int, value: int) -> None:
        struct.pack_into("=q", self._memory, 8 * index, value)

    @property
    def text(self) -> str:
        """What the child said last."""
        length = struct.unpack_from("=q", self._memory, _TEXT - 8)[0]
        return self._memory[_TEXT : _TEXT + length].decode()

    @text.setter
    def text(self, text: str) -> None:
        data = text.encode("utf-8", "replace")[: _SIZE - _TEXT]
        self._memory[_TEXT : _TEXT + len(data)] = data
        struct.pack_into("=q", self._memory, _TEXT - 8, len(data))

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


TRIED, ACKNOWLEDGED, PHASE, OUTCOME = range(4)


class Child:
    """A forked process that calls `action` once its gate is opened, and then ends without any farewell.

    When this is made, the child has called `before`, and waits at the gate.
    """

    def __init__(self, action: Callable[[Board], None], before: Callable[[], None] = lambda: None) -> None:
        self.board = Board()
        gate, self._gate = os.pipe()
        self._end, end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            os.close(self._end)
            _be_traceable()
            os._exit(_guarded(action, before, self.board, gate, end))
        os.close(gate)
        os.close(end)
        os.read(self._end, 1)

    def go(self) -> None:
        """Open the gate."""
        os.write(self._gate, b"!")

    def ended_within(self, seconds: float) -> bool:
        """Wait for the end of the child, at most so long."""
        return bool(select.select([self._end], [], [], seconds)[0])

    def until(self, index: int, value: int) -> None:
        """Wait until the child has put a number on its board that is at least as great, or has ended."""
        while self.board[index] < value and not self.ended_within(0.001):
            continue

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it is gone, and return its exit code: negative, the signal that killed it."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self._gate)
        os.close(self._end)
        return code


def call(action: Callable[[Board], None]) -> tuple[int, str]:
    """Call `action` in a child, and return its exit code and what it said."""
    child = Child(action)
    child.go()
    code = child.wait()
    text = child.board.text
    child.board.close()
    return code, text


def _guarded(action: Callable[[Board], None], before: Callable[[], None], board: Board, gate: int, ready: int) -> int:
    try:
        before()
        os.write(ready, b"!")
        with contextlib.suppress(OSError):  # a tracer may make this call fail
            os.read(gate, 1)
        action(board)
    except BaseException:
        board.text = traceback.format_exc()
        return 1
    return 0


def _be_traceable() -> None:
    """Allow a tracer that is no ancestor, where the system asks for that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1 & (2**64 - 1)), 0, 0, 0)
