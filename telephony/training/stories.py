"""The stories that the training PBX plays: who calls, what they say, how long they wait. Made from a seed."""

from __future__ import annotations

import math
import random
import tomllib
from pathlib import Path

import msgspec

from data.pack import IncidentType, Pack

STORIES = Path(__file__).with_name("stories.toml")

HOSTILE = (
    "[bold red]palsu[/] [@click=app.quit]klik[/]",
    "\x1b]0;diambil alih\x07\x1b[2J\x1b[31mESC",
    "\u202etxt.exe\u202c \u2066balik\u2069",
    "Budi\r\nEvent: Hangup\r\nUniqueid: 1",
    "baris satu\u2028baris dua\u2029tiga\u0085empat",
    "=1+1;+1+1;-1+1;@SUM(A1)\"'",
    "A" * 10_000,
    "\ud83d\ude92 damkar \u00e9\u0301 \ufdfd".encode("utf-16", "surrogatepass").decode("utf-16"),
)
"""Texts that a careless program would obey: markup, escape sequences, bidi overrides, line breaks, formulas."""

EMERGENCIES_AT_LEAST = 1 / 6
_NAMES = ("Siti", "Budi", "Asep", "Euis", "Dewi", "Ujang", "Neng Rina", "Agus", "Lilis", "Dadang", "")
_PRANK_NUMBERS = 3
LONG_WAIT_S = 900.0
"""A caller who really needs somebody stays on the line."""


class Kind(msgspec.Struct, frozen=True):
    """A kind of call of stories.toml; ``outcome`` is what a call-taker should make of it ('' when nobody answers)."""

    name: str
    outcome: str
    weight: int
    texts: tuple[str, ...]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One call. Times in seconds: ``at`` from the beginning, ``patience`` until the caller gives up unanswered,
    ``talk`` after the answer until the caller hangs up. ``type`` is a code of the region's incident types.
    """

    number: int
    kind: str
    outcome: str
    caller: str
    name: str
    text: str
    at: float
    patience: float
    talk: float
    type: str | None = None
    place: str | None = None
    district: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    hostile: bool = False


def load_kinds(path: Path = STORIES) -> tuple[Kind, ...]:
    """The kinds of ``path``. Raises OSError, tomllib.TOMLDecodeError, msgspec.ValidationError."""
    with path.open("rb") as file:
        return tuple(msgspec.convert(tomllib.load(file)["kind"], list[Kind]))


def tell(pack: Pack, *, calls: int, seed: int, rate: float, kinds: tuple[Kind, ...] | None = None) -> list[Story]:
    """``calls`` stories in order of time, ``rate`` a second, the same for the same seed and region.

    At least one in six is an emergency, types and places vary; the hostile names and texts are spread over the calls.
    """
    chance = random.Random(f"{seed}/{calls}")  # noqa: S311 - a game, not a secret
    known = kinds if kinds is not None else load_kinds()
    drawn = _draw(known, calls, chance)
    places = sorted((v.name, v.district, v.lat, v.lon) for v in pack.villages.values())
    types = list(pack.types.values())
    chance.shuffle(types)
    hostile = set(chance.sample(range(calls), min(calls, len(HOSTILE))))
    texts = list(HOSTILE)
    stories, emergencies = [], 0
    for n, kind in enumerate(drawn):
        bad = texts.pop(0) if n in hostile else None
        type_ = types[emergencies % len(types)]  # one after another, so that all kinds of emergency come
        emergencies += kind.name == "emergency"
        stories.append(_story(n, kind, chance, type_, chance.choice(places), bad, rate))
    return stories


def _draw(kinds: tuple[Kind, ...], calls: int, chance: random.Random) -> list[Kind]:
    emergency = next(kind for kind in kinds if kind.name == "emergency")
    sure = [emergency] * math.ceil(calls * EMERGENCIES_AT_LEAST)
    drawn = sure + chance.choices(kinds, [kind.weight for kind in kinds], k=max(0, calls - len(sure)))
    chance.shuffle(drawn)
    return drawn[:calls]


def _story(
    n: int,
    kind: Kind,
    chance: random.Random,
    type_: IncidentType,
    where: tuple[str, str, float, float],
    bad: str | None,
    rate: float,
) -> Story:
    place, district, lat, lon = where
    emergency = kind.name == "emergency"
    word = chance.choice(type_.words) if type_.words else type_.name_id.lower()
    text = chance.choice(kind.texts).format(word=word, place=place, district=district)
    located = emergency and chance.random() < 0.4
    prank = kind.name in ("prank", "false_emergency")
    tail = chance.randrange(_PRANK_NUMBERS) if prank else 100 + n
    return Story(
        number=n + 1,
        kind=kind.name,
        outcome=kind.outcome,
        caller=f"+6280000{tail:05d}",
        name=bad if bad is not None else chance.choice(_NAMES),
        text=f"{text} {bad}" if bad is not None else text,
        at=round((n + chance.uniform(0, 0.4)) / rate, 3),
        patience=round(chance.uniform(2, 6), 2) if kind.name == "abandoned" else LONG_WAIT_S,
        talk=round(chance.uniform(1.5, 4), 2) if kind.name == "cut_off" else LONG_WAIT_S,
        type=type_.code if emergency else None,
        place=place if emergency else None,
        district=district if emergency else None,
        lat=round(lat + chance.uniform(-0.003, 0.003), 5) if located else None,
        lon=round(lon + chance.uniform(-0.003, 0.003), 5) if located else None,
        radius_m=float(chance.choice((50, 150, 400, 1500))) if located else None,
        hostile=bad is not None,
    )
