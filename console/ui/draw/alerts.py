"""Areas under alert as lines and sentences."""

from __future__ import annotations

from collections.abc import Sequence

from console.i18n import translate as _
from console.ui import words
from console.ui.alert_views import AreaAlertRow
from console.ui.lines import Line, cut, line, span, width
from data.clock import Micros
from data.text import safe_line

SHORTEST = 4
"""Cells of an area's name below which it says nothing."""


def reach(row: AreaAlertRow) -> str:
    """Who counts as within, as exactly as it is known."""
    if row.whole:
        return _("the whole region, also whose place is unknown")
    if row.bounded:
        return _("within the border as the pack has it and {metres} around it").format(
            metres=words.metres(row.margin_m)
        )
    return _("within {metres} of the point, no border is known").format(metres=words.metres(row.radius_m))


def alert_line(row: AreaAlertRow, now: Micros, cells: int) -> Line:
    """An area under alert: until when, by whom and why, and how far it reaches."""
    until = _("until {when}").format(when=words.short_clock(row.until, now))
    return cut(
        line(
            span(f"{safe_line(row.area)} ", "strong"),
            span(f"{until}  ", "warn"),
            span(f"{row.by}: {safe_line(row.reason)}  "),
            span(f"({words.word(words.PLACE_KINDS, row.kind)}) {reach(row)}", "dim"),
        ),
        cells,
    )


def alert_mark(rows: Sequence[AreaAlertRow], room: int, *, alarm: bool) -> Line:
    """What the head line says of them in ``room`` cells: the area that is under alert longest, how many more there are.

    The name is cut; without room for it there is the number of areas, and in the way of an ``alarm`` nothing.
    """
    if not rows:
        return ()
    more = f" +{len(rows) - 1}" if len(rows) > 1 else ""
    left = room - width((span(f" {_('ALERT')} {more} "),))
    name = cut((span(safe_line(rows[0].area, 20)),), left)[0].text if left >= SHORTEST else ""
    mark = (span(f" {_('ALERT')} {name}{more} " if name else f" {_('ALERT')} {len(rows)} ", "warn"),)
    return mark if name or width(mark) <= room or not alarm else ()
