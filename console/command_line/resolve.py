"""From a word of the line to the one thing that it names: never a guess, several are a fault that names them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from console.actions.action import (
    AGENCIES,
    AGENCY,
    ANY_INCIDENT,
    CLOSE_RESULT,
    CLOSED_INCIDENT,
    FINISH_RESULT,
    HANDOVER,
    INCIDENT,
    LANGUAGE,
    MEANS,
    OUTCOME,
    OWN_CALL,
    PAST_CALL,
    WAITING_CALL,
    Action,
)
from console.command_line.world import Call, CommandFault, KnownAgency, OpenHandover, World, may
from console.i18n import LANGUAGES
from console.i18n import translate as _
from console.ui import words
from console.ui.unit_words import standing
from console.ui.views import IncidentRow
from data.text import safe_line
from dispatch.units.names import key, named
from dispatch.units.queries import Unit

T = TypeVar("T")

NAMED = 8
"""Candidates that a fault names at most."""

PLACE_DIGITS = 2
"""A call named by so few digits is a place in the list; by more it is the end of the caller's number."""

_NUMBER = re.compile(r"#?[0-9]{1,9}", re.ASCII)
CHOSEN = "."
"""Stands for the incident under the cursor or in the form."""


def is_incident(word: str) -> bool:
    """Whether a word has the form of an incident's number."""
    return word == CHOSEN or _NUMBER.fullmatch(word) is not None


def is_number(word: str) -> bool:
    """Whether a word is an incident's number itself, not what stands for the one chosen."""
    return _NUMBER.fullmatch(word) is not None


@lru_cache(maxsize=4096)
def letters(text: str) -> str:
    """Letters and digits only, folded: what names are compared by."""
    return key(text)


# ------------------------------------------------------------------ incidents


def incident(word: str, rows: Sequence[IncidentRow], world: World) -> IncidentRow:
    """The incident with that number, or the only one whose number ends so."""
    if word == CHOSEN:
        if world.chosen is None:
            raise CommandFault(_("No incident is chosen; write its number."), _incidents(rows, world))
        return chosen(rows, world)
    digits = word.lstrip("#")
    exact = [row for row in rows if row.number == int(digits)]
    if not exact and any(row.number == int(digits) for row in (*world.incidents, *world.closed)):
        # It is there, but closed, or not: never another one whose number happens to end so.
        raise CommandFault(
            _("Incident {number} is not in a state for that; write another number.").format(number=int(digits)),
            _incidents(rows, world),
        )
    found = exact or [row for row in rows if str(row.number).endswith(digits)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandFault(_("Several incidents end in {digits}:").format(digits=digits), _incidents(found, world))
    raise CommandFault(_("There is no incident {digits} here.").format(digits=digits), _incidents(rows, world))


def chosen(rows: Sequence[IncidentRow], world: World) -> IncidentRow:
    """The incident that is meant when none is named."""
    row = world.chosen
    if row is None:
        raise CommandFault(_("Which incident? Its number is missing."), _incidents(rows, world), incomplete=True)
    for each in rows:
        if each.id == row.id:
            return each
    raise CommandFault(
        _("Incident {number} is not in a state for that; write another number.").format(number=row.number),
        _incidents(rows, world),
    )


def incident_rows(kind: str, world: World) -> Sequence[IncidentRow]:
    """The incidents that an argument may name."""
    if kind == ANY_INCIDENT:
        return (*world.incidents, *world.closed)
    return world.closed if kind == CLOSED_INCIDENT else world.incidents


def incident_label(row: IncidentRow, world: World) -> str:
    """An incident as people name it: number, type, place."""
    kind = world.type_name(row.type) if row.type else _("no type yet")
    return safe_line(f"{row.number} {kind.upper()} {row.place or _('no place yet')}", 80)


def _incidents(rows: Iterable[IncidentRow], world: World) -> tuple[str, ...]:
    return _some([incident_label(row, world) for row in rows])


# ------------------------------------------------------------------ agencies and hand-overs


def _named(
    word: str, things: Iterable[T], id: Callable[[T], str], name: Callable[[T], str], *, whole: bool = False
) -> list[T]:
    """Those with exactly that id or name, else (not ``whole``) those whose id or name begins so."""
    wanted = letters(word)
    if not wanted:
        return []
    kept = [(each, letters(id(each)), letters(name(each))) for each in things]
    exact = [each for each, *names in kept if wanted in names]
    if exact or whole:
        return exact
    return [each for each, *names in kept if any(known.startswith(wanted) for known in names)]


def units(word: str, world: World) -> list[Unit]:
    """The units with that call sign, whole; case, blanks and dashes do not matter. Several have different agencies."""
    wanted = letters(word)
    return [unit for unit in world.units if unit.key == wanted]


def agency(word: str, world: World) -> KnownAgency:
    """The agency of that id or name, or that of the unit so called (then with the unit), or whose id or name begins
    so."""
    known = world.surroundings.agencies
    found = _named(word, known, lambda each: each.id, lambda each: each.name, whole=True)
    called = [unit for unit in units(word, world) if unit.registered] if not found else []
    if called:
        of = {unit.agency: unit for unit in called}
        if len(of) > 1:
            raise _several(called[0].call_sign, of)
        return next(
            (replace(each, unit=called[0].call_sign) for each in known if each.id in of),
            KnownAgency(called[0].agency, called[0].agency, called[0].call_sign),
        )
    found = found or _named(word, known, lambda each: each.id, lambda each: each.name)
    if len(found) == 1:
        return found[0]
    ids = _some([each.id for each in found or known])
    if found:
        raise CommandFault(_("{word} may be several agencies:").format(word=_shown(word)), ids)
    raise CommandFault(_("There is no agency {word}.").format(word=_shown(word)), ids)


def fitting(action: Action, world: World) -> list[OpenHandover]:
    """The hand-overs that are in a state for ``action``."""
    return [each for each in world.surroundings.handovers if may(action.id, each.state, each.under_way)]


def _several(call_sign: str, agencies: Iterable[str]) -> CommandFault:
    return CommandFault(
        _("Several agencies have a unit {unit}; write the agency, then the unit:").format(unit=call_sign),
        _some(sorted(agencies)),
    )


ASKING = frozenset({"acknowledge", "refuse", "en_route"})
"""What may be said of a unit that is still on something else; the rest is about what it is on."""


NOBODY_SENT = frozenset({"sent", "acknowledged"})
"""States in which a hand-over's unit is only asked for."""


def _of_unit(called: Sequence[Unit], rows: Sequence[OpenHandover], action: Action) -> list[OpenHandover]:
    """The hand-overs that a unit's call sign means: those that name it; else those of its agency for which no other is
    on the way yet."""
    sign, agencies = called[0].call_sign, {unit.agency for unit in called}
    on_it = [each for each in rows if each.agency in agencies and called[0].key in named(each.unit)]
    if action.id == "add_unit":  # a further one: not where it is already, but where others of its agency are
        found = [each for each in rows if each.agency in agencies and each not in on_it]
    else:
        found = on_it
    if not found and action.id != "add_unit" and (action.id in ASKING or not any(unit.at for unit in called)):
        found = [each for each in rows if each.agency in agencies and (not each.unit or each.state in NOBODY_SENT)]
    of = {each.agency for each in found}
    if len(of) > 1:
        raise _several(sign, of)
    if not found:
        agency = words.agency(called[0].agency)
        said = _("{unit} ({standing}): no incident of {agency} fits; write the agency.")
        raise CommandFault(said.format(unit=sign, standing=standing(called[0]), agency=agency))
    return [replace(each, by_unit=sign) for each in found]


def handovers(word: str, action: Action, world: World) -> list[OpenHandover]:
    """The fitting hand-overs of the one agency that ``word`` names, in whatever incidents; or of the agency of the unit
    that it names."""
    rows = fitting(action, world)
    found = _named(word, rows, lambda each: each.agency, lambda each: each.agency_name, whole=True)
    called = units(word, world) if not found else []
    if called and not _named(word, world.surroundings.agencies, lambda x: x.id, lambda x: x.name, whole=True):
        return _of_unit(called, rows, action)
    found = found or _named(word, rows, lambda each: each.agency, lambda each: each.agency_name)
    agencies = {each.agency: each.agency_name for each in found}
    if len(agencies) == 1:
        return found
    if agencies:
        raise CommandFault(_("{word} may be several agencies:").format(word=_shown(word)), _some(list(agencies)))
    elsewhere = _named(word, world.surroundings.handovers, lambda each: each.agency, lambda each: each.agency_name)
    possible = _some(list(dict.fromkeys(each.agency for each in rows)))
    if elsewhere:
        raise CommandFault(
            _("{agency} is {state} in incident {number}: not that way.").format(
                agency=elsewhere[0].agency_name, state=words.state(elsewhere[0].state), number=elsewhere[0].number
            ),
            possible,
        )
    raise CommandFault(_("No agency {word} has an incident in a state for that.").format(word=_shown(word)), possible)


def handover(found: Sequence[OpenHandover], number: str, world: World) -> OpenHandover:
    """One of the hand-overs of an agency: the only one, or that of the incident named."""
    if number:
        rows = [row for row in world.incidents if any(each.incident == row.id for each in found)]
        row = incident(number, rows, world)
        of_it = [each for each in found if each.incident == row.id]
        if len(of_it) == 1:
            return of_it[0]
    elif len({each.incident for each in found}) == 1 and len(found) == 1:
        return found[0]
    numbers = _some([str(number) for number in dict.fromkeys(each.number for each in found)])
    raise CommandFault(
        _("{agency} has several incidents: write the number of one.").format(agency=found[0].agency_name),
        numbers,
        incomplete=not number,
    )


# ------------------------------------------------------------------ calls


def calls(kind: str, world: World) -> tuple[Call, ...]:
    """The calls that an argument may name, in the order of the list on the screen."""
    if kind == PAST_CALL:
        return world.recent
    return world.waiting if kind == WAITING_CALL else world.own


def call_label(call: Call) -> str:
    """A call as people name it; one that is over with its time and its outcome."""
    past = call.past
    if past is not None:
        outcome = words.word(words.PAST, past.outcome)
        who = " ".join(part for part in (past.shown, past.name) if part) or _("number withheld")
        return safe_line(f"{words.clock(past.began_at)[:5]} {who} ({outcome})", 60)
    return safe_line(" ".join(part for part in (call.number, call.name) if part) or _("number withheld"), 60)


def call(word: str, kind: str, world: World) -> Call:
    """The call at that place of the list, or the only one whose number ends so."""
    known = calls(kind, world)
    possible = _some([f"{place} {call_label(each)}" for place, each in enumerate(known, 1)])
    digits = word.lstrip("+#")
    if not (digits.isascii() and digits.isdigit()):
        raise CommandFault(
            _("{word} is no call: write its place in the list or the end of its number.").format(word=_shown(word)),
            possible,
        )
    if len(digits) <= PLACE_DIGITS:
        if 1 <= int(digits) <= len(known):
            return known[int(digits) - 1]
        raise CommandFault(_("There is no call {place} in the list.").format(place=digits), possible)
    found = [each for each in known if re.sub(r"[^0-9]", "", each.number).endswith(digits)]
    if len(found) == 1:
        return found[0]
    if found:
        places = {each.call: place for place, each in enumerate(known, 1)}
        named = [f"{places[each.call]} {call_label(each)}" for each in found]
        raise CommandFault(_("Several calls end in {digits}:").format(digits=digits), _some(named))
    raise CommandFault(_("No call here ends in {digits}.").format(digits=digits), possible)


# ------------------------------------------------------------------ words of a list


def choices(kind: str, world: World) -> dict[str, tuple[str, ...]]:
    """Code -> the words that name it; the first of them is how it is written in the language spoken now."""
    if kind == OUTCOME:
        by_code = {code: letter for letter, code in world.outcomes.items()}
        return {code: (_written(words.word(words.OUTCOMES, code)), code, by_code[code]) for code in by_code}
    if kind == LANGUAGE:
        return {code: (code,) for code in LANGUAGES}
    table = {CLOSE_RESULT: words.CLOSE_RESULTS, FINISH_RESULT: words.FINISH_RESULTS, MEANS: words.MEANS}[kind]
    named: dict[str, tuple[str, ...]] = {code: (_written(words.word(table, code)), code) for code in table}
    if kind == MEANS:
        named.pop("terminal", None)  # an agency's own terminal acknowledges by itself
    return named


def choice(word: str, kind: str, world: World) -> str:
    """The code that the word names: whole, by its letter, or by a unique beginning."""
    known = choices(kind, world)
    wanted = letters(word)
    names = {code: [letters(name) for name in each] for code, each in known.items()}
    exact = [code for code, each in names.items() if wanted and wanted in each]
    found = exact or [code for code, each in names.items() if wanted and any(n.startswith(wanted) for n in each)]
    if len(found) == 1:
        return found[0]
    possible = tuple(known[code][0] for code in found or known)
    if found:
        raise CommandFault(_("{word} may mean several:").format(word=_shown(word)), possible)
    raise CommandFault(_("{word} is none of these:").format(word=_shown(word)), possible)


def is_choice(word: str, kind: str, world: World) -> bool:
    """Whether a word is the whole word of a choice; only so is an optional one told from free text."""
    wanted = letters(word)
    return any(wanted == letters(name) for each in choices(kind, world).values() for name in each)


def _written(label: str) -> str:
    return "-".join(label.casefold().split())


def _shown(word: str) -> str:
    return safe_line(word, 40)


def _some(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(texts[:NAMED]) if len(texts) <= NAMED else (*texts[:NAMED], "...")


IDS = frozenset({INCIDENT, CLOSED_INCIDENT, AGENCY, AGENCIES, HANDOVER, WAITING_CALL, OWN_CALL, PAST_CALL})
"""Kinds of arguments that name something by an id; all but these and the choices are free text."""
