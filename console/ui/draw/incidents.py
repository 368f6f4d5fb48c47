"""The dispatcher's board, the detail of an incident with its chronology, and incidents near a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from console.i18n import language
from console.i18n import translate as _
from console.ui import words
from console.ui.changes import HANDOVER
from console.ui.filtering import BoardFilter
from console.ui.lines import Drawn, Line, Lines, Span, cut, ends, fit, line, span, width, wrap
from console.ui.views import AgencyChoice, IncidentDetail, IncidentRow, LogLine, PlaceChoice, TypeChoice
from data.clock import Micros

TypeName = Callable[[str], str]
"""Type code -> its name in the language spoken now."""

NOTHING: Mapping[str, str] = MappingProxyType({})


NARROW = 60
"""Columns below which the board leaves out the type: where it is and what it waits for say more."""


def board_order(rows: Sequence[IncidentRow]) -> list[IncidentRow]:
    """Overdue first, then by priority (1 highest), then the oldest."""
    return sorted(rows, key=lambda row: (not row.overdue, row.priority or 1, row.opened_at, row.id))


def row_state(row: IncidentRow) -> Span:
    """The word for what an incident needs next, with the role that goes with it."""
    if row.overdue:
        return span(f"{_('LATE')} {words.word(words.LATE_WITH, row.overdue)}", "alarm")
    if row.state in {"closed", "merged"}:
        return span(words.state(row.state), "dim")
    if row.unacknowledged:
        return span(words.state("sent"), "warn")
    if not row.handovers:
        return span(_("not handed over"), "warn")
    return span(words.state(row.state), "ok")


def board_lines(rows: Sequence[IncidentRow], now: Micros, cells: int, type_name: TypeName) -> tuple[Lines, list[str]]:
    """The board and the keys of its rows (incident ids); the first line is the head. A row is drawn when it is looked
    at."""
    number, age = 5, 6
    kind, state = max(10, min(26, cells // 4)), max(16, min(36, cells * 35 // 100))
    if cells < NARROW:
        kind, state = 0, max(12, cells * 40 // 100)
    place = max(8, cells - (4 + number + 1 + kind + 1 + age + 1 + state + 1))
    head = (
        fit(_("Pr"), 4, "title"), fit(_("No."), number + 1, "title"), fit(_("Type"), kind + 1, "title"),
        fit(_("Place"), place + 1, "title"), fit(_("Age"), age, "title", right=True), span(" "),
        fit(_("State"), state, "title"),
    )  # fmt: skip
    if not rows:
        return Lines([cut(head, cells), line(span(_("no active incident"), "dim"))]), ["", ""]
    ordered, keys = _ordered(rows)
    widths = (number, kind, place, age, state)

    def draw(n: int) -> Line:
        row = ordered[n]
        return _board_line(row, words.age(row.opened_at, now), type_name(row.type), language(), widths, cells)

    return Lines([cut(head, cells)], Drawn(len(ordered), draw)), ["", *keys]


class _Last:
    """The rows that were put in order last, by identity: every second the same ones are drawn again."""

    rows: Sequence[IncidentRow] = ()
    found: tuple[list[IncidentRow], list[str]] = ([], [])


def _ordered(rows: Sequence[IncidentRow]) -> tuple[list[IncidentRow], list[str]]:
    """The rows in the board's order, and their ids."""
    if isinstance(rows, tuple) and rows is _Last.rows:
        return _Last.found
    ordered = board_order(rows)
    found = (ordered, [row.id for row in ordered])
    if isinstance(rows, tuple) and len(rows) > 50:
        _Last.rows, _Last.found = rows, found
    return found


@lru_cache(maxsize=5000)
def _board_line(
    row: IncidentRow, age: str, kind: str, language: str, widths: tuple[int, int, int, int, int], cells: int
) -> Line:
    """One incident; remembered, since of 2,000 rows few change from one second to the next."""
    word = row_state(row)
    urgent = "strong" if row.priority == 1 else "text"
    parts = (
        fit(words.priority(row.priority) if row.priority else "-", 4, "warn" if row.priority == 1 else "text"),
        fit(row.number, widths[0] + 1, urgent),
        fit(kind or _("no type yet"), widths[1], urgent),
        span(" "),
        fit(_with_origin(row), widths[2] + 1),
        fit(age, widths[3], "text", right=True),
        span(" "),
        fit(word.text, widths[4], word.role),
    )
    return cut(parts, cells)


def _with_origin(row: IncidentRow) -> str:
    """The place, after the word for where an incident without a call comes from."""
    place = row.place or _("no place yet")
    return place if row.origin in {"call", ""} else f"[{words.word(words.ORIGINS, row.origin)}] {place}"


def filter_line(filter: BoardFilter, rows: Sequence[IncidentRow], cells: int) -> Line:
    """What the board is filtered by, how many of all are shown, and what is outside; never hidden silently."""
    outside = filter.outside(rows)
    urgent = sum(1 for row in outside if row.priority == 1)
    count = _("{shown} of {all}").format(shown=len(rows) - len(outside), all=len(rows))
    parts = [span(f"{_('Filter')}: ", "title"), span(filter.text, "strong"), span(f"  {count}")]
    if urgent:
        parts.append(
            span(f"  {_('outside: {count}, {urgent} of P1').format(count=len(outside), urgent=urgent)}", "alarm")
        )
    elif outside:
        parts.append(span(f"  {_('outside: {count}').format(count=len(outside))}", "warn"))
    return cut((*parts, span(f"  {_('b shows all')}", "dim")), cells)


def log_text(entry: LogLine, type_name: TypeName) -> str:
    """A line of the chronology in the language spoken now; codes among its parameters become words."""
    known = {
        "type": type_name,
        "state": words.state,
        "result": _result,
        "outcome": _outcome,
        "means": _means,
        "field": _field,
        "origin": _origin,
        "began_at": lambda at: words.day_and_time(int(at)),
        "what": words.state,
    }
    params = {key: known[key](str(value)) if key in known else value for key, value in entry.params}
    try:
        return _(entry.message).format(**params)
    except (KeyError, IndexError, ValueError):
        return f"{entry.message} {dict(entry.params)}"


def _origin(code: str) -> str:
    return words.word(words.ORIGINS, code)


def _result(code: str) -> str:
    return words.word(words.CLOSE_RESULTS | words.FINISH_RESULTS, code)


def _outcome(code: str) -> str:
    return words.word(words.OUTCOMES, code)


def _means(code: str) -> str:
    return words.word(words.MEANS, code)


def _field(code: str) -> str:
    return words.word(words.FIELD_NAMES, code)


def one_or_two(first: Line, second: Line, cells: int) -> list[Line]:
    """``first`` and ``second`` on one line when they fit, else the second on a line of its own, set in."""
    whole = (*first, span("  "), *second)
    if width(whole) <= cells:
        return [whole]
    return [cut(first, cells), cut((span("  "), *second), cells)]


def changed_mark(changed: Mapping[str, str], name: str) -> Line:
    """Beside what another desk has just changed: that it is new, and what it was."""
    if name not in changed:
        return ()
    old = changed[name]
    text = old if not name.startswith(HANDOVER) else words.state(old) if old else ""
    return (span(f"  {_('CHANGED')}", "alarm"), span(f" {_('was: {old}').format(old=text)}" if text else "", "dim"))


def handover_lines(detail: IncidentDetail, now: Micros, cells: int, changed: Mapping[str, str] = NOTHING) -> list[Line]:
    """The agencies of an incident with the state of each, since when, and who said so."""
    lines: list[Line] = []
    for index, row in enumerate(detail.handovers, 1):
        waits = {"sent": "warn", "stood_down": "warn", "refused": "alarm"}
        role = "alarm" if row.overdue else waits.get(row.state, "ok")
        word = words.state(row.state) + (f" {_('LATE')}" if row.overdue else "")
        late = _("{units} still under way").format(units=row.under_way) if row.under_way else ""
        by = "".join(f"  {each}" for each in (row.by, row.unit, late) if each)
        name = line(span(f"{index} ", "key"), span(row.agency_name, "strong"))
        state = line(span(word, role), span(f"  {words.age(row.changed_at, now)}{by}", "dim"))
        lines += one_or_two(name, (*state, *changed_mark(changed, HANDOVER + row.id)), cells)
    return lines


def detail_lines(
    detail: IncidentDetail | None, now: Micros, cells: int, type_name: TypeName, changed: Mapping[str, str] = NOTHING
) -> list[Line]:
    """An incident: head, fields, agencies, then the chronology with the newest line first.

    ``changed``: fields and hand-overs that another desk changed a moment ago, with what they were.
    """
    if detail is None:
        return [line(span(_("no incident chosen"), "dim"))]
    row = detail.row
    priority = f"  {words.priority(row.priority)}" if row.priority else ""
    title = line(span(f"{row.number}  {type_name(row.type) or _('no type yet')}{priority}", "title"))
    lines: list[Line] = _marked(one_or_two(title, (row_state(row),), cells), changed, cells, "type")
    if detail.merged_number:
        lines.append(line(span(_("Goes on in incident {number}").format(number=detail.merged_number), "warn")))
    if detail.merged:
        numbers = ", ".join(str(each.number) for each in detail.merged)
        lines.append(line(span(_("With it: incident {numbers}").format(numbers=numbers), "dim")))
    place = row.place or _("no place yet")
    address = detail.values.get("address", "")
    text = f"{_('Place')}: {place}" + (f" | {address}" if address else "")
    lines += _marked(wrap(text, cells, "strong", 3), changed, cells, "place", "address")
    who = " ".join(part for part in (detail.values.get("caller_number"), detail.values.get("caller_name")) if part)
    if who:
        lines += _marked(wrap(f"{_('Caller')}: {who}", cells, limit=2), changed, cells, "caller_number", "caller_name")
    if detail.values.get("narrative"):
        text = f"{_('What')}: {detail.values['narrative']}"
        lines += _marked(wrap(text, cells, limit=8), changed, cells, "narrative")
    lines.append(line(span(_("Agencies"), "title")))
    lines += handover_lines(detail, now, cells, changed) or [line(span(_("not handed over"), "warn"))]
    lines.append(line(span(_("Chronology"), "title")))
    for entry in reversed(detail.log):
        tag = f"[{entry.number}] " if entry.number else ""
        who = words.actor(entry.who)
        head = f"{words.clock(entry.at)} {tag}{who + ' ' if who else ''}"
        rest = wrap(head + log_text(entry, type_name), cells, limit=6)
        lines += rest
    return lines


def _marked(lines: list[Line], changed: Mapping[str, str], cells: int, *names: str) -> list[Line]:
    """The lines of a field; after them, when another desk has just changed it, that and what it was."""
    for name in names:
        mark = changed_mark(changed, name)
        if mark:
            lines = [*lines[:-1], *one_or_two(lines[-1], mark, cells)]
    return lines


NARROW = 40
"""Cells below which an incident nearby takes two lines."""


def nearby_rows(rows: Sequence[IncidentRow], now: Micros, cells: int, type_name: TypeName) -> list[tuple[int, Line]]:
    """Up to nine incidents with the digit that F7 attaches by; where it is narrow, a second line (digit 0) each."""
    found: list[tuple[int, Line]] = []
    for digit, row in enumerate(rows[:9], 1):
        near = f"{words.distance(row.distance_km)} " if row.distance_km is not None else ""
        about = f"{near}{words.age(row.opened_at, now)} {row.place or _('no place yet')}"
        head = (span(f"{digit} ", "key"), span(f"{row.number} {type_name(row.type) or _('no type yet')}", "strong"))
        if cells < NARROW:
            found += [(digit, cut(head, cells)), (0, cut(line(f"  {about}"), cells))]
        else:
            found.append((digit, cut((*head, span(f" {about}")), cells)))
    return found


def place_lines(choices: Sequence[PlaceChoice], cells: int) -> tuple[list[Line], list[str]]:
    """Suggestions for the place, with how exact each is and which border is close."""
    lines = []
    for choice in choices:
        exact = f" ±{words.metres(choice.precision_m)}" if choice.precision_m else ""
        near = f"  {choice.near}" if choice.near else ""
        lines.append(
            cut(
                line(span(choice.label), span(f"  {words.word(words.PLACE_KINDS, choice.kind)}{exact}{near}", "dim")),
                cells,
            )
        )
    return lines, [str(index) for index in range(len(lines))]


def type_lines(choices: Sequence[TypeChoice], cells: int, speaking: str) -> tuple[list[Line], list[str]]:
    """Suggestions for the type, with the priority."""
    lines = [
        cut(
            line(
                span(f"{words.priority(choice.priority)} ", "warn" if choice.priority == 1 else "dim"),
                span(choice.name(speaking)),
                span(f"  {choice.code}", "dim"),
            ),
            cells,
        )
        for choice in choices
    ]
    return lines, [str(index) for index in range(len(lines))]


def agency_lines(
    choices: Sequence[AgencyChoice], ticked: frozenset[str] | set[str], states: dict[str, str], cells: int
) -> tuple[list[Line], list[str]]:
    """Recommended agencies: tick, name, role, the distance as the estimate it is, reason; or the state once sent."""
    lines: list[Line] = []
    for choice in choices:
        done = states.get(choice.id, "")
        box = "   " if done else ("[x]" if choice.id in ticked else "[ ]")
        word = span(f"{words.state(done)} ", "ok") if done else span(f"{words.state(choice.role)} ", "dim")
        about = ""
        if choice.distance_km is not None:
            about = _("{km} estimate").format(km=words.distance(choice.distance_km))
        how = words.word(words.ESTIMATES, choice.estimate)
        reason = "; ".join(part for part in (how, _reason(choice)) if part)
        # The whole name first: two posts of one agency differ in its last word.
        left = (span(f"{box} ", "key"), span(f"{choice.name} ", "strong"), word, span(reason, "dim"))
        lines.append(ends(left, line(span(about)) if about else (), cells))
    return lines, [choice.id for choice in choices]


def _reason(choice: AgencyChoice) -> str:
    try:
        return _(choice.reason).format(**dict(choice.reason_params)) if choice.reason else ""
    except (KeyError, IndexError, ValueError):
        return choice.reason
