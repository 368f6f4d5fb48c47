"""Recordings on a real Asterisk: fingerprints at the end of calls, a full disk, an exchange that dies."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from data.vocabulary.administration import HouseAlarm
from data.vocabulary.recordings import RecordingFinished
from telephony.recordings import queries
from telephony.recordings.check import compare
from telephony.recordings.service import RecordingsService
from telephony.settings import read_telephony
from tests.lab import Exchange
from tests.lab.places import asterisk_version
from tests.real.bridge_process import PBX, Centre, until

pytestmark = pytest.mark.asterisk
ROOT = Path(__file__).parents[2]


def recordings_of(exchange: Exchange, centre: Centre) -> RecordingsService:
    """The service that looks at this exchange's recordings."""
    centre.pbx["recordings"] = str(exchange.recordings)
    settings = read_telephony({"recordings_free_mb": 0}, [centre.pbx])
    return RecordingsService(settings, centre.journal, grace_s=2)


def finished(centre: Centre, service: RecordingsService, times: int = 1) -> list[RecordingFinished]:
    def look() -> list[RecordingFinished]:
        service.step()
        bodies = [entry.body for entry in centre.entries("recording.finished")]
        return [body for body in bodies if isinstance(body, RecordingFinished)] if len(bodies) >= times else []

    found: list[RecordingFinished] = until(look)
    assert found, (centre.kinds(), centre.log())
    return found


def test_at_the_end_of_each_call_its_recording_has_length_size_and_fingerprint(
    shared_exchange: Exchange, tmp_path: Path
) -> None:
    with Centre(tmp_path, shared_exchange.ami_port, shared_exchange.ami_secret) as centre:
        centre.bridge()
        centre.do("member_add", operator="PJSIP/op1")
        service = recordings_of(shared_exchange, centre)
        with shared_exchange.operator("op1", ring_s=0.1):
            began = time.monotonic()
            talked = shared_exchange.caller(talk_s=None)
            centre.await_kind("call.answered")
            running = queries.recording(centre.journal, centre.calls()[0].call)
            assert running is not None and running.ended_at is None
            service.step()
            assert centre.entries("recording.finished") == [], "the call goes on"
            file = shared_exchange.recordings / (running.file or "")
            assert until(lambda: file.exists() and file.stat().st_size > 2 * 2 * 8_000), "two seconds of 16 bit, 8 kHz"
            talked.hang_up()
            lasted = time.monotonic() - began
        gave_up = shared_exchange.caller(talk_s=1)
        gave_up.done()
        bodies = finished(centre, service, 2)
        for body in bodies:
            content = (shared_exchange.recordings / body.file).read_bytes()
            assert (body.state, body.bytes) == ("whole", len(content))
            assert body.sha256 == hashlib.sha256(content).hexdigest()
        assert 1.5 < (bodies[0].seconds or 0) < lasted
        folders = {PBX: str(shared_exchange.recordings)}
        assert compare(centre.journal, folders) == (2, [])
        (shared_exchange.recordings / bodies[0].file).write_bytes(b"RIFF")
        assert len(compare(centre.journal, folders)[1]) == 1
        assert centre.entries("house.alarm") == []


def test_the_recording_of_a_call_whose_exchange_died_is_cut_and_one_that_somebody_removed_is_missing(
    exchange: Exchange, tmp_path: Path
) -> None:
    with Centre(tmp_path, exchange.ami_port, exchange.ami_secret) as centre:
        centre.bridge()
        service = recordings_of(exchange, centre)
        gone = exchange.caller(talk_s=1)
        gone.done()
        centre.await_kind("call.ended")
        exchange.recording_files()[0].unlink()
        exchange.caller(talk_s=None)
        assert until(lambda: exchange.recording_files() and exchange.recording_files()[0].stat().st_size > 60_000)
        exchange.kill9()
        exchange.start()
        centre.await_kind("call.ended", 2)
        assert sorted(body.state for body in finished(centre, service, 2)) == ["cut", "missing"]
        [cut] = [body for body in finished(centre, service, 2) if body.state == "cut"]
        assert (cut.seconds or 0) > 3, "what was written can be heard, and has its fingerprint"
        alarms = sorted(e.body.what for e in centre.entries("house.alarm") if isinstance(e.body, HouseAlarm))
        assert [what for what in alarms if what.startswith("recording_")] == ["recording_cut", "recording_missing"]


FULL_DISK = """
    import shutil, sys
    from pathlib import Path
    import msgspec
    from tests.lab import Exchange
    from tests.real.bridge_process import Centre, until
    from tests.real.test_recordings import finished, recordings_of

    disk, folder = Path(sys.argv[1]), Path(sys.argv[2])
    disk.chmod(0o777)
    exchange = Exchange()
    shutil.rmtree(exchange.recordings)
    exchange.recordings.symlink_to(disk)
    with exchange, Centre(folder, exchange.ami_port, exchange.ami_secret) as centre:
        centre.bridge()
        centre.do("member_add", operator="PJSIP/op1")
        service = recordings_of(exchange, centre)
        service._settings = msgspec.structs.replace(service._settings, recordings_free_mb=1)
        service.step()
        exchange.caller(talk_s=1).done()
        assert finished(centre, service)[-1].state == "whole"
        assert not centre.entries("house.alarm")
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        with exchange.operator("op1", ring_s=0.1):
            caller = exchange.caller(talk_s=None)
            centre.await_kind("call.answered")
            service._room_at = 0
            service.step()
            caller.hang_up()
        centre.await_kind("call.ended", 2)
        call = centre.calls()[-1]
        assert (call.outcome, call.operator) == ("answered", "PJSIP/op1"), call
        assert centre.entries("house.alarm")[0].body.what == "recordings_full"
        body = finished(centre, service, 2)[-1]
        assert body.state in ("cut", "short", "missing"), body
        filler.unlink()
        service._room_at = 0
        service.step()
        assert service._room["pwk"].state == "ok"
        exchange.caller(talk_s=1).done()
        assert finished(centre, service, 3)[-1].state == "whole"
    print("ok", flush=True)
"""


def test_with_a_full_disk_calls_go_on_and_an_alarm_says_that_they_are_not_recorded(tmp_path: Path) -> None:
    asterisk_version()
    program = tmp_path / "full.py"
    program.write_text(textwrap.dedent(FULL_DISK))
    disk = Path(tempfile.mkdtemp(prefix="siaga112-disk-"))  # the exchange, as nobody, cannot enter pytest's folders
    root = os.getuid() == 0
    namespace = ["unshare", "--mount"] if root else ["unshare", "--map-root-user", "--mount"]
    back = "" if root else f"unshare --map-user={os.getuid()}"
    mount = f'mount -t tmpfs -o size=3M none "$1" && exec {back} "$2" "$3" "$1" "$4"'
    disk.chmod(0o755)
    run = subprocess.run(
        [*namespace, "sh", "-c", mount, "sh", disk, sys.executable, program, tmp_path / "centre"],
        capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    disk.rmdir()
    assert run.stdout.strip() == "ok", run.stdout + run.stderr
