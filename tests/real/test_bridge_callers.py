"""Callers, telephones and rights as they should not be: a clear word, and the call is handled all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.calls import queries
from telephony.link.link import REQUIRED_ACTIONS, WRITE_CLASSES
from tests.lab import Exchange
from tests.real.bridge_process import Centre, until

pytestmark = pytest.mark.asterisk


@pytest.fixture(autouse=True)
def nobody_signed_in(shared_exchange: Exchange) -> None:
    shared_exchange.clear()


@pytest.fixture
def centre(shared_exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as made:
        made.bridge()
        yield made


NUMBERS = {
    "anonymous": "withheld",
    "+15551234567": "from abroad",
    "112": "forged: our own",
    "9" * 300: "of 300 figures",
    "bukan-nomor;drop=1": "no number",
    "1e309": "nearly a number",
}


def test_whatever_stands_in_the_place_of_a_number_the_call_is_answered(
    shared_exchange: Exchange, centre: Centre
) -> None:
    with shared_exchange.operator("op1", "desk"):
        for number, kind in NUMBERS.items():
            after = centre.journal.head()[0]
            caller = shared_exchange.caller(talk_s=None, number=number, name=None, sound=False)
            [queued] = centre.await_kind("call.queued", after=after)
            assert centre.do("answer", call=queued.stream, operator="PJSIP/op1") == ("done", None), kind
            centre.await_kind("call.answered", after=after)
            shown = queries.call(centre.journal, queued.stream)
            assert shown is not None
            assert len(shown.number or "") <= 80, kind
            assert (shown.number or "").isprintable(), kind
            assert centre.do("hangup", call=queued.stream) == ("done", None), kind
            caller.done()
            centre.await_kind("call.ended", after=after)
    assert {call.outcome for call in centre.calls()} == {"answered"}
    assert len(centre.calls()) == len(NUMBERS)
    assert not centre.entries("house.alarm")


def test_two_who_call_from_the_same_number_at_once_are_two_calls(shared_exchange: Exchange, centre: Centre) -> None:
    one = shared_exchange.caller(talk_s=None, number="+62811")
    other = shared_exchange.caller(talk_s=None, number="+62811")
    first, second = centre.await_kind("call.queued", 2)
    assert first.stream != second.stream
    other.hang_up()
    centre.await_kind("call.ended")
    assert len(queries.open_calls(centre.journal)) == 1
    one.hang_up()
    centre.await_kind("call.ended", 2)


def test_a_telephone_that_does_not_exist_keeps_no_caller_waiting(shared_exchange: Exchange, centre: Centre) -> None:
    """Asterisk takes any name into a queue, the bridge does not; and with one in it the others ring all the same."""
    assert centre.do("member_add", operator="PJSIP/nobody") == ("failed", "no_telephone")
    shared_exchange.sign_in("nobody")
    assert centre.do("member_add", operator="PJSIP/op1") == ("done", None)
    with shared_exchange.operator("op1", ring_s=0.3):
        caller = shared_exchange.caller(talk_s=None)
        [answered] = centre.await_kind("call.answered")
        assert answered.body.operator == "PJSIP/op1"  # type: ignore[attr-defined]
        caller.hang_up()
        centre.await_kind("call.ended")
    centre.do("member_remove", operator="PJSIP/op1")
    assert centre.do("member_remove", operator="PJSIP/nobody") == ("done", None)
    waiting = shared_exchange.caller(talk_s=None)
    [*_, queued] = centre.await_kind("call.queued", 2)
    assert centre.do("answer", call=queued.stream, operator="PJSIP/nobody") == ("failed", "no_telephone")
    with shared_exchange.operator("op2", "desk"):
        assert centre.do("answer", call=queued.stream, operator="PJSIP/op2") == ("done", None), (
            "he never left the queue"
        )
        assert until(lambda: "answered" in centre.story(queued.stream), 60)
        waiting.hang_up()


def test_keys_pressed_all_the_time_do_nothing_to_the_call(shared_exchange: Exchange, centre: Centre) -> None:
    """While waiting and while talking: codes for transfer and parking belong to the call-taker alone."""
    assert centre.do("member_add", operator="PJSIP/op1") == ("done", None)
    noise = tuple((0.05, key) for key in "*2113#*1##700*0" * 3)
    with shared_exchange.operator("op1", ring_s=1.0):
        caller = shared_exchange.caller(talk_s=1, press=noise)
        [answered] = centre.await_kind("call.answered")
        assert caller.done() == "caller"
        [ended] = centre.await_kind("call.ended")
    assert (ended.body.outcome, ended.body.ended_by) == ("answered", "caller")  # type: ignore[attr-defined]
    told = set(centre.story(answered.stream))
    assert not told & {"transferred", "held", "conferenced", "operator_joined"}, told


COMMANDS = {
    "agent": ("member_add", "pause", "ready", "member_remove"),
    "call": ("hangup", "hold", "transfer"),
    "reporting": (),
}


@pytest.fixture(scope="module")
def poor_users(shared_exchange: Exchange) -> dict[str, str]:
    """Users of the manager interface, each without one class: class -> name."""
    every = ["call", "agent", "reporting"]
    path = shared_exchange.etc / "manager.conf"
    text = path.read_text("utf-8")
    for missing in every:
        rights = ",".join(name for name in every if name != missing)
        text += f"\n[no-{missing}]\nsecret = {'s' * 20}\nread = system,call,agent,user\nwrite = {rights}\n"
    path.write_text(text, "utf-8")
    shared_exchange.cli("manager reload")
    return {name: f"no-{name}" for name in every}


@pytest.mark.parametrize("missing", ["agent", "call", "reporting"])
def test_the_class_that_the_user_lacks_is_named_and_the_calls_are_seen(
    shared_exchange: Exchange, poor_users: dict[str, str], tmp_path: Path, missing: str
) -> None:
    with Centre(tmp_path, shared_exchange.ami_port, "s" * 20) as centre:
        centre.bridge(user=poor_users[missing])
        alarms = {e.body.what: e.body.detail or "" for e in centre.await_kind("house.alarm")}  # type: ignore[attr-defined]
        detail = alarms["right_missing"]
        assert poor_users[missing] in detail
        assert detail.endswith(f"write classes in manager.conf: {missing})"), detail
        for action in REQUIRED_ACTIONS:
            assert (f" {action}," in detail or f" {action} (" in detail) <= (WRITE_CLASSES[action] == missing), action
        shared_exchange.sign_in("op1")
        with shared_exchange.operator("op1", ring_s=0.2):
            caller = shared_exchange.caller(talk_s=None)
            [answered] = centre.await_kind("call.answered")
            for action in COMMANDS[missing]:
                what = {"call": answered.stream} if missing == "call" else {}
                more = {"target": "102"} if action == "transfer" else {}
                outcome = centre.do(action, operator="PJSIP/op1", **what, **more)
                assert outcome == ("failed", "right_missing"), (action, outcome)
            caller.hang_up()
            [ended] = centre.await_kind("call.ended")
        assert ended.body.outcome == "answered"  # type: ignore[attr-defined]
        shared_exchange.sign_out("op1")
