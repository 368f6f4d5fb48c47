"""What every part of the facade ``Desk`` stands on: the journal, the session, and how a command is asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from console import auth
from console.i18n import N_
from console.ui.call_news import CallNews
from console.ui.draw.calls import caller
from console.ui.finding import Finder
from console.ui.views import Notice, SurgeRow
from data import administration
from data.clock import Micros
from data.entry import Draft as EntryDraft
from data.errors import Refusal, SiagaError
from data.follow import Follower, Note
from data.journal import Journal
from data.projection import Database
from data.side import SideTables
from data.vocabulary.calls import CommandFinished
from dispatch import desk as dispatch
from dispatch.incidents.surge import SurgeLimits
from dispatch.incidents.vicinity import USUAL, Limits
from telephony import commands
from telephony.calls import queries as calls
from telephony.nuisance.settings import Nuisance
from telephony.settings import Pbx

COMMAND_NOT_DONE = {
    "answer": N_("Not answered: {reason}"),
    "hangup": N_("The call was not ended: {reason}"),
    "hold": N_("Not on hold: {reason}"),
    "resume": N_("The caller stays on hold: {reason}"),
    "transfer": N_("Not passed on: {reason}"),
    "three_way": N_("No third party: {reason}"),
    "consult": N_("Nobody is asked: {reason}"),
    "complete": N_("Not connected, the caller is on hold: {reason}"),
    "call_back": N_("Not called back: {reason}"),
    "silent": N_("The caller is not asked to press a key: {reason}"),
    "pause": N_("Not paused: {reason}"),
    "ready": N_("Not ready: {reason}"),
    "member_add": N_("The telephone is not signed on: {reason}"),
    "member_remove": N_("The telephone is not signed off: {reason}"),
    "mute": N_("STILL RECORDING, not muted: {reason}"),
    "unmute": N_("The recording is still muted: {reason}"),
    "recall": N_("Nothing is played: {reason}"),
    "replay": N_("The recording is not played: {reason}"),
    "listen": N_("Not listening: {reason}"),
    "whisper": N_("Not whispering: {reason}"),
    "barge": N_("Not in the talk: {reason}"),
}

SUPERVISOR = "supervisor"


class DeskBase:
    """The state of a console's facade, and its commands; the parts derive from it."""

    def __init__(
        self,
        journal: Journal,
        side: SideTables,
        finder: Finder,
        exchanges: Sequence[Pbx],
        terminal: str,
        *,
        failures: int = 5,
        lock_s: int = 300,
        near_km: float = 1.0,
        surge: SurgeLimits | None = None,
        nuisance: Nuisance | None = None,
        wrap_up_s: float = 30,
        vicinity: Limits = USUAL,
        narrator: Callable[[str], str] | None = None,
    ) -> None:
        """``near_km``: incidents so near a place are shown as perhaps the same.

        ``surge``: what makes a cluster of calls; ``nuisance``: what lowers a number's place; ``wrap_up_s``: how
        long a wrap-up lasts; ``vicinity``: how far alerts around incidents reach; ``narrator``: see ``run_console``.
        """
        self._narrator = narrator
        self._journal, self._side, self._finder = journal, side, finder
        self._exchanges, self._terminal = tuple(exchanges), terminal
        self._failures, self._lock_s, self._near_km = failures, lock_s, near_km
        self._surge = surge or SurgeLimits()
        self._wrap_up_s = wrap_up_s
        self._vicinity = vicinity
        self._nuisance = nuisance or Nuisance()
        self._surges: tuple[Micros, tuple[SurgeRow, ...]] = (0, ())
        self._session: auth.Session | None = None
        self._follower: Follower | None = None
        self._typed_by = ""
        self._mine: set[str] = set()
        self._notices: deque[Notice] = deque(maxlen=5)
        self._noticed = 0
        self._news = CallNews(self._caller_of, self._person_at)
        self._closed = threading.Event()

    @property
    def _who(self) -> auth.Session:
        if self._session is None:
            raise SiagaError("nobody is signed in", remedy="sign in again")
        return self._session

    @property
    def _typist(self) -> str:
        """Whose text is typed here: who is signed in, or was when the session was taken over."""
        if self._session is not None:
            self._typed_by = self._session.login
        return self._typed_by

    @property
    def session(self) -> auth.Session:
        """Who is signed in here. Raises SiagaError when nobody is."""
        return self._who

    @property
    def _operator(self) -> str:
        return (self._session.endpoint or "") if self._session is not None else ""

    def _telephone(self) -> str:
        if not self._operator:
            raise SiagaError("you signed in without a telephone", remedy="sign out and choose one")
        return self._operator

    def _must_supervise(self) -> None:
        """Raises Refusal for somebody without the supervisor's role."""
        if not self._may_supervise():
            login = self._who.login
            raise Refusal("not_your_role", "{login} may not sign in as {role}", login=login, role=SUPERVISOR)

    def _may_supervise(self) -> bool:
        return SUPERVISOR in auth.roles_of(self._journal, self._who.login)

    # ------------------------------------------------------------------ commands

    def _command(
        self, action: str, *, call: str = "", operator: str = "", id: str = "", deadline_s: float = 10, **more: Any
    ) -> None:
        """Ask the exchange for something; a bridge does it. ``more``: see ``telephony.commands.request``."""
        draft = self._request(action, call=call, operator=operator, id=id, deadline_s=deadline_s, **more)
        if draft is not None:
            self._mine.add(draft.stream)
            self._journal.append([draft])

    def _request(
        self, action: str, *, call: str = "", operator: str = "", id: str = "", deadline_s: float = 10, **more: Any
    ) -> EntryDraft | None:
        pbx = self._pbx(call, operator)
        if pbx is None:
            return None
        who = self._who
        return commands.request(
            pbx.name, action, actor=who.login, terminal=who.terminal, call=call or None, operator=operator or None,
            queue=pbx.queue, deadline_s=deadline_s, id=id or None, **more,
        )  # fmt: skip

    def _pbx(self, call: str, operator: str) -> Pbx | None:
        """The exchange of a call (its stream names it), else of a telephone, else the first."""
        named = call.split("/")[1] if call.count("/") >= 2 else ""
        for pbx in self._exchanges:
            if pbx.name == named or (not named and operator in pbx.telephones):
                return pbx
        return self._exchanges[0] if self._exchanges and not named else None

    def _notice_all(self, db: Database, came: Iterable[Note] | None) -> None:
        """What came of commands of this console, and news of the operator's calls; ``came`` None: look at all of the
        commands."""
        ended = {note.stream for note in came if note.kind == CommandFinished.KIND} if came is not None else None
        for stream in list(self._mine):
            if ended is None or stream in ended:
                self._notice(db, stream)
        for note in came or ():
            if self._news.wants(note):
                for entry in self._journal.read(note.seq - 1, 1):
                    self._tell(self._news.take(entry, self._operator))

    def _notice(self, db: Database, stream: str) -> None:
        """What came of a command of this console, when it did not succeed."""
        command = calls.command(db, stream.removeprefix("command/"))
        if command is None or command.result is None:
            return
        self._mine.discard(stream)
        if command.result == "done" or command.result_reason in {"already", "already_gone"}:
            return
        self._news.not_done(command.call or "")
        reason = commands.REASONS.get(command.result_reason or "", command.result_reason or command.result)
        message = COMMAND_NOT_DONE.get(command.action, "{reason}")
        self._tell(Notice(0, message, (("reason", reason),)))

    def _tell(self, notice: Notice | None) -> None:
        """Show it with the next picture."""
        if notice is not None:
            self._noticed += 1
            self._notices.append(replace(notice, serial=self._noticed))

    def _caller_of(self, call: str) -> str:
        """How the caller of a call is named in a sentence."""
        row = calls.call(self._journal, call)
        return caller(row.number or "", row.name or "") if row is not None else ""

    def _person_at(self, telephone: str) -> str:
        """How whoever signed in with a telephone is named in a sentence; else the telephone's number."""
        for session in self._side.sessions():
            if session.endpoint == telephone:
                return self._name_of(session.login)
        return telephone.partition("/")[2]

    def _name_of(self, login: str) -> str:
        user = administration.user(self._journal, login)
        return (user.name if user is not None else None) or login

    def _asked(self, decision: str) -> dispatch.Asked:
        who = self._who
        return dispatch.asked(who.login, who.terminal, id=decision, vicinity=self._vicinity)
