"""A wire to a PostgreSQL server that is cut at a message: before the server has it, or before its answer is heard."""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from reliability import server
from reliability.child import Board, Child

COUNTED, ARMED, CUT = range(3)

_HEADER = 5  # the type of a message, and its length


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the wire is cut: at which message since it was armed; whether that one arrives; whether it stays cut."""

    number: int
    arrives: bool
    for_ever: bool = False


class Wire:
    """A process that carries messages. Its board says whether they are counted, how many, and whether it is cut."""

    def __init__(self, folder: Path, cut: Cut) -> None:
        self._folder = folder
        listener = socket.create_server(("127.0.0.1", 0))
        self._port = listener.getsockname()[1]
        address = conninfo_to_dict(server.url_of(folder).partition("&cfgcore_schema")[0])
        self._child = Child(lambda board: _Carrier(listener, int(str(address["port"])), cut, board).run())
        listener.close()
        self.board = self._child.board
        self._child.go()

    @property
    def url(self) -> str:
        """The URL of the folder's store, by this wire."""
        before, _, rest = server.url_of(self._folder).partition("@127.0.0.1:")
        return f"{before}@127.0.0.1:{self._port}/{rest.partition('/')[2]}"

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()
        self.board.close()


@dataclass(eq=False, slots=True)
class _Line:
    """One connection: both ends, what the client has begun to say, and whether answers are still passed on."""

    client: socket.socket
    server: socket.socket
    said: bytearray = field(default_factory=bytearray)
    begun: bool = False
    heard: bool = True

    def messages(self) -> Iterator[bytes]:
        """Yield the whole messages that the client has said, and forget them."""
        while True:
            start = 0 if not self.begun else 1
            if len(self.said) < start + 4:
                return
            length = start + int.from_bytes(self.said[start : start + 4], "big")
            if len(self.said) < length:
                return
            self.begun = True
            yield bytes(self.said[:length])
            del self.said[:length]


class _Carrier:
    def __init__(self, listener: socket.socket, port: int, cut: Cut, board: Board) -> None:
        self._listener = listener
        self._port = port
        self._cut = cut
        self._board = board
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Carry until killed."""
        self._selector.register(self._listener, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._carry(key.data, key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._board[CUT] and self._cut.for_ever:
            client.close()
            return
        line = _Line(client, socket.create_connection(("127.0.0.1", self._port)))
        for end in (line.client, line.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each question waits for 40 ms
            self._selector.register(end, selectors.EVENT_READ, line)

    def _carry(self, line: _Line, end: object) -> None:
        source, target = (line.client, line.server) if end is line.client else (line.server, line.client)
        if source.fileno() < 0:
            return  # it was closed by what came before
        try:
            data = source.recv(1 << 16)
            if not data or (end is line.server and not line.heard):
                self._close(line)
            elif end is line.server:
                target.sendall(data)
            else:
                line.said += data
                self._say(line)
        except OSError:
            self._close(line)

    def _say(self, line: _Line) -> None:
        for message in line.messages():
            self._board[COUNTED] += self._board[ARMED]
            if self._board[ARMED] and self._board[COUNTED] == self._cut.number and not self._board[CUT]:
                self._board[CUT] = 1
                if not self._cut.arrives:
                    self._close(line)
                    return
                line.heard = False
            line.server.sendall(message)

    def _close(self, line: _Line) -> None:
        for end in (line.client, line.server):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(end)
            end.close()
