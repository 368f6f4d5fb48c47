"""The supervisor's part of the facade: the floor, the chase, the service level, the health of the parts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from console.ui import picturing
from console.ui.office.base import SUPERVISOR, OfficeBase
from console.ui.office.views import ChaseRow, LevelRow, LoweredRow, OperatorRow, Supervision
from console.ui.views import WaitingCall
from data import administration
from data.clock import SECOND, Micros
from data.export.sets import mask
from data.projection import Reader
from data.side import Presence
from dispatch.incidents import chase
from telephony.calls import floor
from telephony.calls import queries as calls
from telephony.nuisance import queries as nuisance
from telephony.supervision import queries as supervision

AHEAD_US = 3600 * SECOND
"""A call of an exchange whose clock runs ahead belongs to the running hour too."""

NO_RING = frozenset({"unavailable", "invalid"})
"""States of a telephone in which it cannot ring."""

LOWERED_EVERY_US = 2 * SECOND
"""Flagged numbers are looked for no more often: it reads the outcomes of a week."""


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


class OfficeFloor(OfficeBase):
    """What a supervisor sees at this moment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As ``OfficeBase``."""
        super().__init__(*args, **kwargs)
        self._lowered: tuple[Micros, tuple[LoweredRow, ...]] = (0, ())

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
            heard = supervision.running(view)
            names = {user.login: user.name or user.login for user in administration.users(view)}
            lowered = self._lowered_at(view, at)
            parts = self._parts(view, at)
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
            services=parts,
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
