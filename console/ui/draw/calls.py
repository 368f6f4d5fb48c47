"""The ring strip, the call in hand, and the lists beside the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from console.i18n import language, ngettext
from console.i18n import translate as _
from console.ui import words
from console.ui.lines import EMPTY, Line, Span, cut, ends, fit, line, span, width, wrap
from console.ui.views import CallbackRow, MyCall, NumberStanding, Snapshot, SurgeRow, WaitingCall, first_call
from data.clock import SECOND, Micros
from telephony.asterisk.names import PRIORITY_LOW


@dataclass(frozen=True)
class Limits:
    """When a counter turns red, seconds. Waiting: 90 % in 15 s (NENA-STA-020.1); talking to hand-over: 60 s
    (NFPA 1225-2022, 90 %)."""

    waiting_s: int = 15
    talking_s: int = 60
    held_s: int = 60


SHORTEST_NUMBER = 5
"""Cells below which the end of a number tells nobody apart."""


def counter(since: Micros, now: Micros, limit_s: int) -> tuple[Span, ...]:
    """A running clock; past its limit it is in the alarm's colour and says so in a word."""
    return _counter(words.elapsed(since, now), now - since >= limit_s * SECOND, language())


@lru_cache(maxsize=500)
def _counter(text: str, late: bool, _language: str) -> tuple[Span, ...]:
    return (span(f"{text} {_('LATE')}", "alarm"),) if late else (span(text, "strong"),)


def caller(number: str, name: str) -> str:
    """Number and name of a caller, or that there is none."""
    return " ".join(part for part in (number, name) if part) or _("number withheld")


def marks(silent: str, *, flagged: bool) -> str:
    """What an operator has to know of a caller before he speaks, in words; "" when there is nothing."""
    words_ = {"digit": _("CANNOT SPEAK"), "nodigit": _("pressed no key")}
    return " ".join(part for part in (words_.get(silent, ""), _("FLAGGED") if flagged else "") if part)


def ring_line(waiting: Sequence[WaitingCall], now: Micros, cells: int, limits: Limits, counts: str = "") -> Line:
    """The strip: the call that rings here, else the one that waits longest; never more than one line. ``counts``: what
    is known of its number."""
    first = first_call(waiting)
    if first is None:
        return (fit(f" {_('no call waiting')}", cells, "dim"),)
    late = now - first.since >= limits.waiting_s * SECOND
    head = _("RINGS HERE") if first.here else _("WAITING")
    clock = words.elapsed(first.since, now) + (f" {_('LATE')}" if late else "")
    others = len(waiting) - 1
    right = line(span(f" {_('F3 answer')} ", "ring"))
    if others:
        more = ngettext("+{count} waiting", "+{count} waiting", others).format(count=others)
        right = line(span(f" {more} ", "ring"), *right)
    mark = marks(first.silent, flagged=first.priority <= PRIORITY_LOW)
    who = " ".join(part for part in (mark, caller(first.number, first.name)) if part)
    who = f"{who}  {counts}" if counts else who
    middle = span(f" {head} {clock}  {who}  {first.place}", "ring")
    strip = ends((middle,), right, cells)
    return tuple(Span(part.text, "ring") for part in strip)


def my_call_lines(
    mine: MyCall | None, now: Micros, cells: int, limits: Limits, *, tall: bool, counts: str = "", last: str = ""
) -> list[Line]:
    """The call in hand with its clocks: two lines, or a column of them when ``tall``. ``counts`` and ``last``: what is
    known of the number, and its last incident."""
    if mine is None:
        return [
            line(span(_("No call in hand"), "title")),
            line(span(_("F3 answers the longest wait."), "dim")),
        ]
    state = _clock(mine, now, limits)
    who: tuple[Span, ...] = (span(caller(mine.number, mine.name), "strong"), *_third_party(mine))
    if counts:
        who = (*who, span(f"  {counts}", "warn"))
    elif mine.history:
        earlier = ngettext("{count} earlier call", "{count} earlier calls", mine.history)
        who = (*who, span(f"  {earlier.format(count=mine.history)}", "warn"))
    if mark := marks(mine.silent, flagged=mine.standing is not None and mine.standing.until > now):
        who = (span(f"{mark} ", "alarm"), *who)
    facts = _facts(mine, now, limits)
    if last:
        facts.insert(0, (_("last incident"), (span(last, "warn"),)))
    muted: tuple[Span, ...] = ()
    if mine.muted_since is not None:  # on the first line, where nothing can push it off the screen
        muted = (span(f"{_('NOT RECORDED')} {words.elapsed(mine.muted_since, now)}", "alarm"),)
    if tall:
        lines = [
            line(span(_("Call"), "title")),
            line(*state),
            *([line(*muted)] if muted else []),
            *(line(part) for part in who),
            EMPTY,
        ]
        for label, value in facts:
            head, whole = span(label, "dim"), line(span(f"{label} ", "dim"), *value)
            lines += [whole] if width(whole) <= cells else [line(head), cut(line(span("  "), *value), cells)]
        if mine.said:
            lines += [EMPTY, line(span(_("The caller says (demo)"), "dim")), *wrap(mine.said, cells, "strong", 8)]
        return lines
    second: list[Span] = [span(f"“{mine.said}” ", "strong")] if mine.said else []
    for label, value in facts:
        second += [span(f"{label} ", "dim"), *value, span("  ")]
    first = line(*state, span("  "), *muted, *((span("  "),) if muted else ()), *who)
    return [cut(first, cells), cut(tuple(second), cells)]


def place_of(party: str) -> str:
    """The name of a place of the exchange without its technology: PJSIP/damkar is damkar."""
    return party.rpartition("/")[2]


def _third_party(mine: MyCall) -> tuple[Span, ...]:
    """Who else is in the talk, or is called into it, or is asked while the caller is on hold."""
    if mine.consulting:
        word, role = (_("asking {name}"), "ok") if mine.consulted else (_("calling {name}"), "warn")
        return (span(f" + {word.format(name=place_of(mine.consulting))}", role),)
    if mine.third:
        return (span(f" + {place_of(mine.third)} ", "ok"), span(_("(three parties)"), "ok"))
    return (span(f" + {_('calling {name}').format(name=mine.called)}", "warn"),) if mine.called else ()


def _clock(mine: MyCall, now: Micros, limits: Limits) -> tuple[Span, ...]:
    word = words.state(mine.state).upper()
    if mine.state == "ended":
        text = f"{word} {_('give an outcome: F9')}" if not mine.outcome else word
        return (span(text, "warn"),)
    if mine.state in {"calling", "reached"}:
        text = f"{word} {_('give an outcome: F9')}" if mine.state == "reached" else word
        return (span(text, "strong"),)
    since = mine.held_since if mine.state == "held" and mine.held_since else mine.answered_at
    if since is None:
        return (span(word, "ok"),)
    limit = limits.held_s if mine.state == "held" else limits.talking_s
    return (span(f"{word} ", "ok" if mine.state == "talking" else "warn"), *counter(since, now, limit))


def _facts(mine: MyCall, now: Micros, limits: Limits) -> list[tuple[str, tuple[Span, ...]]]:
    facts: list[tuple[str, tuple[Span, ...]]] = []
    facts.append((_("in"), (span(words.clock(mine.arrived_at)),)))
    if mine.answered_at is not None:
        facts.append((_("rang"), counter(mine.arrived_at, mine.answered_at, limits.waiting_s)))
    if mine.state == "ended" and mine.ended_at is not None:
        facts.append((_("ended"), (span(words.clock(mine.ended_at)),)))
    if mine.outcome:
        facts.append((_("outcome"), (span(words.word(words.OUTCOMES, mine.outcome)),)))
    if mine.standing is not None:
        facts.append((_("number"), (span(standing_text(mine.standing, now), "warn"),)))
    if mine.lat is not None and mine.lon is not None:
        radius = f" ±{mine.radius_m:.0f} m" if mine.radius_m is not None else ""
        facts.append((_("location"), (span(f"{mine.lat:.5f}, {mine.lon:.5f}{radius}"),)))
    elif mine.place:
        facts.append((_("location"), (span(mine.place),)))
    return facts


def score_text(score: float) -> str:
    """A score with at most one decimal, as people write it."""
    text = f"{score:.1f}".removesuffix(".0")
    return text.replace(".", ",") if language() == "id" else text


def standing_text(standing: NumberStanding, now: Micros) -> str:
    """How a number stands: flagged until when, by whom, why; and its score."""
    score = _("score {score}").format(score=score_text(standing.score))
    if standing.until <= now:
        return score
    until = _("flagged until {when}").format(when=words.short_clock(standing.until, now))
    who = f"({standing.by}: {standing.reason})" if standing.by else f"({score})"
    return f"{until} {who}"


def callback_lines(row: CallbackRow, now: Micros, cells: int) -> list[Line]:
    """One number to call back: age, number, why or how the last attempt went, and how often it was tried; on a second
    line what does not fit on the first."""
    head = line(span(f"{words.age(row.since, now)} ", "warn"), span(caller(row.number, row.name)))
    if row.calls_again:
        word, role = _("calls again now"), "ok"
    elif row.attempt:
        code = row.detail if row.attempt == "ended" else row.attempt
        word, role = words.word(words.ATTEMPTS, code), "strong" if row.attempt == "reached" else "dim"
    else:
        word, role = words.word(words.LOST_BY, row.reason), "dim"
    if row.calls_again:
        before = ""
    elif row.attempts:
        before = f"{_('tried {count}x').format(count=row.attempts)}, "
    else:
        before = f"{row.calls}x " if row.calls > 1 else ""
    rest = span(f"{before}{word}", role)
    whole = line(*head, span(" "), rest)
    return [whole] if width(whole) <= cells else [cut(head, cells), cut(line(span(" "), rest), cells)]


def surge_text(surge: SurgeRow, now: Micros, type_name: Callable[[str], str]) -> str:
    """One cluster of calls, and which incident it is about."""
    minutes = max(1, -(-(now - surge.since) // (60 * SECOND)))
    count = ngettext("{count} call", "{count} calls", len(surge.calls)).format(count=len(surge.calls))
    head = _("SURGE {calls} in {minutes} min").format(calls=count, minutes=minutes)
    number = f"#{surge.number}" if surge.number else ""
    what = type_name(surge.type) if surge.type else ""
    return " ".join(part for part in (head, number, what, surge.place) if part)


def held_lines(snapshot: Snapshot, now: Micros, limits: Limits) -> list[tuple[Line, str]]:
    """The callers on hold here, with the keys of their rows; nothing when there is none."""
    held = [call for call in (snapshot.mine, *snapshot.others) if call is not None and call.state == "held"]
    rows = [
        (
            line(
                *counter(call.held_since or now, now, limits.held_s), span(f" {caller(call.number, call.name)}"),
            ),
            f"held:{call.call}",
        )
        for call in held
    ]  # fmt: skip
    title = line(span(_("On hold"), "title"), span(f"  {_('F4 back to first')}", "dim"))
    return [(title, ""), *rows] if held else []


@lru_cache(maxsize=500)
def _waiting_line(
    clock: tuple[Span, ...], number: str, name: str, rings: bool, mark: str, cells: int, _language: str
) -> Line:  # of forty callers that wait, one is new
    word = words.state("ringing" if rings else "waiting")
    who = span(f" {caller(number, name)} ")
    said = span(f" {mark}" if mark else "", "alarm")
    whole = line(*clock, said, who, span(word, "dim"))
    room = cells - width(clock) - 1
    if not number or width(line(*clock, said, span(f" {number}"))) <= cells or room < SHORTEST_NUMBER:
        return cut(whole, cells)
    # Callers differ in the end of their numbers, and commands name them by it: a mark gives way to it.
    if mark:
        rest = cells - width(line(*clock, said)) - 1
        end = f" …{number[1 - max(rest, SHORTEST_NUMBER + 1) :]}"
        return line(*cut(line(*clock, said), cells - len(end)), span(end))
    return cut(line(*clock, span(f" …{number[1 - room :]}")), cells)


def waiting_lines(snapshot: Snapshot, now: Micros, cells: int, limits: Limits) -> Iterator[tuple[Line, str]]:
    """Rows and keys of the callers who wait, in turn, and of those who are being asked to press a key, without one:
    nobody can answer these."""
    for call in sorted(snapshot.waiting, key=lambda waiting: waiting.turn):
        clock = counter(call.since, now, limits.waiting_s)
        mark = marks(call.silent, flagged=call.priority <= PRIORITY_LOW)
        row = _waiting_line(clock, call.number, call.name, bool(call.ringing_for), mark, cells, language())
        yield row, f"call:{call.call}"
    for call in snapshot.asked:
        clock = counter(call.since, now, limits.waiting_s)
        who = span(f" {call.number or caller('', call.name)} ")
        yield cut(line(*clock, who, span(_("key asked"), "dim")), cells), ""
    if not snapshot.waiting and not snapshot.asked:
        yield cut(line(span(_("none"), "dim")), cells), ""


def list_lines(
    snapshot: Snapshot,
    nearby: Sequence[tuple[int, Line]],
    now: Micros,
    cells: int,
    limits: Limits,
    banner: str,
    type_name: Callable[[str], str],
) -> tuple[list[Line], list[str]]:
    """The list column with the keys of its rows: clusters of calls, incidents nearby (digit, or 0 for a second line)
    under their banner, waiting calls, calls that still need an outcome, numbers to call back."""
    lines: list[Line] = []
    keys: list[str] = []

    def add(row: Line, key: str = "") -> None:
        lines.append(cut(row, cells))
        keys.append(key)

    for surge in snapshot.surges:
        first, *more = wrap(surge_text(surge, now, type_name), cells, "alarm", 3)
        add(first, f"surge:{surge.incident}" if surge.incident else "")
        for each in more:
            add(each)
    for row, key in held_lines(snapshot, now, limits):
        add(row, key)
    add(line(span(banner, "title")))
    for digit, row in nearby:
        add(row, f"incident:{digit - 1}" if digit else "")
    if not nearby:
        add(line(span(_("none"), "dim")))
    add(line(span(_("Waiting calls"), "title")))
    for row, key in waiting_lines(snapshot, now, cells, limits):
        lines.append(row)
        keys.append(key)
    if snapshot.unfinished:
        add(line(span(_("Need an outcome"), "title")))
        for mine in snapshot.unfinished:
            at = words.short_clock(mine.arrived_at, now)
            add(line(span(f"{at} ", "warn"), span(caller(mine.number, mine.name))), f"mine:{mine.call}")
    if snapshot.callbacks:
        add(line(span(_("Call back ({count}): Enter").format(count=len(snapshot.callbacks)), "title")))
        for lost in snapshot.callbacks:
            first, *more = callback_lines(lost, now, cells)
            add(first, f"callback:{lost.callback}")
            for each in more:
                add(each)
    return lines, keys
