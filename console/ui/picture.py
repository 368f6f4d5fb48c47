"""The picture of the centre that one console shows, kept up to date: what an entry cannot have changed is not read
again.

A board of 2,000 incidents takes 30 ms to read whole, and fifty entries a second may come. So the picture is made of
parts. Each entry's kind says which parts it may have changed (never more is read of an entry than its stream and kind),
and its stream which incidents of the board. The parts are read again in one read transaction, after the notes of
everything that this transaction sees: so the picture is always that of one moment, the same that a new console would
read whole. It is read whole at the start, after an error, when derived tables were made anew, when entries are missing
or too many came at once, and once a minute.
"""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from console.ui import picturing
from console.ui.views import IncidentRow
from data.follow import Note, last_seq, notes, tables_stamp
from data.projection import Database
from dispatch.incidents import queries as incidents
from dispatch.incidents.state import PREFIX

WHOLE_EVERY_S = 60.0
"""Seconds after which everything is read anew, so that no mistake of ours outlives a minute."""

MANY = 1000
"""Entries at once, or changed incidents, from which reading whole is quicker."""

_BOARD_KINDS = ("incident.", "handover.")

T = TypeVar("T")


class Part(Generic[T]):
    """Something of the picture that ``read`` finds, and that an entry may change when ``kinds`` says so: beginnings of
    kinds, or a question about the entry and the value known now."""

    def __init__(
        self, kinds: tuple[str, ...] | Callable[[Note, T], bool], read: Callable[[Database], T], empty: T
    ) -> None:
        """``empty``: the value before anything was read."""
        self._kinds, self._read, self._value = kinds, read, empty
        self._stale = True

    @property
    def stale(self) -> bool:
        """Whether it has to be read again."""
        return self._stale

    def note(self, note: Note) -> None:
        """An entry came."""
        if not self._stale:
            kinds = self._kinds
            self._stale = note.kind.startswith(kinds) if isinstance(kinds, tuple) else kinds(note, self._value)

    def forget(self) -> None:
        """Read it again in any case."""
        self._stale = True

    def get(self, view: Database) -> T:
        """The value as it stands in ``view``; while it is equal, it is the same object."""
        if self._stale:
            found = self._read(view)
            if found != self._value:
                self._value = found
            self._stale = False
        return self._value


class BoardPart:
    """The active incidents in the board's order, of which only those that changed are read again."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[tuple[Any, ...], IncidentRow]] = {}
        self._order: list[tuple[Any, ...]] = []
        self._value: tuple[IncidentRow, ...] = ()
        self._changed: set[str] = set()
        self._whole = True

    def note(self, note: Note) -> None:
        """An entry came."""
        if note.kind.startswith(_BOARD_KINDS):
            if note.stream.startswith(PREFIX) and not self._whole:
                self._changed.add(note.stream.removeprefix(PREFIX))
            else:
                self._whole = True

    def forget(self) -> None:
        """Read all of it again."""
        self._whole = True

    def get(self, view: Database) -> tuple[IncidentRow, ...]:
        """The rows as they stand in ``view``; when none has changed, the same object as before."""
        if self._whole or len(self._changed) > MANY:
            self._read_whole(view)
        elif self._changed:
            self._read_changed(view)
        self._changed.clear()
        return self._value

    def _read_whole(self, view: Database) -> None:
        found = incidents.board(view, incidents.BOARD_LIMIT + 1)
        rows = [picturing.incident_row(row) for row in found[: incidents.BOARD_LIMIT]]
        self._rows = {row.id: (_place(row), row) for row in rows}
        self._order = sorted(place for place, _row in self._rows.values())
        # More than the board takes: which ones are on it shows only by reading all.
        self._whole = len(found) > incidents.BOARD_LIMIT
        self._show()

    def _read_changed(self, view: Database) -> None:
        touched = False
        for row in incidents.rows_of(view, sorted(self._changed)):
            known = self._rows.pop(row.id, None)
            if known is not None:
                del self._order[bisect_left(self._order, known[0])]
            if row.status == "active":
                shown = picturing.incident_row(row)
                place = _place(shown)
                self._rows[row.id] = (place, known[1] if known is not None and known[1] == shown else shown)
                insort(self._order, place)
            touched = touched or known is not None or row.status == "active"
        if len(self._order) > incidents.BOARD_LIMIT:
            self._read_whole(view)
        elif touched:
            self._show()

    def _show(self) -> None:
        found = tuple(self._rows[place[-1]][1] for place in self._order)
        if found != self._value:
            self._value = found


def _place(row: IncidentRow) -> tuple[Any, ...]:
    """Where a row stands on the board (as ``dispatch.incidents.queries.board`` orders), its id last."""
    return (not row.overdue, row.priority or 1, row.opened_at, row.number, row.id)


class Picture:
    """Keeps parts up to date. Used by one thread (the watching one), as its journal's read transactions are."""

    def __init__(self, parts: Iterable[Part[Any]]) -> None:
        self._parts = tuple(parts)
        self.board = BoardPart()
        self._seq = 0
        self._stamp = -1
        self._whole_at: float | None = None

    @property
    def seq(self) -> int:
        """``seq`` of the last entry that was noted."""
        return self._seq

    def forget(self) -> None:
        """Nothing that is known is sure any more."""
        self._whole_at = None
        for part in self._parts:
            part.forget()
        self.board.forget()

    def note(self, came: Iterable[Note]) -> None:
        """Entries came, in order; those that were noted before are passed over."""
        for note in came:
            if note.seq <= self._seq:
                continue
            if note.seq != self._seq + 1:
                self.forget()
            self._seq = note.seq
            self.board.note(note)
            for part in self._parts:
                part.note(note)

    def open(self, view: Database) -> list[Note] | None:
        """``view`` is the moment to show now: take note of everything that it holds. Call it first in each view.

        Returns what came since, or None when everything is to be read anew, whatever came.
        """
        stamp, now = tables_stamp(view), time.monotonic()
        if self._whole_at is not None and stamp == self._stamp and now < self._whole_at + WHOLE_EVERY_S:
            came = notes(view, self._seq, MANY)
            if len(came) < MANY:
                self.note(came)
                if self._whole_at is not None:
                    return came
        self.forget()
        self._seq, self._stamp, self._whole_at = last_seq(view), stamp, now
        return None
