"""Recordings from the command line: heard, kept, deleted, compared; who did it stands in the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from console.auth import set_password
from console.compose import open_journal
from data.clock import SECOND, now
from data.entry import draft
from data.side import SideTables
from data.vocabulary.administration import SessionDenied, UserCreated
from data.vocabulary.calls import CallArrived, CallEnded, CallRecording
from data.vocabulary.incidents import IncidentOpened
from telephony.recordings.service import RecordingsService
from telephony.settings import Pbx, Telephony
from tests.unit.command.support import siaga
from tests.unit.recordings.support import wav

PASSWORD = "kata-sandi-panjang-1"
CALL = "call/pbx-1/1795490122.0"


class House(NamedTuple):
    data: Path
    file: Path
    proof: tuple[object, ...]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A centre with one recorded call of an incident, a hundred days ago."""
    data = tmp_path_factory.mktemp("centre") / "data"
    password = data.parent / "password"
    password.write_text(PASSWORD + "\n")
    assert siaga("setup", "--admin", "ani", "--name", "Ani", "--password-file", password, data=data).returncode == 0
    folder = data.parent / "recordings"
    folder.mkdir()
    file = folder / "a.wav"
    file.write_bytes(wav(10))
    toml = data / "siaga112.toml"
    text = toml.read_text().replace("#recordings = ", f'recordings = "{folder}" # ')
    toml.write_text(text.replace("#keep_days = 0", "keep_days = 30"))
    end = now() - 100 * 86_400 * SECOND
    with open_journal(data) as journal:
        journal.append(
            [
                draft("user/budi", UserCreated(login="budi", roles=("calltaker",))),
                draft(CALL, CallArrived(channel="PJSIP/trunk-1"), at=end - 10 * SECOND),
                draft(CALL, CallRecording(state="started", file="a.wav"), at=end - 10 * SECOND),
                draft(CALL, CallEnded(outcome="answered"), at=end),
                draft("incident/a", IncidentOpened(number=7, origin="call", call=CALL), at=end, actor="siti"),
            ]
        )
        set_password(journal, "test", "budi", PASSWORD)
        pbx = Pbx(name="pbx-1", secret="x", recordings=str(folder))
        RecordingsService(Telephony(pbx=(pbx,), recordings_free_mb=0), journal).step()
    return House(data, file, ("--user", "ani", "--password-file", password))


def test_files_are_compared_when_asked_for(made: House) -> None:
    run = siaga("verify", "--recordings", data=made.data)
    assert run.returncode == 0 and ", 1 recordings;" in run.stdout, run
    content = made.file.read_bytes()
    made.file.write_bytes(content[:-1] + b"\x01")
    try:
        run = siaga("verify", "--recordings", "--json", data=made.data)
        found = json.loads(run.stdout)
        assert run.returncode == 1 and found["recordings"] == 1 and "was changed" in found["faults"][0]
        assert siaga("verify", data=made.data).returncode == 0, "only when asked for"
    finally:
        made.file.write_bytes(content)


def test_who_plays_a_recording_proves_who_he_is_and_is_on_record(made: House, tmp_path: Path) -> None:
    player = ("--player", f"cp -t {tmp_path}")
    run = siaga("play", "1795490122.0", "--reason", "pengaduan", *player, *made.proof, data=made.data)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "a.wav").read_bytes() == made.file.read_bytes()
    [access] = json.loads(siaga("recordings", "list", CALL, data=made.data).stdout)["accesses"]
    assert (access["who"], access["how"], access["reason"]) == ("ani", "player", "pengaduan")
    for login, text in (("budi", "wrong"), *[("ani", "wrong")] * 5):
        wrong = tmp_path / "wrong"
        wrong.write_text(text)
        proof = ("--user", login, "--password-file", wrong)
        assert siaga("play", CALL, "--reason", "x", *player, *proof, data=made.data).returncode == 1
    budi = ("--user", "budi", *made.proof[2:])
    run = siaga("play", CALL, "--reason", "x", *player, *budi, data=made.data)
    assert run.returncode == 1 and "supervisor or admin" in run.stderr
    run = siaga("play", CALL, "--reason", "x", *player, *made.proof, data=made.data)
    assert run.returncode == 1, "locked out after five wrong passwords, as at sign-in"
    with open_journal(made.data) as journal:
        denied = [e.body for e in journal.read(0) if isinstance(e.body, SessionDenied)]
    assert [body.reason for body in denied][-2:] == ["wrong_password", "locked_out"]
    side = SideTables(made.data)
    side.forget_failures("ani")
    side.close()
    assert siaga("play", CALL, *player, *made.proof, data=made.data).returncode == 2, "a reason is needed"
    assert siaga("play", "nope", "--reason", "x", *made.proof, data=made.data).returncode == 2
    run = siaga("play", CALL, "--reason", "x", "--player", "no-such-player", *made.proof, data=made.data)
    assert run.returncode == 2 and "no-such-player" in run.stderr
    found = json.loads(siaga("recordings", "list", CALL, data=made.data).stdout)
    assert len(found["accesses"]) == 1, "who was refused heard nothing"
    assert found["incidents"] == ["a"]


def test_a_hold_keeps_and_pruning_deletes(made: House) -> None:
    reason = ("--reason", "penyidikan")
    assert siaga("recordings", "hold", 99, *reason, *made.proof, data=made.data).returncode == 2
    assert siaga("recordings", "hold", 7, *reason, *made.proof, data=made.data).returncode == 0
    assert siaga("recordings", "hold", 7, *reason, *made.proof, data=made.data).returncode == 1
    [line] = siaga("recordings", "holds", data=made.data).stdout.splitlines()
    assert (json.loads(line)["incident"], json.loads(line)["who"]) == (7, "ani")
    assert "0 recordings deleted" in siaga("recordings", "prune", data=made.data).stdout
    assert siaga("recordings", "release", 7, *reason, *made.proof, data=made.data).returncode == 0
    run = siaga("recordings", "prune", "--dry-run", data=made.data)
    assert "1 recordings would be deleted" in run.stdout and made.file.exists()
    assert "1 recordings deleted" in siaga("recordings", "prune", data=made.data).stdout
    assert not made.file.exists()
    assert siaga("verify", "--recordings", data=made.data).returncode == 0
    run = siaga("play", CALL, "--reason", "x", *made.proof, data=made.data)
    assert run.returncode == 1 and "deleted" in run.stderr


def test_the_doctor_says_whether_recordings_are_seen_and_can_be_recalled(made: House) -> None:
    def told() -> tuple[str, str]:
        lines = [json.loads(line) for line in siaga("doctor", "--json", data=made.data).stdout.splitlines()]
        [found] = [line for line in lines if line["what"] == "recordings of pbx-1"]
        return found["level"], found["detail"]

    level, detail = told()
    assert level == "warn" and "recall" in detail
    (made.file.parent / "recall").mkdir()
    assert told()[0] == "ok"
    made.file.parent.rename(made.file.parent.with_name("away"))
    assert told()[0] == "fail"
