"""Which sentence stands on the message line when several come at once.

What answers the newest key, and what came from the exchange or from another desk meanwhile, is newer than the result
of a step that was begun before it, however late that result is. So a success that comes late says nothing: the screen
shows it anyway. A failure is said in any case, beside a warning that stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

URGENT = frozenset({"warn", "alarm"})
"""Kinds of sentences that are said although something newer stands there."""


class Sayings:
    """Judges each sentence before it is shown."""

    def __init__(self) -> None:
        self._said = 0
        self._newest = ("", "text")
        self._began: int | None = None

    def began(self) -> int:
        """A step is begun now; what is given says so to :meth:`result`."""
        return self._said

    @contextmanager
    def result(self, began: int) -> Iterator[None]:
        """What is said within is what came of the step that ``began`` then."""
        self._began = began
        try:
            yield
        finally:
            self._began = None

    def judged(self, text: str, kind: str) -> tuple[str, str] | None:
        """The sentence to show and its kind; None: what stands there stays."""
        overtaken = self._began is not None and self._began != self._said
        if overtaken and kind not in URGENT:
            return None
        shown = text, kind
        if overtaken and self._newest[1] in URGENT and self._newest[0]:
            shown = f"{self._newest[0]} | {text}", "alarm"
        if text and (self._began is None or kind in URGENT):
            self._said += 1
            self._newest = text, kind
        elif not text:
            self._newest = "", "text"
        return shown
