"""What a number is called in the exchange's own store (astdb, family ``nuisance``): a key of digits, or none at all.

The dialplan makes the same key of the caller's number ([nuisance] of extensions_112.conf), so both must stay as they
are. Whatever is not a plain telephone number (withheld, forged, 300 characters, words) has no key: it is never lowered,
and a look-alike of somebody's number can neither harm nor use that number.
"""

from __future__ import annotations

import re

from telephony.numbers import COUNTRY

LEAST, MOST = 5, 20
"""Digits that a number has: service numbers (113) are shorter, E.164 allows 15, and some trunks add a prefix."""

_NUMBER = re.compile(r"\+?[0-9]{1,22}\Z", re.ASCII)


def key_of(number: str | None) -> str | None:
    """The key of ``number`` as the trunk sent it, None when it has none. +62812, 0062812 and 0812 are the same."""
    if number is None or not _NUMBER.match(number):
        return None
    digits = number.removeprefix("+")
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = COUNTRY + digits[1:]
    return digits if LEAST <= len(digits) <= MOST else None
