"""The facade's part about what is heard: mute and recall of a recording, replay, a supervisor who listens."""

from __future__ import annotations

from console import auth
from console.ui.desk.base import DeskBase
from data.clock import SECOND, now
from data.errors import Refusal
from data.sessions import Seats, sessions
from dispatch.incidents import queries as incidents
from telephony import listening
from telephony.calls import past
from telephony.calls import queries as calls
from telephony.recordings import queries as recordings
from telephony.recordings import retention
from telephony.recordings.queries import RecordingRow

WITHIN_S = 5.0
"""Seconds after which a wish about a running talk makes no sense any more."""

OWN_CALLS_US = 12 * 3600 * SECOND
"""A call-taker may hear his own calls again for so long."""


class DeskListening(DeskBase):
    """What may be heard, and by whom; see ``console.ui.desk.api``."""

    # ------------------------------------------------------------------ recordings

    def mute(self, call: str, on: bool, decision: str) -> None:
        """Ask the exchange not to record what is said in this console's call, or to record it again."""
        action = "mute" if on else "unmute"
        self._command(action, call=call, operator=self._telephone(), id=decision, deadline_s=WITHIN_S)

    def recall(self, call: str, seconds: int, decision: str) -> None:
        """Hear the last seconds of the running talk, in this console's telephone only."""
        request = self._request(
            "recall", call=call, operator=self._telephone(), id=decision, deadline_s=WITHIN_S, seconds=seconds
        )
        if request is not None:
            who = self._who
            access = listening.access(call, "recall", actor=who.login, terminal=who.terminal, seconds=seconds)
            self._mine.add(request.stream)
            self._journal.append([access, request])

    def replay(self, call: str, reason: str, decision: str) -> None:
        """Hear a whole recording on this console's telephone; who, which and why stand in the record before."""
        who, telephone = self._who, self._telephone()
        row = self._to_be_heard(call)
        request = self._request("replay", call=call, operator=telephone, id=decision, target=row.file)
        if request is not None:
            access = listening.access(
                call, "telephone", actor=who.login, terminal=who.terminal, telephone=telephone, reason=reason or None
            )
            self._mine.add(request.stream)
            self._journal.append([access, request])

    def _to_be_heard(self, call: str) -> RecordingRow:
        """The recording of a call that this person may hear. Raises Refusal."""
        row = recordings.recording(self._journal, call)
        # Whose a call is, is told by who sat at the telephone then, not by who sits there now.
        with self._journal.snapshot() as view:
            own = past.talked(view, Seats(sessions(view)), self._who.login, call)
        recent = row is not None and now() - (row.ended_at or now()) <= OWN_CALLS_US
        if not (own and recent) and not self._may_supervise():
            raise Refusal("not_your_call", "You may hear your own calls of the last hours only; ask a supervisor.")
        return listening.to_play(row)

    def keep(self, number: int, reason: str, on: bool, decision: str) -> None:
        """The recordings of the incident with that number are evidence, or no longer."""
        who = self._who
        self._must_supervise()
        found = incidents.by_number(self._journal, number)
        if found is None:
            raise Refusal("no_incident", "There is no incident {number}.", number=number)
        rule = retention.hold if on else retention.release
        self._journal.decide(
            lambda view: rule(view, found.id, reason=reason, actor=who.login, terminal=who.terminal), id=decision
        )

    # ------------------------------------------------------------------ a supervisor

    def listening_telephones(self) -> tuple[str, ...]:
        """Telephones of the configuration on which nobody is signed on: one of them is the supervisor's."""
        taken = {session.endpoint for session in auth.telephones_in_use(self._side)}
        names = sorted({name for pbx in self._exchanges for name in pbx.telephones})
        return tuple(name for name in names if name not in taken)

    def listen(self, mode: str, operator: str, telephone: str, decision: str) -> None:
        """Ask the exchange to let ``telephone`` hear the talk of ``operator``; ``mode``: listen, whisper, barge."""
        self._must_supervise()
        if telephone not in self.listening_telephones():
            raise Refusal("telephone_in_use", "Somebody else is signed on with {telephone}.", telephone=telephone)
        call = calls.active_call(self._journal, operator)
        if call is None:
            raise Refusal("not_talking", "{operator} talks with nobody now.", operator=operator)
        self._command(mode, call=call.call, operator=telephone, target=operator, id=decision)
