"""Whom a caller can be passed on to, or who can be brought into the talk: found by typing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from console.ui.views import Target
from data.text import plain_letters

SHOWN = 6
"""Targets offered at once."""

_AS_TYPED = re.compile(r"\+?[A-Za-z0-9_]{2,40}\Z")


def find(targets: Sequence[Target], text: str, first: Iterable[str] = ()) -> tuple[Target, ...]:
    """The targets that ``text`` may mean: every word begins a word of the name or the number.

    ``first``: agencies (their ids) that come before the others, those recommended for the incident. What nobody is
    called, but may be a place of the exchange (``113``, ``op2``), is offered as typed: the exchange knows best.
    """
    words = plain_letters(text).split()
    order = {agency: number for number, agency in enumerate(first)}
    found = [target for target in targets if all(_begins(target, word) for word in words)]
    found.sort(key=lambda target: min((order[a] for a in target.agencies if a in order), default=len(order)))
    typed = text.strip()
    if not found and _AS_TYPED.match(typed):
        found = [Target(typed, typed, typed)]
    return tuple(found[:SHOWN])


def _begins(target: Target, word: str) -> bool:
    names = plain_letters(f"{target.name} {target.number} {target.code}").split()
    return any(name.startswith(word) for name in names)
