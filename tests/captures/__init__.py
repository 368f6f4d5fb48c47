"""Complete AMI streams of real calls on a real Asterisk 22.10, recorded in our own lab with SIPp, gzip-packed.

``NAME.ami.gz`` is what a logged-in session received, every class of event; ``resync-during-calls.actions.ami.gz`` the
answers to the actions of a snapshot. ``expected.json`` says what happened, as ``siaga112 replay`` prints it.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from telephony.link.packet import Packet, split

HERE = Path(__file__).parent
NAMES = sorted(
    path.name.removesuffix(".ami.gz") for path in HERE.glob("*.ami.gz") if not path.name.endswith(".actions.ami.gz")
)


@cache
def stream(name: str) -> bytes:
    """The bytes of a capture."""
    return gzip.decompress((HERE / f"{name}.ami.gz").read_bytes())


@cache
def packets(name: str) -> tuple[Packet, ...]:
    """The packets of a capture; a last one without its blank line too."""
    return tuple(split(stream(name) + b"\r\n\r\n")[0])


@cache
def expected() -> dict[str, list[dict[str, Any]]]:
    """What happened in each capture."""
    found: dict[str, list[dict[str, Any]]] = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    return found
