"""Where a recording lies, by the name that the exchange gave it."""

from __future__ import annotations

import glob
import re
from datetime import UTC, datetime
from pathlib import Path

from data.clock import SECOND, Micros

_DAY = 86400 * SECOND
_FILE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,80}/){0,5}[A-Za-z0-9_][A-Za-z0-9._-]{0,120}\.wav\Z")


def recording_stream(call: str) -> str:
    """The stream of the recording of ``call`` (a call's stream: call/<pbx>/<linkedid>)."""
    return "recording/" + call.removeprefix("call/")


def looked_for(folder: str | Path, call: str, at: Micros) -> str | None:
    """The file of a call that began ``at`` and whose recording was not told of, as the dialplan names it.

    The name is the call's key with the exchange's name before it, in a folder of the UTC day (the next one, for a call
    that came just before midnight). None when there is none.
    """
    key = call.split("/", 2)[-1]
    for day in (at, at + _DAY):
        below = f"{datetime.fromtimestamp(day // SECOND, UTC):%Y/%m/%d}"
        for path in sorted((Path(folder) / below).glob(f"*{glob.escape(key)}.wav")):
            if path.name == f"{key}.wav" or path.name.endswith(f"-{key}.wav"):
                return f"{below}/{path.name}"
    return None


def path_of(folder: str | Path, file: str) -> Path | None:
    """The file below ``folder``; None for a name that is none of a recording (it comes from outside)."""
    return Path(folder) / file if _FILE.match(file) else None
