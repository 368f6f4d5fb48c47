"""Followers see each entry once and in order; side tables keep what is of the moment."""

import os
import tempfile
import threading
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from data.clock import SECOND, now
from data.follow import Follower
from data.side import Presence, SideTables
from data.store.bells import Bells
from tests.unit.data.support import arrived, offered, open_journal


def test_a_follower_gets_what_is_there_and_then_what_comes(tmp_path):
    with open_journal(tmp_path) as journal:
        journal.append([arrived(1), arrived(2)])
        follower = Follower(journal, after=1)
        assert [e.seq for e in follower.wait(60)] == [2]
        got = []
        waiting = threading.Thread(target=lambda: got.extend(follower.wait(60)))
        waiting.start()
        time.sleep(0.1)
        journal.append([arrived(3)])
        waiting.join()
        assert [e.seq for e in got] == [3] and follower.seq == 3
        follower.close()


def test_a_follower_that_missed_the_bell_finds_the_entry_by_its_poll(tmp_path):
    with open_journal(tmp_path / "d") as journal:
        follower = Follower(journal, after=0)
        journal.head_path.rename(tmp_path / "elsewhere")  # the watched file no longer changes
        with open_journal(tmp_path / "d") as writer:
            writer.append([arrived(1)])
        assert [e.seq for e in follower.wait(60)] == [1]
        follower.close()


def test_wake_ends_a_wait(tmp_path):
    with open_journal(tmp_path) as journal:
        follower = Follower(journal, after=0)
        threading.Timer(0.1, follower.wake).start()
        assert follower.wait(None) == []
        follower.close()


def test_who_has_time_reads_less_often_but_is_woken_at_once(tmp_path):
    with open_journal(tmp_path) as journal:
        follower = Follower(journal, 0)
        journal.append([arrived(1)])
        assert [note.seq for note in follower.wait_notes(60, 3600)] == [1], "the first after a quiet time comes at once"
        journal.append([arrived(2)])
        timer = threading.Timer(0.1, follower.wake)
        timer.start()
        assert follower.wait_notes(None, 3600) == [], "woken before its hour is over"
        timer.join()
        assert [note.seq for note in follower.wait_notes(60)] == [2], "nothing was passed over"
        follower.close()


def test_what_names_the_own_telephone_is_read_at_once_whatever_the_pace(tmp_path):
    with open_journal(tmp_path) as journal:
        follower = Follower(journal, 0)
        follower.listen("PJSIP/op1")
        journal.append([arrived(1)])
        assert [note.seq for note in follower.wait_notes(60, 3600)] == [1]
        journal.append([offered(1, "PJSIP/op2")])
        timer = threading.Timer(0.1, journal.append, [[offered(1, "PJSIP/op1")]])
        timer.start()
        assert [note.seq for note in follower.wait_notes(None, 3600)] == [2, 3], "and what had come before with it"
        timer.join()
        follower.close()


def test_a_desk_listens_for_the_telephone_of_who_is_signed_in_now(tmp_path):
    with open_journal(tmp_path) as journal:
        follower = Follower(journal, 0)
        follower.listen("PJSIP/op1")
        follower.listen("PJSIP/op2")
        journal.append([arrived(1)])
        follower.wait_notes(60, 3600)
        journal.append([offered(1, "PJSIP/op1")])
        timer = threading.Timer(0.1, journal.append, [[offered(1, "PJSIP/op2")]])
        timer.start()
        assert [note.seq for note in follower.wait_notes(None, 3600)] == [2, 3]
        timer.join()
        follower.listen("")
        journal.append([offered(2, "PJSIP/op2")])
        threading.Timer(0.1, follower.wake).start()
        assert follower.wait_notes(None, 3600) == [], "nobody sits here any more"
        follower.close()


@given(name=some.text(min_size=1) | some.sampled_from(["..", "PJSIP/op1", "\udcff", "é" * 300]))
def test_a_telephone_may_have_any_name(name):
    with tempfile.TemporaryDirectory() as folder:
        bells = Bells(Path(folder))
        path = bells.hang(name)
        assert path.is_file() and path.resolve().parent == (Path(folder) / "bells").resolve()
        os.utime(path, (0, 0))
        bells.ring([name, name + "x"])
        assert path.stat().st_mtime > 0


def test_drafts_come_back_after_the_process_is_gone(tmp_path):
    side = SideTables(tmp_path)
    side.save_draft("desk-1", "incident", {"place": "Plered", "narrative": "asap hitam"})
    side.save_draft("desk-1", "incident", {"place": ""})
    side.close()
    again = SideTables(tmp_path)
    assert again.drafts("desk-1") == {"incident": {"narrative": "asap hitam"}}
    assert again.drafts("desk-2") == {}


def presence(token, terminal, endpoint):
    return Presence(token, "siti", "calltaker", terminal, endpoint, now(), now())


def test_a_new_session_replaces_the_one_on_the_same_terminal_or_telephone(tmp_path):
    side = SideTables(tmp_path)
    assert side.open_session(presence("a", "desk-1", "op1")) == []
    assert [p.token for p in side.open_session(presence("b", "desk-2", "op1"))] == ["a"]
    assert side.open_session(presence("c", "desk-3", None)) == []
    assert side.open_session(presence("d", "desk-4", None)) == []
    assert not side.beat("a") and side.beat("b")
    assert side.close_session("b") and not side.close_session("b")
    assert [p.token for p in side.sessions()] == ["c", "d"]


def test_failed_sign_ins_lock_a_login_for_a_while(tmp_path):
    side = SideTables(tmp_path)
    assert [side.failed_sign_in("siti", 3, 60) for _ in range(2)] == [1, 2]
    assert side.locked_until("siti") == 0
    side.failed_sign_in("siti", 3, 60)
    assert 50 * SECOND < side.locked_until("siti") - now() <= 60 * SECOND
    assert side.locked_until("budi") == 0
    side.forget_failures("siti")
    assert side.locked_until("siti") == 0


def test_the_newest_state_of_a_telephone_stands(tmp_path):
    side = SideTables(tmp_path)
    side.set_device_state("pbx", "PJSIP/op1", "ringing", 20)
    side.set_device_state("pbx", "PJSIP/op1", "in_use", 10)
    assert side.device_states("pbx") == {"PJSIP/op1": "ringing"}
