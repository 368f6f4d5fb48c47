"""Bells: one small file for each telephone, touched after a commit with an entry that names it.

The head file wakes every follower for every entry, so followers read it at a pace. What names one's own telephone (it
rings, it was answered, it is on pause) is read at once: without a bell for it, twenty desks either look fifty times a
second each, or the one desk where it rings hears of it late. A bell that is missed costs no more than the pace.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from data.store.ownership import give_to_owner

_KEPT = 1000
"""Names of which the path is kept: more telephones than a centre has."""


class Bells:
    """The bells of a data directory, in ``bells/``. A name may be anything that an exchange calls a telephone."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "bells"
        self._paths: dict[str, str] = {}

    def hang(self, name: str) -> Path:
        """The file that changes its times when ``name`` is rung; made when it is not there."""
        path = Path(self._path(name))
        path.parent.mkdir(mode=0o700, exist_ok=True)
        give_to_owner(path.parent)
        path.touch(mode=0o600)
        give_to_owner(path)
        return path

    def ring(self, names: Iterable[str]) -> None:
        """Wake who listens for one of ``names``. Never raises: what is on record stands, whoever heard of it."""
        for name in names:
            try:
                os.utime(self._path(name))
            except OSError:
                continue  # nobody has ever listened for it, or the disk is away: the pace is the net

    def _path(self, name: str) -> str:
        path = self._paths.get(name)
        if path is None:
            path = str(self._directory / (quote(name, safe="", errors="replace")[:200] + ".bell"))
            if len(self._paths) < _KEPT:
                self._paths[name] = path
        return path
