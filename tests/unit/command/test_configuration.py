"""One file, checked whole: every fault is named with its line, and the sample documents every setting."""

import re
from pathlib import Path

import msgspec
import pytest

from console.configuration import Centre, ConsoleSettings, check, line_numbers, load
from data.errors import SiagaError
from data.settings import SettingsInvalid
from dispatch.settings import Dispatch
from telephony.nuisance.settings import Nuisance
from telephony.settings import Pbx, Telephony

SAMPLE = Path("console/siaga112.sample.toml")

GOOD = """
[[pbx]]
name = "pbx-1"
secret = "a-secret"
telephones = { "PJSIP/op1" = "101" }
"""


def faults(tmp_path, text):
    path = tmp_path / "siaga112.toml"
    path.write_text(text)
    with pytest.raises(SettingsInvalid) as invalid:
        load(path)
    return {(fault.line, fault.path) for fault in invalid.value.faults}


def test_a_small_configuration_has_good_defaults(tmp_path):
    (tmp_path / "siaga112.toml").write_text(GOOD)
    settings = load(tmp_path / "siaga112.toml")
    assert settings.centre.language == "id" and settings.telephony.pbx[0].telephones == {"PJSIP/op1": "101"}


def test_every_fault_is_named_with_its_line(tmp_path):
    text = """[centre]
language = "nl"
timezone = "Mars/Olympus"
nmae = "x"

[[pbx]]
name = "pbx 1"
port = "5038"
secret = "x"

[[pbx]]
host = "localhost"
dead_seconds = 1
secret = "y"

[dispatch]
nearby_km = -3

[console]
lock_out_seconds = 0

[colour]
"""
    assert faults(tmp_path, text) == {
        (2, "centre.language"), (3, "centre.timezone"), (4, "centre.nmae"), (7, "pbx.0.name"),
        (8, "pbx.0.port"), (11, "pbx.1.name"),
        (17, "dispatch.nearby_km"), (20, "console.lock_out_seconds"), (22, "colour"),
    }  # fmt: skip


def test_what_is_no_toml_names_the_line(tmp_path):
    assert faults(tmp_path, "[centre]\nname = \n") == {(2, "file")}


def test_what_is_no_text_is_told(tmp_path):
    (tmp_path / "siaga112.toml").write_bytes(b"\xff\xfe[centre]")
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        load(tmp_path / "siaga112.toml")


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(SiagaError, match="siaga112 setup"):
        load(tmp_path / "siaga112.toml")


def test_no_exchange_is_a_fault():
    with pytest.raises(SettingsInvalid, match="at least one"):
        check({})


def test_lines_are_found_below_arrays_and_nested_tables():
    lines = line_numbers('[a]\nx = 1\n[[b]]\ny = 2\n[b.c]\nz = 3\n[[b]]\n"PJSIP/op1" = 4\n')
    assert lines["a.x"] == 2 and lines["b.0.y"] == 4 and lines["b.0.c.z"] == 6 and lines["b.1.PJSIP/op1"] == 8


def test_the_sample_is_valid_and_documents_every_setting(tmp_path):
    text = SAMPLE.read_text()
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    live = re.sub(r"(?m)^#(\w+ = )", r"\1", text)
    live = re.sub(r"(?m)^(tls|ca|tls_name|cel_file|recordings|dial_user|dial_secret_file) = .*\n", "", live)
    live = re.sub(r'secret_file = ".*"', f'secret_file = "{secret}"', live)
    (tmp_path / "siaga112.toml").write_text(live)
    settings = load(tmp_path / "siaga112.toml")
    assert settings.dispatch == Dispatch() and settings.console == ConsoleSettings(), "the sample shows the defaults"
    for cls in (Centre, Telephony, Nuisance, Pbx, Dispatch, ConsoleSettings):
        for field in msgspec.structs.fields(cls):
            if (cls, field.name) not in {
                (Telephony, "pbx"),
                (Telephony, "nuisance"),
                (Pbx, "secret"),
                (Pbx, "dial_secret"),
            }:
                assert re.search(rf"(?m)^#?{field.name} = ", text), f"{cls.__name__}.{field.name} is undocumented"


@pytest.mark.parametrize(
    "starts", ["[]", '["7:00"]', '["24:00"]', '["07:60"]', '["14:00", "07:00"]', '["07:00", "07:00"]', '"07:00"']
)
def test_shifts_are_times_that_rise_through_the_day(tmp_path, starts):
    text = GOOD + f"[console]\nshift_starts = {starts}\n"
    assert {path for _, path in faults(tmp_path, text)} == {"console.shift_starts"}


def test_shifts_are_minutes_of_the_day():
    assert ConsoleSettings(shift_starts=("06:30", "18:00")).shift_minutes == (390, 1080)


def test_every_fault_of_the_nuisance_section_is_named_with_its_line(tmp_path):
    weights = "weights = { incident = 1, dull = 2, prank = 1e9 }"
    found = faults(tmp_path, GOOD + f"[nuisance]\nhalf_life_days = 0\nsupervisor_hours = -1\n{weights}\n")
    assert found == {
        (7, "nuisance.half_life_days"), (8, "nuisance.supervisor_hours"), (9, "nuisance.weights.incident"),
        (9, "nuisance.weights.dull"), (9, "nuisance.weights.prank"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "reasons",
    [
        '{ "" = "break" }', '{ makan = "" }', '{ makan = "  meal" }', '{ wrapup = "meal" }', '{ makan = "Vanished" }',
        '{ makan = "meal", Makan = "food" }', '{ makan = "meal", minum = "Meal" }', '{ "a\\u202eb" = "x" }',
        '{ aaaaaaaaaaaaaaaaaaaaa = "x" }', "{ a='1', b='2', c='3', d='4', e='5', f='6', g='7', h='8', i='9', j='0' }",
        '["makan"]',
    ],
)  # fmt: skip
def test_reasons_for_a_pause_are_few_short_and_not_the_bridges_own(tmp_path, reasons):
    text = GOOD + f"[console]\npause_reasons = {reasons}\n"
    assert {path for _, path in faults(tmp_path, text)} == {"console.pause_reasons"}
