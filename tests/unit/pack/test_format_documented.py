"""docs/region-pack.md names every file, column, key and property that the loader reads, under the right heading."""

import re
from pathlib import Path

import pytest

from data.pack import load, load_pack
from data.pack.load import NATIONAL_NUMBERS
from data.pack.read import Row

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "data" / "regions" / "purwakarta"
DOCUMENT = (ROOT / "docs" / "region-pack.md").read_text("utf-8")


@pytest.fixture(scope="module")
def asked():
    """(file, key) of everything that the loader takes out of the pack that ships, watched while it loads."""
    seen = set()
    patch = pytest.MonkeyPatch()
    for name in ("text", "number", "texts", "code"):
        original = getattr(Row, name)

        def watched(self, key, *rest, _original=original, **more):
            seen.add((self.file, key))
            return _original(self, key, *rest, **more)

        patch.setattr(Row, name, watched)
    original_only, original_csv = Row.only, load.read_csv

    def only(self, keys):
        keys = list(keys)
        seen.update((self.file, key) for key in keys)
        return original_only(self, keys)

    def read_csv(folder, file, columns, faults):
        seen.update((file, column) for column in columns)
        return original_csv(folder, file, columns, faults)

    patch.setattr(Row, "only", only)
    patch.setattr(load, "read_csv", read_csv)
    load_pack(SHIPPED)
    patch.undo()
    return seen


def section(file):
    found = re.search(rf"(?ms)^## [^\n]*{re.escape(file)}[^\n]*\n(.*?)(?=^## |\Z)", DOCUMENT)
    assert found, f"{file} has no heading"
    return found[1]


def test_every_column_and_key_is_documented(asked):
    data_files = {path.name for path in SHIPPED.iterdir()} - {"README.md", "LICENSES.txt", "kabupaten.geojson"}
    assert {file for file, _ in asked} == data_files
    missing = sorted((file, key) for file, key in asked if f"`{key}`" not in section(file))
    assert not missing


def test_what_is_documented_exists(asked):
    for file in {file for file, _ in asked if file.endswith(".csv")}:
        cells = re.findall(r"(?m)^\| ((?:`\w+`(?:, )?)+) \|", section(file))
        documented = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
        assert documented == {key for name, key in asked if name == file}, file


def test_the_national_numbers_are_the_documented_ones():
    named = re.search(r"national short ones \(([\d, ]+)\)", DOCUMENT.replace("\n", " "))
    assert tuple(named[1].split(", ")) == tuple(number for number in NATIONAL_NUMBERS if number)
