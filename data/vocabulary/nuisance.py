"""Numbers whose place in the queue is lowered, and the areas from which nobody's is.

A number's place is lowered by its score (from the outcomes of its calls, see ``telephony.nuisance``) or by a person's
flag. Stream of a flag and of its end: ``nuisance/<id>``, one entry each; of an area: ``vicinity/<id>``, where the id is
whatever the one who raises the alert calls it: an incident's id, or ``area-`` and what names the area when a person put
it under alert.
"""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("nuisance.flagged", personal=("number", "reason"))
class NuisanceFlagged(Record, frozen=True, kw_only=True):
    """A person lowers the place in the queue of ``number`` until ``until`` (UTC micros). The newest flag counts."""

    until: int
    number: str | None = None
    reason: str | None = None


@record("nuisance.cleared", personal=("number", "reason"))
class NuisanceCleared(Record, frozen=True, kw_only=True):
    """A person puts ``number`` right: its flags end, and the outcomes of its calls so far no longer count."""

    number: str | None = None
    reason: str | None = None


Outline = tuple[tuple[tuple[float, float], ...], ...]
"""Outer rings of (latitude, longitude); holes are left out, since in doubt a caller is within."""


@record("vicinity.alert", personal=("reason",))
class VicinityAlert(Record, frozen=True, kw_only=True):
    """Callers within ``radius_m`` of this point are taken in turn until ``until`` (UTC micros), flagged or not.

    The newest entry of a stream counts; one that is over (``until`` not after its own time) ends the alert.
    ``outline``: the area's border where it is known; the circle goes round it, and up to ``margin_m`` outside of the
    border counts as within. ``whole``: it is the centre's whole region, so a caller of whom nobody knows where he is
    counts as within too. ``area_kind``: as places have it (village, district, region, ...). ``reason``: why a person
    put the area under alert, or ended it.
    """

    lat: float
    lon: float
    radius_m: float
    until: int
    area: str | None = None
    area_kind: str | None = None
    outline: Outline = ()
    margin_m: float = 0.0
    whole: bool = False
    reason: str | None = None
