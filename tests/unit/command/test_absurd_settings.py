"""Absurd values in every setting: the configuration is refused whole, the setting named with its line, no traceback."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from console.configuration import Centre, ConsoleSettings, load
from data.settings import SettingsInvalid
from dispatch.settings import Dispatch
from telephony.nuisance.settings import Nuisance
from telephony.settings import Pbx, Telephony
from tests.unit.command.support import siaga

SECTIONS: dict[str, type[msgspec.Struct]] = {
    "centre": Centre, "console": ConsoleSettings, "telephony": Telephony, "nuisance": Nuisance, "pbx": Pbx,
    "dispatch": Dispatch,
}  # fmt: skip
SETTINGS = [
    (section, field.name)
    for section, cls in SECTIONS.items()
    for field in msgspec.structs.fields(cls)
    if (section, field.name) not in {("telephony", "pbx"), ("telephony", "nuisance")}
]
NEVER = (
    "nan", "inf", "-inf", "-1", "1e308", "[nan]", "{ x = nan }", '{ "1" = -5 }', '{ "1" = 1e308 }', "2026-11-24",
    "1979-05-27T07:32:00Z", '"\\u001b[2J"', '"\\u0000"', '["\\u202e"]', '"   "',
)  # fmt: skip
"""No setting takes any of these."""
SOMETIMES = (
    '""', "0", "1", "9223372036854775807", "true", "[]", "{}", '"' + "a" * 5000 + '"', '"../../etc/passwd"',
    '"/nonexistent/x"', '"٠٧:٠٠"', '["٠٧:٠٠"]', '{ "9" = 5 }', '"=1+1"',
)  # fmt: skip
"""A setting may take one of these: then it is what the setting is for."""


def text_with(section: str, name: str, value: str) -> tuple[str, int]:
    """A configuration that is in order but for this setting, and the line where it stands."""
    pbx = {"name": '"p"', "secret": '"s"'}
    if name in ("secret", "secret_file"):
        pbx.pop("secret")
    if name.startswith("dial_"):
        pbx["dial_user"] = '"dial"'
    if name in ("dial_user",):
        pbx["dial_secret"] = '"d"'
    if name in ("ca", "tls_name"):
        pbx["tls"] = "true"
    pbx.pop(name, None) if section == "pbx" else None
    lines = [f"[{section}]", f"{name} = {value}"] if section != "pbx" else []
    lines += ["[[pbx]]", *(f"{key} = {text}" for key, text in pbx.items())]
    if section == "pbx":
        lines.append(f"{name} = {value}")
    return "\n".join(lines) + "\n", lines.index(f"{name} = {value}") + 1


def refusal(path: Path, section: str, name: str, value: str) -> SettingsInvalid | None:
    """Why the configuration is refused; None when it is taken. Holds what every refusal must have."""
    text, line = text_with(section, name, value)
    path.write_text(text, "utf-8")
    try:
        load(path)
    except SettingsInvalid as invalid:
        named = f"{section}.0.{name}" if section == "pbx" else f"{section}.{name}"
        assert [f for f in invalid.faults if f.path.startswith(named) and f.line == line], (value, str(invalid))
        for fault in invalid.faults:
            assert not re.search("[\x00-\x1f\x7f\u202a-\u202e]", str(fault)), "nothing of it acts on a terminal"
            assert len(str(fault)) < 500
        return invalid
    return None


@pytest.mark.parametrize(("section", "name"), SETTINGS)
def test_what_no_setting_takes(tmp_path: Path, section: str, name: str) -> None:
    taken = [value for value in NEVER if refusal(tmp_path / "siaga112.toml", section, name, value) is None]
    assert taken == []


@pytest.mark.parametrize(("section", "name"), SETTINGS)
def test_what_some_setting_takes(tmp_path: Path, section: str, name: str) -> None:
    taken = {value for value in SOMETIMES if refusal(tmp_path / "siaga112.toml", section, name, value) is None}
    assert "9223372036854775807" not in taken, "no number is without an upper limit"
    assert len(taken) < len(SOMETIMES) / 2


def test_every_fault_of_a_file_full_of_them_is_told_at_once(tmp_path: Path) -> None:
    lines = []
    for section in SECTIONS:
        lines.append(f"[[{section}]]" if section == "pbx" else f"[{section}]")
        named = [f"{name} = nan" for there, name in SETTINGS if there == section]
        lines += ['name = "p"' if section == "pbx" and line == "name = nan" else line for line in named]
    (tmp_path / "siaga112.toml").write_text("\n".join(lines) + "\n")
    run = siaga("serve", data=tmp_path)
    assert run.returncode == 2 and run.stdout == ""
    for number, line in enumerate(lines, 1):
        if line.endswith("nan"):
            assert re.search(rf"^ +line {number}: ", run.stderr, re.M), line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "[centre",
        "pbx = 5\n",
        "centre = []\n",
        "[[centre]]\n",
        "[pbx]\n",
        "= 1\n",
        "[a.b.c]\nx=1\n",
        "\ufeff",
        "x",
    ],
)
def test_a_file_of_nonsense_is_refused_with_its_faults(tmp_path: Path, text: str) -> None:
    (tmp_path / "siaga112.toml").write_text(text, "utf-8")
    run = siaga("serve", data=tmp_path)
    assert run.returncode == 2 and "siaga112.toml" in run.stderr and len(run.stderr.splitlines()) >= 2
