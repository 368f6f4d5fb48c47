"""What a person may ask of the exchange, and what is to be done with it: pure rules.

A console appends ``command.requested`` (:func:`request`); one bridge claims it by an entry whose id only one can
have, does it, and appends ``command.finished``. A claimant may die at any moment; whoever takes over looks at the
exchange first (:func:`next_step` says when), and nothing that cannot be repeated safely is repeated blindly.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

import msgspec

from data.clock import SECOND, Micros, now
from data.entry import Draft, Entry, new_id
from data.text import safe_line
from data.vocabulary.calls import CommandClaimed, CommandFinished, CommandRequested
from telephony import listening, numbers

ACTIONS = (
    "answer", "hangup", "member_add", "member_remove", "pause", "ready",
    "hold", "resume", "transfer", "three_way", "consult", "complete", "call_back", "silent",
    "mute", "unmute", "recall", "replay", "listen", "whisper", "barge", "seat", "unseat",
)  # fmt: skip
"""What can be asked for. Arguments: answer, hold, resume, complete, silent: call, operator; hangup: call, and operator
for only his leg, or target: the id of a call_back, which ends then;
member_*, pause, ready: operator, queue (None: the queue of 112), pause also reason; seat, unseat: operator; transfer,
three_way, consult: call, operator, target; call_back: operator, number, and the call that it answers; mute, unmute:
call, operator; recall: call, operator, seconds; replay: operator (whose telephone rings), target (the file); listen,
whisper, barge: call, target
(who is listened to), operator (the supervisor's telephone)."""

TALK_ACTIONS = frozenset({"hold", "resume", "transfer", "three_way", "consult", "complete", "silent"})
"""What only who talks with the caller may do (resume, complete: who has put him on hold; consult: either)."""

_TARGET = re.compile(r"\+?[A-Za-z0-9_]{1,40}\Z")

MOST_CLAIMS = 5
"""After so many bridges have tried to find out what came of a command, it is reported as unknown."""

GIVE_UP_S = 60
"""Seconds after its deadline after which a claimed command is reported as unknown though nobody could look."""

DEADLINE_S = 10
"""Seconds after which a command that nobody executed is reported as expired instead."""

VANISHED = "vanished"
"""The reason with which a telephone is paused whose console gives no sign of life."""

WRAPUP = "wrapup"
"""The reason with which a telephone is paused whose operator owes an outcome (see :mod:`telephony.wrapup`)."""

BRIDGES_OWN = frozenset({VANISHED, WRAPUP})
"""Reasons that only a bridge gives: with one of them a pause of a person's own would be ended by a bridge."""

REASONS = {
    "unknown_action": "this program cannot do that",
    "incomplete": "the command names no call or no operator",
    "call_unknown": "there is no such call",
    "call_ended": "the caller has hung up",
    "call_taken": "another operator has the call",
    "not_waiting": "the caller is not in the queue at this moment",
    "operator_busy": "the operator is talking with another caller",
    "no_telephone": "this operator has no telephone at this exchange",
    "not_talking": "the operator is not in this call",
    "on_hold": "the caller is on hold: take him back first",
    "not_held": "the caller is not on hold",
    "asking": "somebody is being asked already: F4 takes the caller back",
    "nobody_asked": "nobody is being asked",
    "not_answered": "whoever is asked has not answered yet",
    "held_by_other": "another operator has put the caller on hold",
    "conference": "a third party is in the talk",
    "bad_target": "no colleague and no agency of that name or number is known to the exchange",
    "old_dialplan": "the exchange's configuration is older than this program: install it anew",
    "bad_number": "that is no telephone number",
    "calls_again": "the caller is in the queue again",
    "no_dial_user": "the bridge has no AMI user that may dial (dial_user and dial_secret of [[pbx]])",
    "dial_user_refused": "the exchange does not let the dialling AMI user in",
    "not_member": "the telephone is not signed in to the queue",
    "last_ready": "it is the last telephone that is ready",
    "already": "it was so already",
    "already_gone": "the call was over already",
    "bad_value": "a value cannot be sent to the exchange",
    "right_missing": "the bridge's AMI user may not do this",
    "own_telephone": "nobody listens to his own telephone",
    "no_recording": "there is no such recording",
    "not_recorded": "this call is not being recorded",
    "recordings_elsewhere": "the recordings are not on this machine (recordings of [[pbx]])",
    "no_excerpt": "no excerpt can be written into the folder recall of the recordings",
    "pbx_error": "the exchange refused it",
    "deadline": "nobody could do it in time",
    "claimant_lost": "the bridge that was doing it is gone, and the exchange does not show whether it was done",
}
"""The codes in ``command.finished.reason`` with their English sentence, for a console to translate."""


class Command(msgspec.Struct, frozen=True):
    """A command as its entries tell it. ``id`` is the stream's last part; times are UTC micros."""

    id: str
    request: CommandRequested
    requested_at: Micros
    actor: str = ""
    claims: int = 0
    claimed_by: str | None = None
    claimed_at: Micros | None = None
    result: str | None = None
    reason: str | None = None

    @property
    def stream(self) -> str:
        """Its stream in the journal."""
        return f"command/{self.id}"


class Step(enum.Enum):
    """What a bridge is to do with a command now."""

    NOTHING = "nothing"
    CLAIM = "claim"
    EXPIRE = "expire"
    TAKE_OVER = "take_over"
    GIVE_UP = "give_up"


class CallView(msgspec.Struct, frozen=True):
    """What the rules need to know of a call: its fold's state, and who is with the caller."""

    state: str
    """arrived, waiting, ringing, talking, held, asked, alone, ended."""
    channel: str | None = None
    number: str | None = None
    talking: dict[str, str] = {}
    """Channel -> operator, of those who talk with the caller."""
    held_by: str | None = None
    """Who has put the caller on hold, when it is known."""
    held_how: str | None = None
    """hold or park."""
    parties: int = 0
    """How many hear each other in the talk, the caller included."""
    consulting: str | None = None
    """Whom the operator asks while the caller is on hold, ..."""
    consulted: bool = False
    """... and whether that one has answered."""
    offers: dict[str, str] = {}
    """Channel -> operator, of those whose telephone rings for the call."""


def _holds(call: CallView, operator: str) -> bool:
    return call.state == "held" and call.held_how == "hold" and call.held_by == operator


class View(msgspec.Struct, frozen=True):
    """What the rules need to know of the exchange."""

    calls: dict[str, CallView] = {}
    """By stream."""
    members: dict[tuple[str, str], str] = {}
    """(queue, operator) -> added, ready or paused."""
    pauses: dict[tuple[str, str], str] = {}
    """(queue, operator) -> why the telephone is paused."""

    def call_of(self, operator: str) -> str | None:
        """The call in which ``operator`` talks, else the one that he has put on hold, if any."""
        mine = [
            (call.state == "held", stream)
            for stream, call in self.calls.items()
            if call.state != "ended" and (operator in call.talking.values() or _holds(call, operator))
        ]
        return min(mine)[1] if mine else None

    def talks_in(self, operator: str) -> str | None:
        """The call in which ``operator`` hears the caller now, if any; a caller on hold leaves him free for another."""
        stream = self.call_of(operator)
        return stream if stream is not None and self.calls[stream].state != "held" else None

    def ready(self, queue: str) -> set[str]:
        """The telephones of ``queue`` that a caller can reach."""
        return {operator for (name, operator), state in self.members.items() if name == queue and state != "paused"}


def request(
    pbx: str,
    action: str,
    *,
    actor: str,
    terminal: str,
    call: str | None = None,
    operator: str | None = None,
    queue: str | None = None,
    reason: str | None = None,
    number: str | None = None,
    target: str | None = None,
    seconds: int | None = None,
    deadline_s: float = DEADLINE_S,
    id: str | None = None,
    at: Micros | None = None,
) -> Draft:
    """The draft of a command for ``pbx``, to be done within ``deadline_s`` s; a second one with its id is dropped.

    ``call` is a call's stream, ``operator`` a telephone as the exchange names it (PJSIP/op1); see
    :data:`ACTIONS` for what each needs. The command's id is the
    draft's id (a :func:`data.entry.new_id` unless given). Raises ValueError for an action that does not exist.
    """
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!r}")
    moment = now() if at is None else at
    command = id or new_id()
    body = CommandRequested(
        pbx=pbx,
        action=action,
        deadline=moment + round(deadline_s * SECOND),
        call=call,
        operator=operator,
        queue=queue,
        reason=None if reason is None else safe_line(reason, 80),
        number=number,
        target=target,
        seconds=seconds,
    )
    return Draft(id=command, stream=f"command/{command}", body=body, at=moment, actor=actor, terminal=terminal)


def fold(command: Command | None, entry: Entry | Draft) -> Command | None:
    """The command after one more entry of its stream; None as long as it was not requested."""
    body = entry.body
    if isinstance(body, CommandRequested):
        return command or Command(entry.stream.partition("/")[2], body, entry.at, entry.actor)
    if command is None:
        return None
    if isinstance(body, CommandClaimed):
        return msgspec.structs.replace(command, claims=command.claims + 1, claimed_by=body.bridge, claimed_at=entry.at)
    if isinstance(body, CommandFinished) and command.result is None:
        return msgspec.structs.replace(command, result=body.result, reason=body.reason)
    return command


def fold_all(entries: Iterable[Entry | Draft]) -> Command | None:
    """The command that the entries of one stream tell."""
    command: Command | None = None
    for entry in entries:
        command = fold(command, entry)
    return command


def next_step(command: Command, at: Micros, *, linked: bool, claim_s: float, claimant_alive: bool) -> Step:
    """What to do with ``command`` at ``at``.

    ``linked``: this bridge has the exchange. ``claim_s``: seconds that a claimant has; one that is not
    ``claimant_alive`` loses its claim at once.
    """
    if command.result is not None:
        return Step.NOTHING
    if command.claimed_at is None:
        if at > command.request.deadline:
            return Step.EXPIRE
        return Step.CLAIM if linked else Step.NOTHING
    if claimant_alive and at <= command.claimed_at + round(claim_s * SECOND):
        return Step.NOTHING
    if linked and command.claims < MOST_CLAIMS:
        return Step.TAKE_OVER
    too_late = at > command.request.deadline + GIVE_UP_S * SECOND
    return Step.GIVE_UP if too_late or command.claims >= MOST_CLAIMS else Step.NOTHING


def refusal(command: Command, view: View, queue: str) -> str | None:
    """The code of the reason why ``command`` can't be done as things stand, None when it can be tried.

    The exchange has the last word: the token of a call, say, decides between two operators.
    """
    asked = command.request
    if asked.action not in ACTIONS:
        return "unknown_action"
    if asked.action in listening.LISTENING_ACTIONS:
        return listening.refusal(asked, view)
    if asked.action in ("answer", "hangup") or asked.action in TALK_ACTIONS:
        return _refuse_call(asked, view)
    return _refuse_other(asked, view, queue)


def _refuse_other(asked: CommandRequested, view: View, queue: str) -> str | None:
    if not asked.operator:
        return "incomplete"
    if asked.action == "call_back":
        return _refuse_call_back(asked, view)
    if asked.action == "pause" and asked.reason in (VANISHED, WRAPUP):
        ready = view.ready(asked.queue or queue)
        if ready <= {asked.operator}:
            return "last_ready"
    return None


def _refuse_call(asked: CommandRequested, view: View) -> str | None:
    if asked.action == "hangup" and asked.target and not asked.call:
        return None  # a call-back: only the exchange knows whether it still goes on
    if not asked.call or (asked.action != "hangup" and not asked.operator):
        return "incomplete"
    call = view.calls.get(asked.call)
    if call is None:
        return "call_unknown"
    if asked.action == "hangup":
        return _refuse_hangup(asked, call)
    if call.state == "ended":
        return "call_ended"
    return _refuse_answer(asked, call, view) if asked.action == "answer" else _refuse_talk(asked, call, view)


def _refuse_talk(asked: CommandRequested, call: CallView, view: View) -> str | None:
    held = call.state == "held" and call.held_how == "hold"
    talks = asked.operator in call.talking.values()
    mine = call.held_by in (None, asked.operator)
    if asked.action == "resume":
        return _refuse_resume(asked, view, mine) if held else "already" if talks else "not_held"
    if asked.action == "complete" or (asked.action == "consult" and held):
        return _refuse_consulting(asked, call, view) if held else "not_held"
    if held:
        return "already" if asked.action == "hold" and mine else "on_hold"
    if asked.action == "silent" and call.state == "asked":
        return "already"
    if not talks:
        return "not_talking"
    return "conference" if call.parties > 2 else _refuse_target(asked)


def _refuse_resume(asked: CommandRequested, view: View, mine: bool) -> str | None:
    other = view.talks_in(asked.operator or "")
    if not mine:
        return "held_by_other"
    return "operator_busy" if other is not None and other != asked.call else None


def _refuse_consulting(asked: CommandRequested, call: CallView, view: View) -> str | None:
    """While the caller is on hold: to ask somebody, or to connect him with whoever is asked."""
    refused = _refuse_resume(asked, view, call.held_by in (None, asked.operator))
    if refused is not None:
        return refused
    if asked.action == "consult":
        return "asking" if call.consulting is not None else _refuse_target(asked)
    if call.consulting is None:
        return "nobody_asked"
    return None if call.consulted else "not_answered"


def _refuse_target(asked: CommandRequested) -> str | None:
    if asked.action in ("hold", "silent"):
        return None
    if not asked.target:
        return "incomplete"
    own = (asked.operator or "").partition("/")[2]
    return None if _TARGET.match(asked.target) and asked.target != own else "bad_target"


def _refuse_call_back(asked: CommandRequested, view: View) -> str | None:
    if not asked.number:
        return "incomplete"
    if not numbers.diallable(asked.number):
        return "bad_number"
    if view.call_of(asked.operator or "") is not None:
        return "operator_busy"
    again = (call for call in view.calls.values() if call.state != "ended" and numbers.same(call.number, asked.number))
    return "calls_again" if any(again) else None


def _refuse_answer(asked: CommandRequested, call: CallView, view: View) -> str | None:
    if call.talking or call.state == "held":
        return "call_taken"
    other = view.talks_in(asked.operator or "")
    return "operator_busy" if other is not None and other != asked.call else None


def _refuse_hangup(asked: CommandRequested, call: CallView) -> str | None:
    if call.state == "ended":
        return None if asked.operator else "already_gone"  # his telephone may still talk with somebody he asked
    if asked.operator and asked.operator not in (*call.talking.values(), *call.offers.values()):
        return "not_talking"
    return None


def claim(command: Command, bridge: str, at: Micros) -> Draft:
    """The draft by which ``bridge`` takes the command: of all bridges that try, the journal lets one through.

    A take-over after a dead claimant is the next claim of the same chain.
    """
    number = f"/{command.claims + 1}" if command.claims else ""
    return Draft(
        id=f"{command.id}/claim{number}",
        stream=command.stream,
        body=CommandClaimed(bridge=bridge),
        at=at,
        actor=f"bridge:{bridge}",
    )


def finish(command: Command, result: str, reason: str | None, bridge: str, at: Micros) -> Draft:
    """The draft of the result (done, failed, expired, unknown): one id, so a command ends once."""
    return Draft(
        id=f"{command.id}/finished",
        stream=command.stream,
        body=CommandFinished(result=result, reason=reason),
        at=at,
        actor=f"bridge:{bridge}",
    )
