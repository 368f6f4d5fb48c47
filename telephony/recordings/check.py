"""Are the recordings still what they were when their calls ended? For ``siaga112 verify --recordings``."""

from __future__ import annotations

from collections.abc import Mapping

from data.projection import Database
from telephony.recordings import queries, wave
from telephony.recordings.names import path_of


def compare(db: Database, folders: Mapping[str, str | None]) -> tuple[int, list[str]]:
    """How many files were compared, and a sentence for each that is gone or changed.

    ``folders``: exchange -> its folder of recordings as this machine sees it; without one its recordings can't be
    compared, which is a fault too: who asks wants to know.
    """
    checked, faults, unseen = 0, list[str](), dict[str, int]()
    for row in queries.fingerprinted(db):
        folder = folders.get(row.pbx)
        if not folder:
            unseen[row.pbx] = unseen.get(row.pbx, 0) + 1
            continue
        path = path_of(folder, row.file or "")
        try:
            found = wave.read(path) if path is not None else None
        except FileNotFoundError:
            found = None
        except OSError as error:
            faults.append(f"recording {row.file} of {row.call} cannot be read: {error.strerror}")
            continue
        checked += 1
        if found is None:
            faults.append(f"recording {row.file} of {row.call} is gone")
        elif found.sha256 != row.sha256:
            faults.append(
                f"recording {row.file} of {row.call} was changed: it had {row.bytes} bytes, sha256 {row.sha256}"
            )
    for pbx, count in sorted(unseen.items()):
        faults.append(f"{count} recordings of {pbx} are not on this machine (setting recordings of [[pbx]])")
    return checked, faults
