"""Names that share trigrams with a text: the arrays give what counting one by one gives."""

from __future__ import annotations

import random

from dispatch.places.trigrams import TrigramIndex


def counted(documents: list[set[str]], grams: set[str], count: int) -> list[int]:
    """The same, by plain counting."""
    hits = {n: len(grams & document) for n, document in enumerate(documents) if grams & document}
    by_count = sorted(hits, key=lambda n: (-hits[n], len(documents[n]), n))[:count]
    by_share = sorted(hits, key=lambda n: (-hits[n] / len(documents[n]), n))[:count]
    return list(dict.fromkeys([*by_count, *by_share]))


def test_it_finds_what_counting_one_by_one_finds() -> None:
    chance = random.Random(4)
    letters = [a + b for a in "abcd" for b in "efgh"]
    documents = [set(chance.sample(letters, chance.randrange(1, 12))) for _ in range(300)]
    index = TrigramIndex(documents)
    for _ in range(50):
        grams = set(chance.sample(letters, chance.randrange(1, 8)))
        for count in (1, 20, 1000):
            assert index.candidates(grams, count) == counted(documents, grams, count)


def test_nothing_in_common_is_nothing_found() -> None:
    assert TrigramIndex([{"abc"}, set()]).candidates({"xyz"}, 5) == []
    assert TrigramIndex([]).candidates({"xyz"}, 5) == []
