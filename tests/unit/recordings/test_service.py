"""Each call's recording gets its fingerprint once the call is over; what is wrong with it is said."""

import hashlib
import threading

import pytest

from data.clock import SECOND, now
from data.entry import draft
from data.export.sets import present
from data.vocabulary import calls as v
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.recordings import RecordingDeleted, RecordingFinished
from telephony.calls.export import CALLS_SET
from telephony.recordings import excerpts, queries, wave
from telephony.recordings.service import RecordingsService, Room, room_of, verdict
from tests.lab.waiting import until
from tests.unit.recordings.support import Archive, wav


def finished(archive: Archive) -> RecordingFinished:
    [body] = archive.entries("recording.finished")
    assert isinstance(body, RecordingFinished)
    return body


def alarms(archive: Archive) -> list[str]:
    return [body.what for body in archive.entries("house.alarm") if isinstance(body, HouseAlarm)]


def test_a_recording_gets_file_length_size_and_fingerprint(archive):
    stream = archive.call(1)
    path = archive.record(1)
    RecordingsService(archive.settings, archive.journal).step()
    body = finished(archive)
    assert (body.call, body.file, body.state, body.seconds) == (stream, "2026/11/24/1.wav", "whole", 10.0)
    assert (body.bytes, body.sha256) == (160_044, hashlib.sha256(path.read_bytes()).hexdigest())
    row = queries.recording(archive.journal, stream)
    assert row is not None and (row.state, row.sha256) == ("whole", body.sha256)
    assert alarms(archive) == []


def test_the_export_of_calls_names_file_and_fingerprint(archive):
    stream = archive.call(1)
    archive.record(1)
    RecordingsService(archive.settings, archive.journal).step()

    def exported() -> dict[str, object]:
        [row] = archive.journal.execute(CALLS_SET.sql, {"since": 0, "until": 2**62}).fetchall()
        return dict(zip((c.name for c in CALLS_SET.columns), present(CALLS_SET, row, False), strict=True))

    row = exported()
    assert (row["recording"], row["recording_state"], row["recording_s"]) == ("2026/11/24/1.wav", "whole", 10.0)
    assert row["recording_sha256"] == finished(archive).sha256
    archive.append(draft("recordings", RecordingDeleted(call=stream, file="2026/11/24/1.wav", keep_days=90)))
    assert (exported()["recording_state"], exported()["recording_sha256"]) == ("deleted", finished(archive).sha256)


def test_two_services_say_it_once_and_a_later_look_says_nothing_new(archive):
    archive.call(1)
    archive.record(1)
    one, other = (RecordingsService(archive.settings, archive.journal) for _ in range(2))
    pending = queries.pending(archive.journal)
    one.step()
    other._look_at_room(archive.settings.pbx[0])
    archive.append(*other._look(pending[0], archive.folder))
    other.step()
    assert len(archive.entries("recording.finished")) == 1


def test_while_the_exchange_still_writes_nothing_is_said(archive):
    archive.call(1)
    service = RecordingsService(archive.settings, archive.journal)
    service.step()
    assert archive.entries("recording.finished") == [], "the file may yet come"
    archive.record(1, closed=False)
    service.step()
    assert archive.entries("recording.finished") == []
    archive.record(1)
    service.step()
    assert finished(archive).state == "whole"


@pytest.mark.parametrize(
    ("lasted", "written", "closed", "state"),
    [(10, 10, False, "cut"), (10, None, True, "missing"), (60, 20, True, "short"), (60, 57, True, "whole")],
)
def test_what_is_wrong_with_a_recording_is_said_once_with_an_alarm(archive, lasted, written, closed, state):
    archive.call(1, lasted, ended_ago_s=60)
    if written is not None:
        archive.record(1, written, closed=closed)
    service = RecordingsService(archive.settings, archive.journal)
    service.step()
    service.step()  # a size that does not change any more
    service.step()
    assert finished(archive).state == state
    assert alarms(archive) == ([] if state == "whole" else [f"recording_{state}"])
    assert (finished(archive).sha256 is None) == (state == "missing")


def test_a_call_that_nobody_watched_has_its_recording_looked_for(archive):
    begin = 1_795_478_399 * SECOND  # a second before midnight, UTC
    body = v.CallRecovered(source="cel", arrived_at=begin, outcome="answered", ended_at=begin + 10 * SECOND)
    archive.append(draft("call/pwk/1795478399.7", body))
    archive.record(0, name="2026/11/24/purwakarta-1795478399.77.wav")  # somebody else's
    archive.record(0, name="2026/11/24/purwakarta-1795478399.7.wav")
    RecordingsService(archive.settings, archive.journal).step()
    assert (finished(archive).state, finished(archive).file) == ("whole", "2026/11/24/purwakarta-1795478399.7.wav")


@pytest.mark.parametrize(
    "file", ["../../etc/passwd", "/etc/shadow.wav", "a/../../b.wav", "x.wav\n", "..wav", "a b.wav"]
)
def test_a_name_that_is_none_of_a_recording_opens_nothing(archive, file):
    stream, at = "call/pwk/1.0", now() - 60 * SECOND
    archive.append(
        draft(stream, v.CallRecording(state="started", file=file), at=at),
        draft(stream, v.CallEnded(outcome="answered"), at=at),
    )
    RecordingsService(archive.settings, archive.journal).step()
    assert finished(archive).state == "missing"


def test_a_folder_that_is_not_there_is_an_alarm_and_no_recording_is_called_missing(archive, tmp_path):
    archive.call(1, ended_ago_s=600)
    path = archive.record(1)
    archive.folder.rename(tmp_path / "away")
    told: list[tuple[str, str | None]] = []
    service = RecordingsService(archive.settings, archive.journal, beat=lambda *state: told.append(state))
    service.step()
    service._tell()
    assert archive.entries("recording.finished") == []
    assert (alarms(archive), told[-1][0]) == (["recordings_unreachable"], "recordings_unreachable")
    (tmp_path / "away").rename(archive.folder)
    service._room_at = 0
    service.step()
    assert path.exists() and finished(archive).state == "whole"


def test_little_room_is_told_before_there_is_none(tmp_path):
    assert room_of(tmp_path, 0) == Room()
    low = room_of(tmp_path, 10**9)
    assert low.state == "recordings_low" and str(tmp_path) in (low.detail or "")


def test_the_service_works_through_what_ended_while_it_was_away_and_follows_what_comes(archive):
    archive.call(1)
    archive.record(1)
    stop = threading.Event()
    seen = threading.Event()
    service = RecordingsService(archive.settings, archive.journal, beat=lambda *_: seen.set())
    thread = threading.Thread(target=service.run, args=(stop,))
    thread.start()
    try:
        assert seen.wait(60)
        archive.record(2)
        archive.call(2)
        assert until(lambda: len(archive.entries("recording.finished")) == 2)
    finally:
        stop.set()
        thread.join(60)
    assert len(archive.entries("recording.finished")) == 2


def test_a_recording_is_short_when_it_lacks_more_than_five_seconds_and_a_tenth():
    def of(lasted: float, seconds: float) -> str:
        return verdict(wave.Recorded(True, seconds, 0, ""), 0, round(lasted * SECOND))

    assert [of(4, 0), of(10, 5.1), of(10, 4.9), of(600, 545), of(600, 530)] == [
        "whole",
        "whole",
        "short",
        "whole",
        "short",
    ]


def test_the_tail_of_a_growing_file_is_raw_sound_of_whole_samples(tmp_path):
    path = tmp_path / "1.wav"
    path.write_bytes(wav(3, closed=False) + b"\x07")
    assert wave.tail(path, 2) == wav(2)[44:]
    assert wave.tail(path, 60) == wav(3)[44:], "all there is"
    path.write_bytes(b"RI")
    assert wave.tail(path, 2) == b""


def test_an_excerpt_is_for_the_group_to_read_and_goes_after_a_while(tmp_path):
    path = excerpts.write(tmp_path, "01a2", b"sound")
    assert (path.name, path.read_bytes(), path.stat().st_mode & 0o777) == ("01a2.sln", b"sound", 0o640)
    (tmp_path / "keep.wav").write_bytes(b"")
    excerpts.tidy(tmp_path)
    assert path.exists()
    excerpts.tidy(tmp_path, kept_s=-1)
    assert [each.name for each in tmp_path.iterdir()] == ["keep.wav"]
    (tmp_path / "x.sln").symlink_to(tmp_path / "keep.wav")
    with pytest.raises(OSError, match="sln"):
        excerpts.write(tmp_path, "x", b"sound")


def test_many_bad_recordings_are_one_alarm_an_hour(archive):
    for number in range(1, 6):
        archive.call(number, 60, ended_ago_s=3600 + number)
        archive.record(number, 2)
    archive.call(9, 60, ended_ago_s=3 * 3600)
    archive.record(9, 2)
    RecordingsService(archive.settings, archive.journal).step()
    assert len(archive.entries("recording.finished")) == 6
    assert 2 <= len(alarms(archive)) <= 3, "two hours, or three when the hour ended among the five"
