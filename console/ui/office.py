"""The facade of the supervisor's and the admin's screens: everything that they ask for or do. They never see SQL.

Every method may block and is called off the event loop. Who asks is taken from the session, and the right is looked up
in the record each time: a role that was taken away is gone at once. Raises SiagaError; ``console.ui.errors`` has the
sentences.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from console import auth
from console.compose import export_sets
from console.configuration import Configuration
from console.i18n import N_
from console.ui import audit, health, picturing
from console.ui.audit import Wanted
from console.ui.office_views import (
    ChaseRow,
    EntryRow,
    ExportDone,
    ExportRow,
    Exports,
    ExportWish,
    FindingRow,
    LevelRow,
    LoweredRow,
    OperatorRow,
    PackRow,
    Supervision,
    UserRow,
)
from console.ui.pack_rows import digest_of, pack_rows
from console.ui.views import WaitingCall
from data import administration
from data.clock import SECOND, Micros, now
from data.credentials import get_hash
from data.entry import Draft, draft
from data.errors import Refusal
from data.export.sets import mask
from data.export.write import FORMATS, ExportFailed
from data.export.write import export as write_export
from data.journal import Journal
from data.pack import Pack
from data.projection import Reader
from data.side import Presence, SideTables
from data.text import safe_line
from data.vocabulary.administration import PersonalViewed, SessionDenied
from dispatch.incidents import chase
from telephony.calls import floor
from telephony.calls import queries as calls
from telephony.nuisance import queries as nuisance
from telephony.supervision import queries as supervision

SUPERVISOR, ADMIN = "supervisor", "admin"

AHEAD_US = 3600 * SECOND
"""A call of an exchange whose clock runs ahead belongs to the running hour too."""

NO_RING = frozenset({"unavailable", "invalid"})
"""States of a telephone in which it cannot ring."""

LOWERED_EVERY_US = 2 * SECOND
"""Flagged numbers are looked for no more often: it reads the outcomes of a week."""

EXPORTS_SHOWN = 30

Session = Callable[[], auth.Session]
"""Who sits at this console; raises SiagaError when nobody does."""


def lowered_rows(standings: Iterable[nuisance.Standing]) -> tuple[LoweredRow, ...]:
    """Numbers whose place is lowered, the longest first; masked, as whoever looks need not know whose they are."""
    found = [
        LoweredRow(
            number=each.number, shown=str(mask(each.number, "number")), until=each.until or 0, score=each.score,
            by=each.by, reason=each.reason,
            outcomes=tuple(sorted(each.outcomes.items(), key=lambda count: (-count[1], count[0]))),
        )
        for each in standings
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.until, row.number)))


class ExportCancelled(Refusal):
    """The admin cancelled the export; no file was left and nothing was written down as exported."""

    def __init__(self) -> None:
        super().__init__("export_cancelled", N_("The export was stopped; no file was left."))


class Office:
    """What supervisors and admins see and do, on one data directory."""

    def __init__(
        self,
        journal: Journal,
        side: SideTables,
        pack: Pack,
        settings: Configuration,
        session: Session,
        *,
        clock: Callable[[], Micros] = now,
    ) -> None:
        """``session``: who sits here, asked at every call."""
        self._journal, self._side, self._pack, self._settings = journal, side, pack, settings
        self._session, self._clock = session, clock
        self._digests: dict[tuple[str, str], str] = {}
        self._lowered: tuple[Micros, tuple[LoweredRow, ...]] = (0, ())

    # ------------------------------------------------------------------ who may

    def _as(self, role: str) -> auth.Session:
        """The session of somebody who has ``role`` now. Raises Refusal."""
        session = self._session()
        if role not in auth.roles_of(self._journal, session.login):
            raise Refusal("not_your_role", "{login} may not sign in as {role}", login=session.login, role=role)
        return session

    def is_supervisor(self) -> bool:
        """Whether the person at this console has the supervisor's role too."""
        return SUPERVISOR in auth.roles_of(self._journal, self._session().login)

    def _decide(self, rule: Callable[[Reader, str], list[Draft]]) -> None:
        """Run an admin's rule inside the lock, with the admin as actor; the right is checked there again."""
        session = self._as(ADMIN)

        def decide(view: Reader) -> list[Draft]:
            found = administration.user(view, session.login)
            if found is None or found.disabled or ADMIN not in found.roles:
                raise Refusal("not_your_role", "{login} may not sign in as {role}", login=session.login, role=ADMIN)
            drafts = rule(view, session.login)
            return [msgspec.structs.replace(each, terminal=session.terminal) for each in drafts]

        self._journal.decide(decide)

    # ------------------------------------------------------------------ supervisor

    def supervision(self) -> Supervision:
        """The floor, the chase, the service level and the health of the parts, at this moment."""
        self._as(SUPERVISOR)
        at = self._clock()
        hour, shift = self.periods(at)
        with self._journal.snapshot() as view:
            busy = floor.busy(view)
            waiting = calls.waiting_calls(view)
            members = calls.members(view)
            unanswered = chase.unanswered(view)
            levels = [floor.service_level(view, since, at + AHEAD_US) for since in (hour, shift)]
            links = calls.links(view)
            heard = supervision.running(view)
            names = {user.login: user.name or user.login for user in administration.users(view)}
            alarm = administration.last_alarm(view)
            lowered = self._lowered_at(view, at)
            entries = self._journal.head()[0]
        devices = {
            interface: state
            for pbx in self._settings.telephony.pbx
            for interface, state in self._side.device_states(pbx.name).items()
        }
        rings: dict[str, list[str]] = {}
        for each in busy:
            if each.doing == "ringing":
                rings.setdefault(each.call, []).append(each.operator)
        return Supervision(
            at=at,
            waiting=tuple(self._waiting(row, rings) for row in waiting),
            operators=_heard(self._operators(at, members, busy, names, devices), heard, names),
            chase=tuple(self._chase_row(row) for row in unanswered),
            hour=level_row(levels[0]),
            shift=level_row(levels[1]),
            lowered=lowered,
            services=health.services(
                at,
                exchanges=[pbx.name for pbx in self._settings.telephony.pbx],
                links=links,
                told=self._side.services(),
                directory=self._journal.directory,
                entries=entries,
                alarm=alarm,
            ),
        )

    def _lowered_at(self, view: Reader, at: Micros) -> tuple[LoweredRow, ...]:
        """The numbers whose place is lowered, looked for every ``LOWERED_EVERY_US`` at most."""
        looked, rows = self._lowered
        if not 0 <= at - looked < LOWERED_EVERY_US:
            rows = lowered_rows(nuisance.lowered(view, self._settings.telephony.nuisance, at).values())
            self._lowered = (at, rows)
        return rows

    def periods(self, at: Micros) -> tuple[Micros, Micros]:
        """When the hour and the shift that run at ``at`` began, by the centre's clock."""
        local = datetime.fromtimestamp(at // SECOND, self._settings.centre.zone)
        hour = local.replace(minute=0, second=0, microsecond=0)
        minutes = local.hour * 60 + local.minute
        begun = [start for start in self._settings.console.shift_minutes if start <= minutes]
        day = local if begun else local - timedelta(days=1)
        start = begun[-1] if begun else self._settings.console.shift_minutes[-1]
        shift = day.replace(hour=start // 60, minute=start % 60, second=0, microsecond=0)
        return round(hour.timestamp()) * SECOND, round(shift.timestamp()) * SECOND

    @staticmethod
    def _waiting(row: calls.CallRow, rings: dict[str, list[str]]) -> WaitingCall:
        made = picturing.waiting_call(row, frozenset(), "")
        return dataclasses.replace(made, ringing_for=tuple(rings.get(row.call, ())))

    def _chase_row(self, row: chase.Unanswered) -> ChaseRow:
        agency = self._pack.agencies.get(row.agency)
        return ChaseRow(
            incident=row.incident, number=row.number, type=row.type or "", priority=row.priority or 0,
            place=row.place or "", agency_name=agency.name if agency is not None else row.agency,
            waits_for=row.waits_for, since=row.since, overdue=row.overdue,
        )  # fmt: skip

    def _operators(
        self,
        at: Micros,
        members: Sequence[calls.MemberRow],
        busy: Sequence[floor.Busy],
        names: dict[str, str],
        devices: dict[str, str],
    ) -> tuple[OperatorRow, ...]:
        """Everybody signed in, then telephones of the queue that no console has."""
        phones: dict[str, calls.MemberRow] = {}
        for member in members:  # in several queues: the telephone is as ready as in its worst one
            known = phones.get(member.operator)
            if known is None or (member.state == "paused" and known.state != "paused"):
                phones[member.operator] = member
        doing: dict[str, list[floor.Busy]] = {}
        for each in busy:
            doing.setdefault(each.operator, []).append(each)
        sessions = self._side.sessions()
        rows = [self._operator(at, s, s.endpoint or "", phones, doing, names, devices) for s in sessions]
        rows.sort(key=lambda row: (not row.endpoint, row.endpoint, row.terminal))
        known_phones = {row.endpoint for row in rows}
        rest = sorted((phones.keys() | doing.keys()) - known_phones)
        return (*rows, *(self._operator(at, None, name, phones, doing, names, devices) for name in rest))

    def _operator(
        self,
        at: Micros,
        session: Presence | None,
        endpoint: str,
        phones: dict[str, calls.MemberRow],
        doing: dict[str, list[floor.Busy]],
        names: dict[str, str],
        devices: dict[str, str],
    ) -> OperatorRow:
        phone, work = phones.get(endpoint), doing.get(endpoint, [])
        silent = session is not None and at - session.seen_at > round(self._settings.telephony.vanish_seconds * SECOND)
        device = devices.get(endpoint, "")
        return OperatorRow(
            login=session.login if session else "",
            name=names.get(session.login, session.login) if session else "",
            role=session.role if session else "",
            terminal=session.terminal if session else "",
            endpoint=endpoint,
            phone=phone.state if phone else ("removed" if endpoint else ""),
            reason=(phone.reason or "") if phone else "",
            since=phone.since if phone else None,
            doing=work[0].doing if work else "",
            call_since=work[0].since if work else None,
            call_began=work[0].began_at if work else None,
            calls=len(work),
            device=device if device in NO_RING else "",
            vanished=session.seen_at if session is not None and silent else None,
        )

    # ------------------------------------------------------------------ users

    def users(self) -> tuple[UserRow, ...]:
        """Everybody who may or might sign in, by login."""
        self._as(ADMIN)
        since = now() - auth.ALIVE_S * SECOND
        desks: dict[str, list[str]] = {}
        for session in self._side.sessions():
            if session.seen_at >= since:
                desks.setdefault(session.login, []).append(session.terminal)
        return tuple(
            UserRow(
                login=user.login, name=user.name or "", roles=user.roles, disabled=user.disabled,
                created_at=user.created_at, has_password=get_hash(self._journal, user.login) is not None,
                desks=tuple(sorted(desks.get(user.login, ()))),
            )
            for user in administration.users(self._journal)
        )  # fmt: skip

    def add_user(self, login: str, name: str, roles: Sequence[str], password: str) -> None:
        """A new user with a password. Raises Refusal as ``siaga112 users add`` does; then nothing was added."""
        auth.check_strength(login, password)
        self._decide(lambda view, actor: administration.create_user(view, actor, login, name, tuple(roles)))
        auth.set_password(self._journal, self._as(ADMIN).login, login, password)

    def set_password(self, login: str, password: str) -> None:
        """A new password. Raises Refusal for a weak one or an unknown user."""
        auth.set_password(self._journal, self._as(ADMIN).login, login, password)

    def set_roles(self, login: str, roles: Sequence[str]) -> None:
        """Other roles from now on."""
        self._decide(lambda view, actor: administration.set_roles(view, actor, login, tuple(roles)))

    def disable_user(self, login: str, reason: str) -> None:
        """No sign-in any more."""
        self._decide(lambda view, actor: administration.disable_user(view, actor, login, reason or None))

    def enable_user(self, login: str) -> None:
        """May sign in again."""
        self._decide(lambda view, actor: administration.enable_user(view, actor, login))

    # ------------------------------------------------------------------ the region's pack

    def pack_rows(self, files: Sequence[str], text: str = "") -> tuple[PackRow, ...]:
        """The rows of ``files`` that have every word of ``text`` in their name, kind or facts."""
        self._as(ADMIN)
        signed = administration.verified_rows(self._journal, self._pack.region.code)
        return pack_rows(self._pack, signed, files, text)

    def verify_row(self, file: str, key: str, by: str, note: str) -> None:
        """``by`` vouches for the row as it stands in the pack now. Raises Refusal."""
        digest = digest_of(self._pack, file, key)
        region = self._pack.region.code
        self._decide(
            lambda _view, actor: administration.verify_row(
                actor, region, file, key, by=by, note=note or None, digest=digest
            )
        )

    # ------------------------------------------------------------------ exports

    @property
    def _folder(self) -> Path:
        return self._journal.directory / "exports"

    def exports(self) -> Exports:
        """What can be exported, and the latest exports of the record."""
        self._as(ADMIN)
        choices = tuple(
            (name, tuple(f for f in FORMATS if f != "geojson" or each.point is not None))
            for name, each in export_sets().items()
        )
        made = administration.last_exports(self._journal, EXPORTS_SHOWN)
        rows = tuple(ExportRow(e.at, e.actor, e.what, e.format, e.rows, e.unmasked) for e in made)
        return Exports(str(self._folder), choices, rows)

    def export(self, wish: ExportWish, progress: Callable[[int, int], None], cancelled: threading.Event) -> ExportDone:
        """Write the file into the centre's folder for exports; ``progress`` is told rows done and rows in all.

        Unmasked needs the admin's own password. Raises Refusal, ExportCancelled; then no file is left.
        """
        session = self._as(ADMIN)
        if wish.unmasked:
            self._prove(session, wish.password)
        since, until = self._moment(wish.since), self._moment(wish.until)
        if since is not None and until is not None and since >= until:
            raise Refusal("empty_period", "The beginning is not before the end, so nothing could be exported.")
        set_ = export_sets()[wish.what]
        bounds = {"since": since or 0, "until": 2**62 if until is None else until}
        total = int(self._journal.execute(f"SELECT count(*) FROM ({set_.sql})", bounds).fetchone()[0])

        def told(rows: int) -> None:
            if cancelled.is_set():
                raise ExportCancelled
            progress(rows, total)

        told(0)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        stamp = datetime.fromtimestamp(self._clock() / SECOND, self._settings.centre.zone)
        path = self._folder / f"{wish.what}-{stamp:%Y%m%d-%H%M%S-%f}.{wish.format}"
        try:
            rows = write_export(
                self._journal, set_, wish.format, path, actor=session.login, unmasked=wish.unmasked,
                since=since, until=until, progress=told,
            )  # fmt: skip
        except ExportFailed as error:
            cause = error.__cause__
            why = (cause.strerror if isinstance(cause, OSError) else None) or error.message
            raise Refusal("export_failed", "The file could not be written: {why}", why=why) from error
        return ExportDone(str(path), rows)

    def _prove(self, session: auth.Session, password: str) -> None:
        """The admin's own password again, counted like a sign-in. Raises Refusal; a failure is on record."""
        reason = "locked_out" if self._side.locked_until(session.login) else None
        reason = reason or auth.check_password(self._journal, session.login, password)
        if reason is None:
            self._side.forget_failures(session.login)
            return
        if reason == "wrong_password":
            console = self._settings.console
            self._side.failed_sign_in(session.login, console.sign_in_failures, console.lock_out_seconds)
        body = SessionDenied(login=session.login, terminal=session.terminal, reason=reason)
        denied = draft(f"terminal/{session.terminal}", body, actor=session.login, terminal=session.terminal)
        self._journal.append([denied])
        raise Refusal("wrong_password", "login or password is wrong")

    def _moment(self, text: str) -> Micros | None:
        """A date or a date with a time, in the centre's zone; None for an empty text. Raises Refusal."""
        typed = " ".join(text.split())
        if not typed:
            return None
        for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y"):
            try:
                moment = datetime.strptime(typed.replace("T", " ").replace(".", ":"), form)
            except ValueError:
                continue
            moment = moment.replace(tzinfo=self._settings.centre.zone)
            if 1970 < moment.year < 2200:
                return round(moment.timestamp()) * SECOND
        raise Refusal("bad_moment", "{text} is no date; write 2026-11-24 or 24/11/2026 08:00", text=safe_line(text, 40))

    # ------------------------------------------------------------------ the journal

    def entries(self, wanted: Wanted) -> tuple[EntryRow, ...]:
        """The latest entries that fit, newest first, personal fields masked."""
        self._as(ADMIN)
        return audit.entries(self._journal, wanted)

    def reveal(self, seq: int) -> EntryRow | None:
        """One entry with its personal fields; that somebody looked is on record before they are given."""
        session = self._as(ADMIN)
        found = audit.entry(self._journal, seq, revealed=True)
        if found is None or not found.personal:
            return found
        body = PersonalViewed(entries=(seq,))
        self._journal.append([draft("house", body, actor=session.login, terminal=session.terminal)])
        return found

    # ------------------------------------------------------------------ the system

    def findings(self) -> tuple[FindingRow, ...]:
        """What the doctor finds, without logging in to the exchange (the bridge does that), and the bridges' links."""
        self._as(ADMIN)
        from console.commands import doctor  # noqa: PLC0415 - its checks are needed on one tab only

        found = [
            FindingRow(each.level, each.what, each.template, tuple(each.params.items()))
            for each in doctor.findings(self._journal.directory, exchanges=False)
        ]
        parts = health.services(
            self._clock(),
            exchanges=[pbx.name for pbx in self._settings.telephony.pbx],
            links=calls.links(self._journal),
            told=self._side.services(),
            directory=self._journal.directory,
            entries=self._journal.head()[0],
            alarm=administration.last_alarm(self._journal),
        )
        rest = (FindingRow(p.level, p.name, p.message, p.params) for p in parts if p.name != "record")
        return (*found, *rest)


def _heard(
    rows: Sequence[OperatorRow], heard: Sequence[supervision.SupervisionRow], names: dict[str, str]
) -> tuple[OperatorRow, ...]:
    """The operators, with who listens to each."""
    ears: dict[str, list[tuple[str, str]]] = {}
    for each in heard:
        ears.setdefault(each.operator, []).append((names.get(each.who, each.who), each.mode))
    return tuple(dataclasses.replace(row, heard_by=tuple(ears.get(row.endpoint, ()))) for row in rows)


def level_row(level: floor.Level) -> LevelRow:
    """A service level as the screen shows it."""
    return LevelRow(
        since=level.since, calls=level.calls, answered=level.answered,
        within=tuple(level.percent(index) for index in range(len(level.within))),
        abandoned_before=level.abandoned_before, abandoned_after=level.abandoned_after,
        abandoned_unknown=level.abandoned_unknown, ghost=level.ghost, prank=level.prank, open=level.open,
        lost=level.lost,
    )  # fmt: skip
