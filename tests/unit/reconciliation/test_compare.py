"""Whatever is changed on one side is found, named as what it is, and nothing else is."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import SECOND
from telephony.reconciliation.compare import KINDS, TOLERANCE, Kept, Result, Window, compare
from telephony.reconciliation.records import Queued, QueueLog
from telephony.reconciliation.told import Archive, read_archive
from tests.unit.reconciliation.support import Plan, T, kept_of, log_of

ALL = Window(0, 1 << 60, settled=1 << 60)
OPERATORS = ("PJSIP/op1", "PJSIP/op2", "PJSIP/op3")


@st.composite
def plans(draw: st.DrawFn, least: int = 0) -> list[Plan]:
    """Calls of one run of an exchange: numbers rise with time, as Asterisk gives them."""
    found: list[Plan] = []
    at, number = T, 0
    for _ in range(draw(st.integers(least, 6))):
        at += draw(st.integers(0, 4 * SECOND))
        operators = draw(st.lists(st.sampled_from(OPERATORS), max_size=3, unique=True))
        talks = tuple(((order + 1) * SECOND // 4, operator) for order, operator in enumerate(operators))
        by = draw(st.sampled_from(("caller", "operator", None) if talks else ("caller", None)))
        found.append(Plan(number, at, talks, draw(st.integers(SECOND, 9 * SECOND)), by))
        number += 1 + len(talks)
    return found


def result(kept: list[Kept], archive: Archive, **other: object) -> Result:
    return compare(ALL, {each.key: each for each in kept}, archive, **other)  # type: ignore[arg-type]


def kinds(found: Result) -> list[tuple[str, str]]:
    return [(one.kind, one.call) for one in found.differences]


@given(plans())
def test_a_journal_that_saw_everything_is_equal(calls: list[Plan]) -> None:
    found = result([kept_of(plan) for plan in calls], read_archive(log_of(*calls)))
    assert found.differences == ()
    assert found.calls == len(calls)
    assert set(found.counts()) == set(KINDS)


CHANGES = {
    "doubled": lambda kept: {"ends": 2},
    "outcome": lambda kept: {"outcome": "abandoned" if kept.outcome == "answered" else "answered"},
    "time": lambda kept: {"ended_at": kept.ended_at + TOLERANCE + 1},
    "end": lambda kept: {"outcome": None},
}


@given(plans(least=1), st.data())
def test_one_change_is_the_one_difference(calls: list[Plan], data: st.DataObject) -> None:
    archive = read_archive(log_of(*calls))
    kept = [kept_of(plan) for plan in calls]
    chosen = data.draw(st.integers(0, len(calls) - 1))
    kind = data.draw(st.sampled_from(sorted(CHANGES)))
    kept[chosen] = msgspec.structs.replace(kept[chosen], **CHANGES[kind](kept[chosen]))
    assert kinds(result(kept, archive)) == [(kind, calls[chosen].key)]


@given(plans(least=1), st.data())
def test_a_call_that_one_side_lacks_is_missing_or_unknown(calls: list[Plan], data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, len(calls) - 1))
    others = [plan for number, plan in enumerate(calls) if number != chosen]
    kept = [kept_of(plan) for plan in calls]
    key = calls[chosen].key
    assert kinds(result([each for each in kept if each.key != key], read_archive(log_of(*calls)))) == [("missing", key)]
    archive = msgspec.structs.replace(read_archive(log_of(*others)), begins_at=0)
    assert kinds(result(kept, archive)) == [("unknown", key)]


TALK = Plan(0, T, ((SECOND, "PJSIP/op1"), (2 * SECOND, "PJSIP/op2")))


@pytest.mark.parametrize(
    ("change", "kind", "what"),
    [
        ({"operators": ("PJSIP/op3", "PJSIP/op2")}, "operator", None),
        ({"operators": ("PJSIP/op1",)}, "operator", None),
        ({"operators": ("PJSIP/op2", "PJSIP/op1")}, "operator", None),
        ({"ended_by": "operator"}, "end", "ended_by"),
        ({"arrived_at": T - TOLERANCE - 1}, "time", "arrived_at"),
        ({"answered_at": T + SECOND + TOLERANCE + 1}, "time", "answered_at"),
        ({"answered_at": None}, "time", "answered_at"),
        ({"estimated": frozenset({"arrived_at"})}, "time", "arrived_at"),
        ({"ended_at": None}, "time", "ended_at"),
        ({"arrivals": 2}, "doubled", "arrived"),
        ({"answers": 2}, "doubled", "answered"),
    ],
)
def test_each_thing_that_can_differ(change: dict[str, object], kind: str, what: str | None) -> None:
    kept = msgspec.structs.replace(kept_of(TALK), **change)
    [one] = result([kept], read_archive(log_of(TALK))).differences
    assert (one.kind, one.what, one.source) == (kind, what, "cel")


@pytest.mark.parametrize(
    "change",
    [
        {"answered_at": T + SECOND - 2000 - TOLERANCE},  # the telephone was picked up then
        {"ended_at": T + 5 * SECOND + TOLERANCE},
        {"ended_by": None},  # nobody saw who hung up
    ],
)
def test_what_is_no_difference(change: dict[str, object]) -> None:
    assert result([msgspec.structs.replace(kept_of(TALK), **change)], read_archive(log_of(TALK))).differences == ()


def test_a_call_that_goes_on_is_no_difference_and_counted() -> None:
    plan = Plan(0, T, ((SECOND, "PJSIP/op1"),), ends=None)
    estimated = msgspec.structs.replace(kept_of(plan), arrived_at=T + SECOND, estimated=frozenset({"arrived_at"}))
    for kept in (kept_of(plan), estimated):
        found = result([kept], read_archive(log_of(plan)))
        assert (found.differences, found.open) == ((), 1)
    ended = msgspec.structs.replace(kept_of(plan), outcome="answered", ended_by="caller")
    assert kinds(result([ended], read_archive(log_of(plan)))) == [("end", plan.key)]
    gone_down = msgspec.structs.replace(ended, ended_by="pbx")
    assert result([gone_down], read_archive(log_of(plan))).differences == (), "the archive can't show it yet"


def test_only_calls_of_the_window_that_have_settled_are_compared() -> None:
    calls = [Plan(number, T + number * 10 * SECOND) for number in range(4)]
    archive = read_archive(log_of(*calls))
    window = Window(T + 10 * SECOND, T + 30 * SECOND, settled=T + 27 * SECOND)
    assert kinds(compare(window, {}, archive)) == [("missing", calls[1].key), ("missing", calls[2].key)]
    early = Window(T, T + 100 * SECOND, settled=T + 2 * SECOND)
    found = compare(early, {calls[0].key: kept_of(calls[0])}, archive)
    assert (found.differences, found.calls, found.open) == ((), 1, 1), "its end has only just happened"
    still_on = msgspec.structs.replace(kept_of(calls[0]), outcome=None, ended_at=None, ended_by=None, ends=0)
    assert compare(early, {calls[0].key: still_on}, archive).differences == ()


def test_calls_from_before_the_archive_begins_are_said_to_be_uncovered() -> None:
    before, after = Plan(0, T), Plan(1, T + 100 * SECOND)
    found = result([kept_of(before), kept_of(after)], read_archive(log_of(after)))
    assert (found.differences, found.calls, found.uncovered) == ((), 1, 1)


def test_where_the_archive_has_nothing_the_queue_log_and_the_cdr_speak() -> None:
    one, two = Plan(0, T), Plan(1, T + SECOND, ((SECOND, "PJSIP/op1"),))
    archive = read_archive(log_of(two))
    log = QueueLog({one.key: Queued(T), two.key: Queued(two.at, answered=False)})
    [missing] = result([kept_of(two)], archive, queue_log=log, cdr={one.key: T}).differences
    assert (missing.kind, missing.source, missing.call) == ("missing", "queue_log", one.key)
    [missing] = result([kept_of(two)], archive, cdr={one.key: T, two.key: two.at}).differences
    assert (missing.kind, missing.source) == ("missing", "cdr")
    connected = QueueLog({one.key: Queued(T, answered=True)})
    archive = msgspec.structs.replace(archive, begins_at=two.at)
    [other] = result([kept_of(one), kept_of(two)], archive, queue_log=connected).differences
    assert (other.kind, other.source, other.journal) == ("outcome", "queue_log", "abandoned")
