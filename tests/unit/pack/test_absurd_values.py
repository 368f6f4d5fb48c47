"""Unknown, empty and absurd values in every field of a pack: each is named by file and line, and the pack is refused
whole."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tomllib
from pathlib import Path

import pytest

from data.pack import PackFaulty, load_pack

SHIPPED = Path(__file__).parents[3] / "data" / "regions" / "purwakarta"
ABSURD = (
    "",
    "x",
    "nan",
    "inf",
    "1e999",
    "-999",
    "\u0664",
    "1_0",
    " 5 ",
    "\x1b[2J",
    "\u202e5",
    "99.99.99.9999",
    "a" * 5000,
)
NEVER = (" 5 ", "\x1b[2J", "\u202e5", "a" * 5000)
"""No field of a pack may be one of these, whatever it means."""
ABSURD = ("", "x", "nan", "inf", "1e999", "-999", "\u0664", "1_0", "99.99.99.9999", *NEVER)
FREE = {
    "name", "nama", "address", "kind", "verified", "road", "fire_post", "nama_bps", "kode_bps_2020",
}  # fmt: skip
"""Columns that hold words of people: any printable text of moderate length."""
OPTIONAL = {"kodepos"}
COLUMNS = [
    (path.name, column)
    for path in sorted(SHIPPED.glob("*.csv"))
    for column in next(csv.reader(io.StringIO(path.read_text("utf-8"))))
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pack; each test puts back what it spoils."""
    return Path(shutil.copytree(SHIPPED, tmp_path_factory.mktemp("absurd") / "purwakarta"))


def faults_with(copy: Path, file: str, text: str) -> PackFaulty:
    (copy / file).write_text(text, "utf-8")
    try:
        with pytest.raises(PackFaulty) as caught:
            load_pack(copy)
    finally:
        shutil.copy(SHIPPED / file, copy / file)
    for fault in caught.value.faults:
        assert not re.search("[\x00-\x1f\x7f\u202a-\u202e]", str(fault)), "nothing of it acts on a terminal"
        assert len(str(fault)) < 600
    return caught.value


@pytest.mark.parametrize(("file", "column"), COLUMNS)
def test_a_column_full_of_absurd_values(copy: Path, file: str, column: str) -> None:
    rows = list(csv.reader(io.StringIO((SHIPPED / file).read_text("utf-8"))))
    at = rows[0].index(column)
    for row, value in zip(rows[1:], ABSURD, strict=False):
        row[at] = value
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    refused = faults_with(copy, file, out.getvalue())
    named = {fault.line for fault in refused.faults if fault.file == file}
    given = ABSURD[: len(rows) - 1]
    taken = {value for number, value in enumerate(given, 2) if number not in named}
    assert not taken & set(NEVER)
    if column not in FREE:
        assert taken <= ({""} if column in OPTIONAL else {"99.99.99.9999"} & taken)


TOML_VALUES = (
    '""',
    "nan",
    "-1",
    "[]",
    "{}",
    "true",
    "2026-11-24",
    '"\\u001b[2J"',
    '"' + "a" * 5000 + '"',
    '["\\u202e"]',
)
KEYS = [
    (path.name, table, key)
    for path in sorted(SHIPPED.glob("*.toml"))
    for table, rows in tomllib.loads(path.read_text("utf-8")).items()
    if isinstance(rows, list)
    for key in sorted({key for row in rows for key in row})
]


@pytest.mark.parametrize(("file", "table", "key"), KEYS)
def test_a_key_full_of_absurd_values(copy: Path, file: str, table: str, key: str) -> None:
    lines = (SHIPPED / file).read_text("utf-8").splitlines()
    values, spoilt, header = iter(TOML_VALUES), {}, 0
    for number, line in enumerate(lines, 1):
        if line.startswith("[["):
            header = number if line == f"[[{table}]]" else 0
        elif header and re.match(rf"{key} = [^\[]*$|{key} = \[.*\]$", line) and (value := next(values, None)):
            lines[number - 1] = f"{key} = {value}"
            spoilt[header] = value
    assert spoilt, "the test changed nothing"
    refused = faults_with(copy, file, "\n".join(lines) + "\n")
    named = {fault.line for fault in refused.faults if fault.file == file}
    taken = {value for line, value in spoilt.items() if line not in named}
    assert taken <= {'""', "[]"}, "a key may be empty where nothing needs it"


FILES = [path.name for path in sorted(SHIPPED.iterdir()) if path.suffix in {".csv", ".toml", ".geojson"}]
"""kabupaten.geojson is for maps of people; the program does not read it."""
NONSENSE = {
    "empty": b"", "no UTF-8": b"\xff\xfe", "NUL": b"\0" * 100, "a list": b"[1, 2]", "two cells": b"a,b\n1",
    "a bare feature": b'{"features": [{}]}',
}  # fmt: skip


@pytest.mark.parametrize("file", sorted(set(FILES) - {"kabupaten.geojson"}))
@pytest.mark.parametrize("content", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_file_of_nonsense_is_named(copy: Path, file: str, content: bytes) -> None:
    (copy / file).write_bytes(content)
    try:
        with pytest.raises(PackFaulty) as caught:
            load_pack(copy)
    finally:
        shutil.copy(SHIPPED / file, copy / file)
    assert any(fault.file == file for fault in caught.value.faults) or content == b""
