"""A journal with calls, and a folder with their recordings."""

from __future__ import annotations

import struct
from pathlib import Path

from data.administration import ADMINISTRATION
from data.clock import SECOND, now
from data.entry import Draft, draft
from data.journal import Journal
from data.vocabulary import calls as v
from telephony.calls.projection import CALLS
from telephony.recordings.projection import RECORDINGS
from telephony.settings import Pbx, Telephony

FILE = "2026/11/24/{}.wav"


def call_stream(number: int) -> str:
    return f"call/pwk/{number}.0"


class Archive:
    """The journal of a centre and the folder of its exchange."""

    def __init__(self, folder: Path, **settings: int) -> None:
        self.folder = folder / "recordings"
        self.folder.mkdir()
        self.journal = Journal(folder / "data", [ADMINISTRATION, CALLS, RECORDINGS])
        pbx = Pbx(name="pwk", secret="s", recordings=str(self.folder))
        self.settings = Telephony(pbx=(pbx,), recordings_free_mb=0, **settings)

    def call(self, number: int, lasted_s: float = 10, *, ended_ago_s: float = 0, told: bool = True) -> str:
        """A call that is over; its stream."""
        stream, end = call_stream(number), now() - round(ended_ago_s * SECOND)
        begin = end - round(lasted_s * SECOND)
        arrived = draft(stream, v.CallArrived(channel=f"PJSIP/trunk-{number}", number="+6281"), at=begin)
        recording = draft(stream, v.CallRecording(state="started", file=FILE.format(number)), at=begin)
        over = draft(stream, v.CallEnded(outcome="answered"), at=end)
        self.journal.append([arrived, *([recording] if told else []), over])
        return stream

    def record(self, number: int, seconds: float = 10, *, closed: bool = True, name: str = FILE) -> Path:
        """The exchange writes the file of a call."""
        path = self.folder / name.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav(seconds, closed=closed))
        return path

    def entries(self, kind: str) -> list[v.Record]:
        return [entry.body for entry in self.journal.read(0) if entry.kind == kind]

    def append(self, *drafts: Draft) -> None:
        self.journal.append(drafts)

    def close(self) -> None:
        self.journal.close()


def wav(seconds: float, *, closed: bool = True, sample: int = 1000) -> bytes:
    """A file as Asterisk writes it; not ``closed``: as it is while the call goes on, sizes 0."""
    sound = struct.pack("<h", sample) * round(seconds * 8000)
    size = len(sound) if closed else 0
    whole = len(sound) + 36 if closed else 0
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", whole, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", size
    )
    return head + sound
