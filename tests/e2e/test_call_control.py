"""The telephone by keys on a real Asterisk: SIPp calls, baresip is the call-taker's telephone, F4 and F5."""

import pytest

from tests.e2e.test_listening import command
from tests.e2e.test_one_call import sign_in
from tests.lab.exchange import CALLER_TONE, OPERATOR_TONE
from tests.lab.sounds import RATE, strength

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]

LOUD = 1000


def called(centre, exchange, siti, number):
    """Somebody calls and is answered by F3; the caller and the call's stream."""
    caller = exchange.caller(talk_s=None, number=number)
    siti.until(rf"(RINGS HERE|WAITING).*\{number}")
    siti.keys("F3")
    siti.until(rf"TALKING.*\{number}")
    return caller, centre.rows("SELECT call FROM calls WHERE number = ?", number)[0][0]


def state(centre, call):
    return centre.rows("SELECT state FROM calls WHERE call = ?", call)[0][0]


def test_hold_and_two_calls_at_once(centre, exchange):
    exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    first, one = called(centre, exchange, siti, "+6281234500001")
    siti.keys("F4")
    siti.until(r"ON HOLD.*\+6281234500001")
    second, two = called(centre, exchange, siti, "+6281234500002")
    assert (state(centre, one), state(centre, two)) == ("held", "talking")
    siti.until(r"On hold\s+F4 back to first")

    # The keys mean the caller who is heard; the other one stays where he is.
    siti.keys("F9")
    siti.until("p prank")
    siti.keys("p")
    centre.until(lambda: state(centre, two) == "ended", "the second call is over")
    assert second.done() == "other"
    assert state(centre, one) == "held" and first.running()
    siti.until(r"ON HOLD.*\+6281234500001")  # until the screen knows, F4 would mean the second call

    siti.keys("F4")
    siti.until(r"TALKING.*\+6281234500001")
    siti.keys("F9")
    siti.until("n informed")
    siti.keys("n")
    centre.until(lambda: state(centre, one) == "ended", "the first call is over")
    assert first.done() == "other"
    assert [e.body.outcome for e in centre.entries("call.classified")] == ["prank", "informed"]


def test_an_agency_is_brought_in_hears_and_is_heard_and_goes_on_with_the_caller(centre, exchange):
    phone = exchange.softphone("op1", listen=True)
    exchange.operator("damkar", ring_s=0.2)
    siti = sign_in(centre, "siti", "desk-1", "READY")
    caller, call = called(centre, exchange, siti, "+6281234500003")
    centre.until(lambda: strength(phone.heard()[-RATE // 2 :], CALLER_TONE) > LOUD, "the caller is heard")
    assert strength(phone.heard()[-RATE // 2 :], OPERATOR_TONE) < LOUD / 10, "nobody else is"

    siti.keys("F5")
    siti.until(r"Damkar.*113")
    siti.type("113")
    siti.keys("Enter")
    siti.until("pass the caller on")
    siti.keys("3")
    siti.until(r"\(three parties\)")
    centre.until(
        lambda: min(strength(phone.heard()[-RATE // 2 :], tone) for tone in (CALLER_TONE, OPERATOR_TONE)) > LOUD,
        "caller and agency are heard",
    )

    # The outcome ends the call-taker's part only.
    siti.keys("F9")
    siti.until("n informed")
    siti.keys("n")
    phone.await_state("idle")
    centre.until(lambda: state(centre, call) == "alone", "caller and agency talk on without the call-taker")
    assert caller.running()
    exchange.harness.action("Hangup", Channel="/^PJSIP/damkar/")
    assert caller.done() == "other"


def test_a_caller_is_passed_on_and_back_at_the_head_when_nobody_takes_over(centre, exchange):
    exchange.softphone("op1")
    exchange.operator("damkar", "busy")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    caller, call = called(centre, exchange, siti, "+6281234500004")
    siti.keys("F5")
    siti.until(r"Damkar.*113")
    siti.type("113")
    siti.keys("Enter")
    siti.until("pass the caller on")
    siti.keys("t")
    siti.until(r"Nobody took over: \+6281234500004 Budi is back at the head of the queue")
    assert centre.entries("call.queued")[-1].body.priority == 100
    siti.until(r"RINGS HERE.*\+6281234500004")
    siti.keys("F3")
    siti.until(r"TALKING.*\+6281234500004")
    siti.keys("F9")
    siti.keys("s")
    centre.until(lambda: state(centre, call) == "ended", "the call is over")
    caller.done()


def test_a_number_is_called_back_by_command(centre, exchange):
    phone = exchange.softphone("op1")
    exchange.network("answer")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    siti.keys("F2")
    siti.type("cb +6281234500005")
    siti.keys("Enter")
    siti.until("your telephone rings first")
    phone.await_state("ringing")
    phone.accept()
    siti.until("Calling back: answered")
    phone.hangup()
    siti.until("The call-back is over")
    assert centre.entries("call.") == [], "an outgoing call is no call of 112"


def test_after_a_call_without_an_outcome_the_telephone_is_left_alone_and_f3_answers_all_the_same(centre, exchange):
    exchange.softphone("op1")
    exchange.operator("op2", "noanswer")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    sign_in(centre, "budi", "desk-2", "READY")
    first, one = called(centre, exchange, siti, "+6281234500011")
    siti.keys("F2")
    siti.type("hangup")
    siti.keys("Enter")
    centre.until(lambda: state(centre, one) == "ended", "the first call is over")
    assert first.done() == "other"
    siti.until(r"WRAP-UP \d+ s")

    second, two = called(centre, exchange, siti, "+6281234500012")
    siti.until(r"op1 TALKING")  # there is nothing left to be left alone for
    siti.keys("F9")
    siti.until("n informed")
    siti.keys("n")
    centre.until(lambda: state(centre, two) == "ended", "the second call is over")
    assert second.done() == "other"
    wrap_ups = [e.body.action for e in centre.entries("command.requested") if e.body.reason == "wrapup"]
    assert wrap_ups == ["pause", "ready"], "an outcome that ends its call makes no wrap-up"


def asks(centre, exchange, siti, number, whom="113", listed=r"Damkar.*113"):
    """A caller on hold while the call-taker's telephone calls the agency, or a colleague; the caller and the call."""
    caller, call = called(centre, exchange, siti, number)
    siti.keys("F5")
    siti.until(listed)
    siti.type(whom)
    siti.keys("Enter")
    siti.until("ask first")
    siti.keys("k")
    return caller, call


def test_an_agency_is_asked_first_and_then_connected_with_the_caller(centre, exchange):
    phone = exchange.softphone("op1", listen=True)
    exchange.operator("damkar", ring_s=0.2)
    siti = sign_in(centre, "siti", "desk-1", "READY")
    caller, call = asks(centre, exchange, siti, "+6281234500006")
    siti.until(r"ON HOLD.*\+6281234500006.*asking")

    def heard():
        return [tone for tone in (CALLER_TONE, OPERATOR_TONE) if strength(phone.heard()[-RATE // 2 :], tone) > LOUD]

    centre.until(lambda: heard() == [OPERATOR_TONE], "the agency is heard, the caller is not")
    siti.keys("F4")
    siti.until(r"TALKING.*\+6281234500006")
    centre.until(lambda: heard() == [CALLER_TONE], "the caller is heard again")

    # Once more, by commands.
    siti.keys("F2")
    siti.type("oper 113 k")
    siti.keys("Enter")
    siti.until(r"▸ .*113")
    siti.keys("Enter")
    siti.until(r"ON HOLD.*asking")
    siti.keys("F2")
    siti.type("oper t")
    siti.keys("Enter")
    siti.until("you are free")
    phone.await_state("idle")
    centre.until(lambda: state(centre, call) == "alone", "caller and agency talk without the call-taker")
    assert caller.running()
    exchange.harness.action("Hangup", Channel="/^PJSIP/damkar/")
    assert caller.done() == "other"


def test_whoever_is_asked_and_does_not_come_leaves_the_caller_on_hold(centre, exchange):
    exchange.softphone("op1")
    exchange.operator("damkar", "busy")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    caller, call = asks(centre, exchange, siti, "+6281234500007")
    siti.until(r"is busy\. The caller is on hold: F4")
    assert state(centre, call) == "held"
    siti.keys("F4")
    siti.until(r"TALKING.*\+6281234500007")
    siti.keys("F9")
    siti.until("n informed")
    siti.keys("n")
    centre.until(lambda: state(centre, call) == "ended", "the call is over")
    caller.done()


def test_who_asks_and_who_is_asked_are_both_told_when_the_caller_hangs_up_meanwhile(centre, exchange):
    exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", "READY")
    budi = sign_in(centre, "budi", "desk-2", "op2 READY")
    command(budi, "pause")
    budi.until("2 prayer")
    budi.keys("2")
    budi.until("PAUSED")
    exchange.operator("op2", ring_s=0.2)
    caller, _call = asks(centre, exchange, siti, "+6281234500013", "op2", r"Budi.*op2")
    siti.until("Budi answers")
    exchange.harness.action("Hangup", Channel="/^PJSIP/trunk/")
    caller.done()
    siti.until("You are still connected with Budi")
    budi.until("caller about whom Siti asks you has hung up")
    command(siti, "hangup")
    centre.until(
        lambda: not any("Channel" in row for row in exchange.harness.try_action("CoreShowChannels")),
        "their talk is over",
    )
