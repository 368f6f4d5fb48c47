"""The recordings of calls: their fingerprint, who listened, what is kept, what was deleted.

Stream of a recording: ``recording/<pbx>/<linkedid>``, as its call's; of a legal hold: ``recording_hold/<incident>``.
That a recording runs, and is muted for a while, are facts of the call itself (``call.recording``).
"""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("recording.finished")
class RecordingFinished(Record, frozen=True, kw_only=True):
    """The call is over, and this is its file: what a later look must find again, bit for bit.

    ``call`` is the call's stream, ``file`` the path below the exchange's folder of recordings. ``state``: whole;
    cut (the exchange died before it closed the file); short (closed, but much shorter than the call); missing (there is
    no such file: ``sha256``, ``bytes`` and ``seconds`` are None).
    """

    call: str
    file: str
    state: str
    seconds: float | None = None
    bytes: int | None = None
    sha256: str | None = None


@record("recording.accessed", personal=("reason",))
class RecordingAccessed(Record, frozen=True, kw_only=True):
    """Somebody (the entry's actor) is given what a recording holds; written before it is given.

    ``how``: recall (the last ``seconds``, into the ear of the operator in the call), telephone (all of it, on
    ``telephone``), player (a program on the server).
    """

    call: str
    how: str
    seconds: int | None = None
    telephone: str | None = None
    reason: str | None = None


@record("recording.held", personal=("reason",))
class RecordingHeld(Record, frozen=True, kw_only=True):
    """The recordings of an incident's calls are evidence: none of them is deleted until the hold is lifted."""

    incident: str
    reason: str | None = None


@record("recording.released", personal=("reason",))
class RecordingReleased(Record, frozen=True, kw_only=True):
    """The hold on an incident's recordings is lifted."""

    incident: str
    reason: str | None = None


@record("recording.deleted")
class RecordingDeleted(Record, frozen=True, kw_only=True):
    """The file is removed, its time being over; ``sha256`` and ``bytes`` say what it was.

    Written before the removal, so that nothing is ever gone without an entry.
    """

    call: str
    file: str
    keep_days: int
    sha256: str | None = None
    bytes: int | None = None
