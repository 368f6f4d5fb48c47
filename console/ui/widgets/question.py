"""A question asked inline, above the key line, because the operator pressed a key for it; never over typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from console.i18n import translate as _
from console.ui.guard import Guarded
from console.ui.lines import Span, cut, line, span, width, wrap_parts
from console.ui.widgets.bars import MessageLine
from console.ui.widgets.board import Board
from console.ui.widgets.fields import Field


@dataclass(frozen=True)
class Ask:
    """One step. With ``options`` (key, value, label) a key chooses, and Enter takes the first; otherwise a text is
    typed, which may be empty unless ``required``; a ``secret`` one is not shown and taken as it is typed.

    With ``ticks`` several options may be chosen: a key changes a tick, those in ``ticks`` are ticked at first, Enter
    takes the ticked ones (at least one); the answer holds their values, parted by ``SEVERAL``. With ``suggest`` (typed
    text -> value, label) Enter takes what is marked on the message line; Up and Down mark another. When it is ``free``,
    nothing is marked at first and Enter takes what is typed."""

    name: str
    prompt: str
    options: tuple[tuple[str, str, str], ...] = ()
    required: bool = False
    start: str = ""
    secret: bool = False
    ticks: frozenset[str] | None = None
    suggest: Callable[[str], Sequence[tuple[str, str]]] | None = None
    free: bool = False


SEVERAL = "\n"
"""Between the values of an answer with several."""

Answers = dict[str, str]

OPTION_KEYS = "123456789abcdefghijklmnopqrstuvwxyz"
"""Keys of options that have none of their own, in order."""


def numbered(values: Sequence[tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Options keyed by digits, then letters, for ``(value, label)`` pairs."""
    return tuple((key, value, label) for key, (value, label) in zip(OPTION_KEYS, values, strict=False))


class Options(Board):
    """The options of a step; has the keyboard while it is asked."""

    def __init__(self, pressed: Callable[[str, str], None]) -> None:
        super().__init__(id="question-options", cursor=True)
        self._pressed = pressed

    async def take_key(self, event: events.Key) -> bool:
        """Every key but Tab is the question's business."""
        if event.key in {"tab", "shift+tab"}:
            return False
        self._pressed(event.key, event.character or "")
        return True


class Question(Guarded, Horizontal):
    """The place where questions are asked; hidden while there is none.

    When the language changes meanwhile, an open question stays as it was asked: what is typed is worth more.
    """

    def __init__(self) -> None:
        super().__init__(id="question")
        self._steps: tuple[Ask, ...] = ()
        self._answers: Answers = {}
        self._then: Callable[[Answers], None] | None = None
        self._back: Callable[[], None] | None = None
        self._ticked: set[str] = set()
        self._given_up: Callable[[], None] | None = None
        self._found: tuple[tuple[str, str], ...] = ()
        self._marked = 0
        self._foreseen: Answers = {}

    def compose(self) -> ComposeResult:
        """A prompt, a text field and the options; one of the latter two is shown."""
        yield Board(id="question-prompt")
        yield Field("question", self, id="question-text")
        with Horizontal(id="question-choice"):
            yield Options(self._option)

    def on_mount(self) -> None:
        """Nothing is asked yet."""
        self.display = False

    @property
    def asking(self) -> bool:
        """Whether a question is open."""
        return self._then is not None

    @property
    def step(self) -> Ask | None:
        """The step that is open."""
        index = len(self._answers)
        return self._steps[index] if self.asking and index < len(self._steps) else None

    def ask(
        self, steps: Sequence[Ask], then: Callable[[Answers], None], given_up: Callable[[], None] | None = None
    ) -> None:
        """Ask ``steps`` one after the other, then call ``then`` with the answers. Escape gives up (``given_up``)."""
        self._given_up = given_up
        if not self.asking:
            focused, screen = self.screen.focused, self.screen
            self._back = lambda: screen.set_focus(focused)
        self._steps, self._answers, self._then, self._foreseen = tuple(steps), {}, then, {}
        self.display = True
        self._show()

    def foresee(self, name: str, value: str) -> None:
        """The answer to a later step is known already: it is not asked."""
        self._foreseen[name] = value

    def cancel(self) -> None:
        """Give up; nothing is done."""
        given_up = self._given_up
        self._end()
        if given_up is not None:
            given_up()

    def _option(self, key: str, character: str) -> None:
        """A key was pressed while options are shown; one that means nothing changes nothing."""
        step = self.step
        if step is None or key == "escape":
            self.cancel()
            return
        if key == "enter":
            ticked = SEVERAL.join(value for _key, value, _label in step.options if value in self._ticked)
            if step.ticks is None or ticked:
                self._answer(step.options[0][1] if step.ticks is None else ticked)
            return
        for option, value, _label in step.options:
            if character.casefold() == option:
                if step.ticks is None:
                    self._answer(value)
                else:
                    self._ticked ^= {value}
                    self._show_options(step)
                return

    def field_typed(self, name: str, text: str) -> None:
        """Typing an answer changes nothing until Enter; what may be meant is looked up."""
        self._marked = self._unmarked
        self.suggest()

    @property
    def _unmarked(self) -> int:
        """The mark of a step before Up or Down: the first that is found, or nothing."""
        return -1 if self.step is not None and self.step.free else 0

    def suggest(self) -> None:
        """Show what the typed text may mean, where that is asked for."""
        step = self.step
        if step is None or step.suggest is None:
            return
        before, self._found = self._found, tuple(step.suggest(self.query_one("#question-text", Field).text))
        self._marked = min(self._marked, max(self._unmarked, len(self._found) - 1))
        choices = [("▸" if number == self._marked else " ", label) for number, (_v, label) in enumerate(self._found)]
        message = self.screen.query_one(MessageLine)
        if choices:
            message.offer(_("Enter takes:") if self._marked >= 0 else _("Down chooses:"), choices)
        elif not step.free:
            message.say(_("nothing found"), "warn")
        elif before:
            message.say("")

    def field_left(self, name: str) -> None:
        """An answer that is left stays open."""

    def field_key(self, name: str, key: str) -> None:
        """Enter answers, Escape gives up; Up and Down choose among what was found."""
        step = self.step
        if step is None or key == "escape":
            self.cancel()
        elif step.suggest is not None and key in {"up", "down"}:
            moved = self._marked + (1 if key == "down" else -1)
            self._marked = max(self._unmarked, min(len(self._found) - 1, moved))
            self.suggest()
        elif step.suggest is not None and key == "enter" and not (step.free and self._marked < 0):
            if self._found:
                self._answer(self._found[self._marked][0])
        elif key == "enter":
            text = self.query_one("#question-text", Field).text
            text = text if step.secret else text.strip()
            if text or not step.required:
                self._answer(text)

    def _answer(self, value: str) -> None:
        step = self.step
        if step is None:
            return
        self._answers[step.name] = value
        self._offer_no_more(step)
        while self.step is not None and self.step.name in self._foreseen:
            self._answers[self.step.name] = self._foreseen[self.step.name]
        if self.step is not None:
            self._show()
            return
        then, answers = self._then, dict(self._answers)
        self._end()
        if then is not None:
            then(answers)

    def _end(self) -> None:
        if self.step is not None:
            self._offer_no_more(self.step)
        self._then = self._given_up = None
        self._answers = {}
        self._found, self._marked = (), 0
        self.display = False
        self.query_one("#question-text", Field).show("")
        back, self._back = self._back, None
        if back is not None:
            back()

    def _offer_no_more(self, step: Ask) -> None:
        """What was offered goes from the message line; a sentence that stands there because nothing was stays."""
        if step.suggest is not None and (self._found or not step.free):
            self.screen.query_one(MessageLine).say("")
        self._found = ()

    def _show(self) -> None:
        step = self.step
        if step is None:
            return
        choosing = bool(step.options)
        text = self.query_one("#question-text", Field)
        prompt = self.query_one("#question-prompt", Board)
        options = self.query_one(Options)
        label = f"{step.prompt} "
        limit = max(10, self.screen.size.width - (20 if not choosing else 30))
        shown = cut(line(span(label, "key")), limit)
        prompt.styles.width = width(shown)
        prompt.set_lines([shown])
        text.display = not choosing
        self.query_one("#question-choice").display = choosing
        if choosing:
            self._ticked = set(step.ticks or ())
            self._show_options(step)
            # At once: focus() is deferred, and a key typed meanwhile would go to the old place.
            self.screen.set_focus(options)
        else:
            self._marked = self._unmarked
            text.password = step.secret
            text.show(step.start)
            self.screen.set_focus(text)
            self.suggest()

    def _show_options(self, step: Ask) -> None:
        prompt = self.query_one("#question-prompt", Board).lines_shown
        room = self.screen.size.width - sum(width(each) for each in prompt) - 1
        parts: list[Span] = []
        for key, value, name in step.options:
            box = "" if step.ticks is None else ("[x] " if value in self._ticked else "[ ] ")
            parts += [span(key, "key"), span(f" {box}{name}  ", "strong" if box == "[x] " else "text")]
        self.query_one(Options).set_lines(wrap_parts(parts, max(10, room)))


def yes_no(prompt: str, name: str = "sure") -> Ask:
    """A step that asks for a yes; Enter is no."""
    return Ask(name, prompt, (("n", "", _("no")), ("y", "yes", _("yes"))))
