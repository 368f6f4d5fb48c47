"""The configuration of a centre: one TOML file, checked whole at start, every fault named by line.

``siaga112.toml`` in the data directory (or ``--config``). The sample with every setting and its meaning is
``console/siaga112.sample.toml``, which ``siaga112 setup`` writes.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import platformdirs

from data.errors import SiagaError
from data.settings import Fault, SettingsInvalid, read_section
from dispatch.settings import Dispatch, read_dispatch
from telephony.commands import BRIDGES_OWN
from telephony.settings import Telephony, read_telephony

FILE = "siaga112.toml"

T = TypeVar("T")


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """The [centre] section."""

    name: str = "Call Center 112"
    language: str = "id"
    timezone: str = "Asia/Jakarta"
    region: str = "purwakarta"
    """Name of a region pack that ships, or the path of one."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.timezone)


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The [console] section. Times are seconds."""

    answer_red_seconds: int = 10
    """A call that rings longer is shown red (90 % within 15 s: NENA-STA-020.1)."""
    sign_in_failures: int = 5
    """Wrong passwords in a row before a login is locked."""
    lock_out_seconds: int = 300
    speech: bool = True
    """Speak an alert when a priority-1 incident opens and when a hand-over stays unanswered."""
    shift_starts: tuple[str, ...] = ("07:00", "14:00", "21:00")
    """When a shift begins, in the centre's zone; the supervisor's figures are those of the shift that runs."""

    pause_reasons: dict[str, str] = msgspec.field(
        default_factory=lambda: {"istirahat": "break", "ibadah": "prayer", "makan": "meal", "rapat": "meeting"}
    )
    """Reasons for a pause that are offered, in the centre's own words; each with its English name."""

    @property
    def shift_minutes(self) -> tuple[int, ...]:
        """The starts as minutes since midnight."""
        return tuple(int(text[:2]) * 60 + int(text[3:]) for text in self.shift_starts)


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a centre sets."""

    centre: Centre
    telephony: Telephony
    dispatch: Dispatch
    console: ConsoleSettings


def default_data_directory() -> Path:
    """$SIAGA112_DATA, or the user's data directory."""
    named = os.environ.get("SIAGA112_DATA")
    return Path(named) if named else platformdirs.user_data_path("siaga112", appauthor=False)


def load(path: Path) -> Configuration:
    """Read and check the file. Raises SettingsInvalid with every fault, SiagaError when it is not there."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise SiagaError(
            "there is no configuration here",
            where=str(path),
            remedy="run siaga112 setup, or name the directory with --data",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid([Fault("file", f"cannot be read: {error}")], where=str(path)) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        fault = Fault("file", f"is no TOML: {error}", int(found[1]) if found else None)
        raise SettingsInvalid([fault], where=str(path)) from error
    try:
        return check(tables)
    except SettingsInvalid as invalid:
        lines = line_numbers(text)
        faults = [Fault(f.path, f.message, _line(lines, f.path)) for f in invalid.faults]
        raise SettingsInvalid(sorted(faults, key=lambda f: f.line or 0), where=str(path)) from None


def check(tables: Mapping[str, Any]) -> Configuration:
    """The configuration of parsed TOML. Raises SettingsInvalid with every fault of every section."""
    faults: list[Fault] = []
    centre = read_section(Centre, tables.get("centre", {}), "centre", faults)
    if centre is not None:
        _check_centre(centre, faults)
    console = read_section(ConsoleSettings, tables.get("console", {}), "console", faults)
    if console is not None:
        faults.extend(
            Fault(f"console.{name}", f"is between 1 and {most}")
            for name, most in (("answer_red_seconds", 3600), ("sign_in_failures", 1000), ("lock_out_seconds", 86_400))
            if not 1 <= getattr(console, name) <= most
        )
        _check_shifts(console.shift_starts, faults)
        _check_pauses(console.pause_reasons, faults)
    telephony = _collect(
        lambda: read_telephony(tables.get("telephony", {}), tables.get("pbx"), tables.get("nuisance")), faults
    )
    dispatch = _collect(lambda: read_dispatch(tables.get("dispatch", {})), faults)
    known = {"centre", "console", "telephony", "nuisance", "pbx", "dispatch"}
    faults.extend(Fault(name, "is no section") for name in tables if name not in known)
    if faults or centre is None or console is None or telephony is None or dispatch is None:
        raise SettingsInvalid(faults)
    return Configuration(centre=centre, console=console, telephony=telephony, dispatch=dispatch)


def _check_shifts(starts: tuple[str, ...], faults: list[Fault]) -> None:
    if not starts or not all(re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", start) for start in starts):
        faults.append(Fault("console.shift_starts", 'is a list of times such as "07:00"'))
    elif sorted(set(starts)) != list(starts):
        faults.append(Fault("console.shift_starts", "rises through the day, each time once"))


MOST_PAUSES = 9
"""Reasons for a pause are chosen by a digit."""


def _check_pauses(reasons: Mapping[str, str], faults: list[Fault]) -> None:
    path = "console.pause_reasons"
    if len(reasons) > MOST_PAUSES:
        faults.append(Fault(path, f"has {len(reasons)} reasons; at most {MOST_PAUSES} can be chosen by a digit"))
    for names, what in ((list(reasons), "reason"), (list(reasons.values()), "English name")):
        for name in names:
            if not 1 <= len(name) <= 20 or not name.isprintable() or name != " ".join(name.split()):
                faults.append(Fault(path, f"{name[:40]!r} is no {what}: 1 to 20 printable characters"))
            elif name.casefold() in BRIDGES_OWN:
                faults.append(Fault(path, f"{name!r} is what a bridge says when it pauses a telephone"))
        twice = sorted({name for name in names if [each.casefold() for each in names].count(name.casefold()) > 1})
        faults.extend(Fault(path, f"{name[:40]!r} is there twice") for name in twice)


def line_numbers(text: str) -> dict[str, int]:
    """Dotted path -> line (from 1) of every table and key of a TOML text; arrays of tables count from 0."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\s*\[\[\s*([^\]]+?)\s*\]\]", line):
            name = found[1]
            index = counts[name] = counts.get(name, -1) + 1
            prefix = f"{name}.{index}."
            lines.setdefault(name, number)
            lines[prefix[:-1]] = number
        elif found := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            name = found[1]
            head, _, rest = name.partition(".")
            if head in counts:  # a table below the last element of an array of tables
                name = f"{head}.{counts[head]}.{rest}"
            prefix = name + "."
            lines[name] = number
        elif found := re.match(r"""\s*("[^"]+"|'[^']+'|[A-Za-z0-9_-]+)\s*[=.]""", line):
            lines.setdefault(prefix + found[1].strip("\"'"), number)
    return lines


def _line(lines: Mapping[str, int], path: str) -> int | None:
    """The line of ``path``, or of the nearest table above it."""
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return None


def _collect(read: Callable[[], T], faults: list[Fault]) -> T | None:
    try:
        return read()
    except SettingsInvalid as invalid:
        faults.extend(invalid.faults)
        return None


@cache
def _zones() -> set[str]:
    return available_timezones()  # looks through a folder of hundreds of files


def _check_centre(centre: Centre, faults: list[Fault]) -> None:
    if centre.language not in ("id", "en"):
        faults.append(Fault("centre.language", "is id or en"))
    if centre.timezone not in _zones():
        faults.append(Fault("centre.timezone", f"{centre.timezone!r} is no time zone such as Asia/Jakarta"))
    if not centre.region.strip() or not centre.region.isprintable() or len(centre.region) > 400:
        faults.append(Fault("centre.region", "is the name of a region pack or the path of its folder"))
    if not centre.name.strip() or not centre.name.isprintable() or len(centre.name) > 80:
        faults.append(Fault("centre.name", "is a printable text of 1 to 80 characters"))
