"""What the supervisor's and the admin's screens may ask for and do: fulfilled by ``Office``, and by a fake in tests.

Every method may block and is called off the event loop. Errors are ``data.errors.SiagaError``; see ``Office``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from console.ui.audit import Wanted
from console.ui.office.views import (
    EntryRow,
    ExportDone,
    Exports,
    ExportWish,
    FindingRow,
    PackRow,
    Supervision,
    UserRow,
)


class OfficeApi(Protocol):
    """Everything that a supervisor or an admin may see or do."""

    def is_supervisor(self) -> bool:
        """Whether the person at this console has the supervisor's role too."""

    def supervision(self) -> Supervision:
        """The floor, the chase, the service level and the health of the parts, at this moment."""

    def users(self) -> tuple[UserRow, ...]:
        """Everybody who may or might sign in, by login."""

    def add_user(self, login: str, name: str, roles: Sequence[str], password: str) -> None:
        """A new user with a password."""

    def set_password(self, login: str, password: str) -> None:
        """A new password."""

    def set_roles(self, login: str, roles: Sequence[str]) -> None:
        """Other roles from now on."""

    def disable_user(self, login: str, reason: str) -> None:
        """No sign-in any more."""

    def enable_user(self, login: str) -> None:
        """May sign in again."""

    def pack_rows(self, files: Sequence[str], text: str = "") -> tuple[PackRow, ...]:
        """The rows of ``files`` that have every word of ``text``."""

    def verify_row(self, file: str, key: str, by: str, note: str) -> None:
        """``by`` vouches for the row as it stands in the pack now."""

    def exports(self) -> Exports:
        """What can be exported, and the latest exports of the record."""

    def export(self, wish: ExportWish, progress: Callable[[int, int], None], cancelled: threading.Event) -> ExportDone:
        """Write a file; ``progress`` is told rows done and rows in all."""

    def entries(self, wanted: Wanted) -> tuple[EntryRow, ...]:
        """The latest entries that fit, newest first, personal fields masked."""

    def reveal(self, seq: int) -> EntryRow | None:
        """One entry with its personal fields; that somebody looked is on record before they are given."""

    def findings(self) -> tuple[FindingRow, ...]:
        """What the doctor finds, and how the parts are."""
