"""Between records and stored bytes: JSON bodies, personal fields apart, hashes over what is stored.

A personal field stands in the body as ``"sha256:<hex of SHA-256(salt + value)>"``; salt and value stand in the side
table ``personal``. So the chain can be checked without the value, and erasing the row leaves the chain whole.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import msgspec

from data.errors import SiagaError
from data.vocabulary import KINDS, Record, upcast

_MARK = "sha256:"

PersonalRow = tuple[str, bytes, str]
"""field, salt, value."""


class UnknownKind(SiagaError):
    """The journal holds a kind of entry that this program does not know."""

    code = "unknown_kind"


def encode_body(body: Record) -> tuple[str, list[PersonalRow]]:
    """The JSON text to store for ``body``, and the rows of its personal fields."""
    if not body.PERSONAL and body.VERSION == 1:
        return msgspec.json.encode(body).decode(), []
    data: dict[str, Any] = msgspec.to_builtins(body)
    personal: list[PersonalRow] = []
    for field in body.PERSONAL:
        value = data.get(field)
        if value is None:
            continue
        salt = secrets.token_bytes(16)
        data[field] = _MARK + personal_hash(salt, value)
        personal.append((field, salt, value))
    if body.VERSION != 1:
        data["v"] = body.VERSION
    return msgspec.json.encode(data).decode(), personal


def personal_hash(salt: bytes, value: str) -> str:
    """Hex SHA-256 of salt and value."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


def decode_body(kind: str, text: str, personal: dict[str, str]) -> tuple[Record, tuple[str, ...]]:
    """The record of a stored body with its personal values put back, and the names of erased fields.

    Raises UnknownKind when the kind is not in the vocabulary.
    """
    cls = KINDS.get(kind)
    if cls is None:
        raise UnknownKind(
            f"the journal holds entries of a kind that this program does not know: {kind!r}",
            remedy="start the newer siaga112 that wrote them",
        )
    if not cls.PERSONAL and cls.VERSION == 1:
        return msgspec.json.decode(text, type=cls), ()
    data: dict[str, Any] = msgspec.json.decode(text)
    data = upcast(kind, data.pop("v", 1), data)
    erased: list[str] = []
    for field in cls.PERSONAL:
        if isinstance(data.get(field), str) and data[field].startswith(_MARK):
            value = personal.get(field)
            if value is None:
                erased.append(field)
            data[field] = value
    return msgspec.convert(data, type=cls), tuple(erased)


def personal_marks(kind: str, text: str) -> dict[str, str]:
    """``{field: hex hash}`` of the personal fields in a stored body, for ``verify``."""
    cls = KINDS.get(kind)
    if cls is None or not cls.PERSONAL:
        return {}
    data = msgspec.json.decode(text)
    return {
        f: data[f][len(_MARK) :] for f in cls.PERSONAL if isinstance(data.get(f), str) and data[f].startswith(_MARK)
    }


def entry_hash(
    prev_hash: str,
    seq: int,
    id: str,
    stream: str,
    version: int,
    kind: str,
    at: int,
    recorded_at: int,
    actor: str,
    terminal: str,
    body: str,
) -> str:
    """Hex SHA-256 over the stored bytes of an entry and the hash before it; fields are separated by NUL."""
    text = "\0".join(
        (
            prev_hash,
            str(seq),
            id,
            stream,
            str(version),
            kind,
            str(at),
            str(recorded_at),
            actor,
            terminal,
            body,
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()
