"""What holds for every stream, however it is cut, doubled, shuffled or spoilt."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from data.entry import Draft
from telephony.calls.fold import fold_all
from telephony.calls.projection import row_of
from telephony.calls.reducer import EVENTS, reduce
from telephony.calls.state import CallsState
from telephony.link.packet import Packet
from telephony.replay import describe
from tests.captures import NAMES, packets
from tests.unit.calls.support import calls, run

LEAN = {name: [packet for packet in packets(name) if packet.name in EVENTS] for name in NAMES}

# Asterisk's message bus keeps order within a topic; these are the topics that the reducer reads.
TOPICS = {
    "queue": {
        "QueueCallerJoin",
        "QueueCallerAbandon",
        "AgentCalled",
        "AgentConnect",
        "AgentComplete",
        "AgentRingNoAnswer",
    },
    "bridge": {"BridgeEnter", "BridgeLeave", "BlindTransfer", "AttendedTransfer"},
    "parking": {"ParkedCall", "UnParkedCall"},
}


def topic(packet: Packet) -> str:
    return next((name for name, events in TOPICS.items() if packet.name in events), "channel")


def sound(drafts: list[Draft]) -> None:
    """What every list of drafts must satisfy."""
    ids = [draft.id for draft in drafts if draft.stream.startswith("call/")]
    assert len(ids) == len(set(ids))
    ends: dict[str, int] = {}
    for draft in drafts:
        if draft.kind == "call.ended":
            ends[draft.stream] = ends.get(draft.stream, 0) + 1
    assert all(count == 1 for count in ends.values())
    for call in calls(drafts).values():
        describe(call)
        row_of(call, 1)
        assert call.held_us >= 0
        assert call.ended or call.outcome is None
        assert not call.ended or not (call.talking or call.offers or call.waiting_queue or call.held_since)
        assert (call.operator is not None) == bool(call.operators)
        assert call.answered == bool(call.operators)


names = st.sampled_from(NAMES)


@given(names, st.data())
def test_a_stream_cut_at_both_sides_is_read_without_harm(name: str, data: st.DataObject) -> None:
    stream = LEAN[name]
    start = data.draw(st.integers(0, len(stream)))
    end = data.draw(st.integers(start, len(stream)))
    sound(run(stream[start:end]))


@given(names, st.randoms(use_true_random=False), st.floats(0, 1))
def test_lost_events_do_no_harm(name: str, chance: random.Random, kept: float) -> None:
    sound(run([packet for packet in LEAN[name] if chance.random() < kept]))


@given(names, st.data())
def test_a_second_watcher_says_exactly_the_same(name: str, data: st.DataObject) -> None:
    """Both follow the journal: whoever is first appends, the other's drafts are known already."""
    stream = LEAN[name]
    states = [CallsState("p"), CallsState("p")]
    at, journal, said = [0, 0], dict[str, Draft](), [list[Draft](), list[Draft]()]
    while min(at) < len(stream):
        who = data.draw(st.integers(0, 1)) if max(at) < len(stream) else at.index(min(at))
        drafts = reduce(states[who], stream[at[who]])
        at[who] += 1
        said[who] += drafts
        for draft in drafts:
            journal.setdefault(draft.id, draft)
    assert said[0] == said[1] == list(journal.values())


@given(names, st.data())
def test_events_that_come_twice_to_one_watcher_count_once(name: str, data: st.DataObject) -> None:
    stream = LEAN[name]
    start = data.draw(st.integers(0, len(stream)))
    once = run(stream)
    state = CallsState("p")
    twice = [draft for packet in stream for draft in [*reduce(state, packet), *reduce(state, packet)]]
    assert list({draft.id: draft for draft in twice}.values()) == once  # the journal drops an id that it knows
    sound(run([*stream, *stream[start:]]))


@given(names, st.randoms(use_true_random=False), st.integers(1, 6))
def test_another_order_between_topics_does_no_harm(name: str, chance: random.Random, reach: int) -> None:
    stream = LEAN[name]
    keys = list(range(len(stream)))
    for _ in range(len(stream) * reach):
        i = chance.randrange(max(1, len(keys) - 1))
        if i + 1 < len(keys):
            one, other = stream[keys[i]], stream[keys[i + 1]]
            near = abs((one.timestamp or 0) - (other.timestamp or 0)) < 20_000
            if near and topic(one) != topic(other):
                keys[i], keys[i + 1] = keys[i + 1], keys[i]
    drafts = run(stream[key] for key in keys)
    sound(drafts)
    for linkedid, call in calls(drafts).items():
        expected = calls(run(stream))[linkedid]
        assert (call.outcome, call.operators, call.operator) == (
            expected.outcome,
            expected.operators,
            expected.operator,
        )


headers = st.dictionaries(
    st.sampled_from([
        "Uniqueid", "Linkedid", "Channel", "DestChannel", "DestUniqueid", "DestLinkedid", "Context", "ChannelState",
        "BridgeUniqueid", "Queue", "Interface", "Cause", "Position", "DialStatus", "UserEvent", "Lat", "Lon", "Info",
        "Uptime", "Paused", "ParkeeUniqueid", "ParkeeChannel", "TransfereeUniqueid", "TransfererUniqueid", "Result",
        "CallerIDNum", "CallerIDName", "ChanVariable", "Timestamp", "Reason", "Newname", "Rec", "Format", "Exten",
    ]),
    st.one_of(
        st.sampled_from([
            "from-trunk", "4", "0", "6", "1795490122.0", "psap-test-1795490122.0", "PJSIP/trunk-00000000", "112",
            "PJSIP/op1-00000001", "PJSIP/op1", "X112_CALL=psap-test-1795490122.0", "Success", "X112Location", "16",
            "Local/103@transfer-00000000;1", "Local/103@transfer-00000000;2", "1795490130.5", "ANSWER", "hangup", "x;1",
        ]),
        st.text(max_size=30),
    ),
    max_size=12,
)  # fmt: skip
garbage = st.one_of(
    st.binary(max_size=60).map(Packet),
    st.tuples(st.sampled_from(sorted(EVENTS)), headers).map(
        lambda made: Packet(
            b"\r\n".join([
                f"Event: {made[0]}".encode(),
                *(f"{key}: {value}".encode("utf-8", "replace") for key, value in made[1].items()),
            ])
        )
    ),
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(garbage, max_size=25))
def test_garbage_never_raises(spoilt: list[Packet]) -> None:
    state = CallsState("p")
    drafts = run(spoilt, state)
    ids = [draft.id for draft in drafts if draft.stream.startswith("call/")]
    assert len(ids) == len(set(ids))
    for call in calls(drafts).values():
        describe(call)


@given(names, st.data())
def test_garbage_between_the_events_of_a_real_call_changes_nothing_of_it(name: str, data: st.DataObject) -> None:
    """Garbage about other channels, that is: an event which truly names the call's channel is no garbage."""
    stream = list(LEAN[name])
    clean = run(stream)
    for spoilt in data.draw(st.lists(st.binary(max_size=60).map(Packet), max_size=8)):
        stream.insert(data.draw(st.integers(0, len(stream))), spoilt)
    assert run(stream) == clean


@given(names, st.data())
def test_the_fold_of_the_journal_is_what_the_watcher_knows(name: str, data: st.DataObject) -> None:
    stream = LEAN[name]
    state = CallsState("p")
    drafts = run(stream[: data.draw(st.integers(0, len(stream)))], state)
    by_stream: dict[str, list[Any]] = {}
    for draft in drafts:
        by_stream.setdefault(draft.stream, []).append(draft)
    for call in state.calls():
        assert fold_all(by_stream[call.stream]) == call
    again = CallsState.from_journal("p", drafts)
    assert {call.stream: call for call in again.calls()} == {call.stream: call for call in state.calls()}
    assert again.members == state.members
