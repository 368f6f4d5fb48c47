"""A caller's location as the trunk sent it: the dialplan's ``UserEvent(X112Location, ...)``, read with suspicion.

Source: Asterisk's GEOLOC_PROFILE() as the dialplan passes it on, URI-encoded because a comma starts the next header of
a UserEvent; shapes after RFC 5491 (Point, Circle; radius in metres), civic addresses after RFC 5139.
"""

from __future__ import annotations

import math
import re
from urllib.parse import unquote

from data.text import safe_line
from data.vocabulary.calls import CallLocated, CallLocationText
from telephony.link.packet import Packet

MAX_RADIUS_M = 1_000_000.0
"""A larger radius says nothing about where the caller is; it is kept as unknown."""

_PAIR = re.compile(r'([A-Za-z0-9_-]{1,40})="([^"]*)"')


def read_location(packet: Packet) -> CallLocated | CallLocationText | None:
    """What the event says: a position, else an address or reference as text, else None.

    Numbers that are no position on Earth are ignored; 0,0 too, which is what a failed decoder sends.
    """
    info = _decoded(packet, "Info")
    parts = dict(_PAIR.findall(info))
    source = _decoded(packet, "Source") or _decoded(packet, "Method") or None
    lat, lon = _number(packet.get("Lat")), _number(packet.get("Lon"))
    if lat is None or lon is None:
        lat, lon = _position(parts.get("pos", ""))
    if lat is not None and lon is not None and -90 <= lat <= 90 and -180 <= lon <= 180 and (lat or lon):
        radius = _number(parts.get("radius"))
        return CallLocated(
            lat=lat,
            lon=lon,
            radius_m=radius if radius is not None and 0 < radius <= MAX_RADIUS_M else None,
            source=source,
            confidence=_decoded(packet, "Confidence") or None,
            detail=info or None,
        )
    form = (packet.get("Format") or "").lower()
    if form.startswith("civic") and info:
        return CallLocationText(form="civic", text=info, source=source)
    if form == "uri" and info:
        return CallLocationText(form="uri", text=parts.get("URI", info), source=source)
    return None


def _decoded(packet: Packet, key: str) -> str:
    return safe_line(unquote(packet.get(key) or "", errors="replace"), 1000).strip()


def _number(text: str | None) -> float | None:
    # float() takes "nan", "inf" and "1_0" too; a trunk's decimal number is none of these.
    if text is None or not re.fullmatch(r"\s*[+-]?\d{1,12}(\.\d{0,12})?\s*", text, re.ASCII):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _position(text: str) -> tuple[float | None, float | None]:
    found = text.split()
    return (_number(found[0]), _number(found[1])) if len(found) >= 2 else (None, None)
