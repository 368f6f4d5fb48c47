"""A silent caller and a known prankster, by keys in a real terminal on a real Asterisk."""

import pytest

from tests.e2e.test_one_call import sign_in
from tests.lab import rtp_keys
from tests.lab.ami import first

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]


def test_a_caller_who_cannot_speak_presses_a_key_and_is_answered_before_those_who_wait(centre, exchange):
    phone = exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", r"\(call-taker\).*READY")
    mute = exchange.caller(talk_s=None, number="+6281234500001", name="Ibu Ratna", sound=False)
    siti.until(r"RINGS HERE.*\+6281234500001")
    siti.keys("F3")
    siti.until("TALKING")

    # One key, and the telephone is free for the next caller while the first one is asked.
    siti.keys("F12")
    siti.until("asked to press a key")
    siti.until("No call in hand")
    other = exchange.caller(talk_s=None, number="+6281234500002")
    siti.until(r"RINGS HERE.*\+6281234500002")
    siti.keys("F3")
    siti.until("TALKING")
    third = exchange.caller(talk_s=None, number="+6281234500003")
    siti.until(r"WAITING.*\+6281234500003")

    # The key is heard: he comes before the one who has waited longer, and says on the screen why.
    rtp_keys.press(mute, "5")
    siti.until(r"WAITING.*CANNOT SPEAK \+6281234500001.*\+1 waiting")
    siti.keys("F9")
    siti.keys("n")
    assert other.done() == "other"
    siti.until("No call in hand")
    siti.until(r"CANNOT SPEAK \+6281234500001")
    siti.keys("F3")
    siti.until(r"(?m)^TALKING \d.*\n *CANNOT SPEAK")
    phone.await_state("talking")
    siti.keys("F9")
    siti.keys("s")
    assert mute.done() == "other"
    steps = [(e.body.step, e.body.digit) for e in centre.entries("call.silent")]
    assert steps == [("start", None), ("digit", "5")]
    third.end()


def test_a_number_flagged_by_keys_waits_behind_a_caller_who_came_later(centre, exchange):
    exchange.softphone("op1")
    siti = sign_in(centre, "siti", "desk-1", r"\(call-taker\).*READY")
    prank = exchange.caller(talk_s=None, number="+6281234500007", name="")
    siti.until(r"RINGS HERE.*\+6281234500007")
    siti.keys("F3")
    siti.until("TALKING")
    siti.keys("F2")
    siti.type("flag")
    siti.keys("Enter")
    siti.until(r"Why does \+6281234500007 wait at the end")
    siti.type("tertawa terus")
    siti.keys("Enter")
    siti.until("For how many hours")
    siti.keys("Enter")
    siti.until("(?s)FLAGGED.*flagged until")
    siti.keys("F9")
    siti.keys("p")
    assert prank.done() == "other"

    def stored() -> bool:
        rows = exchange.harness.try_action("DBGetTree", Family="nuisance")
        return any(first(row, "Key").endswith("6281234500007") for row in rows)

    centre.until(stored, "the exchange has the number")
    siti.keys("F2")
    siti.type("pause")
    siti.keys("Enter")
    siti.until("2 prayer")
    siti.keys("2")
    siti.until("PAUSED prayer")
    again = exchange.caller(talk_s=None, number="+6281234500007")
    siti.until(r"WAITING.*FLAGGED \+6281234500007")
    honest = exchange.caller(talk_s=None, number="+6281234500008")
    siti.until(r"WAITING.*\+6281234500008.*\+1 waiting")
    siti.keys("F3")
    siti.until(r"(?s)TALKING.*\+6281234500008")
    siti.keys("F9")
    siti.keys("n")
    assert honest.done() == "other"
    siti.until("No call in hand")
    siti.until(r"\+6281234500007")
    siti.keys("F3")
    siti.until("(?s)TALKING.*FLAGGED")
    siti.keys("F9")
    siti.keys("p")
    assert again.done() == "other", "he is answered like everybody"
