"""Finding a place from what a caller says: names with slips, coordinates, kilometre marks, codes.

The names of a regency are a few hundred: an index of trigrams in memory picks the likely ones, rapidfuzz ranks them.
Measured against FTS5 trigrams into rapidfuzz: see tests/benchmarks/bench_places.py.
"""

from __future__ import annotations

import math
import re
from functools import cached_property

import msgspec
from rapidfuzz import fuzz

from data.pack import Office, Pack, Place, Polygon, covers
from data.text import safe_line
from dispatch.places.areas import AreaMap, Near
from dispatch.places.coordinates import parse_coordinates
from dispatch.places.roads import find_on_roads
from dispatch.places.trigrams import TrigramIndex
from dispatch.places.words import Query, letters, squeeze, take_apart

LOWEST_SCORE = 60.0
"""Matches below this are no suggestion (0 to 100, as rapidfuzz counts)."""

_SURE = 85.0
_CANDIDATES = 60
_CODE = re.compile(r"(\d\d)\.?(\d\d)(?:\.?(\d\d)(?:\.?(\d{4}))?)?")
_OFFICE_PRECISION_M = 100.0
_IN_BRACKETS = re.compile(r"\(([^)]*)\)")
_RANK = {"village": 0, "district": 1, "reservoir": 3, "neighbour_district": 4}


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A place that may be meant. ``precision_m``: the true place may be that far from ``lat``, ``lon``.

    ``kind``: village, district, neighbour_district, reservoir, office, road_km, coordinates, or the pack's kind of
    place (railway_station, toll_gate, ...). ``near``: areas just across a border. ``score``: 0 to 100.
    """

    name: str
    kind: str
    lat: float
    lon: float
    precision_m: float
    village: str | None
    village_code: str | None
    district: str | None
    district_code: str | None
    regency: str | None
    score: float
    near: tuple[Near, ...] = ()


class _Document(msgspec.Struct):
    """One spelling of a name, and the match that it stands for."""

    text: str
    tight: str
    place: str
    match: Match


class Gazetteer:
    """All names of a pack. Build it once; ``search`` takes any text whatever and never raises."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.map = AreaMap(pack)
        self._documents: list[_Document] = []
        self._villages: dict[str, Match] = {}
        self._by_code: dict[str, list[Match]] = {}
        self._fill()

    def warm(self) -> None:
        """Build what else would be built under the first question (polygons: about 0.2 s)."""
        self.map.warm()
        self.search("0,0")
        self._candidates("a")

    # ------------------------------------------------------------------ building

    def _fill(self) -> None:
        pack = self.pack
        for village in pack.villages.values():
            match = self._match(
                village.name,
                "village",
                village.lat,
                village.lon,
                self._reach(village.lat, village.lon, village.polygons),
                village_code=village.code,
            )
            self._villages[village.code] = match
            for code in (village.code, village.code.replace(".", ""), village.bps_code, village.postcode):
                if code:
                    self._by_code.setdefault(code, []).append(match)
            self._add(match, {village.name, village.bps_name}, village.district)
        centres = {
            ".".join(place.village_code.split(".")[:3]): place
            for place in pack.places
            if place.kind == "district_centre"
        }
        for kind, districts in (("district", pack.districts), ("neighbour_district", pack.neighbours)):
            for district in districts.values():
                centre = centres.get(district.code) if kind == "district" else None
                lat, lon = (centre.lat, centre.lon) if centre else _middle(district.polygons)
                reach = self._reach(lat, lon, district.polygons)
                match = self._match(district.name, kind, lat, lon, reach, district_code=district.code)
                for code in (district.code, district.code.replace(".", "")):
                    self._by_code.setdefault(code, []).append(match)
                self._add(match, {district.name}, district.regency)
        for place in pack.places:
            if place.kind != "district_centre":  # that is the district's own match
                self._add_place(place)
        for office in pack.offices:
            self._add_office(office)
        for lake in pack.reservoirs:
            lat, lon = _middle(lake.polygons)
            reach = self._reach(lat, lon, lake.polygons)
            self._add(self._match(lake.name, "reservoir", lat, lon, reach), _spellings(lake.name), "")

    def _add_place(self, place: Place) -> None:
        inside = covers(self.pack.region.code, place.village_code)
        match = self._match(
            place.name,
            place.kind,
            place.lat,
            place.lon,
            place.precision_m,
            village_code=place.village_code if inside else None,
            district_code=".".join(place.village_code.split(".")[:3]),
        )
        self._add(match, _spellings(place.name), match.district or "")

    def _add_office(self, office: Office) -> None:
        village = self.pack.villages[office.village_code]
        known_to = office.position_known_to
        if known_to == "building":
            reach = _OFFICE_PRECISION_M
        elif known_to == "village":
            reach = self._reach(office.lat, office.lon, village.polygons)
        else:
            reach = self._reach(office.lat, office.lon, self.pack.districts[village.district_code].polygons)
        match = self._match(
            office.name,
            "office",
            office.lat,
            office.lon,
            reach,
            village_code=None if known_to == "district" else village.code,
            district_code=village.district_code,
        )
        self._add(match, _spellings(office.name), village.district)

    def _match(
        self,
        name: str,
        kind: str,
        lat: float,
        lon: float,
        precision_m: float,
        *,
        village_code: str | None = None,
        district_code: str | None = None,
    ) -> Match:
        village = self.pack.villages.get(village_code or "")
        code = village.district_code if village else district_code
        district = self.pack.districts.get(code or "") or self.pack.neighbours.get(code or "")
        return Match(
            name=name,
            kind=kind,
            lat=round(lat, 6),
            lon=round(lon, 6),
            precision_m=round(precision_m),
            village=village.name if village else None,
            village_code=village.code if village else None,
            district=district.name if district else None,
            district_code=district.code if district else None,
            regency=district.regency if district else None,
            score=0.0,
        )

    def _reach(self, lat: float, lon: float, polygons: tuple[Polygon, ...]) -> float:
        """Metres from the point to the farthest corner: no address of that area is farther off."""
        here = self.map.metres(lat, lon)
        return max((math.dist(here, self.map.metres(y, x)) for polygon in polygons for x, y in polygon[0]), default=0.0)

    def _add(self, match: Match, spellings: set[str], place: str) -> None:
        seen: set[str] = set()
        for spelling in sorted(spellings):
            text = letters(spelling)
            if text and squeeze(text) not in seen:
                seen.add(squeeze(text))
                self._documents.append(_Document(text=text, tight=squeeze(text), place=letters(place), match=match))

    # ------------------------------------------------------------------ asking

    def search(self, text: str, limit: int = 8) -> list[Match]:
        """Places that ``text`` may mean, likeliest first, at most ``limit``; empty when there is nothing to suggest.

        Names that occur more than once come as several matches with the same score, to be told apart by their
        district. Any text is allowed: a megabyte, control characters, nothing at all.
        """
        line = safe_line(text, 400).strip()
        if not line or limit <= 0:
            return []
        if point := parse_coordinates(line):
            return self._points(*point)[:limit]
        if by_code := self._codes(line):
            return by_code[:limit]
        found: list[Match] = []
        for road in find_on_roads(line, self.pack.roads):
            match = self._point(road.name, "road_km", road.lat, road.lon, road.precision_m)
            found.append(msgspec.structs.replace(match, score=100.0 if road.certain else 90.0))
        named = self._names(take_apart(line))
        if found:  # the road's own name and the town it leads to are no places here
            named = [match for match in named if match.score >= _SURE]
        matches = [*found, *named]
        matches.sort(key=lambda m: -m.score)
        return [self._with_near(match) for match in matches[:limit]]

    def match_at(self, lat: float, lon: float) -> Match:
        """The match for a point, as if its coordinates had been typed."""
        return self._point(f"{lat:.5f}, {lon:.5f}", "coordinates", lat, lon, 10.0)

    def _points(self, lat: float, lon: float) -> list[Match]:
        """The point; and the one south of the equator when the minus may have been left out and that one is ours."""
        here = msgspec.structs.replace(self.match_at(lat, lon), score=100.0)
        if here.regency is None and lat != 0:
            other = self.match_at(-lat, lon)
            if other.regency is not None:
                return [msgspec.structs.replace(other, score=90.0), msgspec.structs.replace(here, score=60.0)]
        return [here]

    def _point(self, name: str, kind: str, lat: float, lon: float, precision_m: float) -> Match:
        area = self.map.area(lat, lon)
        if area.reservoir and kind == "coordinates":
            name, kind = f"{area.reservoir} ({name})", "reservoir"
        return Match(
            name=name,
            kind=kind,
            lat=round(lat, 6),
            lon=round(lon, 6),
            precision_m=precision_m,
            village=area.village,
            village_code=area.village_code,
            district=area.district,
            district_code=area.district_code,
            regency=area.regency,
            score=0.0,
            near=area.near,
        )

    def _with_near(self, match: Match) -> Match:
        if match.kind in _RANK or match.near or (match.village is None and match.kind == "office"):
            return match  # a whole area has no border distance
        if match.precision_m > 2 * self.pack.region.near_m:
            return match  # known to its village only
        within = max(self.pack.region.near_m, match.precision_m)
        area = self.map.area(match.lat, match.lon, within_m=within)
        own = match.village_code or match.district_code
        near = [n for n in area.near if (n.village_code or n.district_code) != own]
        return msgspec.structs.replace(match, near=tuple(near))

    def _codes(self, line: str) -> list[Match]:
        compact = line.replace(" ", "")
        found = self._by_code.get(compact) or []
        if not found and (code := _CODE.fullmatch(compact)):
            found = self._by_code.get(".".join(part for part in code.groups() if part)) or []
        return [msgspec.structs.replace(match, score=100.0) for match in found]

    def _names(self, query: Query) -> list[Match]:
        if not query.name and query.district:
            query = query._replace(name=query.district, district="", wanted="district")
        if not query.name:
            return []
        best: dict[int, tuple[float, Match]] = {}
        for number in self._candidates(query.name):
            document = self._documents[number]
            score = self._score(query, document)
            if score >= LOWEST_SCORE and score > best.get(id(document.match), (0.0,))[0]:
                best[id(document.match)] = (score, document.match)
        ranked = sorted(best.values(), key=lambda item: (-round(item[0], 1), _RANK.get(item[1].kind, 2), item[1].name))
        return [msgspec.structs.replace(match, score=round(score, 1)) for score, match in ranked]

    def _candidates(self, name: str) -> list[int]:
        """Numbers of the documents that share the most trigrams with ``name``, and those that share the largest part
        of their own; the smaller number first where both are alike."""
        return self._trigram_index.candidates(_trigrams(name), _CANDIDATES)

    @cached_property
    def _trigram_index(self) -> TrigramIndex:
        return TrigramIndex([_trigrams(document.text) for document in self._documents])

    def _score(self, query: Query, document: _Document) -> float:
        tight = squeeze(query.name)
        score = fuzz.ratio(tight, document.tight)
        if len(tight) >= 2 and document.tight.startswith(tight):
            score = max(score, 80.0 + 20.0 * len(tight) / len(document.tight))  # still typing
        if document.place:
            whole = squeeze(document.text + document.place)
            if len(query.words) > 1:  # the district named without "kec."
                score = max(score, fuzz.ratio(tight, whole))
        if len(tight) > len(document.tight) + 2 and len(document.tight) >= 4:
            inner = _inside(query.words, document)
            place_named = document.place and document.place in query.name and document.place != document.text
            score = max(score, inner * (0.97 if place_named else 0.9))
        match = document.match
        if query.district and document.place:
            of_district = match.district if match.kind != "district" else None
            score -= 30.0 * (1 - fuzz.ratio(query.district, letters(of_district or "")) / 100)
        if query.regency and match.regency:
            score -= 20.0 * (1 - fuzz.partial_ratio(query.regency, letters(match.regency)) / 100)
        if query.wanted and match.kind in (query.wanted, f"neighbour_{query.wanted}"):
            return min(score, 100.0)
        return score - 12.0 if query.wanted else score


def _inside(words: tuple[str, ...], document: _Document) -> float:
    """How well some run of the query's words is the document's name."""
    length = len(document.text.split())
    best = 0.0
    for size in {max(1, length - 1), length, length + 1}:
        for start in range(len(words) - size + 1):
            run = "".join(words[start : start + size])
            if abs(len(run) - len(document.tight)) <= 2:
                best = max(best, fuzz.ratio(run, document.tight, score_cutoff=80))
    return best


def _spellings(name: str) -> set[str]:
    """The name, without its brackets, and with what stands in them in place of what stands before."""
    bare = _IN_BRACKETS.sub("", name)
    spellings = {name, bare}
    first = bare.split()[0]
    for inner in _IN_BRACKETS.findall(name):
        spellings |= {f"{first} {inner}", inner}
    spellings |= set(bare.split(" / "))
    if " - " in bare:  # "Damkar - Pos Wilayah I Plered": also "Pos Wilayah I Plered", "Damkar Plered", "Pos Plered"
        tail = bare.split(" - ")[-1].split()
        spellings |= {" ".join(tail), f"{first} {tail[-1]}", f"{tail[0]} {tail[-1]}"}
    return {s.strip(' "') for s in spellings if len(s.strip()) > 2}


def _trigrams(text: str) -> set[str]:
    """Trigrams of each word and of the words run together; two blanks before a word let its beginning find it."""
    grams: set[str] = set()
    for word in text.split():
        padded = f"  {word} "
        grams.update(padded[i : i + 3] for i in range(len(padded) - 2))
    tight = squeeze(text)
    grams.update(tight[i : i + 3] for i in range(len(tight) - 2))
    return grams


def _middle(polygons: tuple[Polygon, ...]) -> tuple[float, float]:
    """(lat, lon) of the middle of the outline's box; for areas that have no better point."""
    ring = [point for polygon in polygons for point in polygon[0]]
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
