"""The silent-call procedure by command, through the bridge, with real keys: RFC 4733 in the sound, and SIP INFO."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.asterisk.names import CEL_FILE
from telephony.callbacks.queries import open_items
from telephony.calls import queries
from telephony.calls.fold import Call
from telephony.nuisance.queries import silent_steps
from tests.lab import Caller, Exchange, rtp_keys
from tests.real.bridge_process import Centre, until
from tests.real.test_bridge_control import ask_and_die

pytestmark = pytest.mark.asterisk
OP1, OP2 = "PJSIP/op1", "PJSIP/op2"


@pytest.fixture(autouse=True)
def nobody_there(shared_exchange: Exchange) -> None:
    shared_exchange.clear()


@pytest.fixture
def centre(shared_exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as made:
        made.bridge()
        assert made.do("member_add", operator=OP1) == ("done", None)
        yield made


def folded(centre: Centre, stream: str) -> Call:
    call = queries.folded(centre.journal, stream)
    assert call is not None
    return call


def becomes(centre: Centre, stream: str, *states: str) -> None:
    assert until(lambda: folded(centre, stream).state in states), (centre.story(stream), centre.log())


def silent(exchange: Exchange, centre: Centre, **more: object) -> tuple[Caller, str]:
    """A caller who was answered, says nothing, and is being asked to press a key."""
    after = centre.journal.head()[0]
    caller = exchange.caller(talk_s=None, sound=False, **more)  # type: ignore[arg-type]
    [answered] = centre.await_kind("call.answered", after=after)
    stream = answered.stream
    becomes(centre, stream, "talking")
    assert centre.do("pause", operator=OP1) == ("done", None)
    assert centre.do("silent", call=stream, operator=OP2) == ("failed", "not_talking")
    assert centre.do("silent", call=stream, operator=OP1) == ("done", None)
    becomes(centre, stream, "asked")
    return caller, stream


def steps(centre: Centre, stream: str) -> list[tuple[str, str | None]]:
    return [(e.body.step, e.body.digit) for e in centre.entries("call.silent") if e.stream == stream]


def test_the_operators_telephone_is_free_for_another_caller_meanwhile(
    shared_exchange: Exchange, centre: Centre
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1) as phone:
        caller, stream = silent(shared_exchange, centre)
        assert folded(centre, stream).talking == {}
        assert centre.do("silent", call=stream, operator=OP1) == ("done", "already")
        assert centre.do("answer", call=stream, operator=OP2) == ("failed", "not_waiting")
        assert centre.do("ready", operator=OP1) == ("done", None)
        other = shared_exchange.caller(talk_s=None, number="+6281300000009")
        assert until(lambda: phone.answers() == 2)
        assert until(lambda: [c.operator for c in queries.open_calls(centre.journal) if c.state == "talking"] == [OP1])
        assert [c.state for c in queries.open_calls(centre.journal) if c.call == stream] == ["asked"]
        assert caller.running()
        for call in queries.open_calls(centre.journal):
            assert centre.do("hangup", call=call.call) == ("done", None)
        assert {caller.done(), other.done()} == {"other"}


def test_a_key_in_the_sound_puts_him_at_the_head_and_another_operator_takes_him(
    shared_exchange: Exchange, centre: Centre
) -> None:
    with shared_exchange.operator("op1", ring_s=0.1), shared_exchange.operator("op2", ring_s=0.1):
        caller, stream = silent(shared_exchange, centre)
        rtp_keys.press(caller, "5")
        becomes(centre, stream, "waiting")
        call = folded(centre, stream)
        assert (call.priority, call.silent) == (100, "digit")
        assert steps(centre, stream) == [("start", None), ("digit", "5")]
        assert silent_steps(centre.journal) == {stream: "digit"}
        assert centre.do("member_add", operator=OP2) == ("done", None)
        becomes(centre, stream, "talking")
        assert folded(centre, stream).operators == [OP1, OP2]
        assert folded(centre, stream).transfers == 0
        assert centre.do("hangup", call=stream) == ("done", None)
        assert caller.done() == "other"
        becomes(centre, stream, "ended")
    assert silent_steps(centre.journal) == {}


def test_a_key_by_sip_info_does_the_same(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = silent(shared_exchange, centre, press=((3.0, "1"), (3.0, "1"), (3.0, "1")))
        becomes(centre, stream, "waiting")
        assert steps(centre, stream) == [("start", None), ("digit", "1")]
        assert folded(centre, stream).priority == 100
        assert until(lambda: caller.message_file.read_text("utf-8", "replace").count("Signal=1") == 3)
        assert centre.do("hangup", call=stream) == ("done", None)
        caller.done()


def test_hanging_up_while_asked_is_told(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = silent(shared_exchange, centre)
        assert centre.do("hangup", call=stream) == ("done", None)
        caller.done()
        becomes(centre, stream, "ended")
    assert steps(centre, stream) == [("start", None), ("hung_up", None)]
    assert folded(centre, stream).outcome == "answered"


def test_without_a_prompt_he_is_asked_in_silence_and_is_back_in_the_queue(
    shared_exchange: Exchange, centre: Centre
) -> None:
    prompt = shared_exchange.folder / "prompts" / "silent.wav"
    aside = prompt.rename(prompt.with_suffix(".aside"))
    try:
        with shared_exchange.operator("op1", ring_s=0.1):
            caller, stream = silent(shared_exchange, centre)
            becomes(centre, stream, "waiting")
            assert folded(centre, stream).priority == 10
            assert steps(centre, stream)[-1] == ("nodigit", None)
            assert caller.running(), "nobody hangs up on him"
            assert centre.do("hangup", call=stream) == ("done", None)
            caller.done()
    finally:
        aside.rename(prompt)


def test_a_bridge_that_takes_over_asks_nobody_twice(shared_exchange: Exchange, centre: Centre) -> None:
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = silent(shared_exchange, centre)
        assert centre.outcome(ask_and_die(centre, "silent", call=stream, operator=OP1))[0] == "done"
        centre.kill(centre.bridges[0])
        centre.bridge()
        assert folded(centre, stream).state == "asked"
        assert len(steps(centre, stream)) == 1
        assert centre.do("hangup", call=stream) == ("done", None)
        caller.done()


def test_who_hung_up_while_nobody_watched_is_to_be_called_back(shared_exchange: Exchange, centre: Centre) -> None:
    centre.pbx["cel_file"] = str(shared_exchange.log / CEL_FILE)
    with shared_exchange.operator("op1", ring_s=0.1):
        caller, stream = silent(shared_exchange, centre)
        centre.kill(centre.bridges[0])
        shared_exchange.harness.try_action("Hangup", Channel="/^PJSIP.trunk/")
        caller.done()
        assert until(shared_exchange.empty)
        centre.bridge()
        becomes(centre, stream, "ended")
        assert until(lambda: folded(centre, stream).silent == "hung_up"), (centre.story(stream), centre.log())
    [item] = open_items(centre.journal)
    assert (item.last_call, item.reason) == (stream, "silent")
