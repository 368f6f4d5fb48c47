"""Reading a moment as people type it: ``14:05``, ``24/11 14:05``, ``2026-11-24 14:05``; pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from console.i18n import N_
from console.ui import words
from data.clock import SECOND, Micros

OLDEST = timedelta(days=7)
"""Older than this is a slip of the hand: an incident is entered after the fact within hours."""

EVENING = timedelta(hours=12)
"""A time of day that is still to come means yesterday when that is not longer ago than this (23:50, typed at 00:10)."""

NOT_READ = N_("That is no time: type 14:05, or 24/11 14:05.")
IN_FUTURE = N_("That time is still to come.")
TOO_OLD = N_("That is more than 7 days ago.")

_TIME = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\s+|(?P<d2>\d{1,2})/(?P<m2>\d{1,2})(?:/(?P<y2>\d{4}))?\s+)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\Z"
)


class NoMoment(ValueError):
    """The text is no moment that can be meant; the argument is a message id."""


def moment(text: str, now: Micros) -> Micros | None:
    """The moment that ``text`` names in the centre's zone (UTC micros); None for an empty text (now). Raises
    NoMoment."""
    if not text.strip():
        return None
    found = _TIME.match(text.strip())
    if found is None:
        raise NoMoment(NOT_READ)
    present = words.local(now)
    dated = found["d"] or found["d2"]
    try:
        at = present.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)
        if dated:
            year = found["y"] or found["y2"] or present.year
            at = at.replace(year=int(year), month=int(found["m"] or found["m2"]), day=int(dated))
    except ValueError:
        raise NoMoment(NOT_READ) from None
    return _within(at, present, dated=bool(dated))


def _within(at: datetime, present: datetime, *, dated: bool) -> Micros:
    if at > present and not dated and at - timedelta(days=1) >= present - EVENING:
        at -= timedelta(days=1)
    if at > present:
        raise NoMoment(IN_FUTURE)
    if at < present - OLDEST:
        raise NoMoment(TOO_OLD)
    return round(at.timestamp()) * SECOND
