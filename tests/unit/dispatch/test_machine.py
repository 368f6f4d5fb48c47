"""No sequence of requests reaches an impossible state; a fold anew is the live state; a stale person never wins."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from data.clock import SECOND
from data.entry import Draft, Entry
from data.errors import Conflict, Refusal
from data.vocabulary.handover import HandoverMoved, HandoverUndone, HandoverUnitUndone
from dispatch.incidents import handovers, rules
from dispatch.incidents import state as s
from dispatch.incidents.chronology import chronology
from dispatch.incidents.handover_units import sent, under_way
from dispatch.incidents.merging import merge
from dispatch.incidents.rules import Asked
from dispatch.incidents.state import Incident, fold, fold_all
from dispatch.incidents.undoing import undo
from tests.unit.dispatch.support import PLACE, T0, entries

AGENCIES = ["damkar-mako", "psc-119", "polres"]
NEXT = {
    None: {s.SENT},
    s.SENT: {s.ACKNOWLEDGED, s.REFUSED, s.STOOD_DOWN},
    s.ACKNOWLEDGED: {s.EN_ROUTE, s.ON_SCENE, s.FINISHED, s.STOOD_DOWN},
    s.EN_ROUTE: {s.ON_SCENE, s.FINISHED, s.STOOD_DOWN},
    s.ON_SCENE: {s.FINISHED, s.STOOD_DOWN},
    s.STOOD_DOWN: {s.STAND_DOWN_ACKNOWLEDGED},
    s.REFUSED: set(),
    s.FINISHED: set(),
    s.STAND_DOWN_ACKNOWLEDGED: set(),
    s.WITHDRAWN: set(),
    s.MOVED: set(),
}
BACK = {after: {before for before, all in NEXT.items() if after in all} for after in NEXT if after is not None}
"""State -> where undoing the step into it may lead."""
STEPS = {
    "acknowledge": lambda i, a, h, v: handovers.acknowledge(i, a, h, v, by="Ani"),
    "refuse": lambda i, a, h, v: handovers.refuse(i, a, h, v, reason="x"),
    "en_route": handovers.en_route,
    "on_scene": handovers.on_scene,
    "finish": lambda i, a, h, v: handovers.finish(i, a, h, v, result="done"),
    "stand_down": handovers.stand_down,
    "acknowledge_stand_down": lambda i, a, h, v: handovers.acknowledge_stand_down(i, a, h, v, by="Ani"),
    "send_again": lambda i, a, h, v: handovers.send_again(i, a, h),
}
UNITS = ["A-1", "A-2", "a3", "A-4 dan A-5"]
PEOPLE = st.sampled_from(["sari", "budi", "dewi"])
WHICH = st.integers(0, 7)
STALE = st.integers(0, 3).map(lambda n: n == 0)  # now and then somebody has not looked for a while


class Desks(RuleBasedStateMachine):
    """Several people ask for anything at any time, each on the version that they last looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Entry] = []
        self.incident: Incident | None = None
        self.seen: dict[str, int] = {}
        self.clock = T0
        self.requests = 0

    @initialize()
    def begin(self) -> None:
        self.take(rules.open_incident(self.asked("sari"), "i1", 1))

    def asked(self, who: str) -> Asked:
        self.clock += SECOND
        self.requests += 1
        return Asked(id=f"r{self.requests}", actor=who, terminal="t", at=self.clock)

    def take(self, drafts: list[Draft]) -> None:
        for entry in entries(drafts, len(self.log)):
            before = self.incident
            self.incident = fold(before, entry)
            self.log.append(entry)
            self.check_step(before, self.incident, entry)

    def check_step(self, before: Incident | None, now: Incident, entry: Entry) -> None:
        for id, handover in now.handovers.items():
            old = before.handovers.get(id) if before else None
            if old is not None and isinstance(entry.body, HandoverUndone) and entry.body.handover == id:
                assert handover.state == s.WITHDRAWN if old.state == s.SENT else handover.state in BACK[old.state]
                continue
            if old is not None and isinstance(entry.body, HandoverUnitUndone) and entry.body.handover == id:
                assert (old.state, handover.state) in {(old.state, old.state), (s.ON_SCENE, s.EN_ROUTE)}
                continue
            if old is not None and isinstance(entry.body, HandoverMoved) and entry.body.handover == id:
                assert handover.state == s.MOVED and old.is_open
                continue
            if old is None or old.state != handover.state:
                assert handover.state in NEXT[old.state if old else None]
            if old is not None:  # what is written stays: no time is ever altered or forgotten
                for name in ("sent_at", "acknowledged_at", "en_route_at", "on_scene_at", "finished_at", "refused_at",
                             "stood_down_at", "stand_down_acknowledged_at", "sent_by"):  # fmt: skip
                    value = getattr(old, name)
                    assert value is None or getattr(handover, name) == value

    def attempt(self, make) -> None:  # type: ignore[no-untyped-def]
        assert self.incident is not None
        snapshot = msgspec.json.encode(self.incident)
        try:
            drafts = make(self.incident)
        except Refusal as error:
            assert str(error) and "{" not in str(error)
            drafts = []
        assert msgspec.json.encode(self.incident) == snapshot, "a rule changed the state"
        self.take(drafts)

    @rule(who=PEOPLE)
    def look(self, who: str) -> None:
        assert self.incident is not None
        self.seen[who] = self.incident.version

    def which(self, n: int) -> str:
        """One of the hand-overs that there are."""
        assert self.incident is not None
        there = list(self.incident.handovers) or ["h?"]
        return there[n % len(there)]

    def base(self, who: str, stale: bool) -> int:
        assert self.incident is not None
        return self.seen.get(who, 1) if stale else self.incident.version

    @rule(who=PEOPLE, n=WHICH, step=st.sampled_from(["acknowledge", "refuse", "send_again"]), stale=STALE)
    def answers(self, who: str, n: int, step: str, stale: bool) -> None:
        self.step(who, n, step, stale)

    @rule(who=PEOPLE, n=WHICH, step=st.sampled_from(["en_route", "on_scene", "finish"]), stale=STALE)
    def goes(self, who: str, n: int, step: str, stale: bool) -> None:
        self.step(who, n, step, stale)

    @rule(who=PEOPLE, n=WHICH, step=st.sampled_from(["en_route", "on_scene", "on_scene", "add_unit", "add_unit"]),
          units=st.lists(st.sampled_from(UNITS), min_size=1, max_size=3))  # fmt: skip
    def goes_with(self, who: str, n: int, step: str, units: list[str]) -> None:
        handover, text = self.which(n), ", ".join(units)
        request = {"en_route": handovers.en_route, "on_scene": handovers.on_scene, "add_unit": handovers.add_unit}[step]
        assert self.incident is not None
        self.attempt(lambda it: request(it, self.asked(who), handover, it.version, unit=text))

    @rule(who=PEOPLE, n=WHICH, step=st.sampled_from(["stand_down", "acknowledge_stand_down"]), stale=STALE)
    def stops(self, who: str, n: int, step: str, stale: bool) -> None:
        self.step(who, n, step, stale)

    def step(self, who: str, n: int, step: str, stale: bool) -> None:
        assert self.incident is not None
        handover, base = self.which(n), self.base(who, stale)
        found = self.incident.handovers.get(handover)
        if found and self.incident.status == "active" and found.changed.version > base and step != "send_again":
            with pytest.raises(Conflict):
                STEPS[step](self.incident, self.asked(who), handover, base)
            return
        self.attempt(lambda it: STEPS[step](it, self.asked(who), handover, base))

    @rule(who=PEOPLE, agencies=st.lists(st.sampled_from(AGENCIES), min_size=1, max_size=3), stale=STALE)
    def hand_over(self, who: str, agencies: list[str], stale: bool) -> None:
        wanted = [handovers.HandoverRequest(id=f"h{self.requests}.{n}", agency=a) for n, a in enumerate(agencies)]
        base = self.base(who, stale)
        self.attempt(lambda it: handovers.hand_over(it, self.asked(who), base, wanted))

    @rule(who=PEOPLE, n=WHICH, agency=st.sampled_from(AGENCIES), stale=STALE)
    def reassign(self, who: str, n: int, agency: str, stale: bool) -> None:
        to = handovers.HandoverRequest(id=f"h{self.requests}", agency=agency)
        handover, base = self.which(n), self.base(who, stale)
        self.attempt(lambda it: handovers.reassign(it, self.asked(who), handover, base, to, reason="x"))

    @rule(n=WHICH, what=st.sampled_from([s.ACKNOWLEDGEMENT, s.STAND_DOWN]))
    def becomes_late(self, n: int, what: str) -> None:
        def late(it: Incident) -> list[Draft]:
            body = handovers.overdue(it, self.which(n), what, 60)
            return rules.drafts(self.asked("handover"), it.stream, body) if body else []

        self.attempt(late)

    @rule(who=PEOPLE, what=st.sampled_from(["place", "type", "priority", "text", "note", "call"]), n=st.integers(1, 4))
    def write(self, who: str, what: str, n: int) -> None:
        asked = self.asked(who)
        name = msgspec.structs.replace(PLACE, name=f"p{n}")
        bases = [None, "p1", "p2", "t1", "t2", "x"]
        base = bases[self.requests % len(bases)]
        makers = {
            "place": lambda it: rules.set_place(it, asked, name, base),
            "type": lambda it: rules.set_type(it, asked, f"t{n}", n, base),
            "priority": lambda it: rules.set_priority(it, asked, n, it.priority),
            "text": lambda it: rules.set_text(it, asked, "narrative", f"n{n}", base),
            "note": lambda it: rules.note(it, asked, f"n{n}"),
            "call": lambda it: rules.attach_call(it, asked, f"call/pbx/{n}"),
        }
        self.attempt(makers[what])

    @rule(who=PEOPLE, what=st.sampled_from(["close", "reopen", "reopen", "merge"]), stale=STALE)
    def change_status(self, who: str, what: str, stale: bool) -> None:
        asked, base = self.asked(who), self.base(who, stale)
        other = fold_all(entries(rules.open_incident(asked, "i2", 2)))
        assert other is not None
        makers = {
            "close": lambda it: rules.close(it, asked, base, "done"),
            "reopen": lambda it: rules.reopen(it, asked, base),
            "merge": lambda it: [d for d in merge(it, other, asked, base, "sama") if d.stream == it.stream],
        }
        self.attempt(makers[what])

    @rule(who=PEOPLE, late=STALE)
    def undo(self, who: str, late: bool) -> None:
        decision = self.log[-1].id.rpartition("/")[0]
        made = [entry for entry in self.log if entry.id.rpartition("/")[0] == decision]
        before = fold_all(self.log[: -len(made)])
        asked = self.asked(who)
        if late:
            asked = msgspec.structs.replace(asked, at=asked.at + 11 * SECOND)
        self.attempt(lambda it: undo(it, before, asked, made))
        if late:
            assert self.log[-1] == made[-1], "undone too late"
        elif isinstance(self.log[-1].body, HandoverUnitUndone):
            assert self.units(before) == self.units(self.incident), "undone, and not as before"

    @staticmethod
    def units(incident: Incident | None) -> dict[str, object]:
        """What is known of the units of each hand-over."""
        there = incident.handovers.values() if incident is not None else ()
        return {h.id: (h.state, h.on_scene_at, h.unit, h.unit_times) for h in there}

    @invariant()
    def a_fold_anew_is_the_live_state(self) -> None:
        assert fold_all(self.log) == self.incident
        if self.incident is not None:
            stored = msgspec.json.decode(msgspec.json.encode(self.incident), type=Incident)
            assert stored == self.incident

    @invariant()
    def nothing_impossible_is_so(self) -> None:
        it = self.incident
        if it is None:
            return
        open_agencies = [h.agency for h in it.open_handovers]
        assert len(open_agencies) == len(set(open_agencies)), "an agency has it twice"
        if it.status != "active":
            assert not it.open_handovers, "closed while an agency is at work"
        assert (it.closed_at is None) == (it.status == "active")
        assert len(it.calls) == len(set(it.calls))
        for h in it.handovers.values():
            times = [t for t in (h.sent_at, h.acknowledged_at, h.en_route_at, h.on_scene_at, h.finished_at) if t]
            assert times == sorted(times)
            assert not h.unit_times or len(h.unit_times) == len(sent(h)) > 0, "times of units that nobody named"
            if h.state == s.EN_ROUTE:
                assert not [unit for unit in sent(h) if unit.on_scene_at is not None], "there before its agency is"
            if h.state == s.ON_SCENE and sent(h):
                assert len(under_way(h)) < len(sent(h)), "on scene, and nobody is"
            if h.replaced_by is not None:
                assert it.handovers[h.replaced_by].replaces == h.id
            assert h.overdue is None or h.is_open

    @invariant()
    def the_log_reads(self) -> None:
        if self.incident is not None:
            lines = chronology(self.log, self.incident)
            assert len(lines) == len(self.log)
            assert all(line.text and "{" not in line.text for line in lines)


TestDesks = Desks.TestCase
TestDesks.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
