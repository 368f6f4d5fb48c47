"""What follows ``siaga``: an area, hours and a reason, told apart by their form. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from console.i18n import translate as _

_HOURS = re.compile(r"([+-]?\d+(?:[.,]\d+)?)(?:jam|j|hours?|h)?", re.ASCII | re.IGNORECASE)
_UNITS = frozenset({"jam", "j", "h", "hour", "hours"})
_NUMBERED = frozenset({"km", "kilometer", "kilometre", "rt", "rw", "no", "nomor", "blok", "pos", "wilayah"})
"""Words whose number is part of a place's name."""

_HALF = re.compile(r"[+-]?\d+[.,]\d+,?", re.ASCII)
"""The first of two coordinates, when a blank parts them."""


class AlertLine(NamedTuple):
    """The parts of a line as typed; "" for what is missing. ``hours`` is a number with a point."""

    area: str
    hours: str
    reason: str


def split_alert(text: str) -> AlertLine:
    """The parts of ``text``. The hours are the first number after the area that is not part of a place's name."""
    words = text.split()
    for index, word in enumerate(words):
        found = _HOURS.fullmatch(word)
        if index == 0 or found is None:
            continue
        if words[index - 1].casefold().rstrip(".") in _NUMBERED:
            continue
        if index == 1 and _HALF.fullmatch(words[0]) and _HALF.fullmatch(word):
            continue
        rest = words[index + 1 :]
        if rest and rest[0].casefold() in _UNITS:
            rest = rest[1:]
        return AlertLine(" ".join(words[:index]), found[1].replace(",", "."), " ".join(rest))
    return AlertLine(" ".join(words), "", "")


def described(text: str) -> str:
    """The parts in words, for the preview: what is missing will be asked."""
    line = split_alert(text)
    asked = _("is asked")
    hours = _("{hours} h").format(hours=line.hours) if line.hours else f"{_('hours')}: {asked}"
    return f"{line.area} | {hours} | {_('reason')}: {line.reason or asked}"
