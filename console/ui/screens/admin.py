"""The admin's screen: users, agencies, places, exports, the journal, the system; one tab a digit.

Everything that takes time runs off the event loop; an export has a thread of its own, a bar, and can be stopped. The
journal is only looked at. Personal fields are masked until F7 shows those of one entry, and that is an entry itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from console.action import Action
from console.actions import ADMIN, for_role
from console.i18n import N_
from console.i18n import translate as _
from console.ui import audit, errors, words
from console.ui.draw import admin as draw
from console.ui.lines import EMPTY, Line
from console.ui.office_api import OfficeApi
from console.ui.office_views import EntryRow, ExportDone, Exports, ExportWish, FindingRow, PackRow, UserRow
from console.ui.pack_rows import AGENCIES, OFFICES, PLACES, TYPES
from console.ui.screens.base import OperatorScreen
from console.ui.views import Snapshot
from console.ui.watch import Box
from console.ui.widgets.bars import Bar, HeadLine, KeyLine
from console.ui.widgets.board import Board
from console.ui.widgets.question import Answers, Ask, numbered, yes_no
from console.ui.work import Job, Writer
from data.administration import ROLES
from data.clock import Micros
from data.errors import SiagaError

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

FILES = {"agencies": (AGENCIES,), "places": (PLACES, OFFICES, TYPES)}
"""Tab -> the files of the pack that it shows."""

USED_IN = {
    "user_add": ("users",),
    "user_roles": ("users",),
    "user_password": ("users",),
    "user_disable": ("users",),
    "user_enable": ("users",),
    "search": ("agencies", "places", "journal"),
    "verify_row": ("agencies", "places"),
    "export": ("exports",),
    "export_cancel": ("exports",),
    "reveal": ("journal",),
}
"""Action -> the tabs where its key means something."""

LETTERS = dict(zip("cdsa", ROLES, strict=True))
"""Letters by which roles are typed: c call-taker, d dispatcher, s supervisor, a administrator."""

STANDING = N_("Only on the tab {tabs}.")


class ExportMoved(Message, bubble=False):
    """The running export got further."""

    def __init__(self, box: Box[tuple[int, int]]) -> None:
        super().__init__()
        self.box = box


class AdminScreen(OperatorScreen):
    """Where people, data and the record are looked after."""

    CSS = CSS

    def __init__(self) -> None:
        super().__init__(ADMIN)
        self._tab = "users"
        self._rows: dict[str, Any] = {}
        self._search: dict[str, str] = {}
        self._revealed: EntryRow | None = None
        self._seen = -1
        self._cancelled: threading.Event | None = None
        self._progress: tuple[int, int, str] | None = None
        self._box: Box[tuple[int, int]] = Box()
        self._exporter: Writer | None = None

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
        self._exporter = Writer(self.siaga.post_message, "console-export")
        super().tell_snapshot(self.siaga.snapshot, self.siaga.now())
        self._show("users")

    def leaving(self) -> None:
        """The console ends: a running export is stopped, so that no half-written file stays."""
        if self._cancelled is not None:
            self._cancelled.set()
        if self._exporter is not None:
            self._exporter.close()

    @property
    def office(self) -> OfficeApi:
        """Where everything is asked for."""
        assert self.siaga.office is not None
        return self.siaga.office

    # ------------------------------------------------------------------ tabs

    def _show(self, tab: str) -> None:
        self._tab, self._revealed = tab, None
        self.query_one(KeyLine).offer(self._keys())
        self._load()
        self._draw()

    def _keys(self) -> list[Action]:
        return [each for each in for_role(self.role) if self._tab in USED_IN.get(each.id, (self._tab,))]

    def do_show_users(self, _argument: str) -> None:
        """1."""
        self._show("users")

    def do_show_agencies(self, _argument: str) -> None:
        """2."""
        self._show("agencies")

    def do_show_places(self, _argument: str) -> None:
        """3."""
        self._show("places")

    def do_show_exports(self, _argument: str) -> None:
        """4."""
        self._show("exports")

    def do_show_journal(self, _argument: str) -> None:
        """5."""
        self._show("journal")

    def do_show_system(self, _argument: str) -> None:
        """6."""
        self._show("system")

    def do(self, action: str, argument: str = "") -> bool:
        """Run an action; the key of another tab says where it belongs."""
        tabs = USED_IN.get(action, (self._tab,))
        if self._tab not in tabs:
            names = ", ".join(f"{n} {_(label)}" for n, (name, label) in enumerate(draw.TABS, 1) if name in tabs)
            self.say(_(STANDING).format(tabs=names), "warn")
            return True
        return super().do(action, argument)

    # ------------------------------------------------------------------ what is shown

    def _load(self) -> None:
        """Ask for what the tab shows."""
        tab, office, text = self._tab, self.office, self._search.get(self._tab, "")
        self._seen = self.siaga.snapshot.seq

        def look() -> object:
            if tab in FILES:
                return office.pack_rows(FILES[tab], text)
            if tab == "journal":
                return office.entries(audit.parse(text))
            return {"users": office.users, "exports": office.exports, "system": office.findings}[tab]()

        self.siaga.lookup(f"admin-{tab}", look, lambda found: self._loaded(tab, found))

    def _loaded(self, tab: str, found: object) -> None:
        self._rows[tab] = found
        if self.is_mounted and tab == self._tab:
            self._draw()

    def tick(self, snapshot: Snapshot, now: Micros) -> None:
        """A second passed: what the record changed is asked for again, but for the system's slow checks."""
        super().tick(snapshot, now)
        if snapshot.seq != self._seen and self._tab != "system" and self._revealed is None:
            self._load()

    def retranslate(self) -> None:
        """The language changed."""
        super().retranslate()
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal's size changed."""
        self.call_after_refresh(self._draw)

    def on_board_moved(self, event: Board.Moved) -> None:
        """Another row is under the cursor; what F7 showed is masked again."""
        if event.board.id == "list":
            self._revealed = None
            self._draw_detail()

    def on_board_chosen(self, event: Board.Chosen) -> None:
        """Enter: the keyboard goes to the detail, to scroll it."""
        if event.board.id == "list":
            self.set_focus(self.query_one("#detail", Board))

    def _draw(self) -> None:
        self.query_one("#tabs", Bar).set_lines([draw.tab_line(self._tab, max(20, self.size.width))])
        board = self.query_one("#list", Board)
        lines, keys = self._list_lines(max(20, board.size.width - 1))
        board.set_lines(lines, keys)
        self._draw_detail()
        self._draw_progress()

    def _list_lines(self, cells: int) -> tuple[list[Line], list[str]]:
        now, text = self.siaga.now(), self._search.get(self._tab, "")
        if self._tab == "users":
            return draw.user_lines(self._found("users", ()), cells)
        if self._tab == "exports":
            exports: Exports | None = self._rows.get("exports")
            return draw.export_lines(exports, now, cells)
        if self._tab == "journal":
            return draw.entry_lines(self._found("journal", ()), now, cells, text)
        if self._tab == "system":
            findings: Sequence[FindingRow] = self._found("system", ())
            return draw.finding_lines(findings, cells)
        return draw.pack_lines(self._found(self._tab, ()), cells, text)

    def _found(self, tab: str, default: Any) -> Any:
        return self._rows.get(tab, default)

    def _draw_detail(self) -> None:
        board = self.query_one("#detail", Board)
        cells = max(20, board.size.width - 2)
        lines: list[Line] = [EMPTY]
        if self._tab == "users":
            lines = draw.user_detail(self._user(), cells)
        elif self._tab in FILES:
            lines = draw.pack_detail(self._row(), cells)
        elif self._tab == "journal":
            lines = draw.entry_detail(self._revealed or self._entry(), cells)
        elif self._tab == "system":
            lines = draw.finding_detail(self._found("system", ()), self._chosen, cells)
        board.set_lines(lines)

    def _draw_progress(self) -> None:
        bar = self.query_one("#progress", Bar)
        if self._progress is None:
            bar.set_lines([EMPTY])
            return
        done, total, name = self._progress
        bar.set_lines([draw.progress_line(done, total, max(20, self.size.width), words.word(draw.EXPORT_NAMES, name))])

    # ------------------------------------------------------------------ what is chosen

    @property
    def _chosen(self) -> str:
        return self.query_one("#list", Board).chosen

    def _user(self) -> UserRow | None:
        return next((row for row in self._found("users", ()) if row.login == self._chosen), None)

    def _row(self) -> PackRow | None:
        return next((row for row in self._found(self._tab, ()) if row.id == self._chosen), None)

    def _entry(self) -> EntryRow | None:
        return next((row for row in self._found("journal", ()) if str(row.seq) == self._chosen), None)

    def _do(self, work: Callable[[], None], done: str) -> None:
        def then(_result: None) -> None:
            self.say(done, "ok")
            self._load()

        self.siaga.write(work, then)

    # ------------------------------------------------------------------ users

    def do_user_add(self, argument: str) -> None:
        """Login, name, roles, the password twice."""
        steps = [
            Ask("login", _("Login of the new user:"), required=True, start=argument),
            Ask("name", _("Name:"), required=True),
            self._ask_roles(""),
            *_ask_password(),
        ]
        self.question.ask(steps, self._add)

    def _add(self, answers: Answers) -> None:
        roles, office = self._roles_typed(answers["roles"]), self.office
        if roles is None or not self._same(answers):
            return
        login, name, password = answers["login"], answers["name"], answers["password"]
        done = _("{login} may sign in.").format(login=login)
        self._do(lambda: office.add_user(login, name, roles, password), done)

    @staticmethod
    def _ask_roles(start: str) -> Ask:
        known = " ".join(f"{letter}={words.word(words.ROLES, role)}" for letter, role in LETTERS.items())
        return Ask("roles", _("Roles ({letters}):").format(letters=known), required=True, start=start)

    def _roles_typed(self, text: str) -> tuple[str, ...] | None:
        letters = [letter for letter in text.casefold() if letter not in " ,"]
        if any(letter not in LETTERS for letter in letters):
            self.say(
                _("Roles are letters of {letters}; nothing was changed.").format(letters=" ".join(LETTERS)), "warn"
            )
            return None
        return tuple(role for letter, role in LETTERS.items() if letter in letters)

    def _same(self, answers: Answers) -> bool:
        if answers["password"] == answers["again"]:
            return True
        self.say(_("The two passwords differ; nothing was changed."), "warn")
        return False

    def do_user_roles(self, _argument: str) -> None:
        """Other roles for the user under the cursor."""
        user, office = self._user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return
        start = "".join(letter for letter, role in LETTERS.items() if role in user.roles)

        def then(answers: Answers) -> None:
            roles = self._roles_typed(answers["roles"])
            if roles is not None:
                done = _("{login}: {roles}").format(login=user.login, roles=draw.roles_text(roles))
                self._do(lambda: office.set_roles(user.login, roles), done)

        self.question.ask([self._ask_roles(start)], then)

    def do_user_password(self, _argument: str) -> None:
        """A new password, typed twice."""
        user, office = self._user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return

        def then(answers: Answers) -> None:
            if self._same(answers):
                done = _("The password of {login} was changed.").format(login=user.login)
                self._do(lambda: office.set_password(user.login, answers["password"]), done)

        self.question.ask(_ask_password(user.login), then)

    def do_user_disable(self, argument: str) -> None:
        """No sign-in any more, with a reason."""
        user, office = self._user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return
        prompt = _("Disable {login}. Reason:").format(login=user.login)

        def then(answers: Answers) -> None:
            done = _("{login} is disabled.").format(login=user.login)
            self._do(lambda: office.disable_user(user.login, answers["reason"]), done)

        self.question.ask([Ask("reason", prompt, required=True, start=argument)], then)

    def do_user_enable(self, _argument: str) -> None:
        """May sign in again."""
        user, office = self._user(), self.office
        if user is None:
            self.say(_("Choose a user first."), "warn")
            return
        done = _("{login} may sign in.").format(login=user.login)
        self._do(lambda: office.enable_user(user.login), done)

    # ------------------------------------------------------------------ rows of the pack, and the search

    def do_search(self, argument: str) -> None:
        """Which rows or entries are shown; an empty text shows all."""
        if argument:
            self._look_for(argument)
            return
        prompt = _("Filter:") if self._tab == "journal" else _("Search:")
        start = self._search.get(self._tab, "")
        self.question.ask([Ask("text", prompt, start=start)], lambda answers: self._look_for(answers["text"]))

    def _look_for(self, text: str) -> None:
        if self._tab == "journal":
            try:
                audit.parse(text)
            except SiagaError as error:
                self.say(errors.sentence(error), "warn")
                return
        self._search[self._tab], self._revealed = text, None
        self._load()

    def do_verify_row(self, argument: str) -> None:
        """A named person vouches for the row under the cursor."""
        row, office = self._row(), self.office
        if row is None:
            self.say(_("Choose a row first."), "warn")
            return
        who = _("Who checked {row}?").format(row=row.title)

        def then(answers: Answers) -> None:
            done = _("{row} is verified by {by}.").format(row=row.title, by=answers["by"])
            self._do(lambda: office.verify_row(row.file, row.key, answers["by"], answers["note"]), done)

        self.question.ask([Ask("by", who, required=True, start=argument), Ask("note", _("How (may be empty):"))], then)

    # ------------------------------------------------------------------ exports

    def do_export(self, _argument: str) -> None:
        """What, format, period, masked or not."""
        told: Exports | None = self._rows.get("exports")
        if self._cancelled is not None:
            self.say(_("An export runs already; b stops it."), "warn")
            return
        if told is None:
            return
        formats = dict(told.choices)
        what = [(name, words.word(draw.EXPORT_NAMES, name)) for name in formats]

        def ask_rest(answers: Answers) -> None:
            wanted = formats[answers["what"]]
            mask = (("m", "", _("masked")), ("u", "yes", _("with personal data")))
            steps = [
                Ask("format", _("Format?"), numbered([(name, name) for name in wanted])),
                Ask("since", _("From (2026-11-24 or 2026-11-24 07:00; may be empty):")),
                Ask("until", _("Before (may be empty):")),
                Ask("unmasked", _("Personal data?"), mask),
            ]
            self.question.ask(steps, lambda rest: self._ask_proof({**answers, **rest}))

        self.question.ask([Ask("what", _("Export what?"), numbered(what))], ask_rest)

    def _ask_proof(self, answers: Answers) -> None:
        if not answers["unmasked"]:
            self._export(answers, "")
            return
        prompt = _("Your own password:")
        step = Ask("password", prompt, required=True, secret=True)
        self.question.ask([step], lambda proof: self._export(answers, proof["password"]))

    def _export(self, answers: Answers, password: str) -> None:
        if self._exporter is None:
            return
        wish = ExportWish(
            answers["what"], answers["format"], answers["since"], answers["until"], bool(answers["unmasked"]), password
        )
        office, box, post = self.office, self._box, self.post_message
        cancelled = self._cancelled = threading.Event()
        self._progress = (0, 0, wish.what)

        def progress(done: int, total: int) -> None:
            if box.put((done, total)):
                post(ExportMoved(box))

        self.say(_("The export runs; b stops it."), "text")
        self._draw_progress()
        self._exporter.submit(
            Job(lambda: office.export(wish, progress, cancelled), self._exported, self._export_failed)
        )

    def on_export_moved(self, event: ExportMoved) -> None:
        """Further."""
        moved = event.box.take()
        if moved is not None and self._progress is not None and self._cancelled is not None:
            self._progress = (*moved, self._progress[2])
            self._draw_progress()

    def _exported(self, done: ExportDone) -> None:
        self._export_over()
        self.say(_("{rows} rows written to {path}").format(rows=done.rows, path=done.path), "ok")
        self._load()

    def _export_failed(self, error: Exception) -> None:
        self._export_over()
        self.say(errors.sentence(error), "alarm")

    def _export_over(self) -> None:
        self._cancelled = self._progress = None
        if self.is_mounted:
            self._draw_progress()

    def do_export_cancel(self, _argument: str) -> None:
        """Stop the export that runs, after a question."""
        cancelled = self._cancelled
        if cancelled is None:
            self.say(_("No export runs."), "warn")
            return

        def then(answers: Answers) -> None:
            if answers["sure"]:
                cancelled.set()

        self.question.ask([yes_no(_("Stop the export?"))], then)

    # ------------------------------------------------------------------ the journal

    def do_reveal(self, _argument: str) -> None:
        """The personal fields of the entry under the cursor, until the cursor moves."""
        entry, office = self._entry(), self.office
        if entry is None:
            self.say(_("Choose an entry first."), "warn")
        elif not entry.personal:
            self.say(_("This entry holds no personal data."), "warn")
        else:
            self.siaga.write(lambda: office.reveal(entry.seq), self._reveal)

    def _reveal(self, found: EntryRow | None) -> None:
        if found is not None and self._tab == "journal" and str(found.seq) == self._chosen:
            self._revealed = found
            self.say(_("Shown; that you looked is on record."), "warn")
            self._draw_detail()


def _ask_password(login: str = "") -> list[Ask]:
    prompt = _("New password of {login}:").format(login=login) if login else _("Password (at least 10 characters):")
    return [
        Ask("password", prompt, required=True, secret=True),
        Ask("again", _("The same again:"), required=True, secret=True),
    ]
