"""csv, xlsx and geojson are read back by other readers: what was stored is there, and nothing in it runs."""

import csv
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clock import iso
from data.errors import WrongUse
from data.export import texts, xlsx
from data.export.sets import Column, ExportSet, present_all
from data.export.write import ExportFailed, export
from data.journal import Journal
from data.text import safe_text, spreadsheet_cell
from tests.unit.data.support import Counted, arrived

COLUMNS = (
    Column("n", "number"), Column("text"), Column("at", "time"), Column("lat", "number"), Column("lon", "number"),
    Column("note", mask="text"),
)  # fmt: skip
SET = ExportSet("things", COLUMNS, "", point=("lat", "lon"))
NS = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}

texts_ = st.one_of(
    st.none(),
    st.sampled_from(["=1+1", "+1", "-1", "@x", "\t=1", 'a"b', "a,b", "a\r\nb", "\x1f=1", "", " x", "'=1", "_x0041_"]),
    st.text(max_size=12).map(safe_text),
)
rows_ = st.lists(
    st.tuples(
        st.integers(0, 2**53), texts_, st.one_of(st.none(), st.integers(0, 4 * 10**15)),
        st.one_of(st.none(), st.floats(-200, 200)), st.one_of(st.none(), st.floats(-200, 200)), texts_,
    ),
    max_size=12,
)  # fmt: skip


def written(write, path, rows, unmasked=True):
    with path.open("w+b") as file:
        assert write(file, SET, [rows[:5], rows[5:]] if len(rows) > 5 else [rows] if rows else [], unmasked) == len(
            rows
        )
    return path


def shown(value):
    return "" if value is None else str(value)


@settings(max_examples=60, deadline=None)
@given(rows=rows_)
def test_csv_reads_back_with_neutralised_text_and_exact_numbers(tmp_path_factory, rows):
    path = written(texts.write_csv, tmp_path_factory.mktemp("x") / "x.csv", rows)
    header, *found = csv.reader(path.open(newline="", encoding="utf-8"))
    assert header == [c.name for c in COLUMNS]
    assert found == [
        [str(n), spreadsheet_cell(text or ""), iso(at) or "", shown(lat), shown(lon), spreadsheet_cell(note or "")]
        for n, text, at, lat, lon, note in rows
    ]


@given(value=st.one_of(st.none(), st.just(""), st.just(0), st.just(0.0), st.text(min_size=1, max_size=9)))
def test_a_masked_column_shows_nothing_whatever_its_value(value):
    ((*_, shown_value),) = present_all(SET, [(1, "t", None, None, None, value)], False)
    assert shown_value == (value if value is None or value == "" else "***")


def test_csv_leaves_negative_numbers_alone(tmp_path):
    path = written(texts.write_csv, tmp_path / "x.csv", [(-5, "-5", None, -6.55, 107.4, None)])
    assert path.read_text().splitlines()[1] == "-5,'-5,,-6.55,107.4,"


def sheet(path):
    """Rows of cells as (type, text), read from the file itself."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        xml = archive.read("xl/worksheets/sheet1.xml")
    found = []
    for row in ElementTree.fromstring(xml).findall(".//s:row", NS):
        cells = {}
        for cell in row.findall("s:c", NS):
            assert cell.find("s:f", NS) is None, "no formula"
            text = "".join(t.text or "" for t in cell.iter(f"{{{NS['s']}}}t"))
            value = cell.find("s:v", NS)
            cells[re.sub(r"\d", "", cell.get("r"))] = text if cell.get("t") == "inlineStr" else float(value.text)
        found.append(cells)
    return found


@settings(max_examples=25, deadline=None)
@given(rows=rows_)
def test_xlsx_is_well_formed_and_runs_nothing(tmp_path_factory, rows):
    path = written(xlsx.write_xlsx, tmp_path_factory.mktemp("x") / "x.xlsx", rows)
    header, *found = sheet(path)
    assert list(header.values()) == [c.name for c in COLUMNS]
    for cells, (n, text, at, lat, _, _) in zip(found, rows, strict=True):
        assert cells["A"] == pytest.approx(n, rel=1e-15) and cells.get("C") == iso(at)
        assert cells.get("D") == (None if lat is None else pytest.approx(lat, rel=1e-15)), "to Excel's 15 digits"
        if text and re.fullmatch("[ -~]+", text) and "_x" not in text:
            assert cells["B"] == text, "text is text, letter for letter"


def test_xlsx_keeps_formulas_links_and_numbers_in_text_as_text(tmp_path):
    values = ["=1+1", "https://evil.example/", "0812", "mailto:x@y", "=cmd|' /C calc'!A0"]
    path = written(xlsx.write_xlsx, tmp_path / "x.xlsx", [(1, v, None, None, None, None) for v in values])
    assert [cells["B"] for cells in sheet(path)[1:]] == values
    with zipfile.ZipFile(path) as archive:
        assert not [n for n in archive.namelist() if "rels" in n and "sheet1" in n], "no link goes out"


def test_xlsx_masks_as_csv_does(tmp_path):
    path = written(xlsx.write_xlsx, tmp_path / "x.xlsx", [(1, "t", None, None, None, "Ibu Siti")], unmasked=False)
    assert sheet(path)[1]["F"] == "***"


def test_xlsx_cuts_and_marks_what_a_cell_cannot_hold(tmp_path):
    path = written(xlsx.write_xlsx, tmp_path / "x.xlsx", [(1, "x" * 40_000, None, None, None, "y" * 32_767)])
    (cells,) = sheet(path)[1:]
    assert len(cells["B"]) == 32_767 and cells["B"].endswith(xlsx.CUT) and cells["F"] == "y" * 32_767


def test_xlsx_says_when_a_sheet_has_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_ROWS", 3)
    with pytest.raises(xlsx.TooManyRows, match="shorter period"):
        written(xlsx.write_xlsx, tmp_path / "x.xlsx", [(n, "t", None, None, None, None) for n in range(4)])
    assert [p.name for p in tmp_path.iterdir()] == ["x.xlsx"], "no temporary file stays"


@settings(max_examples=40, deadline=None)
@given(rows=rows_)
def test_geojson_has_a_point_only_where_there_is_one(tmp_path_factory, rows):
    path = written(texts.write_geojson, tmp_path_factory.mktemp("x") / "x.geojson", rows)
    found = json.loads(path.read_bytes())
    assert found["type"] == "FeatureCollection"
    for feature, (n, text, at, lat, lon, note) in zip(found["features"], rows, strict=True):
        assert feature["type"] == "Feature"
        assert feature["properties"] == {"n": n, "text": text, "at": iso(at), "note": note}
        known = lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180
        assert feature["geometry"] == ({"type": "Point", "coordinates": [lon, lat]} if known else None)


# --------------------------------------------------------------- the same promises for every format


class House(Counted):
    kinds = Counted.kinds | {"export.made"}


COUNTED = ExportSet(
    "counted",
    (Column("stream"), Column("entries", "number"), Column("lat", "number"), Column("lon", "number")),
    "SELECT stream, entries, -6.5, 107.4 FROM counted WHERE :since <= 1 AND :until > 1 ORDER BY stream",
    point=("lat", "lon"),
)
FORMATS = ("csv", "ndjson", "geojson", "xlsx")


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "d", [House()]) as opened:
        opened.append([arrived(n) for n in range(1, 4)])
        yield opened


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_for_this_user_only_and_on_record(journal, tmp_path, format):
    out = tmp_path / f"x.{format}"
    assert export(journal, COUNTED, format, out, actor="budi") == 3
    assert out.stat().st_mode & 0o777 == 0o600 and out.stat().st_size > 50
    (entry,) = journal.read(3)
    assert (entry.body.format, entry.body.rows, entry.actor) == (format, 3, "budi")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d", out.name]


@pytest.mark.parametrize("format", FORMATS)
def test_a_real_full_disk_leaves_what_stood_there(journal, tmp_path, format, monkeypatch):
    """/dev/full answers every write as a full disk does."""
    out = tmp_path / f"x.{format}"
    out.write_text("the old export")
    monkeypatch.setattr("data.export.write._private", lambda path, flags: __import__("os").open("/dev/full", 2))
    with pytest.raises(ExportFailed, match="No space left"):
        export(journal, COUNTED, format, out, actor="budi")
    assert out.read_text() == "the old export" and not journal.read(3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d", out.name]


@pytest.mark.parametrize("format", FORMATS)
def test_an_entry_that_cannot_be_written_leaves_no_file(journal, tmp_path, format, monkeypatch):
    out = tmp_path / f"x.{format}"
    monkeypatch.setattr(journal, "append", lambda drafts: (_ for _ in ()).throw(WrongUse("no journal today")))
    with pytest.raises(WrongUse, match="no journal today"):
        export(journal, COUNTED, format, out, actor="budi")
    assert not out.exists()


def test_geojson_of_what_is_no_place_is_wrong_use(journal, tmp_path):
    bare = ExportSet("bare", COUNTED.columns, COUNTED.sql)
    with pytest.raises(WrongUse, match="no places on a map"):
        export(journal, bare, "geojson", tmp_path / "x", actor="x")
    assert not (tmp_path / "x").exists()
