"""What the card of calls that are over is shown: frozen rows, made off the event loop."""

from __future__ import annotations

from dataclasses import dataclass

from console.ui.views import NumberStanding
from data.clock import Micros


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call that is over (or, in the history of a number, goes on: ``ended_at`` None and ``fate`` "").

    ``fate``: answered, abandoned, pbx_lost; ``outcome``, ``about``: the outcome that it has ("": none yet) and the
    incident's stream that goes with it; ``incident``: the number of the incident that it belongs to (0: none), with its
    ``type`` and ``place``. ``number`` is whole; ``shown`` is how the one who looks may see it. ``by``, ``at``,
    ``reason``: who gave the outcome, when, and why it was changed.
    """

    call: str
    number: str
    shown: str
    name: str
    began_at: Micros
    answered_at: Micros | None = None
    ended_at: Micros | None = None
    fate: str = ""
    outcome: str = ""
    about: str = ""
    by: str = ""
    at: Micros = 0
    reason: str = ""
    operators: tuple[str, ...] = ()
    incident: int = 0
    type: str = ""
    place: str = ""

    @property
    def long_us(self) -> int | None:
        """How long it took: the talk when it was answered, else the waiting; None while it goes on."""
        start = self.answered_at if self.answered_at is not None else self.began_at
        return max(0, self.ended_at - start) if self.ended_at is not None else None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called, not masked."""

    call: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class NumberPast:
    """The calls of a number, newest first. ``others``: how many numbers end in what was typed, when there are several;
    then there are no calls."""

    shown: str
    calls: tuple[PastCall, ...] = ()
    others: int = 0
    standing: NumberStanding | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """Another outcome for a call. ``incident``: the number of the incident that goes with it, 0: the one that the call
    belongs to already."""

    call: PastCall
    outcome: str
    reason: str
    incident: int = 0
