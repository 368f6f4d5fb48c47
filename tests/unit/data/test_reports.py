"""Figures and how a report leaves: percentiles by their definition, hostile text harmless in every format."""

import csv
import io
import json
import math
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import SECOND, parse_iso
from data.errors import WrongUse
from data.reports import (
    LATEST,
    Column,
    Note,
    Period,
    Report,
    Table,
    between,
    nearest_rank,
    percent,
    period,
    render,
    timing,
)

WIB = ZoneInfo("Asia/Jakarta")
AT = parse_iso("2026-11-24T01:30:00")
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\r\n\u2028=1+1"

REPORT = Report(
    "sample",
    Period(AT, AT + 3600 * SECOND),
    (
        Table(
            "things",
            (Column("name", "text"), Column("kind", "code"), Column("count"), Column("share", "percent"),
             Column("took_s", "seconds"), Column("first_at", "time")),
            ((HOSTILE, "yes", 3, 33.33, 1.5, AT), ("=1+1", "no", 0, None, None, None), ("-", "no", 1, 0.0, 720.0, AT)),
        ),
        Table("empty", (Column("other"),), ()),
    ),
    (Note("seen", {"calls": 2}),),
)  # fmt: skip


def words(code):
    return "seen {calls}" if code == "note.seen" else f"w:{code}"


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(values, p):
    found = nearest_rank(sorted(values), p)
    enough = [v for v in values if sum(w <= v for w in values) * 100 >= p * len(values)]
    assert found == min(enough)


def test_of_nothing_there_is_no_figure():
    assert nearest_rank([], 90) is None and percent(0, 0) is None and between(None, 1) is None
    assert timing([], (10,)) == (0, None, None, None, None, None, None)


def test_times_that_contradict_each_other_give_no_duration():
    assert between(5, 4) is None and between(5, 5) == 0


@given(st.lists(st.integers(0, 40 * SECOND), min_size=1, max_size=40))
def test_timing_counts_whoever_is_exactly_at_the_limit(values):
    count, within, *_, longest = timing(values, (15,))
    assert count == len(values)
    assert within == round(100 * len([v for v in values if v / SECOND <= 15]) / len(values), 2)
    assert math.isclose(longest, max(values) / SECOND, abs_tol=0.0005)


@pytest.mark.parametrize(("since", "until"), [(5, 5), (6, 5), (-1, None), (None, LATEST + 1), (LATEST + 1, None)])
def test_a_period_that_cannot_be_is_refused(since, until):
    with pytest.raises(WrongUse):
        period(since, until)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.cells, self.attributes = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


def test_html_is_one_file_without_script_and_with_every_text_escaped():
    text = render(REPORT, "html", words, WIB)
    page = Page()
    page.feed(text)
    assert "script" not in page.tags and not page.tags & {"link", "img", "iframe", "object"}
    assert not [name for name in page.attributes if name in ("src", "href") or name.startswith("on")]
    assert any("<script>" in cell for cell in page.cells), "it is shown as what it is: text"
    assert not set("\x1b\u202e\u2028\r") & set(text)
    assert "2026-11-24 08:30:00 WIB" in text


def test_text_is_aligned_in_the_centres_zone_and_sends_nothing_to_the_terminal():
    text = render(REPORT, "text", words, WIB)
    assert "2026-11-24 08:30:00 WIB" in text and "12.0 min" in text and "* seen 2" in text and "w:nothing" in text
    assert not set("\x1b\u202e\u2028\r") & set(text)
    header, *rows = [line for line in text.splitlines() if line.startswith("  ")][:4]
    end = header.index("w:count") + len("w:count")
    assert [row[:end].split()[-1] for row in rows] == ["3", "0", "1"]


def test_csv_is_one_table_of_all_in_utc_that_no_spreadsheet_runs():
    rows = list(csv.DictReader(io.StringIO(render(REPORT, "csv", words, WIB))))
    assert [row["table"] for row in rows] == ["things"] * 3
    assert rows[0]["first_at"] == "2026-11-24T01:30:00.000000Z" and rows[1]["first_at"] == ""
    assert rows[1]["name"] == "'=1+1" and rows[2]["name"] == "'-" and rows[0]["kind"] == "yes"
    assert rows[1]["share"] == "" and rows[0]["share"] == "33.33"


def test_json_has_codes_numbers_and_utc():
    found = json.loads(render(REPORT, "json", words, WIB))
    assert found["from"] == "2026-11-24T01:30:00.000000Z" and found["report"] == "sample"
    assert found["tables"]["things"][1] == {
        "name": "=1+1", "kind": "no", "count": 0, "share": None, "took_s": None, "first_at": None
    }  # fmt: skip
    assert found["tables"]["empty"] == []
    assert found["notes"] == [{"code": "seen", "calls": 2, "text": "seen 2"}]


def test_a_format_that_does_not_exist_is_told():
    with pytest.raises(WrongUse, match="no format"):
        render(REPORT, "pdf", words, WIB)
