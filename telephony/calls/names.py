"""Names that Asterisk gives to channels and calls, and what can be read from them."""

from __future__ import annotations

import re

from data.text import safe_line

_CALL = re.compile(r"(?:.*-)?(\d+\.\d+)\Z", re.DOTALL)
_SUFFIX = re.compile(r"-[0-9a-f]{8}\Z")
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
    """The endpoint of a channel, which is also how a queue names a member: PJSIP/op1-0000001f -> PJSIP/op1."""
    return safe_line(_SUFFIX.sub("", channel), 120)


def technology(channel: str) -> str:
    """PJSIP, Local, CBAnn, ..."""
    return channel.partition("/")[0]


def other_half(channel: str) -> str | None:
    """The other end of a Local channel (…;1 <-> …;2), None for any other."""
    if not channel.startswith("Local/"):
        return None
    if channel.endswith(";1"):
        return channel[:-1] + "2"
    return channel[:-1] + "1" if channel.endswith(";2") else None


def known(text: str | None, limit: int = 200) -> str | None:
    """``text`` on one safe line, None when Asterisk says that it doesn't know."""
    if text is None or text in _UNKNOWN:
        return None
    return safe_line(text, limit).strip() or None
