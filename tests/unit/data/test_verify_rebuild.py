"""verify finds every tampering and names the first bad entry; rebuild makes the derived tables anew."""

import pytest

from data.erasure import erase
from data.journal import Journal
from data.rebuild import rebuild
from data.store.connection import StoreBroken, StoreTooNew
from data.verify import verify
from data.vocabulary import administration as admin
from tests.unit.data.support import Counted, arrived, ended, open_journal


@pytest.fixture
def journal(tmp_path):
    with open_journal(tmp_path / "d") as opened:
        opened.append([d for n in range(10) for d in (arrived(n), ended(n))])
        yield opened


def test_a_whole_record_has_no_faults(journal):
    report = verify(journal)
    assert report.ok and report.entries == 20 and report.first_bad_seq is None


@pytest.mark.parametrize(
    ("tampering", "bad_seq"),
    [
        ("UPDATE journal SET body = replace(body, 'trunk-3', 'trunk-4') WHERE seq = 7", 7),
        ("UPDATE journal SET at = at + 1 WHERE seq = 5", 5),
        ("UPDATE journal SET actor = 'somebody' WHERE seq = 1", 1),
        ("DELETE FROM journal WHERE seq = 11", 11),
        ("DELETE FROM journal WHERE seq > 15", 16),
        ("UPDATE journal SET version = 9 WHERE seq = 2", 2),
        ("UPDATE personal SET value = '+62' WHERE entry_id = 'pbx/2/call.arrived/1'", 5),
    ],
)
def test_every_tampering_is_found_at_its_entry(journal, tampering, bad_seq):
    journal.execute(tampering)
    report = verify(journal)
    assert not report.ok
    assert report.first_bad_seq == bad_seq


def test_a_chain_computed_anew_is_noticed_by_the_head_file(journal):
    journal.execute("UPDATE journal SET hash = 'f' || substr(hash, 2), actor = 'x' WHERE seq = 20")
    assert verify(journal).first_bad_seq == 20


def test_a_changed_derived_table_is_found_and_rebuild_mends_it(journal):
    journal.execute("UPDATE counted SET entries = 7 WHERE stream = 'call/pbx/4'")
    report = verify(journal)
    assert not report.ok and "counted" in report.faults[0]
    assert rebuild(journal) == 20
    assert verify(journal).ok


def test_erased_personal_data_leaves_the_chain_whole_and_is_reported(journal):
    assert erase(journal, "admin", [1, 3], "the caller asked") == 2
    report = verify(journal)
    assert report.ok and report.erased == 2
    first = journal.read(0)[0]
    assert first.body.number is None and first.erased == ("number",)
    assert journal.execute("SELECT number FROM counted WHERE stream = 'call/pbx/0'").fetchone() == (None,)
    assert journal.read(20)[0].body == admin.PersonalErased(entries=(1, 3), reason="the caller asked")


def test_an_erasure_that_breaks_off_at_its_last_step_has_erased_nothing(journal, monkeypatch):
    def full(*_arguments):
        raise OSError("no space left")

    before = journal.execute("SELECT * FROM counted ORDER BY stream").fetchall()
    with monkeypatch.context() as patched:
        patched.setattr("data.rebuild.note_version", full)
        with pytest.raises(OSError, match="no space"):
            erase(journal, "admin", [1, 3], "the caller asked")
    report = verify(journal)
    assert report.ok and (report.entries, report.erased) == (20, 0)
    assert journal.execute("SELECT * FROM counted ORDER BY stream").fetchall() == before


def test_a_database_newer_than_the_program_is_refused_with_what_to_do(tmp_path):
    with open_journal(tmp_path) as journal:
        journal.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('siaga112-journal', 'm999', 'x')"
        )
    with pytest.raises(StoreTooNew, match=r"newer than this program.*m999"):
        open_journal(tmp_path)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreBroken, match="cannot be used"):
        Journal(tmp_path, [Counted()])
    assert (tmp_path / "journal.sqlite").read_bytes().startswith(b"this is no")


def test_an_index_that_lost_an_entry_is_found_though_the_chain_is_whole(tmp_path):
    with open_journal(tmp_path) as journal:
        journal.append([arrived(n) for n in range(4)])
        page = journal.execute("PRAGMA page_size").fetchone()[0]
    path = tmp_path / "journal.sqlite"
    whole = path.read_bytes()
    in_an_index = [at for at in places(whole, b"call/pbx/2") if whole[at // page * page] == INDEX_LEAF]
    assert in_an_index
    for at in in_an_index:
        path.write_bytes(whole[: at + 9] + b"7" + whole[at + 10 :])
        with open_journal(tmp_path) as journal:
            report = verify(journal)
        assert "the database file is damaged" in report.faults[0]


INDEX_LEAF = 0x0A
"""The first byte of a page that is the leaf of an index (SQLite's file format, 1.6)."""


def places(data, text):
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)
