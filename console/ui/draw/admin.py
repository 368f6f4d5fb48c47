"""The admin's lines: tabs, users, rows of the pack, exports, entries of the journal, findings."""

from __future__ import annotations

from collections.abc import Sequence

from console.i18n import N_
from console.i18n import translate as _
from console.ui import words
from console.ui.audit import ERASED
from console.ui.draw.office import LEVELS, decimal, service_name, service_text
from console.ui.health import ALARMS, STATES
from console.ui.lines import Line, Span, cut, fit, line, span, wrap
from console.ui.office.views import (
    EntryRow,
    Exports,
    FindingRow,
    PackRow,
    ServiceRow,
    UserRow,
)
from data.clock import Micros

TABS = (
    ("users", N_("users")),
    ("agencies", N_("agencies")),
    ("places", N_("places")),
    ("exports", N_("exports")),
    ("journal", N_("journal")),
    ("system", N_("system")),
)
"""The tabs in the order of their digits."""

EXPORT_NAMES = {
    "incidents": N_("incidents"),
    "calls": N_("calls"),
    "assignments": N_("assignments"),
    "journal": N_("journal"),
}
FIELD_CELLS = 20


def tab_line(chosen: str, cells: int) -> Line:
    """The tabs with their digits; the chosen one stands in brackets."""
    parts: list[Span] = []
    for digit, (name, label) in enumerate(TABS, 1):
        here = name == chosen
        parts += [span(f" {digit} ", "key")]
        parts += [span(f"[{_(label)}]" if here else f" {_(label)} ", "title" if here else "dim")]
    return cut(tuple(parts), cells)


def progress_line(done: int, total: int, cells: int, name: str) -> Line:
    """A bar with the figures beside it."""
    share = min(1.0, done / total) if total else 1.0
    text = _(" {percent} %  {done} of {total} rows  {name}").format(
        percent=decimal(100 * share), done=done, total=total, name=name
    )
    room = max(5, min(40, cells - 40))
    full = round(share * room)
    return cut(line(span(" ["), span("#" * full, "ok"), span("." * (room - full), "dim"), span("]"), span(text)), cells)


def table(head: Sequence[tuple[str, int]], cells: int) -> Line:
    """The head of a list: labels with their cells."""
    return cut(tuple(fit(label, size, "title") for label, size in head), cells)


def roles_text(roles: Sequence[str]) -> str:
    """Roles in words."""
    return ", ".join(words.word(words.ROLES, role) for role in roles)


def user_state(row: UserRow) -> Span:
    """Whether the person may sign in, in a word."""
    if row.disabled:
        return span(_("disabled"), "alarm")
    return span(_("active"), "ok") if row.has_password else span(_("no password"), "warn")


def user_lines(rows: Sequence[UserRow], cells: int) -> tuple[list[Line], list[str]]:
    """The users and the keys of the rows (logins)."""
    lines: list[Line] = [table(((_("Login"), 15), (_("State"), 18), (_("Roles"), 40)), cells)]
    for row in rows:
        state = user_state(row)
        lines.append(
            cut((fit(row.login, 15, "strong"), fit(state.text, 18, state.role), span(roles_text(row.roles))), cells)
        )
    return lines, ["", *(row.login for row in rows)]


def user_detail(row: UserRow | None, cells: int) -> list[Line]:
    """One user."""
    if row is None:
        return [line(span(_("nobody chosen"), "dim"))]
    state = user_state(row)
    facts = (
        (_("Name"), row.name or "-"),
        (_("Roles"), roles_text(row.roles)),
        (_("Since"), words.local(row.created_at).strftime("%Y-%m-%d %H:%M")),
        (_("Signed in at"), ", ".join(row.desks) or _("nowhere")),
    )
    return [line(span(f"{row.login}  ", "title"), state), *_facts(facts, cells)]


def _facts(facts: Sequence[tuple[str, str]], cells: int, limit: int = 6) -> list[Line]:
    """Labels with their values, one below the other; long values go on below."""
    lines: list[Line] = []
    for label, value in facts:
        if not value:
            continue
        for index, part in enumerate(wrap(value, max(10, cells - FIELD_CELLS), limit=limit)):
            lines.append((fit(label if not index else "", FIELD_CELLS, "dim"), *part))
    return lines


def sign_state(row: PackRow) -> Span:
    """Whether somebody vouches for the row, in a word."""
    if row.changed:
        return span(_("CHANGED since"), "alarm")
    if row.at is not None or row.marked:
        return span(_("verified"), "ok")
    return span(_("not verified"), "warn")


def pack_lines(rows: Sequence[PackRow], cells: int, text: str) -> tuple[list[Line], list[str]]:
    """Rows of the pack and their keys; ``text``: what was searched for."""
    done = sum(row.signed or bool(row.marked) for row in rows)
    head = _("{done} of {all} verified").format(done=done, all=len(rows))
    found = _("  search: {text}").format(text=text) if text else ""
    lines: list[Line] = [cut(line(span(head, "title"), span(found, "strong")), cells)]
    name = max(12, cells - 15 - 19 - 1)
    for row in rows:
        state = sign_state(row)
        kind = words.word(words.PLACE_KINDS, row.kind)
        lines.append(
            cut((fit(row.title, name, "strong"), fit(f" {kind}", 19, "dim"), fit(state.text, 15, state.role)), cells)
        )
    if text and not rows:
        return [*lines, cut(line(span(_("no row fits; an empty search shows all"), "dim")), cells)], ["", ""]
    return lines, ["", *(row.id for row in rows)]


def pack_detail(row: PackRow | None, cells: int) -> list[Line]:
    """One row of the pack with its facts, and who vouches for it since when."""
    if row is None:
        return [line(span(_("no row chosen"), "dim"))]
    lines = [*wrap(row.title, cells, "title", 2), line(span(f"{row.file}  ", "dim"), sign_state(row))]
    lines += _facts([(_(label), value) for label, value in row.facts], cells)
    if row.at is not None:
        when = words.local(row.at).strftime("%Y-%m-%d %H:%M")
        by = row.by or _(ERASED)
        lines += _facts(((_("verified by"), by), (_("entered"), f"{when} {row.actor}"), (_("note"), row.note)), cells)
    if row.marked:
        lines += _facts(((_("mark in the file"), row.marked),), cells)
    return lines


def export_lines(told: Exports | None, now: Micros, cells: int) -> tuple[list[Line], list[str]]:
    """What can be exported, where the files go, and the latest exports."""
    if told is None:
        return [], []
    lines: list[Line] = [line(span(_("To be exported"), "title"))]
    for name, formats in told.choices:
        lines.append(cut(line(span(f"{words.word(EXPORT_NAMES, name)}: "), span(", ".join(formats), "dim")), cells))
    lines += wrap(_("Files go to {folder}").format(folder=told.folder), cells, "dim", 3)
    lines.append(line(span(_("Latest exports"), "title")))
    keys = [""] * len(lines)
    for index, row in enumerate(told.made):
        mask = span(_("WITH personal data"), "warn") if row.unmasked else span(_("masked"), "ok")
        about = f"{words.short_clock(row.at, now)}  {words.word(EXPORT_NAMES, row.what)} {row.format}  "
        rows = _("{rows} rows").format(rows=row.rows)
        lines.append(cut(line(span(about), span(f"{rows}  {row.actor}  "), mask), cells))
        keys.append(f"{row.at}|{index}")
    if not told.made:
        lines.append(line(span(_("none"), "dim")))
        keys.append("")
    return lines, keys


def entry_lines(rows: Sequence[EntryRow], now: Micros, cells: int, text: str) -> tuple[list[Line], list[str]]:
    """Entries, the newest first, and their keys (seq); ``text``: the filter."""
    head = _("Entries, newest first")
    lines: list[Line] = [cut(line(span(head, "title"), span(f"  {text}", "strong")), cells)]
    for row in rows:
        fields = "  ".join(f"{name}={value}" for name, value in row.fields)
        parts = (
            fit(row.seq, 7, "strong", right=True),
            fit(f" {words.short_clock(row.at, now)}", 13),
            fit(row.kind, 25),
            fit(row.actor or "-", 14),
            span(fields, "dim"),
        )
        lines.append(cut(parts, cells))
    if not rows:
        lines.append(line(span(_("no entry fits"), "dim")))
    return lines, ["", *(str(row.seq) for row in rows)] if rows else ["", ""]


def entry_detail(row: EntryRow | None, cells: int) -> list[Line]:
    """One entry whole."""
    if row is None:
        return [line(span(_("no entry chosen"), "dim"))]
    state = span("")
    if row.revealed:
        state = span(_("PERSONAL DATA SHOWN, on record"), "alarm")
    elif row.personal:
        state = span(_("personal data masked; F7 shows them, on record"), "warn")
    moment = words.local(row.at).strftime("%Y-%m-%d %H:%M:%S.%f")
    facts = (
        (_("stream"), f"{row.stream} #{row.version}"),
        (_("happened"), f"{moment} {words.zone_word(row.at)}"),
        (_("written"), words.local(row.recorded_at).strftime("%Y-%m-%d %H:%M:%S.%f")),
        (_("by"), " ".join(part for part in (row.actor, row.terminal) if part)),
        (_("hash"), row.hash),
    )
    lines = [cut(line(span(f"{row.seq}  {row.kind}", "title")), cells)]
    lines += [cut((state,), cells)] if state.text else []
    body = [(name, _(value) if value == ERASED else value) for name, value in row.fields]
    return [*lines, *_facts(body, cells, 12), *_facts(facts, cells)]


def finding_lines(rows: Sequence[FindingRow], cells: int) -> tuple[list[Line], list[str]]:
    """What the doctor found, faults first."""
    word = {"ok": _("works"), "warn": _("MIND"), "fail": _("FAULT")}
    order = {"fail": 0, "warn": 1, "ok": 2}
    lines: list[Line] = [line(span(_("What the doctor finds"), "title"))]
    keys = [""]
    for index, row in enumerate(sorted(rows, key=lambda each: order[each.level])):
        name, text = finding_words(row)
        parts = (fit(word[row.level], 10, LEVELS[row.level]), fit(name, 24, "strong"), span(f" {text}"))
        lines.append(cut(parts, cells))
        keys.append(f"{index}")
    return lines, keys


def finding_words(row: FindingRow) -> tuple[str, str]:
    """What was looked at and what was found, in the language spoken now."""
    part = ServiceRow(row.what, row.level, row.message, row.params)
    if ":" in row.what or row.what in {"handover", "alerts", "alarm"}:
        return service_name(part), service_text(part)
    params = {key: words.word({**STATES, **ALARMS}, str(value)) for key, value in row.params}
    return _(row.what), _(row.message).format(**params)


def finding_detail(rows: Sequence[FindingRow], key: str, cells: int) -> list[Line]:
    """One finding whole; ``key`` is that of its row on the list."""
    ordered = sorted(rows, key=lambda each: ("fail", "warn", "ok").index(each.level))
    if not key.isdecimal() or int(key) >= len(ordered):
        return [line(span(_("no finding chosen"), "dim"))]
    name, text = finding_words(ordered[int(key)])
    return [line(span(name, "title")), *wrap(text, cells, limit=12)]
