"""The supervisor's lines: service level, waiting calls, operators, hand-overs without an answer, health of parts."""

from __future__ import annotations

from collections.abc import Sequence

from console.i18n import ngettext
from console.i18n import translate as _
from console.ui import words
from console.ui.alert_views import AreaAlertRow
from console.ui.draw.alerts import alert_line
from console.ui.draw.calls import Limits, caller, counter, marks, score_text
from console.ui.draw.incidents import TypeName
from console.ui.health import ALARMS, STATES
from console.ui.lines import Line, Span, cut, fit, line, span
from console.ui.office.views import ChaseRow, LevelRow, LoweredRow, OperatorRow, ServiceRow, Supervision
from data.clock import Micros
from telephony.asterisk.names import PRIORITY_LOW

GOALS = ((1, 90.0), (2, 95.0))
"""(index of the limit, percent): 90 % within 15 s and 95 % within 20 s (NENA-STA-020.1)."""

WIDE = 100
"""Cells from which the service level has its rarer columns too."""

LEVELS = {"ok": "ok", "warn": "warn", "fail": "alarm"}


def decimal(value: float | None) -> str:
    """One decimal as people write it (a comma in Indonesian); a dash for nothing."""
    return "-" if value is None else words.decimal(value)


def goal(level: LevelRow) -> Span:
    """Whether NENA's goals are met, in a word."""
    known = [(level.within[index], wanted) for index, wanted in GOALS]
    if any(value is None for value, _wanted in known):
        return span("-", "dim")
    met = all(value is not None and value >= wanted for value, wanted in known)
    return span(_("met"), "ok") if met else span(_("MISSED"), "alarm")


def level_lines(told: Supervision | None, now: Micros, cells: int) -> list[Line]:
    """The table of the service level: head, this hour, this shift."""
    wide = cells >= WIDE
    first = 12 if wide else 10
    head = [
        fit(_("Answering"), first, "title"), *_columns((_("since"), 6), (_("came"), 6), (_("answered"), 9)),
        *_columns(("<=10s %", 8), ("<=15s %", 8), ("<=20s %", 8)),
        *_columns((_("abandoned"), 11), (_("ghost"), 6), (_("prank"), 6)),
    ]  # fmt: skip
    if wide:
        head += _columns((_("open"), 8), (_("lost"), 7), (_("goal"), 9))
    lines: list[Line] = [cut(tuple(head), cells)]
    hour, shift = (told.hour, told.shift) if told is not None else (None, None)
    for label, level in ((_("This hour"), hour), (_("This shift"), shift)):
        if level is None:
            lines.append((fit(label, cells, "dim"),))
            continue
        verdict = goal(level)
        values = [decimal(value) for value in level.within]
        unknown = f"+{level.abandoned_unknown}?" if level.abandoned_unknown else ""
        abandoned = f"{level.abandoned_before}/{level.abandoned_after}{unknown}"
        row = [
            fit(label, first, "strong"),
            fit(words.short_clock(level.since, now)[-5:], 6, right=True),
            fit(level.calls, 6, right=True),
            fit(level.answered, 9, right=True),
            *(fit(value, 8, "text", right=True) for value in values),
            fit(abandoned, 11, "warn" if level.abandoned_after else "text", right=True),
            fit(level.ghost, 6, right=True),
            fit(level.prank, 6, right=True),
        ]
        if wide:
            lost = fit(level.lost, 7, "alarm" if level.lost else "text", right=True)
            row += [fit(level.open, 8, right=True), lost, fit(verdict.text, 9, verdict.role, right=True)]
        lines.append(cut(tuple(row), cells))
    return lines


def _columns(*columns: tuple[str, int]) -> list[Span]:
    return [fit(text, cells, "dim", right=True) for text, cells in columns]


def summary_line(told: Supervision | None, now: Micros, cells: int, limits: Limits, problem: str) -> Line:
    """What needs the supervisor now, in one line: parts, waiting calls, hand-overs, consoles, the goal."""
    if told is None:
        return (fit(f" {problem or _('looking')}", cells, "alarm" if problem else "dim"),)
    late = sum(now - call.since >= limits.waiting_s * 1_000_000 for call in told.waiting)
    overdue = sum(row.overdue or row.waits_for == "refused_open" for row in told.chase)
    gone = sum(row.vanished is not None for row in told.operators)
    dead = sum(bool(row.device) for row in told.operators)
    broken = [service for service in told.services if service.level == "fail"]
    parts = [problem] if problem else []
    if late:
        parts.append(ngettext("{count} call waits TOO LONG", "{count} calls wait TOO LONG", late).format(count=late))
    if overdue:
        parts.append(ngettext("{count} hand-over LATE", "{count} hand-overs LATE", overdue).format(count=overdue))
    parts += [f"{service_name(each)}: {service_text(each)}" for each in broken]
    if gone:
        parts.append(ngettext("{count} console VANISHED", "{count} consoles VANISHED", gone).format(count=gone))
    if dead:
        parts.append(
            ngettext("{count} telephone UNAVAILABLE", "{count} telephones UNAVAILABLE", dead).format(count=dead)
        )
    if told.hour is not None and goal(told.hour).role == "alarm":
        parts.append(_("goal of the hour MISSED"))
    text = f" {' | '.join(parts)}" if parts else f" {_('nothing is late, every part works')}"
    return (fit(text, cells, "alarm" if parts else "dim"),)


def floor_lines(
    told: Supervision | None, now: Micros, cells: int, limits: Limits, alerts: Sequence[AreaAlertRow] = ()
) -> tuple[list[Line], list[str]]:
    """Waiting calls, operators, areas under alert, flagged numbers; with the keys of the rows."""
    if told is None:
        return [], []
    lines: list[Line] = [_head(_("Waiting calls"), len(told.waiting), cells)]
    keys = [""]
    for call in sorted(told.waiting, key=lambda each: (each.since, each.call)):
        ringing = ", ".join(name for name in call.ringing_for if name)
        word = f"{_('rings')} {ringing}" if ringing else words.state("ringing" if call.ringing_for else "waiting")
        if mark := marks(call.silent, flagged=call.priority <= PRIORITY_LOW):
            word = f"{word} {mark}"
        parts = (*counter(call.since, now, limits.waiting_s), span("  "), span(caller(call.number, call.name)))
        lines.append(cut((*parts, span(f"  {word}  ", "dim"), span(call.place, "dim")), cells))
        keys.append(call.call)
    if not told.waiting:
        lines.append(line(span(_("none"), "dim")))
        keys.append("")
    phones = [row for row in told.operators if row.endpoint]
    ready = sum(row.phone == "ready" and not row.doing and not row.device for row in phones)
    head = _("{ready} free of {all}").format(ready=ready, all=len(phones))
    lines.append(cut(line(span(_("Operators"), "title"), span(f"  {head}", "ok" if ready else "warn")), cells))
    keys.append("")
    for row in told.operators:
        lines.append(operator_line(row, now, cells))
        keys.append(row.key)
    if not told.operators:
        lines.append(line(span(_("nobody is signed in"), "warn")))
        keys.append("")
    if alerts:
        lines.append(_head(_("Areas under alert (Delete ends)"), len(alerts), cells))
        keys.append("")
        for area in alerts:
            lines.append(alert_line(area, now, cells))
            keys.append(area.stream)
    if told.lowered:
        lines.append(_head(_("Numbers that wait at the end (Delete puts right)"), len(told.lowered), cells))
        keys.append("")
        for each in told.lowered:
            lines.append(lowered_line(each, now, cells))
            keys.append(f"number:{each.number}")
    return lines, keys


def lowered_line(row: LoweredRow, now: Micros, cells: int) -> Line:
    """A number whose place is lowered: until when, by whom and why or by which score, and what its calls were."""
    why = f"{row.by}: {row.reason}" if row.by else _("score {score}").format(score=score_text(row.score))
    counts = " ".join(f"{words.word(words.OUTCOMES, code)} {count}" for code, count in row.outcomes)
    until = _("until {when}").format(when=words.short_clock(row.until, now))
    return cut(
        line(span(f"{row.shown} ", "strong"), span(f"{until}  ", "warn"), span(f"{why}  "), span(counts, "dim")), cells
    )


def operator_line(row: OperatorRow, now: Micros, cells: int) -> Line:
    """Who at which desk with which telephone, the state of the telephone, and what it does."""
    who = row.name or (_("no console") if not row.login else row.login)
    where = row.endpoint or words.word(words.ROLES, row.role)
    parts: list[Span] = [fit(where, 12, "strong"), fit(f" {who}", 15), fit(f" {row.terminal}", 10, "dim"), span(" ")]
    if row.vanished is not None:
        parts.append(span(f"{_('VANISHED')} {words.age(row.vanished, now)} ", "alarm"))
    if row.device:
        parts.append(span(f"{_('TELEPHONE UNAVAILABLE')} ", "alarm"))
    if row.doing:
        since = row.call_began if row.doing != "held" and row.call_began is not None else row.call_since
        role = {"ringing": "warn", "talking": "ok", "held": "warn"}[row.doing]
        parts.append(span(f"{words.state(row.doing)} {words.age(since or now, now)} ", role))
        if row.calls > 1:
            parts.append(span(_("{count} calls ").format(count=row.calls), "warn"))
    for name, mode in row.heard_by:
        parts.append(span(f"{words.word(words.HEARS, mode)} {name} ", "strong"))
    if row.phone:
        role = {"ready": "ok", "paused": "warn"}.get(row.phone, "dim")
        parts.append(span(words.state(row.phone), role))
        if row.since is not None:
            parts.append(span(f" {words.age(row.since, now)}", "dim"))
        if row.reason:
            parts.append(span(f" {words.pause(row.reason)}", "dim"))
    return cut(tuple(parts), cells)


def chase_lines(told: Supervision | None, now: Micros, cells: int, type_name: TypeName) -> tuple[list[Line], list[str]]:
    """Hand-overs without an answer, then the parts; with the keys of the rows (an incident, or a part)."""
    if told is None:
        return [], []
    lines: list[Line] = [_head(_("Hand-overs without an answer"), len(told.chase), cells)]
    keys = [""]
    for row in told.chase:
        lines.append(chase_line(row, now, cells, type_name))
        keys.append(f"{row.incident}|{row.agency_name}")
    if not told.chase:
        lines.append(line(span(_("none"), "dim")))
        keys.append("")
    lines.append(line(span(_("Parts"), "title")))
    keys.append("")
    for service in told.services:
        lines.append(service_line(service, now, cells))
        keys.append(service.name)
    return lines, keys


def chase_line(row: ChaseRow, now: Micros, cells: int, type_name: TypeName) -> Line:
    """One hand-over that waits for a word."""
    late = row.overdue or row.waits_for == "refused_open"
    state = {"acknowledgement": "sent", "stand_down": "stood_down"}.get(row.waits_for, row.waits_for)
    word = words.word(words.LATE_WITH, state) if state in {"en_route", "on_scene"} else words.state(state)
    clock = words.age(row.since, now) + (f" {_('LATE')}" if row.overdue else "")
    about = ", ".join(part for part in (type_name(row.type) or _("no type yet"), row.place) if part)
    return cut(
        line(
            span(f"{words.priority(row.priority) if row.priority else '-'} ", "warn" if row.priority == 1 else "text"),
            span(f"{row.number} ", "strong"),
            span(f"{clock} {word} ", "alarm" if late else "warn"),
            span(row.agency_name),
            span(f"  {about}", "dim"),
        ),
        cells,
    )


def service_name(row: ServiceRow) -> str:
    """What a part is called."""
    kind, _colon, which = row.name.partition(":")
    names = {
        "exchange": _("exchange"),
        "bridge": _("bridge"),
        "handover": _("hand-over service"),
        "recordings": _("recordings"),
        "alerts": _("spoken alerts"),
        "record": _("record"),
        "reconcile": _("record and exchange"),
        "alarm": _("alarm"),
    }
    return " ".join(part for part in (names.get(kind, kind), which) if part)


def service_text(row: ServiceRow) -> str:
    """How a part is, in words."""
    params = {key: _part_word(key, value) for key, value in row.params}
    return _(row.message).format(**params).strip()


def _part_word(key: str, value: object) -> object:
    table = {"state": STATES, "what": ALARMS}.get(key, {})
    return words.word(table, str(value)) if table else value


def service_line(row: ServiceRow, now: Micros, cells: int) -> Line:
    """A part with its health."""
    word = {"ok": _("works"), "warn": _("MIND"), "fail": _("FAULT")}[row.level]
    since = f"  {words.age(row.since, now)}" if row.since is not None else ""
    parts = (
        span(f"{service_name(row)}: "),
        span(word, LEVELS[row.level]),
        span(f"  {service_text(row)}{since}", "dim"),
    )
    return cut(parts, cells)


def _head(title: str, count: int, cells: int) -> Line:
    return cut(line(span(title, "title"), span(f"  {count}", "strong" if count else "dim")), cells)
