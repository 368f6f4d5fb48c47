"""Telephone numbers as an exchange shows them: which of them are the same, and which can be dialled. Pure.

A trunk sends one caller as 081234, another time as +6281234 or 6281234. Nothing is guessed beyond that: a short
number, a foreign one and a word stay what they are.
"""

from __future__ import annotations

import re

COUNTRY = "62"
"""The country code that a national number's leading 0 stands for (ITU-T E.164: 62 is Indonesia)."""

_SEPARATORS = re.compile(r"[\s().\-/]+")
_DIALLABLE = re.compile(r"\+?[0-9]{3,20}\Z")
_NATIONAL_MOST = 13
"""Digits of the longest national number behind the country code (ITU-T E.164: 15 with it)."""


def key(number: str | None) -> str:
    """What is equal for one and the same number, however the trunk wrote it; "" when there is none to compare.

    >>> key("+62 812-3456-789") == key("0812 3456 789") == key("62812 3456789")
    True
    """
    text = _SEPARATORS.sub("", number or "")
    if not text:
        return ""
    plain = text.removeprefix("+")
    if not (plain.isascii() and plain.isdecimal()):
        return text.casefold()
    international = plain if text.startswith("+") else plain.removeprefix("00") if plain.startswith("00") else ""
    if not international and plain.startswith(COUNTRY) and 10 <= len(plain) <= len(COUNTRY) + _NATIONAL_MOST:
        international = plain
    if international.startswith(COUNTRY):
        return "0" + international.removeprefix(COUNTRY).lstrip("0")
    return f"+{international}" if international else plain


def same(one: str | None, other: str | None) -> bool:
    """Whether both are the same number; a withheld one is the same as none."""
    found = key(one)
    return bool(found) and found == key(other)


def spellings(number: str | None) -> tuple[str, ...]:
    """Every way in which a trunk may write ``number``, without separators: what a table is searched for.

    >>> spellings("+62 812-3456-789")
    ('08123456789', '+628123456789', '628123456789', '00628123456789')
    """
    found = key(number)
    if found.startswith("+"):
        return (found, "00" + found[1:])
    if found.startswith("0") and len(found) > 1 and found.isdecimal():
        whole = COUNTRY + found[1:]
        return (found, f"+{whole}", whole, f"00{whole}")
    return (found,) if found else ()


def diallable(number: str | None) -> bool:
    """Whether an exchange can be asked to dial it: digits, perhaps after a +."""
    return bool(_DIALLABLE.match(number or ""))
