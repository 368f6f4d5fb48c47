"""What a benchmark returns: rows of one table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured figure. ``target`` is what was promised, as text; ``runs`` how many measurements stand behind it."""

    name: str
    value: float
    unit: str
    target: str = ""
    runs: int = 1
    note: str = ""


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which ``percent`` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered)) - 1))]


def latency_rows(name: str, milliseconds: Sequence[float], p50: str = "", p99: str = "", note: str = "") -> list[Row]:
    """Median and 99th percentile of latencies as two rows."""
    return [
        Row(f"{name}, p50", statistics.median(milliseconds), "ms", p50, len(milliseconds), note),
        Row(f"{name}, p99", percentile(milliseconds, 99), "ms", p99, len(milliseconds), note),
    ]
