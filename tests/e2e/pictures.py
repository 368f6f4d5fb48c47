"""``python -m tests.e2e.pictures``: the pictures of the documents, made from the running program in a real terminal."""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console

from console import auth
from console.compose import open_journal
from console.demo import LOGIN, OPERATOR, Demo
from data.side import SideTables
from tests.e2e.tmux import Tmux

TARGET = Path(__file__).parents[2] / "docs" / "pictures"
COLUMNS, ROWS = 120, 32


def save(terminal: Tmux, name: str, title: str) -> None:
    """The screen as it stands, colours included, as SVG."""
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    decoder = AnsiDecoder()  # one for all lines: a colour goes on until the next
    for line in terminal.colours().split("\n")[:ROWS]:
        console.print(decoder.decode_line(line), no_wrap=True, crop=True)
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / f"{name}.svg").write_text(console.export_svg(title=title), "utf-8")
    print(TARGET / f"{name}.svg")


def open_console(demo: Demo, role: str, terminal: str, language: str) -> Tmux:
    """A console of its own, signed in as ``role``."""
    with open_journal(demo.directory) as journal:
        side = SideTables(demo.directory)
        endpoint = OPERATOR if role == "calltaker" else None
        session = auth.open_session(journal, side, login=LOGIN, role=role, terminal=terminal, endpoint=endpoint)
        side.close()
    words = [sys.executable, "-m", "console.main", "console", "--terminal", terminal, "--lang", language]
    env = {"SIAGA112_SESSION": session.token, "COLORTERM": "truecolor"}
    return Tmux([*words, "--data", str(demo.directory)], columns=COLUMNS, rows=ROWS, env=env)


def one_incident(desk: Tmux, place: str, kind: str) -> None:
    """Take the next call and make an incident of it, by the keys."""
    desk.until("BERDERING DI SINI|RINGS HERE", 60)
    time.sleep(0.5)
    desk.keys("F3")
    desk.until("BICARA|TALKING")
    desk.type(place)
    time.sleep(0.6)
    desk.keys("Enter")
    time.sleep(0.6)
    desk.type(kind)
    time.sleep(0.6)
    desk.keys("Enter")
    desk.until(r"\[x\]")


def main() -> None:
    """Both screens in both languages."""
    for language in ("id", "en"):
        with tempfile.TemporaryDirectory() as folder:
            demo = Demo(Path(folder) / "demo", calls=0, seed=7, rate=0.5, language=language, speech=False)
            with demo:
                desk = open_console(demo, "calltaker", "desk-1", language)
                board = open_console(demo, "dispatcher", "desk-2", language)
                for place, kind in (("plered", "rumah"), ("km 92 arah jakarta", "kecelakaan"), ("wanayasa", "longsor")):
                    one_incident(desk, place, kind)
                    desk.keys("F8")
                    time.sleep(0.5)
                    desk.keys("Enter")
                    time.sleep(0.8)
                    if place == "wanayasa":
                        break
                    desk.keys("F9")
                    time.sleep(0.3)
                    desk.keys("i")
                    time.sleep(1)
                save(desk, f"calltaker.{language}", "Siaga 112")
                save(board, f"dispatcher.{language}", "Siaga 112")
                desk.close()
                board.close()


if __name__ == "__main__":
    main()
