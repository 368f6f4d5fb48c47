"""From a line to what is done: opens the command line, knows the world it is read against, and carries it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.actions.action import AGENCIES, AGENCY, HANDOVER, PAST_CALL
from console.command_line import CommandFault, Intent, Surroundings, World, parse
from console.command_line.grammar import find_verb, verb_of
from console.command_line.preview import fault_line
from console.command_line.world import world_of
from console.ui.carrying import carry
from console.ui.widgets.command_line import CommandLine

if TYPE_CHECKING:
    from console.ui.app import SiagaApp
    from console.ui.screens.base import OperatorScreen


class Commander:
    """The host of the command line; one for each console."""

    def __init__(self, app: SiagaApp) -> None:
        self._app = app
        self._surroundings = Surroundings()
        self._known = False
        self._waiting: list[str] = []

    @property
    def _screen(self) -> OperatorScreen | None:
        return self._app.operator

    def _line(self) -> CommandLine | None:
        screen = self._screen
        return screen.query_one(CommandLine) if screen is not None else None

    def open(self, screen: OperatorScreen) -> None:
        """F2: open the line, or put it away."""
        line = screen.query_one(CommandLine)
        if line.is_open:
            line.close()
            return
        if screen.question.asking:
            screen.question.cancel()
        self._known = False
        line.open(self)
        self._ask()
        self._app.lookup("typed_lines", self._app.desk.typed_lines, self._remembered)

    def news(self) -> None:
        """The journal moved on while the line may be open."""
        line = self._line()
        if line is not None and line.is_open:
            line.refresh_world()
            self._ask()

    def away(self) -> None:
        """Another action was asked for: the line is put away, so that the keyboard is where it was."""
        line = self._line()
        if line is not None:
            line.close()

    # ------------------------------------------------------------------ what the line asks

    def world(self) -> World:
        """What a line can speak of, now."""
        app, screen = self._app, self._screen
        return world_of(
            app.snapshot,
            self._surroundings,
            role=screen.role if screen is not None else app.identity.role,
            type_name=app.type_name,
            outcomes=app.outcomes,
            chosen=screen.chosen_incident() if screen is not None else "",
            in_hand=screen.in_hand() if screen is not None else None,
        )

    def enter(self, text: str) -> bool:
        """Enter was pressed on a line; False when the line is wrong and stays open for correction."""
        if not self._known and _speaks_of_unseen(text, self.world().role):
            # What it names is still being looked up: the line is done with as soon as that is known.
            self._waiting.append(text)
            self.away()
            return True
        return self._enter(text, say=False)

    def closed(self) -> None:
        """The line was put away."""

    def _enter(self, text: str, *, say: bool = True) -> bool:
        """``say``: the line is not on the screen any more, so what is wrong with it stands on the message line."""
        app, world = self._app, self.world()
        desk = app.desk
        try:
            intent = parse(text, world)
        except CommandFault as fault:
            app.write(lambda: desk.line_typed(text, None))
            if say:
                app.say(fault_line(fault), "alarm")
            return False
        self.away()
        screen = self._screen
        app.write(lambda: desk.line_typed(text, intent))
        if screen is not None:
            carry(app, screen, intent)
        return True

    def _ask(self) -> None:
        self._app.lookup("surroundings", self._app.desk.surroundings, self._told)

    def _told(self, surroundings: Surroundings) -> None:
        self._surroundings, self._known = surroundings, True
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            self._enter(text)
        line = self._line()
        if line is not None and line.is_open:
            line.refresh_world()

    def _remembered(self, history: tuple[str, ...]) -> None:
        line = self._line()
        if line is not None and line.is_open:
            line.remember(history)


def _speaks_of_unseen(text: str, role: str) -> bool:
    """Whether a line names agencies, hand-overs or calls that are over, which the screen's picture does not hold."""
    word, rest = verb_of(text)
    try:
        action, _fixed = find_verb(word, role)
    except CommandFault:
        return False
    return bool(rest) and any(each.kind in {AGENCY, AGENCIES, HANDOVER, PAST_CALL} for each in action.arguments)


__all__ = ["Commander", "Intent"]
