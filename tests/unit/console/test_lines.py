"""Lines: widths on the terminal, cutting, wrapping, and no character that acts on a terminal."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.ui import lines
from console.ui.lines import Span, cut, ends, fit, line, span, width, wrap, wrap_parts

ACTS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]")
anything = st.text(max_size=80)


@given(anything, st.integers(0, 60))
def test_fit_takes_exactly_the_cells_it_is_given(text: str, cells: int) -> None:
    fitted = fit(text, cells)
    assert cell_len(fitted.text) == cells
    assert not ACTS.search(fitted.text)


@given(st.lists(anything, max_size=5), st.integers(0, 60))
def test_cut_never_exceeds_the_cells(texts: list[str], cells: int) -> None:
    assert width(cut(tuple(span(text) for text in texts), cells)) <= cells


@given(anything, anything, st.integers(20, 100))
def test_ends_fill_the_line_unless_both_ends_are_too_long(left: str, right: str, cells: int) -> None:
    made = ends((span(left),), (span(right),), cells)
    assert width(made) <= cells


@given(st.text(max_size=300), st.integers(5, 40))
def test_wrap_loses_no_word_and_keeps_to_the_width(text: str, cells: int) -> None:
    made = wrap(text, cells, limit=1000)
    assert all(width(each) <= cells for each in made)
    assert not any(ACTS.search(part.text) for each in made for part in each)
    kept = "".join(part.text for each in made for part in each).replace(" ", "")
    wanted = "".join(part.text for part in (span(p) for p in text.splitlines())).replace(" ", "")
    assert kept == wanted


def test_wrap_keeps_pairs_together() -> None:
    made = wrap_parts([Span("a"), Span(" first  "), Span("b"), Span(" second")], 12)
    assert ["".join(part.text for part in each) for each in made] == ["a first  ", "b second"]


def test_a_plain_terminal_gets_ascii_only() -> None:
    lines.use_ascii(True)
    try:
        shown = "".join(part.text for part in line(span("a — b · c …"), fit("long text", 5)))
        assert shown.isascii()
    finally:
        lines.use_ascii(False)
