"""Recordings are deleted when their time is over, but none of an incident that is on hold."""

from __future__ import annotations

import pytest

from data.clock import now
from data.errors import Refusal
from data.verify import verify
from data.vocabulary.recordings import RecordingDeleted
from telephony.recordings import queries, retention
from telephony.recordings.check import compare
from telephony.recordings.service import RecordingsService
from tests.unit.recordings.support import Archive, call_stream

DAY_S = 86_400
BELONG = {call_stream(1): {"fire"}, call_stream(2): {"fire", "merged"}, call_stream(3): set[str]()}


def incidents_of(_db: object, call: str) -> set[str]:
    return BELONG.get(call, set())


@pytest.fixture
def kept(archive: Archive) -> Archive:
    """Three calls of 40 days ago and one of today, all recorded."""
    for number in (1, 2, 3):
        archive.call(number, ended_ago_s=40 * DAY_S)
        archive.record(number)
    archive.call(4)
    archive.record(4)
    RecordingsService(archive.settings, archive.journal).step()
    return archive


def prune(archive: Archive, days: int = 30) -> list[str]:
    folders = {"pwk": str(archive.folder)}
    done = retention.prune(archive.journal, folders, now(), days, incidents_of, actor="recordings")
    return [row.call for row in done]


def files(archive: Archive) -> list[str]:
    return sorted(path.stem for path in archive.folder.rglob("*.wav"))


def test_what_is_older_goes_and_its_fingerprint_stays(kept: Archive) -> None:
    assert prune(kept) == [call_stream(1), call_stream(2), call_stream(3)]
    assert files(kept) == ["4"]
    [first, *_] = [body for body in kept.entries("recording.deleted") if isinstance(body, RecordingDeleted)]
    row = queries.recording(kept.journal, first.call)
    assert row is not None and (row.sha256, row.deleted_at is not None) == (first.sha256, True)
    assert (first.bytes, first.keep_days) == (160_044, 30)
    assert compare(kept.journal, {"pwk": str(kept.folder)}) == (1, []), "what was deleted in order is no fault"
    assert prune(kept) == []
    assert verify(kept.journal).ok


def test_nothing_goes_when_recordings_are_kept_for_ever(kept: Archive) -> None:
    assert (prune(kept, 0), files(kept)) == ([], ["1", "2", "3", "4"])


def test_an_incident_on_hold_keeps_all_its_recordings_until_it_is_released(kept: Archive) -> None:
    kept.journal.decide(lambda view: retention.hold(view, "fire", reason="penyidikan", actor="dewi"))
    assert prune(kept) == [call_stream(3)]
    kept.journal.decide(lambda view: retention.hold(view, "merged", reason="penyidikan", actor="dewi"))
    kept.journal.decide(lambda view: retention.release(view, "fire", reason="selesai", actor="dewi"))
    assert prune(kept) == [call_stream(1)], "the second one belongs to another incident on hold, too"
    assert [row.incident for row in queries.holds(kept.journal)] == ["merged"]


def test_a_hold_takes_a_reason_and_is_set_and_lifted_once(kept: Archive) -> None:
    for what in (retention.hold, retention.release):
        with pytest.raises(Refusal, match="reason"):
            what(kept.journal, "fire", reason="  ", actor="dewi")
    with pytest.raises(Refusal, match="not on hold"):
        retention.release(kept.journal, "fire", reason="x", actor="dewi")
    kept.journal.decide(lambda view: retention.hold(view, "fire", reason="x", actor="dewi"))
    with pytest.raises(Refusal, match="already"):
        retention.hold(kept.journal, "fire", reason="x", actor="dewi")


def test_a_hold_that_comes_just_before_the_deletion_wins(kept: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = retention.expired(kept.journal, now(), 30, incidents_of)
    kept.journal.decide(lambda view: retention.hold(view, "fire", reason="penyidikan", actor="dewi"))
    monkeypatch.setattr(retention, "expired", lambda *_: chosen)
    assert prune(kept) == [call_stream(3)]
    assert files(kept) == ["1", "2", "4"]


def test_a_file_that_outlived_its_entry_goes_at_the_next_look(kept: Archive) -> None:
    content = (kept.folder / "2026/11/24/3.wav").read_bytes()
    prune(kept)
    (kept.folder / "2026/11/24/3.wav").write_bytes(content)  # killed between the entry and the removal
    assert (prune(kept), files(kept)) == ([], ["4"])


def test_the_service_prunes_by_its_setting_and_only_when_it_can_ask_about_holds(kept: Archive) -> None:
    settings = kept.settings.__class__(pbx=kept.settings.pbx, keep_days=30, recordings_free_mb=0)
    RecordingsService(settings, kept.journal).step()
    assert files(kept) == ["1", "2", "3", "4"]
    RecordingsService(settings, kept.journal, incidents_of=incidents_of).step()
    assert files(kept) == ["4"]


def test_where_the_folder_is_not_there_nothing_is_called_deleted(kept: Archive) -> None:
    assert retention.prune(kept.journal, {"pwk": None}, now(), 30, incidents_of, actor="x") == []
    assert retention.prune(kept.journal, {"pwk": "/nonexistent"}, now(), 30, incidents_of, actor="x") == []
    assert kept.entries("recording.deleted") == []
