"""Taking a chosen call: exactly one console withdraws the caller, and a telephone then answers by itself."""

from __future__ import annotations

import threading
import time

import pytest

from tests.lab import AmiClient, Caller, Exchange
from tests.lab.ami import first
from tests.lab.waiting import until

pytestmark = pytest.mark.asterisk


@pytest.fixture(autouse=True)
def nobody_signed_in(shared_exchange: Exchange) -> None:
    """Tests share one exchange; each begins without members and without calls."""
    shared_exchange.clear()


def withdraw(exchange: Exchange, channel: str, operator: str, session: AmiClient) -> bool:
    """Take a waiting caller out of the queue; True for exactly one of several."""
    fields = {"Queue": "112", "Caller": channel, "WithdrawInfo": operator}
    return first(session.try_action("QueueWithdrawCaller", **fields)[0], "Response") == "Success"


@pytest.mark.parametrize("ringing", [False, True])
def test_exactly_one_of_two_consoles_wins_a_call(shared_exchange: Exchange, ringing: bool) -> None:
    exchange = shared_exchange
    one, two = exchange.ami("siaga112"), exchange.ami("siaga112")
    if ringing:
        exchange.sign_in("op1", "op2")
    with exchange.operator("op1", "desk"), exchange.operator("op2", "desk"):
        for _ in range(4):
            mark = len(one.packets)
            caller = exchange.caller(talk_s=None)
            joined = one.event("QueueCallerJoin", 60, mark, Queue="112")
            channel = first(joined, "Channel")
            if ringing:
                one.event("Newstate", 60, mark, ChannelStateDesc="Ringing")
            won: dict[str, bool] = {}
            gate = threading.Barrier(2)

            def console(operator: str, session: AmiClient, channel=channel, won=won, gate=gate) -> None:
                gate.wait()
                won[operator] = exchange.claim(channel, operator, session)

            threads = [threading.Thread(target=console, args=args) for args in (("op1", one), ("op2", two))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(won.values()) == [False, True]
            winner = next(name for name, had in won.items() if had)
            assert first(one.event("AgentConnect", 60, mark), "Interface") == f"PJSIP/{winner}"
            assert not withdraw(exchange, channel, "op3", two), "a running talk cannot be taken"
            time.sleep(1.2)
            assert len(one.events("AgentConnect", mark)) == 1
            one.action("Hangup", Channel=channel)
            caller.done()


@pytest.mark.parametrize("phone", ["baresip", "sipp"])
def test_a_call_that_rings_everywhere_is_put_through_in_one_go(shared_exchange: Exchange, phone: str) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1", "op2")
    with (
        exchange.ami("siaga112") as ami,
        exchange.softphone("op1") if phone == "baresip" else exchange.operator("op1", "desk"),
        exchange.softphone("op2") as other,
    ):
        caller = exchange.caller(talk_s=None)
        joined = ami.event("QueueCallerJoin", Queue="112")
        call, channel = first(joined, "Uniqueid"), first(joined, "Channel")
        other.await_state("ringing")
        assert until(lambda: len(ami.events("Newstate", ChannelStateDesc="Ringing")) == 2)
        mark = len(ami.packets)
        assert exchange.claim(channel, "op1", ami)
        connected = ami.event("AgentConnect", 60, mark)
        assert first(connected, "Interface") == "PJSIP/op1"
        assert first(connected, "Queue") == "claim_op1"
        other.await_state("idle", 60)
        time.sleep(0.5)
        assert len(ami.events("AgentCalled", mark)) == 1, "nobody rings a second time"
        assert not ami.events("AgentRingNoAnswer", mark)
        received = first_lines_received(caller)
        assert "SIP/2.0 200 OK" in received
        assert not [line for line in received if line.startswith("INVITE")], "the caller's telephone notices nothing"
        assert caller.hang_up() == "caller"
        ami.event("Hangup", Uniqueid=call)
    log = [row.event for row in exchange.queue_log() if row.call == call]
    assert log.count("RINGCANCELED") == 2
    assert [event for event in log if event != "RINGCANCELED"] == [
        "ENTERQUEUE",
        "ABANDON",  # of the first queue: every way out that is no answer is called so
        "ENTERQUEUE",
        "CONNECT",
        "COMPLETECALLER",
    ]


def first_lines_received(caller: Caller) -> list[str]:
    """First lines of the SIP messages that the exchange sent to the caller."""
    text = caller.message_file.read_text("utf-8", "replace")
    received = [part.split("\n\n", 1)[1] for part in text.split("-" * 47) if "message received" in part]
    return [part.strip().splitlines()[0].strip() for part in received]


def test_the_number_of_a_telephone_does_for_its_name(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami, exchange.operator("op3", "desk"):
        caller = exchange.caller(talk_s=None)
        joined = ami.event("QueueCallerJoin", Queue="112")
        assert exchange.claim(first(joined, "Channel"), "103", ami)
        ami.event("AgentConnect", Interface="PJSIP/op3")
        caller.hang_up()


@pytest.mark.parametrize("behaviour", ["busy", "decline", "noanswer"])
def test_a_claim_that_fails_puts_the_caller_back_at_the_head(shared_exchange: Exchange, behaviour: str) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami, exchange.operator("op1", behaviour):
        first_caller = exchange.caller(talk_s=None, number="+62811")
        ami.event("QueueCallerJoin", CallerIDNum="+62811")
        second_caller = exchange.caller(talk_s=None, number="+62822")
        joined = ami.event("QueueCallerJoin", CallerIDNum="+62822")
        call, channel = first(joined, "Uniqueid"), first(joined, "Channel")
        mark = len(ami.packets)
        assert exchange.claim(channel, "op1", ami)
        assert not withdraw(exchange, channel, "op2", ami), "nobody else can take it meanwhile"
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting", Call=call)
        assert first(back, "Back").startswith("op1-")
        assert until(lambda: len(exchange.waiting()) == 2)
        assert exchange.waiting()[0] == channel
        assert first_caller.running()
        assert second_caller.running()
        ami.action("Hangup", Channel="/^PJSIP/trunk-/")
        first_caller.done()
        second_caller.done()


def test_a_claim_for_an_unknown_telephone_does_not_lose_the_caller(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami:
        caller = exchange.caller(talk_s=None)
        joined = ami.event("QueueCallerJoin", Queue="112")
        call, channel = first(joined, "Uniqueid"), first(joined, "Channel")
        mark = len(ami.packets)
        assert withdraw(exchange, channel, "nobody", ami)
        ami.action("Redirect", Channel=channel, Context="claimed", Exten="nobody", Priority="1")
        ami.event("UserEvent", 60, mark, UserEvent="X112Waiting", Call=call)
        assert until(lambda: exchange.waiting() == [channel])
        assert caller.running()
        ami.action("Hangup", Channel=channel)
        caller.done()


@pytest.mark.parametrize("context", ["claimed", "transfer", "waiting", "hold", "silent"])
def test_a_redirect_to_an_extension_that_is_not_there_brings_the_caller_back(
    shared_exchange: Exchange, context: str
) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami:
        caller = exchange.caller(talk_s=None)
        channel = first(ami.event("QueueCallerJoin", Queue="112"), "Channel")
        mark = len(ami.packets)
        ami.action("Redirect", Channel=channel, Context=context, Exten="999", Priority="1")
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert (first(back, "QueuePriority"), first(back, "Back")) == ("100", "wrong-extension")
        assert until(lambda: exchange.waiting() == [channel])
        assert caller.running()
        ami.action("Hangup", Channel=channel)
        caller.done()


def test_a_call_that_a_telephone_answered_by_hand_cannot_be_taken(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as ami, exchange.operator("op1"):
        caller = exchange.caller(talk_s=None)
        connected = ami.event("AgentConnect")
        channel = first(connected, "Channel")
        assert not exchange.claim(channel, "op2", ami), "a running talk cannot be stolen"
        assert caller.hang_up() == "caller"


def test_a_claim_and_an_answer_by_hand_at_the_same_moment_leave_one_talk(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op2")
    with exchange.ami("siaga112") as ami, exchange.operator("op1", "desk"), exchange.softphone("op2") as hand:
        for _ in range(4):
            mark = len(ami.packets)
            caller = exchange.caller(talk_s=None)
            joined = ami.event("QueueCallerJoin", 60, mark, Queue="112")
            channel = first(joined, "Channel")
            hand.await_state("ringing")
            thread = threading.Thread(target=hand.accept)
            thread.start()
            claimed = exchange.claim(channel, "op1", ami)
            thread.join()
            one_talk = ["PJSIP/op1" if claimed else "PJSIP/op2", "PJSIP/trunk"]
            assert until(lambda talk=one_talk: channels_up(ami) == talk), (one_talk, channels_up(ami))
            time.sleep(0.5)
            assert channels_up(ami) == one_talk, "it stays at that"
            ami.action("Hangup", Channel=channel)
            caller.done()
            hand.await_state("idle")


def channels_up(ami: AmiClient) -> list[str]:
    """Whose channels are answered."""
    rows = [p for p in ami.action("CoreShowChannels") if p.get("Event") == ["CoreShowChannel"]]
    return sorted(first(p, "Channel").split("-")[0] for p in rows if first(p, "ChannelStateDesc") == "Up")


def test_a_console_that_dies_before_the_redirect_gets_its_caller_all_the_same(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami, exchange.operator("op1", "desk"):
        caller = exchange.caller(talk_s=None)
        channel = first(ami.event("QueueCallerJoin", Queue="112"), "Channel")
        assert withdraw(exchange, channel, "op1", ami)
        ami.event("AgentConnect", 60, Interface="PJSIP/op1", Queue="claim_op1")
        ami.action("Hangup", Channel=channel)
        caller.done()


@pytest.mark.parametrize("name", ["nobody", "999", "op1,1)Hangup(", "${SHELL(id)}"])
def test_withdrawing_for_nobody_we_know_brings_the_caller_back(shared_exchange: Exchange, name: str) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami:
        caller = exchange.caller(talk_s=None)
        joined = ami.event("QueueCallerJoin", Queue="112")
        mark = len(ami.packets)
        assert withdraw(exchange, first(joined, "Channel"), name, ami)
        ami.event("UserEvent", 60, mark, UserEvent="X112Waiting", Call=first(joined, "Uniqueid"))
        assert until(lambda: exchange.waiting() == [first(joined, "Channel")])
        assert caller.running()
        ami.action("Hangup", Channel=first(joined, "Channel"))
        caller.done()
