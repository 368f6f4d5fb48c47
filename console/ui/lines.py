"""Lines of styled text: what every display widget draws. No markup exists here, so none can be injected.

A ``Line`` is a tuple of ``Span(text, role)``. The role names a meaning (alarm, dim, key...), the theme gives it a
colour; a state always has a word, so that colour alone never says anything. Text is made safe again here, at render.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, overload

from rich.cells import cell_len, set_cell_size

from data.text import safe_line, safe_text

ROLES = ("text", "dim", "strong", "title", "key", "ok", "warn", "alarm", "ring", "cursor")
"""Every role a span can have; the board has one component class for each."""

_TO_ASCII = str.maketrans(
    {"—": "-", "–": "-", "…": "~", "·": "-", "│": "|", "─": "-", "▸": ">", "\ufffd": "?", "×": "x", "↓": "v", "↑": "^"}
)


class Span(NamedTuple):
    """A piece of a line with one meaning."""

    text: str
    role: str = "text"


Line = tuple[Span, ...]

EMPTY: Line = ()


class Lines(Sequence[Line]):
    """Lines one below the other, of which those of a ``Drawn`` part are made when they are looked at."""

    def __init__(self, *parts: Sequence[Line]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        n = at if at >= 0 else len(self) + at
        for part in self._parts:
            if 0 <= n < len(part):
                return part[n]
            n -= len(part)
        raise IndexError(at)

    def __add__(self, more: Sequence[Line]) -> Lines:
        return Lines(*self._parts, more)


class Drawn(Sequence[Line]):
    """``count`` lines that ``draw`` makes, each when it is looked at: of 2,000 rows a screen shows thirty."""

    def __init__(self, count: int, draw: Callable[[int], Line]) -> None:
        self._count, self._draw = count, draw

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self._draw(n) for n in range(*at.indices(self._count))]
        if not -self._count <= at < self._count:
            raise IndexError(at)
        return self._draw(at % self._count)


class _Terminal:
    ascii_only = False


def use_ascii(only: bool) -> None:
    """Draw with ASCII only from now on: for consoles whose fonts lack dashes, dots and triangles."""
    _Terminal.ascii_only = only


_ONE_LINE = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


def _clean(text: object) -> str:
    return safe_text(str(text).translate(_ONE_LINE), 1000)


def span(text: object, role: str = "text") -> Span:
    """A span of safe text on one line."""
    shown = _clean(text)
    return Span(shown.translate(_TO_ASCII) if _Terminal.ascii_only else shown, role)


def line(*parts: Span | str) -> Line:
    """A line of spans; plain strings are of the role ``text``."""
    return tuple(part if isinstance(part, Span) else span(part) for part in parts)


def width(parts: Iterable[Span]) -> int:
    """Cells that the spans take on the terminal."""
    return sum(cell_len(part.text) for part in parts)


def fit(text: object, cells: int, role: str = "text", *, right: bool = False) -> Span:
    """A span of exactly ``cells`` cells: cut with an ellipsis, or filled with blanks (left of it when ``right``)."""
    if cells <= 0:
        return Span("", role)
    # rich's set_cell_size takes quadratic time in the length of what it cuts: never give it more than can be shown.
    shown = _clean(text)[: 4 * cells + 16]
    length = cell_len(shown)
    if length > cells:
        shown = set_cell_size(shown, cells - 1) + "…"
    elif right:
        shown = " " * (cells - length) + shown
    else:
        shown += " " * (cells - length)
    return Span(shown.translate(_TO_ASCII) if _Terminal.ascii_only else shown, role)


def cut(parts: Line, cells: int) -> Line:
    """``parts`` cut to at most ``cells`` cells."""
    used, kept = 0, []
    for part in parts:
        length = cell_len(part.text)
        if used + length > cells:
            if cells > used:
                kept.append(fit(part.text, cells - used, part.role))
            break
        kept.append(part)
        used += length
    return tuple(kept)


def ends(left: Line, right: Line, cells: int) -> Line:
    """``left`` and ``right`` at the two ends of a line of ``cells``; the left part is cut when both do not fit."""
    space = cells - width(right)
    if space < 8:
        return cut(left, cells)
    left = cut(left, space - 1)
    return (*left, Span(" " * (space - width(left))), *right)


def wrap(text: str, cells: int, role: str = "text", limit: int = 50) -> list[Line]:
    """``text`` on as many lines of ``cells`` as it needs, at most ``limit``; its own line feeds are kept."""
    lines: list[Line] = []
    for paragraph in text.splitlines() or [""]:
        current = ""
        for word in safe_line(paragraph, 10_000).split(" "):
            while len(lines) < limit and (len(word) > 4 * cells + 16 or cell_len(word) > cells):
                if current:
                    lines.append((span(current, role),))
                    current = ""
                head = set_cell_size(word[: 4 * cells + 16], cells).rstrip(" ") or word[:1]
                lines.append((span(head, role),))
                word = word[len(head) :]  # noqa: PLW2901 - the rest of an over-long word
            if len(lines) >= limit:
                return lines
            if current and cell_len(current) + 1 + cell_len(word) > cells:
                lines.append((span(current, role),))
                current = word
            else:
                current = f"{current} {word}" if current else word
        lines.append((span(current, role),))
        if len(lines) >= limit:
            return lines[:limit]
    return lines


def wrap_parts(parts: Sequence[Span], cells: int) -> list[Line]:
    """Pairs of key and label on lines of ``cells``, a pair never torn apart."""
    lines: list[Line] = []
    current: list[Span] = []
    for start in range(0, len(parts), 2):
        pair = list(parts[start : start + 2])
        if current and width(current) + width(pair) > cells:
            lines.append(tuple(current))
            current = []
        current += pair
    return [*lines, tuple(current)]
