"""``siaga112 erase``: the values are gone from the files, the chain is whole, and the record says who and why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from console.auth import set_password
from console.compose import open_journal
from data.entry import draft
from data.erasure import erase as erase_entries
from data.erasure import flush
from data.rebuild import rebuild
from data.side import SideTables
from data.verify import verify
from data.vocabulary.administration import LineTyped, PersonalErased, UserCreated
from data.vocabulary.calls import CallAnswered, CallArrived, CallEnded
from data.vocabulary.incidents import IncidentClosed, IncidentNoted, IncidentOpened, IncidentTextSet
from data.vocabulary.recordings import RecordingAccessed, RecordingHeld
from dispatch import desk
from tests.unit.command.support import siaga
from tests.unit.dispatch.support import PLACE

PASSWORD = "kata-sandi-panjang-1"
NUMBER, NAME = "+6281234567890", "Budi Santoso"
FIRST, SECOND, OTHER = (f"call/pbx-1/{n}.0" for n in (1, 2, 3))
WHY = ("--reason", "permintaan tertulis 12/2026")


def talk(stream: str, at: int, number: str, name: str = "") -> list[Any]:
    return [
        draft(stream, CallArrived(channel="PJSIP/trunk-1", number=number, name=name or None), at=at),
        draft(stream, CallAnswered(operator="PJSIP/op1", channel="PJSIP/op1-1"), at=at + 1),
        draft(stream, CallEnded(outcome="answered", ended_by="caller"), at=at + 2),
    ]


@pytest.fixture(scope="module")
def password(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("secret") / "password"
    file.write_text(PASSWORD + "\n")
    return file


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, password: Path) -> Path:
    """Two calls of one number, the first about incident 7 (closed), and one of somebody else."""
    data = tmp_path_factory.mktemp("centre") / "data"
    assert siaga("setup", "--admin", "ani", "--password-file", password, data=data).returncode == 0
    with open_journal(data) as journal:
        journal.append(
            [
                draft("user/budi", UserCreated(login="budi", roles=("supervisor",))),
                *talk(FIRST, 10**15, NUMBER, NAME),
                *talk(SECOND, 10**15 + 10, "081234567890", NAME),
                *talk(OTHER, 10**15 + 20, "08199999999"),
                draft("incident/a", IncidentOpened(number=7, origin="call", call=FIRST), at=10**15 + 30, actor="siti"),
                draft("incident/a", IncidentTextSet(field="narrative", value="asap dari dapur"), at=10**15 + 31),
                draft("incident/a", IncidentClosed(result="done"), at=10**15 + 32, actor="siti"),
                draft("terminal/desk-1", LineTyped(line="nomor 0812-3456-7890", became="number"), actor="siti"),
                draft("recording/pbx-1/2.0", RecordingAccessed(call=SECOND, how="player", reason="kata Pak Budi")),
            ]
        )
        set_password(journal, "test", "budi", PASSWORD)
    side = SideTables(data)
    side.line_typed("siti", "nomor 0812-3456-7890")
    side.line_typed("siti", "papan")
    side.close()
    return data


@pytest.fixture
def centre(template: Path, tmp_path: Path) -> Path:
    """A centre of its own for a test: a copy of the closed one."""
    return Path(shutil.copytree(template, tmp_path / "data"))


@pytest.fixture
def proof(password: Path) -> tuple[object, ...]:
    return ("--user", "ani", "--password-file", password)


def test_a_number_is_gone_from_the_record_and_from_its_files_and_the_chain_is_whole(
    centre: Path, proof: tuple[object, ...]
) -> None:
    before = json.loads(siaga("verify", "--json", data=centre).stdout)
    run = siaga("erase", "--number", "0812 3456 7890", *WHY, *proof, "--yes", data=centre)
    assert run.returncode == 0, run.stderr
    assert "6 values erased in 4 entries" in run.stdout and "backups" in run.stderr and "Asterisk" in run.stderr
    after = json.loads(siaga("verify", "--json", data=centre).stdout)
    assert after["ok"] and (after["entries"], after["erased"]) == (before["entries"] + 1, 6)
    with open_journal(centre) as journal:
        last = journal.read(after["entries"] - 1)[0]
        assert isinstance(last.body, PersonalErased) and (last.actor, last.body.reason) == ("ani", WHY[1])
        assert len(last.body.entries) == 4
        calls = dict(journal.execute("SELECT call, number FROM calls").fetchall())
        assert calls == {FIRST: None, SECOND: None, OTHER: "08199999999"}
        [texts] = journal.execute("SELECT narrative FROM incidents").fetchall()
        assert texts == ("asap dari dapur",), "an incident may be about others: it is erased by its own number"
    side = SideTables(centre)
    assert side.typed_lines("siti") == ["papan"]
    side.close()
    record = [path for path in centre.rglob("*") if path.is_file() and path.name.startswith("journal.sqlite")]
    for text in (b"81234567890", b"3456-7890", NAME.encode()):
        assert not [path.name for path in record if text in path.read_bytes()], text
    assert siaga("rebuild", data=centre).returncode == 0
    assert siaga("verify", data=centre).returncode == 0
    again = siaga("erase", "--number", NUMBER, *WHY, *proof, "--yes", data=centre)
    assert again.returncode == 1 and "no personal data" in again.stderr


def test_an_incident_goes_with_its_calls_and_entries_by_their_numbers(centre: Path, proof: tuple[object, ...]) -> None:
    run = siaga("erase", "--incident", 7, *WHY, *proof, "--yes", "--json", data=centre)
    told = json.loads(run.stdout)
    assert (told["entries"], told["values"], told["calls"], told["erased"]) == (2, 3, 1, True)
    with open_journal(centre) as journal:
        numbers = dict(journal.execute("SELECT call, number FROM calls").fetchall())
        assert numbers[FIRST] is None and numbers[SECOND] == "081234567890"
        assert journal.execute("SELECT narrative FROM incidents").fetchone()[0] in (None, "")
        [other] = [entry for entry in journal.stream(OTHER) if isinstance(entry.body, CallArrived)]
    assert siaga("erase", "--entries", other.seq, *WHY, *proof, "--yes", data=centre).returncode == 0
    with open_journal(centre) as journal:
        assert dict(journal.execute("SELECT call, number FROM calls").fetchall())[OTHER] is None
    assert siaga("verify", data=centre).returncode == 0


def test_nothing_is_erased_that_was_not_asked_for_or_agreed_to(centre: Path, proof: tuple[object, ...]) -> None:
    before = siaga("verify", data=centre).stdout
    run = siaga("erase", "--number", NUMBER, *WHY, *proof, "--dry-run", data=centre)
    assert run.returncode == 0 and "6 values in 4 entries, of 2 calls, would be erased" in run.stdout
    run = siaga("erase", "--number", NUMBER, *WHY, *proof, data=centre, stdin="n\n")
    assert run.returncode == 1 and "6 values in 4 entries" in run.stderr
    reason, by_number = ("--reason", "x"), ("--number", NUMBER)
    for words in (
        (*by_number, *proof), (*by_number, *proof, "--reason", "  "), (*reason, *proof), (*by_number, *reason),
        (*by_number, "--incident", 7, *reason, *proof), ("--number", "budi", *reason, *proof),
        ("--entries", "0", *reason, *proof), ("--entries", "3-2", *reason, *proof),
        ("--entries", "1-99999", *reason, *proof), ("--incident", 99, *reason, *proof),
        (*by_number, *proof, "--reason", "Pak Budi Santoso minta"), (*by_number, *proof, "--reason", "081234567890"),
    ):  # fmt: skip
        run = siaga("erase", *words, "--yes", data=centre)
        assert run.returncode == 2, (words, run.stderr)
    run = siaga("erase", "--number", "0811111111", *WHY, *proof, "--yes", data=centre)
    assert run.returncode == 1 and "no personal data" in run.stderr
    assert siaga("verify", data=centre).stdout == before, "not one entry more"


def test_only_an_admin_with_the_password_erases(centre: Path, proof: tuple[object, ...], tmp_path: Path) -> None:
    words = ("erase", "--number", NUMBER, *WHY, "--yes")
    run = siaga(*words, "--user", "budi", *proof[2:], data=centre)
    assert run.returncode == 1 and "needs the role admin" in run.stderr
    wrong = tmp_path / "wrong"
    wrong.write_text("salah\n")
    run = siaga(*words, "--user", "ani", "--password-file", wrong, data=centre)
    assert run.returncode == 1 and "password is wrong" in run.stderr
    with open_journal(centre) as journal:
        assert not [entry for entry in journal.read(0) if isinstance(entry.body, PersonalErased)]
        assert [entry.kind for entry in journal.read(0)][-1] == "session.denied"


@pytest.mark.parametrize(
    ("stream", "body", "said"),
    [
        ("recording_hold/a", RecordingHeld(incident="a", reason="polisi"), "incident 7 is on hold"),
        (SECOND, None, "is not over"),
        ("incident/b", None, "incident 8 is active"),
        ("call/pbx-1/9.0", None, "still to be called back"),
    ],
)
def test_evidence_and_what_is_still_worked_on_stay(
    centre: Path, proof: tuple[object, ...], stream: str, body: Any, said: str
) -> None:
    more: list[Any] = {
        "recording_hold/a": lambda: [draft(stream, body, actor="ani")],
        SECOND: lambda: [draft("call/pbx-1/8.0", CallArrived(channel="PJSIP/trunk-1", number=NUMBER))],
        "incident/b": lambda: [
            draft(stream, IncidentOpened(number=8, origin="call", call=SECOND), actor="siti"),
            draft(stream, IncidentNoted(text="asap"), actor="siti"),
        ],
        "call/pbx-1/9.0": lambda: [
            draft(stream, CallArrived(channel="PJSIP/trunk-1", number=NUMBER)),
            draft(stream, CallEnded(outcome="abandoned", ended_by="caller")),
        ],
    }[stream]()
    with open_journal(centre) as journal:
        journal.append(more)
    run = siaga("erase", "--number", NUMBER, *WHY, *proof, "--yes", data=centre)
    assert run.returncode == 1 and said in run.stderr, run.stderr
    with open_journal(centre) as journal:
        assert journal.execute("SELECT count(*) FROM calls WHERE number LIKE '%81234567890'").fetchone()[0] >= 2


def test_what_ingest_left_between_the_rows_and_in_free_pages_goes_with_it(tmp_path: Path) -> None:
    """Texts that grew, pages that were split, freed and used again: nothing of them was written over at the time."""
    secret = lambda n, k: f"RAHASIA{n:03}" * (10 + 150 * k)  # noqa: E731
    open_journal(tmp_path, create=True).close()
    with open_journal(tmp_path) as journal:
        who = lambda: desk.asked("siti", "meja-1")  # noqa: E731
        for n in range(40):
            number = CallArrived(channel=f"PJSIP/t-{n}", number=f"+62811RAHASIA{n:03}")
            journal.append([draft(f"call/pbx/{n}", number)])
            desk.open_incident(journal, who(), f"i{n}", place=PLACE, texts={"narrative": secret(n, 0)})
            for k in range(3):
                desk.set_text(journal, who(), f"i{n}", "narrative", secret(n, k + 1), base=secret(n, k))
        rebuild(journal)
        # Every third caller asked for it, so that most pages go on holding what others said.
        asked_for = {stream for n in range(0, 40, 3) for stream in (f"call/pbx/{n}", f"incident/i{n}")}
        erase_entries(journal, "ani", [e.seq for e in journal.read(0, 10_000) if e.stream in asked_for], "diminta")
        assert flush(journal)
        assert verify(journal).ok
        assert journal.execute("PRAGMA secure_delete").fetchone() == (0,), "ingest pays nothing for it"
        files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert [n for n in range(40) if f"RAHASIA{n:03}".encode() in files] == [n for n in range(40) if n % 3]
