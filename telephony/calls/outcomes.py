"""The outcomes that a call-taker gives a call, with the letter that follows F9."""

from __future__ import annotations

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """One outcome. ``letter``: the key after F9 (one for both languages, so that hands learn it once).

    ``needs_incident``: an incident's stream goes with it. ``nuisance``: counts for a number's history.
    ``emergency``: a real one, reported apart from the rest.
    """

    code: str
    letter: str
    needs_incident: bool = False
    nuisance: bool = False
    emergency: bool = False


INCIDENT = Outcome("incident", "i", needs_incident=True, emergency=True)
ATTACHED = Outcome("attached", "a", needs_incident=True, emergency=True)
INFORMED = Outcome("informed", "n")  # iNformasi
PRANK = Outcome("prank", "p", nuisance=True)
FALSE_EMERGENCY = Outcome("false_emergency", "f", nuisance=True)
SILENT = Outcome("silent", "s")  # no nuisance: a silent call may be somebody who can't speak (EENA)
ACCIDENTAL = Outcome("accidental", "k")  # Kepencet: the key was pressed in the pocket
CUT_OFF = Outcome("cut_off", "c")

OUTCOMES: tuple[Outcome, ...] = (
    INCIDENT,
    ATTACHED,
    INFORMED,
    PRANK,
    FALSE_EMERGENCY,
    SILENT,
    ACCIDENTAL,
    CUT_OFF,
)
"""All of them, in the order in which a screen lists them."""

BY_CODE = {outcome.code: outcome for outcome in OUTCOMES}
