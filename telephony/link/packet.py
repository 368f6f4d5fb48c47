"""One packet of the Asterisk Manager Interface, read lazily from its bytes.

A busy exchange sends hundreds of packets a call, of which a console needs some forty, and of those only
a few headers; so nothing is decoded before somebody asks for it. Lines end in CRLF and in nothing else:
U+2028, VT, FF or a bare LF inside a caller's name stay inside that name.
"""

from __future__ import annotations

import base64
import re

from data.clock import Micros, from_ami

END = b"\r\n\r\n"
"""What ends a packet."""

_NAMES: dict[bytes, str] = {}
_MAX_NAMES = 1024  # event names seen; more than Asterisk has, so garbage can't fill the memory
_KEYS: dict[str, bytes] = {}

# What Asterisk writes through ast_escape_c(): the names on every channel event, and VarSet's value.
_ESCAPED = ("CallerIDName", "ConnectedLineName")
_ESCAPE = re.compile(r"""\\([abfnrtv\\'"?])""")
_UNESCAPE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}


def unescape(text: str) -> str:
    r"""Undo Asterisk's ``ast_escape_c``: ``\n``, ``\"``, ``\\`` and the like; other backslashes stay."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: _UNESCAPE[found[1]], text)


def _name_of(raw: bytes) -> str:
    end = raw.find(b"\r\n")
    name = raw[7:] if end < 0 else raw[7:end]
    known = _NAMES.get(name)
    if known is None:
        known = name.decode("utf-8", "replace").strip()
        if len(_NAMES) < _MAX_NAMES:
            _NAMES[name] = known
    return known


def _line_start(key: str) -> bytes:
    start = _KEYS.get(key)
    if start is None:
        start = b"\r\n" + key.encode() + b":"
        if len(_KEYS) < _MAX_NAMES:
            _KEYS[key] = start
    return start


class Packet:
    """An event, a response or a piece of garbage; ``raw`` is what came, without the blank line that ends it.

    ``name`` is the event's name, '' for a response and for garbage. Values are text as the other side sent it
    (invalid UTF-8 shown as U+FFFD, C escapes of names undone): hostile text, to be passed through
    :mod:`data.text` before it is stored or shown.
    """

    __slots__ = ("name", "raw")

    name: str
    raw: bytes

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.name = _name_of(raw) if raw.startswith(b"Event: ") else ""

    def get(self, key: str, default: str | None = None) -> str | None:
        """The first value of header ``key`` (exact case, as Asterisk writes it), or ``default``.

        The first one counts: a later one may have been put there through a text that Asterisk didn't escape.
        """
        raw = self.raw
        start = _line_start(key)
        at = raw.find(start)
        if at < 0:
            if not raw.startswith(start[2:]):
                return default
            at = -2
        begin = at + len(start)
        end = raw.find(b"\r\n", begin)
        return self._text(key, raw[begin:] if end < 0 else raw[begin:end])

    def all(self, key: str) -> list[str]:
        """Every value of the repeated header ``key``, in order; [] when it isn't there."""
        raw = self.raw
        start = _line_start(key)
        found: list[str] = []
        at = -2 if raw.startswith(start[2:]) else raw.find(start)
        while at != -1:
            begin = at + len(start)
            end = raw.find(b"\r\n", begin)
            found.append(self._text(key, raw[begin:] if end < 0 else raw[begin:end]))
            at = raw.find(start, begin)
        return found

    def headers(self) -> list[tuple[str, str]]:
        """All headers in order, repeated ones as often as they came; a line without a colon is left out."""
        found: list[tuple[str, str]] = []
        for line in self.raw.split(b"\r\n"):
            key, colon, value = line.partition(b":")
            if colon:
                name = key.decode("utf-8", "replace")
                found.append((name, self._text(name, value)))
        return found

    @property
    def response(self) -> str | None:
        """A response's status (Success, Error, Goodbye, Follows); None when this is no response."""
        return self.get("Response") if self.raw.startswith(b"Response:") else None

    @property
    def action_id(self) -> str | None:
        """The ``ActionID`` that this packet answers, if it says so."""
        return self.get("ActionID")

    @property
    def timestamp(self) -> Micros | None:
        """When the exchange says it happened (UTC micros; needs ``timestampevents=yes``); None without it."""
        text = self.get("Timestamp")
        if not text:
            return None
        try:
            return from_ami(text)
        except ValueError:
            return None

    def evidence(self) -> str | None:
        """Base64 of the bytes as they came when they are not valid UTF-8, else None."""
        raw = self.raw
        if raw.isascii():
            return None
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(raw).decode("ascii")
        return None

    def _text(self, key: str, value: bytes) -> str:
        text = (value[1:] if value.startswith(b" ") else value).decode("utf-8", "replace")
        if "\\" in text and (
            (key.endswith(_ESCAPED) and self.name != "QueueEntry") or (key == "Value" and self.name == "VarSet")
        ):
            return unescape(text)
        return text

    def __repr__(self) -> str:
        return f"Packet({self.raw!r})"


def split(buffer: bytes) -> tuple[list[Packet], bytes]:
    """All complete packets of ``buffer`` in order, and the bytes that remain for the next time.

    Stray blank lines between packets are dropped. For a stream of unknown good will use
    :class:`telephony.link.splitter.Splitter`, which has a cap.
    """
    *whole, rest = buffer.split(END)
    packets = []
    for raw in whole:
        clean = raw.lstrip(b"\r\n") if raw.startswith(b"\r\n") else raw
        if clean:
            packets.append(Packet(clean))
    return packets, rest
