"""Areas that a person put under alert: who did it, why, and the area's shape. Those around incidents are not here.

A projection of its own beside ``nuisance``, whose table has the circle of every alert.
"""

from __future__ import annotations

import msgspec

from data.clock import Micros
from data.entry import Entry
from data.projection import Database
from data.vocabulary.nuisance import Outline, VicinityAlert

PREFIX = "vicinity/area-"
"""Streams of areas that a person put under alert."""


class Shape(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an area is beyond its circle; see ``VicinityAlert``."""

    outline: Outline = ()
    margin_m: float = 0.0
    whole: bool = False


SHAPES = msgspec.json.Decoder(Shape)
"""Reads the column ``shape``."""


class AreaAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An area under alert by hand. ``stream`` names it, ``since`` is the time of the entry that counts.

    ``bounded``: within its border, otherwise within ``radius_m`` of a point.
    """

    stream: str
    area: str
    kind: str
    since: Micros
    until: Micros
    actor: str
    reason: str
    lat: float
    lon: float
    radius_m: float
    margin_m: float
    bounded: bool
    whole: bool


class _AreaAlertTable:
    """Projection: the areas under alert by hand that nobody has ended."""

    name = "area_alerts"
    version = 1
    tables = ("area_alerts",)
    ddl = """
        CREATE TABLE area_alerts(
            alert TEXT PRIMARY KEY, area TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
            until INTEGER NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, lat REAL NOT NULL,
            lon REAL NOT NULL, radius_m REAL NOT NULL, shape TEXT NOT NULL)
    """
    kinds = frozenset({VicinityAlert.KIND})

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold one entry into the table."""
        body = entry.body
        if not isinstance(body, VicinityAlert) or not entry.stream.startswith(PREFIX):
            return
        if body.until <= entry.at:
            gone = {"alert": entry.stream, "at": entry.at}
            db.execute("DELETE FROM area_alerts WHERE alert = :alert AND at <= :at", gone)
            return
        shape = Shape(outline=body.outline, margin_m=body.margin_m, whole=body.whole)
        db.execute(
            "INSERT INTO area_alerts VALUES "
            "(:alert, :area, :kind, :at, :until, :actor, :reason, :lat, :lon, :radius, :shape) "
            "ON CONFLICT(alert) DO UPDATE SET area = excluded.area, kind = excluded.kind, at = excluded.at, "
            "until = excluded.until, actor = excluded.actor, reason = excluded.reason, lat = excluded.lat, "
            "lon = excluded.lon, radius_m = excluded.radius_m, shape = excluded.shape "
            "WHERE excluded.at >= area_alerts.at",
            {
                "alert": entry.stream,
                "area": body.area or "",
                "kind": body.area_kind or "",
                "at": entry.at,
                "until": body.until,
                "actor": entry.actor,
                "reason": body.reason or "",
                "lat": body.lat,
                "lon": body.lon,
                "radius": body.radius_m,
                "shape": msgspec.json.encode(shape).decode(),
            },
        )


AREA_ALERTS = _AreaAlertTable()
"""Register it with the journal."""


def running(db: Database, at: Micros) -> list[AreaAlert]:
    """The areas under alert by hand at ``at``, the one that ends last first."""
    rows = db.execute(
        "SELECT alert, area, kind, at, until, actor, reason, lat, lon, radius_m, shape FROM area_alerts "
        "WHERE until > :at ORDER BY until DESC, alert",
        {"at": at},
    ).fetchall()
    found = []
    for stream, area, kind, since, until, actor, reason, lat, lon, radius, text in rows:
        shape = SHAPES.decode(text)
        found.append(
            AreaAlert(
                stream=stream, area=area, kind=kind, since=since, until=until, actor=actor, reason=reason,
                lat=lat, lon=lon, radius_m=radius, margin_m=shape.margin_m, bounded=bool(shape.outline),
                whole=shape.whole,
            )
        )  # fmt: skip
    return found
