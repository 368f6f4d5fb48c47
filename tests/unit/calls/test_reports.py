"""Reports of calls: every figure equals one that is computed here from what was put into the journal."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.administration import ADMINISTRATION
from data.clock import SECOND
from data.entry import draft
from data.journal import Journal
from data.reports import Period
from data.sessions import Seats, sessions
from data.vocabulary import administration as admin
from data.vocabulary import calls as v
from telephony.calls import reports
from telephony.calls.operators_report import operators
from telephony.calls.projection import CALLS

T0 = 1_795_490_000 * SECOND
WIB = ZoneInfo("Asia/Jakarta")
CODES = ("incident", "attached", "informed", "prank", "false_emergency", "silent", "accidental", "cut_off")
NUISANCE = ("prank", "false_emergency", "silent")


class Told:
    """One call as the generator meant it; times are seconds from its arrival, None: never."""

    def __init__(self, n, fate, answer, length, outcome, number, queued=True):
        self.stream, self.began = f"call/pbx/{n}.0", T0 + n * 611 * SECOND
        self.fate, self.answer, self.length, self.outcome, self.number = fate, answer, length, outcome, number
        self.queued = queued
        self.operator = f"PJSIP/op{n % 3 + 1}"

    def drafts(self):
        def at(second):
            return self.began + round(second * SECOND)

        leg = self.operator + "-" + self.stream
        yield draft(self.stream, v.CallArrived(channel="PJSIP/trunk-1", number=self.number), at=at(0))
        if self.queued:
            yield draft(self.stream, v.CallQueued(queue="112"), at=at(0.1))
        if self.fate in ("answered", "talking"):
            yield draft(self.stream, v.CallOffered(operator=self.operator, channel=leg), at=at(0.2))
            yield draft(self.stream, v.CallAnswered(operator=self.operator, channel=leg), at=at(self.answer))
        if self.fate == "answered":
            yield draft(self.stream, v.CallEnded(outcome="answered", ended_by="caller"), at=at(self.length))
        elif self.fate in ("abandoned", "pbx_lost"):
            yield draft(self.stream, v.CallEnded(outcome=self.fate), at=at(self.length))
        if self.outcome:
            body = v.CallClassified(outcome=self.outcome)
            yield draft(self.stream, body, at=at(self.length + 1), actor=f"user{len(self.outcome) % 2}")


def shift(seed, calls):
    """A seeded shift with all fates, odd numbers and the times that lie exactly at a limit."""
    chance = random.Random(seed)
    for n in range(calls):
        fate = chance.choices(("answered", "abandoned", "talking", "open", "pbx_lost"), (70, 20, 3, 3, 4))[0]
        answer = chance.choice((0.3, 5, 9.999999, 10, 10.000001, 15, 15.000001, 20, chance.uniform(1, 60)))
        length = answer + chance.uniform(1, 300) if fate == "answered" else chance.choice((3, 15, 15.000001, 40))
        outcome = chance.choice((*CODES, None)) if fate == "answered" else None
        number = chance.choice(("+6281200000111", "+6281200000222", "+6281299999111", None, "=1+1"))
        yield Told(n, fate, answer, length, outcome, number, chance.random() > 0.1)


def rank(values, p):
    """Nearest rank, another way: count up."""
    for value in sorted(values):
        if sum(w <= value for w in values) / len(values) >= p / 100 - 1e-12:
            return round(value / SECOND, 3)
    return None


def row_of(report, table, key):
    found = report.table(table)
    (row,) = [dict(zip((c.name for c in found.columns), r, strict=True)) for r in found.rows if r[0] == key]
    return row


def micros(seconds):
    return round(seconds * SECOND)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "d", [ADMINISTRATION, CALLS]) as opened:
        yield opened


def filled(journal, seed, calls=120):
    told = list(shift(seed, calls))
    journal.append([d for call in told for d in call.drafts()])
    return told


def share(part, whole):
    return round(100 * part / whole, 2) if whole else None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_answering_equals_what_was_told(journal, seed):
    told = filled(journal, seed)
    report = reports.answering(journal, Period(), WIB)
    answered = [c for c in told if c.fate in ("answered", "talking")]
    for fate, members in {
        "all": told,
        "answered": answered,
        "abandoned": [c for c in told if c.fate == "abandoned"],
        "pbx_lost": [c for c in told if c.fate == "pbx_lost"],
        "open": [c for c in told if c.fate == "open"],
    }.items():
        assert row_of(report, "calls", fate) == {
            "fate": fate, "calls": len(members), "percent": share(len(members), len(told))
        }  # fmt: skip
    groups = {
        "genuine": [c for c in answered if c.outcome not in NUISANCE],
        "emergency": [c for c in answered if c.outcome in ("incident", "attached")],
        "ghost": [c for c in answered if c.outcome == "silent"],
        "prank_calls": [c for c in answered if c.outcome in ("prank", "false_emergency")],
        "unclassified": [c for c in answered if c.outcome is None],
        "all": answered,
    }
    for group, members in groups.items():
        times = [micros(c.answer) for c in members]
        row = row_of(report, "answered", group)
        assert (row["answered"], row["timed"], row["estimated"]) == (len(members), len(members), 0), group
        for limit in (10, 15, 20):
            assert row[f"within_{limit}_s"] == share(len([c for c in members if c.answer <= limit]), len(members))
        for p in (50, 90, 95, 99):
            assert row[f"p{p}_s"] == rank(times, p), (group, p)
        assert row["max_s"] == (round(max(times) / SECOND, 3) if times else None)


def test_answering_equals_independent_sql(journal):
    filled(journal, 7)
    report = reports.answering(journal, Period(), WIB)
    sql = """SELECT count(*), sum(a.at - b.at <= 15000000) FROM journal b JOIN journal a ON a.stream = b.stream
        WHERE b.kind = 'call.arrived' AND a.kind = 'call.answered' AND NOT EXISTS (SELECT 1 FROM journal c
            WHERE c.stream = b.stream AND c.kind = 'call.classified'
            AND json_extract(c.body, '$.outcome') IN ('silent', 'prank', 'false_emergency'))"""
    count, within = journal.execute(sql).fetchone()
    row = row_of(report, "answered", "genuine")
    assert (row["timed"], row["within_15_s"]) == (count, share(within, count))
    (abandoned,) = journal.execute(
        "SELECT count(*) FROM journal WHERE kind = 'call.ended' AND json_extract(body, '$.outcome') = 'abandoned'"
    ).fetchone()
    assert row_of(report, "calls", "abandoned")["calls"] == abandoned


def test_abandoned_calls_stand_apart_before_and_after_the_limit(journal):
    told = filled(journal, 4)
    gone = [c for c in told if c.fate == "abandoned"]
    row = row_of(reports.answering(journal, Period(), WIB), "abandoned", 15)
    assert row["abandoned"] == len(gone) > 5
    assert row["before_limit"] == sum(c.length <= 15 for c in gone)
    assert row["after_limit"] == sum(c.length > 15 for c in gone) > 0
    assert row["unknown"] == 0 and row["never_queued"] == sum(not c.queued for c in gone)
    assert row["p90_s"] == rank([micros(c.length) for c in gone], 90)


def test_a_target_is_met_by_counts_and_not_by_a_rounded_percent(journal):
    calls = [Told(n, "answered", 15 if n else 15.5, 60, "informed", None) for n in range(10)]
    journal.append([d for c in calls for d in c.drafts()])
    report = reports.answering(journal, Period(), WIB)
    assert row_of(report, "targets", "nena_15")["met"] == "yes", "9 of 10 are 90 %"
    journal.append(list(Told(99, "answered", 16, 60, "informed", None).drafts()))
    assert row_of(reports.answering(journal, Period(), WIB), "targets", "nena_15")["met"] == "no"


def test_pranks_and_silence_neither_flatter_nor_spoil(journal):
    journal.append(list(Told(1, "answered", 30, 60, "incident", None).drafts()))
    before = row_of(reports.answering(journal, Period(), WIB), "answered", "genuine")
    for n, code in enumerate(NUISANCE, 2):
        journal.append(list(Told(n, "answered", 1, 60, code, None).drafts()))
    assert row_of(reports.answering(journal, Period(), WIB), "answered", "genuine") == before


def test_hours_are_those_of_the_centre(journal):
    told = filled(journal, 5)
    report = reports.answering(journal, Period(), WIB)
    hours = Counter((datetime.fromtimestamp(c.began / SECOND, UTC) + timedelta(hours=7)).hour for c in told)
    assert {row[0]: row[1] for row in report.table("hours").rows} == {f"{h:02d}:00": n for h, n in hours.items()}


def test_a_period_takes_the_calls_that_began_in_it(journal):
    told = filled(journal, 6)
    since, until = told[10].began, told[20].began
    report = reports.answering(journal, Period(since, until), WIB)
    assert row_of(report, "calls", "all")["calls"] == 10


def test_an_empty_period_says_so_and_computes_nothing(journal):
    for report in (
        reports.answering(journal, Period(), WIB),
        reports.nuisance(journal, Period()),
        operators(journal, Period()),
    ):
        assert report.notes[0].code == "empty"
    row = row_of(reports.answering(journal, Period(), WIB), "answered", "all")
    assert row["answered"] == 0 and row["p90_s"] is None and row["within_15_s"] is None
    assert row_of(reports.answering(journal, Period(), WIB), "targets", "nena_15")["met"] == "no_data"


def test_calls_that_were_not_seen_live_are_counted_and_called_estimates(journal):
    journal.append(
        [
            *Told(1, "answered", 5, 60, None, None).drafts(),
            draft("call/pbx/2.0", v.CallObserved(state="talking", channel="c", operator="PJSIP/op1", began_at=T0,
                                                 answered_at=T0 + 9 * SECOND), at=T0 + 30 * SECOND),
            draft("call/pbx/3.0", v.CallRecovered(source="cel", arrived_at=T0, outcome="answered",
                                                  answered_at=T0 + 4 * SECOND, ended_at=T0 + 50 * SECOND), at=T0),
            draft("call/pbx/4.0", v.CallArrived(channel="d"), at=T0),
            draft("call/pbx/4.0", v.CallRecovered(source="cel", arrived_at=T0, outcome="abandoned",
                                                  ended_at=T0 + 7 * SECOND), at=T0 + SECOND),
        ]
    )  # fmt: skip
    report = reports.answering(journal, Period(), WIB)
    assert dict(report.table("evidence").rows) == {
        "seen_live": 1, "end_unseen": 0, "completed": 1, "observed_only": 1, "recovered": 1
    }  # fmt: skip
    row = row_of(report, "answered", "all")
    assert (row["answered"], row["timed"], row["estimated"]) == (3, 3, 2)
    assert [n.params for n in report.notes if n.code == "not_seen_live"] == [{"calls": 3}]


def test_an_end_that_nobody_saw_is_in_no_duration(journal):
    begun = list(Told(1, "talking", 4, 0, "prank", None).drafts())
    waiting = draft("call/pbx/2.0", v.CallArrived(channel="c"), at=T0)
    journal.append([*begun, waiting])
    for stream, outcome in ((begun[0].stream, "answered"), ("call/pbx/2.0", "abandoned")):
        body = v.CallEnded(outcome=outcome, evidence="snapshot")
        journal.append([draft(stream, body, at=T0 + 90_000 * SECOND)])
    answering = reports.answering(journal, Period(), WIB)
    row = row_of(answering, "abandoned", 15)
    assert (row["abandoned"], row["unknown"], row["max_s"]) == (1, 1, None)
    assert dict(answering.table("evidence").rows)["end_unseen"] == 2
    assert row_of(reports.nuisance(journal, Period()), "outcomes", "prank")["talk_s"] is None
    telephone = row_of(operators(journal, Period()), "telephones", "PJSIP/op2")
    assert (telephone["talks"], telephone["talk_s"]) == (1, None)


def test_a_call_without_a_known_beginning_is_told_and_not_lost(journal):
    journal.append([draft("call/pbx/9.0", v.CallEnded(outcome="abandoned"), at=T0)])
    report = reports.answering(journal, Period(), WIB)
    assert [n.params for n in report.notes if n.code == "no_beginning"] == [{"calls": 1}]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), calls=st.integers(0, 60))
def test_nuisance_equals_what_was_told(tmp_path_factory, seed, calls):
    with Journal(tmp_path_factory.mktemp("n") / "d", [ADMINISTRATION, CALLS]) as journal:
        told = filled(journal, seed, calls)
        report = reports.nuisance(journal, Period())
    outcomes = Counter(c.outcome or "unclassified" for c in told)
    table = report.table("outcomes")
    assert {row[0]: row[1] for row in table.rows} == {code: outcomes[code] for code in (*CODES, "unclassified")}
    for code in CODES:
        talks = [micros(c.length) - micros(c.answer) for c in told if c.outcome == code]
        row = row_of(report, "outcomes", code)
        assert row["percent"] == share(len(talks), len(told))
        assert row["talk_s"] == (pytest.approx(sum(talks) / SECOND, abs=0.001) if talks else None)
        assert row["talk_p50_s"] == rank(talks, 50)
    worst = Counter(c.number for c in told if c.number and c.outcome in NUISANCE)
    repeats = report.table("repeats").rows
    assert sorted(r[3] + r[4] + r[5] for r in repeats) == sorted(n for n in worst.values() if n > 1)
    for row in repeats:
        assert row[1].startswith("***") and len(row[1]) <= 6, "numbers are masked"


def test_what_a_number_reported_in_earnest_stands_beside_its_nuisance(journal):
    journal.append(
        [
            d
            for n, code in enumerate(("prank", "prank", "incident"))
            for d in Told(n, "answered", 1, 5, code, "+62811222333").drafts()
        ]
    )
    row = row_of(reports.nuisance(journal, Period()), "repeats", 1)
    assert (row["prank"], row["emergencies"], row["calls"]) == (2, 1, 3)


def test_operators_are_known_by_the_session_that_had_the_telephone(journal):
    def session(kind, login, at, endpoint="PJSIP/op1"):
        if kind is admin.SessionOpened:
            body = kind(login=login, terminal="desk-1", role="calltaker", endpoint=endpoint)
        else:
            body = kind(login=login, terminal="desk-1", how="signed_out")
        return draft("terminal/desk-1", body, at=at)

    calls = [Told(n, "answered", 4, 60, "informed", None) for n in (0, 3, 6, 9)]
    journal.append(
        [
            session(admin.SessionOpened, "siti", calls[0].began - SECOND),
            session(admin.SessionClosed, "siti", calls[1].began - SECOND),
            session(admin.SessionOpened, "budi", calls[2].began - SECOND),
            *(d for call in calls for d in call.drafts()),
        ]
    )
    report = operators(journal, Period())
    people = {row[0]: row for row in report.table("people").rows}
    assert {name: row[5] for name, row in people.items() if row[1]} == {"siti": 1, "budi": 2, "(nobody)": 1}
    assert people["user0"][-6] == 4, "outcomes belong to who gave them"
    telephone = row_of(report, "telephones", "PJSIP/op1")
    assert (telephone["offered"], telephone["first_answers"], telephone["talks"], telephone["missed"]) == (4, 4, 4, 0)
    assert telephone["talk_s"] == 4 * 56.0 and telephone["pickup_p50_s"] == 3.8


@pytest.mark.parametrize("seed", [11, 12])
def test_telephones_equal_what_was_told(journal, seed):
    told = filled(journal, seed)
    report = operators(journal, Period())
    for operator in {c.operator for c in told if c.fate in ("answered", "talking")}:
        mine = [c for c in told if c.operator == operator and c.fate in ("answered", "talking")]
        talks = [micros(c.length) - micros(c.answer) for c in mine if c.fate == "answered"]
        row = row_of(report, "telephones", operator)
        assert (row["offered"], row["talks"], row["first_answers"]) == (len(mine), len(mine), len(mine))
        assert row["talk_s"] == pytest.approx(sum(talks) / SECOND, abs=0.001)
        assert row["talk_p50_s"] == rank(talks, 50)


def offered(n, at_s, operator="PJSIP/op1", queue="112", until_s=None, reason="cancelled"):
    """A call's ringing at a telephone from ``at_s`` to ``until_s``."""
    body, at = {"operator": operator, "channel": f"{operator}-{n}-{at_s}"}, T0 + round(at_s * SECOND)
    yield draft(f"call/pbx/{n}.0", v.CallOffered(queue=queue, **body), at=at)
    if until_s is not None:
        ended = v.CallAnswered(**body) if reason == "answered" else v.CallOfferEnded(reason=reason, **body)
        yield draft(f"call/pbx/{n}.0", ended, at=T0 + round(until_s * SECOND))


def test_a_call_that_rang_and_was_answered_from_the_console_is_one_offer_picked_up_then(journal):
    """The console has it put through in the operator's own queue: for the exchange it rings there once more."""
    drafts = [draft(f"call/pbx/{n}.0", v.CallArrived(channel=f"c{n}"), at=T0) for n in (1, 2, 3)]
    drafts += [*offered(1, 1, until_s=4), *offered(1, 1, "PJSIP/op2", until_s=4)]
    drafts += offered(1, 4.001, queue="claim_op1", until_s=4.02, reason="answered")
    drafts += offered(2, 60, queue="claim_op1", until_s=60.02, reason="answered")  # chosen; it rang elsewhere
    drafts += [*offered(3, 90, until_s=110, reason="noanswer")]
    drafts += offered(3, 130, queue="claim_op1", until_s=130.02, reason="answered")  # missed, and taken later
    journal.append(sorted(drafts, key=lambda each: each.at))
    report = operators(journal, Period())
    row = row_of(report, "telephones", "PJSIP/op1")
    assert (row["offered"], row["missed"], row["first_answers"]) == (4, 1, 3)
    assert (row["pickup_p50_s"], row["pickup_p90_s"]) == (3.02, 3.02), "from the first ring; not what nobody rang for"
    row = row_of(report, "telephones", "PJSIP/op2")
    assert (row["offered"], row["missed"], row["pickup_p50_s"]) == (1, 0, None)


def test_a_missed_offer_counts_for_who_missed_it(journal):
    journal.append(
        [
            draft("call/pbx/1.0", v.CallArrived(channel="c"), at=T0),
            draft("call/pbx/1.0", v.CallOffered(operator="PJSIP/op1", channel="x"), at=T0 + 1),
            draft("call/pbx/1.0", v.CallOfferEnded(operator="PJSIP/op1", channel="x", reason="noanswer"), at=T0 + 2),
        ]
    )
    row = row_of(operators(journal, Period()), "telephones", "PJSIP/op1")
    assert (row["offered"], row["missed"], row["talks"]) == (1, 1, 0)


def test_a_session_ends_when_another_takes_the_desk_or_the_telephone(journal):
    def opened(login, terminal, endpoint, at):
        body = admin.SessionOpened(login=login, terminal=terminal, role="calltaker", endpoint=endpoint)
        return draft(f"terminal/{terminal}", body, at=at)

    journal.append(
        [
            opened("siti", "a", "PJSIP/op1", 10),
            opened("budi", "a", "PJSIP/op2", 20),
            opened("ani", "b", "PJSIP/op2", 30),
        ]
    )
    assert [(s.login, s.closed_at) for s in sessions(journal)] == [("siti", 20), ("budi", 30), ("ani", None)]
    seats = Seats(sessions(journal))
    assert [seats.login("PJSIP/op1", at) for at in (9, 10, 19, 20)] == [None, "siti", "siti", None]
    assert [seats.login("PJSIP/op2", at) for at in (29, 30)] == ["budi", "ani"]
