from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import SECOND
from data.entry import Draft, new_id
from data.vocabulary.calls import CommandClaimed, CommandFinished
from telephony.commands import (
    ACTIONS,
    REASONS,
    VANISHED,
    CallView,
    Command,
    Step,
    View,
    claim,
    finish,
    fold,
    fold_all,
    next_step,
    refusal,
    request,
)

T = 1_795_000_000_000_000
CALL = "call/pwk/1.1"


def command(action: str = "answer", **what: object) -> Command:
    found = fold_all([request("pwk", action, actor="sari", terminal="meja-1", at=T, **what)])  # type: ignore[arg-type]
    assert found is not None
    return found


def step(made: Command, at: int, *, linked: bool = True, alive: bool = True) -> Step:
    return next_step(made, at, linked=linked, claim_s=10, claimant_alive=alive)


def test_a_request_names_everything_and_its_id_is_that_of_its_stream():
    draft = request(
        "pwk", "answer", actor="sari", terminal="meja-1", call=CALL, operator="PJSIP/op1", deadline_s=5, at=T
    )
    assert draft.stream == f"command/{draft.id}"
    assert (draft.body.action, draft.body.deadline) == ("answer", T + 5 * SECOND)  # type: ignore[attr-defined]
    assert (draft.actor, draft.terminal) == ("sari", "meja-1")
    assert len(draft.id) == len(new_id())
    with pytest.raises(ValueError, match="reboot"):
        request("pwk", "reboot", actor="", terminal="")


def test_a_reason_is_one_safe_line():
    draft = request("pwk", "pause", actor="", terminal="", reason="makan\r\n\x1b[2Jsiang" * 50)
    reason = draft.body.reason or ""  # type: ignore[attr-defined]
    assert len(reason) <= 80
    assert not set(reason) & set("\r\n\x1b")


def test_an_open_command_is_claimed_by_who_has_the_exchange():
    assert step(command(), T) is Step.CLAIM
    assert step(command(), T, linked=False) is Step.NOTHING


def test_past_its_deadline_it_is_reported_and_not_done():
    late = T + 11 * SECOND
    assert step(command(), late) is Step.EXPIRE
    assert step(command(), late, linked=False) is Step.EXPIRE


def test_a_claim_is_left_alone_while_its_claimant_lives_and_is_in_time():
    claimed = fold(command(), claim(command(), "a", T))
    assert claimed is not None
    assert step(claimed, T + 9 * SECOND) is Step.NOTHING
    assert step(claimed, T + 11 * SECOND) is Step.TAKE_OVER
    assert step(claimed, T + SECOND, alive=False) is Step.TAKE_OVER
    assert step(claimed, T + SECOND, alive=False, linked=False) is Step.NOTHING
    assert step(claimed, T + 71 * SECOND, linked=False) is Step.GIVE_UP


def test_after_five_attempts_to_find_out_it_is_unknown():
    made: Command | None = command()
    for number in range(5):
        assert made is not None
        assert step(made, T, alive=False) is (Step.TAKE_OVER if number else Step.CLAIM)
        made = fold(made, claim(made, "a", T))
    assert made is not None
    assert step(made, T, alive=False) is Step.GIVE_UP


def test_a_finished_command_is_left_alone():
    done = fold(command(), finish(command(), "done", None, "a", T))
    assert done is not None
    assert step(done, T + 100 * SECOND) is Step.NOTHING


def test_every_bridge_that_claims_uses_the_same_id_and_a_take_over_the_next():
    made = command()
    first = claim(made, "a", T)
    assert first.id == claim(made, "b", T + 1).id == f"{made.id}/claim"
    taken = fold(made, first)
    assert taken is not None
    assert claim(taken, "b", T).id == claim(taken, "c", T).id == f"{made.id}/claim/2"
    assert finish(made, "done", None, "a", T).id == finish(taken, "failed", "x", "b", T).id


def view(state: str = "waiting", **more: object) -> View:
    return View(calls={CALL: CallView(state=state, channel="PJSIP/trunk-1", **more)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "seen", "code"),
    [
        (command("answer", call=CALL, operator="PJSIP/op1"), view(), None),
        (command("answer", call=CALL, operator="PJSIP/op1"), view("ringing", offers={"c": "PJSIP/op2"}), None),
        (command("answer", call=CALL, operator="PJSIP/op1"), view("alone"), None),
        (command("answer", call=CALL, operator="PJSIP/op1"), view("talking", talking={"c": "PJSIP/op2"}), "call_taken"),
        (command("answer", call=CALL, operator="PJSIP/op1"), view("held"), "call_taken"),
        (command("answer", call=CALL, operator="PJSIP/op1"), view("ended"), "call_ended"),
        (command("answer", call=CALL, operator="PJSIP/op1"), View(), "call_unknown"),
        (command("answer", call=CALL), view(), "incomplete"),
        (command("answer", operator="PJSIP/op1"), view(), "incomplete"),
        (command("hangup", call=CALL), view("talking"), None),
        (command("hangup", call=CALL), view("ended"), "already_gone"),
        (command("hangup", call=CALL, operator="PJSIP/op1"), view(), "not_talking"),
        (command("hangup", call=CALL, operator="PJSIP/op1"), view("talking", talking={"c": "PJSIP/op1"}), None),
        (command("hangup", call=CALL, operator="PJSIP/op1"), view("ringing", offers={"c": "PJSIP/op1"}), None),
        (command("hangup"), view(), "incomplete"),
        (command("member_add"), View(), "incomplete"),
        (command("member_add", operator="PJSIP/op1"), View(), None),
        (command("pause", operator="PJSIP/op1"), View(), None),
    ],
)
def test_what_can_be_tried_and_what_is_refused_and_why(made: Command, seen: View, code: str | None):
    assert refusal(made, seen, "112") == code
    assert code is None or code in REASONS


MINE = {"call": CALL, "operator": "PJSIP/op1"}
TALKING = view("talking", talking={"c": "PJSIP/op1"}, parties=2)
HELD = view("held", held_how="hold", held_by="PJSIP/op1")
ASKS = view("held", held_how="hold", held_by="PJSIP/op1", consulting="op2", consulted=True)
RINGS_THERE = view("held", held_how="hold", held_by="PJSIP/op1", consulting="op2")
PARKED = view("held", held_how="park", held_by="PJSIP/op1")
THREE = view("talking", talking={"c": "PJSIP/op1"}, parties=3)
AGAIN_ABROAD = view("waiting", number="+62811000111")
CALLS_AGAIN = view("waiting", number="+62811")


@pytest.mark.parametrize(
    ("made", "seen", "code"),
    [
        (command("hold", **MINE), TALKING, None),
        (command("hold", **MINE), HELD, "already"),
        (command("hold", **MINE), view(), "not_talking"),
        (command("hold", **MINE), THREE, "conference"),
        (command("hold", **MINE), view("ended"), "call_ended"),
        (command("hold", call=CALL), TALKING, "incomplete"),
        (command("hold", call=CALL, operator="PJSIP/op2"), TALKING, "not_talking"),
        (command("hold", call=CALL, operator="PJSIP/op2"), HELD, "on_hold"),
        (command("resume", **MINE), HELD, None),
        (command("resume", **MINE), view("held", held_how="hold"), None),
        (command("resume", **MINE), TALKING, "already"),
        (command("resume", **MINE), view(), "not_held"),
        (command("resume", **MINE), PARKED, "not_held"),
        (command("resume", call=CALL, operator="PJSIP/op2"), HELD, "held_by_other"),
        (command("transfer", **MINE, target="113"), TALKING, None),
        (command("transfer", **MINE, target="+62264113"), TALKING, None),
        (command("transfer", **MINE), TALKING, "incomplete"),
        (command("transfer", **MINE, target="op1"), TALKING, "bad_target"),
        (command("transfer", **MINE, target="op2,1)System(id"), TALKING, "bad_target"),
        (command("transfer", **MINE, target="op2"), HELD, "on_hold"),
        (command("transfer", **MINE, target="op2"), THREE, "conference"),
        (command("consult", **MINE, target="damkar"), TALKING, None),
        (command("consult", **MINE, target="damkar"), HELD, None),
        (command("consult", **MINE, target="op1"), HELD, "bad_target"),
        (command("consult", **MINE, target="damkar"), THREE, "conference"),
        (command("consult", **MINE, target="damkar"), ASKS, "asking"),
        (command("consult", **MINE, target="damkar"), view("waiting"), "not_talking"),
        (command("complete", **MINE), ASKS, None),
        (command("complete", **MINE), RINGS_THERE, "not_answered"),
        (command("complete", **MINE), HELD, "nobody_asked"),
        (command("complete", **MINE), TALKING, "not_held"),
        (command("complete", call=MINE["call"], operator="PJSIP/op2"), ASKS, "held_by_other"),
        (command("three_way", **MINE, target="damkar"), TALKING, None),
        (command("three_way", **MINE, target="damkar"), THREE, "conference"),
        (command("three_way", **MINE, target="damkar"), view("waiting"), "not_talking"),
        (command("call_back", operator="PJSIP/op1", number="+62811"), View(), None),
        (command("call_back", operator="PJSIP/op1"), View(), "incomplete"),
        (command("hangup", operator="PJSIP/op1", target="c1"), View(), None),
        (command("call_back", operator="PJSIP/op2", number="0811000111"), AGAIN_ABROAD, "calls_again"),
        (command("call_back", operator="PJSIP/op1", number="${SHELL(id)}"), View(), "bad_number"),
        (command("call_back", operator="PJSIP/op1", number="+62822"), TALKING, "operator_busy"),
        (command("call_back", operator="PJSIP/op2", number="+62811"), CALLS_AGAIN, "calls_again"),
        (command("call_back", operator="PJSIP/op2", number="+62811"), view("ended", number="+62811"), None),
    ],
)
def test_who_may_do_what_with_a_talk(made: Command, seen: View, code: str | None):
    assert refusal(made, seen, "112") == code
    assert code is None or code in REASONS


def test_an_operator_who_talks_takes_no_second_call():
    other = CallView(state="talking", talking={"c": "PJSIP/op1"})
    seen = View(calls={CALL: CallView(state="waiting"), "call/pwk/2.2": other})
    assert refusal(command("answer", call=CALL, operator="PJSIP/op1"), seen, "112") == "operator_busy"
    assert refusal(command("answer", call=CALL, operator="PJSIP/op2"), seen, "112") is None


def test_with_a_caller_on_hold_a_second_one_can_be_answered_and_the_voices_never_mix():
    first = CallView(state="held", held_how="hold", held_by="PJSIP/op1", talking={"c": "PJSIP/op1"})
    seen = View(calls={CALL: first, "call/pwk/2.2": CallView(state="waiting")})
    second = {"call": "call/pwk/2.2", "operator": "PJSIP/op1"}
    assert refusal(command("answer", **second), seen, "112") is None
    assert refusal(command("resume", **MINE), seen, "112") is None
    both = View(calls={CALL: first, "call/pwk/2.2": CallView(state="talking", talking={"d": "PJSIP/op1"}, parties=2)})
    assert both.call_of("PJSIP/op1") == "call/pwk/2.2"
    assert refusal(command("resume", **MINE), both, "112") == "operator_busy"
    assert refusal(command("hold", **second), both, "112") is None


def test_the_last_telephone_that_is_ready_is_not_paused_because_a_console_vanished():
    seen = View(members={("112", "PJSIP/op1"): "ready", ("112", "PJSIP/op2"): "paused", ("9", "PJSIP/op3"): "ready"})
    vanished = command("pause", operator="PJSIP/op1", reason=VANISHED)
    assert refusal(vanished, seen, "112") == "last_ready"
    assert refusal(command("pause", operator="PJSIP/op1", reason="istirahat"), seen, "112") is None
    more = View(members={**seen.members, ("112", "PJSIP/op4"): "added"})
    assert refusal(vanished, more, "112") is None


EVENTS = st.lists(
    st.one_of(
        st.builds(CommandClaimed, bridge=st.sampled_from("abc")),
        st.builds(CommandFinished, result=st.sampled_from(["done", "failed"]), reason=st.none()),
    ),
    max_size=6,
)


@given(st.sampled_from(ACTIONS), EVENTS, st.integers(-100, 100), st.booleans(), st.booleans())
def test_a_command_ends_once_and_then_nothing_is_done_any_more(action, bodies, seconds, linked, alive):
    made = command(action)
    finished = None
    for number, body in enumerate(bodies):
        made = fold(made, Draft(id=str(number), stream=made.stream, body=body, at=T))
        assert made is not None
        if isinstance(body, CommandFinished) and finished is None:
            finished = body.result
    assert made.result == finished
    chosen = next_step(made, T + seconds * SECOND, linked=linked, claim_s=10, claimant_alive=alive)
    if finished is not None:
        assert chosen is Step.NOTHING
    if chosen in (Step.CLAIM, Step.TAKE_OVER):
        assert linked
