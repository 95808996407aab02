"""A disk whose power goes: what may be left of the files, given what was done to them and what was synced."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from cfgcore.values.frozen import FrozenDict
from reliability.recording import Event

SECTOR = 512

#: What a folder holds after the loss: bytes by name, and a time of modification (nanoseconds) where one was set.
Left = dict[str, tuple[bytes, "int | None"]]


@dataclass(slots=True)
class File:
    """Bytes that are on the disk, and what was done to them since; `doomed` may be on it, and no sync sees to it."""

    durable: bytes = b""
    time: int | None = None
    pending: list[Event] = field(default_factory=list)
    doomed: int = 0


class Disk:
    """A folder of files, as it is in memory and as it is on the disk.

    With `strict`, a name is on the disk once the folder was synced; otherwise also once its file was: in order, as
    journalling file systems do it. A time that was set goes with the name that the file got after it, because both are
    metadata.
    """

    def __init__(self, files: Mapping[str, bytes], times: Mapping[str, int], *, strict: bool) -> None:
        self._files = {n: File(data, times[name]) for n, (name, data) in enumerate(sorted(files.items()))}
        self._names = {name: number for number, name in enumerate(sorted(files))}
        self._moves: list[Event] = []
        self._strict = strict

    def apply(self, event: Event) -> None:
        """Do what was done."""
        if event.kind == "create":
            self._files[event.file] = File()
            self._moves.append(event)
        elif event.kind in ("write", "truncate", "time"):
            self._files[event.file].pending.append(event)
        elif event.kind in ("rename", "unlink"):
            self._moves.append(event)
        elif event.kind == "folder":
            self._settle(len(self._moves))
        elif event.kind == "sync":
            self._sync(event.file)
        elif event.kind == "failed":
            file = self._files[event.file]
            file.doomed = len(file.pending)

    def states(self, chance: random.Random, most: int) -> Iterator[Left]:
        """Yield what may be left, at most so many states; the plain ones first."""
        names = list(self._name_variants())
        contents = list(self._content_variants(chance))
        pairs = [(names[-1], content) for content in contents] + [
            (name, contents[k]) for name in names for k in (0, -1)
        ]
        pairs += [(chance.choice(names), chance.choice(contents)) for _ in range(most)]
        for name, content in pairs[:most]:
            yield {key: content(number) for key, number in name.items() if not key.endswith("-shm")}

    def whole(self) -> Left:
        """Return what is there as long as the power stays."""
        files = self._files
        found = {n: _content(files[k].durable, files[k].time, files[k].pending) for n, k in self._all_names().items()}
        return {name: content for name, content in found.items() if not name.endswith("-shm")}

    def _sync(self, number: int) -> None:
        file = self._files[number]
        kept = file.pending[: file.doomed]
        if file.doomed:
            file.pending = [*kept, *(replace(event, name="durable") for event in file.pending[file.doomed :])]
            file.doomed = len(file.pending)
        else:
            file.durable, file.time = _content(file.durable, file.time, file.pending)
            file.pending = []
        if not self._strict:
            names = {name for name, known in self._all_names().items() if known == number}
            concerned = [n for n, move in enumerate(self._moves, 1) if {move.name, move.target} & names]
            self._settle(max(concerned, default=0))

    def _settle(self, count: int) -> None:
        for move in self._moves[:count]:
            _move(self._names, move)
        del self._moves[:count]

    def _all_names(self) -> dict[str, int]:
        names = dict(self._names)
        for move in self._moves:
            _move(names, move)
        return names

    def _name_variants(self) -> Iterator[dict[str, int]]:
        """Yield the names that may be there: after any beginning of what was done; if strict, after any one of it."""
        chosen = [self._moves[:count] for count in range(len(self._moves) + 1)]
        if self._strict:
            chosen = (
                [[move] for move in self._moves] + [_without(self._moves, n) for n in range(len(self._moves))] + chosen
            )
        for moves in chosen:
            names = dict(self._names)
            for move in moves:
                _move(names, move)
            yield names

    def _content_variants(self, chance: random.Random) -> Iterator[Content]:
        pending = [(number, event) for number, file in self._files.items() for event in file.pending]
        optional = [n for n, (_, event) in enumerate(pending) if event.name != "durable" and event.kind != "time"]
        everything = frozenset(range(len(pending)))
        always = everything - frozenset(optional)
        content = partial(Content, self._files)
        yield content(pending, always)
        for n in optional:
            yield content(pending, always, added=[n])
            yield content(pending, everything, lost=n)
        for n in optional:
            for torn in _torn(pending[n][1], chance):
                yield content(pending, everything, torn={n: torn})
                yield content(pending, always, added=[n], torn={n: torn})
        for count in range(len(optional)):
            yield content(pending, always, added=optional[:count])
        for _ in range(len(optional)):
            yield content(pending, always, added=[n for n in optional if chance.random() < 0.5])
        yield content(pending, everything)


class Content:
    """The bytes of all files when only some of the pending writes have reached the disk.

    These are `kept` and those `added`, without the one `lost`; of some, only what stands for them in `torn`. There are
    many such states, and nobody looks at most of them: this one is found out when it is asked for.
    """

    def __init__(
        self,
        files: Mapping[int, File],
        pending: Sequence[tuple[int, Event]],
        kept: Set[int],
        *,
        added: Sequence[int] = (),
        lost: int | None = None,
        torn: Mapping[int, Event] = FrozenDict(),
    ) -> None:
        self._files = files
        self._pending = pending
        self._kept = kept
        self._added = added
        self._lost = lost
        self._torn = torn

    def __call__(self, number: int) -> tuple[bytes, int | None]:
        """Return the bytes of a file, and its time of modification where that was set last."""
        file = self._files[number]
        return _content(file.durable, file.time, self._written.get(number, ()))

    @cached_property
    def _written(self) -> Mapping[int, Sequence[Event]]:
        """What has reached the disk of each file, in order."""
        kept = {*self._kept, *self._added} - {self._lost}
        found: dict[int, list[Event]] = {}
        for n in sorted(kept):
            number, event = self._pending[n]
            found.setdefault(number, []).append(self._torn.get(n, event))
        return found


def _content(data: bytes, time: int | None, events: Iterable[Event]) -> tuple[bytes, int | None]:
    content = bytearray(data)
    for event in events:
        if event.kind == "time":
            time = event.offset
            continue
        time = None
        if event.kind == "truncate":
            del content[event.offset :]
            content.extend(bytes(event.offset - len(content)))
        else:
            content.extend(bytes(max(0, event.offset - len(content))))
            content[event.offset : event.offset + len(event.data)] = event.data
    return bytes(content), time


def _torn(event: Event, chance: random.Random) -> Iterator[Event]:
    """Yield a write of which only some sectors were reached: the first ones, or the later ones; up to three of each."""
    if event.kind != "write":
        return
    first = SECTOR - event.offset % SECTOR
    bounds = list(range(first, len(event.data), SECTOR))
    for bound in sorted(chance.sample(bounds, min(3, len(bounds)))):
        yield replace(event, data=event.data[:bound])
        yield replace(event, offset=event.offset + bound, data=event.data[bound:])


def _move(names: dict[str, int], move: Event) -> None:
    if move.kind == "create":
        names[move.name] = move.file
    elif move.kind == "unlink":
        names.pop(move.name, None)
    elif move.name in names:
        names[move.target] = names.pop(move.name)


def _without(moves: Sequence[Event], index: int) -> list[Event]:
    return [move for number, move in enumerate(moves) if number != index]
