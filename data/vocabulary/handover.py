"""Hand-over of an incident to an agency. The entries stand in its stream; ``handover`` is the id within it."""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("handover.sent")
class HandoverSent(Record, frozen=True, kw_only=True):
    """t7: the incident was given to ``agency``. ``replaces``: the hand-over whose agency was reassigned."""

    handover: str
    agency: str
    role: str
    channel: str = "voice"
    replaces: str | None = None


@record("handover.acknowledged", personal=("by",))
class HandoverAcknowledged(Record, frozen=True, kw_only=True):
    """t8: the agency took it. ``by``: the name given; ``means``: telephone, radio, terminal."""

    handover: str
    by: str | None = None
    means: str = "telephone"


@record("handover.refused", personal=("by", "reason"))
class HandoverRefused(Record, frozen=True, kw_only=True):
    """The agency does not take it."""

    handover: str
    by: str | None = None
    reason: str | None = None


@record("handover.en_route", personal=("unit",))
class HandoverEnRoute(Record, frozen=True, kw_only=True):
    """t10: somebody is on the way."""

    handover: str
    unit: str | None = None


@record("handover.on_scene", personal=("unit",))
class HandoverOnScene(Record, frozen=True, kw_only=True):
    """t11: somebody is there."""

    handover: str
    unit: str | None = None


@record("handover.finished", personal=("note",))
class HandoverFinished(Record, frozen=True, kw_only=True):
    """t12: the agency's part is over, with a ``result``: done, nothing_found, called_off, passed_on."""

    handover: str
    result: str
    note: str | None = None


@record("handover.stood_down", personal=("reason",))
class HandoverStoodDown(Record, frozen=True, kw_only=True):
    """The agency is to stop; it has to acknowledge that too. ``replaced_by``: the new hand-over when reassigned."""

    handover: str
    reason: str | None = None
    replaced_by: str | None = None


@record("handover.stand_down_acknowledged", personal=("by",))
class StandDownAcknowledged(Record, frozen=True, kw_only=True):
    """The agency knows that it is to stop."""

    handover: str
    by: str | None = None


@record("handover.overdue")
class HandoverOverdue(Record, frozen=True, kw_only=True):
    """A limit passed: ``what`` is acknowledgement or stand_down; ``limit_s`` seconds. Once per hand-over and limit."""

    handover: str
    what: str
    limit_s: int
