"""The admin's screen in a real terminal: an export on a disk that is full, and one with personal data."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.auth import set_password
from data.entry import draft
from data.vocabulary.calls import CallHeld
from tests.terminal.test_console_process import CONFIGURATION, PASSWORD, Terminal, pytestmark
from tests.unit.console.centre import Centre

__all__ = ["pytestmark"]

DISK = 64 * 1024
"""Bytes of the disk that the exports go to."""


class OnASmallDisk(Terminal):
    """A console that sees a disk of its own, nearly full, where the exports go; the journal's disk has room."""

    def wrap(self, argv: list[str], directory: Path) -> list[str]:
        namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        mount = f'mount -t tmpfs -o size={DISK} none "$1" && shift && exec "$@"'
        return [*namespace, "sh", "-c", mount, "sh", str(directory / "exports"), *argv]

    def exports(self) -> dict[str, int]:
        """The files that the console left there, with their sizes."""
        folder = Path(f"/proc/{self.process.pid}/root{self.directory}/exports")
        return {each.name: each.stat().st_size for each in folder.iterdir()}


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path / "data")
    (made.directory / "siaga112.toml").write_text(CONFIGURATION)
    set_password(made.journal, "test", "adi", PASSWORD)
    yield made
    made.close()


def export(terminal: Terminal, what: str, format: str, mask: str = "m") -> None:
    """x, and everything as offered."""
    terminal.press("x")
    for prompt, word in (("Ekspor apa?", what), ("Format?", format)):
        terminal.shows(prompt)
        found = re.search(rf"(\w) {word}", terminal.look().partition(prompt)[2])
        assert found, terminal.look()
        terminal.press(found[1])
    for prompt, answer in (("Dari", "enter"), ("Sebelum", "enter"), ("Data pribadi?", mask)):
        terminal.shows(prompt)
        terminal.press(answer)


def test_on_a_full_disk_nothing_half_written_stands_in_place_of_something_whole(centre: Centre) -> None:
    (centre.directory / "exports").mkdir()
    terminal = OnASmallDisk(centre.directory)
    try:
        terminal.sign_in("adi")
        terminal.press("4")
        terminal.shows("Berkas disimpan di")
        export(terminal, "jurnal", "csv")
        terminal.shows("baris ditulis ke")
        whole = terminal.exports()
        assert len(whole) == 1
        stream = centre.ring()
        centre.journal.append(
            [draft(stream, CallHeld(how="hold", operator="PJSIP/op1")) for _ in range(600)]
        )  # more than fits
        export(terminal, "jurnal", "ndjson")
        terminal.shows("Berkas tidak bisa ditulis")
        assert terminal.exports() == whole, "what was whole still stands, and nothing beside it"
        export(terminal, "panggilan", "csv", "u")
        terminal.shows("Sandi Anda sendiri")
        terminal.press("salah-salah-salah", "enter")
        terminal.shows("kata sandi salah")
        assert terminal.exports() == whole, "personal data leave only with the admin's own password"
    finally:
        terminal.process.kill()
        terminal.process.wait()
        terminal.close()
    assert len([e for e in centre.journal.read(0, 1000) if e.kind == "export.made"]) == 1
