"""Which agencies for this place and this type: coverage first, then distance; every line with its reason.

Distances are geodesic (WGS 84), round a reservoir where the straight line crosses one. They are estimates and never
driving times: there is no road network in the pack.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from data.pack import Agency, IncidentType, Pack, covers
from dispatch.distance import geodesic_km
from dispatch.places.areas import AreaMap
from dispatch.places.gazetteer import Match

STRAIGHT = "straight line"
ROUND_LAKE = "round the lake"

VAGUE_M = 5000.0
"""A place less certain than this (metres) gives no minutes: half a district is no address."""

FAR_KM = 100.0
"""Behind a straight line that is longer nobody knows the roads: no minutes either."""

REASONS = {
    "covers": "answers for {area}",
    "covers_too": "answers for {area} as well, behind {first}",
    "border": "answers for {area}, {distance_m} m away across the border",
    "nearest_other": "nearest other agency of its kind; answers elsewhere",
    "part": "answers for a part of {area}; the place is not known yet",
    "outside": "no agency of this region answers for {area}; nearest known one of its kind",
}
"""English sentences of the reasons, by code; screens translate them by code and parameters."""


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """One agency. ``role``: primary or supporting. ``distance_km`` and ``eta_min`` are None when nobody can know them.

    ``estimate`` says how the distance was measured: "straight line", "round the lake", or None.
    """

    id: str
    name: str
    kind: str
    role: str
    distance_km: float | None
    eta_min: int | None
    estimate: str | None
    reason_code: str
    reason_params: dict[str, str]
    number: str = ""

    @property
    def template(self) -> str:
        """The reason's sentence before its parameters are filled in: the message id for translation."""
        return REASONS[self.reason_code]

    @property
    def reason(self) -> str:
        """The reason as an English sentence."""
        return self.template.format(**self.reason_params)


def recommend(pack: Pack, areas: AreaMap, place: Match | None, type: IncidentType | None) -> list[Recommendation]:
    """Agencies for ``place`` (None: not known yet) and ``type``, primary ones first.

    Of each kind that the type asks for: the agency with the most specific coverage of the place, the nearer first;
    then those behind it, those just across a border, and for the primary kinds the nearest other one as a reserve.
    Without a type: for every kind the agency that answers for the place. Without a place: those that answer for the
    whole region; of a kind that has none such, all that answer for a part of it; no distances.
    """
    work = _Work(pack, areas, place)
    if type is None:
        for kind in dict.fromkeys(agency.kind for agency in pack.agencies.values()):
            work.answering(kind, "primary", alone=True)
        return work.done
    for kind in type.primary:
        work.answering(kind, "primary")
    for kind in type.primary:
        work.reserves(kind)
    for kind in type.support:
        work.answering(kind, "supporting")
    return sorted(work.done, key=lambda r: r.role != "primary")


class _Work:
    def __init__(self, pack: Pack, areas: AreaMap, place: Match | None) -> None:
        self._pack, self._areas, self._place = pack, areas, place
        self._code = place.village_code or place.district_code or "" if place else pack.region.code
        self._distances: dict[str, tuple[float, str] | None] = {}
        self.done: list[Recommendation] = []

    def answering(self, kind: str, role: str, *, alone: bool = False) -> None:
        """Those of ``kind`` that cover the place: the best in ``role``, the others (unless ``alone``) supporting."""
        found = sorted(
            ((-size, self._far(agency), agency.id) for agency, size in self._covering(kind, self._code)),
        )
        agencies = [self._pack.agencies[id] for _, _, id in found]
        if not agencies:
            self._stand_in(kind, role)
            return
        first = agencies[0]
        self._add(first, role, "covers", area=self._covered_area(first))
        if alone:
            return
        self._across_border(kind)
        for agency in agencies[1:2]:
            self._add(agency, "supporting", "covers_too", area=self._covered_area(agency), first=first.name)

    def reserves(self, kind: str) -> None:
        """The nearest other agency of ``kind`` that has a position."""
        if self._place is None:
            return
        listed = {r.id for r in self.done}
        others = [a for a in self._pack.agencies.values() if a.kind == kind and a.id not in listed and a.office]
        if others:
            self._add(min(others, key=lambda a: (self._far(a), a.id)), "supporting", "nearest_other")

    def _across_border(self, kind: str) -> None:
        listed = {r.id for r in self.done}
        for near in self._place.near if self._place else ():
            code = near.village_code or near.district_code
            for agency, _ in sorted(self._covering(kind, code), key=lambda item: -item[1])[:1]:
                if agency.id not in listed and not any(covers(area, self._code) for area in agency.covers):
                    listed.add(agency.id)
                    area = f"{near.village}, {near.district}" if near.village else near.district
                    self._add(agency, "supporting", "border", area=area, distance_m=f"{near.distance_m:.0f}")

    def _stand_in(self, kind: str, role: str) -> None:
        """Nobody covers the place: it lies outside, or it is not known and only parts of the region have somebody."""
        others = [agency for agency in self._pack.agencies.values() if agency.kind == kind]
        if self._place is None:
            for agency in others:
                self._add(agency, role, "part", area=self._pack.region.name)
        elif others:
            nearest = min(others, key=lambda a: (self._far(a), a.id))
            where = ", ".join(x for x in (self._place.district, self._place.regency) if x) or self._place.name
            self._add(nearest, role, "outside", area=where)

    def _covering(self, kind: str, code: str) -> Iterable[tuple[Agency, int]]:
        """Agencies of ``kind`` that cover ``code``, with how specific their coverage is (length of the area's code)."""
        for agency in self._pack.agencies.values():
            if agency.kind == kind and code:
                sizes = [len(area) for area in agency.covers if covers(area, code)]
                if sizes:
                    yield agency, max(sizes)

    def _covered_area(self, agency: Agency) -> str:
        code = max((area for area in agency.covers if covers(area, self._code)), key=len)
        if code in self._pack.villages:
            return self._pack.villages[code].name
        if code in self._pack.districts:
            return f"Kec. {self._pack.districts[code].name}"
        return self._pack.region.name

    def _far(self, agency: Agency) -> float:
        distance = self._distance(agency)
        return distance[0] if distance else math.inf

    def _distance(self, agency: Agency) -> tuple[float, str] | None:
        """Kilometres and how they were measured; None without a position."""
        if agency.id not in self._distances:
            self._distances[agency.id] = None
            if agency.office and self._place:
                here, there = (self._place.lat, self._place.lon), (agency.office.lat, agency.office.lon)
                km = geodesic_km(here, there)
                factor = self._areas.round_the_lakes(there, here)
                self._distances[agency.id] = (km * factor, ROUND_LAKE) if factor else (km, STRAIGHT)
        return self._distances[agency.id]

    def _add(self, agency: Agency, role: str, reason: str, **params: str) -> None:
        if any(r.id == agency.id for r in self.done):
            return
        distance = self._distance(agency)
        eta: int | None = None
        place, office = self._place, agency.office
        if distance and place and office and office.position_known_to != "district":
            whole_district = place.village_code is None and place.kind.endswith("district")
            if place.precision_m <= VAGUE_M and distance[0] <= FAR_KM and not whole_district:
                eta = max(1, math.ceil(distance[0] / self._pack.region.speed_km_h * 60))
        self.done.append(
            Recommendation(
                id=agency.id,
                name=agency.name,
                kind=agency.kind,
                role=role,
                distance_km=round(distance[0], 1) if distance else None,
                eta_min=eta,
                estimate=distance[1] if distance else None,
                reason_code=reason,
                reason_params=params,
                number=agency.number,
            )
        )
