"""Channels by which a hand-over reaches an agency, by name. A centre's entries name them, so names never change."""

from __future__ import annotations

import msgspec

from data.errors import Refusal
from data.text import safe_line


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A way to tell an agency. ``by_hand``: a person speaks to the agency and enters what it answered."""

    name: str
    by_hand: bool


VOICE = Channel(name="voice", by_hand=True)
"""Telephone or radio: the dispatcher calls, and confirms with the name that was given and the time."""

CHANNELS = {channel.name: channel for channel in (VOICE,)}
"""Every channel of this program."""


def channel(name: str) -> Channel:
    """The channel called ``name``. Raises Refusal naming those there are."""
    found = CHANNELS.get(name)
    if found is None:
        raise Refusal(
            "no_such_channel",
            "there is no channel {value}; there are: {allowed}",
            value=safe_line(name, 60),
            allowed=", ".join(CHANNELS),
        )
    return found
