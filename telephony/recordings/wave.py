"""Reading a recording: is it whole, how long, and its fingerprint.

Asterisk writes 16-bit mono at 8 kHz; while it records the sizes in the head are 0, and they are set when it closes the
file. So a file whose sizes fit is complete, and one whose sizes do not fit any more is being written, or was cut off.
Source of the format: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991), "WAVE".
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

HEAD = 44
"""Bytes before the sound, as Asterisk writes it."""

RATE = 8000
"""Samples in a second; two bytes each."""

BYTES_A_SECOND = 2 * RATE


class Recorded(msgspec.Struct, frozen=True):
    """What a file is: closed in order or not, seconds of sound, size, and SHA-256 (hex) of all its bytes."""

    closed: bool
    seconds: float
    bytes: int
    sha256: str


def is_closed(path: Path) -> bool:
    """Whether the writer has closed the file in order. Raises OSError."""
    with path.open("rb") as file:
        return _closed(file.read(HEAD), path.stat().st_size)


def _closed(head: bytes, size: int) -> bool:
    if len(head) < HEAD or head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt ":
        return False
    whole, sound = int.from_bytes(head[4:8], "little"), int.from_bytes(head[40:44], "little")
    return sound > 0 and whole == size - 8 and sound == size - HEAD


def read(path: Path) -> Recorded:
    """All of it, a megabyte at a time. Raises OSError."""
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            head = head or block[:HEAD]
            digest.update(block)
            size += len(block)
    seconds = max(0, size - HEAD) / BYTES_A_SECOND
    return Recorded(_closed(head, size), round(seconds, 3), size, digest.hexdigest())


def tail(path: Path, seconds: int) -> bytes:
    """The last ``seconds`` of the sound as raw samples (.sln), also of a file that is being written. Raises OSError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        whole = HEAD + (max(0, size - HEAD) // 2) * 2
        file.seek(max(HEAD, whole - seconds * BYTES_A_SECOND))
        return file.read(max(0, whole - file.tell()))
