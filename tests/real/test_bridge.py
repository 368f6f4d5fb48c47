"""The bridge on a real Asterisk: what callers and telephones do becomes entries, and what is asked for is done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from data.clock import SECOND, from_ami, now
from data.entry import draft
from data.side import Presence
from data.vocabulary.calls import CallClassified
from telephony.calls import queries
from tests.lab import Exchange, Location
from tests.lab.ami import first
from tests.real.bridge_process import PBX, Centre, until

pytestmark = pytest.mark.asterisk


@pytest.fixture(autouse=True)
def nobody_signed_in(shared_exchange: Exchange) -> None:
    shared_exchange.clear()


@pytest.fixture
def centre(shared_exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as made:
        yield made


def talking(centre: Centre) -> dict[str, str]:
    """Operator -> call, of those who talk now."""
    found = {}
    for row in centre.calls():
        call = queries.folded(centre.journal, row.call)
        found.update(dict.fromkeys(call.talking.values() if call else (), row.call))
    return found


# ---------------------------------------------------------------- what happens


def test_an_answered_call_from_ring_to_end_agrees_with_the_exchanges_own_archive(
    shared_exchange: Exchange, centre: Centre
) -> None:
    exchange = shared_exchange
    centre.bridge()
    assert centre.do("member_add", operator="PJSIP/op1") == ("done", None)
    with exchange.operator("op1", ring_s=0.3):
        caller = exchange.caller(talk_s=None, number="+6281211112222", name="Sri Wahyuni")
        centre.await_kind("call.answered")
        assert caller.hang_up() == "caller"
        centre.await_kind("call.ended")
    [call] = centre.calls()
    assert (call.number, call.name) == ("+6281211112222", "Sri Wahyuni")
    assert (call.outcome, call.operator, call.ended_by) == ("answered", "PJSIP/op1", "caller")
    told = {
        name: from_ami(first(exchange.harness.event(name, Uniqueid=f"lab-{call.linkedid}"), "Timestamp"))
        for name in ("Newchannel", "AgentConnect", "Hangup")
    }
    assert (call.arrived_at, call.answered_at, call.ended_at) == tuple(told.values())
    # What the archive has is the same moment; a busy exchange may tell of it in an event a little later.
    archive = [row for row in exchange.cel_rows() if row.linkedid.endswith(call.linkedid)]
    arrived = next(row.at for row in archive if row.event == "CHAN_START")
    entered = next(row.at for row in archive if row.event == "BRIDGE_ENTER" and "op1" in row.channel)
    ended = next(row.at for row in archive if row.event == "HANGUP" and "trunk" in row.channel)
    assert -50_000 < told["Newchannel"] - arrived < 2 * SECOND
    assert -50_000 < told["AgentConnect"] - entered < 2 * SECOND
    assert -50_000 < told["Hangup"] - ended < 2 * SECOND


def test_an_unanswered_call_is_abandoned_and_its_offers_are_told(shared_exchange: Exchange, centre: Centre) -> None:
    exchange = shared_exchange
    centre.bridge()
    centre.do("member_add", operator="PJSIP/op1")
    with exchange.operator("op1", "noanswer"):
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.offered")
        caller.hang_up()
        [ended] = centre.await_kind("call.ended")
    assert (ended.body.outcome, ended.body.ended_by) == ("abandoned", "caller")  # type: ignore[attr-defined]
    story = centre.story(ended.stream)
    assert story[:1] == ["arrived"]
    assert {"queued", "offered", "offer_ended"} <= set(story)
    assert "answered" not in story


def test_ten_callers_at_once_are_ten_calls(shared_exchange: Exchange, centre: Centre) -> None:
    exchange = shared_exchange
    centre.bridge()
    for name in ("op1", "op2"):
        centre.do("member_add", operator=f"PJSIP/{name}")
    with exchange.operator("op1", ring_s=0.1), exchange.operator("op2", ring_s=0.1):
        exchange.caller(talk_s=2, calls=10, rate=10).done()
        centre.await_kind("call.ended", 10)
    calls = centre.calls()
    assert len(calls) == 10
    assert len({call.number for call in calls}) == 10
    assert {call.outcome for call in calls} <= {"answered", "abandoned"}
    ids = [entry.id for entry in centre.entries()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "name",
    ["=1+1", "[/x]bold[/]", "\x1b[2J", "a\u202eb", "a\u2028Uniqueid: 6", "\\r\\nEvent: Hangup", "Łódź 🚒", "'\"; DROP"],
)
def test_a_hostile_name_stays_a_name(shared_exchange: Exchange, centre: Centre, name: str) -> None:
    centre.bridge()
    shared_exchange.caller(talk_s=0.5, name=name).done()
    centre.await_kind("call.ended")
    [call] = centre.calls()
    shown = call.name or ""
    assert not set(shown) & set("\x1b\u202e\u2028\r\n")
    assert call.number == "+6281234567890"
    assert len(centre.entries("call.arrived")) == 1


def test_the_states_of_telephones_stand_in_the_side_table(shared_exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    centre.do("member_add", operator="PJSIP/op1")
    with shared_exchange.operator("op1", "noanswer"), shared_exchange.caller(talk_s=None) as caller:
        assert until(lambda: centre.side.device_states(PBX).get("PJSIP/op1") == "ringing")
        caller.hang_up()
        assert until(lambda: centre.side.device_states(PBX).get("PJSIP/op1") == "not_in_use")


def test_where_the_caller_is_comes_with_the_call(shared_exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    shared_exchange.caller(talk_s=1, location=Location(lat=-6.5561, lon=107.4432, radius_m=35.5)).done()
    centre.await_kind("call.ended")
    [call] = centre.calls()
    assert (call.lat, call.lon, call.radius_m) == (-6.5561, 107.4432, 35.5)


def test_a_call_is_held_resumed_and_passed_on(shared_exchange: Exchange, centre: Centre) -> None:
    exchange = shared_exchange
    centre.bridge()
    centre.do("member_add", operator="PJSIP/op1")
    with exchange.operator("op1", "hold", ring_s=0.1, talk_s=1):
        caller = exchange.caller(talk_s=None)
        [held], [resumed] = centre.await_kind("call.held"), centre.await_kind("call.resumed")
        caller.hang_up()
        [ended] = centre.await_kind("call.ended")
    story = centre.story(ended.stream)
    assert story.index("answered") < story.index("held") < story.index("resumed") < story.index("ended")
    [call] = centre.calls()
    assert SECOND // 2 < call.held_us == resumed.at - held.at
    centre.do("member_remove", operator="PJSIP/op1")
    after = centre.journal.head()[0]
    centre.do("member_add", operator="PJSIP/op3")
    with (
        exchange.operator("op3", "refer", ring_s=0.1, talk_s=1, transfer_to="102"),
        exchange.operator("op2", ring_s=0.1),
    ):
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.operator_joined", after=after)
        caller.hang_up()
        [ended] = centre.await_kind("call.ended", after=after)
    call = queries.folded(centre.journal, ended.stream)
    assert call is not None
    assert (call.transfers, call.operators) == (1, ["PJSIP/op3", "PJSIP/op2"])
    assert call.ended_by == "caller"


def test_an_orderly_end_of_the_bridge_is_told_and_its_status_is_0(shared_exchange: Exchange, centre: Centre) -> None:
    bridge = centre.bridge()
    centre.kill(bridge, signal.SIGTERM)
    assert bridge.returncode == 0
    assert centre.kinds()[-1] == "pbx.unlinked"
    assert [s.state for s in centre.side.services()] == ["stopped"]


def test_over_tls_and_with_the_rights_that_a_centre_gives(asterisk: str, tmp_path: Path) -> None:
    with Exchange(operators=1, tls=True) as exchange:
        assert exchange.tls_port is not None
        with Centre(tmp_path, exchange.tls_port, exchange.ami_secret) as centre:
            centre.bridge(tls=True, ca=str(exchange.certificate), tls_name="localhost")
            assert centre.do("member_add", operator="PJSIP/op1") == ("done", None)
            with exchange.operator("op1", ring_s=0.1):
                exchange.caller(talk_s=1.5, calls=3, rate=3).done()
                centre.await_kind("call.ended", 3)
            assert centre.entries("house.alarm") == []


# ---------------------------------------------------------------- what is asked for


def test_a_telephone_is_signed_in_paused_made_ready_and_signed_out(shared_exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    assert centre.do("member_add", operator="PJSIP/op1") == ("done", None)
    assert centre.do("member_add", operator="PJSIP/op1") == ("done", "already")
    assert shared_exchange.members() == ["PJSIP/op1"]
    assert centre.do("pause", operator="PJSIP/op1", reason="istirahat") == ("done", None)
    # The exchange answers the command, and tells of it in an event of its own.
    assert until(lambda: [(m.state, m.reason) for m in queries.members(centre.journal)] == [("paused", "istirahat")])
    assert centre.do("ready", operator="PJSIP/op1") == ("done", None)
    assert centre.do("member_remove", operator="PJSIP/op1") == ("done", None)
    assert centre.do("member_remove", operator="PJSIP/op1") == ("done", "already")
    assert centre.do("pause", operator="PJSIP/op1") == ("failed", "not_member")
    assert shared_exchange.members() == []
    assert until(lambda: not queries.members(centre.journal))
    changes = [e.body.state for e in centre.entries("member.changed")]  # type: ignore[attr-defined]
    assert changes == ["added", "paused", "ready", "removed"]


@pytest.mark.parametrize("phone", ["softphone", "desk"])
def test_an_operator_takes_a_chosen_call_while_other_telephones_ring(
    shared_exchange: Exchange, centre: Centre, phone: str
) -> None:
    exchange = shared_exchange
    centre.bridge()
    for name in ("op1", "op2"):
        centre.do("member_add", operator=f"PJSIP/{name}")
    op2 = exchange.softphone("op2") if phone == "softphone" else exchange.operator("op2", "desk")
    with exchange.operator("op1", "noanswer"), op2:
        caller = exchange.caller(talk_s=None)
        [queued] = centre.await_kind("call.queued")
        centre.await_kind("call.offered")
        assert centre.do("answer", call=queued.stream, operator="PJSIP/op2") == ("done", None)
        centre.await_kind("call.answered")
        assert talking(centre) == {"PJSIP/op2": queued.stream}
        assert centre.do("answer", call=queued.stream, operator="PJSIP/op1") == ("failed", "call_taken")
        assert caller.hang_up() == "caller"
        [ended] = centre.await_kind("call.ended")
    assert ended.body.outcome == "answered"  # type: ignore[attr-defined]
    assert centre.do("answer", call=queued.stream, operator="PJSIP/op1") == ("failed", "call_ended")


def claim(centre: Centre, call: str, endpoint: str) -> str:
    return centre.ask("answer", call=call, operator=f"PJSIP/{endpoint}")


def test_of_two_operators_who_take_the_same_call_one_gets_it(shared_exchange: Exchange, centre: Centre) -> None:
    exchange = shared_exchange
    centre.bridge()
    with exchange.operator("op1", "desk"), exchange.operator("op2", "desk"):
        for _ in range(3):
            after = centre.journal.head()[0]
            caller = exchange.caller(talk_s=None)
            [queued] = centre.await_kind("call.queued", after=after)
            with ThreadPoolExecutor(2) as pool:
                ids = list(pool.map(partial(claim, centre, queued.stream), ("op1", "op2")))
            results = sorted(centre.outcome(id) for id in ids)
            assert results == [("done", None), ("failed", "call_taken")]
            centre.await_kind("call.answered", after=after)
            assert centre.do("hangup", call=queued.stream) == ("done", None)
            caller.done()
            centre.await_kind("call.ended", after=after)


def test_hanging_up_the_operators_leg_or_the_caller(shared_exchange: Exchange, centre: Centre) -> None:
    exchange = shared_exchange
    centre.bridge()
    centre.do("member_add", operator="PJSIP/op1")
    with exchange.operator("op1", ring_s=0.1):
        caller = exchange.caller(talk_s=None)
        [answered] = centre.await_kind("call.answered")
        assert centre.do("hangup", call=answered.stream, operator="PJSIP/op2") == ("failed", "not_talking")
        assert centre.do("hangup", call=answered.stream, operator="PJSIP/op1") == ("done", None)
        assert caller.done() == "other"
        [ended] = centre.await_kind("call.ended")
    assert ended.body.ended_by == "operator"  # type: ignore[attr-defined]
    assert centre.do("hangup", call=answered.stream) == ("done", "already_gone")


def test_what_cannot_be_done_says_why(shared_exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    assert centre.do("answer", call=f"call/{PBX}/1.1", operator="PJSIP/op1") == ("failed", "call_unknown")
    assert centre.do("answer", call=f"call/{PBX}/1.1") == ("failed", "incomplete")
    assert centre.do("member_add", operator="PJSIP/op1\r\nAction: Logoff") == ("failed", "no_telephone")
    assert centre.do("pause", operator="PJSIP/op1", queue="112\r\nX: y") == ("failed", "bad_value")
    assert centre.do("pause", operator="PJSIP/op1" + "0" * 2000) == ("failed", "bad_value")


def test_a_command_that_nobody_could_do_in_time_is_reported_and_not_done_late(
    shared_exchange: Exchange, centre: Centre
) -> None:
    late = centre.ask("member_add", operator="PJSIP/op1", deadline_s=0.1)
    assert until(lambda: now() > centre.journal.read(0, 10)[0].at + SECOND // 5)
    centre.bridge()
    assert centre.outcome(late) == ("expired", "deadline")
    assert shared_exchange.members() == []


def test_a_command_waits_for_the_bridge_until_its_deadline(shared_exchange: Exchange, centre: Centre) -> None:
    early = centre.ask("member_add", operator="PJSIP/op1", deadline_s=30)
    centre.bridge()
    assert centre.outcome(early) == ("done", None)
    assert shared_exchange.members() == ["PJSIP/op1"]


# ---------------------------------------------------------------- consoles that vanish


def session(endpoint: str, seen_at: int) -> Presence:
    return Presence(
        token=f"t-{endpoint}", login=endpoint[-3:], role="calltaker", terminal=f"meja-{endpoint[-1]}",
        endpoint=endpoint, opened_at=seen_at, seen_at=seen_at,
    )  # fmt: skip


def test_the_telephone_of_a_vanished_console_is_paused_but_never_the_last_one(
    shared_exchange: Exchange, centre: Centre
) -> None:
    centre.settings["vanish_seconds"] = 2
    centre.bridge()
    centre.bridge()
    for name in ("op1", "op2", "op3"):
        centre.do("member_add", operator=f"PJSIP/{name}")
    long_ago = now() - 600 * SECOND
    for n, name in enumerate(("op1", "op2", "op3")):
        centre.side.open_session(session(f"PJSIP/{name}", long_ago + n))
    assert until(lambda: len(centre.entries("house.alarm")) >= 1, 60), centre.log()
    assert until(lambda: sum(m.state == "paused" for m in queries.members(centre.journal)) == 2)
    states = {m.operator: (m.state, m.reason) for m in queries.members(centre.journal)}
    assert states["PJSIP/op1"] == states["PJSIP/op2"] == ("paused", "vanished")
    assert states["PJSIP/op3"][0] != "paused"
    [alarm] = centre.entries("house.alarm")
    assert alarm.body.what == "last_ready"  # type: ignore[attr-defined]
    # somebody comes: now the third is not the last one any more
    centre.do("ready", operator="PJSIP/op1")
    assert centre.side.beat("t-PJSIP/op1")
    assert until(
        lambda: (
            {m.operator for m in queries.members(centre.journal) if m.state == "paused"} == {"PJSIP/op2", "PJSIP/op3"}
        )
    )
    assert len([e for e in centre.entries("command.requested") if e.body.reason == "vanished"]) == 3  # type: ignore[attr-defined]


# ---------------------------------------------------------------- wrap-up


def member(centre: Centre, operator: str) -> tuple[str, str | None]:
    """The state of a telephone in the queue, and why it is paused."""
    return next(((m.state, m.reason) for m in queries.members(centre.journal) if m.operator == operator), ("", None))


def give_outcome(centre: Centre, call: str) -> None:
    centre.journal.append([draft(call, CallClassified(outcome="informed"), actor="sari")])


def test_a_wrap_up_outlives_its_bridges_and_ends_for_the_outcome_and_for_a_caller_who_waits(
    shared_exchange: Exchange, centre: Centre
) -> None:
    exchange, op1 = shared_exchange, "PJSIP/op1"
    centre.settings.update(wrap_up_seconds=600, vanish_seconds=3600)
    bridges = [centre.bridge(), centre.bridge()]
    for name in ("op1", "op2"):
        centre.do("member_add", operator=f"PJSIP/{name}")
    centre.side.open_session(session(op1, now()))
    with exchange.operator("op1", ring_s=0.1), exchange.operator("op2", "noanswer"):
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.answered")
        caller.hang_up()
        [over] = centre.await_kind("call.ended")
        assert until(lambda: member(centre, op1) == ("paused", "wrapup")), centre.log()
        assert len([e for e in centre.entries("command.requested") if e.body.reason == "wrapup"]) == 1
        for bridge in bridges:
            centre.kill(bridge)
        give_outcome(centre, over.stream)
        assert member(centre, op1) == ("paused", "wrapup")
        centre.bridge()
        assert until(lambda: member(centre, op1)[0] == "ready"), centre.log()

        after = centre.journal.head()[0]
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.answered", after=after)
        caller.hang_up()
        centre.await_kind("call.ended", after=after)
        assert until(lambda: member(centre, op1) == ("paused", "wrapup")), centre.log()
        after = centre.journal.head()[0]
        caller = exchange.caller(talk_s=None)
        [answered] = centre.await_kind("call.answered", after=after)
        assert answered.body.operator == op1, "the other one does not answer: who writes is rung"
        assert centre.do("hangup", call=answered.stream) == ("done", None)
        caller.done()
        centre.await_kind("call.ended", after=after)
        assert until(lambda: member(centre, op1) == ("paused", "wrapup")), centre.log()

        assert centre.do("pause", operator=op1, reason="ibadah") == ("done", None)
        assert until(lambda: member(centre, op1) == ("paused", "ibadah"))
        give_outcome(centre, answered.stream)
        assert centre.do("ready", operator=op1, reason="wrapup") == ("done", "already")
        assert centre.do("pause", operator=op1, reason="wrapup") == ("done", "already")
        assert member(centre, op1) == ("paused", "ibadah")
