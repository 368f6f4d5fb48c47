"""Outcomes: what a call-taker may say of a call, and when somebody was faster."""

from __future__ import annotations

import pytest

from data.errors import Conflict, Refusal
from telephony.calls.fold import Call, fold
from telephony.calls.outcomes import BY_CODE, OUTCOMES
from telephony.calls.rules import classify
from tests.captures import packets
from tests.unit.calls.support import calls, run


def answered() -> Call:
    return next(iter(calls(run(packets("answered"))).values()))


def test_every_outcome_of_the_field_is_there_and_has_its_own_letter() -> None:
    assert list(BY_CODE) == [
        "incident", "attached", "informed", "prank", "false_emergency", "silent", "accidental", "cut_off",
    ]  # fmt: skip
    assert len({outcome.letter for outcome in OUTCOMES}) == len(OUTCOMES)


def test_a_silent_call_is_no_nuisance() -> None:
    assert not BY_CODE["silent"].nuisance


def test_a_call_is_classified() -> None:
    call = answered()
    [draft] = classify(call, "prank", actor="siti", terminal="t1", note="anak-anak\x1b[2J")
    assert (draft.stream, draft.kind, draft.actor, draft.terminal) == (call.stream, "call.classified", "siti", "t1")
    assert draft.body.note == "anak-anak\ufffd[2J"
    fold(call, draft)
    assert (call.classified, call.classified_by) == ("prank", "siti")


@pytest.mark.parametrize(
    ("outcome", "incident", "code"),
    [
        ("nonsense", None, "unknown_outcome"),
        ("incident", None, "incident_missing"),
        ("attached", "", "incident_missing"),
        ("prank", "incident/1", "incident_not_wanted"),
    ],
)
def test_a_refusal_says_what_is_wrong(outcome: str, incident: str | None, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        classify(answered(), outcome, incident=incident, actor="siti")
    assert refused.value.code == code
    assert str(refused.value)


def test_a_call_that_still_waits_has_no_outcome() -> None:
    waiting = list(packets("abandoned-queue"))
    hangup = next(n for n, packet in enumerate(waiting) if packet.name == "HangupRequest")
    [call] = calls(run(waiting[:hangup])).values()
    with pytest.raises(Refusal) as refused:
        classify(call, "silent", actor="siti")
    assert refused.value.code == "not_answered"


def test_an_abandoned_call_may_be_classified_after_the_call_back() -> None:
    [call] = calls(run(packets("abandoned-queue"))).values()
    assert classify(call, "accidental", actor="siti")


def test_the_same_again_writes_nothing_and_a_correction_replaces() -> None:
    call = answered()
    [draft] = classify(call, "prank", actor="siti")
    fold(call, draft)
    assert classify(call, "prank", actor="siti") == []
    [better] = classify(call, "silent", actor="siti", base="prank")
    fold(call, better)
    assert call.classified == "silent"


def test_the_loser_is_told_who_was_first() -> None:
    call = answered()
    [draft] = classify(call, "prank", actor="budi")
    fold(call, draft)
    with pytest.raises(Conflict) as lost:
        classify(call, "silent", actor="siti")
    assert lost.value.code == "classified_meanwhile"
    assert "budi" in str(lost.value)
