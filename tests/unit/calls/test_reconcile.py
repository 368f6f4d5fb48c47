"""Starting in the middle: the journal's fold and a snapshot are enough to go on as if nobody had been away."""

from __future__ import annotations

import msgspec
import pytest

from data.clock import SECOND
from data.entry import Draft
from telephony.calls.fold import Call
from telephony.calls.reconcile import Channel, Member, Parked, Snapshot, Waiting, reconcile
from telephony.calls.reducer import EVENTS, reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet
from tests.captures import NAMES, packets
from tests.unit.calls.support import T0, Exchange, calls, event, kinds, run

AT = (T0 + 100) * SECOND


def lean(name: str) -> list[Packet]:
    """The events of a capture that the reducer or the model of an exchange looks at."""
    others = {"Newstate", "QueueCallerLeave", "NewConnectedLine", "QueueMemberStatus"}
    return [packet for packet in packets(name) if packet.name in EVENTS or packet.name in others]


def differences(one: Call, other: Call) -> dict[str, tuple[object, object]]:
    """The fields that differ, but for those that only count entries (and the priority, announced just before)."""
    first, second = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
    passed = {"facts", "seen_at", "observed_at", "parties", "priority"}
    return {key: (first[key], second[key]) for key in first.keys() - passed if first[key] != second[key]}


@pytest.mark.parametrize("name", NAMES)
def test_a_bridge_that_is_killed_anywhere_and_starts_again_comes_to_the_same_end(name: str) -> None:
    stream = lean(name)
    whole = calls(run(stream))
    first, exchange, journal = CallsState("p"), Exchange(), list[Draft]()
    for cut in range(len(stream) + 1):
        second = CallsState.from_journal("p", journal)
        drafts = [*journal, *reconcile(second, exchange.snapshot())]
        for packet in stream[cut:]:
            drafts += reduce(second, packet)
        found = calls(drafts)
        assert found.keys() == whole.keys(), cut
        for linkedid, call in found.items():
            wanted = msgspec.structs.replace(whole[linkedid])
            if call.ended_by != wanted.ended_by:
                # Started in the milliseconds between somebody's request to end the call and the end itself.
                assert call.ended_by is None, cut
                wanted.ended_by = None
                if wanted.outcome == "pbx_lost":
                    wanted.outcome = "abandoned"
            wanted.recording = wanted.recording if call.recording else None
            assert differences(call, wanted) == {}, cut
        if cut < len(stream):
            journal += reduce(first, stream[cut])
            exchange.see(stream[cut])


@pytest.mark.parametrize("name", ["answered", "transfer-ami-blind", "hold-by-park", "conference-redirect-both"])
@pytest.mark.parametrize("away", [1, 3, 8])
def test_what_happened_while_nobody_watched_is_made_good_and_says_so(name: str, away: int) -> None:
    """Events were lost; then outcome, operators and end come out right all the same, whatever was lost."""
    stream = lean(name)
    whole = calls(run(stream))
    for cut in range(len(stream) - away):
        first, exchange = CallsState("p"), Exchange()
        journal = []
        for packet in stream[:cut]:
            journal += reduce(first, packet)
        for packet in stream[: cut + away]:
            exchange.see(packet)
        second = CallsState.from_journal("p", journal)
        added = reconcile(second, exchange.snapshot())
        drafts = [*journal, *added]
        for packet in stream[cut + away :]:
            drafts += reduce(second, packet)
        found = calls(drafts)
        ids = [draft.id for draft in drafts]
        assert len(ids) == len(set(ids))
        unseen = [
            packet.name for packet in stream[cut : cut + away] if packet.get("Channel", "").startswith("PJSIP/trunk")
        ]
        for linkedid, call in found.items():
            if not {"BridgeEnter", "BridgeLeave"} <= set(unseen):  # else the whole talk went by unseen
                assert call.outcome == whole[linkedid].outcome, cut
            assert set(call.operators) <= set(whole[linkedid].operators)
        if exchange.channels:
            assert found.keys() == whole.keys(), cut


@pytest.mark.parametrize("name", ["answered", "transfer-ami-blind", "second-operator", "abandoned-queue"])
def test_the_events_that_came_during_the_snapshot_count_exactly(name: str) -> None:
    """Logged in at ``cut``; the lists were made up to six events later; then the buffer is released."""
    stream = lean(name)
    whole = calls(run(stream))
    for cut in range(len(stream)):
        for later in (2, 6):
            first, exchange = CallsState("p"), Exchange()
            journal = []
            for packet in stream[:cut]:
                journal += reduce(first, packet)
            for packet in stream[: cut + later]:
                exchange.see(packet)
            buffered = stream[cut : cut + later]
            second = CallsState.from_journal("p", journal)
            drafts = [*journal, *reconcile(second, exchange.snapshot(), buffered)]
            for packet in stream[cut:]:
                drafts += reduce(second, packet)
            for linkedid, call in calls(drafts).items():
                wanted = whole[linkedid]
                assert (call.outcome, call.operators, call.ended_at) == (
                    wanted.outcome, wanted.operators, wanted.ended_at,
                ), (cut, later)  # fmt: skip


def test_two_bridges_that_know_and_see_the_same_say_the_same() -> None:
    stream = lean("transfer-ami-blind")
    exchange = Exchange()
    for packet in stream[:30]:
        exchange.see(packet)
    journal = run(stream[:12])
    one, two = (reconcile(CallsState.from_journal("p", journal), exchange.snapshot()) for _ in "12")
    assert one == two
    assert one


def test_the_same_snapshot_a_second_time_adds_nothing() -> None:
    exchange = Exchange()
    for packet in lean("hold-by-park")[:30]:
        exchange.see(packet)
    state = CallsState("p")
    assert reconcile(state, exchange.snapshot(with_members=True))
    assert reconcile(state, exchange.snapshot(with_members=True)) == []


TRUNK = Channel(
    uniqueid="pbx-5.0", linkedid="pbx-5.0", channel="PJSIP/trunk-00000000", state="6", context="from-trunk",
    number="+628120000", name="a\x1bb", x112_call="pbx-5.0", duration_s=40,
)  # fmt: skip
OP1 = Channel(
    uniqueid="pbx-5.1", linkedid="pbx-5.0", channel="PJSIP/op1-00000001", state="6", context="from-operator",
    x112_call="pbx-5.0",
)  # fmt: skip


def with_bridge(channel: Channel, bridge: str = "b") -> Channel:
    return msgspec.structs.replace(channel, bridge=bridge)


def test_a_call_that_began_while_nobody_watched_is_observed_with_its_age() -> None:
    state = CallsState("p")
    waits = Snapshot(taken_at=AT, channels=(TRUNK,), waiting=(Waiting(uniqueid="pbx-5.0", queue="112"),))
    drafts = reconcile(state, waits)
    assert {draft.kind for draft in drafts} == {"call.observed"}
    [call] = calls(drafts).values()
    assert (call.state, call.waiting_queue, call.number, call.name) == ("waiting", "112", "+628120000", "a\ufffdb")
    assert call.arrived_at == AT - 40 * SECOND


def test_a_talk_that_began_while_nobody_watched_names_its_operator() -> None:
    snapshot = Snapshot(taken_at=AT, channels=(with_bridge(TRUNK), with_bridge(OP1)))
    [call] = calls(reconcile(CallsState("p"), snapshot)).values()
    assert (call.state, call.operator, call.answered_at) == ("talking", "PJSIP/op1", None)


def test_a_ringing_telephone_is_observed() -> None:
    ringing = msgspec.structs.replace(OP1, state="5")
    waiting = (Waiting(uniqueid="pbx-5.0", queue="112"),)
    snapshot = Snapshot(taken_at=AT, channels=(TRUNK, ringing), waiting=waiting)
    [call] = calls(reconcile(CallsState("p"), snapshot)).values()
    assert call.state == "ringing"
    assert [offer.operator for offer in call.offers.values()] == ["PJSIP/op1"]


def test_a_parked_caller_is_held_since_the_parking_began() -> None:
    parked = (Parked(uniqueid="pbx-5.0", place="701", duration_s=7),)
    [call] = calls(reconcile(CallsState("p"), Snapshot(taken_at=AT, channels=(TRUNK,), parked=parked))).values()
    assert (call.held_how, call.place, call.held_since) == ("park", "701", AT - 7 * SECOND)


def test_a_call_that_the_exchange_has_no_more_ended_and_nobody_knows_how() -> None:
    state = CallsState("p")
    reconcile(state, Snapshot(taken_at=AT, channels=(with_bridge(TRUNK), with_bridge(OP1))))
    [end] = reconcile(state, Snapshot(taken_at=AT + 9))
    assert (end.body.outcome, end.body.ended_by, end.body.evidence) == ("answered", None, "snapshot")
    assert end.id == "call/p/5.0/end"


def test_an_end_that_is_in_the_buffer_is_left_to_the_event_that_knows_it_exactly() -> None:
    state = CallsState("p")
    reconcile(state, Snapshot(taken_at=AT, channels=(TRUNK,)))
    hangup = event("Hangup", 101, Channel=TRUNK.channel, Uniqueid="pbx-5.0", Linkedid="pbx-5.0", Cause="16")
    assert reconcile(state, Snapshot(taken_at=AT + 9), [hangup]) == []
    [end] = reduce(state, hangup)
    assert end.body.evidence == "Hangup"


def test_a_call_of_before_the_boot_was_lost_with_the_exchange() -> None:
    state = CallsState("p")
    reconcile(state, Snapshot(taken_at=AT, channels=(TRUNK,)))
    drafts = reconcile(state, Snapshot(taken_at=AT + 60 * SECOND, booted_at=AT + 50 * SECOND))
    assert kinds(drafts) == ["pbx.restarted", "call.ended"]
    assert (drafts[1].body.outcome, drafts[1].body.ended_by) == ("pbx_lost", "pbx")


def test_legs_that_we_dialled_ourselves_are_no_calls() -> None:
    notification = Channel(
        uniqueid="notify-1", linkedid="notify-1", channel="PJSIP/trunk-00000009", context="notify", state="6"
    )
    dialling = msgspec.structs.replace(notification, context="from-trunk", state="0")
    outgoing = msgspec.structs.replace(notification, context="from-trunk", application="AppDial2")
    for channel in (notification, dialling, outgoing):
        assert reconcile(CallsState("p"), Snapshot(taken_at=AT, channels=(channel,))) == []


def test_members_are_brought_up_to_date() -> None:
    state = CallsState("p")

    def told(*members: Member) -> list[tuple[str, str]]:
        drafts = reconcile(state, Snapshot(taken_at=AT, members=members))
        return [(draft.body.operator, draft.body.state) for draft in drafts]

    one, two = Member(queue="112", operator="PJSIP/op1"), Member(queue="112", operator="PJSIP/op2", paused=True)
    assert told(one, two) == [("PJSIP/op1", "added"), ("PJSIP/op2", "added"), ("PJSIP/op2", "paused")]
    assert told(one, two) == []
    assert told(msgspec.structs.replace(two, paused=False)) == [("PJSIP/op2", "ready"), ("PJSIP/op1", "removed")]
    assert told(one, two) == [("PJSIP/op1", "added"), ("PJSIP/op2", "paused")]


def test_nobody_is_taken_out_of_a_queue_that_was_not_asked_for() -> None:
    state = CallsState("p")
    members = (Member(queue="op101", operator="PJSIP/op1"), Member(queue="112", operator="PJSIP/op1"))
    reconcile(state, Snapshot(taken_at=AT, members=members))
    [gone] = reconcile(state, Snapshot(taken_at=AT, members=(), queues=("112",)))
    assert (gone.body.queue, gone.body.state) == ("112", "removed")


@pytest.mark.parametrize(
    ("party", "operators"), [("PJSIP/damkar", ["PJSIP/op1"]), ("PJSIP/op2", ["PJSIP/op1", "PJSIP/op2"])]
)
def test_a_third_party_that_came_unseen_is_an_operator_only_when_it_is_in_a_queue(
    party: str, operators: list[str]
) -> None:
    """Its channel stands in the context for third parties, wherever it was dialled."""
    call = {"linkedid": f"{T0}.1", "x112_call": f"{T0}.1", "bridge": "b"}
    state = CallsState("p")
    members = tuple(Member(queue="112", operator=f"PJSIP/op{n}") for n in (1, 2))
    caller = Channel(uniqueid=f"{T0}.1", channel="PJSIP/trunk-00000001", context="waiting", **call)
    operator = Channel(uniqueid=f"{T0}.2", channel="PJSIP/op1-00000002", context="from-operator", **call)
    third = Channel(uniqueid="x-1", channel=f"{party}-00000003", context="conference", **call)
    drafts = reconcile(state, Snapshot(taken_at=AT, channels=(caller, operator, third), members=members))
    assert calls(drafts)[f"{T0}.1"].operators == operators
