"""The journal keeps every fact once, in order, chained, and refuses nothing that happened."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.entry import draft
from data.errors import Refusal, SiagaError
from data.journal import GENESIS, Journal, UnprojectedKind
from data.verify import verify
from data.vocabulary.calls import CallArrived, CallHeld
from tests.unit.data.support import Counted, arrived, ended, note, open_journal


@pytest.fixture
def journal(tmp_path):
    with open_journal(tmp_path / "d") as opened:
        yield opened


def test_entries_get_consecutive_numbers_and_are_chained(journal):
    first, second = journal.append([arrived(1), arrived(2)])
    assert (first.seq, second.seq) == (1, 2)
    assert first.prev_hash == GENESIS and second.prev_hash == first.hash
    assert journal.head() == (2, second.hash)


def test_a_known_fact_is_dropped_silently(journal):
    assert len(journal.append([arrived(1)])) == 1
    assert journal.append([arrived(1)]) == []
    assert [e.id for e in journal.append([arrived(1), ended(1), ended(1)])] == ["pbx/1/end"]
    assert [e.version for e in journal.stream("call/pbx/1")] == [1, 2]


def test_what_is_read_is_what_was_written_personal_fields_included(journal):
    journal.append([arrived(1, number="+62 812-0000 ☎")])
    (entry,) = journal.read(0)
    assert entry.body == CallArrived(channel="PJSIP/trunk-1", number="+62 812-0000 ☎")


def test_personal_values_are_not_in_the_chained_body(journal):
    journal.append([arrived(1, number="+6281234567")])
    stored = journal.execute("SELECT body FROM journal").fetchone()[0]
    assert "81234567" not in stored and "sha256:" in stored


def test_a_kind_without_a_projection_is_refused_before_anything_is_written(journal):
    with pytest.raises(UnprojectedKind):
        journal.append([arrived(1), draft("call/pbx/1", CallHeld(how="hold"))])
    assert journal.read(0) == []


def test_a_decision_sees_the_state_inside_the_lock_and_may_be_refused(journal):
    journal.append([arrived(1)])

    def rule(view):
        if len(view.stream("call/pbx/1")) > 1:
            raise Refusal("over", "the call {call} is over", call="1")
        return [ended(1)]

    assert len(journal.decide(rule)) == 1
    with pytest.raises(Refusal, match="the call 1 is over"):
        journal.decide(rule)
    assert len(journal.read(0)) == 2


def test_repeating_a_decision_writes_nothing_and_answers_the_same(journal):
    calls = []

    def rule(view):
        calls.append(1)
        return [note("first line"), note("second line")]

    once = journal.decide(rule, id="key-press-1")
    again = journal.decide(rule, id="key-press-1")
    assert once == again and len(calls) == 1
    assert [e.id for e in once] == ["key-press-1/0", "key-press-1/1"]
    assert len(journal.decide(rule, id="key-press-10")) == 2


def test_derived_tables_change_with_the_entry_and_vanish_with_a_failed_transaction(journal):
    journal.append([arrived(1)])
    assert journal.execute("SELECT stream, entries FROM counted").fetchall() == [("call/pbx/1", 1)]
    with pytest.raises(RuntimeError), journal.transaction() as session:
        session.insert([arrived(2)])
        raise RuntimeError
    assert journal.execute("SELECT count(*) FROM counted").fetchone() == (1,)
    assert verify(journal).ok


def test_a_projection_whose_version_rises_is_made_anew_at_the_next_start(tmp_path):
    with open_journal(tmp_path) as journal:
        journal.append([arrived(1), arrived(2)])

    class Doubled(Counted):
        version = 2

        def apply(self, db, entry):
            super().apply(db, entry)
            db.execute("UPDATE counted SET entries = entries + 100 WHERE stream = ?", (entry.stream,))

    with Journal(tmp_path, [Doubled()]) as journal:
        assert journal.execute("SELECT entries FROM counted").fetchall() == [(101,), (101,)]


def test_opening_what_does_not_exist_names_the_directory_and_the_remedy(tmp_path):
    with pytest.raises(SiagaError, match="siaga112 setup"):
        open_journal(tmp_path / "nothing", create=False)


def test_many_threads_write_one_gapless_chain(journal):
    def work(start):
        for n in range(start, start + 25):
            journal.append([arrived(n), ended(n)])

    threads = [threading.Thread(target=work, args=(k * 100,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e.seq for e in journal.read(0)] == list(range(1, 201))
    assert verify(journal).ok


texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=50)


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), texts), max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_facts_in_any_batches_with_any_repeats_leave_a_whole_record(tmp_path_factory, facts):
    directory = tmp_path_factory.mktemp("j")
    with open_journal(directory) as journal:
        expected = []
        batch = []
        for n, flush, text in facts:
            batch.append(arrived(n, text or None) if not flush else ended(n))
            if flush:
                journal.append(batch)
                journal.append(batch)
                expected += [d.id for d in batch]
                batch = []
        assert [e.id for e in journal.read(0)] == list(dict.fromkeys(expected))
        assert verify(journal).ok
