"""The picture that is kept up to date is, after every step, the one that a new console reads whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console import auth
from console.ui import picture
from console.ui.desk.desk import Desk
from console.ui.views import Snapshot
from data.entry import new_id
from data.rebuild import rebuild
from data.store.sqlite import Database
from data.vocabulary import calls as c
from data.vocabulary import handover as h
from data.vocabulary import incidents as i
from data.vocabulary import units as u
from dispatch.incidents import queries as incidents
from telephony.calls import queries as calls
from tests.unit.console.centre import PBX, Centre, finder

OPERATORS = ("PJSIP/op1", "PJSIP/op2")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.close()


class Shift:
    """Whatever may happen in a centre, at random but the same for the same seed."""

    def __init__(self, centre: Centre, seed: int) -> None:
        self._centre = centre
        self._chance = random.Random(seed)
        self._calls: list[str] = []
        self._incidents: list[str] = []
        self._handovers: list[tuple[str, str]] = []

    def step(self) -> None:
        """One thing happens."""
        self._chance.choice(
            [
                self._arrive, self._arrive, self._offer, self._offer, self._offer_ends, self._answer, self._answer,
                self._leave, self._hold, self._end, self._end, self._classify, self._member, self._pbx,
                self._open, self._open, self._change, self._change, self._change, self._hand_over, self._chase,
                self._attach, self._close, self._reopen, self._merge, self._separate,
                self._unit,
            ]
        )()  # fmt: skip

    def _call(self) -> str:
        return self._chance.choice(self._calls[-6:]) if self._calls else self._arrive()

    def _incident(self) -> str:
        return self._chance.choice(self._incidents) if self._incidents else self._open()

    def _operator(self) -> str:
        return self._chance.choice(OPERATORS)

    def _leg(self, call: str, operator: str) -> str:
        return f"{operator}-{call[-1]}"

    def _arrive(self) -> str:
        stream = f"call/pbx-1/{len(self._calls)}"
        self._calls.append(stream)
        number = f"08120000{self._chance.randrange(4)}"
        self._centre.append(stream, c.CallArrived(channel=f"PJSIP/trunk-{stream}", number=number, dialled="112"))
        if self._chance.random() < 0.8:
            self._centre.append(stream, c.CallQueued(queue="112", position=1))
        return stream

    def _offer(self) -> None:
        call, operator = self._call(), self._operator()
        self._centre.append(call, c.CallOffered(operator=operator, channel=self._leg(call, operator), queue="112"))

    def _offer_ends(self) -> None:
        call, operator = self._call(), self._operator()
        body = c.CallOfferEnded(operator=operator, channel=self._leg(call, operator), reason="no_answer")
        self._centre.append(call, body)

    def _answer(self) -> None:
        call, operator = self._call(), self._operator()
        self._centre.append(call, c.CallAnswered(operator=operator, channel=self._leg(call, operator), queue="112"))

    def _leave(self) -> None:
        call, operator = self._call(), self._operator()
        self._centre.append(call, c.CallOperatorLeft(operator=operator, channel=self._leg(call, operator)))

    def _hold(self) -> None:
        self._centre.append(self._call(), c.CallHeld(operator=self._operator(), how="hold"))

    def _end(self) -> None:
        self._centre.end(self._call(), self._chance.choice(("answered", "abandoned")))

    def _classify(self) -> None:
        self._centre.append(self._call(), c.CallClassified(outcome="prank"))

    def _member(self) -> None:
        state = self._chance.choice(("added", "paused", "ready", "removed"))
        operator = self._operator()
        self._centre.append(f"member/pbx-1/{operator}", c.MemberChanged(queue="112", operator=operator, state=state))

    def _pbx(self) -> None:
        body = c.PbxLinked(bridge="b1") if self._chance.random() < 0.5 else c.PbxUnlinked(bridge="b1", reason="gone")
        self._centre.append("pbx/pbx-1", body)

    def _open(self) -> str:
        stream = f"incident/{new_id()}"
        self._incidents.append(stream)
        call = self._chance.choice([None, *self._calls[-3:]])
        number = len(self._incidents)
        self._centre.append(stream, i.IncidentOpened(number=number, origin="call" if call else "radio", call=call))
        return stream

    def _change(self) -> None:
        stream = self._incident()
        body = self._chance.choice(
            [
                i.IncidentTypeSet(type="house_fire", priority=self._chance.randrange(1, 5)),
                i.IncidentPrioritySet(priority=self._chance.randrange(1, 5)),
                i.IncidentPlaceSet(name="Plered", lat=-6.6, lon=107.4),
                i.IncidentNoted(text="a note"),
            ]
        )
        self._centre.append(stream, body)

    def _hand_over(self) -> None:
        stream, id = self._incident(), new_id()
        self._handovers.append((stream, id))
        unit = self._chance.choice([None, "P-1"])
        body = h.HandoverSent(handover=id, agency="damkar-mako", role="primary", channel="voice", unit=unit)
        self._centre.append(stream, body)

    def _chase(self) -> None:
        if not self._handovers:
            return
        stream, id = self._chance.choice(self._handovers)
        body = self._chance.choice(
            [
                h.HandoverAcknowledged(handover=id, by="Asep", means="telephone"),
                h.HandoverOverdue(handover=id, what="acknowledgement", limit_s=60),
                h.HandoverRefused(handover=id, reason="no car"),
                h.HandoverEnRoute(handover=id, unit=self._chance.choice(["P-1", "p2, P-1", None])),
                h.HandoverFinished(handover=id, result="done"),
                h.HandoverMoved(handover=id, to="incident/other"),
            ]
        )
        self._centre.append(stream, body)

    def _unit(self) -> None:
        known = {"agency": "damkar-mako", "call_sign": self._chance.choice(["P-1", "P-2"])}
        body = self._chance.choice(
            [u.UnitRegistered(unit_kind="fire_engine", **known), u.UnitRetired(**known),
             u.UnitOutOfService(reason="ban", **known), u.UnitInService(**known)]
        )  # fmt: skip
        self._centre.append(f"unit/damkar-mako/{known['call_sign']}", body)

    def _attach(self) -> None:
        self._centre.append(self._incident(), i.IncidentCallAttached(call=self._call()))

    def _close(self) -> None:
        self._centre.append(self._incident(), i.IncidentClosed(result="done"))

    def _reopen(self) -> None:
        self._centre.append(self._incident(), i.IncidentReopened(reason="too early"))

    def _merge(self) -> None:
        if len(self._incidents) > 1:
            one, other = self._chance.sample(self._incidents, 2)
            self._centre.append(one, i.IncidentMerged(into=other))
            body = i.IncidentAbsorbed(incident=one, number=1 + self._incidents.index(one), calls=(self._call(),))
            self._centre.append(other, body)

    def _separate(self) -> None:
        if len(self._incidents) > 1:
            one, other = self._chance.sample(self._incidents, 2)
            for stream, second in ((one, other), (other, one)):
                number = 1 + self._incidents.index(second)
                self._centre.append(stream, i.IncidentSeparated(other=second, number=number))


def console(centre: Centre, operator: str) -> Desk:
    """A console whose telephone is ``operator``'s; the second one sees units, too."""
    desk = Desk(centre.journal, centre.side, finder(), [PBX], operator)
    role = "dispatcher" if operator == OPERATORS[1] else "calltaker"
    desk._session = auth.Session(operator, operator, role, operator, operator)
    return desk


def whole(centre: Centre, operator: str) -> Snapshot:
    """The picture as a new console reads it."""
    return console(centre, operator).snapshot()


def steady(shown: Snapshot) -> Snapshot:
    """Without the surges, which are looked for every few seconds only, whatever entries come."""
    return replace(shown, surges=())


@pytest.mark.parametrize("seed", range(4))
def test_after_every_step_it_is_the_picture_read_whole(centre: Centre, seed: int) -> None:
    shift = Shift(centre, seed)
    desks = {operator: console(centre, operator) for operator in OPERATORS}
    chance = random.Random(seed)
    for _ in range(100):
        for _ in range(chance.randrange(1, 4)):
            shift.step()
        for operator, desk in desks.items():
            if chance.random() < 0.5:
                desk.wait(0.0)
            if chance.random() < 0.3:
                desk.ring()
            if chance.random() < 0.7:
                assert steady(desk.snapshot()) == steady(whole(centre, operator))
    for desk in desks.values():
        desk.close()


def test_a_board_that_takes_no_more_is_the_same_as_one_read_whole(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "BOARD_LIMIT", 5)
    shift, desk = Shift(centre, 1), console(centre, "PJSIP/op1")
    most = 0
    for _ in range(100):
        shift.step()
        shown = desk.snapshot()
        most = max(most, len(shown.incidents))
        assert shown == whole(centre, "PJSIP/op1")
    assert most == 5


def test_what_did_not_change_is_the_same_object(centre: Centre) -> None:
    desk = console(centre, "PJSIP/op1")
    centre.append("incident/i1", i.IncidentOpened(number=1, origin="radio"))
    before = desk.snapshot()
    centre.ring()
    after = desk.snapshot()
    assert after.waiting != before.waiting
    assert after.incidents is before.incidents
    centre.append("incident/i1", i.IncidentTypeSet(type="house_fire", priority=1))
    assert desk.snapshot().waiting is after.waiting


def test_a_change_reads_the_incident_concerned_and_not_the_board(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = console(centre, "PJSIP/op1")
    for number in (1, 2):
        centre.append(f"incident/i{number}", i.IncidentOpened(number=number, origin="radio"))
    desk.snapshot()
    read: list[list[str]] = []
    original = incidents.rows_of
    monkeypatch.setattr(incidents, "rows_of", lambda db, ids: (read.append(list(ids)), original(db, ids))[1])
    monkeypatch.setattr(incidents, "board", lambda *_: pytest.fail("the whole board was read"))
    centre.append("incident/i2", i.IncidentNoted(text="a note"))
    versions = {row.id: row.version for row in desk.snapshot().incidents}
    assert versions == {"i1": 1, "i2": 2}
    assert read == [["i2"]]


def test_tables_made_anew_and_many_entries_at_once_are_read_whole(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = console(centre, "PJSIP/op1")
    centre.append("incident/i1", i.IncidentOpened(number=1, origin="radio"))
    desk.snapshot()
    read: list[int] = []
    original = incidents.board
    monkeypatch.setattr(incidents, "board", lambda db, limit: (read.append(limit), original(db, limit))[1])
    desk.snapshot()
    assert read == []
    rebuild(centre.journal)
    desk.snapshot()
    assert len(read) == 1
    monkeypatch.setattr(picture, "MANY", 3)
    for _ in range(3):
        centre.append("incident/i1", i.IncidentNoted(text="a note"))
    desk.snapshot()
    assert len(read) == 2


def test_after_a_failure_everything_is_read_anew(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = console(centre, "PJSIP/op1")
    desk.snapshot()
    stream = centre.ring()
    with monkeypatch.context() as broken:
        broken.setattr(calls, "waiting_calls", lambda _db: (_ for _ in ()).throw(OSError("the disk is away")))
        with pytest.raises(OSError, match="away"):
            desk.snapshot()
    assert [call.call for call in desk.snapshot().waiting] == [stream]
    assert desk.snapshot() == whole(centre, "PJSIP/op1")


def test_no_picture_goes_through_all_calls_on_record(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    execute = Database.execute

    def noted(self: Database, sql: str, params: Any = None) -> Any:
        asked[sql] = params
        return execute(self, sql, params)

    shift, desk = Shift(centre, 2), console(centre, "PJSIP/op1")
    with monkeypatch.context() as patched:
        patched.setattr(Database, "execute", noted)
        for _ in range(60):
            shift.step()
            desk.wait(0.0)
            desk.ring()
            desk.own_changed()
            desk.snapshot()
    reads = {sql: params for sql, params in asked.items() if sql.startswith("SELECT") and "FROM calls" in sql}
    assert len(reads) > 5
    for sql, params in reads.items():
        steps = [row[3] for row in centre.journal.execute(f"EXPLAIN QUERY PLAN {sql}", params or {}).fetchall()]
        through_all = [step for step in steps if step.startswith("SCAN calls") and "INDEX calls_open" not in step]
        assert not through_all, sql
