"""An area under alert, as the screens are shown it. All times are UTC microseconds."""

from __future__ import annotations

from dataclasses import dataclass

from data.clock import Micros


@dataclass(frozen=True, slots=True)
class AreaAlertRow:
    """An area that a person put under alert. ``since`` names the alert that was looked at; ``bounded``: within the
    area's border and ``margin_m`` around it, otherwise within ``radius_m`` of a point; ``whole``: the whole region."""

    stream: str
    area: str
    kind: str
    since: Micros
    until: Micros
    by: str
    reason: str
    radius_m: float
    margin_m: float
    bounded: bool
    whole: bool = False


def running(rows: tuple[AreaAlertRow, ...], now: Micros) -> tuple[AreaAlertRow, ...]:
    """Those that have not ended by themselves."""
    return tuple(row for row in rows if row.until > now)
