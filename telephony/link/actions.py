"""An action as bytes for the wire, or a refusal: nobody's name may become a header of ours.

Asterisk takes a bare LF as the end of a line, so any CR or LF inside a value is a way to slip in headers and whole
actions; a line of 1025 bytes or more is cut or dropped by it (its buffer is 1024 bytes with CRLF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from asterisk.ami import Action

from telephony.link.errors import ActionRefused

MAX_LINE = 1022
"""Bytes of one line without its CRLF; Asterisk drops longer ones."""

_NAME = re.compile(r"[A-Za-z0-9]+\Z")
_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_FORBIDDEN = re.compile("[\r\n\0]")


def encode(action: Action, action_id: str) -> bytes:
    """``action`` as a packet with ``action_id``; the action's own object stays as it is, so it can be sent again.

    A list or tuple as a value repeats the header; ``action.variables`` become ``Variable: name=value`` lines.
    Raises ActionRefused when a name, key, value or variable holds CR, LF or NUL, is not text that UTF-8 can carry,
    or makes a line longer than 1022 bytes.
    """
    name = str(action.name)
    if not _NAME.match(name):
        raise ActionRefused("the action's name is not made of letters and digits", where=repr(name[:60]))
    lines = [_line("Action", name)]
    for key, value in action.keys.items():
        if not _KEY.match(str(key)):
            raise ActionRefused("a header's name holds other than letters, digits, - and _", where=repr(key)[:60])
        if str(key).lower() in ("actionid", "action"):
            continue
        lines.extend(_line(str(key), text) for text in _texts(value))
    for variable, value in action.variables.items():
        if "," in str(variable) or "=" in str(variable):
            raise ActionRefused("a variable's name holds , or =", where=repr(variable)[:60])
        lines.append(_line("Variable", f"{variable}={_text(value)}"))
    lines.append(_line("ActionID", action_id))
    return b"".join(lines) + b"\r\n"


def action(name: str, variables: dict[str, str] | None = None, **keys: str | int | Iterable[str] | None) -> Action:
    """An :class:`Action` of the library; keys whose value is None are left out."""
    return Action(name, {key: value for key, value in keys.items() if value is not None}, dict(variables or {}))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield _text(each)
    else:
        yield _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    raise ActionRefused(f"a value is neither text nor a whole number but {type(value).__name__}")


def _line(key: str, value: str) -> bytes:
    if _FORBIDDEN.search(value):
        raise ActionRefused("the value holds a line break or a NUL", where=key)
    try:
        line = f"{key}: {value}".encode()
    except UnicodeEncodeError as error:
        raise ActionRefused("the value is not text that UTF-8 can carry", where=key) from error
    if len(line) > MAX_LINE:
        raise ActionRefused(f"the line has {len(line)} bytes, the exchange takes {MAX_LINE}", where=key)
    return line + b"\r\n"
