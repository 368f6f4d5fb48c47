"""Control of a running talk by commands, through the bridge, on a real Asterisk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from data.entry import draft
from data.vocabulary.calls import CommandClaimed
from telephony.calls import queries
from telephony.calls.fold import Call
from telephony.commands import request
from tests.lab import Caller, Exchange
from tests.real.bridge_process import PBX, Centre, until

pytestmark = pytest.mark.asterisk
OP1, OP2 = "PJSIP/op1", "PJSIP/op2"


@pytest.fixture(autouse=True)
def nobody_signed_in(shared_exchange: Exchange) -> None:
    shared_exchange.clear()


@pytest.fixture
def centre(shared_exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as made:
        made.pbx |= {"dial_user": "siaga112-dial", "dial_secret": shared_exchange.dial_secret}
        made.bridge()
        assert made.do("member_add", operator=OP1) == ("done", None)
        yield made


def folded(centre: Centre, stream: str) -> Call:
    call = queries.folded(centre.journal, stream)
    assert call is not None
    return call


def becomes(centre: Centre, stream: str, *states: str) -> None:
    assert until(lambda: folded(centre, stream).state in states), (centre.story(stream), centre.log())


def talk(exchange: Exchange, centre: Centre) -> tuple[Caller, str]:
    """A caller who talks with op1, and his call."""
    after = centre.journal.head()[0]
    caller = exchange.caller(talk_s=None)
    [answered] = centre.await_kind("call.answered", after=after)
    becomes(centre, answered.stream, "talking")
    return caller, answered.stream


def talkers(exchange: Exchange) -> list[str]:
    """Who shares the caller's bridge."""
    rows = [p for p in exchange.harness.action("CoreShowChannels") if p.get("Event") == ["CoreShowChannel"]]
    bridges = {p["BridgeId"][0] for p in rows if p["Channel"][0].startswith("PJSIP/trunk-")} - {""}
    return sorted(p["Channel"][0].rsplit("-", 1)[0] for p in rows if p["BridgeId"][0] in bridges)


def end(centre: Centre, caller: Caller, stream: str) -> None:
    assert centre.do("hangup", call=stream) == ("done", None)
    assert caller.done() == "other"
    becomes(centre, stream, "ended")
    assert folded(centre, stream).outcome == "answered"


# ---------------------------------------------------------------- hold and resume


def test_a_caller_is_put_on_hold_and_taken_back_as_often_as_one_likes(
    shared_exchange: Exchange, centre: Centre
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        mine = {"call": stream, "operator": OP1}
        for _ in range(2):
            assert centre.do("hold", **mine) == ("done", None)
            becomes(centre, stream, "held")
            assert folded(centre, stream).held_by == OP1
            assert (held := queries.active_call(centre.journal, OP1)) is not None
            assert held.call == stream, "a caller on hold is still in the hands of who put him there"
            assert centre.do("hold", **mine) == ("done", "already")
            assert centre.do("resume", call=stream, operator=OP2) == ("failed", "held_by_other")
            assert centre.do("transfer", **mine, target="op2") == ("failed", "on_hold")
            assert centre.do("answer", call=stream, operator=OP2) == ("failed", "call_taken")
            assert centre.do("resume", **mine) == ("done", None)
            becomes(centre, stream, "talking")
            assert talkers(shared_exchange) == [OP1, "PJSIP/trunk"]
            assert centre.do("resume", **mine) == ("done", "already")
        end(centre, caller, stream)
    call = folded(centre, stream)
    assert call.held_us > 0
    assert (call.operators, call.transfers) == ([OP1], 0)


def test_two_who_resume_at_once_through_two_bridges_leave_one_talk(shared_exchange: Exchange, centre: Centre) -> None:
    centre.bridge()
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        for _ in range(3):
            assert centre.do("hold", call=stream, operator=OP1) == ("done", None)
            becomes(centre, stream, "held")
            ask = partial(centre.ask, "resume", call=stream, operator=OP1)
            with ThreadPoolExecutor(2) as pool:
                ids = [future.result() for future in [pool.submit(ask), pool.submit(ask)]]
            outcomes = [centre.outcome(id) for id in ids]
            assert outcomes.count(("done", None)) == 1
            # The other finds him taken back, or on his way.
            assert {outcome[1] for outcome in outcomes} - {None} <= {"already", "not_held"}
            becomes(centre, stream, "talking")
            assert talkers(shared_exchange) == [OP1, "PJSIP/trunk"]
        end(centre, caller, stream)


def test_a_caller_on_hold_whose_operator_is_gone_waits_at_the_head_and_is_answered_again(
    shared_exchange: Exchange, centre: Centre
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator("op2", "desk"):
        caller, stream = talk(shared_exchange, centre)
        centre.do("hold", call=stream, operator=OP1)
        becomes(centre, stream, "held")
        centre.do("pause", operator=OP1)
        [channel] = [
            p["Channel"][0]
            for p in shared_exchange.harness.action("CoreShowChannels")
            if p.get("Channel", [""])[0].startswith(OP1)
        ]
        shared_exchange.harness.action("Hangup", Channel=channel)
        becomes(centre, stream, "waiting")
        assert centre.do("answer", call=stream, operator=OP2) == ("done", None)
        becomes(centre, stream, "talking")
        end(centre, caller, stream)
    assert folded(centre, stream).operators == [OP1, OP2]


def ask_and_die(centre: Centre, action: str, **what: str) -> str:
    """A command that a bridge claimed which is no more."""
    asked = request(PBX, action, actor="sari", terminal="meja-1", **what)  # type: ignore[arg-type]
    dead = draft(asked.stream, CommandClaimed(bridge=f"{PBX}/dead"), actor="x", id=f"{asked.id}/claim")
    centre.journal.append([asked, dead])
    return asked.id


def test_what_a_dead_bridge_had_begun_is_looked_into(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.outcome(ask_and_die(centre, "hold", **mine)) == ("done", None)
        becomes(centre, stream, "held")
        # withdrawn, not redirected: the dialplan or the next bridge goes on
        [channel] = shared_exchange.waiting("held")
        withdraw = {"Queue": "held", "Caller": channel, "WithdrawInfo": "resume"}
        shared_exchange.harness.action("QueueWithdrawCaller", **withdraw)
        assert centre.outcome(ask_and_die(centre, "resume", **mine))[0] == "done"
        becomes(centre, stream, "talking")
        unknown = ask_and_die(centre, "three_way", **mine, target="113")
        assert centre.outcome(unknown) == ("unknown", "claimant_lost"), "never dialled twice"
        end(centre, caller, stream)


def test_a_bridge_that_starts_while_a_caller_is_on_hold_knows_it(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        centre.kill(centre.bridges[0])
        [trunk, phone] = sorted(
            (p["Channel"][0] for p in shared_exchange.harness.action("CoreShowChannels") if "Channel" in p),
            reverse=True,
        )
        extra = {"ExtraChannel": phone, "ExtraContext": "hold", "ExtraExten": "operator", "ExtraPriority": "1"}
        shared_exchange.harness.action("Redirect", Channel=trunk, Context="hold", Exten="caller", Priority="1", **extra)
        centre.bridge()
        becomes(centre, stream, "held")
        assert centre.do("resume", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "talking")
        end(centre, caller, stream)


# ---------------------------------------------------------------- transfer


@pytest.mark.parametrize(("target", "endpoint"), [("op2", "op2"), ("113", "damkar")])
def test_a_caller_is_passed_on_to_a_colleague_or_an_agency(
    shared_exchange: Exchange, centre: Centre, target: str, endpoint: str
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator(endpoint, ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.do("transfer", **mine, target="nobody") == ("failed", "bad_target")
        assert centre.do("transfer", **mine, target="1\r\nAction: Logoff") == ("failed", "bad_target")
        assert centre.do("transfer", call=stream, operator=OP2, target=target) == ("failed", "not_talking")
        assert centre.do("transfer", **mine, target=target) == ("done", None)
        assert until(lambda: talkers(shared_exchange) == sorted([f"PJSIP/{endpoint}", "PJSIP/trunk"]))
        assert until(lambda: folded(centre, stream).transfers == 1)
        end(centre, caller, stream)


def test_a_transfer_that_nobody_takes_brings_the_caller_back(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator("damkar", "busy"):
        caller, stream = talk(shared_exchange, centre)
        after = centre.journal.head()[0]
        assert centre.do("transfer", call=stream, operator=OP1, target="damkar") == ("done", None)
        [queued] = centre.await_kind("call.queued", after=after)
        assert queued.body.priority == 100  # type: ignore[attr-defined]
        becomes(centre, stream, "talking")
        end(centre, caller, stream)


# ---------------------------------------------------------------- a third party


def test_an_agency_joins_the_talk_and_goes_on_when_the_operator_leaves(
    shared_exchange: Exchange, centre: Centre
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator("damkar", ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.do("three_way", **mine, target="113") == ("done", None)
        centre.await_kind("call.conferenced")
        assert talkers(shared_exchange) == ["PJSIP/damkar", OP1, "PJSIP/trunk"]
        assert centre.do("three_way", **mine, target="113") == ("failed", "conference")
        assert centre.do("hold", **mine) == ("failed", "conference")
        assert centre.do("hangup", **mine) == ("done", None)
        assert until(lambda: talkers(shared_exchange) == ["PJSIP/damkar", "PJSIP/trunk"])
        assert caller.running()
        end(centre, caller, stream)
    assert "party_left" not in centre.story(stream)


def test_an_agency_that_leaves_again_is_told_and_the_talk_goes_on(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator("damkar", ring_s=0.1):
        caller, stream = talk(shared_exchange, centre)
        centre.do("three_way", call=stream, operator=OP1, target="damkar")
        centre.await_kind("call.conferenced")
        shared_exchange.harness.action("Hangup", Channel="/^PJSIP/damkar/")
        [left] = centre.await_kind("call.party_left")
        assert left.body.party == "PJSIP/damkar"  # type: ignore[attr-defined]
        becomes(centre, stream, "talking")
        assert talkers(shared_exchange) == [OP1, "PJSIP/trunk"]
        end(centre, caller, stream)


@pytest.mark.parametrize(("behaviour", "reason"), [("busy", "busy"), ("decline", "failed")])
def test_an_agency_that_does_not_come_is_told_and_the_talk_is_untouched(
    shared_exchange: Exchange, centre: Centre, behaviour: str, reason: str
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator("damkar", behaviour):
        caller, stream = talk(shared_exchange, centre)
        assert centre.do("three_way", call=stream, operator=OP1, target="damkar") == ("done", None)
        [failed] = centre.await_kind("call.party_failed")
        assert (failed.body.party, failed.body.reason) == ("damkar", reason)  # type: ignore[attr-defined]
        assert talkers(shared_exchange) == [OP1, "PJSIP/trunk"]
        end(centre, caller, stream)


# ---------------------------------------------------------------- calling back


@pytest.mark.parametrize(("behaviour", "status"), [("answer", "ANSWER"), ("busy", "BUSY")])
def test_a_call_back_says_how_it_goes_on(
    shared_exchange: Exchange, centre: Centre, behaviour: str, status: str
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.network(behaviour):
        id = centre.ask("call_back", operator=OP1, number="+6281234567890")
        assert centre.outcome(id) == ("done", None)
        if behaviour == "answer":
            assert until(
                lambda: (row := queries.command(centre.journal, id)) is not None and row.progress == "answered"
            )
            assert centre.do("hangup", operator=OP1, target=id) == ("done", None)
        assert until(lambda: (row := queries.command(centre.journal, id)) is not None and row.progress == "ended")
        row = queries.command(centre.journal, id)
        assert row is not None
        assert row.progress_status == status
        assert centre.do("hangup", operator=OP1, target=id) == ("done", "already_gone")
    assert [e.kind for e in centre.entries("call.")] == [], "an outgoing call is no call of 112"


def test_nobody_is_called_back_who_is_in_the_queue_again_or_has_no_number(
    shared_exchange: Exchange, centre: Centre
) -> None:
    centre.do("member_remove", operator=OP1)
    caller = shared_exchange.caller(talk_s=None, number="+6281211112222")
    centre.await_kind("call.queued")
    assert centre.do("call_back", operator=OP1, number="+6281211112222") == ("failed", "calls_again")
    for number in ("", "abc", "112;x", "+62\r\nAction: Logoff", "1" * 30):
        assert centre.do("call_back", operator=OP1, number=number)[1] in ("bad_number", "incomplete")
    caller.hang_up()


@pytest.mark.parametrize(
    ("user", "reason"),
    [({}, "no_dial_user"), ({"dial_user": "siaga112-dial", "dial_secret": "x"}, "dial_user_refused")],
)
def test_without_a_user_that_may_dial_it_is_refused_with_the_reason(
    shared_exchange: Exchange, tmp_path: Path, user: dict[str, str], reason: str
) -> None:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as centre:
        centre.bridge(**user)
        assert centre.do("call_back", operator=OP1, number="+6281234567890") == ("failed", reason)
