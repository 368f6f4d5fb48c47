"""The protocol of derived tables.

Each domain supplies its projections, built on its own fold; ``data`` runs them: in the transaction that appends, and
again in shadow tables for ``rebuild`` and ``verify``. A projection is a pure function of the entries before it: no
clock, no random numbers, no reading of other projections' tables, so that a rebuild gives the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from data.entry import Entry

Params = dict[str, Any] | Sequence[Any]
Row = tuple[Any, ...]


class Database(Protocol):
    """What a projection and a query may do: run SQL with ``:named`` (or ``?``) parameters and fetch rows as tuples."""

    def execute(self, sql: str, params: Params = (), /) -> Any:
        """Run one statement; the result has ``fetchone`` and ``fetchall``."""


class Reader(Database, Protocol):
    """A consistent view of the journal and its derived tables (inside the lock, for a decision)."""

    def stream(self, stream: str) -> list[Entry]:
        """All entries of one stream, in order."""


class Projection(Protocol):
    """Derived tables: ``ddl`` creates ``tables``; ``apply`` folds one entry of ``kinds`` into them.

    ``version`` is raised when the tables or their meaning change; the store then rebuilds them at start.
    """

    @property
    def name(self) -> str:
        """The projection's own name; stable."""

    @property
    def version(self) -> int:
        """Raised when tables or their meaning change."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it owns."""

    @property
    def ddl(self) -> str:
        """What creates them: statements separated by semicolons."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of entry that it folds."""

    def apply(self, db: Database, entry: Entry) -> None:
        """Fold ``entry`` into the tables."""
