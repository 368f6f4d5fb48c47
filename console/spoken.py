"""Text as it is to be spoken: abbreviations, house numbers, kilometre marks and telephone numbers in words.

A speech synthesiser reads "RT 03/RW 05" or "0812..." in ways nobody understands. Names of letters and the reading of
numbers are Indonesian usage; numbers are put into words by num2words.
"""

from __future__ import annotations

import re

from num2words import num2words

from data.text import safe_line

LONGEST = 400
"""Characters that are spoken at most: an alert is a sentence, not a report."""

EMERGENCY_NUMBERS = frozenset({"110", "112", "113", "115", "118", "119", "123", "129"})
"""National short numbers, which are read digit by digit."""

_LETTERS = {
    "a": "a",
    "b": "be",
    "c": "ce",
    "d": "de",
    "e": "e",
    "f": "ef",
    "g": "ge",
    "h": "ha",
    "i": "i",
    "j": "je",
    "k": "ka",
    "l": "el",
    "m": "em",
    "n": "en",
    "o": "o",
    "p": "pe",
    "q": "ki",
    "r": "er",
    "s": "es",
    "t": "te",
    "u": "u",
    "v": "fe",
    "w": "we",
    "x": "eks",
    "y": "ye",
    "z": "zet",
}

_SPELLED = {
    "bpbd",
    "dki",
    "pdam",
    "pmi",
    "pln",
    "psc",
    "rt",
    "rw",
    "sd",
    "sma",
    "smk",
    "smp",
    "spbu",
    "tni",
    "tpu",
    "wib",
}
"""Abbreviations that Indonesian reads letter by letter."""

_WORDS = {
    "id": {
        "jl": "jalan", "jln": "jalan", "gg": "gang", "ds": "desa", "kec": "kecamatan", "kab": "kabupaten",
        "kel": "kelurahan", "kp": "kampung", "no": "nomor", "dr": "dokter", "rs": "rumah sakit",
        "rsud": "rumah sakit umum daerah", "km": "kilometer", "m": "meter", "tol": "tol", "perum": "perumahan",
        "polres": "polres", "satpol": "satpol", "pp": "pe pe", "dll": "dan lain-lain", "bpk": "bapak", "sdr": "saudara",
    },
    "en": {"jl": "jalan", "no": "number", "dr": "doctor", "km": "kilometre", "m": "metres", "rt": "R T", "rw": "R W"},
}  # fmt: skip
"""Abbreviation (without its dot) -> what is said."""

_ACTS = re.compile(r"[<>{}\[\]|\\^~*_#`\"]+|\ufffd+")
_PHONE = re.compile(r"(?<![\w.,])\+?\d(?:[ -]?\d){6,19}(?!\w)")
_TIME = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?\b")
_MARK = re.compile(r"\b(\d{1,3})\+(\d{3})\b")
_THOUSANDS = re.compile(r"\b\d{1,3}(?:\.\d{3})+\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_WORD = re.compile(r"[^\W\d_]+\.?", re.UNICODE)


def spoken(text: str, language: str = "id") -> str:
    """``text`` as words that a synthesiser of ``language`` (id or en) reads as people say them. Never raises."""
    said = _ACTS.sub(" ", safe_line(text, LONGEST))
    said = said.replace("/", ", ").replace("&", " dan " if language == "id" else " and ")
    said = _PHONE.sub(lambda match: _digits(match[0], language), said)
    said = _TIME.sub(lambda match: _time(int(match[1]), int(match[2]), language), said)
    said = _MARK.sub(lambda match: f"{match[1]} plus {match[2]}", said)
    if language == "id":
        said = _THOUSANDS.sub(lambda match: match[0].replace(".", ""), said)
    # Numbers last, so that what the steps before wrote as digits is read too; a word stands apart from its number.
    said = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)", " ", said)
    said = _WORD.sub(lambda match: _word(match[0], language), said)
    said = _NUMBER.sub(lambda match: _number(match[0], language), said)
    return re.sub(r"\s+([,.])", r"\1", re.sub(r"\s+", " ", said)).strip()


def _word(word: str, language: str) -> str:
    plain = word.rstrip(".").casefold()
    known = _WORDS.get(language, {}).get(plain)
    if known is not None and (word.endswith(".") or plain in {"km", "m", "rs", "rsud", "kec", "kab", "jl", "gg", "kp"}):
        return known
    if plain in _WORDS.get(language, {}) and plain in {"rt", "rw"}:
        return _WORDS[language][plain]
    if language == "id" and plain in _SPELLED and (word.isupper() or plain in {"rt", "rw"}):
        return " ".join(_LETTERS[letter] for letter in plain)
    return word


def _number(text: str, language: str) -> str:
    if text in EMERGENCY_NUMBERS:
        return _digits(text, language)
    whole, _, part = text.replace(",", ".").partition(".")
    if len(whole) > 15 or len(part) > 6:
        return _digits(text, language)
    words = str(num2words(int(whole), lang=language))
    if part:
        point = "koma" if language == "id" else "point"
        words = f"{words} {point} {_digits(part, language)}"
    return words


def _digits(text: str, language: str) -> str:
    plus = "plus " if text.startswith("+") else ""
    return plus + " ".join(
        str(num2words(int(digit), lang=language)) for digit in text if digit.isascii() and digit.isdigit()
    )


def _time(hour: int, minute: int, language: str) -> str:
    if language == "id":
        return f"pukul {hour} lewat {minute}" if minute else f"pukul {hour} tepat"
    return f"{hour} {minute}" if minute else f"{hour} hundred hours"
