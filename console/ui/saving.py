"""Saving fields of the form: places and types found for the typed text, the incident opened with what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.i18n import language
from console.ui.finding import Finder
from console.ui.views import FieldChange, FieldSaved, Source, TypeChoice
from data.errors import Refusal
from data.journal import Journal
from dispatch import desk as dispatch
from dispatch.incidents import queries as incidents


def save_fields(
    journal: Journal,
    finder: Finder,
    asked: Callable[[str], dispatch.Asked],
    incident: str,
    call: str,
    changes: Sequence[FieldChange],
    source: Source | None = None,
) -> tuple[int, tuple[FieldSaved, ...]]:
    """Save ``changes`` to the incident, opening it (one transaction with all of them) when it does not exist.

    ``asked``: a decision's id -> who asks; ``source``: of an incident without a call. Returns the incident's number (0:
    not opened, nothing to open it with) and what came of each field. A refused field keeps nothing back from the
    others. Raises StoreLocked, StoreFull when nothing can be written.
    """
    found = [_find(finder, change) for change in changes]
    usable = [(change, fate) for change, fate in zip(changes, found, strict=True) if not fate.unknown]
    if incidents.get(journal, incident) is None:
        return _open(journal, asked, incident, call, usable, found, source)
    fates = {fate.name: fate for fate in found}
    for change, fate in usable:
        try:
            _set(journal, asked(change.decision), finder, incident, change, fate)
        except Refusal as error:
            fates[change.name] = FieldSaved(change.name, change.text, error=error)
    state = incidents.get(journal, incident)
    return (state.number if state is not None else 0), tuple(fates[change.name] for change in changes)


def _find(finder: Finder, change: FieldChange) -> FieldSaved:
    """The field with its place or type found for the text."""
    text = change.text
    if change.name == "place" and text.strip():
        place = change.place or finder.certain_place(text)
        if place is None and change.best:
            place = next(iter(finder.places(text)), None)
        return FieldSaved("place", place.label if place is not None else text.strip(), place=place)
    if change.name == "type" and text.strip():
        kind = change.type or finder.certain_type(text)
        if kind is None and change.best:
            kind = next(iter(finder.types(text)), None)
        if kind is None:
            return FieldSaved("type", text, unknown=True)
        return FieldSaved("type", kind.name(language()), type=kind)
    return FieldSaved(change.name, text)


def _place(fate: FieldSaved) -> dispatch.Place:
    choice = fate.place
    if choice is None:
        return dispatch.Place(name=fate.text, source="typed")
    return dispatch.Place(
        name=fate.text,
        lat=choice.lat,
        lon=choice.lon,
        precision_m=choice.precision_m,
        village=choice.village or None,
        village_code=choice.village_code or None,
        district=choice.district or None,
        district_code=choice.district_code or None,
        regency=choice.regency or None,
        source=choice.source,
    )


def _open(
    journal: Journal,
    asked: Callable[[str], dispatch.Asked],
    incident: str,
    call: str,
    usable: Sequence[tuple[FieldChange, FieldSaved]],
    found: Sequence[FieldSaved],
    source: Source | None,
) -> tuple[int, tuple[FieldSaved, ...]]:
    known: dispatch.Place | None = None
    kind: TypeChoice | None = None
    texts: dict[str, str] = {}
    for change, fate in usable:
        if change.name == "place" and fate.text:
            known = _place(fate)
        elif change.name == "type":
            kind = fate.type
        else:
            texts[change.name] = fate.text
    if known is None and kind is None:
        return 0, tuple(found)
    dispatch.open_incident(
        journal,
        asked(f"{incident}-open"),
        incident,
        origin="call" if call else source.origin if source is not None else "other",
        began_at=source.began_at if source is not None and not call else None,
        call=call or None,
        place=known,
        type=kind.code if kind is not None else None,
        priority=kind.priority if kind is not None else None,
        texts=texts,
    )
    state = incidents.get(journal, incident)
    return (state.number if state is not None else 0), tuple(found)


def _set(
    journal: Journal, asked: dispatch.Asked, finder: Finder, incident: str, change: FieldChange, fate: FieldSaved
) -> None:
    base = change.base or None
    if change.name == "place":
        dispatch.set_place(journal, asked, incident, _place(fate), base=base)
    elif change.name == "type" and fate.type is not None:
        before = finder.certain_type(change.base) if base else None
        dispatch.set_type(
            journal, asked, incident, fate.type.code, fate.type.priority, base=before.code if before else None
        )
    else:
        dispatch.set_text(journal, asked, incident, change.name, fate.text or None, base=base)
