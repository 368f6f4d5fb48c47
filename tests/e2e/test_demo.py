"""``siaga112 demo --headless``: the whole path by itself, told in one JSON object on the last line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.tmux import Tmux
from tests.lab.waiting import until

pytestmark = pytest.mark.terminal

ROOT = Path(__file__).parents[2]
KEYS = {
    "calls", "answered", "abandoned", "ghost", "prank", "incidents", "handovers", "lost", "duplicated",
    "ring_to_screen_ms",
}  # fmt: skip


def demo(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console.main", "demo", *map(str, words)],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=600,
    )  # fmt: skip


def left_behind(directory: Path) -> list[str]:
    """Command lines of the demonstration's processes; each of them names its directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text(errors="replace").split("\0")
        except OSError:
            continue
        if any(word == str(directory) or word.startswith(f"{directory}/") for word in words):
            found.append(" ".join(words))
    return found


def all_gone(directory: Path) -> None:
    until(lambda: not left_behind(directory))
    assert left_behind(directory) == []


def test_headless_takes_every_call_and_says_so_on_the_last_line(tmp_path):
    run = demo("--headless", "--calls", 14, "--seed", 3, "--rate", 1.5, "--data", tmp_path / "d")
    assert run.returncode == 0, run.stderr + run.stdout
    result = json.loads(run.stdout.splitlines()[-1])
    assert set(result) >= KEYS
    assert result["calls"] == 14 and result["lost"] == 0 and result["duplicated"] == 0
    assert result["answered"] + result["abandoned"] == 14
    assert result["incidents"] >= 14 / 6 and result["handovers"] >= result["incidents"]
    assert result["not_handled"] == 0, "every caller was treated as the story asks"
    assert result["ring_to_screen_ms"]["p50"] > 0
    assert len((tmp_path / "d" / "training" / "Master.csv").read_text().splitlines()) >= 14
    verify = subprocess.run(
        [sys.executable, "-m", "console.main", "verify", "--data", str(tmp_path / "d")], cwd=ROOT, check=False
    )
    assert verify.returncode == 0
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700, "callers' numbers are in it"
    assert left_behind(tmp_path / "d") == []


def test_the_demo_touches_no_real_centre(tmp_path):
    (tmp_path / "siaga112.toml").write_text('[[pbx]]\nname = "pbx-1"\nsecret = "real"\n')
    run = demo("--headless", "--calls", 1, "--data", tmp_path)
    assert run.returncode == 1 and "real centre" in run.stderr
    assert (tmp_path / "siaga112.toml").read_text().endswith('secret = "real"\n')


def test_without_a_terminal_it_says_what_to_do():
    run = demo()
    assert run.returncode == 2 and "--headless" in run.stderr


def test_a_demo_that_is_ended_leaves_nothing_running(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "console.main", "demo", "--headless", "--calls", "50", "--data", str(tmp_path / "d")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    assert until(lambda: len(left_behind(tmp_path / "d")) >= 5), left_behind(tmp_path / "d")
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    all_gone(tmp_path / "d")


def test_a_newcomer_takes_a_call_by_the_keys_on_the_screen(tmp_path):
    words = [sys.executable, "-m", "console.main", "demo", "--lang", "en", "--data", str(tmp_path / "d")]
    with Tmux(words, env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.until("F3 answer", 60)
        terminal.until("RINGS HERE", 60)
        terminal.keys("F3")
        terminal.until("TALKING")
        terminal.keys("F9")
        terminal.until("p prank")
        terminal.keys("p")
        terminal.until("No call in hand|RINGS HERE|WAITING")
        pid = terminal.pid
        os.kill(pid, signal.SIGTERM)
        terminal.until_dead(60)
    all_gone(tmp_path / "d")


def test_a_new_dispatcher_has_a_colleague_who_takes_the_calls(tmp_path):
    words = [sys.executable, "-m", "console.main", "demo", "--role", "dispatcher", "--lang", "en", "--rate", "1"]
    with Tmux([*words, "--data", str(tmp_path / "d")], env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.until("no active incident", 60)
        terminal.until("sent, not acknowledged", 120)
        terminal.keys("a")
        terminal.until("acknowledged. Name")
        terminal.keys("Escape", "F2")
        terminal.type("unit")
        terminal.keys("Enter")
        terminal.until("LAT-A1 +free")
        terminal.keys("Escape", "F2")
        terminal.type("keluar")
        terminal.keys("Enter")
        terminal.until("Sign out")
        terminal.keys("y")
        terminal.until_dead(60)
    all_gone(tmp_path / "d")
