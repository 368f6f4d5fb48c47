"""The service that looks at each recording once its call is over, watches the room for them, and deletes them in time.

It reads the journal, so that it misses nothing: a call that ended while it did not run is looked at when it starts.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from data.clock import SECOND, now
from data.entry import Draft, draft
from data.errors import SiagaError
from data.follow import Follower
from data.journal import Journal
from data.vocabulary.administration import HouseAlarm
from data.vocabulary.recordings import RecordingFinished
from telephony.recordings import excerpts, queries, retention, wave
from telephony.recordings.names import looked_for, path_of, recording_stream
from telephony.recordings.queries import RecordingRow
from telephony.settings import Pbx, Telephony

log = logging.getLogger(__name__)

GRACE_S = 10.0
"""Seconds after the call's end that the exchange has to close the file; then it is cut off, or missing."""

SHORT_S = 5.0
"""A recording that lacks more of its call than this, and more than a tenth, is short."""

LOOK_S = 1.0
"""Seconds between looks, and signs of life."""

PRUNE_S = 3600.0
"""Seconds between looks at what is to be deleted."""

ROOM_S = 5.0
"""Seconds between looks at the free space."""

_MIB = 1 << 20
_FULL_MIB = 4
"""With less than this the exchange is about to fail."""


class Room(msgspec.Struct, frozen=True):
    """How it is with the place of the recordings: ok, or the code of an alarm, with what to say about it."""

    state: str = "ok"
    detail: str | None = None


def verdict(found: wave.Recorded, started_at: int, ended_at: int) -> str:
    """whole, cut or short (see :class:`data.vocabulary.recordings.RecordingFinished`). Pure."""
    if not found.closed:
        return "cut"
    lasted = (ended_at - started_at) / SECOND
    return "short" if lasted - found.seconds > max(SHORT_S, lasted / 10) else "whole"


class RecordingsService:
    """Appends ``recording.finished`` for each call, and alarms."""

    def __init__(
        self,
        settings: Telephony,
        journal: Journal,
        *,
        incidents_of: retention.IncidentsOf | None = None,
        beat: Callable[[str, str | None], None] = lambda _state, _detail: None,
        grace_s: float = GRACE_S,
    ) -> None:
        """``incidents_of``: without it nothing is deleted, since holds are on incidents. ``beat(state, detail)`` is
        told each second how it is; ``grace_s``: see :data:`GRACE_S`."""
        self._incidents_of = incidents_of
        self._prune_at = 0.0
        self._settings = settings
        self._pbxs = {pbx.name: pbx for pbx in settings.pbx if pbx.recordings}
        self._journal = journal
        self._beat = beat
        self._grace_us = round(grace_s * SECOND)
        self._room: dict[str, Room] = {}
        self._room_at = 0.0
        self._sizes: dict[str, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``."""
        follower: Follower | None = None
        try:
            while not stop.is_set():
                try:
                    follower = follower or Follower(self._journal, self._journal.head()[0])
                    self.step()
                    self._tell()
                    follower.wait(LOOK_S)
                except SiagaError as error:
                    log.warning("recordings wait: %s", error)
                    self._beat("waiting", str(error))
                    stop.wait(LOOK_S)
        finally:
            if follower is not None:
                follower.close()
            self._beat("stopped", None)

    def step(self) -> None:
        """Look at the room, and at the recordings of calls that are over."""
        if time.monotonic() >= self._room_at:
            self._room_at = time.monotonic() + ROOM_S
            for pbx in self._pbxs.values():
                self._look_at_room(pbx)
                excerpts.tidy(Path(pbx.recordings or "") / excerpts.FOLDER)
        for row in queries.pending(self._journal):
            pbx_ = self._pbxs.get(row.pbx)
            if pbx_ is not None and self._room[row.pbx].state != "recordings_unreachable":
                drafts = self._look(row, Path(pbx_.recordings or ""))
                if drafts:
                    self._sizes.pop(row.call, None)
                    self._journal.append(drafts)

        if self._incidents_of is not None and time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + PRUNE_S
            folders = {pbx.name: pbx.recordings for pbx in self._pbxs.values()}
            days = self._settings.keep_days
            for row in retention.prune(self._journal, folders, now(), days, self._incidents_of, actor="recordings"):
                log.info("%s: %s is deleted after %d days", row.call, row.file, days)

    # ------------------------------------------------------------------ one recording

    def _look(self, row: RecordingRow, folder: Path) -> list[Draft]:
        """What is to be said of the recording now: nothing while the exchange may still be writing it."""
        late = now() - (row.ended_at or 0) > self._grace_us
        path, file = self._find(row, folder)
        try:
            size = path.stat().st_size if path is not None else -1
            if path is None or size < 0:
                return self._say(row, file, "missing", None) if late else []
            settled = self._sizes.get(row.call) == size
            self._sizes[row.call] = size
            if not wave.is_closed(path) and not (late and settled):
                return []
            found = wave.read(path)
        except OSError as error:
            log.warning("%s: %s", row.call, error)
            return self._say(row, file, "missing", None) if late else []
        return self._say(row, file, verdict(found, row.started_at, row.ended_at or row.started_at), found)

    def _find(self, row: RecordingRow, folder: Path) -> tuple[Path | None, str]:
        """The file, and its name; that of a call that nobody watched is looked for."""
        file = row.file or looked_for(folder, row.call, row.started_at) or ""
        path = path_of(folder, file)
        return (path if path is not None and path.exists() else None), file

    def _say(self, row: RecordingRow, file: str, state: str, found: wave.Recorded | None) -> list[Draft]:
        stream = recording_stream(row.call)
        body = RecordingFinished(
            call=row.call, file=file, state=state,
            seconds=found.seconds if found else None,
            bytes=found.bytes if found else None,
            sha256=found.sha256 if found else None,
        )  # fmt: skip
        # One id for each recording, so that two who look at it say it once.
        drafts = [draft(stream, body, actor="recordings", id=f"{stream}/finished")]
        if state != "whole":
            log.warning("%s: the recording %s is %s", row.call, file or "(without a name)", state)
            alarm = HouseAlarm(what=f"recording_{state}", detail=f"{row.call} {file}"[:500])
            # Once an hour for each kind: a trunk without sound must not push every other alarm off the screen.
            hour = (row.ended_at or 0) // (3600 * SECOND)
            id = f"recordings/{row.pbx}/{state}/{hour}"
            drafts.append(draft("house", alarm, actor="recordings", id=id))
        return drafts

    # ------------------------------------------------------------------ the room

    def _look_at_room(self, pbx: Pbx) -> None:
        folder = Path(pbx.recordings or "")
        room = room_of(folder, self._settings.recordings_free_mb)
        before = self._room.get(pbx.name, Room())
        if room.state != before.state:
            if room.state == "ok":
                log.info("%s: there is room for recordings again", pbx.name)
            else:
                log.error("%s: %s: %s", pbx.name, room.state, room.detail)
                alarm = HouseAlarm(what=room.state, detail=f"{pbx.name}: {room.detail}"[:500])
                self._journal.append([draft("house", alarm, actor="recordings")])
        self._room[pbx.name] = room

    def _tell(self) -> None:
        worst = next((room for room in self._room.values() if room.state != "ok"), None)
        if worst is not None:
            self._beat(worst.state, worst.detail)
        else:
            self._beat("running", None)


def room_of(folder: Path, least_mb: int) -> Room:
    """Whether recordings can be written to ``folder``, and what to say when they can't."""
    try:
        found = os.statvfs(folder)
        if not folder.is_dir():
            return Room("recordings_unreachable", f"{folder} is no folder")
    except OSError as error:
        return Room("recordings_unreachable", f"{folder}: {error.strerror}")
    free = found.f_bavail * found.f_frsize // _MIB
    if free < min(_FULL_MIB, least_mb) or (found.f_files and not found.f_favail):
        return Room("recordings_full", f"{folder}: {free} MiB")
    if free < least_mb:
        return Room("recordings_low", f"{folder}: {free} MiB")
    return Room()
