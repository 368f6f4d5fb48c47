"""A supervisor who listens to a talk: facts that the exchange tells. Stream ``supervision/<pbx>/<command>``.

The command that asked for it (``command.requested``: listen, whisper, barge) is the person's; these say what was.
"""

from __future__ import annotations

from data.vocabulary.record import Record, record


@record("supervision.started")
class SupervisionStarted(Record, frozen=True, kw_only=True):
    """``telephone`` hears the talk of ``operator`` (both as the exchange names them); ``by``: the supervisor's login.

    ``mode``: listen (nobody hears him), whisper (the operator does), barge (the caller too). ``call`` is the call's
    stream.
    """

    call: str
    operator: str
    telephone: str
    mode: str
    by: str | None = None


@record("supervision.changed")
class SupervisionChanged(Record, frozen=True, kw_only=True):
    """The supervisor went on in another ``mode``."""

    mode: str


@record("supervision.ended")
class SupervisionEnded(Record, frozen=True, kw_only=True):
    """The supervisor hears the talk no more."""
