"""Exports: what leaves the centre, with a bar while it is written. It goes on when another tab is shown.

An export has a thread of its own and can be stopped. Its file takes its place when it is whole, or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from console.i18n import translate as _
from console.ui import errors, words
from console.ui.draw import admin as draw
from console.ui.lines import EMPTY, Line
from console.ui.office.views import ExportDone, Exports, ExportWish
from console.ui.screens.admin.tab import Tab
from console.ui.watch import Box
from console.ui.widgets.question import Answers, Ask, numbered, yes_no
from console.ui.work import Job, Writer

if TYPE_CHECKING:
    from console.ui.screens.admin.screen import AdminScreen


class ExportMoved(Message, bubble=False):
    """The running export got further."""

    def __init__(self, box: Box[tuple[int, int]]) -> None:
        super().__init__()
        self.box = box


class ExportsTab(Tab):
    """What can be exported, and what was."""

    name = "exports"

    def __init__(self, screen: AdminScreen) -> None:
        super().__init__(screen)
        self._cancelled: threading.Event | None = None
        self._progress: tuple[int, int, str] | None = None
        self._box: Box[tuple[int, int]] = Box()
        self._exporter = Writer(screen.siaga.post_message, "console-export")

    def close(self) -> None:
        """The console ends: a running export is stopped, so that no half-written file stays."""
        if self._cancelled is not None:
            self._cancelled.set()
        self._exporter.close()

    def look(self) -> Callable[[], object]:
        """What can be exported, and the latest exports."""
        return self.office.exports

    def lines(self, cells: int) -> tuple[list[Line], list[str]]:
        """What can be exported, and the latest exports."""
        return draw.export_lines(self.rows, self.screen.siaga.now(), cells)

    def progress_line(self, cells: int) -> Line:
        """The bar of the running export."""
        if self._progress is None:
            return EMPTY
        done, total, name = self._progress
        return draw.progress_line(done, total, cells, words.word(draw.EXPORT_NAMES, name))

    def do_export(self, _argument: str) -> None:
        """What, format, period, masked or not."""
        told: Exports | None = self.rows
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
            self.ask(steps, lambda rest: self._ask_proof({**answers, **rest}))

        self.ask([Ask("what", _("Export what?"), numbered(what))], ask_rest)

    def _ask_proof(self, answers: Answers) -> None:
        if not answers["unmasked"]:
            self._export(answers, "")
            return
        prompt = _("Your own password:")
        step = Ask("password", prompt, required=True, secret=True)
        self.ask([step], lambda proof: self._export(answers, proof["password"]))

    def _export(self, answers: Answers, password: str) -> None:
        wish = ExportWish(
            answers["what"], answers["format"], answers["since"], answers["until"], bool(answers["unmasked"]), password
        )
        office, box, post = self.office, self._box, self.screen.post_message
        cancelled = self._cancelled = threading.Event()
        self._progress = (0, 0, wish.what)

        def progress(done: int, total: int) -> None:
            if box.put((done, total)):
                post(ExportMoved(box))

        self.say(_("The export runs; b stops it."), "text")
        self.screen.draw_progress()
        self._exporter.submit(
            Job(lambda: office.export(wish, progress, cancelled), self._exported, self._export_failed)
        )

    def moved(self, box: Box[tuple[int, int]]) -> None:
        """The running export got further."""
        moved = box.take()
        if moved is not None and self._progress is not None and self._cancelled is not None:
            self._progress = (*moved, self._progress[2])
            self.screen.draw_progress()

    def _exported(self, done: ExportDone) -> None:
        self._export_over()
        self.say(_("{rows} rows written to {path}").format(rows=done.rows, path=Path(done.path).name), "ok")
        self.screen.load()

    def _export_failed(self, error: Exception) -> None:
        self._export_over()
        self.say(errors.sentence(error), "alarm")

    def _export_over(self) -> None:
        self._cancelled = self._progress = None
        self.screen.draw_progress()

    def do_export_cancel(self, _argument: str) -> None:
        """Stop the export that runs, after a question."""
        cancelled = self._cancelled
        if cancelled is None:
            self.say(_("No export runs."), "warn")
            return

        def then(answers: Answers) -> None:
            if answers["sure"]:
                cancelled.set()

        self.ask([yes_no(_("Stop the export?"))], then)
