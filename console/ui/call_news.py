"""What an operator is to be told of the own calls although nobody asked just now: pure, from entry to notice.

A telephone that died, is busy or does not answer, a transfer that nobody took: the caller stands at the head of the
queue again, and the screen says so and why. A third party that comes, does not come, or leaves; somebody who is asked
while the caller is on hold; a call-back on its way. And of one call of a colleague: that the caller about whom the
operator is asked has hung up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from console.i18n import N_
from console.ui.views import Notice
from data.entry import Entry
from data.follow import Note
from data.vocabulary import calls as v
from telephony.asterisk.names import PRIORITY_HEAD, is_claim_queue

BACK = {
    "noanswer": N_("Your telephone did not answer: {caller} is back at the head of the queue."),
    "busy": N_("Your telephone is busy: {caller} is back at the head of the queue."),
    "failed": N_("Your telephone cannot be reached: {caller} is back at the head of the queue."),
    "transfer": N_("Nobody took over: {caller} is back at the head of the queue."),
    "dead": N_("Your telephone died: {caller} is back at the head of the queue."),
    "hold": N_("Your telephone let go of the caller on hold: {caller} is back at the head of the queue."),
    "": N_("{caller} is back at the head of the queue."),
}
"""Why a caller is back -> message."""

NOT_COME = {
    "noanswer": N_("{party} does not answer."),
    "busy": N_("{party} is busy."),
    "cancelled": N_("{party} was not reached: the talk is over."),
    "not_joined": N_("{party} answered and was let go: the caller was on hold, or the talk over."),
    "failed": N_("{party} cannot be reached."),
}
"""Why a third party is not in the talk -> message."""

NOT_ASKED = {
    "noanswer": N_("{party} does not answer. The caller is on hold: F4 takes him back."),
    "busy": N_("{party} is busy. The caller is on hold: F4 takes him back."),
    "failed": N_("{party} cannot be reached. The caller is on hold: F4 takes him back."),
}
"""Why somebody who was to be asked did not come -> message."""

CALL_BACK = {
    "ringing": (N_("Calling back: it rings there."), "text"),
    "answered": (N_("Calling back: answered."), "ok"),
    "operator_failed": (N_("Calling back: your own telephone did not answer."), "alarm"),
}
CALL_BACK_ENDED = {
    "ANSWER": (N_("The call-back is over."), "text"),
    "BUSY": (N_("Calling back: the number is busy."), "warn"),
    "NOANSWER": (N_("Calling back: nobody answers."), "warn"),
    "CANCEL": (N_("The call-back was given up."), "text"),
}
GONE_MEANWHILE = N_("The caller has hung up. You are still connected with {party}.")
GONE_ABOUT = N_("The caller about whom {party} asks you has hung up; your talk goes on until one of you ends it.")
NOT_REACHED = (N_("Calling back: the number cannot be reached."), "warn")


KINDS = frozenset(
    cls.KIND
    for cls in (
        v.CallAnswered, v.CallOperatorJoined, v.CallEnded, v.CallOfferEnded, v.CallHeld, v.CallResumed,
        v.CallTransferred, v.CallQueued, v.CallConferenced, v.CallPartyFailed, v.CallPartyLeft, v.CallConsulted,
        v.CommandProgress,
    )
)  # fmt: skip
"""Kinds of entries that may be news."""


class CallNews:
    """Follows the entries of one operator's calls. ``caller``: a call's stream -> how its caller is named; ``person``:
    a telephone (PJSIP/op2) -> how whoever has it is named."""

    def __init__(self, caller: Callable[[str], str], person: Callable[[str], str] = str) -> None:
        self._caller = caller
        self._person = person
        self._why: dict[str, str] = {}
        self._with: dict[str, str] = {}  # who came into the talk last
        self._called: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        self._asking: set[str] = set()
        self._call_backs: set[str] = set()
        self._asks_me: dict[str, str] = {}  # a colleague's call -> his telephone

    def asked(self, action: str, call: str, whom: str = "") -> None:
        """The operator asked for ``action``; ``whom``: who is called by it, for the screen."""
        if action == "answer":
            self._why[call] = "failed"  # unless the exchange tells what the telephone did
        elif action == "three_way":
            self._called[call] = whom
        elif action == "consult":
            self._asked[call] = whom

    def asking(self, call: str) -> str:
        """Whom the operator wanted to ask about that call last, or ""."""
        return self._asked.get(call, "")

    def called(self, call: str) -> str:
        """Whom the operator has called into that talk and who has neither come nor failed to, or ""."""
        return self._called.get(call, "")

    def called_back(self, command: str) -> None:
        """The operator asked for a call-back; ``command`` is its stream."""
        self._call_backs.add(command)

    def own(self, calls: Iterable[str]) -> None:
        """The calls that the operator talks in or holds."""
        for call in calls:
            self._why.setdefault(call, "")

    def wants(self, note: Note) -> bool:
        """Whether the entry may be news here, and so has to be read."""
        if note.kind == v.CallConsulted.KIND:
            return True  # it may be this operator who is asked
        known = note.stream in self._why or note.stream in self._call_backs or note.stream in self._asks_me
        return known and note.kind in KINDS

    def not_done(self, call: str) -> None:
        """A command about the call came to nothing: nobody is called by it."""
        self._called.pop(call, None)

    def take(self, entry: Entry, operator: str) -> Notice | None:
        """What the operator (a telephone, PJSIP/op1) is to be told of this entry, if anything."""
        body, call = entry.body, entry.stream
        if isinstance(body, v.CommandProgress):
            return self._progress(body)
        about = self._about(call, body, operator)
        if call not in self._why:
            return about
        return about or self._own_call(call, body, operator)

    def _own_call(self, call: str, body: object, operator: str) -> Notice | None:
        """News of a call that the operator talks in, holds, or wanted to answer."""
        if isinstance(body, v.CallAnswered | v.CallOperatorJoined):
            self._why[call] = ""
            self._with[call] = body.operator
        elif isinstance(body, v.CallOfferEnded) and body.operator == operator:
            self._why[call] = body.reason if body.reason in BACK else "failed"
        elif isinstance(body, v.CallHeld) and body.operator in (operator, None):
            self._why[call] = "hold"
        elif isinstance(body, v.CallResumed):
            self._why[call] = ""
            self._asking.discard(call)
        elif isinstance(body, v.CallTransferred) and body.from_operator == operator:
            return self._transferred(call, body)
        elif isinstance(body, v.CallQueued) and _at_the_head(body):
            why = self._why[call]
            if body.because == "telephone_dead":
                why = "dead" if self._with.get(call, operator) == operator else ""
            self._forget(call)
            return self._notice(BACK[why], "alarm", caller=self._caller(call))
        else:
            return self._others(call, body, operator)
        return None

    def _ended(self, call: str) -> Notice | None:
        party = self._asked.get(call, "") if call in self._asking else ""
        self._forget(call)
        return self._notice(GONE_MEANWHILE, "alarm", party=party) if party else None

    def _transferred(self, call: str, body: v.CallTransferred) -> Notice | None:
        self._why[call] = "transfer"
        self._asking.discard(call)
        if body.method != "attended":
            return None
        name = self._asked.get(call, "") or body.target or ""
        return self._notice(N_("The caller is connected with {party}; you are free."), "ok", party=name)

    def _others(self, call: str, body: object, operator: str) -> Notice | None:
        if isinstance(body, v.CallEnded):
            return self._ended(call)
        if isinstance(body, v.CallConsulted):
            return self._consulted(call, body, operator)
        if isinstance(body, v.CallConferenced) and body.party != operator:
            name = self._called.pop(call, "") or body.party
            return self._notice(N_("{party} is in the talk now: three parties."), "ok", party=name)
        if isinstance(body, v.CallPartyFailed):
            name = self._called.pop(call, "") or body.party
            return self._notice(NOT_COME.get(body.reason, NOT_COME["failed"]), "alarm", party=name)
        if isinstance(body, v.CallPartyLeft):
            return self._notice(N_("{party} left the talk."), "warn", party=body.party)
        return None

    def _consulted(self, call: str, body: v.CallConsulted, operator: str) -> Notice | None:
        """Somebody is asked while the caller is on hold."""
        if body.operator not in (operator, None):
            return None
        name = self._asked.setdefault(call, body.party) or body.party
        if body.step in ("calling", "talking"):
            self._asking.add(call)
        else:
            self._asking.discard(call)
        if body.step == "talking":
            return self._notice(N_("{party} answers: F5 connects the caller, F4 goes back to him."), "ok", party=name)
        if body.step == "ended":
            return self._notice(N_("{party} hung up. The caller is on hold: F4 takes him back."), "warn", party=name)
        if body.step == "failed":
            return self._notice(NOT_ASKED.get(body.reason or "", NOT_ASKED["failed"]), "alarm", party=name)
        return None

    def _about(self, call: str, body: object, operator: str) -> Notice | None:
        """A colleague asks this operator about a caller of his, who may be gone before they have done."""
        if isinstance(body, v.CallConsulted):
            if body.step in ("calling", "talking") and body.operator and body.party == operator.partition("/")[2]:
                self._asks_me[call] = body.operator
            else:
                self._asks_me.pop(call, None)
        elif isinstance(body, v.CallEnded) and call in self._asks_me:
            party = self._person(self._asks_me.pop(call))
            return self._notice(GONE_ABOUT, "alarm", party=party)
        elif isinstance(body, v.CallResumed | v.CallTransferred | v.CallQueued):
            self._asks_me.pop(call, None)
        return None

    def _progress(self, body: v.CommandProgress) -> Notice:
        message, kind = CALL_BACK.get(body.step) or CALL_BACK_ENDED.get(body.status or "", NOT_REACHED)
        return self._notice(message, kind)

    def _forget(self, call: str) -> None:
        self._why.pop(call, None)
        self._with.pop(call, None)
        self._called.pop(call, None)
        self._asked.pop(call, None)
        self._asking.discard(call)

    def _notice(self, message: str, kind: str, **params: object) -> Notice:
        return Notice(0, message, tuple(params.items()), kind)


def _at_the_head(queued: v.CallQueued) -> bool:
    """Whether he was put back to wait there; one who stood there already takes his place along when he is claimed."""
    return (queued.priority or 0) >= PRIORITY_HEAD and not is_claim_queue(queued.queue)
