"""Many calls from one area or about one thing within minutes: clusters of them. Pure.

A burning market makes dozens of telephones ring, and each call-taker alone sees a new caller. What they said (the
incidents that their calls belong to) and where their telephones are shows that it is one event.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from data.clock import SECOND, Micros


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
    ``lat``, ``lon``: the middle of those whose place is known; ``type``, ``area``, ``place``: of most of them.
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

    def holds(self, lat: float | None, lon: float | None, km: float) -> bool:
        """Whether a point lies within ``km`` kilometres of the cluster's middle."""
        return distance_km(self.lat, self.lon, lat, lon) <= km


def distance_km(lat: float | None, lon: float | None, other_lat: float | None, other_lon: float | None) -> float:
    """Flat distance in kilometres, off by less than 1 % within a regency; infinite when a point is not known."""
    if lat is None or lon is None or other_lat is None or other_lon is None:
        return math.inf
    return math.hypot((lat - other_lat) * 111.2, (lon - other_lon) * math.cos(math.radians(lat)) * 111.2)


def clusters(
    reports: Sequence[Report], at: Micros, *, within_s: int = 600, km: float = 1.5, least: int = 4
) -> tuple[Cluster, ...]:
    """Clusters of at least ``least`` calls of the last ``within_s`` seconds before ``at``, the largest first.

    Two calls belong together when they are about the same incident, when their places are at most ``km`` kilometres
    apart, or when they are about the same type in the same area; and whoever belongs to one of a cluster belongs to
    it. Calls of two incidents whose types are known and differ are kept apart although they are near: a fire and a
    birth in one street are two events.
    """
    recent = [report for report in reports if 0 <= at - report.at <= within_s * SECOND]
    groups: list[list[Report]] = []
    for report in sorted(recent, key=lambda each: (each.at, each.call)):
        mine = [group for group in groups if any(_together(report, other, km) for other in group)]
        merged = [each for group in mine for each in group]
        groups = [group for group in groups if group not in mine]
        groups.append([*merged, report])
    found = [_cluster(group) for group in groups if len({each.call for each in group}) >= least]
    return tuple(sorted(found, key=lambda cluster: (-len(cluster.calls), cluster.since)))


def _together(one: Report, other: Report, km: float) -> bool:
    if one.incident and one.incident == other.incident:
        return True
    if one.type and other.type and one.type != other.type:
        return False
    if one.type and one.type == other.type and one.area and one.area == other.area:
        return True
    return distance_km(one.lat, one.lon, other.lat, other.lon) <= km


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
