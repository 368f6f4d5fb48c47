from __future__ import annotations

import pytest

from data.errors import WrongUse
from telephony.settings import Pbx, SettingsInvalid, Telephony, read_telephony

GOOD = {"name": "pwk", "secret": "s", "telephones": {"PJSIP/op1": "101"}}


def faults(telephony: object, pbx: object) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as caught:
        read_telephony(telephony, pbx)  # type: ignore[arg-type]
    return {fault.path: fault.message for fault in caught.value.faults}


def test_a_short_configuration_is_enough():
    settings = read_telephony({}, [GOOD])
    assert settings == Telephony(pbx=(Pbx(name="pwk", secret="s", telephones={"PJSIP/op1": "101"}),))
    assert settings.pbx[0].port == 5038
    assert settings.pbx[0].telephone("PJSIP/op1") == "101"
    assert settings.pbx[0].telephone("PJSIP/op9") == "op9"
    assert settings.pbx[0].telephone("op9") is None
    assert settings.pbx[0].telephone("PJSIP/op9@x") is None
    assert settings.pbx[0].telephone("PJSIP/a\r\nb") is None


def test_a_secret_does_not_get_into_a_log_by_way_of_the_settings():
    assert "geheim" not in repr(read_telephony({}, [GOOD | {"secret": "geheim"}]))


def test_every_fault_is_named_at_once():
    found = faults(
        {"vanish_seconds": -1, "claim_second": 5, "backlog": "many"},
        [
            {"name": "a b", "port": 70000, "hots": "x", "secret": "s"},
            {"port": "x", "secret": "a\nb", "telephones": {"op1": "1-2"}},
        ],
    )
    assert found["telephony.backlog"].startswith("Expected `int`")
    assert "did you mean claim_seconds" in found["telephony.claim_second"]
    assert "did you mean host" in found["pbx.0.hots"]
    assert found["pbx.1.name"] == "is missing"
    assert found["pbx.1.port"].startswith("Expected `int`")


def test_values_that_cannot_be_right_are_named():
    found = faults(
        {"vanish_seconds": 0, "backlog": 1},
        [
            GOOD | {"name": "a b", "port": 0, "host": "", "queue": "11 2\r", "intake_contexts": [], "packet_cap": 1},
            GOOD | {"name": "b", "telephones": {"op1": "1"}, "ca": "/nowhere/ca.pem", "dead_seconds": 1.5},
            GOOD | {"name": "c", "secret_file": "x", "retry_most_seconds": 0.1, "intake_contexts": ["a b"]},
            GOOD | {"name": "d", "secret": "a\nb", "tls_name": "x", "telephones": {"PJSIP/op1": "abc"}},
        ],
    )
    assert set(found) == {
        "telephony.vanish_seconds", "telephony.backlog", "pbx.0.name", "pbx.0.port", "pbx.0.host", "pbx.0.queue",
        "pbx.0.intake_contexts", "pbx.0.packet_cap", "pbx.1.telephones", "pbx.1.ca", "pbx.1.dead_seconds",
        "pbx.2.secret", "pbx.2.retry_most_seconds", "pbx.2.intake_contexts", "pbx.2.telephones", "pbx.3.secret",
        "pbx.3.tls_name", "pbx.3.telephones",
    }  # fmt: skip


def test_an_exchange_is_needed_and_names_are_unique():
    assert "at least one" in faults({}, None)["pbx"]
    assert "list of tables" in faults({}, {"name": "x"})["pbx"]
    assert "two exchanges" in faults({}, [GOOD, GOOD])["pbx"]
    assert faults({}, ["x"])["pbx.0"] == "is a table"
    phone = {"telephones": {"PJSIP/op1": "101"}}
    assert "telephone of 'a' too" in faults({}, [GOOD | phone | {"name": n} for n in "ab"])["pbx.1.telephones"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"dial_user": "dial"}, "dial_secret"),
        ({"dial_user": "dial", "dial_secret": "a\nb"}, "dial_secret"),
        ({"dial_user": "dial", "dial_secret": "x", "dial_secret_file": "/x"}, "dial_secret"),
        ({"dial_user": "dial", "dial_secret_file": "/no/such/file"}, "dial_secret_file"),
        ({"dial_user": "a b", "dial_secret": "x"}, "dial_user"),
        ({"dial_secret": "x"}, "dial_user"),
        ({"seats": ["PJSIP/op1"]}, "seats"),
        ({"seats": ["op1"], "dial_user": "dial", "dial_secret": "x"}, "seats"),
    ],
)
def test_the_user_that_dials_comes_with_a_secret_of_its_own(more, field):
    assert set(faults({}, [GOOD | more])) == {f"pbx.0.{field}"}


def test_a_secret_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "secret"
    path.write_text("geheim\n")
    path.chmod(0o644)
    pbx = {"name": "a", "secret_file": str(path)}
    assert "chmod 600" in faults({}, [pbx])["pbx.0.secret_file"]
    path.chmod(0o600)
    assert read_telephony({}, [pbx]).pbx[0].secret_value() == "geheim"
    path.unlink()
    assert "can't be read" in faults({}, [pbx])["pbx.0.secret_file"]
    with pytest.raises(WrongUse):
        Pbx(name="a", secret_file=str(path)).secret_value()
