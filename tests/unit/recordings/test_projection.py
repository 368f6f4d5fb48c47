"""What is known of a recording: running, muted, over."""

from data.clock import SECOND, now
from data.entry import draft
from data.verify import verify
from data.vocabulary import calls as v
from telephony.commands import request
from telephony.recordings import queries
from telephony.recordings.check import compare
from telephony.recordings.service import RecordingsService
from tests.unit.recordings.support import call_stream


def say(archive, state: str, at: int, number: int = 1) -> None:
    archive.append(draft(call_stream(number), v.CallRecording(state=state), at=at))


def test_a_mute_lasts_from_the_first_to_the_release_however_often_it_is_told(archive):
    at = now()
    for state, second in (("started", 0), ("muted", 1), ("muted", 2), ("unmuted", 5), ("unmuted", 6), ("muted", 8)):
        say(archive, state, at + second * SECOND)
    stream = call_stream(1)
    assert queries.mutes(archive.journal, stream) == [(at + SECOND, at + 5 * SECOND), (at + 8 * SECOND, None)]
    assert [row.muted_since for row in queries.muted(archive.journal, "pwk")] == [at + 8 * SECOND]
    archive.append(draft(stream, v.CallEnded(outcome="answered"), at=at + 9 * SECOND))
    assert queries.mutes(archive.journal, stream)[-1] == (at + 8 * SECOND, at + 9 * SECOND), "the call's end ends it"
    say(archive, "muted", at + 10 * SECOND)
    assert queries.muted(archive.journal, "pwk") == []
    assert verify(archive.journal).ok


def test_files_are_compared_with_their_fingerprints(archive):
    paths = []
    for number in (1, 2, 3):
        archive.call(number)
        paths.append(archive.record(number))
    RecordingsService(archive.settings, archive.journal).step()
    folders = {"pwk": str(archive.folder)}
    assert compare(archive.journal, folders) == (3, [])
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-2] + b"\x01\x01")
    checked, faults = compare(archive.journal, folders)
    assert checked == 3
    assert [fault.split(" of ")[0] for fault in faults] == ["recording 2026/11/24/1.wav", "recording 2026/11/24/2.wav"]
    assert "is gone" in faults[0] and "was changed" in faults[1]
    assert compare(archive.journal, {"pwk": None})[1] == [
        "3 recordings of pwk are not on this machine (setting recordings of [[pbx]])"
    ]


def test_who_asked_for_a_mute_is_known(archive):
    stream = call_stream(1)
    say(archive, "started", now())
    archive.append(request("pwk", "mute", actor="siti", terminal="meja-1", call=stream, operator="PJSIP/op1"))
    say(archive, "muted", now())
    assert [row.muted_by for row in queries.muted(archive.journal, "pwk")] == ["PJSIP/op1"]
