"""The [nuisance] section of the configuration, checked whole."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from data.settings import Fault, SettingsInvalid, read_section
from telephony.calls.outcomes import BY_CODE

WEIGHTS = {"prank": 1.0, "false_emergency": 2.0, "silent": 0.25, "accidental": 0.0, "cut_off": 0.0, "informed": -1.0}
"""What an outcome adds to its number's score. One that goes with an incident takes the score to nothing instead. A
silent caller may be somebody who cannot speak (EENA), so many of them are needed; a question is no nuisance."""


class Nuisance(msgspec.Struct, frozen=True, kw_only=True):
    """The [nuisance] section."""

    half_life_days: float = 14.0
    """After so many days half of a score is left."""
    threshold: float = 3.0
    """From this score on a number's place in the queue is lowered."""
    weights: dict[str, float] = msgspec.field(default_factory=lambda: dict(WEIGHTS))
    """Outcome -> what it adds (:data:`WEIGHTS`; those that are not named keep theirs)."""
    most_days: float = 7.0
    """A score lowers a place for at most so many days after the number's last outcome."""
    flag_hours: float = 24.0
    """How long a flag by hand lasts when nothing else is said."""
    supervisor_hours: float = 24.0
    """A flag that lasts longer takes a supervisor."""
    flag_most_days: float = 30.0
    """No flag lasts longer, whoever sets it."""
    sync_seconds: float = 30.0
    """How often a bridge compares the exchange's store with the journal (and at once when something changed)."""


def read_nuisance(table: Mapping[str, Any]) -> Nuisance:
    """The settings from the parsed ``[nuisance]`` table. Raises SettingsInvalid with every fault found."""
    faults: list[Fault] = []
    settings = read_section(Nuisance, table, "nuisance", faults)
    if settings is not None:
        _check(settings, faults)
        settings = msgspec.structs.replace(settings, weights=WEIGHTS | settings.weights)
    if faults or settings is None:
        raise SettingsInvalid(faults)
    return settings


def _check(settings: Nuisance, faults: list[Fault]) -> None:
    for name, low, high in (
        ("half_life_days", 0.01, 365.0),
        ("threshold", 0.1, 1000.0),
        ("most_days", 0.01, 30.0),
        ("flag_hours", 0.01, 720.0),
        ("supervisor_hours", 0.0, 720.0),
        ("flag_most_days", 0.01, 365.0),
        ("sync_seconds", 1.0, 3600.0),
    ):
        if not low <= getattr(settings, name) <= high:
            faults.append(Fault(f"nuisance.{name}", f"is between {low:g} and {high:g}"))
    if settings.flag_hours > settings.flag_most_days * 24:
        faults.append(Fault("nuisance.flag_hours", "is not more than flag_most_days"))
    for code, weight in settings.weights.items():
        kind = BY_CODE.get(code)
        path = f"nuisance.weights.{code}"
        if kind is None:
            faults.append(Fault(path, f"is no outcome of a call; there are {', '.join(sorted(WEIGHTS))}"))
        elif kind.needs_incident:
            faults.append(Fault(path, "has no weight: a real incident takes the score to nothing"))
        elif not (math.isfinite(weight) and -100 <= weight <= 100):
            faults.append(Fault(path, "is between -100 and 100"))
