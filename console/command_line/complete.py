"""What could stand next: verbs that make sense now, and the things that the word being typed may name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.actions import for_role
from console.actions.action import (
    AGENCIES,
    AGENCY,
    ANY_INCIDENT,
    CLOSED_INCIDENT,
    HANDOVER,
    INCIDENT,
    OWN_CALL,
    PAST_CALL,
    TEXT,
    WAITING_CALL,
    Action,
    Argument,
)
from console.command_line import resolve
from console.command_line.grammar import SENDING, Binding, Words, find_verb, verb_of
from console.command_line.world import CommandFault, OpenHandover, World
from console.i18n import translate as _
from console.ui import words as screen_words
from console.ui.unit_words import standing
from console.ui.views import IncidentRow
from dispatch.units.names import named
from dispatch.units.queries import FREE, Unit

ABOUT_LOST_CALLS = frozenset({"call_back", "drop"})
"""Actions that read the rest of the line as a number; those of lost calls are offered."""

SHOWN = 200
"""Candidates at most; the list on the screen scrolls."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may stand at the end of the line: ``insert`` is put in place of the word that is being typed.

    ``shown``: how the list names it, ``note``: what it says of it. ``action`` is set for verbs: choosing one runs it as
    its key does, unless it needs more.
    """

    insert: str
    shown: str
    note: str = ""
    action: Action | None = None


def candidates(line: str, world: World) -> tuple[Candidate, ...]:
    """What the last word of the line may become; verbs as long as there is no blank after the first word."""
    text = line.lstrip()
    text = text[1:].lstrip() if text.startswith("/") else text
    word, rest = verb_of(text)
    typing_verb = not text.startswith("?") and len(text.split(maxsplit=1)) <= 1 and not text[-1:].isspace()
    if typing_verb:
        return _verbs(word, world)
    try:
        action, fixed = find_verb(word, world.role)
    except CommandFault:
        return ()  # the fault names the commands that it may be
    given, last = _split(rest if not line[-1:].isspace() else f"{rest} ")
    wanted = resolve.letters(last)
    argument, found = _open(action, fixed, given, last, world)
    return tuple(each for each in found if _fits(each, last, wanted, argument))[:SHOWN]


def completed(line: str, world: World) -> str:
    """The line with its last word completed: whole when one candidate fits, else as far as all agree."""
    found = candidates(line, world)
    head, last = _split(line)
    inserts = list(dict.fromkeys(each.insert for each in found))
    if not inserts:
        return line
    if len(inserts) == 1:
        return f"{head}{inserts[0]} "
    same = _common([insert.casefold() for insert in inserts])
    return f"{head}{same}" if len(same) > len(last) and same.startswith(last.casefold()) else line


def _common(texts: Sequence[str]) -> str:
    """The longest beginning that all texts have."""
    first, last = min(texts), max(texts)
    length = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:length]


def possible(action: Action, world: World) -> bool:
    """Whether an action can do anything at this moment; what is not known here counts as possible."""
    if action.id == "answer":
        return bool(world.waiting)
    if action.id == "classify":
        return bool(world.own)
    if action.id == "attach":
        return bool(world.own and world.incidents)
    kinds = {argument.kind for argument in action.arguments}
    if HANDOVER in kinds:
        return bool(resolve.fitting(action, world))
    if CLOSED_INCIDENT in kinds:
        return bool(world.closed)
    return bool(world.incidents) if INCIDENT in kinds else True


def _verbs(word: str, world: World) -> tuple[Candidate, ...]:
    wanted = word.casefold()
    found = []
    for action in for_role(world.role):
        names = [name for name in action.words if name.casefold().startswith(wanted)]
        if not names or action.id == "command" or not (wanted or possible(action, world)):
            continue
        short = "".join(f", {word}" for word, _value in action.shortcuts)
        usage = f"{' '.join(action.commands)} {action.usage}".rstrip() + short
        exact = [name for name in names if name.casefold() == wanted]
        # The whole word where there is one; without a word typed, the one that is quickest to read.
        insert = (exact or names)[0]
        found.append(Candidate(insert, usage, _(action.help), action))
    found.sort(key=lambda each: each.insert.casefold() != wanted)
    return tuple(found)


def _split(text: str) -> tuple[str, str]:
    """What stands before the last word (with its blanks), and the last word."""
    head = text.rstrip()
    if head != text or not text:
        return text, ""
    start = len(head)
    while start and not head[start - 1].isspace():
        start -= 1
    return text[:start], text[start:]


def _open(action: Action, fixed: str, given: str, last: str, world: World) -> tuple[Argument, tuple[Candidate, ...]]:
    """The argument that the last word belongs to, and what it may be; nothing for free text or when all is there."""
    words, arguments = Words(given), action.arguments[1:] if fixed else action.arguments
    if action.id in ABOUT_LOST_CALLS and not words.left:
        return Argument(OWN_CALL), tuple(
            Candidate(call.number, resolve.call_label(call)) for call in world.lost if call.number
        )
    binding = Binding(action, world)
    for index, argument in enumerate(arguments):
        if argument.kind == ANY_INCIDENT and not binding.takes_incident:
            continue
        named_one = argument.kind == AGENCIES and words.left and resolve.is_incident(last)
        if not words.left or (argument.kind == AGENCIES and not named_one):
            if argument.kind == AGENCIES and not _all_agencies(words, world):
                return argument, ()  # nothing that follows makes a wrong word right
            open_one = _first_open(arguments[index:], last)
            sends = action.id in SENDING and open_one.kind == TEXT
            units = _unit_candidates(binding.handover, world) if sends else ()
            return open_one, units or values(open_one, action, world)
        before = words.peek
        try:
            binding.bind(argument, words, arguments[index + 1 :])
        except CommandFault as fault:
            if argument.kind == HANDOVER and fault.incomplete:
                # Several incidents of the agency named: their numbers are what may follow.
                found = resolve.handovers(before, action, world)
                numbers = {each.incident for each in found}
                rows = [row for row in world.incidents if row.id in numbers]
                return Argument(INCIDENT), _incident_candidates(rows, world)
            return argument, ()
    return Argument(TEXT), ()


def _all_agencies(words: Words, world: World) -> bool:
    """Whether every word left names an agency."""
    try:
        while words.left:
            resolve.agency(words.take().rstrip(","), world)
    except CommandFault:
        return False
    return True


def _first_open(arguments: Sequence[Argument], last: str) -> Argument:
    """Of the arguments still open, the one that the last word has the form of."""
    first = arguments[0]
    number = resolve.is_incident(last)
    by_number = first.kind in {INCIDENT, CLOSED_INCIDENT, ANY_INCIDENT}
    if first.optional and by_number and last and not number and len(arguments) > 1:
        return _first_open(arguments[1:], last)
    return first


def _incident_candidates(rows: Sequence[IncidentRow], world: World) -> tuple[Candidate, ...]:
    return tuple(Candidate(str(row.number), resolve.incident_label(row, world)) for row in rows[:SHOWN])


def typable(call_sign: str) -> str:
    """A call sign as one word."""
    return "-".join(call_sign.split())


def _unit_candidates(part: OpenHandover | None, world: World) -> tuple[Candidate, ...]:
    """The registered units of the agency, free ones first."""
    known = [unit for unit in world.units if part is not None and unit.registered and unit.agency == part.agency]
    known.sort(key=lambda unit: unit.state != FREE)
    return tuple(Candidate(typable(unit.call_sign), unit.call_sign, standing(unit)) for unit in known)


def values(argument: Argument, action: Action, world: World) -> tuple[Candidate, ...]:
    """Everything that an argument may be now, in the order of the screen."""
    kind = argument.kind
    if kind in {INCIDENT, CLOSED_INCIDENT, ANY_INCIDENT}:
        return _incident_candidates(resolve.incident_rows(kind, world), world)
    if kind in {AGENCY, AGENCIES}:
        agencies = tuple(Candidate(each.id, each.id, each.name) for each in world.surroundings.agencies)
        units = [unit for unit in world.units if unit.registered]
        return (*agencies, *(_of_unit(unit) for unit in units))
    if kind == HANDOVER:
        found: dict[str, Candidate] = {}
        for each in resolve.fitting(action, world):
            state = screen_words.state(each.state)
            note = f"{each.agency_name}: {each.number} {state}"
            found.setdefault(each.agency, Candidate(each.agency, each.agency, note))
        fits = resolve.fitting(action, world)
        units = [unit for unit in world.units if _may_mean(unit, fits)]
        return (*found.values(), *(_of_unit(unit) for unit in units))
    if kind in {WAITING_CALL, OWN_CALL, PAST_CALL}:
        known = resolve.calls(kind, world)
        return tuple(
            Candidate(str(place), f"{place} {resolve.call_label(call)}")
            for place, call in enumerate(known[: 10**resolve.PLACE_DIGITS - 1], 1)
        )
    if kind == TEXT:
        return ()
    return tuple(Candidate(names[0], names[0]) for names in resolve.choices(kind, world).values())


def _of_unit(unit: Unit) -> Candidate:
    note = f"{screen_words.agency(unit.agency)}: {standing(unit)}"
    return Candidate(typable(unit.call_sign), unit.call_sign, note)


def _may_mean(unit: Unit, parts: Sequence[OpenHandover]) -> bool:
    """Whether a unit's call sign names one of these hand-overs."""
    return any(
        part.agency == unit.agency
        and (unit.key in named(part.unit) or (unit.registered and (not part.unit or part.state in resolve.NOBODY_SENT)))
        for part in parts
    )


def _fits(candidate: Candidate, last: str, wanted: str, argument: Argument) -> bool:
    if not last:
        return True
    if argument.kind in {INCIDENT, CLOSED_INCIDENT, ANY_INCIDENT, WAITING_CALL, OWN_CALL, PAST_CALL}:
        return wanted.isdigit() and (candidate.insert.startswith(wanted) or candidate.insert.endswith(wanted))
    if resolve.letters(candidate.insert).startswith(wanted):
        return bool(wanted)
    return bool(wanted and candidate.note) and resolve.letters(candidate.note).startswith(wanted)
