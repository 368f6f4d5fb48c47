"""Exports are masked, appear whole or not at all, run in no spreadsheet, and are on record."""

import csv
import json

import pytest

from data.errors import WrongUse
from data.export.journal_set import JOURNAL_SET
from data.export.sets import Column, ExportSet, mask
from data.export.write import ExportFailed, export
from data.journal import Journal
from data.vocabulary.administration import ExportMade
from tests.unit.data.support import Counted, arrived, note

COUNTED = ExportSet(
    "counted",
    (Column("stream"), Column("entries", "number"), Column("number", mask="number")),
    "SELECT stream, entries, number FROM counted WHERE :since <= 1 AND :until > 1 ORDER BY stream",
)


class House(Counted):
    kinds = Counted.kinds | {"export.made"}


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "d", [House()]) as opened:
        opened.append([arrived(1, "+6281234567890"), arrived(2, "=1+1"), arrived(3, None), note("<b>=1+1\u202e")])
        yield opened


def rows(path):
    return list(csv.reader(path.open(newline="")))


def test_personal_columns_are_masked_unless_allowed(journal, tmp_path):
    out = tmp_path / "calls.csv"
    assert export(journal, COUNTED, "csv", out, actor="os:me") == 4
    assert rows(out) == [
        ["stream", "entries", "number"],
        ["call/pbx/1", "1", "***890"],
        ["call/pbx/2", "1", "***"],
        ["call/pbx/3", "1", ""],
        ["incident/1", "1", ""],
    ]
    export(journal, COUNTED, "csv", out, actor="admin", unmasked=True)
    assert "'+6281234567890" in [r[2] for r in rows(out)]


def test_no_cell_is_run_by_a_spreadsheet_and_numbers_stay_numbers(journal, tmp_path):
    out = tmp_path / "calls.csv"
    export(journal, COUNTED, "csv", out, actor="admin", unmasked=True)
    assert "'=1+1" in [r[2] for r in rows(out)]
    assert {r[1] for r in rows(out)[1:]} == {"1"}


def test_every_export_is_an_entry(journal, tmp_path):
    export(journal, COUNTED, "ndjson", tmp_path / "x.ndjson", actor="budi", since=0, until=2)
    entry = journal.read(4)[0]
    assert entry.actor == "budi"
    assert entry.body == ExportMade(what="counted", format="ndjson", rows=4, unmasked=False, since=0, until=2)


def test_the_journal_exports_its_entries_with_personal_fields_masked(journal, tmp_path):
    out = tmp_path / "journal.ndjson"
    export(journal, JOURNAL_SET, "ndjson", out, actor="x")
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert json.loads(lines[0]["body"]) == {"channel": "PJSIP/trunk-1", "number": "***"}
    export(journal, JOURNAL_SET, "ndjson", out, actor="x", unmasked=True)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert json.loads(lines[0]["body"])["number"] == "+6281234567890"


def test_an_export_that_cannot_be_written_leaves_what_stood_there(journal, tmp_path, monkeypatch):
    out = tmp_path / "calls.csv"
    out.write_text("the old export")
    monkeypatch.setattr("os.fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(ExportFailed, match="No space left"):
        export(journal, COUNTED, "csv", out, actor="x")
    monkeypatch.undo()
    assert out.read_text() == "the old export"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["calls.csv"]
    assert len(journal.read(4)) == 0, "what did not leave is not on record as having left"


def test_wrong_use_is_told(journal, tmp_path):
    with pytest.raises(ExportFailed, match="no such folder"):
        export(journal, COUNTED, "csv", tmp_path / "no" / "x.csv", actor="x")
    with pytest.raises(WrongUse, match="not before"):
        export(journal, COUNTED, "csv", tmp_path / "x.csv", actor="x", since=5, until=5)
    with pytest.raises(WrongUse, match="no format"):
        export(journal, COUNTED, "pdf", tmp_path / "x.pdf", actor="x")


@pytest.mark.parametrize(
    ("value", "how", "shown"),
    [("+6281234567890", "number", "***890"), ("112", "number", "***"), ("Budi", "text", "***"), (None, "text", None),
     ("", "number", "")],
)  # fmt: skip
def test_masks(value, how, shown):
    assert mask(value, how) == shown
