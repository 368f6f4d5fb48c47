"""Packets as the library's Event and Response objects, for those who ask for them; nothing on the fast path does.

Other than the library's own parsing: lines end in CRLF only, repeated headers become lists, values keep their blanks,
``Key:value`` without a blank counts, and names are C-unescaped.
"""

from __future__ import annotations

from typing import Any

from asterisk.ami import Event, Response

from telephony.link.packet import Packet


def fields(packet: Packet, skip: str = "") -> dict[str, str | list[str]]:
    """The headers as a dict; one that came several times has the list of its values, in order."""
    found: dict[str, str | list[str]] = {}
    for key, value in packet.headers():
        if key == skip:
            continue
        if key not in found:
            found[key] = value
            continue
        before = found[key]
        if isinstance(before, list):
            before.append(value)
        else:
            found[key] = [before, value]
    return found


def to_event(packet: Packet) -> Event:
    """The packet as the library's Event."""
    return Event(packet.name, fields(packet, skip="Event"))


def to_response(packet: Packet) -> Response:
    """The packet as the library's Response; lines without a colon (old "Follows" answers) are in ``follows``."""
    follows = [line.decode("utf-8", "replace") for line in packet.raw.split(b"\r\n") if b":" not in line]
    keys: dict[str, Any] = fields(packet, skip="Response")
    return Response(packet.response or "", keys, follows)
