"""Where the real Asterisk and baresip are, which ``./run tests`` fetches."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


class LabMissing(RuntimeError):
    """A program of the lab isn't here; the message says how to get it."""


def cache() -> Path:
    """The folder of fetched programs: the same rule as in ``./run``.

    SIAGA112_CACHE when set; for root /var/cache (the exchange runs as an unprivileged user, who can't enter /root);
    otherwise the user's own cache.
    """
    named = os.environ.get("SIAGA112_CACHE")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/cache/siaga112")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "siaga112"


def program(name: str) -> Path:
    """The wrapper of a fetched program (``asterisk``, ``baresip``). Raises LabMissing when it isn't there."""
    path = cache() / name / "bin" / name
    if not path.is_file():
        raise LabMissing(f"no {name} in {cache()}: run ./run tests once, or tests/lab/fetch.sh {cache()}")
    return path


def tool(name: str) -> str:
    """The path of a tool of the machine (``sipp``, ``setpriv``, ...). Raises LabMissing when it isn't installed."""
    path = shutil.which(name)
    if path is None:
        raise LabMissing(f"no {name} on this machine: run ./run tests once, it installs what the tests need")
    return path


def library(root: Path) -> Path:
    """The folder of shared libraries of a fetched program's ``root``."""
    return next((root / "usr" / "lib").glob("*-linux-gnu"))


def asterisk_version() -> str:
    """What ``asterisk -V`` says."""
    out = subprocess.run([program("asterisk"), "-V"], capture_output=True, text=True, check=True)
    return out.stdout.strip()
