"""What an action is: its key, its command words, and the arguments that the command line gives it.

``console.actions`` holds the one table; everything that names keys or commands (footer, help card, command line,
documentation) is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.i18n import N_, translate

INCIDENT = "incident"
CLOSED_INCIDENT = "closed_incident"
AGENCY = "agency"
AGENCIES = "agencies"
HANDOVER = "handover"
WAITING_CALL = "waiting_call"
OWN_CALL = "own_call"
OUTCOME = "outcome"
CLOSE_RESULT = "close_result"
FINISH_RESULT = "finish_result"
MEANS = "means"
LANGUAGE = "language"
PAST_CALL = "past_call"
ANY_INCIDENT = "any_incident"
TEXT = "text"
"""Kinds of arguments. ``HANDOVER`` is an agency that has an incident in a fitting state, and the incident's number when
it has several; a unit's call sign stands for its agency there and in ``AGENCY``; ``AGENCIES`` is one or more;
``PAST_CALL`` is one of the list of calls that are over; ``ANY_INCIDENT`` is an incident active or not, by its whole
number, where the outcome before it needs one; ``TEXT`` is the rest of the line. Ids stand before free text."""

_LABELS = {
    INCIDENT: N_("incident"),
    CLOSED_INCIDENT: N_("incident"),
    AGENCY: N_("agency|unit"),
    AGENCIES: N_("agency|unit.."),
    HANDOVER: N_("agency|unit [incident]"),
    WAITING_CALL: N_("call"),
    OWN_CALL: N_("call"),
    OUTCOME: N_("outcome"),
    CLOSE_RESULT: N_("result"),
    FINISH_RESULT: N_("result"),
    MEANS: N_("telephone|radio"),
    LANGUAGE: "id|en",
    PAST_CALL: N_("call"),
    ANY_INCIDENT: N_("incident"),
    TEXT: N_("text"),
}


@dataclass(frozen=True)
class Argument:
    """One thing that a command expects. ``optional``: what is meant without it is the chosen incident, the call in
    hand, or nothing; ``label``: a message id that says more than the kind does ("reason")."""

    kind: str
    optional: bool = False
    label: str = ""

    @property
    def word(self) -> str:
        """What it is called in the language spoken now."""
        return translate(self.label or _LABELS[self.kind])

    @property
    def usage(self) -> str:
        """How a usage line shows it: optional ones in brackets."""
        return f"[{self.word}]" if self.optional else self.word


@dataclass(frozen=True)
class Action:
    """One thing a person can do.

    ``key`` is Textual's name of the key ("" when there is only a command); ``letter`` keys are bound where a list has
    the keyboard, not app-wide. ``commands``: words of the command line, the short ones of the field in capitals, then
    Indonesian, then English; ``shortcuts``: words that stand for the command with its first argument (word, value).
    ``arguments``: what the command line understands after the word; ``argument``: a message id, for an action that
    understands the rest of the line by itself. Without any the command does what the key does. ``label`` and ``help``
    are message ids.
    """

    id: str
    key: str
    commands: tuple[str, ...]
    roles: frozenset[str]
    label: str
    help: str
    argument: str = ""
    footer: bool = True
    arguments: tuple[Argument, ...] = ()
    shortcuts: tuple[tuple[str, str], ...] = ()

    @property
    def letter(self) -> bool:
        """Whether the key is a letter, which works only where no field has the keyboard."""
        return len(self.key) == 1

    @property
    def key_label(self) -> str:
        """The key as people write it."""
        if "+" in self.key:
            return self.key.title()
        return self.key.upper() if len(self.key) > 1 and self.key[0] == "f" else self.key

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that begins its command."""
        return (*self.commands, *(word for word, _value in self.shortcuts))

    @property
    def usage(self) -> str:
        """What follows the word, in the language spoken now: ``agency [incident] result [text]``."""
        if not self.arguments:
            return f"[{translate(self.argument)}]" if self.argument else ""
        return " ".join(each.usage for each in self.arguments)
