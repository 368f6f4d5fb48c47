"""Names that Asterisk gives to channels and calls, and what can be read from them."""

from __future__ import annotations

import re

from data.text import safe_line

_CALL = re.compile(r"(?:.*-)?(\d+\.\d+)\Z", re.DOTALL)
_SUFFIX = re.compile(r"-[0-9a-f]{8}\Z")
_SEAT_LEG = re.compile(r"Local/([a-z][a-z0-9_]*)@seat-[0-9a-f]{8};([12])\Z")
_SEAT_MEMBER = re.compile(r"Local/([a-z][a-z0-9_]*)@seat(?:/n)?\Z")
_UNKNOWN = frozenset({"", "<unknown>", "<null>", "(null)"})

HELPERS = frozenset({"Local", "CBAnn", "CBRec", "Announcer", "Recorder", "Surrogate", "AsyncGoto", "Snoop", "Message"})
"""Technologies of channels that no person speaks on: Asterisk's own helpers, and Local, which joins two bridges."""


def short_call(key: str) -> str:
    """A call's key without the system name: ``psap-test-1795490122.0`` -> ``1795490122.0``; others unchanged."""
    found = _CALL.match(key)
    return found[1] if found else safe_line(key, 120)


def call_stream(pbx: str, key: str) -> str:
    """The journal stream of the call ``key`` (an Uniqueid, with or without the system name)."""
    return f"call/{pbx}/{short_call(key)}"


def member_stream(pbx: str, operator: str) -> str:
    """The journal stream of an operator's telephone, as the exchange names it (PJSIP/op1)."""
    return f"member/{pbx}/{operator}"


def pbx_stream(pbx: str) -> str:
    """The journal stream of an exchange."""
    return f"pbx/{pbx}"


def interface_of(channel: str) -> str:
    """The endpoint of a channel, which is also how a queue names a member: PJSIP/op1-0000001f -> PJSIP/op1.

    A call-taker with a seat (see :data:`telephony.asterisk.names.SEAT`) has a leg of another kind in each call.
    """
    seat = _SEAT_LEG.match(channel)
    if seat is not None:
        return f"PJSIP/{seat[1]}"
    return safe_line(_SUFFIX.sub("", channel), 120)


def technology(channel: str) -> str:
    """PJSIP, Local, CBAnn, ...; a call-taker's leg into his seat is his telephone."""
    seat = _SEAT_LEG.match(channel)
    if seat is not None and seat[2] == "1":
        return "PJSIP"
    return channel.partition("/")[0]


def other_half(channel: str) -> str | None:
    """The other end of a Local channel (…;1 <-> …;2), None for any other.

    A leg into a seat is the call-taker himself: nobody else is behind it.
    """
    if not channel.startswith("Local/") or _SEAT_LEG.match(channel):
        return None
    if channel.endswith(";1"):
        return channel[:-1] + "2"
    return channel[:-1] + "1" if channel.endswith(";2") else None


def is_seat_leg(channel: str) -> bool:
    """Whether the channel is a call-taker's leg into his seat, or that one's other half."""
    return _SEAT_LEG.match(channel) is not None


def member_of(interface: str | None) -> str | None:
    """The telephone that a queue means by a member's interface, on one safe line: that of the seat, too."""
    seat = _SEAT_MEMBER.match(interface or "")
    return f"PJSIP/{seat[1]}" if seat is not None else known(interface, 120)


def known(text: str | None, limit: int = 200) -> str | None:
    """``text`` on one safe line, None when Asterisk says that it doesn't know."""
    if text is None or text in _UNKNOWN:
        return None
    return safe_line(text, limit).strip() or None
