"""The facade's call-taker's part: the telephone, the call, and what is saved of it."""

from __future__ import annotations

from collections.abc import Sequence

from console.ui import picturing
from console.ui.desk.units import DeskUnits
from console.ui.saving import save_fields
from console.ui.views import AgencyChoice, FieldChange, FieldSaved, LevelNow, Past, Source, Target
from data.clock import SECOND, now
from data.entry import Draft as EntryDraft
from data.projection import Reader
from dispatch import desk as dispatch
from dispatch.incidents import queries as incidents
from dispatch.incidents.state import PREFIX
from dispatch.units.queries import Unit
from telephony.callbacks import queries as callbacks
from telephony.calls import floor, rules
from telephony.calls import queries as calls
from telephony.calls.fold import Call
from telephony.calls.reports import ANSWER_LIMITS_S
from telephony.commands import BRIDGES_OWN

ANSWER_WITHIN_S = 5.0
"""Seconds after which a wish to answer a call makes no sense any more."""

PAST_CALLS = 100
"""Calls of a number among which its last incident is looked for."""

LEVEL = 1
"""Which of the service levels call-takers see: 90 % within 15 s (NENA-STA-020.1)."""

TALK_WITHIN_S = 5.0
"""The same for what changes a talk."""


class DeskCalls(DeskUnits):
    """What a call-taker does; see ``console.ui.desk.api``."""

    def answer(self, call: str, decision: str) -> None:
        """Ask the exchange to connect the call to this console's telephone."""
        self._news.asked("answer", call)
        self._command("answer", call=call, operator=self._telephone(), id=decision, deadline_s=ANSWER_WITHIN_S)

    # ------------------------------------------------------------------ the talk

    def hold(self, call: str, decision: str) -> None:
        """Put the caller on hold."""
        self._command("hold", call=call, operator=self._telephone(), id=decision, deadline_s=TALK_WITHIN_S)

    def resume(self, call: str, decision: str) -> None:
        """Take the caller back."""
        self._command("resume", call=call, operator=self._telephone(), id=decision, deadline_s=TALK_WITHIN_S)

    def transfer(self, call: str, target: str, decision: str) -> None:
        """Pass the caller on."""
        self._command(
            "transfer", call=call, operator=self._telephone(), target=target, id=decision, deadline_s=TALK_WITHIN_S
        )

    def three_way(self, call: str, target: str, name: str, decision: str) -> None:
        """Bring a third party into the talk."""
        self._news.asked("three_way", call, name)
        self._command(
            "three_way", call=call, operator=self._telephone(), target=target, id=decision, deadline_s=TALK_WITHIN_S
        )

    def consult(self, call: str, target: str, name: str, decision: str) -> None:
        """Ask somebody while the caller is on hold."""
        self._news.asked("consult", call, name)
        self._command(
            "consult", call=call, operator=self._telephone(), target=target, id=decision, deadline_s=TALK_WITHIN_S
        )

    def complete(self, call: str, decision: str) -> None:
        """Connect the caller with whoever is asked."""
        self._command("complete", call=call, operator=self._telephone(), id=decision, deadline_s=TALK_WITHIN_S)

    def hang_up(self, call: str, decision: str) -> None:
        """End the talk: the own part of it when somebody else is with the caller, or was asked and he is gone."""
        row = calls.call(self._journal, call)
        leave = row is not None and (row.third is not None or row.outcome is not None)
        self._command("hangup", call=call, operator=self._telephone() if leave else "", id=decision)

    def past(self, call: str) -> Past:
        """What is known of the number of a call, before that call."""
        with self._journal.snapshot() as view:
            row = calls.call(view, call)
            if row is None or not row.number:
                return Past()
            outcomes = tuple(calls.outcomes_of(view, row.number, row.began_at))
            earlier = [each.call for each in calls.number_history(view, row.number, PAST_CALLS) if each.call != call]
            last = incidents.last_of_calls(view, earlier) if earlier else None
        total = sum(count for _code, count in outcomes)
        return Past(total, outcomes, picturing.incident_row(last) if last is not None else None)

    def level(self) -> LevelNow:
        """The service level of the last hour."""
        at = now()
        found = floor.service_level(self._journal, at - 3600 * SECOND, at)
        return LevelNow(found.percent(LEVEL), ANSWER_LIMITS_S[LEVEL])

    def targets(self) -> tuple[Target, ...]:
        """Colleagues who are signed in with a telephone, then the agencies that have a number."""
        own = self._operator
        colleagues = []
        for session in self._side.sessions():
            if session.endpoint and session.endpoint != own and session.role == "calltaker":
                code = session.endpoint.partition("/")[2]
                colleagues.append(Target(code, self._name_of(session.login), code))
        return (*colleagues, *self._finder.targets())

    def set_ready(self, ready: bool, decision: str, reason: str = "") -> None:
        """Let the telephone take calls, or not, for ``reason``; one that is the bridge's own is none."""
        why = reason if reason and not ready and reason not in BRIDGES_OWN else None
        self._command("ready" if ready else "pause", operator=self._telephone(), id=decision, reason=why)

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
            hang_up = self._end_of(found, f"{decision}-end")
            if found.ended and attempt:  # it was called back: that call ends with the outcome of the lost one
                hang_up = self._request("hangup", operator=self._operator, target=attempt, id=f"{decision}-end")
            return [*drafts, hang_up] if hang_up is not None else drafts

        self._mine.add(f"command/{decision}-end")
        self._journal.decide(rule, id=decision)

    def _end_of(self, call: Call, id: str) -> EntryDraft | None:
        """How the outcome ends the talk: the call; with a third party only the own part; nothing when others talk."""
        operator = self._operator
        if call.ended or (operator and operator not in call.talking.values() and call.held_by != operator):
            return None
        leave = operator if call.third is not None else ""
        return self._request("hangup", call=call.stream, operator=leave, id=id)

    def save(
        self, incident: str, call: str, changes: Sequence[FieldChange], source: Source | None = None
    ) -> tuple[int, tuple[FieldSaved, ...]]:
        """Save fields, opening the incident first when it does not exist."""
        return save_fields(self._journal, self._finder, self._asked, incident, call, changes, source)

    def attach(self, incident: str, call: str, decision: str) -> None:
        """The call is about that incident too."""
        dispatch.attach_call(self._journal, self._asked(decision), incident, call)

    def hand_over(self, incident: str, agencies: Sequence[AgencyChoice], decision: str) -> tuple[Unit, ...]:
        """Give the incident to agencies."""
        wanted = [
            dispatch.HandoverRequest(
                id=f"{decision}-{number}", agency=agency.id, role=agency.role, unit=agency.unit or None
            )
            for number, agency in enumerate(agencies)
        ]
        found = incidents.get(self._journal, incident)
        version = found.version if found is not None else 0
        dispatch.hand_over(self._journal, self._asked(decision), incident, version, wanted)
        asked = [each.id for each in wanted if each.unit]
        return self.doubled_in(incident, *asked) if asked else ()
