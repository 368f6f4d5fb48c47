"""Runs ``siaga112`` as other programs do: what it printed, where, and its exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from console.main import main

ROOT = Path(__file__).parents[3]
DEFECTS_SHOW = {"SIAGA112_DEBUG": "1"}
"""Without it a fault of the program would be a sentence and status 1, and pass for a refusal."""


class Run(NamedTuple):
    """What a command did."""

    returncode: int
    stdout: str
    stderr: str


def _words(arguments: tuple[Any, ...], data: Path | None) -> list[str]:
    return [*map(str, arguments), *(("--data", str(data)) if data is not None else ())]


def siaga(*arguments: Any, data: Path | None = None, stdin: str = "") -> Run:
    """The command in this process: a start of Python for each of hundreds would take minutes. An exception that is none
    of ours, which would be a traceback for people, fails the test."""
    outside = {name: None for name in os.environ if name.startswith("SIAGA112")} | DEFECTS_SHOW
    made = CliRunner().invoke(main, _words(arguments, data), input=stdin, env=outside, catch_exceptions=False)
    return Run(made.exit_code, made.stdout, made.stderr)


def process(*arguments: Any, data: Path | None = None, stdin: str = "") -> Run:
    """The command as a process of its own: for what depends on one (signals, the terminal, the start itself)."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA112")} | DEFECTS_SHOW
    made = subprocess.run(
        [sys.executable, "-m", "console.main", *_words(arguments, data)],
        capture_output=True, text=True, input=stdin, cwd=ROOT, env=env, check=False,
    )  # fmt: skip
    return Run(made.returncode, made.stdout, made.stderr)
