"""The facade's call-taker's part: the telephone, the call, and what is saved of it."""

from __future__ import annotations

from collections.abc import Sequence

from console.ui.desk_base import DeskBase
from console.ui.saving import save_fields
from console.ui.views import AgencyChoice, FieldChange, FieldSaved
from data.entry import Draft as EntryDraft
from data.projection import Reader
from dispatch import desk as dispatch
from dispatch.incidents import queries as incidents
from dispatch.incidents.state import PREFIX
from telephony.callbacks import queries as callbacks
from telephony.calls import rules

ANSWER_WITHIN_S = 5.0
"""Seconds after which a wish to answer a call makes no sense any more."""


class DeskCalls(DeskBase):
    """What a call-taker does; see ``console.ui.desk_api``."""

    def answer(self, call: str, decision: str) -> None:
        """Ask the exchange to connect the call to this console's telephone."""
        self._command("answer", call=call, operator=self._telephone(), id=decision, deadline_s=ANSWER_WITHIN_S)

    def set_ready(self, ready: bool, decision: str) -> None:
        """Let the telephone take calls, or not."""
        self._command("ready" if ready else "pause", operator=self._telephone(), id=decision)

    def classify(self, call: str, outcome: str, incident: str, decision: str) -> None:
        """Give the outcome and, when the call goes on, ask for its end: both in one entry of the record."""
        who = self._who
        attempt = callbacks.going_on(self._journal, call, self._operator)

        def rule(reader: Reader) -> list[EntryDraft]:
            found = rules.load_call(reader, call)
            base = found.classified if attempt and found.classified == "cut_off" else None
            drafts = rules.classify(
                found, outcome, actor=who.login, terminal=who.terminal, base=base,
                incident=PREFIX + incident if incident else None,
            )  # fmt: skip
            if not found.ended:
                hang_up = self._request("hangup", call=call, id=f"{decision}-end")
            elif attempt:  # it was called back: that call ends with the outcome of the lost one
                hang_up = self._request("hangup", operator=self._operator, target=attempt, id=f"{decision}-end")
            else:
                hang_up = None
            return [*drafts, hang_up] if hang_up is not None else drafts

        self._mine.add(f"command/{decision}-end")
        self._journal.decide(rule, id=decision)

    def save(self, incident: str, call: str, changes: Sequence[FieldChange]) -> tuple[int, tuple[FieldSaved, ...]]:
        """Save fields, opening the incident first when it does not exist."""
        who = self._who
        return save_fields(self._journal, self._finder, who.login, who.terminal, incident, call, changes)

    def attach(self, incident: str, call: str, decision: str) -> None:
        """The call is about that incident too."""
        dispatch.attach_call(self._journal, self._asked(decision), incident, call)

    def hand_over(self, incident: str, agencies: Sequence[AgencyChoice], decision: str) -> None:
        """Give the incident to agencies."""
        wanted = [
            dispatch.HandoverRequest(id=f"{decision}-{number}", agency=agency.id, role=agency.role)
            for number, agency in enumerate(agencies)
        ]
        found = incidents.get(self._journal, incident)
        version = found.version if found is not None else 0
        dispatch.hand_over(self._journal, self._asked(decision), incident, version, wanted)
