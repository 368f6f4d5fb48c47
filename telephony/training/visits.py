"""A caller in the training PBX, and what is planned for him."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from data.clock import Micros
from telephony.asterisk.names import PRIORITY_NORMAL
from telephony.training.cdr import Record
from telephony.training.shapes import Channel
from telephony.training.stories import Story


def channel_name(interface: str, uniqueid: str) -> str:
    """A channel of ``interface``: PJSIP/trunk-0000001f."""
    return f"{interface}-{int(uniqueid.rpartition('.')[2]):08x}"


def endpoint_of(exten: str) -> str:
    """Whose telephone an extension of [claimed] rings: an endpoint by its name, or 101 for op1, 102 for op2, ..."""
    return f"op{int(exten) - 100}" if exten.isdecimal() and 100 < int(exten) < 200 else exten


class Handle(Protocol):
    """Something planned that can be called off."""

    def cancel(self) -> None:
        """It will not happen."""


Later = Callable[[float, Callable[[], None]], Handle]


class Visit(msgspec.Struct):
    """A caller in the exchange. ``legs``: the telephones that ring for him; ``talk``: the one that he talks with.
    ``third``: whoever was called into the talk; ``asked``: whom the operator asks while he is on hold; ``held``: he
    hears music; ``bridges``: how many he was in after the first. ``priority``: in the queue, higher goes first;
    ``lifted``: a bridge put him back among the others. ``withdrawn``: somebody has taken him out of the queue he still
    stands in.
    """

    story: Story
    channel: Channel
    queue: str | None = None
    joined_at: Micros = 0
    priority: int = PRIORITY_NORMAL
    lifted: bool = False
    withdrawn: bool = False
    legs: dict[str, Channel] = {}
    talk: Channel | None = None
    third: Channel | None = None
    asked: Channel | None = None
    held: bool = False
    bridges: int = 0
    talk_since: Micros = 0
    queue_status: str = ""
    answered_in: str = ""
    part_since: Micros = 0
    cdrs: list[Record] = []
    recording: str = ""
    plans: dict[str, Handle] = {}
    answered: bool = False
