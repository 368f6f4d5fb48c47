"""Taking back a slip of the hand: what somebody did a moment ago is undone by a further entry; both stay. Pure.

Within ``UNDO_S`` seconds, by the person who did it, and only while nobody built on it. After that the truth is entered
as what it is: a stand-down, a reopening, a note.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.clock import SECOND
from data.entry import Draft, Entry
from data.errors import Conflict, Refusal
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from data.vocabulary.record import Record
from dispatch.handover.channels import channel
from dispatch.incidents.rules import Asked, drafts, must_be_active, status_is_fresh, when
from dispatch.incidents.state import Handover, Incident

UNDO_S = 10
"""Seconds within which a step can be undone."""

_STEPS = (
    h.HandoverSent,
    h.HandoverAcknowledged,
    h.HandoverRefused,
    h.HandoverEnRoute,
    h.HandoverOnScene,
    h.HandoverUnitAdded,
    h.HandoverUnitOnScene,
    h.HandoverFinished,
    h.HandoverStoodDown,
    h.StandDownAcknowledged,
)


def undo(incident: Incident, before: Incident | None, asked: Asked, made: Sequence[Entry]) -> list[Draft]:
    """Undo ``made``, the entries of one decision in this incident's stream; ``before``: the incident before them.

    A merger is undone by :func:`dispatch.incidents.merging.separate`. Raises Refusal, Conflict.
    """
    may_undo(asked, made)
    return drafts(asked, incident.stream, *(_undone(incident, before, entry, made) for entry in reversed(made)))


def may_undo(asked: Asked, made: Sequence[Entry]) -> None:
    """Raise Refusal when there is nothing to undo, when it was somebody else's, or when it is too late."""
    if not made:
        raise Refusal("nothing_to_undo", "there is nothing to undo")
    if made[-1].actor != asked.actor:
        raise Refusal("not_yours", "{who} did that; only the same person can undo it", who=made[-1].actor)
    if asked.at - made[-1].recorded_at > UNDO_S * SECOND:
        raise Refusal(
            "too_late_to_undo",
            "more than {seconds} s have passed; enter what is so now instead",
            seconds=UNDO_S,
        )


def _undone(incident: Incident, before: Incident | None, entry: Entry, made: Sequence[Entry]) -> Record:
    body = entry.body
    if isinstance(body, i.IncidentClosed):
        status_is_fresh(incident, entry.version)
        return i.IncidentReopened(undone=True)
    if not isinstance(body, _STEPS):
        raise Refusal("cannot_undo", "that cannot be undone")
    must_be_active(incident)
    handover = incident.handovers[body.handover]
    last = max(each.version for each in made if getattr(each.body, "handover", None) == handover.id)
    if handover.changed.version > last or handover.sends > 1:
        changed = handover.changed
        raise Conflict(
            "handover_changed",
            "{who} set {agency} to {state} at {when}",
            who=changed.actor,
            agency=handover.agency,
            state=handover.state,
            when=when(changed.at),
            at=changed.at,
        )
    if isinstance(body, h.HandoverSent) and not channel(handover.channel).by_hand:
        raise Refusal("was_told", "{agency} was told already; stand it down instead", agency=handover.agency)
    earlier = before.handovers.get(body.handover) if before is not None else None
    if isinstance(body, h.HandoverUnitAdded | h.HandoverUnitOnScene):
        return _unit_undone(handover, earlier, body)
    return h.HandoverUndone(
        handover=handover.id, state=handover.state, unit=earlier.unit if earlier is not None else None
    )


def _unit_undone(
    handover: Handover, earlier: Handover | None, body: h.HandoverUnitAdded | h.HandoverUnitOnScene
) -> h.HandoverUnitUndone:
    """The hand-over's units are as they were before the whole decision; undoing its other half says the same again."""
    if earlier is None:
        raise Refusal("cannot_undo", "that cannot be undone")
    return h.HandoverUnitUndone(
        handover=handover.id,
        step="added" if isinstance(body, h.HandoverUnitAdded) else "on_scene",
        named=body.unit,
        state=earlier.state,
        unit=earlier.unit,
        unit_times=earlier.unit_times,
    )
