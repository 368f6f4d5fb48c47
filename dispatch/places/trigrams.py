"""Which names share trigrams with a text: counted in arrays, so that 50,000 names take a millisecond or two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]


class TrigramIndex:
    """The trigrams of numbered documents. Never changes, so any thread may ask."""

    def __init__(self, documents: Sequence[set[str]]) -> None:
        """``documents``: the trigrams of each, at its number."""
        import numpy as np  # noqa: PLC0415 - 90 ms that no screen has to wait for at its start

        postings: dict[str, list[int]] = {}
        for number, grams in enumerate(documents):
            for gram in grams:
                postings.setdefault(gram, []).append(number)
        self._np = np
        self._postings = {gram: np.array(numbers, dtype=np.int32) for gram, numbers in postings.items()}
        self._sizes = np.array([max(1, len(grams)) for grams in documents], dtype=np.int32)

    def candidates(self, grams: Iterable[str], count: int) -> list[int]:
        """Numbers of documents: the ``count`` that have most of ``grams`` (of those alike, the shortest), then the
        ``count`` of which ``grams`` are the largest part; the smaller number first where both are alike."""
        np = self._np
        lists = [self._postings[gram] for gram in grams if gram in self._postings]
        if not lists:
            return []
        hits = np.bincount(np.concatenate(lists), minlength=len(self._sizes))
        found = np.flatnonzero(hits)
        counts, sizes = hits[found], self._sizes[found]
        by_count = self._best(counts * 4096.0 - sizes, count)
        by_share = self._best(counts / sizes, count)
        return list(dict.fromkeys([*found[by_count].tolist(), *found[by_share].tolist()]))

    def _best(self, merits: Numbers, count: int) -> Numbers:
        """Places of the ``count`` greatest merits, the greatest first, of equal ones the first."""
        np = self._np
        if len(merits) > count:
            least = np.partition(merits, len(merits) - count)[len(merits) - count]
            chosen = np.flatnonzero(merits >= least)
        else:
            chosen = np.arange(len(merits))
        best: Numbers = chosen[np.argsort(-merits[chosen], kind="stable")][:count]
        return best
