"""The command line as a pure function: a line and the world in, what is meant (or what is wrong with it) out.

Verb first, a unique prefix is enough; ids before free text; nothing is ever guessed: a line that fits two things is a
fault that names both. The grammar is the action table's (``console.actions``); neither screens nor the journal are
known here.
"""

from console.command_line.complete import Candidate, candidates, completed
from console.command_line.grammar import parse
from console.command_line.preview import preview
from console.command_line.world import Call, CommandFault, Intent, KnownAgency, OpenHandover, Surroundings, World

__all__ = [
    "Call",
    "Candidate",
    "CommandFault",
    "Intent",
    "KnownAgency",
    "OpenHandover",
    "Surroundings",
    "World",
    "candidates",
    "completed",
    "parse",
    "preview",
]
