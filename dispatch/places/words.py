"""Words of Indonesian addresses: prefixes that say what a name is, and abbreviations of kinds of place.

These belong to the language, not to a region; names belong to the pack.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from data.text import plain_letters

LONGEST_QUERY = 200
"""Characters of a query that are looked at: nobody types a longer place name."""

VILLAGE_WORDS = frozenset({"ds", "desa", "kel", "kelurahan"})
DISTRICT_WORDS = frozenset({"kec", "kecamatan"})
REGENCY_WORDS = frozenset({"kab", "kabupaten"})

_NOISE = frozenset(
    {
        "kp",
        "kampung",
        "kmp",
        "dusun",
        "dsn",
        "jl",
        "jln",
        "jalan",
        "gg",
        "gang",
        "dekat",
        "deket",
        "di",
        "daerah",
        "sekitar",
        "depan",
    }
    | {"belakang", "samping", "wilayah", "arah", "ke", "dari", "blok", "perum", "perumahan", "no", "nomor", "raya"}
)
_HOUSE = re.compile(r"\b(?:rt|rw)\s*[./]?\s*\d+(?:\s*/\s*(?:rw\s*)?\d+)?")
_SAME = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), word)
    for pattern, word in (
        ("gerbang toll?|pintu toll?|gate toll?|exit toll?|gardu toll?", "gt"),
        ("stasion|stasiun|station|setasiun|stasiun kereta(?: api)?", "stasiun"),
        ("dam|bendungan|dm", "bendungan"),
        ("danau|waduk|situ gede", "waduk"),
        ("rest ?area|tempat istirahat|tip", "rest area"),
        ("pkm|puskesmas|puskes", "puskesmas"),
        ("rumah sakit(?: umum(?: daerah)?)?|rs|rsud|rsu", "rsud"),
        ("kantor polisi|pos polisi|polsek", "polsek"),
        ("pemadam(?: kebakaran)?|damkar|pos damkar", "damkar"),
        ("alun alun", "alun-alun"),
    )
)
_SPLIT = re.compile(r"[^\w]+")


class Query(NamedTuple):
    """A query taken apart: ``name`` without prefixes; what it must be; the district or regency named with it."""

    name: str
    words: tuple[str, ...]
    wanted: str
    district: str
    regency: str


def letters(text: str) -> str:
    """Lower-case words, accents and punctuation gone, kinds of place spelt one way, one blank between."""
    plain = plain_letters(text)
    for pattern, word in _SAME:
        plain = pattern.sub(word, plain)
    return " ".join(part for part in _SPLIT.split(plain) if part)


def squeeze(text: str) -> str:
    """``text`` without blanks: "Sawah Kulon" and "Sawahkulon" are the same village."""
    return text.replace(" ", "")


def take_apart(text: str) -> Query:
    """The parts of a query. "ds. Citalang kec. Tegalwaru" is a village Citalang in a district Tegalwaru."""
    plain = _HOUSE.sub(" ", plain_letters(text[: LONGEST_QUERY * 2])[:LONGEST_QUERY])
    parts: dict[str, list[str]] = {"name": [], "district": [], "regency": []}
    target, wanted = "name", ""
    for word in letters(plain).split():
        if word in DISTRICT_WORDS:
            if parts["name"]:
                target = "district"
            else:
                wanted = wanted or "district"
        elif word in REGENCY_WORDS:
            target = "regency" if parts["name"] else target
        elif word in VILLAGE_WORDS:
            target, wanted, parts["name"] = "name", "village", []  # what stood before is a street or a hamlet
        elif word not in _NOISE:
            parts[target].append(word)
    name = parts["name"]
    return Query(
        name=" ".join(name),
        words=tuple(name),
        wanted=wanted,
        district=" ".join(parts["district"]),
        regency=" ".join(parts["regency"]),
    )
