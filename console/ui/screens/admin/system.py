"""The system: what the doctor finds on this machine. Its checks are slow, so they run only when the tab is opened."""

from __future__ import annotations

from collections.abc import Callable

from console.ui.draw import admin as draw
from console.ui.lines import Line
from console.ui.screens.admin.tab import Tab


class SystemTab(Tab):
    """Findings, faults first."""

    name = "system"
    follows = False

    def look(self) -> Callable[[], object]:
        """Every check of the doctor but the log-in to the exchange, and the health of the parts."""
        return self.office.findings

    def lines(self, cells: int) -> tuple[list[Line], list[str]]:
        """The findings."""
        return draw.finding_lines(self.rows or (), cells)

    def detail(self, cells: int) -> list[Line]:
        """One finding whole."""
        return draw.finding_detail(self.rows or (), self.chosen, cells)
