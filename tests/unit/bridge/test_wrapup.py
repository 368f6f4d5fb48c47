"""When a telephone is left alone after a call, and when it is not: the pure rule, and what a bridge does with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from data.clock import SECOND
from data.entry import Draft
from data.vocabulary.calls import CallClassified, MemberChanged
from telephony.bridge.wrapup import WrapUpKeeper
from telephony.calls import floor
from telephony.calls.state import CallsState
from telephony.commands import REASONS, WRAPUP, View, fold_all, refusal, request
from telephony.settings import Telephony
from telephony.wrapup import AGAIN_S, LONG_WAIT_S, Debt, Phone, begin, end, plan
from tests.unit.calls.support import event, run
from tests.unit.console.centre import PBX, Centre
from tests.unit.link.fake_ami import until

T = 1_795_000_000_000_000
DEBT = Debt("call/pwk/1.1", T - 2 * SECOND)
OWES = Phone("PJSIP/op1", debt=DEBT)
OTHER = Phone("PJSIP/op2")
WRAPS = replace(OWES, paused=True, reason=WRAPUP, since=T - SECOND, begun=True)
HERE = {"pbx": "pwk", "queue": "112", "bridge": "b", "at": T}


def decide(*phones: Phone, waiting: tuple[float, ...] = (), wrap_s: float = 30) -> tuple[list[str], list[str]]:
    """Whose wrap-up begins and whose ends; ``waiting``: for how many seconds each caller has waited."""
    begins, ends = plan(phones, [T - round(age * SECOND) for age in waiting], T, wrap_s)
    return [phone.operator for phone in begins], [phone.operator for phone in ends]


# ---------------------------------------------------------------- the rule


def test_who_owes_an_outcome_is_left_alone_and_only_he():
    assert decide(OWES, OTHER) == (["PJSIP/op1"], [])


def test_a_wrap_up_ends_with_the_outcome_and_with_its_time():
    assert decide(WRAPS, OTHER) == ([], [])
    assert decide(replace(WRAPS, debt=None), OTHER) == ([], ["PJSIP/op1"])
    late = Debt(DEBT.call, T - 30 * SECOND)
    assert decide(replace(WRAPS, debt=late), OTHER) == ([], ["PJSIP/op1"])
    assert decide(replace(OWES, debt=late), OTHER) == ([], [])


def test_it_can_be_switched_off_and_then_what_stands_ends():
    assert decide(OWES, OTHER, wrap_s=0) == ([], [])
    assert decide(WRAPS, OTHER, wrap_s=0) == ([], ["PJSIP/op1"])


def test_a_call_has_one_wrap_up():
    assert decide(replace(OWES, begun=True), OTHER) == ([], [])


def test_the_last_telephone_that_can_be_reached_has_none():
    assert decide(OWES) == ([], [])
    assert decide(OWES, replace(OTHER, paused=True, reason="ibadah")) == ([], [])
    assert decide(OWES, replace(OTHER, reachable=False)) == ([], [])
    two = replace(OWES, operator="PJSIP/op2", debt=Debt("call/pwk/2.2", T - SECOND))
    assert decide(OWES, two) == (["PJSIP/op1"], []), "of two who owe, one stays"


def test_who_talks_or_is_rung_or_has_no_living_console_has_none():
    for change in ({"busy": True}, {"rings": True}, {"attended": False}, {"debt": None}):
        assert decide(replace(OWES, **change), OTHER) == ([], []), change


def test_with_a_console_that_died_or_another_call_it_ends():
    for change in ({"busy": True}, {"attended": False}):
        assert decide(replace(WRAPS, **change), OTHER) == ([], ["PJSIP/op1"]), change


def test_nobody_waits_because_somebody_writes():
    busy = replace(OTHER, busy=True)
    assert decide(WRAPS, busy) == ([], []), "nobody waits"
    assert decide(WRAPS, busy, waiting=(0,)) == ([], ["PJSIP/op1"]), "no telephone is free"
    assert decide(WRAPS, OTHER, waiting=(0,)) == ([], []), "the other one rings for him"
    assert decide(WRAPS, OTHER, waiting=(0, 0)) == ([], ["PJSIP/op1"]), "more wait than are free"
    assert decide(WRAPS, OTHER, waiting=(LONG_WAIT_S,)) == ([], ["PJSIP/op1"]), "he waits too long"
    assert decide(OWES, busy, waiting=(0,)) == ([], [])
    assert decide(OWES, OTHER, waiting=(LONG_WAIT_S,)) == ([], [])


def test_as_many_end_as_are_needed_the_longest_first():
    longer = replace(WRAPS, operator="PJSIP/op3", debt=Debt("call/pwk/3.3", T - 9 * SECOND))
    assert decide(WRAPS, longer, replace(OTHER, busy=True), waiting=(0,)) == ([], ["PJSIP/op3"])


def test_a_pause_of_ones_own_is_nobodys_business():
    own = replace(OWES, paused=True, reason="ibadah")
    assert decide(own, OTHER) == ([], [])
    assert decide(replace(own, debt=None), OTHER, waiting=(60, 60, 60)) == ([], [])


PHONES = st.lists(
    st.builds(
        Phone,
        st.sampled_from("abcdef"),
        paused=st.booleans(),
        reason=st.sampled_from(["", WRAPUP, "ibadah"]),
        since=st.integers(T - 60 * SECOND, T),
        busy=st.booleans(),
        rings=st.booleans(),
        reachable=st.booleans(),
        attended=st.booleans(),
        debt=st.none() | st.builds(Debt, st.just("call/pwk/1.1"), st.integers(T - 60 * SECOND, T)),
        begun=st.booleans(),
    ),
    unique_by=lambda phone: phone.operator,
    max_size=6,
)
WAITING = st.lists(st.integers(T - 20 * SECOND, T), max_size=4)


@given(PHONES, WAITING, st.sampled_from([0, 5, 30]))
def test_whatever_the_floor_callers_come_first_and_own_pauses_stay(phones, waiting, wrap_s):
    begins, ends = plan(phones, waiting, T, wrap_s)
    assert all(not phone.paused and phone.attended and not phone.busy and phone.debt for phone in begins)
    assert all(phone.paused and phone.reason == WRAPUP for phone in ends)
    changed = {p.operator: replace(p, paused=True, reason=WRAPUP, begun=True) for p in begins}
    changed |= {p.operator: replace(p, paused=False, reason="") for p in ends}
    after = [changed.get(phone.operator, phone) for phone in phones]
    open_ = [phone for phone in after if not phone.paused and phone.reachable]
    wrapping = [phone for phone in after if phone.wrapping]
    if begins:
        assert open_, "a wrap-up leaves a telephone that can be reached"
    if wrapping and waiting:
        assert sum(not phone.busy for phone in open_) >= len(waiting)
        assert all(T - since < LONG_WAIT_S * SECOND for since in waiting)
    assert all(T - phone.debt.left_at < wrap_s * SECOND for phone in wrapping if phone.debt), "none lasts for ever"
    assert all(phone.debt is not None and phone.attended for phone in wrapping)
    # what was decided stands: asked again at once, nothing is paused that was just made ready, and the other way round
    again = plan([replace(phone, begun=phone.begun or phone in ends) for phone in after], waiting, T, wrap_s)
    assert not {p.operator for p in again[1]} & {p.operator for p in begins}


# ---------------------------------------------------------------- the commands


def test_two_bridges_ask_once_and_once_more_when_it_did_not_help():
    assert begin(OWES, **HERE).id == begin(OWES, **(HERE | {"bridge": "c", "at": T + SECOND})).id
    first = end(WRAPS, **HERE)
    assert first.id == end(WRAPS, **(HERE | {"bridge": "c", "at": T + SECOND})).id
    assert first.id != end(WRAPS, **(HERE | {"at": T + AGAIN_S * SECOND})).id
    assert (first.body.action, first.body.operator, first.body.reason) == ("ready", "PJSIP/op1", WRAPUP)


def test_the_last_one_ready_is_not_paused_for_a_wrap_up_either():
    made = fold_all([request("pwk", "pause", actor="b", terminal="", operator="PJSIP/op1", reason=WRAPUP)])
    assert made is not None
    alone = View(members={("112", "PJSIP/op1"): "ready", ("112", "PJSIP/op2"): "paused"})
    assert refusal(made, alone, "112") == "last_ready" in REASONS
    assert refusal(made, View(members={**alone.members, ("112", "PJSIP/op2"): "ready"}), "112") is None


# ---------------------------------------------------------------- what the exchange tells


def test_another_reason_for_a_pause_is_a_change():
    def pause(at: float, reason: str):
        return event("QueueMemberPause", at, Queue="112", Interface="PJSIP/op1", Paused="1", PausedReason=reason)

    state = CallsState("p")
    drafts = run([pause(1, WRAPUP), pause(2, WRAPUP), pause(3, "ibadah")], state)
    assert [(d.body.state, d.body.reason) for d in drafts] == [("paused", WRAPUP), ("paused", "ibadah")]
    assert state.pauses == {("112", "PJSIP/op1"): "ibadah"}


# ---------------------------------------------------------------- the keepers of two bridges, on one journal


class Watching:
    """What a keeper asks of its bridge: an exchange that is linked and has no call."""

    connection = object()

    def view(self) -> View:
        return View()


class Writes:
    """A writer without a queue."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def put(self, drafts: list[Draft]) -> None:
        self._centre.journal.append(drafts)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """A centre with two telephones at living consoles, and two bridges' keepers at work."""
    made, stop = Centre(tmp_path), threading.Event()
    for number in "12":
        made.desk("budi", "calltaker", f"desk-{number}", f"PJSIP/op{number}")
    settings = Telephony(vanish_seconds=3600, wrap_up_seconds=600)
    threads = []
    for bridge in ("a", "b"):
        parts: Any = (PBX, settings, made.journal, made.side, Writes(made), Watching(), bridge)
        threads.append(threading.Thread(target=WrapUpKeeper(*parts).run, args=(stop,)))
    for thread in threads:
        thread.start()
    yield made
    stop.set()
    for thread in threads:
        thread.join()
    made.close()


def asked(centre: Centre) -> list[str]:
    """What was asked because of wrap-ups."""
    entries = centre.journal.read(0, 10_000)
    return [e.body.action for e in entries if e.kind == "command.requested" and e.body.reason == WRAPUP]


def told(centre: Centre, state: str, reason: str | None = None) -> None:
    """The exchange tells of the first telephone."""
    body = MemberChanged(queue="112", operator="PJSIP/op1", state=state, reason=reason)
    centre.append("member/pbx-1/PJSIP/op1", body)


def test_a_call_without_an_outcome_has_one_wrap_up_and_the_outcome_ends_it(centre: Centre):
    call = centre.ring()
    centre.answer(call)
    centre.end(call)
    assert until(lambda: asked(centre) == ["pause"])
    told(centre, "paused", WRAPUP)
    centre.append(call, CallClassified(outcome="informed"))
    assert until(lambda: asked(centre) == ["pause", "ready"])


def test_an_outcome_that_ends_the_call_makes_no_wrap_up(centre: Centre):
    first = centre.ring("1")
    centre.answer(first)
    centre.append(first, CallClassified(outcome="prank"))
    centre.end(first)
    last = floor.last_talk(centre.journal, "PJSIP/op1", "pbx-1")
    assert last is not None and (last.call, last.owes) == (first, False)
    second = centre.ring("2", operator="PJSIP/op2")
    centre.answer(second, "PJSIP/op2")
    centre.end(second)
    assert until(lambda: asked(centre) == ["pause"])
    requested = [e for e in centre.journal.read(0, 10_000) if e.kind == "command.requested" and e.body.reason == WRAPUP]
    assert requested[0].body.operator == "PJSIP/op2"


def test_a_caller_who_waits_ends_it(centre: Centre):
    call = centre.ring()
    centre.answer(call)
    centre.end(call)
    assert until(lambda: asked(centre) == ["pause"])
    told(centre, "paused", WRAPUP)
    centre.ring("8", operator="PJSIP/op2")
    centre.ring("9", operator="PJSIP/op2")
    assert until(lambda: asked(centre) == ["pause", "ready"])
