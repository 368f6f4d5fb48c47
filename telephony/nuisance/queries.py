"""What screens, reports and the bridge ask about numbers. Times UTC micros; the score is computed as of ``at``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from data.clock import Micros
from data.projection import Database
from data.vocabulary.nuisance import Outline
from telephony.asterisk.names import PRIORITY_NORMAL
from telephony.nuisance.area_alerts import SHAPES, Shape
from telephony.nuisance.number import key_of
from telephony.nuisance.score import DAY, REMEMBERED, Outcome, lowered_until, score, value_at
from telephony.nuisance.settings import Nuisance


class Standing(msgspec.Struct, frozen=True):
    """How a number stands. ``until``: its place is lowered until then, None: it is not.

    ``by``: who flagged it ("" when only its score does it); ``outcomes``: outcome -> how many of its calls.
    """

    key: str
    number: str
    score: float = 0.0
    until: Micros | None = None
    by: str = ""
    reason: str = ""
    outcomes: dict[str, int] = {}


class InQueue(msgspec.Struct, frozen=True):
    """A caller in the queue of an exchange: since when, at which priority, and where he is, as far as is known."""

    call: str
    channel: str
    since: Micros
    waiting_since: Micros
    priority: int
    key: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None


class Alert(msgspec.Struct, frozen=True):
    """An area from which nobody's place is lowered; see ``data.vocabulary.nuisance.VicinityAlert``."""

    lat: float
    lon: float
    radius_m: float
    until: Micros
    area: str | None = None
    outline: Outline = ()
    margin_m: float = 0.0
    whole: bool = False


def standing(db: Database, number: str | None, settings: Nuisance, at: Micros) -> Standing | None:
    """How ``number`` stands at ``at``; None when it is no number that a caller can be known by."""
    key = key_of(number)
    if key is None:
        return None
    return _standings(db, [key], settings, at).get(key, Standing(key, number or key))


def lowered(db: Database, settings: Nuisance, at: Micros) -> dict[str, Standing]:
    """Every number whose place is lowered at ``at``, by key."""
    adding = [code for code, weight in settings.weights.items() if weight > 0]
    marks = ", ".join(f":o{n}" for n in range(len(adding)))
    params: dict[str, Any] = {f"o{n}": code for n, code in enumerate(adding)}
    found = db.execute("SELECT DISTINCT number_key FROM nuisance_flags WHERE until > :at", {"at": at}).fetchall()
    keys = {row[0] for row in found}
    if adding:
        # A score lowers nothing for longer than most_days after the last outcome.
        rows = db.execute(
            "SELECT DISTINCT number_key FROM nuisance_calls "
            f"WHERE outcome IS NOT NULL AND at > :since AND number_key IS NOT NULL AND outcome IN ({marks})",
            {"since": at - round(settings.most_days * DAY), **params},
        ).fetchall()
        keys |= {row[0] for row in rows}
    return lowered_of(db, keys, settings, at)


def lowered_of(db: Database, keys: Iterable[str], settings: Nuisance, at: Micros) -> dict[str, Standing]:
    """Those of the numbers ``keys`` whose place is lowered at ``at``: a centre has thousands of lowered numbers, and a
    few callers who wait."""
    standings = _standings(db, sorted(keys), settings, at)
    return {key: found for key, found in standings.items() if found.until is not None}


def _standings(db: Database, keys: Iterable[str], settings: Nuisance, at: Micros) -> dict[str, Standing]:
    made: dict[str, Standing] = {}
    since = at - round(REMEMBERED * settings.half_life_days * DAY)
    for key in keys:
        params = {"key": key, "at": at}
        cleared = db.execute("SELECT at FROM nuisance_clears WHERE number_key = :key", params).fetchone()
        rows = db.execute(
            "SELECT at, outcome, number FROM nuisance_calls WHERE number_key = :key AND outcome IS NOT NULL "
            "ORDER BY at, call",
            params,
        ).fetchall()
        flag = db.execute(
            "SELECT until, actor, reason, number FROM nuisance_flags WHERE number_key = :key AND until > :at "
            "ORDER BY at DESC, flag DESC LIMIT 1",
            params,
        ).fetchone()
        after = max(since, cleared[0] if cleared else since)
        last = score((Outcome(row[0], row[1]) for row in rows if row[0] > after), settings)
        counts: dict[str, int] = {}
        for row in rows:
            counts[row[1]] = counts.get(row[1], 0) + 1
        until = lowered_until(last, settings)
        until = until if until is not None and until > at else None
        if flag is not None:
            until = max(until or 0, flag[0])
        number = rows[-1][2] if rows else flag[3] if flag is not None else key
        made[key] = Standing(
            key, number or key, value_at(last, at, settings), until,
            by=flag[1] if flag is not None else "", reason=(flag[2] or "") if flag is not None else "", outcomes=counts,
        )  # fmt: skip
    return made


def in_queue(db: Database, pbx: str, queue: str) -> list[InQueue]:
    """The callers who wait in ``queue`` of ``pbx``, the longest first. ``since``: the first time in a queue."""
    rows = db.execute(
        "SELECT call, channel, COALESCE(queued_at, waiting_since, 0), COALESCE(waiting_since, queued_at, 0), "
        "COALESCE(priority, :normal), number, lat, lon, radius_m FROM calls "
        "WHERE outcome IS NULL AND state IN ('waiting', 'ringing') AND pbx = :pbx AND channel IS NOT NULL "
        "AND queue = :queue ORDER BY 3, 1",
        {"pbx": pbx, "queue": queue, "normal": PRIORITY_NORMAL},
    ).fetchall()
    return [
        InQueue(call, channel, since, waiting_since, priority, key_of(number), lat, lon, radius_m)
        for call, channel, since, waiting_since, priority, number, lat, lon, radius_m in rows
    ]


def silent_steps(db: Database) -> dict[str, str]:
    """Calls that go on and went through the silent-call procedure: their stream -> its last step."""
    return dict(db.execute("SELECT call, step FROM silent_calls").fetchall())


def alerts(db: Database, at: Micros) -> list[Alert]:
    """The areas under alert at ``at``."""
    rows = db.execute(
        "SELECT v.lat, v.lon, v.radius_m, v.until, v.area, a.shape FROM vicinity_alerts v "
        "LEFT JOIN area_alerts a ON a.alert = v.alert WHERE v.until > :at ORDER BY v.alert",
        {"at": at},
    ).fetchall()
    found = []
    for lat, lon, radius, until, area, text in rows:
        shape = SHAPES.decode(text) if text is not None else Shape()
        found.append(Alert(lat, lon, radius, until, area, shape.outline, shape.margin_m, shape.whole))
    return found


def within(areas: Iterable[Alert], caller: InQueue) -> bool:
    """May the caller be within one of the areas? In doubt he is; of whom nobody knows where he is only when it is the
    whole region."""
    lat, lon = caller.lat, caller.lon
    if lat is None or lon is None:
        return any(area.whole for area in areas)
    return any(inside(area, lat, lon, caller.radius_m) for area in areas)


def inside(alert: Alert, lat: float, lon: float, radius_m: float | None) -> bool:
    """May a caller at that point (known to ``radius_m``) be within the area? In doubt he is."""
    doubt = alert.margin_m + (radius_m or 0.0)
    if math.hypot(*_metres(alert.lat, alert.lon, lat, lon)) > alert.radius_m + doubt:
        return False
    return not alert.outline or any(
        _in_ring([_metres(y, x, lat, lon) for y, x in ring], doubt) for ring in alert.outline
    )


def _metres(lat: float, lon: float, from_lat: float, from_lon: float) -> tuple[float, float]:
    """A point as seen from another: (east, north) in metres. An equirectangular distance is exact to a metre over the
    few kilometres of an area."""
    north = math.radians(lat - from_lat)
    east = math.radians((lon - from_lon + 180) % 360 - 180) * math.cos(math.radians((lat + from_lat) / 2))
    return 6_371_000 * east, 6_371_000 * north


def _in_ring(ring: list[tuple[float, float]], doubt_m: float) -> bool:
    """Whether the origin lies within the ring, or not farther than ``doubt_m`` outside of it."""
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        dx, dy = x2 - x1, y2 - y1
        square = dx * dx + dy * dy
        along = min(1.0, max(0.0, -(x1 * dx + y1 * dy) / square)) if square else 0.0
        if math.hypot(x1 + along * dx, y1 + along * dy) <= doubt_m:
            return True
        # A line to the east from the origin crosses the border an odd number of times when it begins within.
        if (y1 > 0) != (y2 > 0) and x1 - y1 * dx / dy > 0:
            odd = not odd
    return odd
