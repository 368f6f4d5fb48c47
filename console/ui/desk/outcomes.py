"""The facade's part about calls that are over: one's own, everybody's, those of a number; changing an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from console.command_line import Surroundings
from console.ui.desk.lines import DeskLines
from console.ui.desk.numbers import DeskNumbers
from console.ui.past_views import Caller, Correction, NumberPast, PastCall
from data.clock import SECOND, Micros, now
from data.entry import Draft as EntryDraft
from data.entry import draft
from data.errors import Refusal
from data.export.sets import mask
from data.projection import Database, Reader
from data.sessions import Seats, sessions
from data.vocabulary.administration import PersonalViewed
from dispatch.incidents import queries as incidents
from dispatch.incidents import rules as incident_rules
from dispatch.incidents.projection import load
from dispatch.incidents.state import PREFIX, Incident
from telephony.calls import past, queries, rules
from telephony.calls.fold import Call
from telephony.calls.outcomes import BY_CODE

RECENT_US = rules.CHANGEABLE_US
"""Calls that began within this time are listed."""

SEATS_US = 30 * SECOND
"""Who sits where is read no more often for a list: it reads every sign-in of the record."""


class DeskOutcomes(DeskLines, DeskNumbers):
    """Looking back; see ``console.ui.desk.api``."""

    _seats: tuple[Micros, Seats] | None = None

    def recent(self, everybody: bool) -> tuple[PastCall, ...]:
        """The calls of the last hours that are over, newest first: this person's, or (a supervisor) everybody's."""
        since = now() - RECENT_US
        with self._journal.snapshot() as view:
            if everybody:
                self._must_supervise()
                return self._rows(view, past.of_everybody(view, since), masked=True)
            found = past.of_person(view, self._seats_now(view), self._who.login, since)
            return self._rows(view, found, masked=False)

    def number_past(self, number: str, masked: bool) -> NumberPast:
        """The calls of ``number``: a whole one, or the end of one that has called."""
        with self._journal.snapshot() as view:
            found = past.of_number(view, number)
            if not found:
                ending = past.numbers_ending(view, "".join(number.split()).lstrip("+"))
                if len(ending) > 1:
                    return NumberPast(number, others=len(ending))
                found = past.of_number(view, ending[0]) if ending else []
            number = (found[0].number or number) if found else number
            rows = self._rows(view, found, masked=masked)
            standing = self.standing_of(view, number) if found else None
        return NumberPast(_shown(number, masked) if found else number, rows, standing=standing)

    def reveal_caller(self, call: str) -> Caller:
        """Who called; that this supervisor looked is on record before it is given. Raises Refusal."""
        self._must_supervise()
        who = self._who
        with self._journal.snapshot() as view:
            found, entries = queries.folded(view, call), past.caller_entries(view, call)
        if found is None or not (found.number or found.name):
            return Caller(call, "", "")
        viewed = PersonalViewed(entries=entries)
        self._journal.append([draft("house", viewed, actor=who.login, terminal=who.terminal)])
        return Caller(call, found.number or "", found.name or "")

    def surroundings(self) -> Surroundings:
        """As ``DeskLines``, with the calls that a line may name: those that :meth:`recent` lists."""
        if self._who.role == "calltaker" or self._may_supervise():
            everybody = self._who.role != "calltaker"
            return replace(super().surroundings(), recent=self.recent(everybody))
        return super().surroundings()

    def change_outcome(self, correction: Correction, decision: str) -> None:
        """Another outcome, with its reason. Raises Refusal, Conflict."""
        who, seen, at = self._who, correction.call, now()
        supervisor = self._may_supervise()
        asked = self._asked(decision)

        def rule(reader: Reader) -> list[EntryDraft]:
            call = rules.load_call(reader, seen.call)
            about = self._about(reader, call, correction)
            drafts = rules.reclassify(
                call, correction.outcome, correction.reason, base=(seen.outcome or None, seen.about or None),
                own=past.talked(reader, Seats(sessions(reader)), who.login, call.stream), actor=who.login, at=at,
                terminal=who.terminal, incident=about.stream if about is not None else None, supervisor=supervisor,
            )  # fmt: skip
            if drafts and about is not None and about.status == "active":
                drafts += incident_rules.attach_call(about, asked, call.stream)
            return drafts

        self._journal.decide(rule, id=decision)

    def _about(self, reader: Reader, call: Call, correction: Correction) -> Incident | None:
        """The incident that goes with the new outcome: the one named, else the one that the call belongs to; one that
        was merged goes on in the other. Raises Refusal."""
        kind = BY_CODE.get(correction.outcome)
        if kind is None or not kind.needs_incident:
            return None
        if correction.incident:
            found = incidents.by_number(reader, correction.incident)
            if found is None:
                raise Refusal("no_incident", "There is no incident {number}.", number=correction.incident)
        else:
            rows = incidents.of_call(reader, call.stream)
            id = rows[0].id if rows else (call.incident or "").removeprefix(PREFIX)
            found = load(reader, id) if id else None
        while found is not None and found.merged_into is not None:
            found = load(reader, found.merged_into.removeprefix(PREFIX))
        return found

    def _rows(self, view: Database, found: Sequence[Call], *, masked: bool) -> tuple[PastCall, ...]:
        of_calls = incidents.of_calls(view, [call.stream for call in found])
        # An incident that was closed takes no further call; the outcome names it all the same.
        named = {call.incident.removeprefix(PREFIX) for call in found if call.incident and call.stream not in of_calls}
        rows = {PREFIX + row.id: row for row in incidents.rows_of(view, sorted(named))}
        return tuple(_row(call, of_calls.get(call.stream) or rows.get(call.incident or ""), masked) for call in found)

    def _seats_now(self, view: Database) -> Seats:
        at = now()
        if self._seats is None or not 0 <= at - self._seats[0] < SEATS_US:
            self._seats = (at, Seats(sessions(view)))
        return self._seats[1]


def _shown(number: str, masked: bool) -> str:
    return str(mask(number, "number")) if masked else number


def _row(call: Call, about: incidents.IncidentRow | None, masked: bool) -> PastCall:
    number = call.number or ""
    return PastCall(
        call=call.stream, number=number, shown=_shown(number, masked), name="" if masked else call.name or "",
        began_at=call.began_at or 0, answered_at=call.answered_at, ended_at=call.ended_at, fate=call.outcome or "",
        outcome=call.classified or "", about=call.incident or "", by=call.classified_by or "",
        at=call.classified_at or 0, reason=call.reason or "", operators=tuple(call.operators),
        incident=about.number if about is not None else 0, type=(about.type or "") if about is not None else "",
        place=(about.place or "") if about is not None else "",
    )  # fmt: skip
