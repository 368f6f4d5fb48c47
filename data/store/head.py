"""The head file: ``seq`` and ``hash`` of the last entry, written after each commit. It rings the followers, and it
shows a cut-off tail, which leaves a valid chain and would not be noticed otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from data.store.ownership import give_to_owner

_WIDTH = 20 + 1 + 64 + 1


class Head:
    """The file ``head`` of a data directory. Written only by a holder of the writers' lock, so it never goes back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_to_owner(path)

    def write(self, seq: int, digest: str) -> None:
        """Note the head; one small write in place, which wakes whoever watches the file."""
        os.pwrite(self._fd, f"{seq:020d} {digest}\n".encode(), 0)

    def read(self) -> tuple[int, str]:
        """``(seq, hash)`` as last noted; ``(0, "")`` when nothing is noted or the file is damaged."""
        text = os.pread(self._fd, _WIDTH, 0).decode("ascii", "replace").split()
        if len(text) != 2 or not text[0].isdigit():
            return 0, ""
        return int(text[0]), text[1]

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
