"""The nuisance score of a number: a pure rule over the outcomes of its calls.

Each prank adds, half of it is gone after the half-life, and a real incident takes it to nothing: who once called for a
real fire is heard like everybody. The score only ever lowers a place in the queue (for at most 45 s, and the exchange
sees to that), so a wrong one costs a caller some seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from data.clock import SECOND, Micros
from telephony.calls.outcomes import BY_CODE
from telephony.nuisance.settings import Nuisance

DAY = 86_400 * SECOND

REMEMBERED = 12
"""Half-lives after which an outcome counts no more (a four-thousandth of it would be left)."""


class Outcome(msgspec.Struct, frozen=True):
    """One call of the number: when it was, and what it turned out to be (the last outcome that somebody gave it)."""

    at: Micros
    code: str


class Score(msgspec.Struct, frozen=True):
    """``value`` is what the score was at ``at``, right after the last outcome; it has been fading since."""

    value: float = 0.0
    at: Micros = 0


def score(outcomes: Iterable[Outcome], settings: Nuisance) -> Score:
    """The score after ``outcomes``, in any order."""
    value, at = 0.0, 0
    for outcome in sorted(outcomes, key=lambda each: (each.at, each.code)):
        kind = BY_CODE.get(outcome.code)
        if kind is None:
            continue
        value = faded(value, outcome.at - at, settings)
        value = 0.0 if kind.needs_incident else max(0.0, value + settings.weights.get(outcome.code, 0.0))
        at = outcome.at
    return Score(value, at)


def faded(value: float, since: Micros, settings: Nuisance) -> float:
    """What is left of ``value`` after ``since`` microseconds."""
    return float(value * 0.5 ** (max(0, since) / (settings.half_life_days * DAY)))


def value_at(last: Score, at: Micros, settings: Nuisance) -> float:
    """The score as it is at ``at``."""
    return faded(last.value, at - last.at, settings)


def lowered_until(last: Score, settings: Nuisance) -> Micros | None:
    """Until when the score lowers the number's place, if no further call comes; None: it does not reach so far."""
    if last.value < settings.threshold:
        return None
    days = min(settings.half_life_days * math.log2(last.value / settings.threshold), settings.most_days)
    # A score that just reaches the threshold would be below it at once: it counts for a moment of a tenth half-life.
    return last.at + round(max(days, min(settings.half_life_days / 10, settings.most_days)) * DAY)
