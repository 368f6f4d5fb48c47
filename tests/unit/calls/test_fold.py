"""The fold of one call, where entries come from more than one witness."""

from __future__ import annotations

from data.clock import SECOND
from data.entry import draft
from data.vocabulary import calls as v
from telephony.calls.fold import fold_all


def test_an_archive_says_who_answered_when_nobody_saw_it_and_only_adds_when_somebody_did():
    stream, at = "call/pbx/1.0", 10**15
    talking = v.CallObserved(state="talking", channel="c", operator="PJSIP/op2", began_at=at, answered_at=at + 1)
    told = v.CallRecovered(
        source="cel", arrived_at=at, outcome="answered", operator="PJSIP/op1", answered_at=at + 7, ended_at=at + 9,
        operators=("PJSIP/op1", "PJSIP/op2", "PJSIP/op3"),
    )  # fmt: skip
    call = fold_all([draft(stream, talking, at=at + 5), draft(stream, told, at=at + 9)])
    assert call is not None
    assert (call.operator, call.operators, call.answered_at) == ("PJSIP/op1", list(told.operators), at + 7)
    seen = [
        draft(stream, v.CallArrived(channel="c"), at=at),
        draft(stream, v.CallAnswered(operator="PJSIP/op2"), at=at + 6),
    ]
    call = fold_all([*seen, draft(stream, told, at=at + 9)])
    assert call is not None
    assert (call.operator, call.answered_at) == ("PJSIP/op2", at + 6)
    assert call.operators == ["PJSIP/op2", "PJSIP/op1", "PJSIP/op3"]


def test_what_was_taken_for_the_answer_is_a_later_talk_when_the_archive_has_an_earlier_one():
    stream, at = "call/pbx/1.0", 10**15
    seen = v.CallAnswered(operator="PJSIP/op2")
    told = v.CallRecovered(
        source="cel", arrived_at=at, outcome="answered", operator="PJSIP/op1", answered_at=at + SECOND,
        operators=("PJSIP/op1", "PJSIP/op2"),
    )  # fmt: skip
    call = fold_all([draft(stream, seen, at=at + 2 * SECOND), draft(stream, told, at=at + 9 * SECOND)])
    assert call is not None
    assert (call.answered_at, call.operator) == (at + SECOND, "PJSIP/op1")
    assert call.operators == ["PJSIP/op1", "PJSIP/op2"]


def test_an_archive_corrects_an_end_that_was_concluded_and_an_outcome_whose_answer_nobody_saw():
    stream, at = "call/pbx/1.0", 10**15
    told = v.CallRecovered(
        source="cel", arrived_at=at, outcome="answered", operator="PJSIP/op1", answered_at=at + 7, ended_at=at + 9,
        ended_by="caller",
    )  # fmt: skip
    for evidence, ended_at in (("Hangup", at + 8), ("FullyBooted", at + 9)):
        seen = v.CallEnded(outcome="abandoned", ended_by="pbx", evidence=evidence)
        arrived = draft(stream, v.CallArrived(channel="c"), at=at)
        call = fold_all([arrived, draft(stream, seen, at=at + 8), draft(stream, told, at=at + 9)])
        assert call is not None
        assert (call.outcome, call.answered_at, call.operator) == ("answered", at + 7, "PJSIP/op1")
        assert (call.ended_at, call.ended_by) == (ended_at, "pbx" if evidence == "Hangup" else "caller")
