"""Many calls from one area or about one thing within minutes: clusters of them. Pure.

A burning market makes dozens of telephones ring, and each call-taker alone sees a new caller. What they said (the
incidents that their calls belong to) and where their telephones are shows that it is one event.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from data.clock import SECOND, Micros


class SurgeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a cluster: ``least`` calls within ``within_s`` seconds, ``km`` kilometres apart at most."""

    least: int = 4
    within_s: int = 600
    km: float = 1.5


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One caller's account: when, where (degrees; ``area`` is a district's code) and about what, as far as known.

    ``incident``: the id of the active incident that the call belongs to, or "".
    """

    call: str
    at: Micros
    lat: float | None = None
    lon: float | None = None
    area: str = ""
    place: str = ""
    type: str = ""
    incident: str = ""


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that belong together. ``incident``: the active incident that most of them are about, or "".

    ``calls``: the streams of all of them, oldest first; ``since`` and ``until``: the first and the last.
    ``lat``, ``lon`` (degrees): the middle of those whose place is known; ``type``, ``area``, ``place``: of most.
    """

    calls: tuple[str, ...]
    since: Micros
    until: Micros
    incident: str
    type: str
    area: str
    place: str
    lat: float | None
    lon: float | None

    def box(self, km: float) -> tuple[float, float, float, float] | None:
        """South, north, west and east (degrees) of the places within ``km`` kilometres of its middle."""
        if self.lat is None or self.lon is None:
            return None
        up, aside = km / 111.2, km / (111.2 * math.cos(math.radians(self.lat)))
        return (self.lat - up, self.lat + up, self.lon - aside, self.lon + aside)


def distance_km(lat: float | None, lon: float | None, other_lat: float | None, other_lon: float | None) -> float:
    """Flat distance in kilometres, off by less than 1 % within a regency; infinite when a point is not known."""
    if lat is None or lon is None or other_lat is None or other_lon is None:
        return math.inf
    return math.hypot((lat - other_lat) * 111.2, (lon - other_lon) * math.cos(math.radians(lat)) * 111.2)


def clusters(reports: Sequence[Report], at: Micros, limits: SurgeLimits | None = None) -> tuple[Cluster, ...]:
    """Clusters of the calls of the last minutes before ``at``, the largest first.

    Two calls belong together when they are about the same incident, when their places are near each other, or when
    they are about the same type in the same area; and whoever belongs to one of a cluster belongs to it. Calls about
    different types are kept apart although they are near: a fire and a birth in one street are two events. A call of
    which only the place is known belongs to the largest cluster near it.
    """
    limits = limits or SurgeLimits()
    recent = sorted(
        (each for each in reports if 0 <= at - each.at <= limits.within_s * SECOND),
        key=lambda each: (each.at, each.call, each.incident, each.type),
    )
    typed = _Groups([each for each in recent if each.type], limits.km)
    by_size = sorted(typed.groups(), key=lambda group: (-len(group), group[0].at, group[0].call))
    grids = [_Grid(group, limits.km) for group in by_size]
    loose: list[Report] = []
    for report in (each for each in recent if not each.type):
        home = next((grid for grid in grids if grid.knows(report.incident) or grid.near(report)), None)
        (loose if home is None else home.joined).append(report)
    found = [[*group, *grid.joined] for group, grid in zip(by_size, grids, strict=True)]
    found += _Groups(loose, limits.km).groups()
    wanted = [_cluster(group) for group in found if len({each.call for each in group}) >= limits.least]
    return tuple(sorted(wanted, key=lambda cluster: (-len(cluster.calls), cluster.since, cluster.calls)))


class _Grid:
    """Finds out quickly whether a point is near one of many: by squares whose sides are at least the distance that
    counts (a degree is 110 km from south to north, and 55 km or more from west to east up to 60 degrees)."""

    def __init__(self, reports: Sequence[Report], km: float) -> None:
        self._km = km
        self._squares: dict[tuple[int, int], list[Report]] = {}
        self._incidents = {each.incident for each in reports if each.incident}
        self.joined: list[Report] = []
        for each in reports:
            self.add(each)

    def add(self, report: Report) -> None:
        """One more, if it has a place."""
        square = self._square(report)
        if square is not None:
            self._squares.setdefault(square, []).append(report)

    def knows(self, incident: str) -> bool:
        """Whether one of them is about that incident."""
        return bool(incident) and incident in self._incidents

    def near(self, report: Report) -> bool:
        """Whether one of them is near."""
        return next(self.around(report), None) is not None

    def around(self, report: Report) -> Iterator[Report]:
        """All of them that are near."""
        square = self._square(report)
        if square is not None:
            for north in (-1, 0, 1):
                for east in (-1, 0, 1):
                    for each in self._squares.get((square[0] + north, square[1] + east), ()):
                        if distance_km(report.lat, report.lon, each.lat, each.lon) <= self._km:
                            yield each

    def _square(self, report: Report) -> tuple[int, int] | None:
        if report.lat is None or report.lon is None:
            return None
        return (math.floor(report.lat * 110.0 / self._km), math.floor(report.lon * 55.0 / self._km))


class _Groups:
    """Reports, put together by everything that two of them may share."""

    def __init__(self, reports: Sequence[Report], km: float) -> None:
        self._reports = reports
        self._parent = list(range(len(reports)))
        first: dict[tuple[str, ...], int] = {}
        grids: dict[str, _Grid] = {}
        index = {id(each): n for n, each in enumerate(reports)}
        for n, each in enumerate(reports):
            known = first.setdefault(("incident", each.incident), n) if each.incident else n
            self._join(n, known)
            if each.type and each.area:
                self._join(n, first.setdefault(("theme", each.type, each.area), n))
            if known != n:
                continue  # an incident is in one place, and has been looked at
            grid = grids.setdefault(each.type, _Grid((), km))
            for other in grid.around(each):
                self._join(n, index[id(other)])
            grid.add(each)

    def groups(self) -> list[list[Report]]:
        """The groups, each in the order given."""
        found: dict[int, list[Report]] = {}
        for n, each in enumerate(self._reports):
            found.setdefault(self._root(n), []).append(each)
        return list(found.values())

    def _root(self, n: int) -> int:
        while self._parent[n] != n:
            self._parent[n] = self._parent[self._parent[n]]
            n = self._parent[n]
        return n

    def _join(self, one: int, other: int) -> None:
        roots = sorted((self._root(one), self._root(other)))
        self._parent[roots[1]] = roots[0]


def _cluster(group: Sequence[Report]) -> Cluster:
    ordered = sorted(group, key=lambda each: (each.at, each.call))
    points = [(each.lat, each.lon) for each in ordered if each.lat is not None and each.lon is not None]
    return Cluster(
        calls=tuple(dict.fromkeys(each.call for each in ordered)),
        since=ordered[0].at,
        until=ordered[-1].at,
        incident=_most(each.incident for each in ordered),
        type=_most(each.type for each in ordered),
        area=_most(each.area for each in ordered),
        place=_most(each.place for each in ordered),
        lat=sum(lat for lat, _ in points) / len(points) if points else None,
        lon=sum(lon for _, lon in points) / len(points) if points else None,
    )


def _most(values: Iterable[str]) -> str:
    counted = Counter(value for value in values if value)
    return counted.most_common(1)[0][0] if counted else ""
