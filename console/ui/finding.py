"""Looking up places, types and agencies in the region's pack, as views. Thread-safe: the pack never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from itertools import islice

from console.i18n import translate as _
from console.ui.views import AgencyChoice, PlaceChoice, Target, TypeChoice
from console.ui.words import metres
from data.pack import IncidentType, Pack
from data.text import plain_letters, safe_line
from dispatch.places import Gazetteer, Match, Near
from dispatch.places.alert_areas import AlertArea, alert_areas
from dispatch.recommend import recommend
from dispatch.types import TypeIndex

PLACES_SHOWN = 7
TYPES_SHOWN = 7
REMEMBERED = 200
"""Matches kept for the choices handed out."""


class Finder:
    """The pack with its indexes. The first one waits for the polygons (0.2 s); ``warm`` does that in time."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._gazetteer = Gazetteer(pack)
        self._index = TypeIndex(pack)
        self._types = {kind.code: choice_of(kind) for kind in pack.types.values()}
        self._names = [
            (kind.code, plain_letters(f"{kind.name_id} {kind.name_en} {kind.code}").split())
            for kind in pack.types.values()
        ]
        self._matches: OrderedDict[tuple[object, ...], Match] = OrderedDict()
        self._guard = threading.Lock()

    def warm(self) -> None:
        """Build what the first question would build."""
        self._gazetteer.warm()

    # ------------------------------------------------------------------ places

    def places(self, text: str) -> tuple[PlaceChoice, ...]:
        """Places that ``text`` may mean, best first."""
        return tuple(self._choice(match) for match in self._gazetteer.search(text, PLACES_SHOWN))

    def alert_areas(self, text: str, radius_m: float) -> tuple[AlertArea, ...]:
        """Areas that ``text`` may mean, best first; ``radius_m``: metres round one of which only a point is known."""
        return tuple(alert_areas(self._gazetteer, text, radius_m))

    def certain_place(self, text: str) -> PlaceChoice | None:
        """The one place that ``text`` names exactly; None when there is none, or more than one."""
        wanted = plain_letters(text)
        choices = self.places(text)
        same = [c for c in choices if wanted in {plain_letters(c.name), plain_letters(c.label)}]
        exact = [c for c in same if wanted == plain_letters(c.label)] or same
        if len(exact) == 1:
            return exact[0]
        first = choices[0] if choices else None
        # Coordinates and kilometre marks name one place, however they are written.
        return first if first and first.kind in {"coordinates", "road_km"} and first.score >= 100 else None

    def _choice(self, match: Match) -> PlaceChoice:
        choice = PlaceChoice(
            name=match.name,
            kind=match.kind,
            lat=match.lat,
            lon=match.lon,
            precision_m=match.precision_m,
            village=match.village or "",
            village_code=match.village_code or "",
            district=match.district or "",
            district_code=match.district_code or "",
            regency=match.regency or "",
            score=match.score,
            near=near_words(match.near),
            source="coordinates" if match.kind == "coordinates" else "search",
        )
        with self._guard:
            self._matches[_key(choice)] = match
            self._matches.move_to_end(_key(choice))
            while len(self._matches) > REMEMBERED:
                self._matches.popitem(last=False)
        return choice

    def _match(self, choice: PlaceChoice) -> Match | None:
        """The match behind a choice, made anew when it was not handed out here."""
        with self._guard:
            known = self._matches.get(_key(choice))
        if known is not None or choice.lat is None or choice.lon is None:
            return known
        return self._gazetteer.match_at(choice.lat, choice.lon)

    # ------------------------------------------------------------------ types

    def types(self, text: str) -> tuple[TypeChoice, ...]:
        """Types that ``text`` may mean: those whose name has all its words, then those that its key words hint at.

        An empty text gives all types by priority.
        """
        words = plain_letters(safe_line(text, 200)).split()
        codes = [code for code, names in self._names if all(any(n.startswith(w) for n in names) for w in words)]
        codes.sort(key=lambda code: self._types[code].priority)
        hinted = [suggestion.code for suggestion in self._index.suggest(text, TYPES_SHOWN)] if words else []
        # One or two words are a name being typed; more are what the caller says.
        ordered = [*codes, *hinted] if len(words) <= 2 else [*hinted, *codes]
        shown = len(codes) if not words else TYPES_SHOWN
        return tuple(self._types[code] for code in islice(dict.fromkeys(ordered), shown))

    def certain_type(self, text: str) -> TypeChoice | None:
        """The type whose code or name ``text`` is."""
        wanted = plain_letters(text)
        for choice in self._types.values():
            if wanted in {plain_letters(choice.code), *(plain_letters(name) for name in choice.names.values())}:
                return choice
        return None

    def type_choice(self, code: str) -> TypeChoice | None:
        """The type of that code."""
        return self._types.get(code)

    # ------------------------------------------------------------------ agencies

    def agency_name(self, id: str) -> str:
        """The name of an agency, or its id when the pack does not have it any more."""
        agency = self.pack.agencies.get(id)
        return agency.name if agency is not None else id

    def targets(self) -> tuple[Target, ...]:
        """The agencies that have a telephone number, one for each number: the exchange knows the place by it."""
        by_number: dict[str, list[str]] = {}
        for agency in self.pack.agencies.values():
            if agency.number:
                by_number.setdefault(agency.number, []).append(agency.id)
        return tuple(
            Target(number, self.agency_name(agencies[0]), number, tuple(agencies))
            for number, agencies in by_number.items()
        )

    def recommend(self, place: PlaceChoice | None, type_code: str) -> tuple[AgencyChoice, ...]:
        """Agencies for a place and a type, primary ones first. Without a place: those that answer for the whole
        region, without any distance."""
        kind = self.pack.types.get(type_code)
        if kind is None:
            return ()
        match = self._match(place) if place is not None else None
        found = recommend(self.pack, self._gazetteer.map, match, kind)
        return tuple(
            AgencyChoice(
                id=agency.id,
                name=agency.name,
                kind=agency.kind,
                role=agency.role,
                distance_km=agency.distance_km,
                eta_min=agency.eta_min,
                estimate=agency.estimate or "",
                reason=agency.template,
                reason_params=tuple(agency.reason_params.items()),
            )
            for agency in found
        )


def _key(choice: PlaceChoice) -> tuple[object, ...]:
    return (choice.lat, choice.lon, choice.village_code, choice.district_code)


def choice_of(kind: IncidentType) -> TypeChoice:
    """A type of the pack as a choice."""
    return TypeChoice(kind.code, {"id": kind.name_id, "en": kind.name_en}, kind.priority)


def near_words(near: tuple[Near, ...]) -> str:
    """Which borders are close, the nearest first."""
    if not near:
        return ""
    first = min(near, key=lambda each: each.distance_m)
    area = f"{first.village}, {first.district}" if first.village else first.district
    return _("{distance} to {area}").format(distance=metres(first.distance_m), area=area)
