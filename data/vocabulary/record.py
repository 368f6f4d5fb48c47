"""How a kind of entry is declared: a frozen record with a name, a version, and its personal fields marked.

A record is the body of one journal entry. ``kind`` is stable for ever; when the fields of a kind change in a way that
old bodies cannot be read, its version is raised and an upcaster is registered that turns the old body into the new.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Body of an entry. ``personal`` fields are ``str | None``; they are None again after an erasure."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    PERSONAL: ClassVar[tuple[str, ...]] = ()


R = TypeVar("R", bound=type[Record])

KINDS: dict[str, type[Record]] = {}
_UPCASTERS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}


def record(kind: str, *, version: int = 1, personal: tuple[str, ...] = ()) -> Callable[[R], R]:
    """Register a record class under its ``kind``; ``personal`` names the fields kept in the side table."""

    def register(cls: R) -> R:
        if kind in KINDS:
            raise ValueError(f"kind {kind!r} is declared twice")
        unknown = set(personal) - set(cls.__struct_fields__)
        if unknown:
            raise ValueError(f"{kind}: personal fields {sorted(unknown)} do not exist")
        cls.KIND, cls.VERSION, cls.PERSONAL = kind, version, personal
        KINDS[kind] = cls
        return cls

    return register


def upcaster(kind: str, version: int, convert: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Register how a body of ``version`` becomes one of ``version + 1``."""
    _UPCASTERS[(kind, version)] = convert


def upcast(kind: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
    """Bring a stored body of ``version`` up to the version that this program knows."""
    while version < KINDS[kind].VERSION:
        body = _UPCASTERS[(kind, version)](body)
        version += 1
    return body
