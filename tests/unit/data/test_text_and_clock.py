"""Text from outside cannot act on anything; times are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import from_ami, iso, parse_iso
from data.text import plain_letters, safe_line, safe_text, spreadsheet_cell


def test_escape_sequences_bidi_and_line_separators_cannot_reach_a_terminal():
    assert (
        safe_text("\x1b]0;title\x07 \u202eevil\u2028 \x9b31m\x00")
        == "\ufffd]0;title\ufffd \ufffdevil\ufffd \ufffd31m\ufffd"
    )
    assert safe_text("two\nlines\tand a tab") == "two\nlines\tand a tab"
    assert safe_line("a\r\nAction: Originate") == "a Action: Originate"


def test_long_text_is_cut_and_says_so():
    assert safe_line("x" * 10_000, 20) == "x" * 19 + "…"


def test_a_spreadsheet_runs_no_cell():
    assert [spreadsheet_cell(t) for t in ("=1+1", "+62", "-2", "@x", "plain", "1=1")] == [
        "'=1+1", "'+62", "'-2", "'@x", "plain", "1=1",
    ]  # fmt: skip


def test_comparing_ignores_case_and_accents():
    assert plain_letters("  Jl. Véteran\n ") == "jl. veteran"


@given(st.text())
def test_safe_text_keeps_printable_letters_and_is_stable(text):
    once = safe_text(text)
    assert safe_text(once) == once
    assert not any(c in once for c in "\x1b\x9b\x00\u202e\u2066\u2028\u0085\x0b")
    assert once.encode() is not None


def test_ami_times_are_exact_to_the_microsecond():
    assert from_ami("1795490122.935180") == 1795490122935180
    assert from_ami("1795490122.5") == 1795490122500000
    assert iso(1795490122935180) == "2026-11-24T03:15:22.935180Z"
    assert parse_iso("2026-11-24T10:15:22.935180+07:00") == 1795490122935180


@pytest.mark.parametrize("stamp", ["99999999999999999999", "-1.5", "7258118400.1", "nan", "", "1e9", "12.x", "."])
def test_a_time_that_no_exchange_means_is_none(stamp):
    with pytest.raises(ValueError):
        from_ami(stamp)


@given(st.integers(0, 4_000_000_000_000_000))
def test_iso_and_back(at):
    assert parse_iso(iso(at)) == at
