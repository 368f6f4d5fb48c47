"""Carrying out what a command line meant: the same requests as the keys make, with the versions that were looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from console.command_line import Intent, KnownAgency, OpenHandover
from console.command_line.preview import DEFAULT_MEANS
from console.i18n import translate as _
from console.ui.views import AgencyChoice, IncidentDetail, IncidentRow, PlaceChoice
from data.entry import new_id

if TYPE_CHECKING:
    from console.ui.app import SiagaApp
    from console.ui.desk.api import DeskApi
    from console.ui.screens.base import OperatorScreen

NOT_UNDONE = frozenset({"note", "reopen"})
"""Actions that nothing takes back but the opposite."""

Work = Callable[[str], object]
"""What the writing thread does with a decision's id."""


def carry(app: SiagaApp, screen: OperatorScreen, intent: Intent) -> None:
    """Do what ``intent`` says. Late data is found by the version: then the operator gets one clear message."""
    action = intent.action.id
    if intent.direct or intent.argument or not intent.action.arguments:
        app.perform(action, intent.argument)
    elif action in _WITH_HANDOVER and intent.handover is not None:
        _do(app, screen, action, intent.handover.incident, *_WITH_HANDOVER[action](app.desk, intent, intent.handover))
    elif action in _WITH_INCIDENT and intent.incident is not None:
        _do(app, screen, action, intent.incident.id, *_WITH_INCIDENT[action](app.desk, intent, intent.incident))
    else:
        screen.carry(intent)


def _do(app: SiagaApp, screen: OperatorScreen, action: str, incident: str, work: Work, done: str) -> None:
    decision = new_id()
    undo = action not in NOT_UNDONE

    def ended(result: object) -> None:
        screen.was_done(incident, decision, done, undo=undo, result=result)

    app.write(lambda: work(decision), ended)


# ------------------------------------------------------------------ hand-overs


def _acknowledge(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} has it: {by}").format(agency=part.agency_name, by=it.text)
    means = it.choice or DEFAULT_MEANS
    return lambda d: desk.acknowledge(part.incident, part.handover, it.text, means, part.version, d), done


def _refuse(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} refused; reassign with g.").format(agency=part.agency_name)
    return lambda d: desk.refuse(part.incident, part.handover, "", it.text, part.version, d), done


def _en_route(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} is en route.").format(agency=part.agency_name)
    return lambda d: desk.en_route(part.incident, part.handover, it.text, part.version, d), done


def _add_unit(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} sends {unit} too.").format(agency=part.agency_name, unit=it.text)
    return lambda d: desk.add_unit(part.incident, part.handover, it.text, part.version, d), done


def _on_scene(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} is on scene.").format(agency=part.agency_name)
    return lambda d: desk.on_scene(part.incident, part.handover, it.text, part.version, d), done


def _finish(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} is finished.").format(agency=part.agency_name)
    return lambda d: desk.finish(part.incident, part.handover, it.choice, it.text, part.version, d), done


def _reassign(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    new = it.agencies[0]
    done = _("Given to {new}; {old} has to acknowledge the stand-down.").format(new=new.with_unit, old=part.agency_name)

    def work(decision: str) -> object:
        (choice,) = as_choices(desk, part.incident, (new,))
        return desk.reassign(part.incident, part.handover, choice, it.text, part.version, decision)

    return work, done


def _stand_down(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} has to acknowledge the stand-down.").format(agency=part.agency_name)
    return lambda d: desk.stand_down(part.incident, part.handover, it.text, part.version, d), done


def _stood_down(desk: DeskApi, it: Intent, part: OpenHandover) -> tuple[Work, str]:
    done = _("{agency} is stood down.").format(agency=part.agency_name)
    return lambda d: desk.stand_down_acknowledged(part.incident, part.handover, it.text, part.version, d), done


# ------------------------------------------------------------------ incidents


def _hand_over(desk: DeskApi, it: Intent, row: IncidentRow) -> tuple[Work, str]:
    names = ", ".join(agency.with_unit for agency in it.agencies)
    done = _("Handed over to {names}. They have to acknowledge.").format(names=names)
    return lambda d: desk.hand_over(row.id, as_choices(desk, row.id, it.agencies), d), done


def _note(desk: DeskApi, it: Intent, row: IncidentRow) -> tuple[Work, str]:
    return lambda d: desk.note(row.id, it.text, d), _("Noted.")


def _close(desk: DeskApi, it: Intent, row: IncidentRow) -> tuple[Work, str]:
    done = _("Incident {number} is closed.").format(number=row.number)
    return lambda d: desk.close_incident(row.id, it.choice, it.text, row.version, d), done


def _reopen(desk: DeskApi, it: Intent, row: IncidentRow) -> tuple[Work, str]:
    done = _("Incident {number} is active again.").format(number=row.number)
    return lambda d: desk.reopen(row.id, it.text, row.version, d), done


def as_choices(desk: DeskApi, incident: str, agencies: tuple[KnownAgency, ...]) -> list[AgencyChoice]:
    """Agencies named by hand, in the role that the recommendation gives them; the others support. Each with the unit
    by whose call sign it was named. May block."""
    detail = desk.detail(incident)
    kind = detail.row.type if detail is not None else ""
    known = {each.id: each for each in (desk.recommend(place_of(detail), kind) if detail is not None and kind else ())}
    return [
        replace(known.get(each.id) or AgencyChoice(each.id, each.name, "", "supporting"), unit=each.unit)
        for each in agencies
    ]


def place_of(detail: IncidentDetail | None) -> PlaceChoice | None:
    """The place of an incident as a choice, when it is known where it is."""
    if detail is None or detail.lat is None or detail.lon is None:
        return None
    return PlaceChoice(
        detail.values.get("place", ""), "", detail.lat, detail.lon,
        village_code=detail.village_code, district_code=detail.district_code,
    )  # fmt: skip


_WITH_HANDOVER: dict[str, Callable[[DeskApi, Intent, OpenHandover], tuple[Work, str]]] = {
    "acknowledge": _acknowledge,
    "refuse": _refuse,
    "en_route": _en_route,
    "add_unit": _add_unit,
    "on_scene": _on_scene,
    "finish": _finish,
    "reassign": _reassign,
    "stand_down": _stand_down,
    "stand_down_acknowledged": _stood_down,
}
_WITH_INCIDENT: dict[str, Callable[[DeskApi, Intent, IncidentRow], tuple[Work, str]]] = {
    "hand_over": _hand_over,
    "note": _note,
    "close": _close,
    "reopen": _reopen,
}
