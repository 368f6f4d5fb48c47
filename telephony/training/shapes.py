"""AMI packets as Asterisk 22 writes them: which headers each event has, in which order (see tests/captures)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from data.clock import SECOND, Micros
from telephony.calls.names import interface_of

Headers = Iterable[tuple[str, str]]

STATES = {"0": "Down", "4": "Ring", "5": "Ringing", "6": "Up"}
DOWN, RING, RINGING, UP = STATES

NAME_BYTES = 79
"""What a caller's name is cut to (measured: 10,000 characters arrive as 79)."""

_ESCAPES = str.maketrans(
    {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v", "\\": r"\\", "'": r"\'",
     '"': r"\"", "?": r"\?"}
)  # fmt: skip


class Channel(msgspec.Struct):
    """A channel of the exchange; ``call`` is what X112_CALL holds."""

    uniqueid: str
    linkedid: str
    name: str
    state: str = DOWN
    number: str = ""
    caller_name: str = ""
    connected: tuple[str, str] = ("", "")
    context: str = "from-operator"
    exten: str = "s"
    priority: int = 1
    call: str = ""
    lat: str = ""
    lon: str = ""
    application: str = ""
    data: str = ""
    bridge: str = ""
    began: Micros = 0

    @property
    def interface(self) -> str:
        """The telephone or trunk that it is a leg of: PJSIP/op1 of PJSIP/op1-0000002a or Local/op1@seat-0000002a;1."""
        return interface_of(self.name)

    @property
    def member(self) -> str:
        """What a queue has called: the telephone, or the way into its seat."""
        way, at_seat, _ = self.name.partition("@seat-")
        return f"{way}@seat/n" if at_seat else self.interface


class Member(msgspec.Struct):
    """A telephone in a queue. ``status``: 1 not in use, 2 in use, 6 ringing (Asterisk's device states)."""

    queue: str
    interface: str
    login: int
    paused: bool = False
    reason: str = ""
    calls: int = 0
    last_call: int = 0
    last_pause: int = 0
    static: bool = False


def stamp(at: Micros) -> str:
    """A Timestamp."""
    return f"{at // SECOND}.{at % SECOND:06d}"


def escaped(name: str) -> str:
    """A caller's name as it stands in an event: cut, C-escaped; an unknown one as Asterisk says it."""
    cut = name.encode("utf-8", "replace")[:NAME_BYTES].decode("utf-8", "surrogateescape")
    return cut.translate(_ESCAPES) or "<unknown>"


def channel(ch: Channel, prefix: str = "") -> list[tuple[str, str]]:
    """The headers of a channel."""
    found = [
        ("Channel", ch.name),
        ("ChannelState", ch.state),
        ("ChannelStateDesc", STATES[ch.state]),
        ("CallerIDNum", ch.number or "<unknown>"),
        ("CallerIDName", escaped(ch.caller_name)),
        ("ConnectedLineNum", ch.connected[0] or "<unknown>"),
        ("ConnectedLineName", escaped(ch.connected[1])),
        ("Language", "id"),
        ("AccountCode", ""),
        ("Context", ch.context),
        ("Exten", ch.exten),
        ("Priority", str(ch.priority)),
        ("Uniqueid", ch.uniqueid),
        ("Linkedid", ch.linkedid),
        ("ChanVariable", f"X112_CALL={ch.call}"),
        ("ChanVariable", f"X112_LAT={ch.lat}"),
        ("ChanVariable", f"X112_LON={ch.lon}"),
    ]
    return [(prefix + key, value) for key, value in found]


def bridge(name: str, channels: int) -> list[tuple[str, str]]:
    """The headers of a bridge."""
    return [
        ("BridgeUniqueid", name),
        ("BridgeType", "basic"),
        ("BridgeTechnology", "simple_bridge"),
        ("BridgeCreator", "<unknown>"),
        ("BridgeName", "<unknown>"),
        ("BridgeNumChannels", str(channels)),
        ("BridgeVideoSourceMode", "none"),
    ]


def member(m: Member, status: str, in_call: bool) -> list[tuple[str, str]]:
    """The headers of a member in an event."""
    return [
        ("Queue", m.queue),
        ("MemberName", m.interface),
        ("Interface", m.interface),
        ("StateInterface", m.interface),
        ("Membership", "static" if m.static else "dynamic"),
        ("Penalty", "0"),
        ("CallsTaken", str(m.calls)),
        ("LastCall", str(m.last_call)),
        ("LastPause", str(m.last_pause)),
        ("LoginTime", str(m.login)),
        ("InCall", str(int(in_call))),
        ("Status", status),
        ("Paused", str(int(m.paused))),
        ("PausedReason", m.reason),
        ("Ringinuse", "0"),
        ("Wrapuptime", "0"),
    ]


def member_row(m: Member, status: str, in_call: bool) -> list[tuple[str, str]]:
    """The headers of a member in the list of QueueStatus: other names, other order, no Ringinuse."""
    renamed = {"MemberName": "Name", "Interface": "Location"}
    return [(renamed.get(k, k), value) for k, value in member(m, status, in_call) if k != "Ringinuse"]


def event(name: str, privilege: str, at: Micros, system: str, *parts: Headers) -> bytes:
    """One event with its Timestamp, ready to be sent."""
    head = [("Event", name), ("Privilege", f"{privilege},all"), ("Timestamp", stamp(at)), ("SystemName", system)]
    return packet(head, *parts)


def packet(*parts: Headers) -> bytes:
    """Headers and the blank line. CR and LF in a value would begin a new header: they become blanks, as nothing else
    of ours may write them.
    """
    lines = [
        f"{key}: {value}".replace("\r", " ").replace("\n", " ").encode("utf-8", "surrogateescape")
        for part in parts
        for key, value in part
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"
