"""Units of agencies as lines: by kind, each with what it is doing, on which incident, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.i18n import translate as _
from console.ui import words
from console.ui.lines import EMPTY, Line, Span, cut, fit, line, span
from console.ui.views import IncidentRow
from data.clock import Micros
from data.text import plain_letters, safe_line
from dispatch.units.names import KINDS, key
from dispatch.units.queries import ASKED, FREE, OUT, Unit

ROLES = {FREE: "ok", ASKED: "warn", "en_route": "strong", "on_scene": "strong", "stood_down": "warn", OUT: "dim"}
"""State -> the role that goes with its word."""

SIGN, STATE, NUMBER, AGE = 15, 17, 6, 7
"""Cells of the columns; the place and the agency have the rest."""


def shown(units: Sequence[Unit], text: str) -> list[Unit]:
    """The units of which every word of ``text`` begins a word of the kind, the agency or the state, or is in the call
    sign."""
    wanted = plain_letters(text).split()
    return [unit for unit in units if all(_has(unit, word) for word in wanted)]


def _has(unit: Unit, word: str) -> bool:
    names = [
        unit.agency,
        words.agency(unit.agency),
        unit.kind,
        _kind(unit.kind),
        _state(unit.state),
    ]
    known = plain_letters(" ".join(names)).replace("-", " ").replace(",", " ").split()
    return any(each.startswith(word) for each in known) or bool(key(word) and key(word) in unit.key)


def unit_lines(
    units: Sequence[Unit], incidents: Mapping[str, IncidentRow], now: Micros, cells: int, text: str = ""
) -> list[Line]:
    """The card: how many are free, then the units of each kind. ``incidents``: those of the board, by id; ``text``:
    what it was asked for with."""
    found = shown(units, text)
    asked = span(f" {safe_line(text, 40)}", "strong") if text else span("")
    head = line(span(_("Units"), "title"), asked, span(f"  {_summary(found)}"), span(f"  {_('Escape: back')}", "dim"))
    lines: list[Line] = [cut(head, cells)]
    if not found:
        none = _("No unit is registered: the admin does that, siaga112 units.")
        return [*lines, EMPTY, line(span(_("No unit is like that.") if units else none, "warn"))]
    for kind in (*KINDS, ""):
        of_kind = [unit for unit in found if unit.kind == kind or (kind == "other" and unit.kind not in (*KINDS, ""))]
        if of_kind:
            lines += [EMPTY, cut(line(span(_kind(kind), "title"), span(f"  {_summary(of_kind)}", "dim")), cells)]
            lines += [unit_line(unit, incidents, now, cells) for unit in of_kind]
    return lines


def unit_line(unit: Unit, incidents: Mapping[str, IncidentRow], now: Micros, cells: int) -> Line:
    """One unit: call sign, state, incident, age, then where that is and whose it is."""
    state, number, age = unit.state, "", ""
    if unit.at:
        number = str(unit.at[0].number)
    if unit.since is not None:
        age = words.age(unit.since, now)
    parts: list[Span] = [
        fit(unit.call_sign, SIGN, "strong"), fit(_state(state), STATE, ROLES.get(state, "text")), span(" "),
        fit(number, NUMBER), fit(age, AGE, right=True), span("  "),
    ]  # fmt: skip
    if len(unit.at) > 1:
        also = ", ".join(str(at.number) for at in unit.at[1:])
        parts.append(span(f"{_('also {numbers}').format(numbers=also)} ", "alarm"))
    if unit.out_since is not None:
        why = safe_line(unit.out_reason or "-", 60)
        word = f"{_state(OUT)}: {why}" if unit.at else why
        parts.append(span(f"{word}  ", "alarm" if unit.at else "text"))
    row = incidents.get(unit.at[0].incident) if unit.at else None
    if row is not None and row.place:
        parts.append(span(f"{row.place}  "))
    parts.append(span(words.agency(unit.agency), "dim"))
    return cut(tuple(parts), cells)


def _state(code: str) -> str:
    return words.word(words.UNIT_STATES, code)


def _kind(kind: str) -> str:
    return words.word(words.UNIT_KINDS, kind)


def _summary(units: Sequence[Unit]) -> str:
    """How many of the registered ones are free."""
    known = [unit for unit in units if unit.registered]
    free = sum(unit.state == FREE for unit in known)
    return _("{free} of {all} free").format(free=free, all=len(known)) if known else ""
