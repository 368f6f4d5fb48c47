"""The comparison itself: what the journal keeps of the calls of a time, and what the exchange tells of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from data.clock import SECOND, Micros
from telephony.reconciliation.records import QueueLog
from telephony.reconciliation.told import Archive, Told

TOLERANCE: Micros = 50_000
"""Times further apart than this (50 ms) are a difference."""

KINDS = ("missing", "unknown", "doubled", "outcome", "operator", "time", "end")
"""missing: the exchange has a call that the journal lacks · unknown: the journal has one that the exchange never had ·
doubled: a call's arrival, answer or end is told twice · outcome, operator: another one · time: further apart than
TOLERANCE · end: over for one and not for the other, or ended by somebody else."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the journal keeps it. ``estimated``: times that only a snapshot in whole seconds gave.

    ``arrivals``, ``answers``, ``ends``: how many entries tell of each.
    """

    key: str
    began_at: Micros
    arrived_at: Micros | None = None
    answered_at: Micros | None = None
    answered: bool = False
    operators: tuple[str, ...] = ()
    ended_at: Micros | None = None
    outcome: str | None = None
    ended_by: str | None = None
    estimated: frozenset[str] = frozenset()
    recovered: bool = False
    arrivals: int = 1
    answers: int = 0
    ends: int = 0

    @property
    def serial_at(self) -> Micros:
        """When the call began by its own key (the exchange's second, 1795490122.7), else by its first entry."""
        second, dot, _ = self.key.partition(".")
        return int(second) * SECOND if dot and second.isdecimal() and len(second) < 12 else self.began_at


class Difference(msgspec.Struct, frozen=True):
    """One thing in which the two differ. ``exchange``, ``journal``: what each says; ``source``: cel, queue_log or cdr.

    ``at``: when the call began. ``what`` (kinds time, end and doubled): which moment.
    """

    kind: str
    call: str
    at: Micros
    exchange: str | int | None = None
    journal: str | int | None = None
    what: str | None = None
    source: str = "cel"


class Window(msgspec.Struct, frozen=True):
    """Calls that began in [since, until) are compared; nothing that happened after ``settled`` is held against anyone:
    one side may only just be writing it."""

    since: Micros
    until: Micros
    settled: Micros

    def holds(self, at: Micros) -> bool:
        """Whether a call that began at ``at`` is compared."""
        return self.since <= at < min(self.until, self.settled)


class Result(msgspec.Struct, frozen=True):
    """What came of it. ``calls``: compared; ``open``: of these, still going on.

    ``recovered``: calls of the journal that the archive alone told; ``uncovered``: those from before the archive
    begins, of which nothing can be said.
    """

    differences: tuple[Difference, ...]
    calls: int
    open: int
    recovered: int
    uncovered: int

    def counts(self) -> dict[str, int]:
        """Differences by kind, every kind named."""
        return {kind: sum(d.kind == kind for d in self.differences) for kind in KINDS}


def compare(
    window: Window,
    kept: Mapping[str, Kept],
    archive: Archive,
    queue_log: QueueLog | None = None,
    cdr: Mapping[str, Micros] | None = None,
) -> Result:
    """Every difference, in the order of the calls. ``kept`` may hold calls outside the window; they are passed over."""
    found: list[Difference] = []
    calls = open_calls = uncovered = 0
    for told in archive.calls.values():
        if not window.holds(told.arrived_at):
            continue
        calls += 1
        over = told.over and (told.ended_at is None or told.ended_at < window.settled)
        open_calls += not over
        mine = kept.get(told.key)
        if mine is None:
            found.append(Difference("missing", told.key, told.arrived_at, exchange=told.outcome or "going on"))
        else:
            found += _differences(told, mine, over=over)
    for mine in kept.values():
        if mine.key in archive.calls or not window.holds(mine.serial_at):
            continue
        if archive.begins_at is None or mine.serial_at < archive.begins_at:
            uncovered += 1
            continue
        calls += 1
        found.append(Difference("unknown", mine.key, mine.began_at, journal=mine.outcome or "going on"))
        found += _doubled(mine, mine.began_at)
    found += _by_the_others(window, kept, archive, queue_log, cdr or {})
    recovered = sum(mine.recovered for mine in kept.values() if window.holds(mine.serial_at))
    ordered = sorted(found, key=lambda d: (d.at, d.call, KINDS.index(d.kind)))
    return Result(tuple(ordered), calls, open_calls, recovered, uncovered)


def _differences(told: Told, mine: Kept, *, over: bool) -> Iterable[Difference]:
    yield from _doubled(mine, told.arrived_at)
    yield from _time(told, mine, "arrived_at", told.arrived_at, told.arrived_at, over=over)
    if not over:
        if mine.outcome is not None and told.ended_at is None and mine.ended_by != "pbx":
            # (That the exchange went down, the archive shows only when the exchange is up again.)
            yield Difference("end", told.key, told.arrived_at, "going on", mine.outcome, "over")
        return
    if mine.outcome is None:
        yield Difference("end", told.key, told.arrived_at, told.outcome, "going on", "over")
        return
    if mine.outcome != told.outcome:
        yield Difference("outcome", told.key, told.arrived_at, told.outcome, mine.outcome)
    elif told.answered_at is not None:
        yield from _time(told, mine, "answered_at", told.answered_from or told.answered_at, told.answered_at)
        if told.operators[:1] != list(mine.operators[:1]) or set(told.operators) != set(mine.operators):
            theirs, ours = ", ".join(told.operators), ", ".join(mine.operators)
            yield Difference("operator", told.key, told.arrived_at, theirs, ours)
    if told.ended_at is not None:
        yield from _time(told, mine, "ended_at", told.ended_at, told.ended_at)
    if told.ended_by is not None and mine.ended_by is not None and told.ended_by != mine.ended_by:
        yield Difference("end", told.key, told.arrived_at, told.ended_by, mine.ended_by, "ended_by")


def _doubled(mine: Kept, at: Micros) -> Iterable[Difference]:
    for what, times in (("arrived", mine.arrivals), ("answered", mine.answers), ("ended", mine.ends)):
        if times > 1:
            yield Difference("doubled", mine.key, at, 1, times, what)


def _time(told: Told, mine: Kept, what: str, first: Micros, last: Micros, *, over: bool = True) -> Iterable[Difference]:
    """``what`` of the journal lies between ``first`` and ``last`` of the exchange, or within TOLERANCE of them."""
    ours: Micros | None = getattr(mine, what)
    if ours is None or what in mine.estimated:
        if over:
            yield Difference("time", told.key, told.arrived_at, last, ours, what)
    elif not first - TOLERANCE <= ours <= last + TOLERANCE:
        yield Difference("time", told.key, told.arrived_at, first if ours < first else last, ours, what)


def _by_the_others(
    window: Window,
    kept: Mapping[str, Kept],
    archive: Archive,
    queue_log: QueueLog | None,
    cdr: Mapping[str, Micros],
) -> Iterable[Difference]:
    """What only the other two records say: where the archive has the call, it has spoken."""
    queued = queue_log.calls if queue_log is not None else {}
    for key, call in queued.items():
        if key in archive.calls or not window.holds(call.at):
            continue
        mine = kept.get(key)
        if mine is None:
            yield Difference("missing", key, call.at, exchange=_outcome(call.answered), source="queue_log")
        elif mine.outcome is not None and mine.answered != call.answered:
            yield Difference("outcome", key, call.at, _outcome(call.answered), mine.outcome, source="queue_log")
    for key, at in cdr.items():
        if key not in archive.calls and key not in queued and key not in kept and window.holds(at):
            yield Difference("missing", key, at, source="cdr")


def _outcome(answered: bool) -> str:
    return "answered" if answered else "not answered"
