"""What a tab of the admin's screen is: where its rows come from, how they are drawn, and what can be done with them.

``do_<action>`` methods are its actions; the screen calls those of the tab that is shown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from console.ui.lines import Line
from console.ui.office.api import OfficeApi
from console.ui.widgets.question import Answers, Ask

if TYPE_CHECKING:
    from console.ui.screens.admin.screen import AdminScreen


class Tab(ABC):
    """One tab. ``rows``: what was looked up last, None before that; ``text``: what is searched for."""

    name: ClassVar[str]
    follows: ClassVar[bool] = True
    """Whether what it shows is looked up again when the record moves on."""

    def __init__(self, screen: AdminScreen) -> None:
        self.screen = screen
        self.rows: Any = None
        self.text = ""

    @property
    def office(self) -> OfficeApi:
        """Where everything is asked for."""
        return self.screen.office

    @property
    def chosen(self) -> str:
        """The key of the row under the cursor, or ""."""
        return self.screen.chosen_row

    @property
    def holds(self) -> bool:
        """Whether what stands on the screen is not to be replaced now."""
        return False

    @abstractmethod
    def look(self) -> Callable[[], object]:
        """What looks up the rows; it is called off the event loop."""

    @abstractmethod
    def lines(self, cells: int) -> tuple[list[Line], list[str]]:
        """The list, and the keys of its rows."""

    def detail(self, cells: int) -> list[Line]:
        """The row under the cursor, whole."""
        return []

    def left(self) -> None:  # noqa: B027 - most tabs leave nothing behind
        """The cursor came to another row, or another tab is shown."""

    # ------------------------------------------------------------------ for the actions

    def ask(self, steps: list[Ask], then: Callable[[Answers], None]) -> None:
        """Ask inline."""
        self.screen.question.ask(steps, then)

    def say(self, text: str, kind: str = "text") -> None:
        """Say a sentence."""
        self.screen.say(text, kind)

    def change(self, work: Callable[[], None], done: str) -> None:
        """Write, say ``done``, and look again."""

        def then(_result: None) -> None:
            self.say(done, "ok")
            self.screen.load()

        self.screen.siaga.write(work, then)
