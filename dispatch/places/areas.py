"""Which village and district a point lies in, what lies just across the border, and whether it is in a reservoir.

Polygons are projected to metres (equirectangular about the region's middle): over 40 km the error is below 0.05 %,
far below that of the borders themselves.
"""

from __future__ import annotations

import functools
import heapq
import math
import threading
from collections.abc import Iterable
from typing import Any

import msgspec

from data.pack import Pack, Polygon

MAX_NEAR = 6
"""At most so many neighbours across a border are named."""

_KEPT = 500
_SHORE_M = 150.0
"""Reservoirs are drawn smaller by this and simplified by half of it when a way round them is measured."""


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """An area across a border that is nearer than the region's border distance."""

    village: str | None
    village_code: str | None
    district: str
    district_code: str
    regency: str
    distance_m: float


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """Where a point lies. Everything None: in no area that the pack knows. ``inside``: in the region itself."""

    inside: bool
    village: str | None = None
    village_code: str | None = None
    district: str | None = None
    district_code: str | None = None
    regency: str | None = None
    reservoir: str | None = None
    near: tuple[Near, ...] = ()


class AreaMap:
    """The polygons of a pack, indexed. ``shapely`` is imported and the index is built at the first question.

    Any thread may ask: one question is answered after the other. A prepared shape grows its index while it is asked,
    without Python's lock, so two threads at the same shape end the process (a segmentation fault in GEOS).
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._guard = threading.RLock()
        middle = [sum(values) / len(pack.villages) for values in zip(*_points(pack), strict=True)]
        self._lat0, self._lon0 = middle
        phi = math.radians(self._lat0)
        # Metres of a degree on WGS 84; series of the US National Geospatial-Intelligence Agency.
        self._m_lat = 111_132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
        self._m_lon = 111_412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi)

    def metres(self, lat: float, lon: float) -> tuple[float, float]:
        """(x, y) in metres from the region's middle."""
        return (lon - self._lon0) * self._m_lon, (lat - self._lat0) * self._m_lat

    def warm(self) -> None:
        """Import and index now, not under the first question."""
        with self._guard:
            self._index  # noqa: B018
            for detour in self._detours:
                detour.warm()

    @functools.cached_property
    def _index(self) -> tuple[Any, list[tuple[str, str]], list[Any]]:
        import shapely  # noqa: PLC0415  100 ms that only geometry needs

        owners = [("village", code) for code in self._pack.villages]
        owners += [("neighbour", code) for code in self._pack.neighbours]
        shapes = [self._shape(village.polygons) for village in self._pack.villages.values()]
        shapes += [self._shape(district.polygons) for district in self._pack.neighbours.values()]
        shapely.prepare(shapes)
        return shapely.STRtree(shapes), owners, shapes

    @functools.cached_property
    def _lakes(self) -> list[tuple[str, Any]]:
        import shapely  # noqa: PLC0415

        lakes = [(lake.name, self._shape(lake.polygons)) for lake in self._pack.reservoirs]
        shapely.prepare([shape for _, shape in lakes])
        return lakes

    @functools.cached_property
    def _detours(self) -> list[_Detour]:
        return [_Detour(shape) for _, shape in self._lakes]

    def _shape(self, polygons: tuple[Polygon, ...]) -> Any:
        import shapely  # noqa: PLC0415

        parts = []
        for rings in polygons:
            projected = [[self.metres(lat, lon) for lon, lat in ring] for ring in rings]
            parts.append(shapely.Polygon(projected[0], projected[1:]))
        return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)

    def outline(
        self, parts: Iterable[tuple[Polygon, ...]], simple_m: float
    ) -> tuple[tuple[tuple[float, float], ...], ...]:
        """The outer rings of (lat, lon) of areas together, simplified by at most ``simple_m``; holes are left out."""
        import shapely  # noqa: PLC0415

        with self._guard:
            whole = shapely.union_all([self._shape(polygons) for polygons in parts]).simplify(simple_m)
        shapes = whole.geoms if whole.geom_type == "MultiPolygon" else [whole]
        return tuple(
            tuple(
                (round(self._lat0 + y / self._m_lat, 5), round(self._lon0 + x / self._m_lon, 5))
                for x, y in list(shape.exterior.coords)[:-1]
            )
            for shape in shapes
        )

    def area(self, lat: float, lon: float, *, within_m: float | None = None) -> Area:
        """The area of a point, and its neighbours nearer than ``within_m`` (default: the region's border distance)."""
        with self._guard:
            return self._area(lat, lon, within_m)

    def _area(self, lat: float, lon: float, within_m: float | None) -> Area:
        import shapely  # noqa: PLC0415

        if not (math.isfinite(lat) and math.isfinite(lon)):
            return Area(inside=False)
        within = self._pack.region.near_m if within_m is None else within_m
        tree, owners, shapes = self._index
        point = shapely.Point(self.metres(lat, lon))
        found = sorted(
            (float(shapes[i].distance(point)), int(i)) for i in tree.query(point, predicate="dwithin", distance=within)
        )
        home = owners[found[0][1]] if found and found[0][0] == 0 else None
        near: list[Near] = []
        for distance, index in found:
            if owners[index] != home:
                near.append(self._near(owners[index], distance))
        fields = dict[str, Any](near=tuple(near[:MAX_NEAR]), reservoir=self._reservoir(point))
        if home is None:
            return Area(inside=False, **fields)
        kind, code = home
        if kind == "village":
            village = self._pack.villages[code]
            return Area(
                inside=True,
                village=village.name,
                village_code=code,
                district=village.district,
                district_code=village.district_code,
                regency=self._pack.region.name,
                **fields,
            )
        district = self._pack.neighbours[code]
        return Area(inside=False, district=district.name, district_code=code, regency=district.regency, **fields)

    def _near(self, owner: tuple[str, str], distance: float) -> Near:
        kind, code = owner
        if kind == "village":
            village = self._pack.villages[code]
            return Near(
                village=village.name,
                village_code=code,
                district=village.district,
                district_code=village.district_code,
                regency=self._pack.region.name,
                distance_m=round(distance, 0),
            )
        district = self._pack.neighbours[code]
        return Near(
            village=None,
            village_code=None,
            district=district.name,
            district_code=code,
            regency=district.regency,
            distance_m=round(distance, 0),
        )

    def _reservoir(self, point: Any) -> str | None:
        for name, shape in self._lakes:
            if shape.covers(point):
                return name
        return None

    def round_the_lakes(self, a: tuple[float, float], b: tuple[float, float]) -> float | None:
        """How many times longer than the straight line the way from ``a`` to ``b`` (lat, lon) round a reservoir is.

        None when the straight line crosses none. A way over land, not a road; with a point in the water itself only
        the crossing of other reservoirs counts.
        """
        start, end = self.metres(*a), self.metres(*b)
        straight = math.dist(start, end)
        if straight == 0 or not all(map(math.isfinite, (*start, *end))):
            return None
        extra = 0.0
        with self._guard:
            for detour in self._detours:
                if (length := detour.length(start, end)) is not None:
                    extra += length - straight
        return 1.0 + extra / straight if extra > 0 else None


class _Detour:
    """Shortest way round one obstacle: Dijkstra on the corners of its simplified outline that see each other."""

    def __init__(self, shape: Any) -> None:
        import shapely  # noqa: PLC0415

        outline = shape.buffer(-_SHORE_M).simplify(_SHORE_M / 2)
        self._obstacle = outline.buffer(-1.0)  # so that a way may touch the corners
        shapely.prepare(self._obstacle)
        parts = list(outline.geoms) if outline.geom_type == "MultiPolygon" else [outline]
        self._corners = [tuple(xy) for part in parts for xy in list(part.exterior.coords)[:-1]]
        self._box = self._obstacle.bounds
        self._seen: dict[tuple[float, float], dict[int, float]] = {}

    def warm(self) -> None:
        """Find now which corners see each other."""
        self._edges  # noqa: B018

    @functools.cached_property
    def _edges(self) -> list[list[tuple[int, float]]]:
        import shapely  # noqa: PLC0415

        corners = self._corners
        pairs = [(i, j) for i in range(len(corners)) for j in range(i)]
        lines = shapely.linestrings([[corners[i], corners[j]] for i, j in pairs])
        blocked = shapely.intersects(self._obstacle, lines)
        edges: list[list[tuple[int, float]]] = [[] for _ in corners]
        for (i, j), shut in zip(pairs, blocked, strict=True):
            if not shut:
                length = math.dist(corners[i], corners[j])
                edges[i].append((j, length))
                edges[j].append((i, length))
        return edges

    def _seen_from(self, point: tuple[float, float]) -> dict[int, float]:
        """Corners that ``point`` sees, with the metres to each; kept, since agencies stay where they are."""
        seen = self._seen.get(point)
        if seen is None:
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            seen = self._seen[point] = self._look_from(point)
        return seen

    def _look_from(self, point: tuple[float, float]) -> dict[int, float]:
        import shapely  # noqa: PLC0415

        lines = shapely.linestrings([[point, corner] for corner in self._corners])
        blocked = shapely.intersects(self._obstacle, lines)
        return {
            index: math.dist(point, corner)
            for index, (corner, shut) in enumerate(zip(self._corners, blocked, strict=True))
            if not shut
        }

    def length(self, start: tuple[float, float], end: tuple[float, float]) -> float | None:
        """Metres of the way round, None when the straight line is free or a point lies in the water."""
        import shapely  # noqa: PLC0415

        west, south, east, north = self._box
        if (
            max(start[0], end[0]) < west
            or min(start[0], end[0]) > east
            or max(start[1], end[1]) < south
            or min(start[1], end[1]) > north
            or not self._obstacle.intersects(shapely.LineString([start, end]))
            or self._obstacle.intersects(shapely.MultiPoint([start, end]))
        ):
            return None
        goal = self._seen_from(end)
        best = dict(self._seen_from(start))  # a copy: it is changed below
        queue = [(length, index) for index, length in best.items()]
        heapq.heapify(queue)
        arrived = math.inf
        while queue:
            length, index = heapq.heappop(queue)
            if length >= arrived:
                break
            if length > best[index]:
                continue
            if index in goal:
                arrived = min(arrived, length + goal[index])
            for other, step in self._edges[index]:
                if length + step < best.get(other, math.inf):
                    best[other] = length + step
                    heapq.heappush(queue, (length + step, other))
        return arrived if math.isfinite(arrived) else None


def _points(pack: Pack) -> Iterable[tuple[float, float]]:
    return ((village.lat, village.lon) for village in pack.villages.values())
