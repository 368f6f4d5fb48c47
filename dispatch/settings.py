"""The [dispatch] section of the configuration: limits of the hand-over chain, and what counts as near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from data.clock import SECOND
from data.settings import Fault, SettingsInvalid, read_section
from dispatch.incidents.handover_state import ACKNOWLEDGEMENT, EN_ROUTE, ON_SCENE
from dispatch.incidents.surge import SurgeLimits
from dispatch.incidents.vicinity import Limits

PRIORITIES = ("1", "2", "3", "4")
LIMITS = ("acknowledge_seconds", "en_route_seconds", "on_scene_seconds")
"""Settings that hold seconds by priority."""


_RANGES = (
    ("stand_down_seconds", 5, 86_400, "is between 5 and 86400 (a day)"),
    ("nearby_km", 0.001, 100, "is more than 0 and at most 100"),
    ("surge_calls", 2, 1000, "is between 2 and 1000"),
    ("surge_minutes", 1, 120, "is between 1 and 120"),
    ("surge_km", 0.001, 50, "is more than 0 and at most 50"),
    ("alert_radius_km", 0.1, 20, "is between 0.1 and 20"),
    ("alert_hours", 0.5, 168, "is between 0.5 and 168 (a week)"),
)
"""Setting, the least and the most that make sense, and how that is said."""


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """The [dispatch] section. Times are seconds, distances kilometres."""

    acknowledge_seconds: dict[str, int] = msgspec.field(default_factory=lambda: {"1": 60, "2": 60, "3": 120, "4": 300})
    """How long an agency may take to acknowledge, by the incident's priority ("1" to "4")."""
    en_route_seconds: dict[str, int] = msgspec.field(default_factory=lambda: {"1": 180, "2": 300, "3": 900, "4": 3600})
    """How long it may take from the acknowledgement until somebody is on the way, by priority; 0: no limit."""
    on_scene_seconds: dict[str, int] = msgspec.field(default_factory=lambda: {"1": 900, "2": 900, "3": 1800, "4": 7200})
    """How long it may take from being on the way until somebody is there, by priority; 0: no limit."""
    stand_down_seconds: int = 120
    """How long an agency may take to acknowledge that it is to stop."""
    nearby_km: float = 1.0
    """Active incidents nearer than this are shown while a place is entered: it may be the same one."""

    surge_calls: int = 4
    """So many calls from one area or about one thing within ``surge_minutes`` are shown as one cluster."""
    surge_minutes: int = 10
    surge_km: float = 1.5
    """Calls whose places are nearer than this may be about one event."""

    alert_radius_km: float = 1.5
    """Nobody's place in the queue is lowered who calls from so near an active incident."""
    alert_hours: float = 24.0
    """So long, unless the incident ends before."""

    @property
    def vicinity(self) -> Limits:
        """How far an alert around an incident reaches, and how long it lasts."""
        return Limits(radius_m=1000 * self.alert_radius_km, lasts_us=round(self.alert_hours * 3600 * SECOND))

    def limit(self, what: str, priority: int | None) -> int:
        """Seconds until ``what`` is late (see ``Handover.waits_for``), 0 for never; no priority yet counts as 1."""
        by_priority = {
            ACKNOWLEDGEMENT: self.acknowledge_seconds,
            EN_ROUTE: self.en_route_seconds,
            ON_SCENE: self.on_scene_seconds,
        }
        return by_priority[what][str(priority or 1)] if what in by_priority else self.stand_down_seconds

    @property
    def surge(self) -> SurgeLimits:
        """What makes a cluster of calls."""
        return SurgeLimits(least=self.surge_calls, within_s=60 * self.surge_minutes, km=self.surge_km)


def read_dispatch(table: Mapping[str, Any]) -> Dispatch:
    """The settings from the parsed ``[dispatch]`` table. Raises SettingsInvalid with every fault found."""
    faults: list[Fault] = []
    settings = read_section(Dispatch, table, "dispatch", faults)
    if settings is not None:
        whole: dict[str, dict[str, int]] = {}
        for name in LIMITS:
            whole[name] = {**getattr(Dispatch(), name), **getattr(settings, name)}
            never = (0,) if name != "acknowledge_seconds" else ()
            for priority, seconds in whole[name].items():
                path = f"dispatch.{name}.{priority}"
                if priority not in PRIORITIES:
                    faults.append(Fault(path, "is no priority; they are 1 to 4"))
                elif not 5 <= seconds <= 86_400 and seconds not in never:
                    faults.append(Fault(path, f"is between 5 and 86400 (a day){', or 0 for none' if never else ''}"))
        faults.extend(
            Fault(f"dispatch.{name}", message)
            for name, least, most, message in _RANGES
            if not least <= getattr(settings, name) <= most
        )
        settings = msgspec.structs.replace(settings, **whole)
    if faults or settings is None:
        raise SettingsInvalid(faults)
    return settings
