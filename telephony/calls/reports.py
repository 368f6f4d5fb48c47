"""Figures about calls: answering, nuisance, operators. Read only, from the derived tables.

Clocks (all UTC micros): t0 ``arrived_at``, t1 ``queued_at``, t2 ``offered_at``, t3 ``answered_at``. Answering is t3-t0.
A call belongs to the period in which it began. Sources of the limits: NENA-STA-020.1 (90 % within 15 s, 95 % within
20 s), NFPA 1225 (90 % within 10 s).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from data.clock import SECOND, Micros
from data.export.sets import mask
from data.projection import Database
from data.reports import (
    Cell,
    Column,
    Note,
    Period,
    Report,
    Table,
    between,
    nearest_rank,
    percent,
    seconds,
    timing,
    timing_columns,
)
from telephony.calls.outcomes import OUTCOMES

ANSWER_LIMITS_S = (10, 15, 20)
TARGETS = (("nena_15", 15, 90), ("nena_20", 20, 95), ("nfpa_10", 10, 90))
"""Name, limit in seconds, percent of calls that should be answered within it."""

ABANDON_LIMIT_S = 15
"""An abandoned call that waited longer counts as one that the centre was too slow for (NENA's 15 s)."""

REPEATS_SHOWN = 20

GHOST = frozenset({"silent"})
PRANK = frozenset({"prank", "false_emergency"})
EMERGENCY = frozenset({"incident", "attached"})
UNCLASSIFIED = "unclassified"
NUISANCE = GHOST | PRANK
CODES = tuple(outcome.code for outcome in OUTCOMES)


LIVE_ENDS = frozenset({None, "Hangup", "Shutdown"})
"""Evidence of an end that was seen when it happened. Any other end has as its time when it was noticed."""

_FATES = ("answered", "abandoned", "pbx_lost", "open")


class CallFact(msgspec.Struct, frozen=True):
    """What a report needs of one call. ``live``: its arrival was seen; ``exact``: so was its answer.

    ``end_known``: the time of its end is that of its end, not of when somebody noticed.
    """

    call: str
    number: str | None
    began_at: Micros
    arrived_at: Micros | None
    queued_at: Micros | None
    answered_at: Micros | None
    ended_at: Micros | None
    answered: bool
    outcome: str | None
    classified: str | None
    observed: bool
    recovered: bool
    live: bool
    exact: bool
    end_known: bool

    @property
    def fate(self) -> str:
        """answered, abandoned, pbx_lost, or open (not answered and not over)."""
        return "answered" if self.answered else self.outcome or "open"

    @property
    def answer_us(self) -> int | None:
        """t3-t0; None when one of them is not known."""
        return between(self.arrived_at, self.answered_at) if self.fate == "answered" else None

    def until_end(self, start: Micros | None) -> int | None:
        """From ``start`` to the end; None when one of them is not known."""
        return between(start, self.ended_at) if self.end_known else None

    @property
    def group(self) -> str:
        """The call-taker's outcome, or unclassified."""
        return self.classified or UNCLASSIFIED


def call_facts(db: Database, period: Period) -> list[CallFact]:
    """The calls that began in the period, in order of their beginning."""
    cursor = db.execute(
        """
        SELECT call, number, began_at, arrived_at, queued_at, answered_at, ended_at, answered, outcome, classified,
            observed, recovered, end_evidence,
            (observed = 0 AND recovered = 0)
                OR EXISTS (SELECT 1 FROM journal j WHERE j.stream = calls.call AND j.kind = 'call.arrived'),
            (observed = 0 AND recovered = 0)
                OR EXISTS (SELECT 1 FROM journal j WHERE j.stream = calls.call AND j.kind = 'call.answered')
        FROM calls WHERE began_at >= :since AND began_at < :until ORDER BY began_at, call
        """,
        period.bounds,
    )
    found = []
    for row in cursor.fetchall():
        *head, answered, outcome, classified, observed, recovered, evidence, live, exact = row
        answered = bool(answered) or outcome == "answered"
        flags = [bool(observed), bool(recovered), bool(live), bool(exact), bool(recovered) or evidence in LIVE_ENDS]
        values: list[Any] = [*head, answered, outcome, classified, *flags]
        found.append(CallFact(*values))
    return found


def answered_at(db: Database, calls: Iterable[str]) -> dict[str, Micros]:
    """Call -> t3, of those ``calls`` (streams) that were answered at a known time."""
    wanted = list(dict.fromkeys(calls))
    found: dict[str, Micros] = {}
    for start in range(0, len(wanted), 500):
        names = {f"c{n}": call for n, call in enumerate(wanted[start : start + 500])}
        marks = ", ".join(f":{name}" for name in names)
        cursor = db.execute(
            f"SELECT call, answered_at FROM calls WHERE answered_at IS NOT NULL AND call IN ({marks})", names
        )
        found.update(dict(cursor.fetchall()))
    return found


# ---------------------------------------------------------------------- answering


def answering(db: Database, period: Period, zone: tzinfo) -> Report:
    """How soon calls were answered, how many were not, and how well the record knows it.

    ``zone`` decides which hour of the day a call belongs to.
    """
    calls = call_facts(db, period)
    answered = [call for call in calls if call.fate == "answered"]
    genuine = [call for call in answered if call.classified not in NUISANCE]
    fates = Counter(call.fate for call in calls)
    counts = {"all": len(calls), **{name: fates[name] for name in (*_FATES, *sorted(set(fates) - set(_FATES)))}}
    tables = (
        Table(
            "calls",
            (Column("fate", "code"), Column("calls"), Column("percent", "percent")),
            tuple((name, count, percent(count, len(calls))) for name, count in counts.items()),
        ),
        Table(
            "answered",
            (Column("group", "code"), Column("answered"), *timing_columns(ANSWER_LIMITS_S), Column("estimated")),
            tuple(
                _answered_row(name, members)
                for name, members in (
                    ("genuine", genuine),
                    ("emergency", [c for c in answered if c.classified in EMERGENCY]),
                    ("ghost", [c for c in answered if c.classified in GHOST]),
                    ("prank_calls", [c for c in answered if c.classified in PRANK]),
                    (UNCLASSIFIED, [c for c in answered if c.classified is None]),
                    ("all", answered),
                )
            ),
        ),
        Table(
            "targets",
            (
                Column("target", "code"), Column("limit_s", "number"), Column("wanted", "percent"),
                Column("reached", "percent"), Column("met", "code"),
            ),
            tuple(_target_row(genuine, *target) for target in TARGETS),
        ),
        _abandoned([call for call in calls if call.fate == "abandoned"]),
        _hours(calls, zone),
        _evidence(calls),
    )  # fmt: skip
    return Report("answering", period, tables, _notes(db, calls, ("answering", "genuine", "percentiles", "abandoned")))


def _answered_row(name: str, calls: list[CallFact]) -> tuple[Cell, ...]:
    times = [us for call in calls if (us := call.answer_us) is not None]
    estimated = sum(call.answer_us is not None and not (call.live and call.exact) for call in calls)
    return (name, len(calls), *timing(times, ANSWER_LIMITS_S), estimated)


def _target_row(calls: list[CallFact], name: str, limit_s: int, wanted: int) -> tuple[Cell, ...]:
    times = [us for call in calls if (us := call.answer_us) is not None]
    within = sum(us <= limit_s * SECOND for us in times)
    met = "no_data" if not times else "yes" if within * 100 >= wanted * len(times) else "no"
    return (name, limit_s, wanted, percent(within, len(times)), met)


def _abandoned(calls: list[CallFact]) -> Table:
    waits = sorted(us for call in calls if (us := call.until_end(call.arrived_at)) is not None)
    before = sum(us <= ABANDON_LIMIT_S * SECOND for us in waits)
    never_queued = sum(call.queued_at is None for call in calls)
    return Table(
        "abandoned",
        (
            Column("limit_s", "number"), Column("abandoned"), Column("before_limit"), Column("after_limit"),
            Column("unknown"), Column("never_queued"), Column("p50_s", "seconds"), Column("p90_s", "seconds"),
            Column("max_s", "seconds"),
        ),
        (
            (
                ABANDON_LIMIT_S, len(calls), before, len(waits) - before, len(calls) - len(waits), never_queued,
                seconds(nearest_rank(waits, 50)), seconds(nearest_rank(waits, 90)), seconds(nearest_rank(waits, 100)),
            ),
        ),
    )  # fmt: skip


def _hours(calls: list[CallFact], zone: tzinfo) -> Table:
    by_hour: dict[int, list[CallFact]] = defaultdict(list)
    for call in calls:
        by_hour[datetime.fromtimestamp(call.began_at // SECOND, UTC).astimezone(zone).hour].append(call)
    rows: list[tuple[Cell, ...]] = []
    for hour in sorted(by_hour):
        members = by_hour[hour]
        genuine = [c for c in members if c.fate == "answered" and c.classified not in NUISANCE]
        times = sorted(us for call in genuine if (us := call.answer_us) is not None)
        rows.append(
            (
                f"{hour:02d}:00",
                len(members),
                sum(c.fate == "answered" for c in members),
                sum(c.fate == "abandoned" for c in members),
                percent(sum(us <= 15 * SECOND for us in times), len(times)),
                seconds(nearest_rank(times, 90)),
            )
        )
    columns = (
        Column("hour", "text"), Column("calls"), Column("answered"), Column("abandoned"),
        Column("within_15_s", "percent"), Column("p90_s", "seconds"),
    )  # fmt: skip
    return Table("hours", columns, tuple(rows))


def _evidence(calls: list[CallFact]) -> Table:
    def evidence(call: CallFact) -> str:
        if call.recovered:
            return "completed" if call.live else "recovered"
        if not call.live:
            return "observed_only"
        return "seen_live" if call.end_known else "end_unseen"

    count = Counter(map(evidence, calls))
    return Table(
        "evidence",
        (Column("how_known", "code"), Column("calls")),
        tuple((name, count[name]) for name in ("seen_live", "end_unseen", "completed", "observed_only", "recovered")),
    )


def _notes(db: Database, calls: list[CallFact], codes: tuple[str, ...]) -> tuple[Note, ...]:
    notes = [Note(code, {"limit": ABANDON_LIMIT_S} if code == "abandoned" else {}) for code in codes]
    if not calls:
        notes.insert(0, Note("empty"))
    if unseen := sum(call.recovered or not call.live or not call.end_known for call in calls):
        notes.append(Note("not_seen_live", {"calls": unseen}))
    if untimed := sum(call.fate == "answered" and call.answer_us is None for call in calls):
        notes.append(Note("untimed", {"calls": untimed}))
    without = db.execute("SELECT count(*) FROM calls WHERE began_at IS NULL").fetchone()[0]
    if without:
        notes.append(Note("no_beginning", {"calls": int(without)}))
    return tuple(notes)


# ---------------------------------------------------------------------- nuisance


def nuisance(db: Database, period: Period) -> Report:
    """What the calls were, the time that each kind took, and the numbers that called for nothing more than once.

    Numbers are masked as in an export; a number's emergencies stand beside its nuisance.
    """
    calls = call_facts(db, period)
    groups: dict[str, list[CallFact]] = defaultdict(list)
    for call in calls:
        groups[call.group].append(call)
    rows: list[tuple[Cell, ...]] = []
    for code in (*CODES, *sorted(set(groups) - {*CODES, UNCLASSIFIED}), UNCLASSIFIED):
        members = groups[code]
        talks = sorted(us for c in members if c.answered and (us := c.until_end(c.answered_at)) is not None)
        rows.append(
            (
                code,
                len(members),
                percent(len(members), len(calls)),
                sum(c.fate == "answered" for c in members),
                seconds(sum(talks)) if talks else None,
                seconds(nearest_rank(talks, 50)),
            )
        )
    columns = (
        Column("outcome", "code"), Column("calls"), Column("percent", "percent"), Column("answered"),
        Column("talk_s", "seconds"), Column("talk_p50_s", "seconds"),
    )  # fmt: skip
    tables = (Table("outcomes", columns, tuple(rows)), _repeats(calls))
    codes = ("nuisance", "silent", "masked", "percentiles")
    return Report("nuisance", period, tables, _notes(db, calls, codes))


def _repeats(calls: list[CallFact]) -> Table:
    by_number: dict[str, list[CallFact]] = defaultdict(list)
    for call in calls:
        if call.number:
            by_number[call.number].append(call)

    def count(members: list[CallFact], codes: frozenset[str]) -> int:
        return sum(call.classified in codes for call in members)

    repeated = [(number, m) for number, m in by_number.items() if count(m, NUISANCE) > 1]
    repeated.sort(key=lambda item: (-count(item[1], NUISANCE), -len(item[1]), item[0]))
    columns = (
        Column("rank"), Column("number", "text"), Column("calls"), Column("prank"), Column("false_emergency"),
        Column("silent"), Column("emergencies"), Column("first_at", "time"), Column("last_at", "time"),
    )  # fmt: skip
    rows = tuple(
        (
            rank, mask(number, "number"), len(m), count(m, frozenset({"prank"})),
            count(m, frozenset({"false_emergency"})), count(m, GHOST), count(m, EMERGENCY),
            m[0].began_at, m[-1].began_at,
        )
        for rank, (number, m) in enumerate(repeated[:REPEATS_SHOWN], 1)
    )  # fmt: skip
    return Table("repeats", columns, rows)
