"""A telephone that dies in a talk: its caller is back at the head; whoever hangs up still just hangs up.

The bridge notices it by two signs together: no sound comes, and the telephone does not answer when it is asked whether
it is there. With ``silence_s`` Asterisk notices it by the first alone, and without any of our programs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from console.commands import doctor
from data.vocabulary.calls import CallQueued
from telephony.settings import Pbx
from tests.lab import Caller, Exchange, Softphone
from tests.lab.ports import free_ports
from tests.real.bridge_process import PBX, Centre, until
from tests.real.lossy_line import LossyLine
from tests.real.test_bridge_consulting import agrees_with_the_archive
from tests.real.test_bridge_control import OP1, OP2, becomes, end, folded, talkers

pytestmark = pytest.mark.asterisk
OP3 = "PJSIP/op3"


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    with Exchange(operators=3, qualify_s=2, seat_patience_s=600) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def strict() -> Iterator[Exchange]:
    """Asks no telephone whether it lives."""
    with Exchange(operators=2, silence_s=2) as exchange:
        yield exchange


@pytest.fixture
def centre(house: Exchange, tmp_path: Path) -> Iterator[Centre]:
    house.clear()
    with Centre(tmp_path, house.ami_port, house.ami_secret) as made:
        made.pbx |= {"dial_user": "siaga112-dial", "dial_secret": house.dial_secret}
        made.pbx |= {"seats": [OP3]}
        made.bridge()
        yield made


def reached(exchange: Exchange, phone: Softphone) -> Softphone:
    """The telephone, once the exchange knows that it is there."""
    asked = {"Variable": f"DEVICE_STATE(PJSIP/{phone.endpoint})"}
    assert until(lambda: exchange.harness.action("Getvar", **asked)[0]["Value"] != ["UNAVAILABLE"])
    return phone


def in_a_bridge(exchange: Exchange, channel: str | None) -> bool:
    rows = [p for p in exchange.harness.action("CoreShowChannels") if p.get("Event") == ["CoreShowChannel"]]
    return any(p["Channel"] == [channel] and p["BridgeId"] != [""] for p in rows)


def dies(phone: Softphone) -> None:
    os.kill(phone.process.pid, signal.SIGKILL)


def died_ago(exchange: Exchange, caller: str | None) -> int:
    """Seconds since the telephone died that ``caller`` talked with; -1 when none did."""
    died = exchange.harness.action("Getvar", Channel=caller, Variable="SHARED(X112_DEAD)")[0]["Value"][0]
    moment = exchange.harness.action("Getvar", Channel=caller, Variable="EPOCH")[0]["Value"][0]
    return int(moment) - int(died) if died else -1


def talk(exchange: Exchange, centre: Centre, operator: str = OP1, number: str = "+6281234567890") -> tuple[Caller, str]:
    """A caller whom the operator has taken at his console."""
    after = centre.journal.head()[0]
    caller = exchange.caller(talk_s=None, number=number)
    [queued] = centre.await_kind("call.queued", after=after)
    assert centre.do("answer", call=queued.stream, operator=operator) == ("done", None)
    becomes(centre, queued.stream, "talking")
    # The queue tells of the answer a moment before they hear each other.
    assert until(lambda: in_a_bridge(exchange, folded(centre, queued.stream).channel))
    return caller, queued.stream


def is_back(centre: Centre, caller: Caller, stream: str) -> None:
    """He waits at the head, because a telephone died, and was put there once."""
    becomes(centre, stream, "waiting")
    queued = [each.body for each in centre.journal.stream(stream) if isinstance(each.body, CallQueued)]
    assert [(body.priority, body.because) for body in queued if body.because] == [(100, "telephone_dead")]
    assert queued[-1].because
    assert caller.running()


def answered_again(exchange: Exchange, centre: Centre, caller: Caller, stream: str, other: Softphone) -> None:
    operator = f"PJSIP/{other.endpoint}"
    assert centre.do("answer", call=stream, operator=operator) == ("done", None)
    becomes(centre, stream, "talking")
    assert until(lambda: talkers(exchange) == [operator, "PJSIP/trunk"])
    other.hangup()
    assert caller.done() == "other", "whoever hangs up ends the call"
    becomes(centre, stream, "ended")
    call = folded(centre, stream)
    assert (call.outcome, call.ended_by) == ("answered", "operator")
    agrees_with_the_archive(exchange, centre, stream)


# ---------------------------------------------------------------- by two signs


def test_the_doctor_says_whether_it_is_noticed(house: Exchange, strict: Exchange) -> None:
    def told(exchange: Exchange) -> list[tuple[str, str]]:
        pbx = Pbx(name=PBX, port=exchange.ami_port, secret=exchange.ami_secret, queue=exchange.queue)
        return [(found.level, found.detail) for found in doctor.exchange(pbx) if "in a talk" in found.detail]

    assert told(house) == [("ok", "a telephone that dies in a talk is noticed")]
    [(level, detail)] = told(strict)
    assert level == "warn"
    assert detail.startswith("PJSIP/op1, PJSIP/op2 are never asked")


def test_the_caller_is_back_at_the_head_once_however_many_bridges_see_it_and_is_answered_again(
    house: Exchange, centre: Centre
) -> None:
    centre.bridge()
    with reached(house, house.softphone("op1")) as phone, reached(house, house.softphone("op2")) as other:
        caller, stream = talk(house, centre)
        # On hold and back: the telephone may also die after that.
        assert centre.do("hold", call=stream, operator=OP1) == ("done", None)
        assert centre.do("resume", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "talking")
        dies(phone)
        is_back(centre, caller, stream)
        answered_again(house, centre, caller, stream, other)
    assert folded(centre, stream).operators == [OP1, OP2]
    assert centre.story(stream).count("queued") == 4, "twice to wait, twice to be taken"


def test_a_muted_telephone_lives_and_so_does_one_whose_answers_get_lost(house: Exchange, centre: Centre) -> None:
    elsewhere = free_ports()
    with ExitStack() as stack:
        line = stack.enter_context(LossyLine(house.phone_ports["op2"], elsewhere, house.sip_port))
        muted = reached(house, stack.enter_context(house.softphone("op1", muted=True)))
        unheard = reached(house, stack.enter_context(house.softphone("op2", port=elsewhere)))
        dying = reached(house, stack.enter_context(house.softphone("op3")))
        callers = [
            talk(house, centre, operator, f"+62812345678{number}")
            for number, operator in enumerate((OP1, OP2, OP3), 10)
        ]
        line.lose_questions()
        assert until(lambda: line.lost)
        dies(dying)
        # The dead one is the last in which a sign fails: when it is noticed, the others had their time.
        is_back(centre, *callers[2])
        assert line.lost > 2
        for phone in (muted, unheard):
            assert phone.state() == "talking"
        for caller, stream in callers:
            end(centre, caller, stream)


@pytest.mark.parametrize("way", ["transfer", "consult"])
def test_whoever_took_the_caller_over_gives_him_back_as_well(house: Exchange, centre: Centre, way: str) -> None:
    with reached(house, house.softphone("op1")) as phone, reached(house, house.softphone("op2")) as other:
        caller, stream = talk(house, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.do(way, **mine, target="op2") == ("done", None)
        other.await_state("ringing")
        other.accept()
        if way == "consult":
            assert until(lambda: folded(centre, stream).consulted)
            assert centre.do("complete", **mine) == ("done", None)
        assert until(lambda: talkers(house) == [OP2, "PJSIP/trunk"])
        becomes(centre, stream, "talking")
        dies(other)
        is_back(centre, caller, stream)
        answered_again(house, centre, caller, stream, phone)


def test_the_caller_on_hold_is_back_at_the_head(house: Exchange, centre: Centre) -> None:
    with reached(house, house.softphone("op1")) as phone, reached(house, house.softphone("op2")) as other:
        caller, stream = talk(house, centre)
        assert centre.do("hold", call=stream, operator=OP1) == ("done", None)
        becomes(centre, stream, "held")
        dies(phone)
        is_back(centre, caller, stream)
        answered_again(house, centre, caller, stream, other)


def test_the_caller_in_a_seat_is_back_at_the_head(house: Exchange, centre: Centre) -> None:
    with reached(house, house.softphone("op3")) as phone, reached(house, house.softphone("op2")) as other:
        assert centre.do("member_add", operator=OP3) == ("done", None)
        assert until(lambda: "Value: PJSIP/op3" in house.cli("database get seat op3")), centre.log()
        caller, stream = talk(house, centre, OP3)
        assert "Local/op3@seat" in house.cli("core show channels concise")
        dies(phone)
        is_back(centre, caller, stream)
        answered_again(house, centre, caller, stream, other)
        assert "X112_SEATED_op3=PJSIP" not in house.cli("dialplan show globals")


def test_a_three_way_goes_on_with_the_agency_and_ends_when_it_ends(house: Exchange, centre: Centre) -> None:
    with reached(house, house.softphone("op1")) as phone, house.operator("damkar", ring_s=0.1):
        caller, stream = talk(house, centre)
        assert centre.do("three_way", call=stream, operator=OP1, target="113") == ("done", None)
        centre.await_kind("call.conferenced")
        dies(phone)
        assert until(lambda: talkers(house) == ["PJSIP/damkar", "PJSIP/trunk"])
        # A telephone that died long ago does not bring back the caller of a talk that went on without it.
        assert until(lambda: died_ago(house, folded(centre, stream).channel) > 6)
        house.harness.action("Hangup", Channel="/^PJSIP/damkar/")
        assert caller.done() == "other"
        becomes(centre, stream, "ended")


def test_a_colleague_who_was_called_into_the_talk_and_stayed_alone_gives_the_caller_back(
    house: Exchange, centre: Centre
) -> None:
    with reached(house, house.softphone("op1")) as phone, reached(house, house.softphone("op2")) as other:
        caller, stream = talk(house, centre)
        assert centre.do("member_add", operator=OP2) == ("done", None)
        assert centre.do("three_way", call=stream, operator=OP1, target="op2") == ("done", None)
        other.await_state("ringing")
        other.accept()
        centre.await_kind("call.conferenced")
        phone.hangup()
        assert until(lambda: talkers(house) == [OP2, "PJSIP/trunk"])
        dies(other)
        is_back(centre, caller, stream)
        answered_again(house, centre, caller, stream, phone)


# ---------------------------------------------------------------- by the sound alone


@pytest.fixture
def its_centre(strict: Exchange, tmp_path: Path) -> Iterator[Centre]:
    strict.clear()
    with Centre(tmp_path, strict.ami_port, strict.ami_secret) as made:
        made.bridge()
        yield made


def test_the_exchange_notices_a_dead_telephone_by_itself_where_it_is_told_to(
    strict: Exchange, its_centre: Centre
) -> None:
    with strict.softphone("op1") as phone, strict.softphone("op2") as other:
        caller, stream = talk(strict, its_centre)
        dies(phone)
        is_back(its_centre, caller, stream)
        answered_again(strict, its_centre, caller, stream, other)


def test_a_telephone_that_sends_sound_is_never_taken_for_dead_and_a_caller_who_hangs_up_is_gone(
    strict: Exchange, its_centre: Centre
) -> None:
    with strict.softphone("op1"):
        caller = strict.caller(talk_s=6)
        [queued] = its_centre.await_kind("call.queued")
        assert its_centre.do("answer", call=queued.stream, operator=OP1) == ("done", None)
        assert caller.done() == "caller", "longer than the silence that counts as dead"
        becomes(its_centre, queued.stream, "ended")
    assert folded(its_centre, queued.stream).ended_by == "caller"


def test_the_outcome_given_by_key_ends_a_call_as_ever(strict: Exchange, its_centre: Centre) -> None:
    with strict.softphone("op1"):
        caller, stream = talk(strict, its_centre)
        end(its_centre, caller, stream)
