"""What the operator screens have in common: head, ring strip or alarms, message line, question, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from textual.message import Message
from textual.messages import Update
from textual.screen import Screen
from textual.widget import Widget

from console.actions import for_role
from console.actions.action import Action
from console.command_line import Intent
from console.ui import unit_words
from console.ui.guard import Guarded
from console.ui.terminal.compositing import FrugalCompositor
from console.ui.views import MyCall, Snapshot, WaitingCall
from console.ui.widgets.bars import HeadLine, KeyLine, MessageLine
from console.ui.widgets.board import Board
from console.ui.widgets.command_line import CommandLine, LineField
from console.ui.widgets.question import Question
from data.clock import Micros

if TYPE_CHECKING:
    from console.ui.app import SiagaApp

WIDE = 110
"""Columns from which the wide layout is used."""

TALL = 36
"""Rows from which the tall layout is used."""


class OperatorScreen(Guarded, Screen[None], inherit_bindings=False):
    """A screen of somebody signed in. The app tells it what came; ``do_<action>`` methods are its actions."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (TALL, "-tall")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, role: str) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()
        self.role = role

    @property
    def siaga(self) -> SiagaApp:
        """The app, with its own type."""
        return cast("SiagaApp", self.app)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done here."""
        return for_role(self.role)

    @property
    def stands(self) -> bool:
        """Whether the screen is there to be drawn on: built, and not put away or taken down meanwhile."""
        return self.is_mounted and not self.siaga.ending and self in self.siaga.screen_stack

    async def _dispatch_message(self, message: Message) -> None:
        # Each repaint of a widget comes here as one Update; Textual looks through all classes of the screen for
        # handlers of it, twice a ring at every desk, and finds this one.
        if type(message) is Update:
            await self._on_update(message)
        else:
            await super()._dispatch_message(message)

    @contextmanager
    def painting(self, *boards: Board) -> Iterator[None]:
        """What is drawn on ``boards`` meanwhile is painted at the end, together and at once, without Textual's round of
        messages: one to each widget, one from it to the screen, and a timer (0.5 ms at each desk)."""
        for board in boards:
            board.painted_by_screen = True
        try:
            yield
        finally:
            for board in boards:
                board.painted_by_screen = False
            self._paint_now(boards)

    def _paint_now(self, boards: Sequence[Board]) -> None:
        if not self.is_current or any(board.is_to_be_arranged for board in boards):
            for board in boards:
                board.check_idle()  # Textual's own way
            return
        drawn = [board for board in boards if board._repaint_required]
        for board in drawn:
            board._repaint_required = False
        if drawn:
            self._dirty_widgets.update(drawn)
            self._on_timer_update()

    def get_focusable_widget_at(self, x: int, y: int) -> Widget | None:
        """What a click there gives the keyboard to: while the command line is open nothing but that line, which would
        stand there without being typed in."""
        found = super().get_focusable_widget_at(x, y)
        is_open = any(line.is_open for line in self.query(CommandLine))
        return None if is_open and not isinstance(found, LineField) else found

    def arranged(self, *draws: Callable[[], object]) -> None:
        """Draw when the widgets have their new sizes."""
        for draw in draws:
            self.call_after_refresh(lambda draw=draw: draw() if self.stands else None)

    def bars(self) -> tuple[Question, CommandLine, MessageLine, KeyLine]:
        """The widgets at the foot, new ones: for ``compose``."""
        return Question(), CommandLine(), MessageLine(), KeyLine(self.actions)

    def say(self, text: str, kind: str = "text") -> None:
        """Say a sentence to the operator (after what a started key expects)."""
        self.siaga.say(text, kind)

    def show_message(self, text: str, kind: str) -> None:
        """Show a sentence on the message line."""
        self.query_one(MessageLine).say(text, kind)

    @property
    def question(self) -> Question:
        """Where questions are asked."""
        return self.query_one(Question)

    def tell_ring(self, waiting: tuple[WaitingCall, ...], now: Micros) -> None:
        """The calls that wait or ring changed."""

    def tell_snapshot(self, snapshot: Snapshot, now: Micros) -> None:
        """The journal moved on."""
        self.query_one(HeadLine).tell(self.siaga.identity, snapshot, now, taken_over=self.siaga.taken_over)

    def tick(self, snapshot: Snapshot, now: Micros) -> None:
        """A second passed."""
        self.query_one(MessageLine).grow_old(now)
        self.query_one(HeadLine).tell(self.siaga.identity, snapshot, now, taken_over=self.siaga.taken_over)

    def do(self, action: str, argument: str = "") -> bool:
        """Run an action of this screen; False when it has none of that name."""
        method: Any = getattr(self, f"do_{action}", None)
        if method is None:
            return False
        method(argument)
        return True

    @property
    def settled(self) -> bool:
        """Whether what is shown is what the last picture says, with nothing still being looked up for it."""
        return True

    def was_done(self, incident: str, decision: str, text: str, *, undo: bool = True, result: object = None) -> None:
        """A request about an incident is on record: say ``text``. ``undo``: it can be taken back for a while;
        ``result``: what the request returned, see ``unit_words.done``."""
        self.say(*unit_words.done(text, result))

    def chosen_incident(self) -> str:
        """The id of the incident that a command means when it names none."""
        return ""

    def in_hand(self) -> MyCall | None:
        """The call that a command means when it names none."""
        return None

    def carry(self, intent: Intent) -> None:
        """Carry out a command that only this screen knows; here those that the action understands by itself."""
        number = str(intent.incident.number) if intent.incident is not None else ""
        self.siaga.perform(intent.action.id, intent.choice or intent.text or number)

    def retranslate(self) -> None:
        """The language changed: everything is drawn again."""
        for widget in self.query("*"):
            method: Any = getattr(widget, "retranslate", None)
            if method is not None:
                method()
        self.tell_ring(self.siaga.snapshot.waiting, self.siaga.now())
        self.tell_snapshot(self.siaga.snapshot, self.siaga.now())

    def leaving(self) -> None:
        """The console ends: what is typed goes to the drafts."""

    def typed_unsaved(self) -> bool:
        """Whether text is on the screen that is not in the journal."""
        return False
