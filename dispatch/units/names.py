"""Call signs: what may be one, when two are the same, and which ones a text names. Pure."""

from __future__ import annotations

import re

from data.errors import Refusal
from data.text import plain_letters, safe_line

LONGEST = 20
"""Characters of a call sign; what is longer nobody says on a radio."""

_CALL_SIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*\Z")
_BETWEEN = re.compile(r"[,;+&\n]|\b(?:dan|and)\b", re.IGNORECASE)
"""What stands between the units of a text that names several."""

KINDS = ("ambulance", "fire_engine", "patrol", "rescue", "other")
"""Kinds of units, in the order in which lists show them."""

USUAL_KINDS = {
    "ambulance": "ambulance",
    "health_centre": "ambulance",
    "hospital": "ambulance",
    "red_cross": "ambulance",
    "fire": "fire_engine",
    "police": "patrol",
    "civil_order": "patrol",
    "transport": "patrol",
    "toll_operator": "patrol",
    "search_rescue": "rescue",
    "disaster": "rescue",
}
"""Kind of agency -> kind of its units when nobody says which; all others have ``other`` ones."""


def key(text: str) -> str:
    """What call signs are compared by: letters and digits, folded. A-12, a12 and "A 12" are one unit."""
    return "".join(sign for sign in plain_letters(text[:200]) if sign.isalnum())


def parts(text: str) -> tuple[str, ...]:
    """The units that a text names, as typed: one, or several parted by a comma, +, & or "dan"."""
    found = (part.strip() for part in _BETWEEN.split(text))
    return tuple(part for part in found if key(part))


def named(text: str | None) -> tuple[str, ...]:
    """The keys of the units that a hand-over's ``unit`` names."""
    return tuple(dict.fromkeys(key(part) for part in parts(text or "")))


def last_part(text: str) -> tuple[str, str]:
    """What stands before the unit that a text ends in (with what parts the two), and that unit, as it was typed."""
    ends = [found.end() for found in _BETWEEN.finditer(text)]
    at = ends[-1] if ends else 0
    last = text[at:].lstrip()
    before = text[:at]
    return (f"{before} " if before else ""), last


def call_sign(text: str) -> str:
    """The call sign as it is kept. Raises Refusal for what is none.

    It has a letter, since digits alone would be an incident's number on the command line; and nothing that parts two
    units, acts on a terminal or begins a spreadsheet's formula.
    """
    shown = safe_line(text.strip(), 60)
    if len(shown) > LONGEST or not _CALL_SIGN.match(shown) or _BETWEEN.search(shown):
        raise Refusal(
            "bad_call_sign",
            "call sign {call_sign!r}: 1 to {longest} letters, digits, blanks, - . or /, a letter or digit first",
            call_sign=shown,
            longest=LONGEST,
        )
    if not any(sign.isalpha() for sign in shown):
        raise Refusal(
            "call_sign_is_number",
            "call sign {call_sign!r} is a number, as incidents have: put a letter before it, such as U-{call_sign}",
            call_sign=shown,
        )
    return shown
