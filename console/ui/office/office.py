"""The facade of the supervisor's and the admin's screens: everything that they ask for or do. They never see SQL.

Every method may block and is called off the event loop. Who asks is taken from the session, and the right is looked up
in the record each time: a role that was taken away is gone at once. Raises SiagaError; ``console.ui.errors`` has the
sentences.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from console import auth
from console.compose import export_sets
from console.i18n import N_
from console.ui import audit
from console.ui.audit import Wanted
from console.ui.office.base import ADMIN
from console.ui.office.floor import OfficeFloor
from console.ui.office.views import (
    EntryRow,
    ExportDone,
    ExportRow,
    Exports,
    ExportWish,
    FindingRow,
    PackRow,
    UserRow,
)
from console.ui.pack_rows import digest_of, pack_rows
from data import administration
from data.clock import SECOND, Micros, now
from data.credentials import get_hash
from data.entry import draft
from data.errors import Refusal
from data.export.write import FORMATS, ExportFailed
from data.export.write import export as write_export
from data.text import safe_line
from data.vocabulary.administration import PersonalViewed, SessionDenied

EXPORTS_SHOWN = 30


class ExportCancelled(Refusal):
    """The admin cancelled the export; no file was left and nothing was written down as exported."""

    def __init__(self) -> None:
        super().__init__("export_cancelled", N_("The export was stopped; no file was left."))


class Office(OfficeFloor):
    """What supervisors and admins see and do, on one data directory."""

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
        with self._journal.snapshot() as view:
            parts = self._parts(view, self._clock())
        rest = (FindingRow(p.level, p.name, p.message, p.params) for p in parts if p.name != "record")
        return (*found, *rest)
