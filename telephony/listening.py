"""The rules of what may be heard or kept silent: mute and recall of a recording, replay, a supervisor who listens.

Pure. They belong to :mod:`telephony.commands`, which asks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.clock import SECOND, Micros
from data.entry import Draft, draft
from data.errors import Refusal
from data.vocabulary.calls import CommandRequested
from data.vocabulary.recordings import RecordingAccessed
from telephony.recordings.names import path_of, recording_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telephony.commands import CallView, View
    from telephony.recordings.queries import RecordingRow

MODES = ("listen", "whisper", "barge")
"""How a supervisor takes part: nobody hears him, the operator does, everybody does."""

LISTENING_ACTIONS = frozenset({"mute", "unmute", "recall", "replay", *MODES})

MOST_RECALL_S = 60
"""The longest excerpt that is played into an operator's ear."""


def refusal(asked: CommandRequested, view: View) -> str | None:
    """The code of the reason why it can't be done as things stand (see ``telephony.commands.REASONS``)."""
    if asked.action == "replay":
        return _refuse_replay(asked, view)
    call = view.calls.get(asked.call or "")
    if not asked.call or (not asked.operator and asked.action != "unmute"):
        return "incomplete"
    if call is None or call.state == "ended":
        return "call_unknown" if call is None else "call_ended"
    if asked.action in MODES:
        return _refuse_listen(asked, call, view)
    return _refuse_own(asked, call)


def _refuse_own(asked: CommandRequested, call: CallView) -> str | None:
    """Of one's own call; unmute may be asked for by everybody, since it only puts things right."""
    if asked.action != "unmute" and asked.operator not in call.talking.values():
        return "not_talking"
    wrong = asked.action == "recall" and not 1 <= (asked.seconds or 0) <= MOST_RECALL_S
    return "incomplete" if wrong else None


def _refuse_listen(asked: CommandRequested, call: CallView, view: View) -> str | None:
    if not asked.target:
        return "incomplete"
    if asked.target == asked.operator:
        return "own_telephone"
    if asked.target not in call.talking.values():
        return "not_talking"
    return "operator_busy" if view.call_of(asked.operator or "") is not None else None


def _refuse_replay(asked: CommandRequested, view: View) -> str | None:
    if not asked.operator or not asked.target:
        return "incomplete"
    if path_of("/", asked.target) is None:
        return "no_recording"
    return "operator_busy" if view.call_of(asked.operator) is not None else None


def access(
    call: str, how: str, *, actor: str, terminal: str, seconds: int | None = None, telephone: str | None = None,
    reason: str | None = None, at: Micros | None = None,
) -> Draft:  # fmt: skip
    """The entry that somebody is about to hear a recording; it goes into the journal before he does."""
    body = RecordingAccessed(call=call, how=how, seconds=seconds, telephone=telephone, reason=reason)
    return draft(recording_stream(call), body, actor=actor, terminal=terminal, at=at)


def to_play(row: RecordingRow | None) -> RecordingRow:
    """The recording, if there is a file to be heard. Raises Refusal."""
    if row is None or row.file is None or row.state == "missing":
        raise Refusal("no_recording", "There is no recording of this call.")
    if row.deleted_at is not None:
        raise Refusal("recording_deleted", "The recording was deleted, its time being over.")
    if row.ended_at is None:
        raise Refusal("recording_runs", "The call goes on: its recording can be heard when it is over.")
    return row


def to_unmute(muted: Iterable[RecordingRow], view: View, at: Micros, *, most_s: float) -> list[tuple[str, str]]:
    """``(call, id)`` of recordings that have been muted for ``most_s`` seconds, or whose operator has left the talk.

    The id is made of what is known, so that two bridges ask once; another one each minute, should it not have helped.
    """
    due = []
    for row in muted:
        call = view.calls.get(row.call)
        since = row.muted_since or at
        if call is None or call.state == "ended":
            continue
        there = row.muted_by in call.talking.values() if row.muted_by else bool(call.talking)
        if at - since >= round(most_s * SECOND) or not there:
            tried = max(0, at - since) // (60 * SECOND)
            key = row.call.rpartition("/")[2].replace(".", "")
            due.append((row.call, f"{since // 1000:012x}unmute{key}x{tried}"))
    return due
