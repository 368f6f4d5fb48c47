"""Putting an area under alert by hand, and ending that: pure rules, from a request to drafts, or a Refusal."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from data.clock import SECOND, Micros
from data.entry import Draft, new_id
from data.errors import Refusal
from data.text import safe_line
from data.vocabulary.nuisance import VicinityAlert
from telephony.nuisance.area_alerts import PREFIX, AreaAlert

HOUR = 3600 * SECOND
LEAST_HOURS = 0.25
MOST_HOURS = 168.0
"""No alert lasts longer than a week, as those around incidents (``alert_hours``)."""

REASON = 200
"""Characters of a reason that are kept."""


def begin(
    key: str, area: VicinityAlert, reason: str, hours: float, *, actor: str, at: Micros, running: Iterable[AreaAlert],
    terminal: str = "", id: str | None = None,
) -> list[Draft]:  # fmt: skip
    """Put ``area`` under alert for ``hours`` from ``at``; its ``until`` and ``reason`` are set here.

    ``key`` names the area, so that the newest of two alerts of one area counts; ``running``: those under alert now.
    Refusals: alert_hours, reason_missing.
    """
    hours = check_hours(hours)
    stream = PREFIX + key
    at = max([at, *(each.since + 1 for each in running if each.stream == stream)])  # the clock may have gone back
    body = msgspec.structs.replace(area, reason=_reason(reason), until=at + round(hours * HOUR))
    return [Draft(id=id or new_id(), stream=stream, body=body, at=at, actor=actor, terminal=terminal)]


def check_hours(hours: float) -> float:
    """``hours`` when an alert may last so long. Raises Refusal alert_hours."""
    if not LEAST_HOURS <= hours <= MOST_HOURS:  # what is not a number is refused too
        raise Refusal(
            "alert_hours",
            "an alert lasts from {least} to {most} hours",
            least=f"{LEAST_HOURS:g}",
            most=f"{MOST_HOURS:g}",
        )
    return hours


def end(
    stream: str, since: Micros, reason: str, *, actor: str, at: Micros, running: Iterable[AreaAlert],
    terminal: str = "", id: str | None = None,
) -> list[Draft]:  # fmt: skip
    """End the alert of ``stream`` that somebody saw as beginning at ``since``.

    Refusals: no_such_alert, alert_changed (somebody put the area under alert anew meanwhile), reason_missing.
    """
    found = next((each for each in running if each.stream == stream), None)
    if found is None:
        raise Refusal("no_such_alert", "that area is not under alert any more")
    if found.since != since:
        raise Refusal(
            "alert_changed", "{who} has put {area} under alert anew meanwhile", who=found.actor, area=found.area
        )
    at = max(at, found.since + 1)  # the clock may have gone back
    body = VicinityAlert(
        lat=found.lat, lon=found.lon, radius_m=found.radius_m, until=at, area=found.area or None,
        area_kind=found.kind or None, reason=_reason(reason),
    )  # fmt: skip
    return [Draft(id=id or new_id(), stream=stream, body=body, at=at, actor=actor, terminal=terminal)]


def _reason(reason: str) -> str:
    text = safe_line(reason, REASON).strip()
    if not text:
        raise Refusal("reason_missing", "a reason is needed")
    return text
