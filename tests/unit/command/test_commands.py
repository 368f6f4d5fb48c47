"""The commands as other programs call them: what they print, where, and with which exit status."""

import csv
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.compose import REGIONS, open_journal
from console.main import log_to, main
from data.clock import SECOND, parse_iso
from data.entry import draft
from data.vocabulary.calls import CallAnswered, CallArrived, CallEnded, CallQueued
from data.vocabulary.incidents import IncidentOpened, IncidentTextSet
from telephony.asterisk.names import CEL_COLUMNS
from tests.unit.command.support import ROOT, process, siaga
from tests.unit.reconciliation.support import Plan, log_of

PASSWORD = "kata-sandi-panjang-1"


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    data = tmp_path_factory.mktemp("centre") / "data"
    password = data.parent / "password"
    password.write_text(PASSWORD + "\n")
    run = siaga("setup", "--admin", "ani", "--name", "Ibu Ani", "--password-file", password, data=data)
    assert run.returncode == 0, run.stderr
    call = "call/pbx-1/1795490122.0"
    with open_journal(data) as journal:
        journal.append(
            [
                draft(call, CallArrived(channel="PJSIP/trunk-1", number="+6281234567890", name="=1+1"), at=10**15),
                draft(call, CallQueued(queue="112"), at=10**15 + 1),
                draft(call, CallAnswered(operator="PJSIP/op1", channel="PJSIP/op1-1"), at=10**15 + 2),
                draft(call, CallEnded(outcome="answered", ended_by="caller"), at=10**15 + 3),
                draft("incident/a", IncidentOpened(number=1, origin="call", call=call), at=10**15 + 4, actor="siti"),
                draft("incident/a", IncidentTextSet(field="narrative", value="=cmd|' /C calc'!A0"), at=10**15 + 5),
            ]
        )
    return data


def test_setup_makes_a_private_directory_a_configuration_and_the_first_admin(centre):
    assert centre.stat().st_mode & 0o777 == 0o700
    for name in ("siaga112.toml", "journal.sqlite", "secrets/ami-pbx-1"):
        assert (centre / name).stat().st_mode & 0o077 == 0, name
    users = [json.loads(line) for line in siaga("users", "list", "--json", data=centre).stdout.splitlines()]
    assert [(u["login"], u["roles"]) for u in users] == [("ani", ["admin"])]


def test_setup_again_changes_nothing(centre):
    before = (centre / "siaga112.toml").read_text()
    run = siaga("setup", data=centre)
    assert run.returncode == 0 and "stays as it is" in run.stdout and "an admin already" in run.stdout
    assert (centre / "siaga112.toml").read_text() == before


def test_setup_fills_in_where_the_exchange_keeps_its_archive_and_its_recordings(tmp_path):
    exchange = tmp_path / "exchange.toml"
    exchange.write_text(
        'system = "pwk"\n[trunk]\nmatch = ["192.0.2.1"]\n'
        '[ami]\nsecret = "secret-secret"\ndial_secret = "another-secret"\n'
        '[[operators]]\nname = "op1"\nnumber = "101"\nsecret = "telephone-secret"\n'
        '[directories]\nlog = "/srv/asterisk/log"\nrecordings = "/srv/asterisk/recordings"\n'
    )
    (tmp_path / "password").write_text("kata sandi panjang\n")
    run = siaga(
        "setup", "--admin", "ani", "--password-file", tmp_path / "password", "--exchange", exchange, data=tmp_path / "d"
    )
    assert run.returncode == 0, run.stderr
    lines = (tmp_path / "d" / "siaga112.toml").read_text().splitlines()
    assert 'cel_file = "/srv/asterisk/log/cel-custom/siaga112.csv"' in lines
    assert 'recordings = "/srv/asterisk/recordings"' in lines
    assert siaga("setup", "--write-asterisk", tmp_path / "x", data=tmp_path / "d").returncode == 2


def test_a_weak_password_creates_nobody(tmp_path):
    (tmp_path / "password").write_text("kurang\n")
    run = siaga("setup", "--admin", "ani", "--password-file", tmp_path / "password", data=tmp_path / "d")
    assert run.returncode == 1 and "at least 10 characters" in run.stderr and "Traceback" not in run.stderr
    assert siaga("users", "list", data=tmp_path / "d").stdout == ""


def test_verify_says_yes_and_how_far(centre):
    run = siaga("verify", data=centre)
    assert run.returncode == 0 and run.stdout.startswith("ok: ")
    assert json.loads(siaga("verify", "--json", data=centre).stdout)["ok"] is True


def test_verify_names_the_first_bad_entry(centre, tmp_path):
    broken = tmp_path / "broken"
    subprocess.run(["cp", "-r", centre, broken], check=True)
    with open_journal(broken) as journal:
        journal.execute("UPDATE journal SET actor = 'somebody else' WHERE seq = 3")
    run = siaga("verify", data=broken)
    assert run.returncode == 1 and "first bad seq: 3" in run.stderr
    assert json.loads(siaga("verify", "--json", data=broken).stdout)["first_bad_seq"] == 3


def test_rebuild_folds_everything_anew(centre):
    run = siaga("rebuild", data=centre)
    assert run.returncode == 0 and "entries folded" in run.stdout
    assert siaga("verify", data=centre).returncode == 0


def test_export_is_masked_runs_nowhere_and_is_on_record(centre, tmp_path):
    out = tmp_path / "calls.csv"
    run = siaga("export", "calls", "--format", "csv", "-o", out, data=centre)
    assert run.returncode == 0, run.stderr
    (row,) = csv.DictReader(out.open(newline=""))
    assert row["number"] == "***890" and row["name"] == "***" and row["outcome"] == "answered"
    assert row["arrived_at"] == "2001-09-09T01:46:40.000000Z"
    with open_journal(centre) as journal:
        assert journal.read(0)[-1].kind == "export.made"


def test_personal_data_leave_only_with_the_right_and_the_password(centre, tmp_path):
    out = tmp_path / "incidents.csv"
    base = ("export", "incidents", "--format", "csv", "-o", out, "--unmasked")
    assert "only by an admin" in siaga(*base, data=centre).stderr
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_text("wrong\n")
    right.write_text(PASSWORD + "\n")
    run = siaga(*base, "--user", "ani", "--password-file", wrong, data=centre)
    assert run.returncode == 1 and "login or password is wrong" in run.stderr and not out.exists()
    with open_journal(centre) as journal:
        last = journal.read(0)[-1]
    assert (last.kind, last.body.login, last.body.reason) == ("session.denied", "ani", "wrong_password")
    wrong.write_bytes(b"\xff\xfe\n")
    run = siaga(*base, "--user", "ani", "--password-file", wrong, data=centre)
    assert run.returncode == 2 and "a password is text" in run.stderr
    run = siaga(*base, "--user", "ani", "--password-file", right, data=centre)
    assert run.returncode == 0, run.stderr
    (row,) = csv.DictReader(out.open(newline=""))
    assert row["narrative"] == "'=cmd|' /C calc'!A0", "a cell that a spreadsheet would run is neutralised"


def test_export_within_a_time(centre, tmp_path):
    out = tmp_path / "calls.ndjson"
    assert (
        siaga("export", "calls", "--format", "ndjson", "--from", "2001-09-10", "-o", out, data=centre).returncode == 0
    )
    assert out.read_text() == ""
    run = siaga("export", "calls", "--format", "ndjson", "--to", "2001-09-10", "-o", out, data=centre)
    assert run.returncode == 0 and json.loads(out.read_text())["linkedid"] == "1795490122.0"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("export", "pizza", "--format", "csv", "-o", "x"), "pizza"),
        (("export", "calls", "--format", "csv", "--from", "yesterday", "-o", "x"), "no date or time"),
        (("export", "calls", "--format", "csv"), "-o"),
        (("nothing",), "No such command"),
        (("verify", "--colour"), "--colour"),
    ],
)
def test_wrong_use_is_exit_status_2_on_standard_error(centre, arguments, text):
    run = siaga(*arguments, data=None if arguments[0] == "nothing" else centre)
    assert run.returncode == 2 and text in run.stderr and run.stdout == ""


def test_status_and_streams_are_those_of_the_process(centre):
    good, no, wrong = (
        process(*words, data=centre) for words in (("verify",), ("report", "areas", "-o", "/no/x"), ("x",))
    )
    assert (good.returncode, good.stderr) == (0, "") and good.stdout.startswith("ok: ")
    assert (no.returncode, no.stdout) == (1, "") and "no such folder" in no.stderr
    assert (wrong.returncode, wrong.stdout) == (2, "") and "No such command" in wrong.stderr
    assert "Traceback" not in no.stderr + wrong.stderr


def test_a_directory_without_a_centre_says_what_to_do(tmp_path):
    for command in (("verify",), ("serve",), ("rebuild",), ("users", "list")):
        run = siaga(*command, data=tmp_path / "nothing")
        assert run.returncode == 1 and "siaga112 setup" in run.stderr, command
        assert not (tmp_path / "nothing").exists(), "looking makes nothing"


def test_a_wrong_configuration_stops_the_services_with_every_fault(centre, tmp_path):
    broken = tmp_path / "broken"
    subprocess.run(["cp", "-r", centre, broken], check=True)
    (broken / "siaga112.toml").write_text('[centre]\nlanguage = "nl"\n[[pbx]]\nname = "x"\nport = 0\nsecret = "y"\n')
    run = process("serve", data=broken)
    assert run.returncode == 2
    assert "line 2: centre.language" in run.stderr and "line 5: pbx.0.port" in run.stderr


def test_the_console_needs_a_terminal(centre):
    run = process("console", data=centre)
    assert run.returncode == 2 and "needs a terminal" in run.stderr


def test_doctor_names_what_is_broken(centre):
    run = siaga("doctor", "--json", data=centre)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 1, "there is no exchange"
    levels = {f["what"]: f["level"] for f in found}
    assert levels["sqlite"] == levels["configuration"] == levels["region"] == levels["record"] == "ok"
    assert levels["exchange pbx-1"] == "fail"


def test_locate_prints_the_contract(centre):
    assert siaga("locate", "plered", "--type", "NO-SUCH-TYPE", "--json").returncode == 2
    run = siaga("locate", "-6.5547,107.4465", "--json")
    found = json.loads(run.stdout)
    assert set(found) == {"query", "matches", "agencies"}
    assert set(found["matches"][0]) == {
        "name", "kind", "lat", "lon", "precision_m", "village", "village_code", "district", "district_code",
        "regency", "score", "near",
    }  # fmt: skip
    assert found["matches"][0]["district"] == "Purwakarta"


def test_places_and_agencies_are_those_of_the_centre_in_the_data_directory(centre, tmp_path):
    there = Path(shutil.copytree(REGIONS / "purwakarta", tmp_path / "there"))
    (there / "places.csv").write_text((there / "places.csv").read_text().replace("Stasiun Cibungur", "Stasiun Zzyzx"))
    config = tmp_path / "centre"
    config.mkdir()
    (config / "siaga112.toml").write_text(
        (centre / "siaga112.toml").read_text().replace('region = "purwakarta"', f'region = "{there}"')
    )
    assert "Stasiun Zzyzx" in siaga("locate", "stasiun zzyzx", data=config).stdout
    run = siaga("locate", "stasiun zzyzx", "--region", "purwakarta", data=config)
    assert "Stasiun Zzyzx" not in run.stdout
    assert siaga("agencies", data=tmp_path / "no-centre").stdout.count("not verified") == 53


def test_help_names_every_command_with_a_sentence():
    text = siaga("--help").stdout
    for command in (
        "setup",
        "serve",
        "console",
        "demo",
        "locate",
        "replay",
        "export",
        "erase",
        "verify",
        "rebuild",
        "users",
        "doctor",
        "units",
        "report",
        "pack",
        "agencies",
        "backup",
        "restore",
    ):
        assert f"\n  {command} " in text, command


def test_reconcile_says_what_differs_from_the_exchanges_own_record(tmp_path):
    log = tmp_path / "asterisk"
    (log / "cel-custom").mkdir(parents=True)
    archive = log / "cel-custom" / "siaga112.csv"
    data, password = tmp_path / "data", tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    assert siaga("setup", "--admin", "ani", "--password-file", password, data=data).returncode == 0
    window = ("--from", "2026-11-24T08:00+07:00", "--to", "2026-11-24T09:00+07:00")
    nowhere = siaga("reconcile", *window, data=data)
    assert nowhere.returncode == 2
    assert "cel_file" in nowhere.stderr
    settings = data / "siaga112.toml"
    settings.write_text(re.sub("(?m)^#cel_file = .*", f'cel_file = "{archive}"', settings.read_text()))
    unreadable = siaga("reconcile", *window, data=data)
    assert (unreadable.returncode, str(archive) in unreadable.stderr) == (2, True)
    began = parse_iso("2026-11-24T01:30:00Z")
    plans = [Plan(0, began, ((SECOND, "PJSIP/op1"),)), Plan(2, began + 9 * SECOND)]
    with archive.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [{**row.fields, "event": row.event, "time": f"{row.at // SECOND}.{row.at % SECOND:06d}",
              "channel": row.channel, "uniqueid": row.uniqueid, "linkedid": row.linkedid}[column]
             for column in CEL_COLUMNS]
            for row in log_of(*plans)
        )  # fmt: skip
    call = f"call/pbx-1/{plans[0].key}"
    with open_journal(data) as journal:
        journal.append(
            [
                draft(call, CallArrived(channel="PJSIP/trunk-1"), at=began),
                draft(call, CallAnswered(operator="PJSIP/op2", channel="PJSIP/op2-1"), at=began + SECOND),
                draft(call, CallEnded(outcome="answered", ended_by="caller"), at=began + 5 * SECOND + 60_000),
            ]
        )
    found = siaga("reconcile", *window, "--json", data=data)
    assert found.returncode == 1, found.stderr
    report = json.loads(found.stdout)
    assert report["differences"] == 3
    [exchange] = report["pbx"]
    assert (exchange["name"], exchange["calls"], exchange["uncovered"]) == ("pbx-1", 2, 0)
    assert [(d["kind"], d["what"], d["linkedid"]) for d in exchange["differences"]] == [
        ("operator", None, plans[0].key), ("time", "ended_at", plans[0].key), ("missing", None, plans[1].key)
    ]  # fmt: skip
    assert exchange["differences"][1]["journal"] == "2026-11-24T01:30:05.060000Z"
    lines = siaga("reconcile", *window, data=data).stdout.splitlines()
    assert len(lines) == 4
    assert "+60.0 ms" in lines[1]
    assert "MISSING" in lines[2]
    equal = siaga("reconcile", "--from", "2026-11-24T02:00Z", "--to", "2026-11-24T03:00Z", data=data)
    assert (equal.returncode, "equal" in equal.stdout) == (0, True)
    wrong = (("--to", "2026-11-24"), ("--from", "yesterday"), (*window, "--pbx", "other"))
    assert [siaga("reconcile", *words, data=data).returncode for words in wrong] == [2, 2, 2]


NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def as_nobody(*arguments, data):
    """The command, run by somebody to whom nothing here belongs. Its messages; never a traceback."""

    code = "import sys, console.main, console.commands.doctor, console.commands.record, console.compose, data.verify; "
    code += f"import os; os.setgid({NOBODY}); os.setuid({NOBODY}); console.main.main(sys.argv[1:])"
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--data", str(data)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "Traceback" not in run.stderr, run.stderr
    return run


@as_root
def test_somebody_elses_data_are_refused_with_the_user_to_be(centre):
    run = as_nobody("verify", data=centre)
    assert run.returncode == 1
    assert "Permission denied" in run.stderr and "sudo -u siaga112" in run.stderr


@as_root
def test_what_root_makes_in_a_services_directory_belongs_to_the_service(tmp_path):
    data, password = tmp_path / "data", tmp_path / "password"
    data.mkdir(mode=0o700)
    os.chown(data, NOBODY, NOBODY)
    password.write_text(PASSWORD)
    made = siaga("setup", "--admin", "ani", "--password-file", password, data=data)
    assert made.returncode == 0, made.stderr
    left = [path.name for path in data.rglob("*") if path.stat().st_uid != NOBODY]
    assert left == []


@pytest.mark.parametrize("command", [("verify",), ("users", "list"), ("report", "answering"), ("rebuild",)])
def test_a_folder_where_the_database_should_be_is_one_sentence(tmp_path, command):
    (tmp_path / "journal.sqlite").mkdir()
    run = siaga(*command, data=tmp_path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"siaga112: {tmp_path}/journal.sqlite: the database cannot be opened: Is a directory")


def test_an_error_of_the_system_that_nobody_foresaw_is_one_sentence_too(monkeypatch, tmp_path):
    def full(*_arguments, **_more):
        raise OSError(28, "No space left on device", str(tmp_path / "journal.sqlite"))

    monkeypatch.setattr("console.commands.record.open_journal", full)
    run = siaga("verify", data=tmp_path)
    assert run.returncode == 1
    assert run.stderr == f"siaga112: {tmp_path}/journal.sqlite: No space left on device (free space, then try again)\n"


def test_an_export_never_takes_the_place_of_a_pipe_or_device_and_follows_a_link(centre, tmp_path):
    pipe, link, target = tmp_path / "pipe", tmp_path / "link.csv", tmp_path / "target.csv"
    os.mkfifo(pipe)
    run = siaga("export", "calls", "--format", "csv", "-o", pipe, data=centre)
    assert run.returncode == 1 and "name a file with -o" in run.stderr
    assert pipe.is_fifo()
    link.symlink_to(target)
    assert siaga("export", "calls", "--format", "csv", "-o", link, data=centre).returncode == 0
    assert link.is_symlink() and target.read_text().startswith("linkedid,")
    run = siaga("export", "calls", "--format", "csv", "-o", "-", data=centre)
    assert run.returncode == 2 and "a file is needed" in run.stderr


@pytest.mark.parametrize("own", ["journal.sqlite", "journal.sqlite-wal", "head", "siaga112.toml", "secrets/ami-pbx-1"])
def test_nothing_is_ever_written_in_the_place_of_the_record(centre, tmp_path, own):
    before = (centre / own).read_bytes() if (centre / own).exists() else None
    link = tmp_path / "link.csv"
    link.symlink_to(centre / own)
    for target in (centre / own, link):
        for words in (
            ("export", "calls", "--format", "csv", "-o", target),
            ("report", "areas", "-o", target),
            ("backup", "-o", target),
        ):
            run = siaga(*words, data=centre)
            assert run.returncode == 2 and "it belongs to the centre itself" in run.stderr, run
    if before is not None:
        assert (centre / own).read_bytes() == before
    assert siaga("verify", data=centre).returncode == 0
    assert siaga("export", "calls", "--format", "csv", "-o", centre / "calls.csv", data=centre).returncode == 0


def test_half_a_secret_is_no_secret(monkeypatch, tmp_path):
    def full(fd, *_arguments, **_more):
        os.close(fd)
        return Path("/dev/full").open("w", encoding="utf-8")

    with monkeypatch.context() as patched:
        patched.setattr("console.commands.setup.os.fdopen", full)
        run = siaga("setup", data=tmp_path / "data")
    assert run.returncode == 1 and "No space left" in run.stderr
    assert list((tmp_path / "data" / "secrets").iterdir()) == []


@pytest.mark.parametrize("when", ["1500-01-01", "2999-01-01"])
def test_times_outside_a_centres_life_are_refused_everywhere(centre, tmp_path, when):
    for words in (
        ("export", "calls", "--format", "csv", "-o", tmp_path / "x.csv"),
        ("report", "areas"),
        ("reconcile",),
    ):
        run = siaga(*words, "--from", when, data=centre)
        assert run.returncode == 2 and "--from: the time is out of range" in run.stderr, words
    assert not (tmp_path / "x.csv").exists()


def test_what_is_not_found_is_said(tmp_path):
    run = siaga("locate", "qqqqq")
    assert (run.returncode, run.stdout) == (1, "") and "no place is found for 'qqqqq'" in run.stderr
    (tmp_path / "quiet.ami").write_bytes(b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n")
    run = siaga("replay", tmp_path / "quiet.ami", "--json")
    assert (run.returncode, run.stdout) == (0, "") and "there is no call of 112 in it" in run.stderr


@pytest.mark.parametrize("content", [b"", b"nothing of Asterisk's", b"nor\r\n\r\nthis\n\n", b"\x1f\x8b\x08packed\n\n"])
def test_a_file_that_is_no_capture_is_a_fault_and_not_a_quiet_hour(tmp_path, content):
    (tmp_path / "no.ami").write_bytes(content)
    run = siaga("replay", tmp_path / "no.ami", "--json")
    assert (run.returncode, run.stdout) == (1, "")
    assert "no.ami: there is no AMI packet in it" in run.stderr and "unpack it" in run.stderr


@pytest.mark.parametrize("login", ["Admin!", "x", "", "budi budi", "a" * 33])
def test_a_login_that_nobody_can_have_is_wrong_use(centre, tmp_path, login):
    for words in (
        ("users", "add", login, "--role", "admin"), ("users", "password", login), ("users", "disable", login),
        ("users", "enable", login), ("users", "roles", login, "--role", "admin"),
    ):  # fmt: skip
        run = siaga(*words, data=centre)
        assert run.returncode == 2 and "LOGIN" in run.stderr and "a letter first" in run.stderr, words
    run = siaga("setup", "--admin", login, data=tmp_path / "new")
    assert run.returncode == 2 and "--admin" in run.stderr and not (tmp_path / "new").exists()


def test_the_unit_lets_the_services_write_where_recordings_are():
    from telephony.asterisk.settings import Directories

    unit = (ROOT / "docs/systemd/siaga112.service").read_text()
    writable = re.findall(r"(?m)^ReadWritePaths=-?(.*)$", unit)
    assert "ProtectSystem=strict" in unit
    assert Directories().recordings in writable


def test_a_fault_of_the_program_is_a_sentence_without_what_it_was_about(monkeypatch):
    def broken(*_args, **_rest):
        raise KeyError("+6281234567890")

    monkeypatch.setattr("console.commands.agencies.load_pack", broken)
    made = CliRunner().invoke(main, ["agencies"], env={"SIAGA112_DEBUG": None})
    assert made.exit_code == 1
    assert made.stderr.startswith("siaga112: test_commands.py:")
    assert "KeyError" in made.stderr and "SIAGA112_DEBUG=1" in made.stderr
    assert "+62" not in made.stderr and "Traceback" not in made.stderr
    with pytest.raises(KeyError):
        siaga("agencies")


def test_a_log_never_grows_without_end(monkeypatch, tmp_path):
    monkeypatch.setattr("console.main.LOG_BYTES", 1000)
    before = logging.root.handlers[:]
    try:
        log_to(tmp_path / "log" / "x.log")
        for number in range(200):
            logging.getLogger("siaga112").info("line %s", number)
    finally:
        for handler in logging.root.handlers:
            handler.close()
        logging.root.handlers[:] = before
        logging.captureWarnings(False)
    files = sorted(path.name for path in (tmp_path / "log").iterdir())
    assert files == ["x.log", "x.log.1", "x.log.2", "x.log.3", "x.log.4"]
    assert "line 199" in (tmp_path / "log" / "x.log").read_text()
