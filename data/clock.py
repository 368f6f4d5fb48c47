"""Time: UTC microseconds everywhere; the centre's own zone only on screen and on paper."""

from __future__ import annotations

import time
from datetime import UTC, datetime

Micros = int
"""Microseconds since 1970-01-01T00:00:00Z."""

SECOND: Micros = 1_000_000

EARLIEST: Micros = 0
LATEST: Micros = 7_258_118_400 * SECOND
"""1970-01-01 and 2200-01-01 UTC: a time outside is a slip of the pen, or forged."""


def now() -> Micros:
    """The wall clock now, UTC microseconds."""
    return time.time_ns() // 1000


def from_ami(timestamp: str) -> Micros:
    """Asterisk's AMI ``Timestamp`` ("1795490122.935180", seconds UTC) as microseconds; exact, no float.

    Raises ValueError when the text is no such timestamp, or one that no centre lives to see.
    """
    seconds, _, fraction = timestamp.partition(".")
    at = int(seconds) * SECOND + int((fraction + "000000")[:6])
    if not EARLIEST <= at <= LATEST:
        raise ValueError(f"out of range: {timestamp[:40]}")
    return at


def iso(at: Micros | None) -> str | None:
    """ISO 8601 in UTC with microseconds and ``Z``; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at % SECOND:06d}Z"


def parse_iso(text: str) -> Micros:
    """The instant named by an ISO 8601 date or date and time; without an offset it is UTC.

    Raises ValueError when the text is no date.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + moment.microsecond
