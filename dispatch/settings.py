"""The [dispatch] section of the configuration: limits of the hand-over chain, and what counts as near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from data.settings import Fault, SettingsInvalid, read_section
from dispatch.incidents.handover_state import ACKNOWLEDGEMENT, EN_ROUTE, ON_SCENE
from dispatch.incidents.surge import SurgeLimits

PRIORITIES = ("1", "2", "3", "4")
LIMITS = ("acknowledge_seconds", "en_route_seconds", "on_scene_seconds")
"""Settings that hold seconds by priority."""


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
        if not 5 <= settings.stand_down_seconds <= 86_400:
            faults.append(Fault("dispatch.stand_down_seconds", "is between 5 and 86400 (a day)"))
        if not 0 < settings.nearby_km <= 100:
            faults.append(Fault("dispatch.nearby_km", "is more than 0 and at most 100"))
        if not 2 <= settings.surge_calls <= 1000:
            faults.append(Fault("dispatch.surge_calls", "is between 2 and 1000"))
        if not 1 <= settings.surge_minutes <= 120:
            faults.append(Fault("dispatch.surge_minutes", "is between 1 and 120"))
        if not 0 < settings.surge_km <= 50:
            faults.append(Fault("dispatch.surge_km", "is more than 0 and at most 50"))
        settings = msgspec.structs.replace(settings, **whole)
    if faults or settings is None:
        raise SettingsInvalid(faults)
    return settings
