"""What an operator is told of the own calls without having asked: from entries to sentences."""

from __future__ import annotations

import msgspec
import pytest

from console.ui.call_news import CallNews
from data.entry import Entry
from data.follow import Note
from data.vocabulary import calls as v
from data.vocabulary.record import Record

ME, CALL = "PJSIP/op1", "call/pbx/1"
HEAD = v.CallQueued(queue="112", priority=100)


def entry(body: Record, stream: str = CALL) -> Entry:
    return Entry(
        seq=1, id="x", stream=stream, version=1, kind=body.KIND, at=1, recorded_at=1, actor="pbx", terminal="",
        body=body, prev_hash=b"", hash=b"",
    )  # fmt: skip


def told(news: CallNews, *bodies: Record, stream: str = CALL) -> list[str]:
    entries = [entry(body, stream) for body in bodies]
    notices = [news.take(each, ME) for each in entries if news.wants(Note(each.seq, each.stream, each.kind))]
    return [notice.message.format(**dict(notice.params)) for notice in notices if notice is not None]


@pytest.fixture
def news() -> CallNews:
    return CallNews(lambda call: "0812")


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("noanswer", "Your telephone did not answer"),
        ("busy", "Your telephone is busy"),
        ("failed", "Your telephone cannot be reached"),
        ("cancelled", "Your telephone cannot be reached"),
    ],
)
def test_a_telephone_that_does_not_take_the_call_answered_here(news: CallNews, reason: str, sentence: str) -> None:
    news.asked("answer", CALL)
    said = told(news, v.CallOffered(operator=ME), v.CallOfferEnded(operator=ME, reason=reason), HEAD)
    assert said == [f"{sentence}: 0812 is back at the head of the queue."]


def test_a_telephone_that_died_in_a_talk_is_named_to_whom_it_belongs(news: CallNews) -> None:
    dead = v.CallQueued(queue="112", priority=100, because="telephone_dead")
    news.own([CALL])
    assert told(news, v.CallAnswered(operator=ME), v.CallOperatorLeft(operator=ME), dead) == [
        "Your telephone died: 0812 is back at the head of the queue."
    ]
    news.own([CALL])
    assert told(news, v.CallHeld(how="hold", operator=ME), dead) == [
        "Your telephone died: 0812 is back at the head of the queue."
    ]
    news.own([CALL])
    passed_on = v.CallTransferred(method="blind", from_operator=ME, target="102")
    assert told(news, passed_on, v.CallOperatorJoined(operator="PJSIP/op2"), dead) == [
        "0812 is back at the head of the queue."
    ]


def test_a_telephone_that_is_known_to_be_dead_is_not_even_asked(news: CallNews) -> None:
    news.asked("answer", CALL)
    assert told(news, HEAD) == ["Your telephone cannot be reached: 0812 is back at the head of the queue."]


def test_a_caller_who_stood_at_the_head_is_on_his_way_to_this_telephone(news: CallNews) -> None:
    news.asked("answer", CALL)
    claimed = v.CallQueued(queue="claim_op1", priority=100)
    assert told(news, claimed, v.CallOffered(operator=ME), v.CallOperatorJoined(operator=ME)) == []


def test_a_transfer_that_nobody_takes(news: CallNews) -> None:
    news.own([CALL])
    passed = v.CallTransferred(method="blind", from_operator=ME, target="113")
    said = told(news, v.CallAnswered(operator=ME), passed, v.CallOperatorLeft(operator=ME), HEAD, HEAD)
    assert said == ["Nobody took over: 0812 is back at the head of the queue."], "said once"


def test_a_telephone_that_lets_go_of_a_held_caller(news: CallNews) -> None:
    news.own([CALL])
    (said,) = told(news, v.CallAnswered(operator=ME), v.CallHeld(how="hold", operator=ME), HEAD)
    assert said.startswith("Your telephone let go of the caller on hold")
    assert told(news, HEAD) == []


def test_what_concerns_other_operators_is_not_said_here(news: CallNews) -> None:
    assert told(news, v.CallAnswered(operator="PJSIP/op2"), v.CallHeld(how="hold"), HEAD) == []
    assert told(news, v.CallQueued(queue="112", priority=10)) == []


def test_a_third_party_is_called_comes_and_leaves(news: CallNews) -> None:
    news.own([CALL])
    news.asked("three_way", CALL, "Damkar")
    assert news.called(CALL) == "Damkar"
    assert told(news, v.CallConferenced(party="PJSIP/damkar", parties=3)) == [
        "Damkar is in the talk now: three parties."
    ]
    assert news.called(CALL) == ""
    assert told(news, v.CallPartyLeft(party="PJSIP/damkar")) == ["PJSIP/damkar left the talk."]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [("busy", "Damkar is busy."), ("noanswer", "Damkar does not answer."), ("x", "Damkar cannot be reached.")],
)
def test_a_third_party_that_does_not_come(news: CallNews, reason: str, sentence: str) -> None:
    news.own([CALL])
    news.asked("three_way", CALL, "Damkar")
    assert told(news, v.CallPartyFailed(party="113", reason=reason)) == [sentence]
    assert news.called(CALL) == ""


ASKED = {"party": "113", "operator": ME}


def test_somebody_is_asked_answers_and_is_connected_with_the_caller(news: CallNews) -> None:
    news.own([CALL])
    news.asked("consult", CALL, "Damkar")
    assert told(news, v.CallHeld(how="hold", operator=ME), v.CallConsulted(step="calling", **ASKED)) == []
    assert news.asking(CALL) == "Damkar"
    moved = v.CallTransferred(method="attended", from_operator=ME, target="PJSIP/damkar")
    assert told(news, v.CallConsulted(step="talking", **ASKED), moved, v.CallResumed(how="hold")) == [
        "Damkar answers: F5 connects the caller, F4 goes back to him.",
        "The caller is connected with Damkar; you are free.",
    ]
    assert told(news, HEAD) == ["0812 is back at the head of the queue."]


@pytest.mark.parametrize(
    ("step", "reason", "sentence"),
    [
        ("failed", "busy", "Damkar is busy."),
        ("failed", "noanswer", "Damkar does not answer."),
        ("failed", "x", "Damkar cannot be reached."),
        ("ended", None, "Damkar hung up."),
    ],
)
def test_who_is_asked_and_does_not_come_or_goes(news: CallNews, step: str, reason: str | None, sentence: str) -> None:
    news.own([CALL])
    news.asked("consult", CALL, "Damkar")
    calling = v.CallConsulted(step="calling", **ASKED)
    said = told(news, calling, v.CallConsulted(step=step, reason=reason, **ASKED), v.CallEnded(outcome="answered"))
    assert said == [f"{sentence} The caller is on hold: F4 takes him back."]


def test_a_caller_who_hangs_up_while_somebody_is_asked(news: CallNews) -> None:
    news.own([CALL])
    news.asked("consult", CALL, "Damkar")
    said = told(news, v.CallConsulted(step="talking", **ASKED), v.CallEnded(outcome="answered"))
    assert said[-1] == "The caller has hung up. You are still connected with Damkar."
    assert told(news, v.CallConsulted(step="talking", party="113", operator="PJSIP/op2")) == []


@pytest.mark.parametrize(
    ("step", "status", "sentence"),
    [
        ("ringing", None, "Calling back: it rings there."),
        ("answered", None, "Calling back: answered."),
        ("operator_failed", None, "Calling back: your own telephone did not answer."),
        ("ended", "BUSY", "Calling back: the number is busy."),
        ("ended", "CHANUNAVAIL", "Calling back: the number cannot be reached."),
    ],
)
def test_how_a_call_back_goes_on(news: CallNews, step: str, status: str | None, sentence: str) -> None:
    news.called_back("command/1")
    assert told(news, v.CommandProgress(step=step, status=status), stream="command/1") == [sentence]
    assert told(news, v.CommandProgress(step=step, status=status), stream="command/2") == [], "another operator's"


ASKS_ME = v.CallConsulted(step="talking", party="op1", operator="PJSIP/op2")
GONE = v.CallEnded(outcome="answered", ended_by="caller")


@pytest.fixture
def sari() -> CallNews:
    """The news of op1, with a colleague Sari at op2."""
    return CallNews(lambda call: "0812", {"PJSIP/op2": "Sari"}.__getitem__)


@pytest.mark.parametrize("step", ["calling", "talking"])
def test_a_colleague_who_is_asked_is_told_when_the_caller_hangs_up_meanwhile(sari: CallNews, step: str) -> None:
    assert told(
        sari, v.CallHeld(how="hold", operator="PJSIP/op2"), msgspec.structs.replace(ASKS_ME, step=step), GONE
    ) == ["The caller about whom Sari asks you has hung up; your talk goes on until one of you ends it."]
    assert told(sari, GONE) == [], "once"


@pytest.mark.parametrize(
    "after",
    [
        v.CallConsulted(step="ended", party="op1", operator="PJSIP/op2"),
        v.CallConsulted(step="calling", party="113", operator="PJSIP/op2"),
        v.CallResumed(how="hold", operator="PJSIP/op2"),
        HEAD,
    ],
)
def test_a_colleague_who_is_asked_no_more_is_not_told(sari: CallNews, after: Record) -> None:
    assert told(sari, ASKS_ME, after, GONE) == []


def test_a_caller_who_was_connected_with_who_was_asked_is_the_own_one_from_then_on(sari: CallNews) -> None:
    passed_on = v.CallTransferred(method="attended", from_operator="PJSIP/op2", target=ME)
    assert told(sari, ASKS_ME, passed_on) == []
    sari.own([CALL])
    assert told(sari, GONE) == []


def test_who_is_not_asked_is_told_nothing(sari: CallNews) -> None:
    assert told(sari, v.CallConsulted(step="talking", party="op3", operator="PJSIP/op2"), GONE) == []
