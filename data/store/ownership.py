"""Whose the files are that root makes in a folder of a service."""

from __future__ import annotations

import os
from pathlib import Path


def give_to_owner(path: Path) -> None:
    """What root makes in a folder of a service belongs to the service: else a ``siaga112 doctor`` run as root would
    leave a lock behind that the service can't open. Nothing to do for anybody else."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        if folder.st_uid and not path.stat().st_uid:
            os.chown(path, folder.st_uid, folder.st_gid)
