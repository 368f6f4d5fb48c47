"""The way of a 112 call through the exchange that a centre installs: a real Asterisk, real SIP, real sound."""

from __future__ import annotations

import shutil
import time

import pytest

from data.clock import SECOND, from_ami
from telephony.asterisk.names import CEL_FILE
from tests.lab import CelRow, Exchange, Location, sounds
from tests.lab.ami import first
from tests.lab.exchange import CALLER_TONE, OPERATOR_TONE
from tests.lab.waiting import until

pytestmark = pytest.mark.asterisk


@pytest.fixture(autouse=True)
def nobody_signed_in(shared_exchange: Exchange) -> None:
    """Tests share one exchange; each begins without members and without calls."""
    shared_exchange.clear()


def test_the_version_of_the_exchange_is_known_and_new_enough(asterisk: str) -> None:
    assert int(asterisk.split()[1].split(".", maxsplit=1)[0]) >= 22, asterisk


def test_it_starts_without_a_complaint(exchange: Exchange) -> None:
    assert exchange.complaints() == []


def test_a_call_is_queued_rings_is_answered_and_ends(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as ami, exchange.operator("op1", ring_s=0.3):
        caller = exchange.caller(talk_s=None, number="+6281211112222")
        joined = ami.event("QueueCallerJoin", Queue="112")
        assert first(joined, "CallerIDNum") == "+6281211112222"
        call = first(joined, "Uniqueid")
        assert f"X112_CALL={call}" in joined["ChanVariable"]
        ami.event("AgentCalled", Interface="PJSIP/op1")
        answered = ami.event("AgentConnect", Interface="PJSIP/op1")
        assert f"X112_CALL={call}" in answered["DestChanVariable"], "every leg carries the key of the call"
        assert caller.hang_up() == "caller"
        ended = ami.event("UserEvent", UserEvent="X112End", Call=call)
        assert first(ended, "Rec").endswith(f"{call}.wav")
        ami.event("Hangup", Uniqueid=call)
    log = [row.event for row in exchange.queue_log() if row.call == call]
    assert log == ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]
    assert until(lambda: any(row["userfield"] == call for row in exchange.cdr_rows()))
    assert [row["userfield"] for row in exchange.cdr_rows() if row["userfield"] == call] == [call]


def test_the_archive_has_every_step_in_microseconds_on_the_clock_of_ami(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as ami, exchange.operator("op1"):
        caller = exchange.caller(talk_s=None)
        start = ami.event("Newchannel", Context="from-trunk")
        call = first(start, "Uniqueid")
        connect = ami.event("AgentConnect")
        caller.hang_up()
        ami.event("Hangup", Uniqueid=call)
    assert until(lambda: any(r.event == "LINKEDID_END" and r.linkedid == call for r in exchange.cel_rows()))
    rows = [row for row in exchange.cel_rows() if row.linkedid == call]
    at = {row.event: row.at for row in reversed(rows)}
    assert [r.event for r in rows if r.event.startswith("X112")] == ["X112Intake", "X112Recording"]
    for event, packet in (("CHAN_START", start), ("BRIDGE_ENTER", connect)):
        # (Told a moment later; on a busy machine a longer one.)
        assert -50_000 < from_ami(first(packet, "Timestamp")) - at[event] < 2 * SECOND
    assert any(row.at % 1000 for row in rows), "finer than milliseconds"


def test_both_voices_are_in_the_recording_and_no_number_in_its_name(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.operator("op1", ring_s=0.1), exchange.ami() as ami:
        caller = exchange.caller(talk_s=None, number="+6281299998888")
        call = first(ami.event("AgentConnect"), "Uniqueid")
        (file,) = [path for path in exchange.recording_files() if call in path.name]
        written = file.stat().st_size
        assert until(lambda: file.stat().st_size > written + 3 * 2 * sounds.RATE), "they talk for three seconds"
        caller.hang_up()
        ami.event("Hangup", Uniqueid=call)
    assert until(lambda: file.read_bytes()[40:44] != bytes(4))  # the length is written at the end
    assert "99998888" not in str(file)
    samples = sounds.read_wav(file)[-2 * sounds.RATE :]
    assert sounds.strength(samples, CALLER_TONE) > 1000
    assert sounds.strength(samples, OPERATOR_TONE) > 1000
    assert sounds.strength(samples, 555) < 100


def test_with_nobody_signed_in_a_caller_waits_until_somebody_is(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami, exchange.operator("op2"):
        caller = exchange.caller(talk_s=None)
        caller.answered()
        ami.event("QueueCallerJoin")
        time.sleep(2)
        assert caller.running()
        assert len(exchange.waiting()) == 1
        exchange.sign_in("op2")
        ami.event("AgentConnect", Interface="PJSIP/op2")
        channel = first(ami.event("AgentConnect"), "Channel")
        ami.action("Hangup", Channel=channel, Cause="16")
        assert caller.done() == "other"


def test_a_caller_who_gives_up_is_abandoned_in_the_log(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as ami, exchange.operator("op1", "noanswer"):
        caller = exchange.caller(talk_s=None)
        call = first(ami.event("AgentCalled"), "Uniqueid")
        caller.hang_up()
        ami.event("QueueCallerAbandon", Uniqueid=call)
        ami.event("Hangup", Uniqueid=call)
    assert [row.event for row in exchange.queue_log() if row.call == call][-1] == "ABANDON"
    assert not any(r.event == "BRIDGE_ENTER" for r in exchange.cel_rows() if r.linkedid == call)


@pytest.mark.parametrize("dialled", ["112", "0264112", "+62264112", "sos"])
def test_whatever_the_trunk_brings_is_a_112_call(shared_exchange: Exchange, dialled: str) -> None:
    with shared_exchange.ami("siaga112") as ami:
        caller = shared_exchange.caller(talk_s=None, dialled=dialled)
        ami.event("QueueCallerJoin", Queue="112")
        caller.hang_up()


def test_a_caller_who_names_himself_like_a_telephone_is_still_a_caller(shared_exchange: Exchange) -> None:
    with shared_exchange.ami("siaga112") as ami:
        caller = shared_exchange.caller(talk_s=None, number="op1", name="Operator 1")
        joined = ami.event("QueueCallerJoin", Queue="112")
        assert first(joined, "Channel").startswith("PJSIP/trunk-")
        caller.hang_up()


def test_a_caller_who_is_taken_out_of_the_queue_comes_back_at_its_head(shared_exchange: Exchange) -> None:
    exchange = shared_exchange
    with exchange.ami("siaga112") as ami:
        caller = exchange.caller(talk_s=None)
        channel = first(ami.event("QueueCallerJoin"), "Channel")
        mark = len(ami.packets)
        exchange.harness.action("QueueWithdrawCaller", Queue="112", Caller=channel)
        again = ami.event("UserEvent", 60, mark, UserEvent="X112Waiting")
        assert first(again, "QueuePriority") == "100"
        assert until(lambda: exchange.waiting() == [channel])
        assert caller.running()
        caller.hang_up()


def test_a_call_goes_on_unrecorded_when_recordings_cannot_be_written(exchange: Exchange) -> None:
    shutil.rmtree(exchange.recordings)
    exchange.recordings.write_text("a file where the folder should be")
    exchange.sign_in("op1")
    with exchange.ami("siaga112") as ami, exchange.operator("op1"):
        caller = exchange.caller(talk_s=None)
        ami.event("AgentConnect")
        assert caller.hang_up() == "caller"


def test_a_point_a_circle_and_an_address_arrive_and_a_reference_is_named_but_not_fetched(exchange: Exchange) -> None:
    places = {
        "point": Location(lat=-6.556123, lon=107.443217),
        "circle": Location(lat=-6.5, lon=107.25, radius_m=35.5),
        "civic": Location(civic=(("country", "ID"), ("A1", "Jawa Barat"), ("RD", "Jl. Veteran, No. 1"))),
        "reference": Location(reference="https://lis.example.invalid/loc/abc?token=1"),
    }
    seen = {}
    with exchange.ami("siaga112") as ami:
        for name, place in places.items():
            mark = len(ami.packets)
            caller = exchange.caller(talk_s=None, location=place)
            seen[name] = ami.event("UserEvent", 60, mark, UserEvent="X112Location")
            caller.hang_up()
    assert (first(seen["point"], "Lat"), first(seen["point"], "Lon")) == ("-6.556123", "107.443217")
    assert (first(seen["circle"], "Lat"), first(seen["circle"], "Lon")) == ("-6.500000", "107.250000")
    assert "radius%3D%2235.5%22" in first(seen["circle"], "Info")
    assert "confidence" not in first(seen["point"], "Info")
    assert first(seen["civic"], "Format") == "civicAddress"
    assert "Jl.%20Veteran%2C%20No.%201" in first(seen["civic"], "Info")
    assert first(seen["civic"], "Lat") == ""
    assert first(seen["reference"], "Lat") == ""
    assert "lis.example.invalid" in first(seen["reference"], "Header")
    assert until(lambda: len(archived(exchange)) == 4)
    assert "-6.556123" in str(archived(exchange)[0].extra()["extra"])


def archived(exchange: Exchange) -> list[CelRow]:
    """The places in the exchange's own archive."""
    return [row for row in exchange.cel_rows() if row.event == "X112Location"]


def test_members_survive_an_orderly_restart_and_a_kill(exchange: Exchange) -> None:
    exchange.sign_in("op1")
    exchange.sign_in("op2", paused=True)
    exchange.restart_now()
    assert sorted(exchange.members()) == ["PJSIP/op1", "PJSIP/op2"]
    exchange.kill9()
    exchange.start()
    members = [p for p in exchange.harness.action("QueueStatus", Queue="112") if p.get("Event") == ["QueueMember"]]
    assert {first(p, "Location"): first(p, "Paused") for p in members} == {"PJSIP/op1": "0", "PJSIP/op2": "1"}
    with exchange.ami("siaga112") as ami, exchange.operator("op1"):
        caller = exchange.caller(talk_s=None)
        ami.event("AgentConnect", Interface="PJSIP/op1")
        caller.hang_up()


def test_what_was_archived_before_a_kill_is_still_there(exchange: Exchange) -> None:
    exchange.sign_in("op1")
    with exchange.operator("op1"):
        caller = exchange.caller(talk_s=None)
        call = first(exchange.harness.event("AgentConnect"), "Uniqueid")
        assert until(lambda: any(row.event == "BRIDGE_ENTER" for row in exchange.cel_rows()))
        exchange.kill9()
        caller.end()
    assert (exchange.log / CEL_FILE).read_bytes().endswith(b"\n"), "no half line"
    rows = [row for row in exchange.cel_rows() if row.linkedid == call]
    assert {"CHAN_START", "X112Intake", "BRIDGE_ENTER"} <= {row.event for row in rows}
    assert not any(row.event == "LINKEDID_END" for row in rows)
