"""The host of the admin's tabs: users, agencies, places, exports, the journal, the system; one tab a digit.

Everything that takes time runs off the event loop.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from console.actions import for_role
from console.actions.action import Action
from console.actions.roles import ADMIN
from console.i18n import N_
from console.i18n import translate as _
from console.ui.draw import admin as draw
from console.ui.office.api import OfficeApi
from console.ui.screens.admin.exports import ExportMoved, ExportsTab
from console.ui.screens.admin.journal import JournalTab
from console.ui.screens.admin.pack import AgenciesTab, PlacesTab
from console.ui.screens.admin.system import SystemTab
from console.ui.screens.admin.tab import Tab
from console.ui.screens.admin.users import UsersTab
from console.ui.screens.base import OperatorScreen
from console.ui.views import Snapshot
from console.ui.widgets.bars import Bar, HeadLine, KeyLine
from console.ui.widgets.board import Board
from data.clock import Micros

CSS = """
AdminScreen HeadLine, AdminScreen #tabs, AdminScreen #progress { height: 1; }
AdminScreen KeyLine { height: 1; }
AdminScreen MessageLine { height: 2; }
AdminScreen #main { layout: vertical; height: 1fr; }
AdminScreen.-wide #main { layout: horizontal; }
AdminScreen #list { height: 1fr; width: 1fr; }
AdminScreen #detail { height: 1fr; width: 1fr; border-top: solid $role-dim; }
AdminScreen.-wide #detail { border-top: none; border-left: solid $role-dim; padding-left: 1; }
#question { height: auto; max-height: 4; }
#question-prompt { height: 1; }
#question-text { width: 1fr; height: 1; }
#question-choice { width: 1fr; height: auto; }
#question-options { height: auto; max-height: 4; width: 1fr; }
"""

TABS: tuple[type[Tab], ...] = (UsersTab, AgenciesTab, PlacesTab, ExportsTab, JournalTab, SystemTab)

STANDING = N_("Only on the tab {tabs}.")


def tabs_of(action: str) -> frozenset[str]:
    """The tabs on which an action means something; none for what is no tab's."""
    return frozenset(tab.name for tab in TABS if hasattr(tab, f"do_{action}"))


class AdminScreen(OperatorScreen):
    """Where people, data and the record are looked after."""

    CSS = CSS

    def __init__(self) -> None:
        super().__init__(ADMIN)
        self._tabs: dict[str, Tab] = {}
        self._shown = UsersTab.name
        self._seen = -1

    def compose(self) -> ComposeResult:
        """The widgets, once."""
        yield HeadLine()
        yield Bar(id="tabs")
        with Container(id="main"):
            yield Board(id="list", cursor=True, always=True)
            yield Board(id="detail", cursor=True)
        yield Bar(id="progress")
        yield from self.bars()

    def on_mount(self) -> None:
        """The list of users has the keyboard."""
        self.set_focus(self.query_one("#list", Board))
        self._tabs = {tab.name: tab(self) for tab in TABS}
        super().tell_snapshot(self.siaga.snapshot, self.siaga.now())
        self._show(self._shown)

    def leaving(self) -> None:
        """The console ends: a running export is stopped."""
        exports = self._tabs.get(ExportsTab.name)
        if isinstance(exports, ExportsTab):
            exports.close()

    @property
    def office(self) -> OfficeApi:
        """Where everything is asked for."""
        assert self.siaga.office is not None
        return self.siaga.office

    @property
    def tab(self) -> Tab:
        """The tab that is shown."""
        return self._tabs[self._shown]

    @property
    def chosen_row(self) -> str:
        """The key of the row under the cursor, or ""."""
        return self.query_one("#list", Board).chosen

    # ------------------------------------------------------------------ what can be done

    def do(self, action: str, argument: str = "") -> bool:
        """Run an action; the key of another tab says where it belongs."""
        tabs = tabs_of(action)
        if self._shown in tabs:
            getattr(self.tab, f"do_{action}")(argument)
            return True
        if tabs:
            names = ", ".join(f"{n} {_(label)}" for n, (name, label) in enumerate(draw.TABS, 1) if name in tabs)
            self.say(_(STANDING).format(tabs=names), "warn")
            return True
        if action.startswith("show_"):
            self._show(action.removeprefix("show_"))
            return True
        return super().do(action, argument)

    def _keys(self) -> list[Action]:
        return [each for each in for_role(self.role) if self._shown in (tabs_of(each.id) or {self._shown})]

    # ------------------------------------------------------------------ what is shown

    def _show(self, name: str) -> None:
        self.tab.left()
        self._shown = name
        self.query_one(KeyLine).offer(self._keys())
        self.load()
        self._draw()

    def load(self) -> None:
        """Ask for what the tab shows."""
        tab = self.tab
        self._seen = self.siaga.snapshot.seq
        self.siaga.lookup(f"admin-{tab.name}", tab.look(), lambda found: self._loaded(tab, found))

    def _loaded(self, tab: Tab, found: object) -> None:
        tab.rows = found
        if self.is_mounted and tab is self.tab:
            self._draw()

    def tick(self, snapshot: Snapshot, now: Micros) -> None:
        """A second passed: what the record changed is asked for again."""
        super().tick(snapshot, now)
        if snapshot.seq != self._seen and self.tab.follows and not self.tab.holds:
            self.load()

    def retranslate(self) -> None:
        """The language changed."""
        super().retranslate()
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        self.arranged(self._draw)

    def on_board_moved(self, event: Board.Moved) -> None:
        """Another row is under the cursor."""
        if event.board.id == "list":
            self.tab.left()
            self.draw_detail()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter: the keyboard goes to the detail, to scroll it."""
        if event.board.id == "list":
            self.set_focus(self.query_one("#detail", Board))

    def on_export_moved(self, event: ExportMoved) -> None:
        """The running export got further."""
        exports = self._tabs[ExportsTab.name]
        if isinstance(exports, ExportsTab):
            exports.moved(event.box)

    def _draw(self) -> None:
        self.query_one("#tabs", Bar).set_lines([draw.tab_line(self._shown, max(20, self.size.width))])
        board = self.query_one("#list", Board)
        board.set_lines(*self.tab.lines(max(20, board.size.width - 1)))
        self.draw_detail()
        self.draw_progress()

    def draw_detail(self) -> None:
        """Draw the row under the cursor again."""
        board = self.query_one("#detail", Board)
        board.set_lines(self.tab.detail(max(20, board.size.width - 2)))

    def draw_progress(self) -> None:
        """Draw the bar of the running export again."""
        exports = self._tabs[ExportsTab.name]
        if self.is_mounted and isinstance(exports, ExportsTab):
            self.query_one("#progress", Bar).set_lines([exports.progress_line(max(20, self.size.width))])
