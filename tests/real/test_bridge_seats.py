"""Seats on a real Asterisk: a telephone that is called once and stays connected, and the calls that come into it.

Who hears whom is heard by the tones: the caller sends 400 Hz, the call-taker 700 Hz, the third party 1500 Hz.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.clock import now
from telephony.asterisk import cel
from telephony.asterisk.names import CEL_FILE
from telephony.asterisk.settings import Trunk
from telephony.bridge import archive
from telephony.calls import queries
from telephony.reconciliation.told import read_archive
from telephony.supervision import queries as supervision
from tests.lab import Caller, Exchange
from tests.lab.site import CALLER_TONE, OPERATOR_TONE
from tests.lab.softphone import Softphone
from tests.lab.sounds import RATE, read_wav, strength
from tests.real.bridge_process import PBX, Centre, until
from tests.real.test_bridge import give_outcome, member, session
from tests.real.test_bridge_control import becomes, folded

pytestmark = pytest.mark.asterisk
OP1, OP2, OP3 = "PJSIP/op1", "PJSIP/op2", "PJSIP/op3"
THIRD_TONE = 1500
LOUD = 1500
"""A pitch stronger than this is heard (each is sent with about 9,800)."""


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    with Exchange(operators=6, trunk=Trunk(match=("127.0.0.1", "127.0.0.2")), seat_patience_s=600) as exchange:
        yield exchange


@pytest.fixture
def centre(house: Exchange, tmp_path: Path) -> Iterator[Centre]:
    house.clear()
    with Centre(tmp_path, house.ami_port, house.ami_secret) as made:
        made.pbx |= {
            "dial_user": "siaga112-dial",
            "dial_secret": house.dial_secret,
            "seats": [OP1, OP2, OP3, "PJSIP/op6"],
        }
        made.pbx |= {"recordings": str(house.recordings)}
        made.bridge()
        yield made


@pytest.fixture
def phone(house: Exchange, centre: Centre) -> Iterator[Softphone]:
    """The telephone of op1, who is signed in and has his seat."""
    with house.softphone("op1", listen=True) as softphone:
        sit(house, centre, "op1")
        yield softphone


def sit(exchange: Exchange, centre: Centre, name: str) -> None:
    assert centre.do("member_add", operator=f"PJSIP/{name}") == ("done", None)
    assert until(lambda: seat(exchange, name)), centre.log()


def seat(exchange: Exchange, name: str = "op1") -> str:
    """The channel of the free seat, '' when there is none."""
    return exchange.cli(f"database get seat {name}").partition("Value: ")[2].strip()


def has_seat(exchange: Exchange, name: str = "op1") -> bool:
    """Whether there is one, free or not."""
    return f"X112_SEATED_{name}=PJSIP/" in exchange.cli("dialplan show globals")


def arrives(exchange: Exchange, centre: Centre) -> tuple[Caller, str]:
    after = centre.journal.head()[0]
    caller = exchange.caller(talk_s=None)
    [queued] = centre.await_kind("call.queued", after=after)
    return caller, queued.stream


def talk(exchange: Exchange, centre: Centre, operator: str = OP1) -> tuple[Caller, str]:
    """A caller whom the operator has taken into his seat."""
    caller, stream = arrives(exchange, centre)
    assert centre.do("answer", call=stream, operator=operator) == ("done", None)
    becomes(centre, stream, "talking")
    # The queue tells of the answer a moment before they hear each other.
    assert until(lambda: bridges(exchange).get(folded(centre, stream).channel or ""))
    return caller, stream


def back_at_the_head(exchange: Exchange, centre: Centre, stream: str) -> None:
    """The operator who claimed him was not reached: he waits where everybody may take him, and the record says so."""

    def back() -> bool:
        queued = [e.body for e in centre.entries("call.queued") if e.stream == stream]
        return [(body.queue, body.priority) for body in queued][-1] == (exchange.queue, 100)  # type: ignore[attr-defined]

    assert until(back), centre.story(stream)


def over(exchange: Exchange, centre: Centre, caller: Caller, stream: str) -> None:
    """The call is over, answered, as the exchange's own log has it, and the seat is free."""
    assert caller.done() == "other"
    becomes(centre, stream, "ended")
    call = folded(centre, stream)
    assert call.outcome == "answered"
    assert until(lambda: seat(exchange)), exchange.cli("core show channels concise")
    lines = cel.read(exchange.log / CEL_FILE, 0)
    found = archive.recovered(PBX, lines)[stream]
    facts = "\n".join(f"{e.at} {e.recorded_at} {e.body}" for e in centre.entries("call.") if e.stream == stream)
    assert not archive.lacks(call, found), f"{found}\n{call}\n{facts}"
    told = read_archive(lines).calls[stream.rpartition("/")[2]]
    assert (told.outcome, told.operators) == (call.outcome, call.operators)


def end(exchange: Exchange, centre: Centre, caller: Caller, stream: str, operator: str = OP1) -> None:
    assert centre.do("hangup", call=stream, operator=operator) == ("done", None)
    over(exchange, centre, caller, stream)


def bridges(exchange: Exchange) -> dict[str, str]:
    """The bridge of each channel, '' for none."""
    found = [p for p in exchange.harness.action("CoreShowChannels") if p.get("Event") == ["CoreShowChannel"]]
    return {p["Channel"][0]: p["BridgeId"][0] for p in found}


def pitches(phone: Softphone) -> set[int]:
    """What the telephone has heard in the last half second."""
    sound = phone.heard()[-RATE // 2 :]
    tones = (CALLER_TONE, OPERATOR_TONE, THIRD_TONE)
    return {hertz for hertz in tones if len(sound) >= RATE // 2 and strength(sound, hertz) > LOUD}


def hears(phone: Softphone, *tones: int) -> None:
    assert until(lambda: pitches(phone) == set(tones), 30), (phone.endpoint, pitches(phone))


# ---------------------------------------------------------------- one call after the other


def test_a_chosen_call_is_in_the_seat_without_ringing_and_so_is_the_next(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    for _ in range(3):
        caller, stream = talk(house, centre)
        assert list(folded(centre, stream).talking.values()) == [OP1]
        assert not seat(house), "nobody else can come in"
        end(house, centre, caller, stream)
        assert folded(centre, stream).operators == [OP1]
        assert phone.state() == "talking"
    assert len(phone.events("CALL_INCOMING")) == 1, "it was called once"


def test_both_hear_each_other_and_after_the_call_nobody(house: Exchange, centre: Centre, phone: Softphone) -> None:
    with house.softphone("trunk", listen=True, hertz=CALLER_TONE) as caller:
        caller.command("dial", f"sip:112@127.0.0.1:{house.sip_port}")
        [queued] = centre.await_kind("call.queued")
        assert centre.do("answer", call=queued.stream, operator=OP1) == ("done", None)
        hears(phone, CALLER_TONE)
        hears(caller, OPERATOR_TONE)
        assert centre.do("hangup", call=queued.stream, operator=OP1) == ("done", None)
        becomes(centre, queued.stream, "ended")
        assert until(lambda: caller.state() == "idle")
    file = house.recordings / (folded(centre, queued.stream).recording or "?")
    assert until(lambda: file.read_bytes()[4:8] != bytes(4)), "the exchange closes the file"
    sound = read_wav(file)
    for hertz in (CALLER_TONE, OPERATOR_TONE):
        assert any(strength(sound[n : n + RATE // 2], hertz) > LOUD for n in range(0, len(sound), RATE // 2))


def test_the_caller_hangs_up_and_the_seat_is_free(house: Exchange, centre: Centre, phone: Softphone) -> None:
    caller, stream = talk(house, centre)
    house.harness.action("Hangup", Channel=folded(centre, stream).channel or "")
    over(house, centre, caller, stream)


# ---------------------------------------------------------------- safe


def test_two_callers_for_one_seat_at_once_never_meet(house: Exchange, centre: Centre, phone: Softphone) -> None:
    for _ in range(3):
        callers = [arrives(house, centre) for _ in range(2)]
        streams = [stream for _, stream in callers]
        [first, second] = house.waiting()
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(lambda channel: house.claim(channel, "op1"), (first, second))) == [True, True]
        assert until(lambda them=streams: [folded(centre, stream).state for stream in them].count("talking") == 1)
        now_in = bridges(house)
        assert len([name for name in (first, second) if now_in[name]]) == 1, now_in
        for caller, stream in callers:
            assert centre.do("hangup", call=stream)[0] == "done"
            caller.done()
            becomes(centre, stream, "ended")
        assert until(lambda: seat(house))


def test_a_telephone_that_is_lost_before_a_caller_comes_in_costs_him_nothing(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    """The seat says that it is free, and its channel is gone."""
    with house.softphone("op2"):
        sit(house, centre, "op2")
        house.cli("database put seat op1 PJSIP/op1-ffffffff")
        caller, stream = arrives(house, centre)
        assert centre.do("answer", call=stream, operator=OP1) == ("done", None)
        back_at_the_head(house, centre, stream)
        assert folded(centre, stream).operators == []
        assert centre.do("answer", call=stream, operator=OP2) == ("done", None)
        becomes(centre, stream, "talking")
        assert centre.do("hangup", call=stream, operator=OP2) == ("done", None)
        over(house, centre, caller, stream)


def test_a_telephone_that_hangs_up_in_a_talk_ends_it_as_ever_and_has_no_seat(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    caller, stream = talk(house, centre)
    phone.command("hangup")
    assert caller.done() == "other"
    becomes(centre, stream, "ended")
    call = folded(centre, stream)
    assert (call.outcome, call.ended_by) == ("answered", "operator")
    assert until(lambda: not has_seat(house))
    assert until(lambda: centre.side.device_states(PBX).get(f"seat:{OP1}") == "gone")
    # Ready again: called again.
    assert centre.do("pause", operator=OP1) == ("done", None)
    assert centre.do("ready", operator=OP1) == ("done", None)
    assert until(lambda: seat(house)), centre.log()
    assert until(lambda: centre.side.device_states(PBX).get(f"seat:{OP1}") == "connected")


def test_a_killed_bridge_and_the_next_one_leave_the_talk_and_the_seat_as_they_are(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    caller, stream = talk(house, centre)
    before = bridges(house)
    centre.kill(centre.bridges[0])
    centre.bridge()
    centre.bridge()
    assert until(lambda: folded(centre, stream).state == "talking")
    assert bridges(house) == before
    assert list(folded(centre, stream).talking.values()) == [OP1]
    end(house, centre, caller, stream)
    caller, stream = talk(house, centre)
    end(house, centre, caller, stream)
    assert len(phone.events("CALL_INCOMING")) == 1


def test_who_signs_out_loses_his_seat_but_no_caller(house: Exchange, centre: Centre, phone: Softphone) -> None:
    caller, stream = talk(house, centre)
    assert centre.do("member_remove", operator=OP1) == ("done", None)
    assert until(lambda: any(e.body.action == "unseat" for e in centre.entries("command.requested")))  # type: ignore[attr-defined]
    hears(phone, CALLER_TONE)
    assert folded(centre, stream).state == "talking"
    assert centre.do("hangup", call=stream, operator=OP1) == ("done", None)
    assert caller.done() == "other"
    assert until(lambda: phone.state() == "idle"), house.cli("core show channels concise")
    assert until(lambda: not has_seat(house))


# ---------------------------------------------------------------- every other function


def test_hold_and_back(house: Exchange, centre: Centre, phone: Softphone) -> None:
    caller, stream = talk(house, centre)
    mine = {"call": stream, "operator": OP1}
    for _ in range(2):
        assert centre.do("hold", **mine) == ("done", None)
        becomes(centre, stream, "held")
        hears(phone)
        assert folded(centre, stream).held_by == OP1
        assert centre.do("resume", **mine) == ("done", None)
        becomes(centre, stream, "talking")
        hears(phone, CALLER_TONE)
    end(house, centre, caller, stream)
    assert folded(centre, stream).operators == [OP1]


def test_a_held_caller_hangs_up(house: Exchange, centre: Centre, phone: Softphone) -> None:
    caller, stream = talk(house, centre)
    assert centre.do("hold", call=stream, operator=OP1) == ("done", None)
    becomes(centre, stream, "held")
    house.harness.action("Hangup", Channel=folded(centre, stream).channel or "")
    over(house, centre, caller, stream)


@pytest.mark.parametrize("seated", [True, False])
def test_a_caller_is_passed_on_to_a_colleague(house: Exchange, centre: Centre, phone: Softphone, seated: bool) -> None:
    name = "op2" if seated else "op3"
    with house.softphone(name, listen=True, hertz=THIRD_TONE) as colleague:
        if seated:
            sit(house, centre, name)
        caller, stream = talk(house, centre)
        assert centre.do("transfer", call=stream, operator=OP1, target=name) == ("done", None)
        if not seated:
            colleague.await_state("ringing")
            colleague.accept()
        assert until(lambda: list(folded(centre, stream).talking.values()) == [f"PJSIP/{name}"]), centre.story(stream)
        hears(colleague, CALLER_TONE)
        assert until(lambda: seat(house)), "op1 is free for the next"
        end(house, centre, caller, stream, f"PJSIP/{name}")
    assert folded(centre, stream).operators == [OP1, f"PJSIP/{name}"]


def test_an_agency_joins_and_goes_on_when_the_operator_leaves(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    with house.operator("damkar", ring_s=0.1):
        caller, stream = talk(house, centre)
        assert centre.do("three_way", call=stream, operator=OP1, target="113") == ("done", None)
        centre.await_kind("call.conferenced")
        assert centre.do("hangup", call=stream, operator=OP1) == ("done", None)
        assert until(lambda: seat(house)), "he has left"
        becomes(centre, stream, "alone")
        assert caller.running()
        assert centre.do("hangup", call=stream) == ("done", None)
        over(house, centre, caller, stream)


@pytest.mark.parametrize("complete", [True, False])
def test_an_agency_is_asked_first(house: Exchange, centre: Centre, phone: Softphone, complete: bool) -> None:
    mine: dict[str, str]
    with house.operator("damkar", ring_s=0.1):
        caller, stream = talk(house, centre)
        mine = {"call": stream, "operator": OP1}
        assert centre.do("consult", **mine, target="113") == ("done", None)
        assert until(lambda: folded(centre, stream).consulted), (centre.story(stream), centre.log())
        hears(phone, OPERATOR_TONE)  # SIPp's telephones send that tone, the agency's, too
        if complete:
            assert centre.do("complete", **mine) == ("done", None)
            becomes(centre, stream, "alone")
            assert until(lambda: seat(house))
            assert centre.do("hangup", call=stream) == ("done", None)
            over(house, centre, caller, stream)
        else:
            assert centre.do("resume", **mine) == ("done", None)
            becomes(centre, stream, "talking")
            hears(phone, CALLER_TONE)
            end(house, centre, caller, stream)


def test_the_caller_is_asked_to_press_a_key_and_the_seat_is_free(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    caller, stream = talk(house, centre)
    assert centre.do("silent", call=stream, operator=OP1) == ("done", None)
    becomes(centre, stream, "asked")
    assert until(lambda: seat(house))
    assert centre.do("hangup", call=stream) == ("done", None)
    over(house, centre, caller, stream)


def test_a_supervisor_listens_and_the_last_seconds_are_heard_again(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    with house.softphone("op3", listen=True, hertz=THIRD_TONE) as supervisor:
        sit(house, centre, "op3")  # his own telephone has a seat, too: it does not ring
        caller, stream = talk(house, centre)
        hears(phone, CALLER_TONE)
        mine = {"call": stream, "operator": OP1}
        assert centre.do("mute", **mine) == ("done", None)
        assert centre.do("unmute", **mine) == ("done", None)
        assert centre.do("listen", call=stream, operator=OP3, target=OP1) == ("done", None)
        hears(supervisor, CALLER_TONE, OPERATOR_TONE)
        [row] = until(lambda: supervision.running(centre.journal))
        assert row.operator == OP1
        assert centre.do("whisper", call=stream, operator=OP3, target=OP1) == ("done", None)
        hears(phone, CALLER_TONE, THIRD_TONE)
        assert centre.do("barge", call=stream, operator=OP3, target=OP1) == ("done", None)
        assert until(lambda: [row.mode for row in supervision.running(centre.journal)] == ["barge"])
        hears(phone, CALLER_TONE, THIRD_TONE)
        supervisor.command("hangup")
        hears(phone, CALLER_TONE)
        assert until(lambda: centre.do("recall", **mine, seconds=5) == ("done", None))
        hears(phone, CALLER_TONE, OPERATOR_TONE)
        end(house, centre, caller, stream)


def test_a_supervisor_joins_the_talk_in_a_seat_and_both_hear_him(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    with (
        house.softphone("op2", listen=True, hertz=THIRD_TONE) as supervisor,
        house.softphone("trunk", listen=True, hertz=CALLER_TONE) as caller,
    ):
        caller.command("dial", f"sip:112@127.0.0.1:{house.sip_port}")
        [queued] = centre.await_kind("call.queued")
        assert centre.do("answer", call=queued.stream, operator=OP1) == ("done", None)
        hears(caller, OPERATOR_TONE)
        assert centre.do("barge", call=queued.stream, operator=OP2, target=OP1) == ("done", None)
        supervisor.await_state("ringing")
        supervisor.accept()
        hears(caller, OPERATOR_TONE, THIRD_TONE)
        hears(phone, CALLER_TONE, THIRD_TONE)
        hears(supervisor, CALLER_TONE, OPERATOR_TONE)
        supervisor.command("hangup")
        hears(caller, OPERATOR_TONE)
        assert centre.do("hangup", call=queued.stream, operator=OP1) == ("done", None)
        becomes(centre, queued.stream, "ended")
        assert until(lambda: seat(house))


def test_a_colleague_s_own_call_rings_a_seated_telephone_beside_its_seat(house: Exchange, centre: Centre) -> None:
    """As a second call: the one in the seat goes on, and nobody hears what is not for him."""
    with house.softphone("op1") as phone:
        sit(house, centre, "op1")
        caller, stream = talk(house, centre)
        # What dials as a telephone of the house does: 101.
        house.harness.action(
            "Originate", Channel="Local/101@from-operator/n", Application="Wait", Data="3600", Async="true"
        )
        assert until(lambda: len(phone.events("CALL_INCOMING")) == 2)
        assert folded(centre, stream).state == "talking"
        for name in [name for name in bridges(house) if name.startswith("Local/101@from-operator")]:
            house.harness.try_action("Hangup", Channel=name)
        assert until(lambda: not any(name.startswith("Local/101@") for name in bridges(house)))
        end(house, centre, caller, stream)
        caller, stream = talk(house, centre)
        assert len(phone.events("CALL_INCOMING")) == 2, "the seat is the one that was called first"
        end(house, centre, caller, stream)


def test_a_wrap_up_leaves_the_seat_as_it_is(house: Exchange, centre: Centre, phone: Softphone) -> None:
    centre.kill(centre.bridges[0])
    centre.settings.update(wrap_up_seconds=600, vanish_seconds=3600)
    centre.bridge()
    centre.side.open_session(session(OP1, now()))
    assert centre.do("member_add", operator="PJSIP/op5") == ("done", None)  # nobody is sent into a wrap-up as the last
    for _ in range(2):
        caller, stream = talk(house, centre)  # the second one during the wrap-up
        end(house, centre, caller, stream)
        assert until(lambda: member(centre, OP1) == ("paused", "wrapup")), centre.log()
    give_outcome(centre, stream)
    assert until(lambda: member(centre, OP1)[0] == "ready"), centre.log()
    caller, stream = talk(house, centre)
    end(house, centre, caller, stream)
    assert len(phone.events("CALL_INCOMING")) == 1


def test_a_number_is_called_back_out_of_the_seat(house: Exchange, centre: Centre, phone: Softphone) -> None:
    with house.network("answer"):
        id = centre.ask("call_back", operator=OP1, number="+6281234567890")
        assert centre.outcome(id) == ("done", None)
        assert until(lambda: (row := queries.command(centre.journal, id)) is not None and row.progress == "answered")
        assert centre.do("hangup", operator=OP1, target=id) == ("done", None)
        assert until(lambda: seat(house)), "he is free"
    # A recording is played there, too, until the key 0.
    caller, stream = talk(house, centre)
    hears(phone, CALLER_TONE)
    end(house, centre, caller, stream)
    file = folded(centre, stream).recording
    assert until(lambda: (house.recordings / (file or "?")).read_bytes()[4:8] != bytes(4))
    assert centre.do("replay", operator=OP1, target=file) == ("done", None)
    assert until(lambda: not seat(house))
    hears(phone, CALLER_TONE, OPERATOR_TONE)
    phone.dtmf("0")
    assert until(lambda: seat(house))
    assert len(phone.events("CALL_INCOMING")) == 1


# ---------------------------------------------------------------- the telephone's own keys


def test_the_telephone_s_own_keys_hold_pass_on_and_keep_callers_out_of_a_held_seat(
    house: Exchange, centre: Centre
) -> None:
    with house.softphone("op1") as phone, house.operator("op4", ring_s=0.1):
        sit(house, centre, "op1")
        caller, stream = talk(house, centre)
        for _ in range(2):
            phone.hold()
            becomes(centre, stream, "held")
            assert folded(centre, stream).held_by == OP1
            phone.resume()
            becomes(centre, stream, "talking")
        end(house, centre, caller, stream)
        # Held while nobody is in it: he may be in another call.
        phone.hold()
        assert until(lambda: not seat(house))
        caller, stream = arrives(house, centre)
        assert centre.do("answer", call=stream, operator=OP1) == ("done", None)
        back_at_the_head(house, centre, stream)
        phone.resume()
        assert until(lambda: seat(house))
        assert until(lambda: centre.do("answer", call=stream, operator=OP1) == ("done", None))
        becomes(centre, stream, "talking")
        # The key for passing on: the caller goes, the telephone hangs up, and is called for its seat again.
        phone.transfer("104")
        assert until(lambda: list(folded(centre, stream).talking.values()) == ["PJSIP/op4"]), centre.story(stream)
        assert until(lambda: seat(house)), centre.log()
        end(house, centre, caller, stream, "PJSIP/op4")
        assert folded(centre, stream).operators == [OP1, "PJSIP/op4"]
        # The keys ## and a number do the same within the exchange.
        caller, stream = talk(house, centre)
        for key in "##104":
            phone.dtmf(key)
        assert until(lambda: list(folded(centre, stream).talking.values()) == ["PJSIP/op4"]), centre.story(stream)
        end(house, centre, caller, stream, "PJSIP/op4")


# ---------------------------------------------------------------- nothing of ours runs


def test_with_all_our_programs_dead_a_caller_who_waits_makes_the_telephone_ring(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    with house.softphone("op2") as other, house.softphone("op3") as third:
        sit(house, centre, "op2")
        sit(house, centre, "op3")
        assert centre.do("pause", operator=OP3, reason="break") == ("done", None)
        busy, stream = talk(house, centre, OP2)
        centre.kill(centre.bridges[0])
        house.cli("dialplan set global SEAT_PATIENCE_S 3")
        try:
            caller = house.caller(talk_s=None)
            phone.await_state("ringing")
            assert not has_seat(house)
            assert third.state() == "talking", "he has a break: his seat stays as it is"
            phone.accept()
            caller.answered()
            phone.await_state("talking")
            hears(phone, CALLER_TONE)
            assert other.state() == "talking", "who talks goes on talking"
            assert busy.running()
        finally:
            house.cli("dialplan set global SEAT_PATIENCE_S 600")
        # A bridge is there again: it finds the talk, and after it the seat is there again.
        centre.bridge()
        [mine] = until(lambda: [c for c in centre.calls() if c.call != stream and c.state == "talking"])
        assert folded(centre, mine.call).operators == [OP1]
        for who, what, operator in ((caller, mine.call, OP1), (busy, stream, OP2)):
            assert centre.do("hangup", call=what, operator=operator) == ("done", None)
            assert who.done() == "other"
            becomes(centre, what, "ended")
            told = read_archive(cel.read(house.log / CEL_FILE, 0)).calls[what.rpartition("/")[2]]
            assert (told.outcome, told.operators) == ("answered", [operator])
        assert until(lambda: seat(house)), "called again after the talk"


def test_a_telephone_that_dies_in_its_seat_loses_it(house: Exchange, centre: Centre) -> None:
    """op6: a dead telephone is asked again and again for half a minute, and whoever had its port next would hear it."""
    with house.softphone("op6") as phone:
        sit(house, centre, "op6")
        phone.process.kill9()
        assert until(lambda: not has_seat(house, "op6")), "five seconds without sound"


# ---------------------------------------------------------------- bridges and the exchange


def test_two_bridges_call_once_and_an_exchange_that_restarted_once_more(
    house: Exchange, centre: Centre, phone: Softphone
) -> None:
    centre.bridge()
    with house.softphone("op2") as other:
        sit(house, centre, "op2")
        caller, stream = talk(house, centre)
        house.kill9()
        caller.end()
        house.start()
        becomes(centre, stream, "ended")
        for name in ("op1", "op2"):
            assert until(lambda name=name: seat(house, name) and has_seat(house, name)), centre.log()
        caller, stream = talk(house, centre)
        end(house, centre, caller, stream)
        for softphone in (phone, other):
            assert len(softphone.events("CALL_INCOMING")) == 2, softphone.endpoint
    asked = [e.body.action for e in centre.entries("command.requested")]  # type: ignore[attr-defined]
    assert asked.count("seat") == 4
