"""Units of agencies: which there are, and which cannot be sent. Streams ``unit/<agency>/<key>``.

Where a unit is stands in no entry of its own: the hand-over that names it says so (see ``dispatch.units``).
"""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("unit.registered")
class UnitRegistered(Record, frozen=True, kw_only=True):
    """An agency has a unit. ``call_sign``: how it is called on the radio; ``unit_kind``: see ``dispatch.units``."""

    agency: str
    call_sign: str
    unit_kind: str


@record("unit.retired", personal=("reason",))
class UnitRetired(Record, frozen=True, kw_only=True):
    """The agency has it no more; its call sign may be given to another one."""

    agency: str
    call_sign: str
    reason: str | None = None


@record("unit.out_of_service", personal=("reason",))
class UnitOutOfService(Record, frozen=True, kw_only=True):
    """It cannot be sent for now, and why."""

    agency: str
    call_sign: str
    reason: str | None = None


@record("unit.in_service")
class UnitInService(Record, frozen=True, kw_only=True):
    """It can be sent again."""

    agency: str
    call_sign: str
