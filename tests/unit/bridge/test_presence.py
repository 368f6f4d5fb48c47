from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import SECOND
from data.side import Presence
from data.vocabulary.calls import CommandRequested
from telephony.bridge.devices import device_state
from telephony.bridge.presence import vanished
from telephony.link.packet import Packet

T = 1_795_000_000_000_000


def session(operator: str | None, age_s: float) -> Presence:
    seen = T - round(age_s * SECOND)
    return Presence(
        token=f"t{operator}", login="sari", role="calltaker", terminal="meja-1", endpoint=operator, opened_at=0,
        seen_at=seen,
    )  # fmt: skip


def ask(sessions, members, bridge="b"):
    keyed = {("112", operator): state for operator, state in members.items()}
    return vanished(sessions, keyed, T, vanish_s=15, pbx="pwk", queue="112", bridge=bridge)


def test_a_console_without_a_sign_of_life_gets_its_telephone_paused():
    [draft] = ask([session("PJSIP/op1", 16), session("PJSIP/op2", 1)], {"PJSIP/op1": "ready", "PJSIP/op2": "ready"})
    assert isinstance(draft.body, CommandRequested)
    assert (draft.body.action, draft.body.operator, draft.body.reason) == ("pause", "PJSIP/op1", "vanished")


def test_who_is_paused_or_not_a_member_or_has_no_telephone_is_left_alone():
    sessions = [session("PJSIP/op1", 99), session("PJSIP/op3", 99), session(None, 99)]
    assert ask(sessions, {"PJSIP/op1": "paused", "PJSIP/op2": "ready"}) == []


def test_the_last_one_ready_is_an_alarm_instead():
    [draft] = ask([session("PJSIP/op1", 99)], {"PJSIP/op1": "ready", "PJSIP/op2": "paused"})
    assert (draft.kind, draft.body.what) == ("house.alarm", "last_ready")


def test_two_bridges_that_see_the_same_ask_once():
    members = {"PJSIP/op1": "ready", "PJSIP/op2": "ready"}
    one = ask([session("PJSIP/op1", 16)], members)
    other = ask([session("PJSIP/op1", 16)], members, bridge="c")
    assert [d.id for d in one] == [d.id for d in other]


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["ready", "added", "paused"])),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 100)),
)
def test_somebody_stays_ready_however_many_vanish(members, ages):
    drafts = ask([session(operator, age) for operator, age in ages.items()], members)
    paused = {d.body.operator for d in drafts if isinstance(d.body, CommandRequested)}
    ready = {operator for operator, state in members.items() if state != "paused"}
    assert paused <= ready
    assert not ready or ready - paused
    assert all(ages[operator] > 15 for operator in paused)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"Event: DeviceStateChange\r\nDevice: PJSIP/op1\r\nState: NOT_INUSE", ("PJSIP/op1", "not_in_use")),
        (b"Event: DeviceStateChange\r\nDevice: Queue:112\r\nState: INUSE", None),
        (b"Event: DeviceStateChange\r\nDevice: PJSIP/op1\r\nState: STRANGE", None),
        (b"Event: QueueMemberStatus\r\nInterface: PJSIP/op1\r\nStatus: 6", ("PJSIP/op1", "ringing")),
        (b"Event: QueueMember\r\nLocation: PJSIP/op1\r\nStatus: 5", ("PJSIP/op1", "unavailable")),
        (b"Event: QueueMemberStatus\r\nInterface: PJSIP/op1\r\nStatus: 99", None),
        (b"Event: QueueMemberStatus\r\nInterface: Local/5@x\r\nStatus: 1", None),
        (b"Event: QueueMemberStatus", None),
    ],
)
def test_states_of_telephones_are_read_from_both_events(raw, found):
    assert device_state(Packet(raw)) == found
