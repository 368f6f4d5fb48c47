"""What the supervisor's and the admin's facade stand on: who sits here, and what he may."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from console import auth
from console.configuration import Configuration
from console.ui import health
from console.ui.office.views import ServiceRow
from data import administration
from data.clock import Micros, now
from data.entry import Draft
from data.errors import Refusal
from data.journal import Journal
from data.pack import Pack
from data.projection import Reader
from data.side import SideTables
from telephony.calls import queries as calls
from telephony.reconciliation.projection import last

SUPERVISOR, ADMIN = "supervisor", "admin"

Session = Callable[[], auth.Session]
"""Who sits at this console; raises SiagaError when nobody does."""


class OfficeBase:
    """One console's session on one data directory; the parts of the facade derive from it."""

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

    def _parts(self, view: Reader, at: Micros) -> tuple[ServiceRow, ...]:
        """How the parts of the centre are."""
        exchanges = [pbx.name for pbx in self._settings.telephony.pbx]
        return health.services(
            at,
            exchanges=exchanges,
            links=calls.links(view),
            told=self._side.services(),
            directory=self._journal.directory,
            entries=self._journal.head()[0],
            alarm=administration.last_alarm(view),
            reconciled=[(name, found) for name in exchanges if (found := last(view, name)) is not None],
        )

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
