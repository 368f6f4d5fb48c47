"""Excerpts for an operator's ear: raw samples in a folder from which the exchange plays, each for a moment."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = "recall"
"""Below the folder of recordings; the bridge writes there, the exchange reads (docs/admin.md)."""

KEPT_S = 120
"""Seconds after which an excerpt is removed."""


def write(folder: Path, name: str, sound: bytes) -> Path:
    """Raw samples for the exchange to play, readable by the folder's group; older ones go. Raises OSError."""
    tidy(folder)
    path = folder / f"{name}.sln"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640), "wb") as file:  # noqa: PTH123
        file.write(sound)
    path.chmod(0o640)
    return path


def tidy(folder: Path, kept_s: float = KEPT_S) -> None:
    """Remove excerpts that nobody plays any more."""
    for path in folder.glob("*.sln"):
        try:
            if time.time() - path.stat().st_mtime > kept_s:
                path.unlink()
        except OSError as error:
            log.warning("%s: %s", path, error)
