"""Suggesting the type of an incident from what the caller says; the operator's own choice is never overwritten."""

from __future__ import annotations

import re

import msgspec
from rapidfuzz import fuzz, process

from data.pack import Pack
from data.text import plain_letters, safe_text

LONGEST_TEXT = 2000
"""Characters of a narrative that are looked at, from its end: the newest words count."""

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_SLIP_FROM = 6
"""Words of at least this many letters are recognised with one slip."""


class TypeSuggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A type that the text hints at; ``words`` are what was found. ``score`` only ranks."""

    code: str
    priority: int
    score: float
    words: tuple[str, ...]


class TypeIndex:
    """The key words of a pack's types."""

    def __init__(self, pack: Pack) -> None:
        self._types = pack.types
        self._phrases: dict[tuple[str, ...], list[str]] = {}
        for type in pack.types.values():
            for phrase in (*type.words, *type.unverified_words):
                words = tuple(_words(phrase))
                if words:
                    self._phrases.setdefault(words, []).append(type.code)
        self._longest = max(map(len, self._phrases), default=0)
        self._vocabulary = sorted({word for phrase in self._phrases for word in phrase if len(word) >= _SLIP_FROM})
        self._known = {word for phrase in self._phrases for word in phrase}

    def suggest(self, text: str, limit: int = 3) -> list[TypeSuggestion]:
        """Types that ``text`` hints at, likeliest first; empty when nothing is recognised. Never raises."""
        words = [self._right(word) for word in _words(safe_text(text[-LONGEST_TEXT:]))]
        found: dict[str, dict[str, float]] = {}
        for start in range(len(words)):
            for size in range(1, min(self._longest, len(words) - start) + 1):
                phrase = tuple(words[start : start + size])
                for code in self._phrases.get(phrase, ()):
                    # A longer phrase says much more than a word: "kebakaran pabrik" beats "kebakaran".
                    found.setdefault(code, {})[" ".join(phrase)] = float(size * size)
        suggestions = [
            TypeSuggestion(
                code=code, priority=self._types[code].priority, score=sum(hits.values()), words=tuple(sorted(hits))
            )
            for code, hits in found.items()
        ]
        suggestions.sort(key=lambda s: (-s.score, s.priority, s.code))
        return suggestions[: max(0, limit)]

    def _right(self, word: str) -> str:
        """The key word that ``word`` is a slip of, or ``word``."""
        if len(word) < _SLIP_FROM or word in self._known:
            return word
        best = process.extractOne(word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=86)
        return best[0] if best else word


def _words(text: str) -> list[str]:
    return _WORD.findall(plain_letters(text))
