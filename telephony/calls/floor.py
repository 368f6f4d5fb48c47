"""The floor as a supervisor sees it: who rings, talks or holds now, and the service level of a period.

Counted in SQL over the derived tables, so that a refresh costs milliseconds on a day of thousands of calls. The terms
are those of ``telephony.calls.reports``: answering is t3-t0, a call belongs to the period in which it began, ghost and
prank stand apart, and a figure that nobody knows exactly is counted as unknown, never guessed.
"""

from __future__ import annotations

import msgspec

from data.clock import SECOND, Micros
from data.projection import Database
from telephony.calls.reports import ABANDON_LIMIT_S, ANSWER_LIMITS_S, GHOST, NUISANCE, PRANK


class Busy(msgspec.Struct, frozen=True):
    """What a telephone does with a call. ``doing``: ringing, talking or held; ``since``: of that state (UTC micros).

    ``began_at``: when the call began, None when that is not known.
    """

    operator: str
    doing: str
    since: Micros
    call: str
    began_at: Micros | None


class Level(msgspec.Struct, frozen=True):
    """The service level of the calls that began in ``[since, until)`` (UTC micros).

    ``answered``: genuine calls that were answered (ghost and prank apart); ``timed``: those of them whose t3-t0 is
    known; ``within``: how many of these at most 10, 15 and 20 s. ``abandoned_before`` and ``abandoned_after`` the 15 s,
    ``abandoned_unknown``: nobody saw when. ``open``: neither answered nor over. ``lost``: with the exchange.
    """

    since: Micros
    until: Micros
    calls: int
    answered: int
    timed: int
    within: tuple[int, ...]
    abandoned_before: int
    abandoned_after: int
    abandoned_unknown: int
    ghost: int
    prank: int
    open: int
    lost: int

    def percent(self, index: int) -> float | None:
        """Percent of the timed calls answered within the limit of that index; None when there was none."""
        return 100 * self.within[index] / self.timed if self.timed else None


def busy(db: Database) -> list[Busy]:
    """Telephones that ring, talk or hold now; one row each call and telephone: talk, hold, ring."""
    rows = db.execute(
        "SELECT o.operator, CASE WHEN c.held_since IS NULL THEN 'talking' ELSE 'held' END,"
        " COALESCE(c.held_since, o.joined_at), c.call, c.began_at"
        " FROM calls c JOIN call_operators o ON o.call = c.call AND o.left_at IS NULL WHERE c.outcome IS NULL"
        " UNION ALL SELECT c.held_by, 'held', c.held_since, c.call, c.began_at"  # put on hold at the console
        " FROM calls c WHERE c.outcome IS NULL AND c.held_how = 'hold' AND c.held_by IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM call_operators o WHERE o.call = c.call AND o.operator = c.held_by AND o.left_at IS NULL)"
        " UNION ALL SELECT f.operator, 'ringing', f.offered_at, c.call, c.began_at"
        " FROM calls c JOIN call_offers f ON f.call = c.call AND f.ended_at IS NULL WHERE c.outcome IS NULL"
    ).fetchall()
    found = [Busy(*row) for row in rows]
    order = {"talking": 0, "held": 1, "ringing": 2}
    return sorted(found, key=lambda row: (order[row.doing], row.operator, row.since))


class LastTalk(msgspec.Struct, frozen=True):
    """The call in which an operator talked last; ``left_at``: when he left it, None as long as he is in it.

    ``owes``: it is over, he was the first to answer it, and nobody has given an outcome.
    """

    call: str
    left_at: Micros | None
    owes: bool


def last_talk(db: Database, operator: str, pbx: str) -> LastTalk | None:
    """The last talk of the telephone ``operator`` at ``pbx``, None when there was none."""
    row = db.execute(
        "SELECT o.call, o.left_at, c.outcome IS NOT NULL AND c.classified IS NULL AND c.operator = o.operator"
        " FROM call_operators o JOIN calls c ON c.call = o.call WHERE o.operator = :operator AND c.pbx = :pbx"
        " ORDER BY o.joined_at DESC LIMIT 1",
        {"operator": operator, "pbx": pbx},
    ).fetchone()
    return LastTalk(row[0], row[1], bool(row[2])) if row is not None else None


def _codes(codes: frozenset[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes))


_ANSWERED = "(answered = 1 OR COALESCE(outcome, '') = 'answered')"
_GENUINE = f"{_ANSWERED} AND COALESCE(classified, '') NOT IN ({_codes(NUISANCE)})"
_TIMED = f"{_GENUINE} AND answered_at >= arrived_at"
_ABANDONED = "NOT answered AND outcome = 'abandoned'"
# The end of a call was seen when it happened, or stands in the exchange's own records (see reports.CallFact).
_END_KNOWN = "(recovered = 1 OR COALESCE(end_evidence, 'Hangup') IN ('Hangup', 'Shutdown')) AND ended_at >= arrived_at"
_LIMIT = ABANDON_LIMIT_S * SECOND


def _sum(condition: str) -> str:
    return f"COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0)"


_LEVEL = "SELECT COUNT(*), " + ", ".join(
    _sum(condition)
    for condition in (
        _GENUINE,
        _TIMED,
        *(f"{_TIMED} AND answered_at - arrived_at <= {limit * SECOND}" for limit in ANSWER_LIMITS_S),
        f"{_ABANDONED} AND {_END_KNOWN} AND ended_at - arrived_at <= {_LIMIT}",
        f"{_ABANDONED} AND {_END_KNOWN} AND ended_at - arrived_at > {_LIMIT}",
        _ABANDONED,
        f"{_ANSWERED} AND classified IN ({_codes(GHOST)})",
        f"{_ANSWERED} AND classified IN ({_codes(PRANK)})",
        f"NOT {_ANSWERED} AND outcome IS NULL",
        f"NOT {_ANSWERED} AND outcome = 'pbx_lost'",
    )
)


def service_level(db: Database, since: Micros, until: Micros) -> Level:
    """The service level of the calls that began in ``[since, until)``."""
    row = db.execute(
        f"{_LEVEL} FROM calls WHERE began_at >= :since AND began_at < :until", {"since": since, "until": until}
    ).fetchone()
    calls, answered, timed, *rest = row
    within, (before, after, abandoned, ghost, prank, still_open, lost) = tuple(rest[:3]), rest[3:]
    return Level(
        since, until, calls, answered, timed, within, before, after, abandoned - before - after, ghost, prank,
        still_open, lost,
    )  # fmt: skip
