"""What is known of a number, at a glance: how often it called, what came of it, its last incident."""

from __future__ import annotations

from collections.abc import Callable

from console.i18n import translate as _
from console.ui import words
from console.ui.views import Past
from data.clock import Micros


def counts_text(past: Past) -> str:
    """``4x: prank 3, silent 1``; "" for a number that never called."""
    if not past.calls:
        return ""
    kinds = ", ".join(f"{words.word(words.PAST, code)} {count}" for code, count in past.outcomes)
    return f"{past.calls}×: {kinds}" if kinds else f"{past.calls}×"


def last_text(past: Past, now: Micros, type_name: Callable[[str], str]) -> str:
    """The last incident of the number: when, number, what, where, and how it stands; "" when there is none."""
    row = past.last
    if row is None:
        return ""
    what = type_name(row.type) if row.type else _("no type yet")
    parts = (words.short_clock(row.opened_at, now), f"#{row.number}", what, row.place, f"({words.state(row.state)})")
    return " ".join(part for part in parts if part)
