"""Hand-over of an incident to an agency. The entries stand in its stream; ``handover`` is the id within it."""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("handover.sent", personal=("unit",))
class HandoverSent(Record, frozen=True, kw_only=True):
    """t7: the incident was given to ``agency``. ``replaces``: the hand-over whose agency was reassigned; ``unit``:
    which of its units it was asked to send."""

    handover: str
    agency: str
    role: str
    channel: str = "voice"
    replaces: str | None = None
    unit: str | None = None


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


@record("handover.unit_added", personal=("unit",))
class HandoverUnitAdded(Record, frozen=True, kw_only=True):
    """A further unit of an agency that is on the way or there set out, too; several are parted by a comma."""

    handover: str
    unit: str | None = None


@record("handover.unit_on_scene", personal=("unit",))
class HandoverUnitOnScene(Record, frozen=True, kw_only=True):
    """Of the units of a hand-over these are there, and the agency with them; the others are still on the way."""

    handover: str
    unit: str | None = None


@record("handover.unit_undone", personal=("named", "unit"))
class HandoverUnitUndone(Record, frozen=True, kw_only=True):
    """What was said of the units ``named`` was a slip of the hand: ``step`` is added or on_scene. All is as before:
    ``unit``, ``unit_times`` (UTC micros) and ``state``."""

    handover: str
    step: str
    state: str
    named: str | None = None
    unit: str | None = None
    unit_times: tuple[tuple[int | None, int | None], ...] = ()


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


@record("handover.undone", personal=("unit",))
class HandoverUndone(Record, frozen=True, kw_only=True):
    """The step into ``state`` was a slip of the hand, taken back at once; both stay. ``unit``: that of before."""

    handover: str
    state: str
    unit: str | None = None


@record("handover.moved")
class HandoverMoved(Record, frozen=True, kw_only=True):
    """The hand-over goes on in the incident ``to`` (a stream), because the two were merged or taken apart again."""

    handover: str
    to: str


@record(
    "handover.taken_over",
    personal=(
        "acknowledged_by", "refused_by", "refusal", "unit", "finish_note", "stand_down_reason",
        "stand_down_acknowledged_by",
    ),
)  # fmt: skip
class HandoverTakenOver(Record, frozen=True, kw_only=True):
    """A hand-over of another incident goes on in this one as it stood there, with its times (UTC micros).

    ``came_from``: the stream of the incident that was merged into this one; None when it comes back to its own.
    """

    handover: str
    agency: str
    role: str
    channel: str
    state: str
    sent_at: int
    sent_by: str
    sends: int = 1
    came_from: str | None = None
    last_sent_at: int | None = None
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None
    means: str | None = None
    refused_at: int | None = None
    refused_by: str | None = None
    refusal: str | None = None
    en_route_at: int | None = None
    on_scene_at: int | None = None
    unit: str | None = None
    unit_times: tuple[tuple[int | None, int | None], ...] = ()
    finished_at: int | None = None
    result: str | None = None
    finish_note: str | None = None
    stood_down_at: int | None = None
    stand_down_reason: str | None = None
    stand_down_acknowledged_at: int | None = None
    stand_down_acknowledged_by: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    reported: tuple[str, ...] = ()


@record("handover.overdue")
class HandoverOverdue(Record, frozen=True, kw_only=True):
    """A limit passed: ``what`` is acknowledgement, en_route, on_scene or stand_down; ``limit_s`` seconds. Once per
    hand-over and limit."""

    handover: str
    what: str
    limit_s: int
