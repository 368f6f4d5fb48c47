"""A ballast file that is given back when the disk is full, so that the centre can go on while somebody frees space."""

from __future__ import annotations

import os
from pathlib import Path

from data.store.ownership import give_to_owner

SIZE = 16 * 1024 * 1024
"""Bytes: about 30,000 entries' worth."""


def lay(path: Path) -> bool:
    """Make the ballast unless it is there; False when the disk has no room for it now."""
    if path.exists():
        return True
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        os.posix_fallocate(fd, 0, SIZE)
    except OSError:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(fd)
    give_to_owner(path)
    return True


def give_back(path: Path) -> bool:
    """Free the ballast's space; False when it is already gone."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
