"""The units of one hand-over, each with its own times once they are not all alike. Pure.

``Handover.unit`` names them all, parted by commas; ``Handover.unit_times`` stands beside it in the same order and is
empty while all of them share the hand-over's own times, which is what nearly always is so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from data.clock import Micros
from dispatch.units.names import key, named, parts

if TYPE_CHECKING:
    from dispatch.incidents.handover_state import Handover

UnitTimes = tuple[Micros | None, Micros | None]
"""When a unit set out and when it was there; UTC micros, None when it was never so."""


class Sent(msgspec.Struct, frozen=True):
    """One unit of a hand-over whose agency is on the way or there. ``text``: as it was typed."""

    text: str
    en_route_at: Micros | None
    on_scene_at: Micros | None


def sent(handover: Handover) -> tuple[Sent, ...]:
    """The units of a hand-over, in the order in which they were named."""
    texts = parts(handover.unit or "")
    own = (handover.en_route_at, handover.on_scene_at)
    # Of an erased name no more is known than of the agency as a whole.
    times = handover.unit_times if len(handover.unit_times) == len(texts) else (own,) * len(texts)
    return tuple(Sent(text, *at) for text, at in zip(texts, times, strict=True))


def under_way(handover: Handover) -> tuple[str, ...]:
    """The units that are not there yet while others of the same hand-over are."""
    if handover.on_scene_at is None:
        return ()
    return tuple(each.text for each in sent(handover) if each.on_scene_at is None)


def with_added(handover: Handover, unit: str | None, at: Micros) -> dict[str, Any]:
    """What changes when ``unit`` sets out as well."""
    return _written(handover, (*sent(handover), *(Sent(text, at, None) for text in parts(unit or ""))))


def with_arrived(handover: Handover, unit: str | None, at: Micros) -> dict[str, Any]:
    """What changes when those of the units that ``unit`` names are there; the agency is there with the first."""
    there, first = named(unit), handover.on_scene_at if handover.on_scene_at is not None else at
    units = tuple(
        msgspec.structs.replace(each, on_scene_at=at) if key(each.text) in there and each.on_scene_at is None else each
        for each in sent(handover)
    )
    return {"on_scene_at": first, **_written(msgspec.structs.replace(handover, on_scene_at=first), units)}


def all_arrived(handover: Handover, at: Micros) -> tuple[UnitTimes, ...]:
    """Their times when all that are still on the way are there."""
    return tuple((left, at if there is None else there) for left, there in handover.unit_times)


def none_arrived(handover: Handover) -> tuple[UnitTimes, ...]:
    """Their times when nobody is there after all."""
    return tuple((left, None) for left, _there in handover.unit_times)


def _written(handover: Handover, units: tuple[Sent, ...]) -> dict[str, Any]:
    times = tuple((each.en_route_at, each.on_scene_at) for each in units)
    alike = all(at == (handover.en_route_at, handover.on_scene_at) for at in times)
    return {"unit": ", ".join(each.text for each in units) or None, "unit_times": () if alike else times}
