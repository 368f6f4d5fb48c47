"""Cards of the region's pack: what an incident type is and who answers for it, an agency, a place."""

from __future__ import annotations

from console.i18n import language
from console.i18n import translate as _
from console.ui import words
from console.ui.finding import Finder
from console.ui.views import Card, PlaceChoice
from data.pack import Agency, IncidentType
from data.text import plain_letters, safe_line

EACH = 4
"""Cards of a kind at most."""


def cards(finder: Finder, text: str) -> tuple[Card, ...]:
    """The cards that ``text`` may mean, best first: types, then agencies, then places; in the language spoken now."""
    shown = safe_line(text, 200)
    types = [finder.pack.types[choice.code] for choice in finder.types(shown)[:EACH]] if shown else []
    return (
        *(_type_card(finder, kind) for kind in types),
        *(_agency_card(finder, agency) for agency in _agencies(finder, shown)),
        *(_place_card(place) for place in (finder.places(shown)[:EACH] if shown else ())),
    )


def _agencies(finder: Finder, text: str) -> list[Agency]:
    wanted = plain_letters(text).split()
    if not wanted:
        return []
    found = []
    for agency in finder.pack.agencies.values():
        names = plain_letters(f"{agency.name} {agency.id.replace('-', ' ')} {agency.kind} {agency.number}").split()
        if all(any(name.strip(",()").startswith(word) for name in names) for word in wanted):
            found.append(agency)
    return found[:EACH]


def _type_card(finder: Finder, kind: IncidentType) -> Card:
    def answering(kinds: tuple[str, ...]) -> str:
        names = [agency.name for agency in finder.pack.agencies.values() if agency.kind in kinds]
        shown = "; ".join(names[:6])
        return f"{shown}; ..." if len(names) > 6 else shown

    name = kind.name_id if language() == "id" else kind.name_en
    return Card(
        _("type"),
        name,
        (
            (_("priority"), words.priority(kind.priority)),
            (_("primary"), answering(kind.primary)),
            (_("supporting"), answering(kind.support)),
            (_("key words"), ", ".join(kind.words)),
            (_("code"), kind.code),
            (_("verified"), kind.verified or _("by nobody yet")),
        ),
    )


def _area(finder: Finder, code: str) -> str:
    """The name of an area that an agency answers for, or its code when the pack does not name it."""
    pack = finder.pack
    known = pack.districts.get(code) or pack.neighbours.get(code) or pack.villages.get(code)
    return known.name if known is not None else (pack.region.name if code == pack.region.code else code)


def _agency_card(finder: Finder, agency: Agency) -> Card:
    office = agency.office
    return Card(
        _("agency"),
        agency.name,
        (
            (_("number"), agency.number or _("none in the pack")),
            (_("office"), f"{office.name}, {office.address}".rstrip(", ") if office is not None else _("unknown")),
            (_("answers for"), ", ".join(_area(finder, code) for code in agency.covers[:8])),
            (_("command word"), agency.id),
            (_("verified"), agency.verified or _("by nobody yet")),
        ),
    )


def _place_card(place: PlaceChoice) -> Card:
    where = ", ".join(part for part in (place.village, place.district, place.regency) if part)
    point = f"{place.lat:.5f}, {place.lon:.5f}" if place.lat is not None and place.lon is not None else _("unknown")
    precision = f" ±{words.metres(place.precision_m)}" if place.precision_m else ""
    return Card(
        _("place"),
        place.name,
        (
            (_("kind"), words.word(words.PLACE_KINDS, place.kind)),
            (_("where"), where),
            (_("position"), f"{point}{precision}"),
            (_("near"), place.near),
        ),
    )
