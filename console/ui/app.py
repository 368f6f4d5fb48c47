"""The console's app: it routes keys to the screens, and what the threads found to the screens. Nothing else.

Calls, hand-over timers and writes live in the services; a stalled or dying terminal harms nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType

from console import i18n
from console.actions import ACTIONS, by_id, for_role
from console.actions.roles import ADMIN, CALLTAKER, SUPERVISOR
from console.i18n import translate as _
from console.ui import errors, lines, theme
from console.ui.commanding import Commander
from console.ui.desk.api import DeskApi
from console.ui.draw.calls import Limits
from console.ui.guard import Guarded
from console.ui.office.api import OfficeApi
from console.ui.saying import Sayings
from console.ui.screens.admin import AdminScreen
from console.ui.screens.base import OperatorScreen
from console.ui.screens.calltaker import CallTakerScreen
from console.ui.screens.card import AnyCard, CardScreen
from console.ui.screens.dispatcher import READ_ONLY, DispatcherScreen
from console.ui.screens.help import HelpCard
from console.ui.screens.signin import SignInScreen
from console.ui.screens.supervisor import SupervisorScreen
from console.ui.screens.units import UnitsCard
from console.ui.terminal.input import TerminalDriver
from console.ui.terminal.keyboard import BESIDE_THE_LINE, Keyboard
from console.ui.terminal.typeahead import Keys
from console.ui.views import Card, Draft, Identity, Snapshot, TypeChoice
from console.ui.watch import RingChanged, SessionLost, SnapshotTaken, Watcher, WatchFailed
from console.ui.widgets.question import yes_no
from console.ui.work import Job, Latest, WorkFailed, WorkFinished, Writer
from data.clock import Micros, now

log = logging.getLogger("siaga112.console")

T = TypeVar("T")


class SiagaApp(Guarded, App[None], inherit_bindings=False):
    """The console. ``identity`` when somebody is signed in already; ``outcomes``: letter -> outcome code."""

    CSS = theme.CSS
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""
    TITLE = "Siaga 112"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(a.key, f"do('{a.id}')", priority=True, show=False) for a in ACTIONS if a.key and not a.letter),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        desk: DeskApi,
        *,
        language: str = "id",
        identity: Identity | None = None,
        outcomes: dict[str, str],
        limits: Limits | None = None,
        centre: str = "",
        clock: Callable[[], Micros] = now,
        office: OfficeApi | None = None,
        begun: Callable[[SiagaApp], object] = lambda _app: None,
        first_screen: Callable[[], object] = lambda: None,
    ) -> None:
        """``begun`` is called once in the event loop, with this app; ``first_screen`` once, when the first screen has
        been painted."""
        i18n.set_language(language)
        lines.use_ascii(theme.plain_terminal())
        super().__init__(driver_class=TerminalDriver)
        self.desk, self.outcomes, self.centre, self.now = desk, outcomes, centre, clock
        self._begun, self._first_screen = begun, first_screen
        self.limits = limits or Limits()
        self.office = office
        self.identity = identity or Identity("", "", "", "")
        self.snapshot = Snapshot()
        self._told: OperatorScreen | None = None
        self.commander = Commander(self)
        self.keyboard = Keyboard(self, self._settled)
        self.problem = ""
        self._going = self.taken_over = False
        self._noticed = 0
        self._sayings = Sayings()
        self.leaving = ""
        self._watcher: Watcher | None = None
        for each in theme.THEMES:
            self.register_theme(each)
        self.theme = theme.suggested_theme()

    def on_mount(self) -> None:
        """Threads, the clock, and the first screen."""
        self._writer, self._lookups = Writer(self.post_message), Latest(self.post_message)
        self._drafts = Latest(self.post_message, "console-drafts")
        self.set_interval(1.0, self._tick)
        self._begun(self)
        if self.identity.login:
            self.begin(self.identity)
        else:
            self.push_screen(SignInScreen())
        self.call_after_refresh(self._first_screen)

    def begin(self, identity: Identity) -> None:
        """Somebody is signed in: the screen of the role, and the thread that follows the journal."""
        self.identity = identity
        calls = identity.role == CALLTAKER
        screen: OperatorScreen
        if calls:
            screen = CallTakerScreen(self.limits)
        elif self.office is not None and identity.role in {SUPERVISOR, ADMIN}:
            screen = SupervisorScreen() if identity.role == SUPERVISOR else AdminScreen()
        else:
            screen = DispatcherScreen(identity.role)
        self.switch_screen(screen) if len(self.screen_stack) > 1 else self.push_screen(screen)
        self._watcher = Watcher(self.desk, self.post_message, with_calls=calls)
        self._watcher.start()

    # ------------------------------------------------------------------ work off the loop

    def write(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do something that changes the record, in order; ``then`` and ``failed`` run here afterwards.

        Keys that act on the record wait until the screen shows it (see ``console.ui.terminal.typeahead``).
        """
        desk, began = self.desk, self._sayings.began()

        def done() -> tuple[T, int]:
            result = work()
            try:
                return result, desk.last_seq()
            except Exception:  # what was done is on record all the same, and is never told as failed
                log.warning("it is done, but the journal cannot be read now", exc_info=True)
                return result, 0

        def ended(outcome: tuple[T, int]) -> None:
            result, seq = outcome
            self.keyboard.ahead.write_ended(seq)
            if self._watcher is not None and seq > self.snapshot.seq:
                self._watcher.hurry()
            if then is not None:
                with self._sayings.result(began):
                    then(result)

        def raised(error: Exception) -> None:
            self.keyboard.ahead.write_ended(0)
            with self._sayings.result(began):
                (failed or self.report_error)(error)

        self.keyboard.ahead.write_began()
        self._writer.submit(Job(done, ended, raised))

    def lookup(
        self,
        kind: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Look something up; an older question of the same kind is dropped."""
        self._lookups.submit(kind, Job(work, then, failed))

    def keep_draft(self, draft: Draft) -> None:
        """Keep typed text on disk."""
        desk = self.desk
        self._drafts.submit(draft.form, Job(lambda: desk.save_draft(draft)))

    async def on_work_finished(self, event: WorkFinished) -> None:
        """A piece of work ended: go on with it, and with what was typed meanwhile."""
        if not self.ending:
            event.proceed()
            await self.keyboard.release()

    def on_work_failed(self, event: WorkFailed) -> None:
        """A piece of work raised."""
        self.say(errors.sentence(event.error), "alarm")

    # ------------------------------------------------------------------ what the watcher found

    @property
    def operator(self) -> OperatorScreen | None:
        """The operator's screen, whatever card lies over it."""
        found = [] if self.ending else [s for s in self.screen_stack if isinstance(s, OperatorScreen) and s.is_mounted]
        return found[-1] if found else None

    async def _shutdown(self) -> None:
        # On the way out the widgets go one by one, while timers run and messages of the threads still come.
        operator = self.operator
        if operator is not None:
            operator.leaving()
        self._going = True
        await super()._shutdown()

    def on_ring_changed(self, event: RingChanged) -> None:
        """The shortest way: from the watching thread to the strip."""
        waiting = event.box.take()
        operator = self.operator
        if waiting is None:
            return
        self._told = None  # the rest of the screen hears of it with the next picture
        # F3 right after the strip has changed means the call that the strip shows.
        self.snapshot = replace(self.snapshot, waiting=waiting)
        if operator is not None:
            operator.tell_ring(waiting, self.now())

    async def on_snapshot_taken(self, event: SnapshotTaken) -> None:
        """A new picture."""
        snapshot = event.box.take()
        operator = self.operator
        if snapshot is not None:
            told = operator is self._told and snapshot.shows_the_same(self.snapshot)
            self.snapshot = snapshot
            if operator is not None and not told:
                self._told = operator
                operator.tell_snapshot(snapshot, self.now())
                self.commander.news()
            for notice in snapshot.notices:
                if notice.serial > self._noticed:
                    self._noticed = notice.serial
                    params = {key: _(str(value)) for key, value in notice.params}
                    self.say(_(notice.message).format(**params), notice.kind)
            await self.keyboard.release()

    def on_watch_failed(self, event: WatchFailed) -> None:
        """The journal can't be read, or can again."""
        self._told = None  # the problem is shown with the next picture, also when that is the same
        self.problem = "" if event.error is None else errors.sentence(event.error)
        self.say(self.problem or _("The journal can be read again."), "alarm" if self.problem else "ok")

    def on_session_lost(self, _event: SessionLost) -> None:
        """Another console took over this terminal or telephone."""
        self.taken_over, self._told = True, None
        self.problem = _("This session was taken over by another console; sign in again.")
        self.say(self.problem, "alarm")

    def _tick(self) -> None:
        operator = self.operator
        if operator is not None:
            operator.tick(self.snapshot, self.now())

    # ------------------------------------------------------------------ keys

    async def on_event(self, event: events.Event) -> None:
        """Keys and pasted text are the keyboard's (``console.ui.terminal.keyboard``); the rest is Textual's."""
        if isinstance(event, Keys) and not event.is_forwarded:
            await self.keyboard.came(event)
        else:
            if isinstance(event, events.MouseEvent):
                self.keyboard.mouse.came(event)
            await super().on_event(event)

    async def textual_key(self, event: Keys) -> None:
        """What Textual does with a key that nothing of ours has taken."""
        await super().on_event(event)

    def _settled(self, seq: int) -> bool:
        """Whether the screen shows the journal up to ``seq``."""
        operator = self.operator
        return self.snapshot.seq >= seq and (operator is None or operator.settled)

    def action_do(self, action: str) -> None:
        """A key of the action table."""
        self.perform(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The sign-in takes no F-key but F1; a key that two roles share is the screen's."""
        screen = self.screen
        if action != "do" or parameters[0] == "help":
            return True
        if not isinstance(screen, OperatorScreen):
            return False
        mine = for_role(screen.role)
        key = by_id(str(parameters[0])).key
        return parameters[0] in {each.id for each in mine} or key not in {each.key for each in mine}

    def perform(self, action: str, argument: str = "") -> None:
        """Run an action of the table if the role has it."""
        screen = self.screen
        role = screen.role if isinstance(screen, OperatorScreen) else self.identity.role
        if action not in BESIDE_THE_LINE:
            self.commander.away()
        if action == "help":
            self.push_screen(HelpCard(role))
        elif not isinstance(screen, OperatorScreen):
            return
        elif action not in {each.id for each in for_role(role)}:
            self.nothing_here(by_id(action).key_label)
        elif action in (own := self._own(screen, argument)):
            own[action]()
        elif not screen.do(action, argument):
            self._elsewhere(action, argument)

    def _elsewhere(self, action: str, argument: str) -> None:
        """An action of the role that this screen has not: a command is carried out on the screen below, which has it;
        a key may mean something under a cursor there that nobody sees."""
        below, known = self.screen_stack[1:-1], by_id(action)
        first = next((screen for screen in below if isinstance(screen, OperatorScreen)), None)
        if known.key or first is None or not hasattr(first, f"do_{action}"):
            self.nothing_here(known.key_label or action)
            return
        self._back_to_the_first()
        first.do(action, argument)

    def nothing_here(self, key: str) -> None:
        """A key that has no meaning on this screen says so, instead of leaving what the last one said."""
        screen = self.screen
        if not isinstance(screen, OperatorScreen):
            return
        if screen.role not in {CALLTAKER, "dispatcher"} and isinstance(screen, DispatcherScreen):
            self.say(_(READ_ONLY), "warn")
        else:
            self.say(_("{key} does nothing on this screen; F1 shows its keys.").format(key=key), "warn")

    def _own(self, screen: OperatorScreen, argument: str) -> dict[str, Callable[[], None]]:
        """The actions that are the app's and no screen's."""
        return {
            "command": lambda: self.commander.open(screen),
            "card": lambda: self._show_cards(argument),
            "units": lambda: self._show(UnitsCard(argument)),
            "language": lambda: self.next_language(argument),
            "theme": self.next_theme,
            "sign_out": self.ask_sign_out,
            "supervise": self.supervise,
        }

    def _show(self, card: AnyCard) -> None:
        self.push_screen(card)

    def _show_cards(self, word: str) -> None:
        desk = self.desk
        self.lookup("cards", lambda: desk.cards(word), lambda found: self._cards_found(word, found))

    def _cards_found(self, word: str, found: tuple[Card, ...]) -> None:
        if isinstance(self.screen, OperatorScreen):
            self.push_screen(CardScreen(word, found))

    # ------------------------------------------------------------------ incidents and supervision

    def supervise(self) -> None:
        """From the incidents to the supervisor's screen and back, for somebody who has that role."""
        office = self.office
        if len([screen for screen in self.screen_stack if isinstance(screen, OperatorScreen)]) > 1:
            self._back_to_the_first()
        elif isinstance(self.screen, SupervisorScreen):
            self.push_screen(DispatcherScreen(self.identity.role))
        elif office is None:
            self.say(_("There is no supervisor's screen here."), "warn")
        else:
            self.lookup("supervise", office.is_supervisor, self._supervise)

    def _supervise(self, allowed: bool) -> None:
        if not allowed:
            self.say(_("You do not have the supervisor's role; ask the admin."), "warn")
        elif isinstance(self.screen, DispatcherScreen):
            self.push_screen(SupervisorScreen())

    def show_incidents(self, incident: str) -> None:
        """The dispatcher's board with that incident chosen: the one below, or a new one to look at."""
        below = [screen for screen in self.screen_stack if isinstance(screen, DispatcherScreen)]
        if below:
            self._back_to_the_first()
            below[0].choose(incident)
        else:
            self.push_screen(DispatcherScreen(self.identity.role, incident))

    def _back_to_the_first(self) -> None:
        self.pop_screen()
        operator = self.operator
        if operator is not None:
            operator.retranslate()

    # ------------------------------------------------------------------ the house

    @property
    def language(self) -> str:
        """The language spoken now."""
        return i18n.language()

    def next_language(self, wanted: str = "") -> None:
        """The other language, or the one wanted."""
        others = [name for name in i18n.LANGUAGES if name != i18n.language()]
        i18n.set_language(wanted if wanted in i18n.LANGUAGES else others[0])
        for screen in self.screen_stack:
            retranslate: Any = getattr(screen, "retranslate", None)
            if retranslate is not None:
                retranslate()

    def next_theme(self) -> None:
        """The next of the three themes."""
        names = [each.name for each in theme.THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    def ask_sign_out(self) -> None:
        """Sign out after a question; Enter is no."""
        operator = self.operator
        if operator is None:
            self.exit()
            return
        unsaved = operator.typed_unsaved()
        prompt = _("Sign out? Unsaved text is kept here.") if unsaved else _("Sign out?")
        operator.question.ask([yes_no(prompt)], lambda answers: self._sign_out() if answers["sure"] else None)

    def _sign_out(self) -> None:
        self.write(self.desk.sign_out, lambda _r: self.exit(), self._leave_anyway)

    def _leave_anyway(self, error: Exception) -> None:
        self.leaving = errors.sentence(error)
        self.exit()

    @property
    def ending(self) -> bool:
        """Whether the screens are being taken down; nothing is shown any more."""
        return self._going or self._exit or self._closing or not self._screen_stack

    def say(self, text: str, kind: str = "text") -> None:
        """One line for the operator."""
        if self.ending:
            return
        shown = self._sayings.judged(text, kind)
        if shown is None or self.keyboard.keeps(*shown):
            return  # something newer, or what the started key expects, stays; the latter's rest is said afterwards
        text, kind = shown
        operator = self.operator
        if operator is not None:
            operator.show_message(text, kind)
        elif isinstance(self.screen, SignInScreen):
            self.screen.say(text, kind)

    def type_name(self, code: str) -> str:
        """The name of a type in the language spoken now."""
        return self.desk.type_name(code, i18n.language()) if code else ""

    def type_choice(self, code: str, priority: int) -> TypeChoice:
        """A known type as a choice."""
        return TypeChoice(code, {name: self.desk.type_name(code, name) for name in i18n.LANGUAGES}, priority)

    def report_error(self, error: Exception) -> None:
        """A handler raised: one line for the operator, the traceback is in the log already."""
        self.say(errors.sentence(error), "alarm")

    def _handle_exception(self, error: Exception) -> None:
        # Textual's last resort ends the program; timers and painting come here.
        log.error("an error reached the app", exc_info=error)
        self.report_error(error)

    def on_unmount(self) -> None:
        """End the threads; what is typed and not saved goes to the drafts."""
        if self._watcher is not None:
            self._watcher.close()
        for each in (self._writer, self._lookups, self._drafts):
            each.close()
