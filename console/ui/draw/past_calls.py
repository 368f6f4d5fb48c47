"""The list of calls that are over: when, whose, how long, outcome, incident; and what more is known of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.i18n import translate as _
from console.ui import words
from console.ui.draw.calls import place_of
from console.ui.lines import Line, cut, fit, line, span
from console.ui.past_views import PastCall
from data.clock import Micros

PLACE, NUMBER, LONG, OUTCOME = 3, 16, 8, 17
"""Cells of the columns: the place in the list (which a command may name), number, length, outcome."""

CLOCK, DAY_AND_CLOCK = 6, 12
"""Cells of the time, without and with the day."""


def past_head(calls: Sequence[PastCall], now: Micros, *, one_number: bool) -> Line:
    """The names of the columns. ``one_number``: all calls are of one number, so that their callers' names tell more."""
    who = _("caller") if one_number else _("number")
    cells = (_clock_cells(calls, now), NUMBER, LONG, OUTCOME)
    names = zip((_("when"), who, _("long"), _("outcome")), cells, strict=True)
    return line(span(" " * PLACE), *(fit(name, wide, "dim") for name, wide in names), span(_("incident"), "dim"))


def past_lines(
    calls: Sequence[PastCall], now: Micros, cells: int, type_name: Callable[[str], str], *, one_number: bool
) -> tuple[list[Line], list[str]]:
    """A line for each call, with its key."""
    clock = _clock_cells(calls, now)
    return (
        [_past_line(call, place, now, clock, cells, type_name, one_number) for place, call in enumerate(calls, 1)],
        [call.call for call in calls],
    )


def _clock_cells(calls: Sequence[PastCall], now: Micros) -> int:
    today = words.local(now).date()
    return CLOCK if all(words.local(call.began_at).date() == today for call in calls) else DAY_AND_CLOCK


def _past_line(
    call: PastCall,
    place: int,
    now: Micros,
    clock: int,
    cells: int,
    type_name: Callable[[str], str],
    one_number: bool,
) -> Line:
    long_us = call.long_us
    about = ""
    if call.incident:
        what = type_name(call.type) if call.type else _("no type yet")
        about = " ".join(part for part in (f"#{call.incident}", what, call.place) if part)
    parts = line(
        fit(f"{place}", PLACE, "dim"),
        fit(words.short_clock(call.began_at, now), clock),
        fit(call.name if one_number else call.shown or _("withheld"), NUMBER, "strong"),
        fit(words.elapsed(0, long_us) if long_us is not None else "", LONG),
        fit(outcome_word(call), OUTCOME, "text" if call.outcome else "warn"),
        span(about),
    )
    return cut(parts, cells)


def outcome_word(call: PastCall) -> str:
    """What came of a call: its outcome, else how it ended."""
    if call.outcome:
        return words.word(words.PAST, call.outcome)
    if not call.fate:
        return words.state("talking" if call.answered_at is not None else "waiting")
    return words.word(words.PAST, call.fate if call.fate != "answered" else "")


def detail_line(call: PastCall | None, now: Micros) -> Line:
    """What the list has no room for: the caller's name, who talked with him, who gave the outcome, when and why."""
    if call is None:
        return ()
    parts = [call.name, ", ".join(place_of(each) for each in call.operators)]
    if call.outcome:
        by = _("outcome by {who} {when}").format(who=call.by or "?", when=words.short_clock(call.at, now))
        parts.append(f"{by}: {call.reason}" if call.reason else by)
    return line(span(" · ".join(part for part in parts if part), "dim"))
