"""The [dispatch] section of the configuration: limits of the hand-over chain, and what counts as near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from data.settings import Fault, SettingsInvalid, read_section

PRIORITIES = ("1", "2", "3", "4")


class Dispatch(msgspec.Struct, frozen=True, kw_only=True):
    """The [dispatch] section. Times are seconds, distances kilometres."""

    acknowledge_seconds: dict[str, int] = msgspec.field(default_factory=lambda: {"1": 60, "2": 60, "3": 120, "4": 300})
    """How long an agency may take to acknowledge, by the incident's priority ("1" to "4")."""
    stand_down_seconds: int = 120
    """How long an agency may take to acknowledge that it is to stop."""
    nearby_km: float = 1.0
    """Active incidents nearer than this are shown while a place is entered: it may be the same one."""

    surge_calls: int = 4
    """So many calls from one area or about one thing within ``surge_minutes`` are shown as one cluster."""
    surge_minutes: int = 10
    surge_km: float = 1.5
    """Calls whose places are nearer than this may be about one event."""

    def acknowledge_limit(self, priority: int | None) -> int:
        """Seconds until an acknowledgement is late; without a priority yet, that of the highest."""
        return self.acknowledge_seconds[str(priority or 1)]


def read_dispatch(table: Mapping[str, Any]) -> Dispatch:
    """The settings from the parsed ``[dispatch]`` table. Raises SettingsInvalid with every fault found."""
    faults: list[Fault] = []
    settings = read_section(Dispatch, table, "dispatch", faults)
    if settings is not None:
        limits = {**Dispatch().acknowledge_seconds, **settings.acknowledge_seconds}
        for priority, seconds in limits.items():
            path = f"dispatch.acknowledge_seconds.{priority}"
            if priority not in PRIORITIES:
                faults.append(Fault(path, "is no priority; they are 1 to 4"))
            elif not 5 <= seconds <= 86_400:
                faults.append(Fault(path, "is between 5 and 86400 (a day)"))
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
        settings = msgspec.structs.replace(settings, acknowledge_seconds=limits)
    if faults or settings is None:
        raise SettingsInvalid(faults)
    return settings
