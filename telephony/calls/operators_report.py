"""Figures about the work of call-takers: what was offered to whom, picked up, missed, talked, filed. Read only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from data.clock import SECOND, Micros
from data.projection import Database
from data.reports import Cell, Column, Note, Period, Report, Table, between, nearest_rank, seconds
from data.sessions import Seats, sessions
from telephony.asterisk.names import claim_queue
from telephony.calls.reports import CODES, LIVE_ENDS


class _Work:
    """What one person or telephone did."""

    def __init__(self) -> None:
        self.offered = 0
        self.missed = 0
        self.pickups: list[int] = []
        self.talks: list[int] = []
        self.talks_begun = 0
        self.first_answers = 0
        self.outcomes: Counter[str] = Counter()


PUT_THROUGH_US = 2 * SECOND
"""Between a call's ringing in the queue and its being put through to whoever answered it from the console, at most."""

NOBODY = "(nobody)"
"""Who had a telephone that rang or talked while no session had it."""


@dataclass
class _Offer:
    """A call at a telephone; ``rang``: by itself, not only because somebody there chose it."""

    call: str
    operator: str
    at: Micros
    ended: Micros | None
    reason: str | None
    rang: bool


def _offers(db: Database, period: Period) -> list[_Offer]:
    """The offers that began in ``period``. Who answers from the console has the call put through in a queue of his own:
    it stops ringing and is offered once more. That is one offer, picked up when it was put through."""
    found: list[_Offer] = []
    for call, operator, queue, at, ended, reason in db.execute(
        "SELECT call, operator, queue, offered_at, ended_at, reason FROM call_offers"
        " WHERE offered_at >= :since AND offered_at < :until ORDER BY call, operator, offered_at",
        period.bounds,
    ).fetchall():
        chosen = queue == claim_queue(operator.rpartition("/")[2])
        last = found[-1] if found else None
        if (
            chosen and last and (last.call, last.operator, last.reason) == (call, operator, "cancelled")
            and at - (last.ended or 0) <= PUT_THROUGH_US
        ):  # fmt: skip
            last.ended, last.reason = ended, reason
        else:
            found.append(_Offer(call, operator, at, ended, reason, rang=not chosen))
    return found


def operators(db: Database, period: Period) -> Report:
    """What each person and each telephone did: offers, missed ones, talks, outcomes given.

    A person is known by the session that had the telephone at that moment.
    """
    seats = Seats(sessions(db))
    people: dict[str, _Work] = defaultdict(_Work)
    telephones: dict[str, _Work] = defaultdict(_Work)

    def both(operator: str, at: Micros) -> tuple[_Work, _Work]:
        return people[seats.login(operator, at) or NOBODY], telephones[operator]

    for offer in _offers(db, period):
        for work in both(offer.operator, offer.at):
            work.offered += 1
            work.missed += offer.reason == "noanswer"
            if offer.rang and offer.reason == "answered" and (us := between(offer.at, offer.ended)) is not None:
                work.pickups.append(us)
    for operator, at, left, ended, evidence in db.execute(
        "SELECT o.operator, o.joined_at, o.left_at, c.ended_at, c.end_evidence FROM call_operators o"
        " JOIN calls c ON c.call = o.call WHERE o.joined_at >= :since AND o.joined_at < :until",
        period.bounds,
    ).fetchall():
        known = evidence in LIVE_ENDS or left != ended
        for work in both(operator, at):
            work.talks_begun += 1
            if known and (us := between(at, left)) is not None:
                work.talks.append(us)
    for operator, at in db.execute(
        "SELECT operator, answered_at FROM calls WHERE answered = 1 AND operator IS NOT NULL"
        " AND answered_at >= :since AND answered_at < :until",
        period.bounds,
    ).fetchall():
        for work in both(operator, at):
            work.first_answers += 1
    for login, outcome in db.execute(
        "SELECT classified_by, classified FROM calls WHERE classified IS NOT NULL"
        " AND classified_at >= :since AND classified_at < :until",
        period.bounds,
    ).fetchall():
        people[login or NOBODY].outcomes[outcome] += 1
    tables = (
        Table("people", (*_work_columns("person"), *map(Column, CODES)), tuple(_work_rows(people, with_outcomes=True))),
        Table("telephones", _work_columns("telephone"), tuple(_work_rows(telephones, with_outcomes=False))),
    )
    notes = [Note("empty")] if not people else []
    notes += [Note("seats"), Note("talks"), Note("percentiles")]
    return Report("operators", period, tables, tuple(notes))


def _work_columns(who: str) -> tuple[Column, ...]:
    return (
        Column(who, "text"), Column("offered"), Column("missed"), Column("pickup_p50_s", "seconds"),
        Column("pickup_p90_s", "seconds"), Column("first_answers"), Column("talks"), Column("talk_s", "seconds"),
        Column("talk_p50_s", "seconds"), Column("talk_max_s", "seconds"),
    )  # fmt: skip


def _work_rows(works: dict[str, _Work], *, with_outcomes: bool) -> Iterable[tuple[Cell, ...]]:
    for name, work in sorted(works.items(), key=lambda item: (item[0] == NOBODY, item[0])):
        pickups, talks = sorted(work.pickups), sorted(work.talks)
        yield (
            name, work.offered, work.missed, seconds(nearest_rank(pickups, 50)), seconds(nearest_rank(pickups, 90)),
            work.first_answers, work.talks_begun, seconds(sum(talks)) if talks else None,
            seconds(nearest_rank(talks, 50)), seconds(nearest_rank(talks, 100)),
            *((work.outcomes[code] for code in CODES) if with_outcomes else ()),
        )  # fmt: skip
