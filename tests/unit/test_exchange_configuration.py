"""The exchange's configuration is written from a centre's settings, and from nothing that could act in it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import WrongUse
from data.settings import SettingsInvalid
from data.text import safe_line
from telephony.asterisk.__main__ import main
from telephony.asterisk.names import claim_queue
from telephony.asterisk.render import SECRET_FILES, TEMPLATES, render
from telephony.asterisk.settings import (
    Agency,
    Ami,
    Directories,
    ExchangeSettings,
    Operator,
    Tls,
    Trunk,
    faults,
    load,
)

SETTINGS = ExchangeSettings(
    system="purwakarta-1",
    trunk=Trunk(match=("192.0.2.10", "2001:db8::/64"), contact="sip:192.0.2.10:5060"),
    ami=Ami(secret="a-secret-of-the-bridge", dial_secret="another-one-to-dial"),
    operators=(
        Operator(name="op1", number="101", display="Meja 1", secret="telephone-secret-1"),
        Operator(name="op2", number="102", contact="sip:op2@192.0.2.21:5060"),
    ),
    agencies=(
        Agency(id="damkar", number="0264200113"),
        Agency(id="psc119", number="0264200119", contact="sip:psc@192.0.2.40"),
    ),
)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def changed(**fields: object) -> ExchangeSettings:
    return msgspec.structs.replace(SETTINGS, **fields)


def test_every_template_is_written_and_no_placeholder_is_left(tmp_path: Path) -> None:
    written = render(SETTINGS, tmp_path)
    assert {path.name for path in written} == {path.name for path in TEMPLATES.glob("*.conf")}
    assert sorted(tmp_path.iterdir()) == sorted(written), "and nothing else"
    for path in written:
        assert not re.search(r"@[A-Z][A-Z0-9_]*@", text(path)), path.name


def test_every_template_says_why_it_is_as_it_is() -> None:
    for path in TEMPLATES.glob("*.conf"):
        assert text(path).startswith("; "), path.name


def test_files_with_secrets_are_not_for_everybody(tmp_path: Path) -> None:
    for path in render(SETTINGS, tmp_path):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o640 if path.name in SECRET_FILES else 0o644)
        if path.name not in SECRET_FILES:
            assert "secret-" not in text(path)
            assert "a-secret" not in text(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_root_writes_can_be_read_by_the_exchange_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    for path in render(SETTINGS, tmp_path):
        assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534), path.name


def test_a_telephone_registers_with_its_secret_or_stands_at_its_address(tmp_path: Path) -> None:
    render(SETTINGS, tmp_path)
    pjsip = text(tmp_path / "pjsip.conf")
    assert 'callerid = "Meja 1" <101>' in pjsip
    assert "password = telephone-secret-1" in pjsip
    assert "contact = sip:op2@192.0.2.21:5060" in pjsip
    assert "auth = op2" not in pjsip


def test_every_call_taker_has_a_queue_of_his_own_for_claimed_calls(tmp_path: Path) -> None:
    render(SETTINGS, tmp_path)
    queues = text(tmp_path / "queues.conf")
    for name in ("op1", "op2"):
        assert f"[{claim_queue(name)}](claim)\nmember => PJSIP/{name}," in queues
    assert "exten => 101,1,Goto(op1,1)" in text(tmp_path / "extensions_places.conf")


def test_an_agency_is_dialled_on_the_trunk_unless_it_has_an_address(tmp_path: Path) -> None:
    render(SETTINGS, tmp_path)
    places = text(tmp_path / "extensions_places.conf")
    assert "Set(X112_DIAL=PJSIP/0264200113@trunk)" in places
    assert "Set(X112_DIAL=PJSIP/psc119)" in places
    assert "contact = sip:psc@192.0.2.40" in text(tmp_path / "pjsip.conf")


def test_ami_is_closed_to_everybody_but_the_addresses_named_and_tls_is_off_unless_asked_for(tmp_path: Path) -> None:
    render(SETTINGS, tmp_path / "plain")
    manager = text(tmp_path / "plain" / "manager.conf")
    assert "bindaddr = 127.0.0.1" in manager
    assert manager.count("deny = 0.0.0.0/0.0.0.0\ndeny = ::/0\npermit = 127.0.0.1/32\n") == 2
    assert "tlsenable = no" in manager
    tls = Tls(bind="0.0.0.0", port=5039, certificate="/etc/asterisk/keys/ami.crt", key="/etc/asterisk/keys/ami.key")
    render(changed(ami=msgspec.structs.replace(SETTINGS.ami, tls=tls)), tmp_path / "tls")
    secured = text(tmp_path / "tls" / "manager.conf")
    assert "tlsbindaddr = 0.0.0.0:5039" in secured
    assert "tlsdisablev11 = yes" in secured


def test_what_everything_relies_on_is_set(tmp_path: Path) -> None:
    render(SETTINGS, tmp_path)
    manager, queues = text(tmp_path / "manager.conf"), text(tmp_path / "queues.conf")
    assert "\ntimestampevents = yes\n" in manager
    assert re.search(r"^channelvars = X112_CALL\b", manager, re.M)
    for line in ("persistentmembers = yes", "maxlen = 0", "joinempty = yes", "leavewhenempty = no"):
        assert f"\n{line}\n" in queues
    assert "app_system.so" not in re.sub(r"^;.*$", "", text(tmp_path / "modules.conf"), flags=re.M)
    assert not re.search(r"^\s*dateformat", text(tmp_path / "cel.conf"), re.M), "CEL in UTC microseconds"


def test_the_same_settings_give_the_same_files(tmp_path: Path) -> None:
    render(SETTINGS, tmp_path / "one")
    render(SETTINGS, tmp_path / "two")
    render(SETTINGS, tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert text(path) == text(tmp_path / "two" / path.name)


ACTING = (
    "\n",
    "\r",
    "\r\nread = all",
    ";",
    "[",
    "]",
    "x]\n[x",
    "\0",
    "\u2028",
    "=>",
    "${SHELL(id)}",
    ",",
    "#include",
    "\\",
)


@pytest.mark.parametrize("bad", ACTING)
@pytest.mark.parametrize(
    "place",
    [
        "system",
        "queue",
        "language",
        "secret",
        "operator",
        "number",
        "display",
        "contact",
        "agency",
        "directory",
        "match",
    ],
)
def test_what_could_act_in_a_file_is_refused_before_anything_is_written(tmp_path: Path, bad: str, place: str) -> None:
    value = f"op1{bad}x"
    first, second = SETTINGS.operators
    replace = msgspec.structs.replace
    settings = {
        "system": lambda: changed(system=value),
        "queue": lambda: changed(queue=value),
        "language": lambda: changed(language=value),
        "secret": lambda: changed(ami=replace(SETTINGS.ami, secret=f"long-enough-{value}")),
        "operator": lambda: changed(operators=(replace(first, name=value), second)),
        "number": lambda: changed(operators=(replace(first, number=f"101{bad}"), second)),
        "display": lambda: changed(operators=(replace(first, display=value), second)),
        "contact": lambda: changed(operators=(first, replace(second, contact=f"sip:op2@192.0.2.2{bad}"))),
        "agency": lambda: changed(agencies=(Agency(id=value, number="113"),)),
        "directory": lambda: changed(directories=Directories(recordings=f"/srv/{value}")),
        "match": lambda: changed(trunk=Trunk(match=(f"192.0.2.10{bad}",))),
    }[place]()
    with pytest.raises(WrongUse):
        render(settings, tmp_path / "etc")
    assert not (tmp_path / "etc").exists()


@given(st.text(max_size=40))
def test_a_display_name_is_refused_or_stays_inside_its_quotes(name: str) -> None:
    settings = changed(operators=(Operator(name="op1", number="101", display=name, secret="telephone-secret-1"),))
    if not faults(settings):
        assert not set(name) & set('\r\n";[]{}<>\\$,#=|&^()@')
        assert safe_line(name) == name


def test_what_stood_there_before_is_kept_aside_with_its_rights(tmp_path: Path) -> None:
    foreign = tmp_path / "manager.conf"
    foreign.write_text("; somebody's own\n")
    foreign.chmod(0o600)
    render(SETTINGS, tmp_path)
    kept = tmp_path / "manager.conf.before-siaga112"
    assert (kept.read_text(), stat.S_IMODE(kept.stat().st_mode)) == ("; somebody's own\n", 0o600)
    assert list(tmp_path.glob("*.old")) == []
    render(SETTINGS, tmp_path)
    assert list(tmp_path.glob("*.old")) == [], "nothing changed"
    by_hand = (tmp_path / "queues.conf").read_text() + "; by hand\n"
    (tmp_path / "queues.conf").write_text(by_hand)
    render(SETTINGS, tmp_path)
    assert (tmp_path / "queues.conf.old").read_text() == by_hand
    assert kept.read_text() == "; somebody's own\n"


def test_every_fault_is_named_at_once_and_no_secret_is_shown() -> None:
    found = faults(
        changed(
            system="",
            strategy="random",
            ring_s=0,
            sip_port=70000,
            ami=Ami(secret="short", dial_secret="short"),
            operators=(
                Operator(name="op1", number="101"),
                Operator(name="op1", number="101", secret="telephone-secret-1"),
                Operator(name="trunk", number="1", contact="sip:a@192.0.2.1"),
            ),
            trunk=Trunk(match=()),
        )
    )
    told = "\n".join(found)
    for word in ("system", "strategy", "ring_s", "sip_port", "used twice", "either a secret", "trunk.match", "'trunk'"):
        assert word in told
    assert "must differ" in told
    assert "'short'" not in told


def test_settings_are_read_from_a_file_and_a_bad_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(
        'system = "purwakarta-1"\n[trunk]\nmatch = ["192.0.2.10"]\n'
        '[ami]\nsecret = "a-secret-of-the-bridge"\ndial_secret = "another-one-to-dial"\n'
        '[[operators]]\nname = "op1"\nnumber = "101"\nsecret = "telephone-secret-1"\n'
    )
    assert faults(load(path)) == []
    for content in ("system = 1", "[[[", 'system = "x"\n'):
        path.write_text(content)
        with pytest.raises(WrongUse, match=re.escape(str(path))):
            load(path)
    with pytest.raises(WrongUse, match="No such file"):
        load(tmp_path / "missing.toml")


def test_the_sample_settings_hold_and_are_written_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = TEMPLATES.with_name("exchange.sample.toml")
    assert main([str(sample), str(tmp_path / "etc")]) == 0
    assert str(tmp_path / "etc" / "pjsip.conf") in capsys.readouterr().out
    assert main([str(sample)]) == 2
    assert main([str(tmp_path / "no.toml"), str(tmp_path)]) == 2
    assert "no.toml" in capsys.readouterr().err


def test_every_fault_of_the_file_is_named_and_what_is_no_setting_is_one(tmp_path: Path) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(
        'system = 1\nring = 5\n[trunk]\nmatch = "192.0.2.10"\n[ami]\nsecret = "a-secret-of-the-bridge"\n'
        'dial_secrt = "another-one-to-dial"\n[[operators]]\nname = "op1"\n[nonsense]\na = 1\n'
    )
    with pytest.raises(SettingsInvalid) as raised:
        load(path)
    told = [str(fault) for fault in raised.value.faults]
    assert told == [
        "trunk.match Expected `array`, got `str`",
        "ami.dial_secret is missing",
        "ami.dial_secrt is no setting; did you mean dial_secret?",
        "operators.0.number is missing",
        "system Expected `str`, got `int`",
        "ring is no setting; did you mean ring_s?",
        "nonsense is no setting",
    ]
