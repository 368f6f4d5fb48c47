"""What units there are and what each is doing. Its state is that of the open hand-over that names it, typed once."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from data.clock import Micros
from data.projection import Database
from dispatch.incidents.handover_state import ACKNOWLEDGED, EN_ROUTE, ON_SCENE, SENT, STOOD_DOWN, Handover
from dispatch.incidents.handover_units import sent
from dispatch.incidents.projection import SPLIT, split_handover
from dispatch.units.names import KINDS, key, named, parts

FREE, ASKED, OUT = "free", "asked", "out_of_service"
"""States of a unit beside en_route, on_scene and stood_down: nobody has it; an agency was asked for it and has not sent
it yet; it cannot be sent."""

_STATES = {ON_SCENE: ON_SCENE, EN_ROUTE: EN_ROUTE, STOOD_DOWN: STOOD_DOWN, ACKNOWLEDGED: ASKED, SENT: ASKED}
"""State of the hand-over -> that of a unit which it names; what says most of where it is comes first."""

_ORDER = tuple(dict.fromkeys(_STATES.values()))


class At(msgspec.Struct, frozen=True, kw_only=True):
    """An open hand-over that names a unit. ``text``: as it names it; ``since``: UTC micros, when it came so far."""

    agency: str
    text: str
    incident: str
    number: int
    handover: str
    state: str
    since: Micros


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of an agency. ``at``: the open hand-overs that name it, the one that says most of where it is first;
    ``out_since``: since when it cannot be sent, or None. ``registered`` is False for one that was only typed."""

    agency: str
    key: str
    call_sign: str
    kind: str
    registered: bool = True
    out_since: Micros | None = None
    out_reason: str | None = None
    at: tuple[At, ...] = ()

    @property
    def state(self) -> str:
        """free, asked, en_route, on_scene, stood_down or out_of_service. An incident says more than being out."""
        if self.at:
            return self.at[0].state
        return OUT if self.out_since is not None else FREE

    @property
    def since(self) -> Micros | None:
        """Since when it is so; None for a free one."""
        return self.at[0].since if self.at else self.out_since

    @property
    def number(self) -> int | None:
        """The number of the incident that it is on."""
        return self.at[0].number if self.at else None


def units(db: Database, agency: str | None = None) -> list[Unit]:
    """The registered units (of one agency), by agency, kind and call sign, each with what it is doing."""
    where = "" if agency is None else " WHERE agency = :agency"
    rows = db.execute(
        f"SELECT agency, key, call_sign, kind, out_since, out_reason FROM units{where}",
        {} if agency is None else {"agency": agency},
    ).fetchall()
    busy = _busy(db)
    found = [
        Unit(
            agency=of, key=key_, call_sign=call_sign, kind=kind, out_since=since, out_reason=reason,
            at=busy.get((of, key_), ()),
        )
        for of, key_, call_sign, kind, since, reason in rows
    ]  # fmt: skip
    return sorted(found, key=_place)


def everything(db: Database) -> list[Unit]:
    """The registered units, and after them those that are only named by open hand-overs, as they were typed."""
    found = units(db)
    known = {(unit.agency, unit.key) for unit in found}
    typed = [
        Unit(agency=of, key=key_, call_sign=_typed(ats[0].text, key_), kind="", registered=False, at=ats)
        for (of, key_), ats in _busy(db).items()
        if (of, key_) not in known
    ]
    return [*found, *sorted(typed, key=_place)]


def one(db: Database, agency: str, call_sign: str) -> Unit | None:
    """The registered unit that ``call_sign`` means at that agency, or None."""
    wanted = key(call_sign)
    return next((unit for unit in units(db, agency) if unit.key == wanted), None)


def at_incidents(db: Database) -> list[At]:
    """The hand-overs of active incidents from which something is expected and that name a unit, the oldest first; one
    whose units are not all alike once for each of them."""
    rows = db.execute(
        f"""
        SELECT h.agency, h.unit, i.id, i.number, h.id, h.state,
            CASE h.state WHEN 'sent' THEN h.sent_at WHEN 'acknowledged' THEN h.acknowledged_at
                WHEN 'en_route' THEN h.en_route_at WHEN 'on_scene' THEN h.on_scene_at ELSE h.stood_down_at END AS since,
            {SPLIT}
        FROM incidents i JOIN handovers h ON h.incident = i.id
        WHERE i.status = 'active' AND h.unit IS NOT NULL
            AND h.state IN ('sent', 'acknowledged', 'en_route', 'on_scene', 'stood_down')
        ORDER BY h.sent_at, h.id
        """
    ).fetchall()
    found: list[At] = []
    for of, text, id, number, handover, state, since, whole in rows:
        each = At(
            agency=of, text=text, incident=id, number=number, handover=handover, state=_STATES[state], since=since
        )
        split = split_handover(handover, whole) if state in (EN_ROUTE, ON_SCENE) else None
        found += [each] if split is None else _apart(each, split)
    return found


def _apart(at: At, handover: Handover) -> list[At]:
    """The same for each unit of a hand-over whose units are not all alike."""
    replace = msgspec.structs.replace
    return [
        replace(at, text=unit.text, state=ON_SCENE, since=unit.on_scene_at)
        if unit.on_scene_at is not None
        else replace(at, text=unit.text, state=EN_ROUTE, since=unit.en_route_at or at.since)
        for unit in sent(handover)
    ]


def _busy(db: Database) -> dict[tuple[str, str], tuple[At, ...]]:
    """(agency, key) -> the hand-overs that name that unit, the one that says most of where it is first."""
    found: dict[tuple[str, str], list[At]] = {}
    for at in at_incidents(db):
        for key_ in named(at.text):
            found.setdefault((at.agency, key_), []).append(at)
    return {unit: tuple(sorted(ats, key=lambda at: _ORDER.index(at.state))) for unit, ats in found.items()}


def _typed(text: str, wanted: str) -> str:
    """The part of a text that names the unit of that key, as it was typed."""
    return next((part for part in parts(text) if key(part) == wanted), text)


def _place(unit: Unit) -> tuple[object, ...]:
    kind = KINDS.index(unit.kind) if unit.kind in KINDS else len(KINDS)
    return unit.agency, kind, natural(unit.call_sign)


def natural(call_sign: str) -> tuple[tuple[int, int, str], ...]:
    """What call signs are sorted by: A-2 before A-12."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", call_sign.casefold())
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)


def doubled(found: Iterable[Unit], agency: str, text: str, handover: str = "") -> tuple[Unit, ...]:
    """Of the units that ``text`` names at ``agency``, those that somebody should know of before they are sent: which
    are on another open hand-over than ``handover``, or out of service. Their ``at`` has the other hand-overs only."""
    wanted = named(text)
    told = []
    for unit in found:
        if unit.agency != agency or unit.key not in wanted:
            continue
        others = tuple(at for at in unit.at if at.handover != handover)
        if others or unit.out_since is not None:
            told.append(msgspec.structs.replace(unit, at=others))
    return tuple(told)
