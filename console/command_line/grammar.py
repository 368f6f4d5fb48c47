"""Reading a line: the verb, then its arguments in the order of the action table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

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
from console.command_line.world import CommandFault, Intent, KnownAgency, OpenHandover, World
from console.i18n import translate as _
from data.text import safe_line
from dispatch.units.names import key, named
from telephony.calls.outcomes import BY_CODE

LINE_LIMIT = 500
"""Characters of a line; as many as a field has."""

SENDING = frozenset({"en_route", "on_scene", "add_unit"})
"""Actions whose text is the unit."""

_WORD = re.compile(r"\S+")


def verb_of(line: str) -> tuple[str, str]:
    """The verb of a line and the rest as it was typed; a ``?`` needs no blank after it."""
    text = line[:LINE_LIMIT].strip()
    if text.startswith("/"):
        text = text[1:].lstrip()
    if text.startswith("?"):
        return "?", text[1:].strip()
    found = _WORD.match(text)
    return (found.group(), text[found.end() :].strip()) if found else ("", "")


def find_verb(word: str, role: str) -> tuple[Action, str]:
    """The action that a verb names, and the value of its first argument when the verb stands for it too.

    A whole word wins over longer ones; otherwise a beginning that fits one command only. Raises CommandFault.
    """
    wanted = word.casefold()
    actions = for_role(role)
    known = [(name.casefold(), action, "") for action in actions for name in action.commands]
    known += [(name.casefold(), action, value) for action in actions for name, value in action.shortcuts]
    exact = [each for each in known if each[0] == wanted]
    found = exact or [each for each in known if wanted and each[0].startswith(wanted)]
    meant = {(action.id, value): (action, value) for _name, action, value in found}
    if len(meant) == 1:
        return next(iter(meant.values()))
    names = [name for action in actions for name in action.words]
    shown = safe_line(word, 40)
    if meant:
        fits = tuple(name for name in names if name.casefold().startswith(wanted))
        raise CommandFault(_("{word} may be several commands:").format(word=shown), fits)
    raise CommandFault(_("{word} is no command here:").format(word=shown), tuple(names))


class Words:
    """The words after the verb, taken one by one; what is left is free text, as it was typed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = list(_WORD.finditer(text))
        self._next = 0

    @property
    def left(self) -> int:
        """How many words are left."""
        return len(self._found) - self._next

    @property
    def peek(self) -> str:
        """The next word, or ""."""
        return self._found[self._next].group() if self.left else ""

    def take(self) -> str:
        """The next word, and step over it."""
        word = self.peek
        self._next += 1
        return word

    def rest(self) -> str:
        """Everything that is left, as it was typed."""
        text = self._text[self._found[self._next].start() :] if self.left else ""
        self._next = len(self._found)
        return text


def parse(line: str, world: World) -> Intent:
    """What the line means. Raises CommandFault, and nothing else, whatever is typed."""
    word, rest = verb_of(line)
    if not word:
        raise CommandFault(_("Type a command or choose one: up and down, Enter."), incomplete=True)
    action, fixed = find_verb(word, world.role)
    if not rest and not fixed and not _needs_more(action):
        return Intent(action, direct=True)
    if not action.arguments:
        if rest and not action.argument:
            raise CommandFault(_("{word} takes nothing more: {rest}").format(word=word, rest=safe_line(rest, 60)))
        return Intent(action, argument=rest)
    return _bind(action, fixed, Words(rest), world)


def _needs_more(action: Action) -> bool:
    """Whether the word alone means nothing: the action has no key that asks for the rest."""
    return not action.key and bool(action.arguments) and not action.arguments[0].optional


def _bind(action: Action, fixed: str, words: Words, world: World) -> Intent:
    binding = Binding(action, world)
    arguments = action.arguments
    if fixed:
        binding.choice, arguments = fixed, arguments[1:]
    for index, argument in enumerate(arguments):
        if index and arguments[index - 1].kind == PAST_CALL and not words.left:
            break  # the call alone: it is shown
        binding.bind(argument, words, arguments[index + 1 :])
    if words.left:
        raise CommandFault(_("Too much: {rest}").format(rest=safe_line(words.rest(), 60)))
    return binding.intent()


class Binding:
    """The arguments of one command, as far as they were read."""

    def __init__(self, action: Action, world: World) -> None:
        self.action, self.world = action, world
        self.choice = ""
        self._found: dict[str, object] = {}

    def bind(self, argument: Argument, words: Words, after: Sequence[Argument]) -> None:
        """Read one argument; an optional one only when the next word has its form and is not needed later."""
        if argument.kind == TEXT:
            self._text(argument, words)
        elif argument.optional and not self.present(argument, words, after):
            self._without(argument)
        elif not words.left:
            raise missing(argument, self.action, self.world)
        else:
            self._read(argument, words)

    def present(self, argument: Argument, words: Words, after: Sequence[Argument]) -> bool:
        """Whether the next word is this optional argument."""
        if argument.kind == ANY_INCIDENT:
            return self.takes_incident and words.left > 1 and resolve.is_number(words.peek)
        needed = sum(1 for each in after if each.kind in resolve.IDS and not each.optional)
        if words.left <= needed:
            return False
        if argument.kind in {INCIDENT, CLOSED_INCIDENT}:
            return resolve.is_incident(words.peek)
        if argument.kind in {WAITING_CALL, OWN_CALL, PAST_CALL}:
            return True
        last = not after
        return last or resolve.is_choice(words.peek, argument.kind, self.world)

    @property
    def takes_incident(self) -> bool:
        """Whether an incident goes with the outcome that was read."""
        outcome = BY_CODE.get(self.choice)
        return outcome is not None and outcome.needs_incident

    def _text(self, argument: Argument, words: Words) -> None:
        text = words.rest()
        if not text and not argument.optional:
            raise missing(argument, self.action, self.world)
        self._found["text"] = text

    def _without(self, argument: Argument) -> None:
        world = self.world
        if argument.kind in {INCIDENT, CLOSED_INCIDENT}:
            self._found["incident"] = resolve.chosen(resolve.incident_rows(argument.kind, world), world)
        elif argument.kind == OWN_CALL:
            if world.in_hand is None:
                raise CommandFault(_("There is no call in hand."))
            self._found["call"] = world.in_hand

    def _read(self, argument: Argument, words: Words) -> None:
        kind, world = argument.kind, self.world
        if kind in {INCIDENT, CLOSED_INCIDENT}:
            word = words.take()
            if not resolve.is_incident(word):
                raise CommandFault(_("{word} is no incident number.").format(word=safe_line(word, 40)))
            self._found["incident"] = resolve.incident(word, resolve.incident_rows(kind, world), world)
        elif kind == AGENCIES:
            self._found["agencies"] = _agencies(words, world)
        elif kind == AGENCY:
            self._found["agencies"] = (resolve.agency(words.take(), world),)
        elif kind == HANDOVER:
            found = resolve.handovers(words.take(), self.action, world)
            number = words.take() if resolve.is_incident(words.peek) else ""
            self._found["handover"] = resolve.handover(found, number, world)
        elif kind == ANY_INCIDENT:
            self._found["number"] = int(words.take().lstrip("#"))
        elif kind in {WAITING_CALL, OWN_CALL, PAST_CALL}:
            self._found["call"] = resolve.call(words.take(), kind, world)
        else:
            self.choice = resolve.choice(words.take(), kind, world)

    @property
    def handover(self) -> OpenHandover | None:
        """The hand-over that was read."""
        found = self._found.get("handover")
        return found if isinstance(found, OpenHandover) else None

    def intent(self) -> Intent:
        """What was read, whole. A unit that named the hand-over is the one that is on the way, or there."""
        part = self.handover
        if part is not None and part.by_unit and self.action.id in SENDING:
            sent = named(part.unit)
            # "A-12 is there" is about A-12 alone, where its agency sent several.
            already = key(part.by_unit) in sent and (self.action.id != "on_scene" or len(sent) == 1)
            texts = ("" if already else part.by_unit, str(self._found.get("text", "")))
            self._found["text"] = ", ".join(text for text in texts if text)
        if self.action.id == "add_unit" and not self._found.get("text"):
            raise missing(self.action.arguments[-1], self.action, self.world)
        return Intent(self.action, choice=self.choice, **self._found)  # type: ignore[arg-type]


def _agencies(words: Words, world: World) -> tuple[KnownAgency, ...]:
    found: dict[str, KnownAgency] = {}
    while words.left and not (found and resolve.is_incident(words.peek)):
        agency = resolve.agency(words.take().rstrip(","), world)
        before = found.get(agency.id)
        if before is not None:  # a second unit of it
            agency = replace(agency, unit=", ".join(unit for unit in (before.unit, agency.unit) if unit))
        found[agency.id] = agency
    return tuple(found.values())


def missing(argument: Argument, action: Action, world: World) -> CommandFault:
    """What to say when an argument is not there yet, with what it could be."""
    from console.command_line.complete import values  # noqa: PLC0415 - the two modules need each other

    possible = tuple(each.shown for each in values(argument, action, world)[: resolve.NAMED])
    return CommandFault(
        _("{argument} is missing.").format(argument=argument.word.capitalize()), possible, incomplete=True
    )
