"""An incident's log: each entry as a sentence with a code and parameters, for screens in two languages.

Parameter names say what a value is, so that a screen can put codes into words: ``agency`` (an id), ``type``, ``state``,
``result``, ``means``, ``field``, ``what``; ``priority`` is a number, everything else is text as it was entered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from data.clock import Micros
from data.entry import Entry
from data.text import safe_line, safe_text
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from data.vocabulary.record import Record
from dispatch.incidents.state import Incident

ERASED = "(erased)"
"""Stands where a personal text was erased."""


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: when it happened, when it was written (a late report differs), who, and what.

    ``number``: that of the merged incident in whose log it stands, None for the incident's own.
    """

    at: Micros
    recorded_at: Micros
    who: str
    terminal: str
    code: str
    message: str
    params: dict[str, Any]
    number: int | None = None

    @property
    def text(self) -> str:
        """The line as an English sentence."""
        return self.message.format(**self.params)


MESSAGES = {
    "incident.opened": "opened as incident {number} ({origin})",
    "incident.opened_late": "opened as incident {number} ({origin}), entered later: it began {began_at}",
    "incident.place_set": "place: {name}",
    "incident.place_changed": "place: {name} (was: {base})",
    "incident.type_set": "type: {type}, priority {priority}",
    "incident.priority_set": "priority: {priority}",
    "incident.text_set": "{field}: {value}",
    "incident.text_emptied": "{field} emptied (was: {base})",
    "incident.call_attached": "a further call: {call}",
    "incident.noted": "note: {text}",
    "incident.merged": "the same as incident {number}, goes on there: {reason}",
    "incident.absorbed": "incident {number} is the same and goes on here",
    "incident.separated": "apart from incident {number} again",
    "incident.separated_reason": "apart from incident {number} again: {reason}",
    "incident.closed": "closed: {result}",
    "incident.closed_note": "closed: {result} ({note})",
    "incident.reopened": "reopened: {reason}",
    "incident.close_undone": "the closing was undone",
    "handover.sent": "handed over to {agency}",
    "handover.sent_unit": "handed over to {agency}, which is asked for {unit}",
    "handover.sent_again": "sent to {agency} again",
    "handover.acknowledged": "{agency} took it: {by}, by {means}",
    "handover.refused": "{agency} refused: {reason} ({by})",
    "handover.en_route": "{agency} is on the way",
    "handover.en_route_unit": "{agency} is on the way: {unit}",
    "handover.on_scene": "{agency} is there",
    "handover.on_scene_unit": "{agency} is there: {unit}",
    "handover.unit_added": "{agency} sends {unit} too",
    "handover.unit_on_scene": "{agency}: {unit} is there",
    "handover.unit_undone": "{agency}: undone: {named} was sent too",
    "handover.unit_on_scene_undone": "{agency}: undone: {named} is there",
    "handover.finished": "{agency} has finished: {result}",
    "handover.finished_note": "{agency} has finished: {result} ({note})",
    "handover.stood_down": "{agency} is to stop: {reason}",
    "handover.stand_down_acknowledged": "{agency} knows that it is to stop: {by}",
    "handover.undone": "{agency}: undone: {state}",
    "handover.moved": "{agency} goes on with the other incident",
    "handover.taken_over": "{agency} came along: {state}",
    "handover.overdue": "{agency} is late: {what} within {limit_s} s",
}
"""Code -> English sentence, the message ids for translation."""


_FULLER = {
    "incident.opened": ("began_at", "incident.opened_late"),
    "incident.place_set": ("base", "incident.place_changed"),
    "incident.closed": ("note", "incident.closed_note"),
    "incident.separated": ("reason", "incident.separated_reason"),
    "handover.sent": ("unit", "handover.sent_unit"),
    "handover.en_route": ("unit", "handover.en_route_unit"),
    "handover.on_scene": ("unit", "handover.on_scene_unit"),
    "handover.finished": ("note", "handover.finished_note"),
}
"""Kind -> the field that, when it is there, makes the fuller sentence."""

_PARAMETER = re.compile(r"\{(\w+)\}")


def chronology(
    entries: list[Entry], incident: Incident, agency_name: Callable[[str], str] | Mapping[str, str] | None = None
) -> list[LogLine]:
    """The log of an incident, oldest first. ``agency_name`` turns an agency's id into its name."""

    def name(id: str) -> str:
        if agency_name is None:
            return id
        return agency_name(id) if callable(agency_name) else agency_name.get(id, id)

    sent: set[str] = set()
    lines: list[LogLine] = []
    for entry in entries:
        code, params = _say(entry.body, sent, entry.erased)
        handover = incident.handovers.get(getattr(entry.body, "handover", ""))
        if handover is not None:
            params["agency"] = safe_line(name(handover.agency))
        lines.append(
            LogLine(
                at=entry.at,
                recorded_at=entry.recorded_at,
                who=safe_line(entry.actor, 60),
                terminal=safe_line(entry.terminal, 60),
                code=code,
                message=MESSAGES[code],
                params=params,
            )
        )
    return lines


def _say(body: Record, sent: set[str], erased: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """The code and the parameters of an entry: the fields that its sentence names."""
    code = body.KIND
    fuller = _FULLER.get(code)
    if fuller and (getattr(body, fuller[0]) is not None or fuller[0] in erased):
        code = fuller[1]
    if isinstance(body, i.IncidentTextSet) and body.value is None and "value" not in erased:
        code = "incident.text_emptied"
    if isinstance(body, i.IncidentReopened) and body.undone:
        code = "incident.close_undone"
    if isinstance(body, h.HandoverUnitUndone) and body.step == "on_scene":
        code = "handover.unit_on_scene_undone"
    if isinstance(body, h.HandoverSent):
        code = "handover.sent_again" if body.handover in sent else code
        sent.add(body.handover)
    params: dict[str, Any] = {}
    for field in _PARAMETER.findall(MESSAGES[code]):
        value = ERASED if field in erased else getattr(body, field, None)
        if isinstance(value, str):
            value = safe_text(value)
        params[field] = "-" if value is None else value
    return code, params
