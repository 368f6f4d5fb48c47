"""Numbers whose place in the queue is lowered, and the areas from which nobody's is.

A number's place is lowered by its score (from the outcomes of its calls, see ``telephony.nuisance``) or by a person's
flag. Stream of a flag and of its end: ``nuisance/<id>``, one entry each; of an area: ``vicinity/<id>``, where the id is
whatever the one who raises the alert calls it (an incident's id).
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


@record("vicinity.alert")
class VicinityAlert(Record, frozen=True, kw_only=True):
    """Callers within ``radius_m`` of this point are taken in turn until ``until`` (UTC micros), flagged or not.

    The newest entry of a stream counts; one that is over (``until`` not after its own time) ends the alert.
    """

    lat: float
    lon: float
    radius_m: float
    until: int
    area: str | None = None
