"""Who may mute, recall, replay and listen: the rules, and a mute that is forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from data.clock import SECOND
from telephony.commands import REASONS, CallView, Command, View, refusal, request
from telephony.listening import LISTENING_ACTIONS, to_unmute
from telephony.recordings.queries import RecordingRow

CALL, OTHER = "call/pwk/1.0", "call/pwk/2.0"
OP1, OP2, OP3 = "PJSIP/op1", "PJSIP/op2", "PJSIP/op3"
TALKS = CallView(state="talking", channel="PJSIP/trunk-1", talking={"PJSIP/op1-1": OP1})
VIEW = View(calls={CALL: TALKS, OTHER: CallView(state="talking", talking={"PJSIP/op2-1": OP2})})
HELD = View(calls={CALL: CallView(state="held", channel="PJSIP/trunk-1", held_by=OP1, held_how="hold")})
ENDED = View(calls={CALL: CallView(state="ended")})


def refused(view: View, action: str, **what: Any) -> str | None:
    draft = request("pwk", action, actor="sari", terminal="meja-1", **what)
    command = Command(draft.id, draft.body, draft.at)  # type: ignore[arg-type]
    return refusal(command, view, "112")


@pytest.mark.parametrize("action", ["mute", "recall"])
def test_only_who_talks_with_the_caller_mutes_and_recalls(action: str) -> None:
    seconds = {"seconds": 10} if action == "recall" else {}
    assert refused(VIEW, action, call=CALL, operator=OP1, **seconds) is None
    assert refused(VIEW, action, call=CALL, operator=OP2, **seconds) == "not_talking"
    assert refused(HELD, action, call=CALL, operator=OP1, **seconds) == "not_talking"
    assert refused(ENDED, action, call=CALL, operator=OP1, **seconds) == "call_ended"
    assert refused(View(), action, call=CALL, operator=OP1, **seconds) == "call_unknown"
    assert refused(VIEW, action, call=CALL) == refused(VIEW, action, operator=OP1) == "incomplete"


def test_a_recall_is_of_a_few_seconds() -> None:
    found = {s: refused(VIEW, "recall", call=CALL, operator=OP1, seconds=s) for s in (None, 0, -1, 1, 30, 60, 61)}
    assert found == {
        None: "incomplete",
        0: "incomplete",
        -1: "incomplete",
        1: None,
        30: None,
        60: None,
        61: "incomplete",
    }


def test_everybody_may_end_a_mute() -> None:
    assert refused(VIEW, "unmute", call=CALL) is None
    assert refused(HELD, "unmute", call=CALL, operator=OP2) is None
    assert refused(ENDED, "unmute", call=CALL) == "call_ended"


@pytest.mark.parametrize("action", ["listen", "whisper", "barge"])
def test_a_supervisor_listens_to_somebody_who_talks_on_a_telephone_that_is_free(action: str) -> None:
    assert refused(VIEW, action, call=CALL, operator=OP3, target=OP1) is None
    assert refused(VIEW, action, call=CALL, operator=OP3, target=OP2) == "not_talking"
    assert refused(VIEW, action, call=CALL, operator=OP2, target=OP1) == "operator_busy"
    assert refused(VIEW, action, call=CALL, operator=OP1, target=OP1) == "own_telephone"
    assert refused(VIEW, action, call=CALL, operator=OP3) == "incomplete"


def test_a_replay_is_of_a_recording_on_a_telephone_that_is_free() -> None:
    file = "2026/11/24/pwk-1.0.wav"
    assert refused(VIEW, "replay", operator=OP3, target=file) is None
    assert refused(VIEW, "replay", operator=OP1, target=file) == "operator_busy"
    for bad in ("/etc/passwd", "../x.wav", "x.wav\r\nAction: Logoff", "x"):
        assert refused(VIEW, "replay", operator=OP3, target=bad) == "no_recording"
    assert refused(VIEW, "replay", operator=OP3) == "incomplete"


def test_every_reason_has_a_sentence() -> None:
    reasons = {"own_telephone", "no_recording", "not_recorded", "recordings_elsewhere", "no_excerpt", "incomplete"}
    assert reasons <= REASONS.keys()
    assert len(LISTENING_ACTIONS) == 7


def muted(call: str, since: int, by: str | None = None) -> RecordingRow:
    return RecordingRow(call, "pwk", "1.wav", 0, None, None, None, None, None, None, since, by, None)


def test_a_mute_ends_after_its_time_or_when_the_operator_is_gone_and_is_asked_once_a_minute() -> None:
    since = 1_795_490_000 * SECOND

    def due(view: View, after_s: int) -> list[tuple[str, str]]:
        return to_unmute([muted(CALL, since)], view, since + after_s * SECOND, most_s=30)

    assert due(VIEW, 29) == []
    [(call, id)] = due(VIEW, 30)
    assert call == CALL
    assert due(VIEW, 40) == [(CALL, id)], "two bridges, or one that looks each second, ask once"
    assert due(VIEW, 90) not in ([], [(CALL, id)]), "it did not help: once more"
    assert [call for call, _ in due(HELD, 1)] == [CALL], "nobody is there to end it"
    for by, over in ((OP1, False), (OP2, True)):
        found = to_unmute([muted(CALL, since, by)], VIEW, since + SECOND, most_s=30)
        assert bool(found) == over, "passed on to a colleague, who does not know of it"
    assert due(ENDED, 40) == due(View(), 40) == []
