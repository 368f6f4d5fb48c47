"""The rules of the list of units: the present state and a request -> entries. Nothing is ever partly done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from data.entry import Draft, draft
from data.errors import Refusal
from data.projection import Database
from data.text import safe_line
from data.vocabulary import units as v
from dispatch.units.names import KINDS, USUAL_KINDS, call_sign, key
from dispatch.units.queries import Unit, units


class Wanted(msgspec.Struct, frozen=True):
    """A unit to register. ``kind`` "": the usual one of its agency's kind; ``line``: of the file that names it."""

    agency: str
    call_sign: str
    kind: str = ""
    line: int = 0


class Faulty(Exception):
    """Units that cannot be registered, each with why; none was."""

    def __init__(self, faults: Sequence[tuple[Wanted, Refusal]]) -> None:
        super().__init__("; ".join(str(refusal) for _wanted, refusal in faults))
        self.faults = tuple(faults)


def register(db: Database, actor: str, wanted: Wanted, agencies: Mapping[str, str]) -> list[Draft]:
    """One unit more. ``agencies``: id -> kind of those that there are. Raises Refusal."""
    return [_registered(actor, wanted, agencies, _known(db))]


def register_all(db: Database, actor: str, wanted: Sequence[Wanted], agencies: Mapping[str, str]) -> list[Draft]:
    """All of ``wanted`` or none. Raises Faulty with everything that is wrong."""
    known, faults, made = _known(db), [], []
    for each in wanted:
        try:
            made.append(_registered(actor, each, agencies, known))
        except Refusal as refusal:
            faults.append((each, refusal))
    if faults:
        raise Faulty(faults)
    return made


def retire(db: Database, actor: str, unit: Unit, reason: str | None = None) -> list[Draft]:
    """The agency has it no more. Refused while it is on an incident."""
    found = _present(db, unit)
    if found.at:
        raise Refusal(
            "unit_on_incident",
            "{call_sign} is on incident {number}: it can be retired when it is free",
            call_sign=found.call_sign,
            number=found.number,
        )
    body = v.UnitRetired(agency=found.agency, call_sign=found.call_sign, reason=_reason(reason))
    return [draft(stream(found.agency, found.call_sign), body, actor=actor)]


def out_of_service(db: Database, actor: str, unit: Unit, reason: str) -> list[Draft]:
    """It cannot be sent for now; also one that is on an incident (it broke down there). Refused without a reason."""
    found = _present(db, unit)
    if found.out_since is not None:
        raise Refusal("out_already", "{call_sign} is out of service already", call_sign=found.call_sign)
    why = _reason(reason)
    if why is None:
        raise Refusal(
            "no_reason_out", "why is {call_sign} out of service? A reason is needed", call_sign=found.call_sign
        )
    body = v.UnitOutOfService(agency=found.agency, call_sign=found.call_sign, reason=why)
    return [draft(stream(found.agency, found.call_sign), body, actor=actor)]


def in_service(db: Database, actor: str, unit: Unit) -> list[Draft]:
    """It can be sent again."""
    found = _present(db, unit)
    if found.out_since is None:
        raise Refusal("not_out", "{call_sign} is not out of service", call_sign=found.call_sign)
    body = v.UnitInService(agency=found.agency, call_sign=found.call_sign)
    return [draft(stream(found.agency, found.call_sign), body, actor=actor)]


def find(db: Database, text: str, agency: str | None = None) -> Unit:
    """The registered unit that ``text`` means; ``agency`` where several have one of that call sign. Raises Refusal."""
    wanted = key(text)
    found = [unit for unit in units(db, agency) if unit.key == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refusal(
            "several_units",
            "several agencies have a unit {call_sign}: {which}",
            call_sign=found[0].call_sign,
            which=", ".join(unit.agency for unit in found),
        )
    raise Refusal("no_such_unit", "there is no unit {call_sign!r}", call_sign=safe_line(text, 40))


def stream(agency: str, call_sign: str) -> str:
    """The stream of a unit."""
    return f"unit/{agency}/{key(call_sign)}"


def _registered(actor: str, wanted: Wanted, agencies: Mapping[str, str], known: dict[tuple[str, str], str]) -> Draft:
    """The entry for one unit, which ``known`` has from then on."""
    agency = safe_line(wanted.agency.strip(), 100)
    if agency not in agencies:
        raise Refusal("no_such_agency", "there is no agency {id!r} in the region's pack", id=safe_line(agency, 40))
    sign = call_sign(wanted.call_sign)
    of = {key(id): id for id in agencies}
    if key(sign) in of:
        raise Refusal(
            "call_sign_is_agency",
            "call sign {call_sign!r} is the short name of the agency {id}: a line could not tell them apart",
            call_sign=sign,
            id=of[key(sign)],
        )
    if (agency, key(sign)) in known:
        raise Refusal(
            "unit_taken",
            "{id} has a unit {call_sign} already (case, blanks and dashes do not tell units apart)",
            id=agency,
            call_sign=known[agency, key(sign)],
        )
    kind = wanted.kind.strip() or USUAL_KINDS.get(agencies[agency], "other")
    if kind not in KINDS:
        raise Refusal(
            "unknown_unit_kind", "a unit's kind is one of {known}, not {given!r}", known=", ".join(KINDS),
            given=safe_line(kind, 40),
        )  # fmt: skip
    known[agency, key(sign)] = sign
    body = v.UnitRegistered(agency=agency, call_sign=sign, unit_kind=kind)
    return draft(stream(agency, sign), body, actor=actor)


def _known(db: Database) -> dict[tuple[str, str], str]:
    return {(row[0], row[1]): row[2] for row in db.execute("SELECT agency, key, call_sign FROM units").fetchall()}


def _present(db: Database, unit: Unit) -> Unit:
    """The unit as it stands now, inside the lock."""
    for each in units(db, unit.agency):
        if each.key == unit.key:
            return each
    raise Refusal("no_such_unit", "there is no unit {call_sign!r}", call_sign=unit.call_sign)


def _reason(text: str | None) -> str | None:
    return safe_line(text or "", 200).strip() or None
