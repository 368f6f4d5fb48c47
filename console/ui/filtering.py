"""Which incidents the dispatcher's board shows: words that area, type, agency, place or text have to have. Pure.

What is outside the filter is counted and never forgotten: the board's title says how many, and how many of priority 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from console.ui.views import IncidentRow
from data.text import plain_letters, safe_line


@dataclass
class BoardFilter:
    """The filter of one board. ``text``: as typed; every word has to begin a word of what the incident is found by."""

    text: str = ""
    _words: tuple[str, ...] = ()
    _known: dict[str, tuple[int, str]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _rows: Sequence[IncidentRow] | None = None
    _shown: tuple[IncidentRow, ...] = ()

    @property
    def on(self) -> bool:
        """Whether anything is filtered."""
        return bool(self._words)

    def set(self, text: str, rows: Sequence[IncidentRow] = ()) -> None:
        """Filter by ``text`` from now on; an empty one shows all. ``rows``: those that there are already."""
        self.text = safe_line(text, 100).strip()
        self._words = tuple(plain_letters(self.text).split())
        self._told = {row.id for row in rows}
        self._rows = None

    def unknown(self, rows: Sequence[IncidentRow]) -> tuple[str, ...]:
        """The incidents whose words are not known as they are now; none while nothing is filtered."""
        if not self.on:
            return ()
        return tuple(row.id for row in rows if self._known.get(row.id, (-1, ""))[0] != row.version)

    def learn(self, rows: Sequence[IncidentRow], words: Mapping[str, str]) -> None:
        """``words`` were looked up for ``rows`` (as they were then, or newer)."""
        there = {row.id: row.version for row in rows}
        self._rows = None
        self._known = {id: known for id, known in self._known.items() if id in there}
        self._known |= {id: (there[id], f" {text}") for id, text in words.items() if id in there}

    def shows(self, row: IncidentRow) -> bool:
        """Whether the incident is shown; one that is not looked up yet is, rather than missed."""
        if not self.on or row.id not in self._known:
            return True
        held = self._known[row.id][1]
        return all(f" {word}" in held for word in self._words)

    def shown(self, rows: Sequence[IncidentRow]) -> tuple[IncidentRow, ...]:
        """Those of ``rows`` that are shown; the same tuple as long as nothing changed."""
        if not self.on:
            return tuple(rows)
        if rows is not self._rows:
            self._rows, self._shown = rows, tuple(row for row in rows if self.shows(row))
        return self._shown

    def outside(self, rows: Sequence[IncidentRow]) -> tuple[IncidentRow, ...]:
        """Those of ``rows`` that are not shown."""
        if not self.on:
            return ()
        shown = {row.id for row in self.shown(rows)}
        return tuple(row for row in rows if row.id not in shown)

    def urgent_news(self, rows: Sequence[IncidentRow]) -> tuple[IncidentRow, ...]:
        """Incidents of priority 1 outside the filter that were not there when it was set; each is named once."""
        news = tuple(row for row in self.outside(rows) if row.priority == 1 and row.id not in self._told)
        self._told |= {row.id for row in news}
        return news
