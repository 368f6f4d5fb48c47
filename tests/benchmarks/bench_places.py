"""How long places, types, recommendations and decisions take.

The search is measured on the region that ships and on an
invented one of 50,000 names, and beside SQLite's FTS5 trigrams into rapidfuzz, the other way to do it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec
import pysqlite3
from rapidfuzz import fuzz, process

from data.journal import Journal
from data.pack import Pack, load_pack
from dispatch import desk
from dispatch.incidents import queries
from dispatch.incidents.projection import INCIDENTS
from dispatch.places import Gazetteer
from dispatch.recommend import recommend
from dispatch.types import TypeIndex
from tests.benchmarks.rows import Row, latency_rows

T = TypeVar("T")
REGION = Path(__file__).parents[2] / "data" / "regions" / "purwakarta"


def times(work: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of each of ``count`` runs."""
    found = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        found.append((time.perf_counter() - begin) * 1000)
    return found


def each(work: Callable[[T], object], items: Iterable[T]) -> list[float]:
    """Milliseconds of ``work`` on each item."""
    found = []
    for item in items:
        begin = time.perf_counter()
        work(item)
        found.append((time.perf_counter() - begin) * 1000)
    return found


def slip(chance: random.Random, name: str) -> str:
    """``name`` with one letter wrong, missing, doubled or swapped."""
    at = chance.randrange(len(name))
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + chance.choice("aeiounrs") + name[at + 1 :],
            name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
        ]
    )


def queries_of(pack: Pack, count: int) -> list[tuple[str, str]]:
    """(text, code of the village meant): slips, unfinished names, and sentences."""
    chance = random.Random(1)
    villages = list(pack.villages.values())
    made = []
    for _ in range(count):
        village = chance.choice(villages)
        name = village.name.lower()
        kind = chance.random()
        if kind < 0.5:
            text = slip(chance, name)
        elif kind < 0.75:
            text = name[: max(3, round(len(name) * 0.6))]
        elif kind < 0.9:
            text = f"ds {slip(chance, name)} kec {village.district.lower()}"
        else:
            text = (
                f"ada kebakaran rumah di kampung baru rt 03/05 desa {slip(chance, name)} kecamatan {village.district}"
            )
        made.append((text, village.code))
    return made


def larger(pack: Pack, count: int) -> Pack:
    """The pack with invented villages, made of the syllables of the true ones, up to ``count``."""
    chance = random.Random(2)
    true = list(pack.villages.values())
    parts = sorted({v.name[:4] for v in true} | {v.name[4:] for v in true if len(v.name) > 6})
    villages = dict(pack.villages)
    while len(villages) < count:
        like = chance.choice(true)
        code = f"{like.district_code}.{9_000_000 - len(villages):07d}"
        name = (chance.choice(parts).strip() + chance.choice(parts).strip().lower()).capitalize()
        villages[code] = msgspec.structs.replace(like, code=code, name=name, bps_code="", bps_name="", postcode="")
    return msgspec.structs.replace(pack, villages=villages)


class Fts:
    """The other way: FTS5 trigrams, any of them, the best 150 into rapidfuzz."""

    def __init__(self, pack: Pack) -> None:
        self._db = pysqlite3.connect(":memory:")
        self._db.execute("CREATE VIRTUAL TABLE names USING fts5(name, code UNINDEXED, tokenize='trigram')")
        rows = [(v.name.lower(), v.code) for v in pack.villages.values()]
        self._db.executemany("INSERT INTO names VALUES (?,?)", rows)

    def search(self, text: str, limit: int = 8) -> list[str]:
        """Codes of the villages found."""
        text = text.lower()
        grams = {text[i : i + 3].replace('"', '""') for i in range(len(text) - 2)}
        if not grams:
            return []
        match = " OR ".join(f'"{gram}"' for gram in sorted(grams))
        sql = "SELECT name, code FROM names WHERE names MATCH ? ORDER BY rank LIMIT 150"
        rows = self._db.execute(sql, (match,)).fetchall()
        names = {number: name for number, (name, _) in enumerate(rows)}
        return [rows[key][1] for _, _, key in process.extract(text, names, scorer=fuzz.WRatio, limit=limit)]


def search(pack: Pack, name: str, count: int, target: str = "<= 10") -> list[Row]:
    """Time and hits of both ways."""
    asked = queries_of(pack, count)
    gazetteer, fts = Gazetteer(pack), Fts(pack)
    gazetteer.warm()
    ours = sum(code in [m.village_code for m in gazetteer.search(text, 10)] for text, code in asked)
    theirs = sum(code in fts.search(text, 10) for text, code in asked)
    texts = [text for text, _ in asked]
    return [
        *latency_rows(f"search, {name}", each(gazetteer.search, texts), p99=target, note=f"hit@10 {ours / count:.1%}"),
        *latency_rows(f"FTS5 + rapidfuzz, {name}", each(fts.search, texts), note=f"hit@10 {theirs / count:.1%}"),
    ]


def decisions() -> list[Row]:
    """Decisions and the board on a journal in a temporary folder."""
    place = desk.Place(name="Plered", lat=-6.64, lon=107.39, precision_m=100)
    wanted = [desk.HandoverRequest(id="h", agency="damkar-mako")]
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder), [INCIDENTS]) as journal:
        ids = [f"i{number}" for number in range(2000)]

        def begin(id: str) -> None:
            desk.open_incident(journal, desk.asked("a", "t"), id, place=place, type="snake", priority=2)

        def give(id: str) -> None:
            desk.hand_over(journal, desk.asked("a", "t"), id, 99, wanted)

        def show(id: str) -> None:
            with journal.snapshot() as reader:
                queries.detail(reader, id)

        return [
            *latency_rows("open an incident with place and type (3 entries)", each(begin, ids)),
            *latency_rows("hand over", each(give, ids[:1000])),
            *latency_rows("board with 2,000 active incidents", times(lambda: queries.board(journal), 50)),
            *latency_rows(
                "incidents nearby among 2,000 in one place",
                times(lambda: queries.nearby(journal, -6.64, 107.39, 1.0), 50),
            ),
            *latency_rows("one incident with its log", each(show, ids[:500])),
        ]


def run() -> list[Row]:
    """Places, types and recommendations of the region that ships, and decisions on incidents."""
    pack = load_pack(REGION)
    gazetteer = Gazetteer(pack)
    cold = times(gazetteer.warm, 1)
    chance = random.Random(3)
    points = [(chance.uniform(-6.77, -6.41), chance.uniform(107.23, 107.59)) for _ in range(2000)]
    texts = [f"{lat:.6f}, {lon:.6f}" for lat, lon in points]
    matches = [gazetteer.search(text)[0] for text in texts]
    fire, index = pack.types["house_fire"], TypeIndex(pack)
    narrative = "pak tolong ada kebakaran rumah di plered apinya besar sekali ada yang terjebak di lantai dua " * 5
    return [
        *latency_rows("load the pack", times(lambda: load_pack(REGION), 20), p99="<= 150"),
        *latency_rows("build the gazetteer", times(lambda: Gazetteer(pack), 10)),
        Row("polygons and ways round the lakes, once", cold[0], "ms"),
        *search(pack, "Purwakarta", 2000),
        *search(larger(pack, 50_000), "50,000 villages", 1000, "<= 20"),
        *latency_rows("search, 1 MB pasted", times(lambda: gazetteer.search("kebakaran di desa " * 60_000), 50)),
        *latency_rows("coordinates to village, district, borders", each(gazetteer.search, texts)),
        *latency_rows(
            "recommend for a house fire, anywhere",
            each(lambda match: recommend(pack, gazetteer.map, match, fire), matches[:500]),
        ),
        *latency_rows("suggest a type from 470 characters", times(lambda: index.suggest(narrative), 500)),
        *decisions(),
    ]
