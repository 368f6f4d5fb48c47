"""What people decide about a number: pure rules, from a request to drafts, or a Refusal."""

from __future__ import annotations

from data.clock import SECOND, Micros
from data.entry import Draft, new_id
from data.errors import Refusal
from data.text import safe_line
from data.vocabulary.nuisance import NuisanceCleared, NuisanceFlagged
from telephony.nuisance.number import key_of
from telephony.nuisance.settings import Nuisance

HOUR = 3600 * SECOND
REASON = 200
"""Characters of a reason that are kept."""


def flag(
    number: str | None, reason: str, *, actor: str, at: Micros, settings: Nuisance, supervisor: bool,
    terminal: str = "", hours: float | None = None, id: str | None = None,
) -> list[Draft]:  # fmt: skip
    """Lower the place of ``number`` in the queue for ``hours`` (None: as the settings say), with a reason.

    ``supervisor``: whether the person may set a long one. Refusals: no_number, reason_missing, flag_too_long (for
    anybody), supervisor_needed.
    """
    until = at + round((settings.flag_hours if hours is None else _hours(hours, settings)) * HOUR)
    if until - at > settings.supervisor_hours * HOUR and not supervisor:
        raise Refusal(
            "supervisor_needed",
            "a flag of more than {hours} hours takes a supervisor",
            hours=f"{settings.supervisor_hours:g}",
        )
    body = NuisanceFlagged(number=_number(number), reason=_reason(reason), until=until)
    return [_draft(body, actor, terminal, at, id)]


def clear(
    number: str | None, reason: str, *, actor: str, at: Micros, terminal: str = "", id: str | None = None
) -> list[Draft]:
    """End the flags of ``number`` and forget its outcomes so far. Refusals: no_number, reason_missing."""
    return [_draft(NuisanceCleared(number=_number(number), reason=_reason(reason)), actor, terminal, at, id)]


def _draft(body: NuisanceFlagged | NuisanceCleared, actor: str, terminal: str, at: Micros, id: str | None) -> Draft:
    id = id or new_id()
    return Draft(id=id, stream=f"nuisance/{id}", body=body, at=at, actor=actor, terminal=terminal)


def _hours(hours: float, settings: Nuisance) -> float:
    most = settings.flag_most_days * 24
    if not 0 < hours <= most:
        raise Refusal("flag_too_long", "a flag lasts more than 0 and at most {most} hours", most=f"{most:g}")
    return hours


def _number(number: str | None) -> str:
    if number is None or key_of(number) is None:
        raise Refusal(
            "no_number",
            "{number} is no telephone number that a caller can be known by",
            number=safe_line(number or "?", 40),
        )
    return number


def _reason(reason: str) -> str:
    text = safe_line(reason, REASON).strip()
    if not text:
        raise Refusal("reason_missing", "a reason is needed")
    return text
