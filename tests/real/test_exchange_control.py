"""Transfer, parking, three-way, hold and the silent-call procedure: at every failure the caller is back at the head."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.lab import AmiClient, Caller, Exchange
from tests.lab.ami import Packet, first
from tests.lab.waiting import until

pytestmark = pytest.mark.asterisk


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    """An exchange that brings parked callers back after 8 s."""
    with Exchange(park_s=8) as exchange:
        yield exchange


@pytest.fixture(autouse=True)
def quiet(house: Exchange) -> None:
    """Each test begins with op1 as the only member and without calls."""
    house.clear()
    house.sign_in("op1")


def talk(exchange: Exchange, ami: AmiClient) -> tuple[Caller, Packet]:
    """A caller who talks with op1."""
    caller = exchange.caller(talk_s=None)
    connected = ami.event("AgentConnect", Interface="PJSIP/op1")
    assert until(
        lambda: talkers(exchange) == ["PJSIP/op1", "PJSIP/trunk"]
    )  # the event comes a moment before the bridge
    return caller, connected


def talkers(exchange: Exchange) -> list[str]:
    """Who shares the caller's bridge: sorted names of channels without their numbers."""
    channels = [p for p in exchange.harness.action("CoreShowChannels") if p.get("Event") == ["CoreShowChannel"]]
    bridges = {first(p, "BridgeId") for p in channels if first(p, "Channel").startswith("PJSIP/trunk-")} - {""}
    return sorted(first(p, "Channel").rsplit("-", 1)[0] for p in channels if first(p, "BridgeId") in bridges)


def bridged(exchange: Exchange, one: str, other: str) -> bool:
    """Whether the two share a bridge."""
    channels = [p for p in exchange.harness.action("CoreShowChannels") if p.get("Event") == ["CoreShowChannel"]]
    where = {
        name: [first(p, "BridgeId") for p in channels if first(p, "Channel").startswith(f"{name}-")]
        for name in (one, other)
    }
    return bool((set(where[one]) & set(where[other])) - {""})


def end(caller: Caller, ami: AmiClient, talked: Packet) -> None:
    """Hang up the caller's channel; SIPp must have had an orderly call."""
    ami.action("Hangup", Channel=first(talked, "Channel"))
    assert caller.done() == "other"


@pytest.mark.parametrize(
    ("target", "endpoint"), [("op2", "op2"), ("102", "op2"), ("113", "damkar"), ("damkar", "damkar")]
)
def test_a_blind_transfer_reaches_a_colleague_or_an_agency(house: Exchange, target: str, endpoint: str) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"), house.operator(endpoint):
        caller, talked = talk(house, ami)
        ami.action("BlindTransfer", Channel=first(talked, "DestChannel"), Context="transfer", Exten=target)
        ami.event("BlindTransfer", Result="Success")
        ami.event("UserEvent", UserEvent="X112Transfer", Target=endpoint)
        assert until(lambda: talkers(house) == sorted([f"PJSIP/{endpoint}", "PJSIP/trunk"]))
        end(caller, ami, talked)


@pytest.mark.parametrize("behaviour", ["busy", "decline"])
def test_a_blind_transfer_that_nobody_takes_puts_the_caller_back_at_the_head(house: Exchange, behaviour: str) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"), house.operator("damkar", behaviour):
        caller, talked = talk(house, ami)
        mark = len(ami.packets)
        ami.action("BlindTransfer", Channel=first(talked, "DestChannel"), Context="transfer", Exten="113")
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert (first(back, "QueuePriority"), first(back, "Back")[:9]) == ("100", "transfer-")
        ami.event("AgentConnect", 60, mark, Interface="PJSIP/op1")
        end(caller, ami, talked)


def test_a_transfer_from_the_telephone_itself_works_too(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.softphone("op1") as phone, house.operator("op2"):
        caller = house.caller(talk_s=None)
        phone.await_state("ringing")
        phone.accept()
        talked = ami.event("AgentConnect")
        assert until(lambda: talkers(house) == ["PJSIP/op1", "PJSIP/trunk"])
        phone.transfer("102")
        assert until(lambda: talkers(house) == ["PJSIP/op2", "PJSIP/trunk"])
        end(caller, ami, talked)


def test_an_attended_transfer_puts_both_together_when_the_call_taker_leaves(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"), house.operator("op2"):
        caller, talked = talk(house, ami)
        ami.action("Atxfer", Channel=first(talked, "DestChannel"), Context="transfer", Exten="102")
        ami.event("Newstate", ChannelStateDesc="Up", CallerIDNum="102")
        for phone in ("PJSIP/op1", "PJSIP/op2"):  # the two speak with each other, by a Local channel between them
            assert until(lambda name=phone: bridged(house, name, "Local/102@transfer"))
        ami.action("Hangup", Channel=first(talked, "DestChannel"))
        ami.event("AttendedTransfer", Result="Success")
        assert until(lambda: talkers(house) == ["PJSIP/op2", "PJSIP/trunk"])
        time.sleep(0.5)
        assert caller.running()
        end(caller, ami, talked)


def test_an_attended_transfer_to_a_busy_telephone_leaves_the_talk_as_it_was(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"), house.operator("op2", "busy"):
        caller, talked = talk(house, ami)
        ami.action("Atxfer", Channel=first(talked, "DestChannel"), Context="transfer", Exten="102")
        ami.event("DialEnd", DialStatus="BUSY")
        assert until(lambda: talkers(house) == ["PJSIP/op1", "PJSIP/trunk"], 60)
        assert not ami.events("UserEvent", UserEvent="X112Waiting", Back="transfer-BUSY")
        end(caller, ami, talked)


def test_a_parked_caller_is_taken_by_a_colleague_who_dials_the_place(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"), house.softphone("op2") as colleague:
        caller, talked = talk(house, ami)
        ami.action("Park", Channel=first(talked, "Channel"), TimeoutChannel=first(talked, "DestChannel"))
        place = first(ami.event("ParkedCall"), "ParkingSpace")
        colleague.command("dial", f"sip:{place}@127.0.0.1:{house.sip_port}")
        ami.event("UnParkedCall")
        assert until(lambda: talkers(house) == ["PJSIP/op2", "PJSIP/trunk"])
        end(caller, ami, talked)


def test_a_parked_caller_whom_nobody_takes_comes_back_to_the_head(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"):
        caller, talked = talk(house, ami)
        mark = len(ami.packets)
        ami.action("Park", Channel=first(talked, "Channel"), TimeoutChannel=first(talked, "DestChannel"))
        ami.event("ParkedCallTimeOut", 60, mark)
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert (first(back, "QueuePriority"), first(back, "Back")) == ("100", "parked")
        end(caller, ami, talked)


def test_an_agency_joins_the_running_talk_and_stays_when_the_call_taker_leaves(house: Exchange) -> None:
    with (
        house.ami("siaga112") as ami,
        house.ami("siaga112-dial", events=False) as dialler,
        house.operator("op1"),
        house.operator("damkar", ring_s=0.3),
    ):
        caller, talked = talk(house, ami)
        call = first(talked, "Uniqueid")
        dialler.action(
            "Originate",
            Channel="PJSIP/damkar",
            Context="conference",
            Exten="join",
            Priority="1",
            Async="true",
            ChannelId=f"third-{call}",
            CallerID="112 <112>",
            Variable=[f"__X112_CALL={call}", f"X112_JOIN={first(talked, 'Channel')}"],
        )
        assert first(ami.event("OriginateResponse"), "Response") == "Success"
        assert until(lambda: talkers(house) == ["PJSIP/damkar", "PJSIP/op1", "PJSIP/trunk"])
        ami.event("UserEvent", UserEvent="X112Conference", Call=call, Step="answered")
        ami.action("Hangup", Channel=first(talked, "DestChannel"))
        assert until(lambda: talkers(house) == ["PJSIP/damkar", "PJSIP/trunk"])
        time.sleep(0.5)
        assert caller.running()
        end(caller, ami, talked)


def test_hold_by_the_telephone_is_seen(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.softphone("op1") as phone:
        caller = house.caller(talk_s=None)
        phone.await_state("ringing")
        phone.accept()
        talked = ami.event("AgentConnect")
        assert until(lambda: talkers(house) == ["PJSIP/op1", "PJSIP/trunk"])
        phone.hold()
        ami.event("Hold", Channel=first(talked, "DestChannel"))
        phone.resume()
        ami.event("Unhold", Channel=first(talked, "DestChannel"))
        end(caller, ami, talked)


def put_on_hold(house: Exchange, ami: AmiClient, talked: Packet) -> tuple[str, str]:
    """Both legs as a console moves them; the caller's channel and the telephone's."""
    trunk, phone = first(talked, "Channel"), first(talked, "DestChannel")
    extra = {"ExtraChannel": phone, "ExtraContext": "hold", "ExtraExten": "operator", "ExtraPriority": "1"}
    mark = len(ami.packets)
    ami.action("Redirect", Channel=trunk, Context="hold", Exten="caller", Priority="1", **extra)
    ami.event("UserEvent", 60, mark, UserEvent="X112Hold", Call=first(talked, "Uniqueid"))
    assert until(lambda: talkers(house) == [] and house.waiting("held") == [trunk])
    return trunk, phone


def resume(ami: AmiClient, channel: str) -> str:
    """Ask for the caller back; what the exchange says."""
    answer = ami.try_action("QueueWithdrawCaller", Queue="held", Caller=channel, WithdrawInfo="resume")[0]
    return first(answer, "Response")


@pytest.mark.parametrize("redirected", [True, False])
def test_hold_from_the_console_and_resume_by_exactly_one_again_and_again(house: Exchange, redirected: bool) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"):
        caller, talked = talk(house, ami)
        for _ in range(2):
            trunk, _phone = put_on_hold(house, ami, talked)
            assert [resume(ami, trunk) for _ in range(2)] == ["Success", "Error"]
            if redirected:  # otherwise the console died in between
                ami.action("Redirect", Channel=trunk, Context="hold", Exten="resume", Priority="1")
            assert until(lambda: talkers(house) == ["PJSIP/op1", "PJSIP/trunk"])
            assert resume(ami, trunk) == "Error", "nobody is on hold"
        ami.action("Hangup", Channel=first(talked, "DestChannel"))
        assert caller.done() == "other", "whose call-taker hangs up after a hold is not put back"
    assert not ami.events("QueueCallerJoin", Queue="held"), "the bridge is spared the queue of the held"


def test_a_caller_on_hold_whose_telephone_goes_is_back_at_the_head(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.operator("op1"):
        caller, talked = talk(house, ami)
        trunk, phone = put_on_hold(house, ami, talked)
        mark = len(ami.packets)
        ami.action("Hangup", Channel=phone)
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert (first(back, "Channel"), first(back, "QueuePriority"), first(back, "Back")) == (trunk, "100", "hold")
        ami.event("AgentConnect", 60, mark, Interface="PJSIP/op1")
        end(caller, ami, talked)


def silent(house: Exchange, ami: AmiClient, *, press: tuple[tuple[float, str], ...]) -> tuple[Caller, str, int]:
    """A caller for whom the silent-call procedure was started; caller, call, where the packets of it begin."""
    house.sign_out("op1")
    caller = house.caller(talk_s=None, press=press)
    joined = ami.event("QueueCallerJoin")
    mark = len(ami.packets)
    ami.action("Redirect", Channel=first(joined, "Channel"), Context="silent", Exten="s", Priority="1")
    return caller, first(joined, "Channel"), mark


def test_a_silent_caller_who_presses_a_key_is_at_the_head(house: Exchange) -> None:
    with house.ami("siaga112") as ami:
        caller, channel, mark = silent(house, ami, press=((2.5, "5"),))
        pressed = ami.event("UserEvent", 60, mark, UserEvent="X112Silent", Step="digit")
        assert first(pressed, "Digit") == "5"
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert first(back, "QueuePriority") == "100"
        ami.action("Hangup", Channel=channel)
        caller.done()


def test_a_silent_caller_who_presses_nothing_is_not_hung_up_on(house: Exchange) -> None:
    with house.ami("siaga112") as ami:
        caller, channel, mark = silent(house, ami, press=())
        ami.event("UserEvent", 60, mark, UserEvent="X112Silent", Step="nodigit")
        back = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert (first(back, "QueuePriority"), first(back, "Back")) == ("10", "silent-nodigit")
        assert caller.running()
        ami.action("Hangup", Channel=channel)
        caller.done()


@pytest.mark.parametrize(("behaviour", "status", "cause"), [("answer", "ANSWER", "16"), ("busy", "BUSY", "17")])
def test_a_call_back_rings_the_call_taker_first_and_says_what_came_of_it(
    house: Exchange, behaviour: str, status: str, cause: str
) -> None:
    with (
        house.ami("siaga112") as ami,
        house.ami("siaga112-dial", events=False) as dialler,
        house.operator("op1"),
        house.network(behaviour),
    ):
        dialler.action(
            "Originate",
            Channel="PJSIP/op1",
            Context="callback",
            Exten="+6281234567890",
            Priority="1",
            Async="true",
            ChannelId="job-7",
            Variable="__X112_JOB=7",
        )
        ami.event("UserEvent", UserEvent="X112Callback", Job="7", Step="operator")
        if behaviour == "answer":
            ami.event("UserEvent", UserEvent="X112Callback", Job="7", Step="answered")
            ami.action("Hangup", Channel=first(ami.event("Newchannel", Context="from-trunk"), "Channel"))
        ended = ami.event("UserEvent", UserEvent="X112Callback", Job="7", Step="ended")
        assert (first(ended, "Status"), first(ended, "Cause")) == (status, cause)


# ---------------------------------------------------------------- a telephone that was left paused


def test_a_telephone_makes_itself_ready_with_all_our_programs_down(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.softphone("op1") as phone:
        pause = {"Queue": "112", "Interface": "PJSIP/op1", "Paused": "true", "Reason": "wrap-up"}
        ami.action("QueuePause", **pause)
        caller = house.caller(talk_s=None)
        ami.event("QueueCallerJoin")
        mark = len(ami.packets)
        phone.command("dial", f"sip:*70@127.0.0.1:{house.sip_port}")
        ami.event("QueueMemberPause", 60, mark, Interface="PJSIP/op1", Paused="0")
        phone.await_state("ringing")  # by its own: the caller who waits
        phone.accept()
        connected = ami.event("AgentConnect", 60, mark, Interface="PJSIP/op1")
        end(caller, ami, connected)


def test_only_a_member_is_made_ready_and_only_the_one_that_dials(house: Exchange) -> None:
    with house.ami("siaga112") as ami, house.softphone("op2") as stranger:
        ami.action("QueuePause", Queue="112", Interface="PJSIP/op1", Paused="true", Reason="istirahat")
        stranger.command("dial", f"sip:*70@127.0.0.1:{house.sip_port}")
        ended = ami.event("Hangup", Exten="*70")
        assert first(ended, "Cause") == "21"
        [member] = [p for p in ami.action("QueueStatus", Queue="112") if p.get("Event") == ["QueueMember"]]
        assert (first(member, "Paused"), first(member, "PausedReason")) == ("1", "istirahat")
