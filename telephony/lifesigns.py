"""Whether a call-taker's telephone that is in a talk still lives: pure, from what the exchange sees of it.

Two signs together, since each alone has a harmless cause: no sound comes from it (a muted telephone may send none),
and it does not answer when it is asked whether it is there (OPTIONS get lost, and a telephone may be slow). The
exchange notes the first unanswered question only; that a second one stayed without an answer is told by the time.
"""

from __future__ import annotations

import msgspec

SILENT_S = 6.0
"""Seconds without a packet of sound."""

APART_S = 10.0
"""Seconds between two looks after which nothing is known of the time between them: whoever looked was stopped."""


class Signs(msgspec.Struct, frozen=True):
    """What one look at a telephone's leg shows."""

    at: float
    """Seconds, on a clock that is never set."""
    sound: int | None
    """Packets of sound that came from it so far; None when the exchange does not say."""
    reached: bool = True
    """Whether it answered when it was asked last; True as well when it is never asked."""
    asked_s: float = 0.0
    """Seconds from one question to the next, the time for the answer included."""


class Watch(msgspec.Struct, frozen=True):
    """What is known of a leg after some looks at it."""

    last: Signs
    silent_since: float
    unreached_since: float | None = None

    @property
    def silent(self) -> bool:
        """Whether no sound came between the last two looks."""
        return self.last.sound is not None and self.silent_since < self.last.at

    @property
    def dead(self) -> bool:
        """No sound for :data:`SILENT_S`, and two questions in a row without an answer."""
        if not self.silent or self.unreached_since is None:
            return False
        last = self.last
        return last.at - self.silent_since >= SILENT_S and last.at - self.unreached_since >= last.asked_s > 0


def look(before: Watch | None, signs: Signs) -> Watch:
    """What is known after one more look."""
    gone_by = before is not None and signs.at - before.last.at > APART_S
    if before is None or gone_by or signs.sound is None or signs.sound != before.last.sound:
        return Watch(signs, signs.at, None if signs.reached else signs.at)
    unreached = None if signs.reached else signs.at if before.unreached_since is None else before.unreached_since
    return Watch(signs, before.silent_since, unreached)
