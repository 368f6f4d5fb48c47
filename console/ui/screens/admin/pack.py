"""Rows of the region's pack: who vouches for which. The pack's own files are never written."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from console.i18n import translate as _
from console.ui.draw import admin as draw
from console.ui.lines import Line
from console.ui.office.views import PackRow
from console.ui.pack_rows import AGENCIES, OFFICES, PLACES, TYPES
from console.ui.screens.admin.tab import Tab
from console.ui.widgets.question import Answers, Ask


class _PackTab(Tab):
    """Some files of the pack."""

    files: ClassVar[tuple[str, ...]]

    def look(self) -> Callable[[], object]:
        """The rows that have every word searched for."""
        office, files, text = self.office, self.files, self.text
        return lambda: office.pack_rows(files, text)

    def lines(self, cells: int) -> tuple[list[Line], list[str]]:
        """The rows, and how many of them somebody vouches for."""
        return draw.pack_lines(self.rows or (), cells, self.text)

    def detail(self, cells: int) -> list[Line]:
        """One row with its facts."""
        return draw.pack_detail(self.row(), cells)

    def row(self) -> PackRow | None:
        """The row under the cursor."""
        return next((row for row in self.rows or () if row.id == self.chosen), None)

    def do_search(self, argument: str) -> None:
        """Which rows are shown; an empty text shows all."""
        if argument:
            self._look_for(argument)
            return
        step = Ask("text", _("Search:"), start=self.text)
        self.ask([step], lambda answers: self._look_for(answers["text"]))

    def _look_for(self, text: str) -> None:
        self.text = text
        self.screen.load()

    def do_verify_row(self, argument: str) -> None:
        """A named person vouches for the row under the cursor."""
        row, office = self.row(), self.office
        if row is None:
            self.say(_("Choose a row first."), "warn")
            return
        who = _("Who checked {row}?").format(row=row.title)

        def then(answers: Answers) -> None:
            done = _("{row} is verified by {by}.").format(row=row.title, by=answers["by"])
            self.change(lambda: office.verify_row(row.file, row.key, answers["by"], answers["note"]), done)

        self.ask([Ask("by", who, required=True, start=argument), Ask("note", _("How (may be empty):"))], then)


class AgenciesTab(_PackTab):
    """The agencies."""

    name = "agencies"
    files = (AGENCIES,)


class PlacesTab(_PackTab):
    """Places, offices and types."""

    name = "places"
    files = (PLACES, OFFICES, TYPES)
