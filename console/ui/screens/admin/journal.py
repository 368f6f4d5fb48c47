"""The journal, looked at and never edited. Personal data are masked until F7 shows those of one entry, on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.i18n import translate as _
from console.ui import audit, errors
from console.ui.draw import admin as draw
from console.ui.lines import Line
from console.ui.office.views import EntryRow
from console.ui.screens.admin.tab import Tab
from console.ui.widgets.question import Ask
from data.errors import SiagaError

if TYPE_CHECKING:
    from console.ui.screens.admin.screen import AdminScreen


class JournalTab(Tab):
    """The latest entries that fit the filter."""

    name = "journal"

    def __init__(self, screen: AdminScreen) -> None:
        super().__init__(screen)
        self._revealed: EntryRow | None = None

    @property
    def holds(self) -> bool:
        """While personal data are shown nothing moves under the eyes."""
        return self._revealed is not None

    def look(self) -> Callable[[], object]:
        """The entries that fit."""
        office, wanted = self.office, audit.parse(self.text)
        return lambda: office.entries(wanted)

    def lines(self, cells: int) -> tuple[list[Line], list[str]]:
        """The entries, the newest first."""
        return draw.entry_lines(self.rows or (), self.screen.siaga.now(), cells, self.text)

    def detail(self, cells: int) -> list[Line]:
        """One entry whole."""
        return draw.entry_detail(self._revealed or self.entry(), cells)

    def left(self) -> None:
        """What F7 showed is masked again."""
        self._revealed = None

    def entry(self) -> EntryRow | None:
        """The entry under the cursor."""
        return next((row for row in self.rows or () if str(row.seq) == self.chosen), None)

    def do_search(self, argument: str) -> None:
        """Which entries are shown; an empty text shows all."""
        if argument:
            self._look_for(argument)
            return
        step = Ask("text", _("Filter:"), start=self.text)
        self.ask([step], lambda answers: self._look_for(answers["text"]))

    def _look_for(self, text: str) -> None:
        try:
            audit.parse(text)
        except SiagaError as error:
            self.say(errors.sentence(error), "warn")
            return
        self.text, self._revealed = text, None
        self.screen.load()

    def do_reveal(self, _argument: str) -> None:
        """The personal fields of the entry under the cursor, until the cursor moves."""
        entry, office = self.entry(), self.office
        if entry is None:
            self.say(_("Choose an entry first."), "warn")
        elif not entry.personal:
            self.say(_("This entry holds no personal data."), "warn")
        else:
            self.screen.siaga.write(lambda: office.reveal(entry.seq), self._reveal)

    def _reveal(self, found: EntryRow | None) -> None:
        if found is not None and self.screen.tab is self and str(found.seq) == self.chosen:
            self._revealed = found
            self.say(_("Shown; that you looked is on record."), "warn")
            self.screen.draw_detail()
