"""The chain of a hand-over: sent, taken or refused, on the way, there, done; or stopped, and that known."""

from __future__ import annotations

import pytest

from data.clock import SECOND
from data.errors import Conflict, Refusal
from dispatch.incidents import handovers, rules
from dispatch.incidents.state import Incident
from tests.unit.dispatch.support import PLACE, T0, acknowledged, after, asked, opened, ready, request, sent

V = 10_000  # a base version that has seen everything


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda error: error.code == code)


def test_the_whole_way_with_its_times() -> None:
    incident = sent(ready(), "damkar-mako", at=T0)
    incident = acknowledged(incident, "damkar-mako", at=T0 + 20 * SECOND)
    steps = (
        lambda i: handovers.en_route(i, asked(at=T0 + 60 * SECOND), "damkar-mako", V, unit="Unit 1"),
        lambda i: handovers.on_scene(i, asked(at=T0 + 600 * SECOND), "damkar-mako", V),
        lambda i: handovers.finish(i, asked(at=T0 + 3600 * SECOND), "damkar-mako", V, result="done", note="padam"),
    )
    for step in steps:
        incident = after(incident, step(incident))
    it = incident.handovers["damkar-mako"]
    assert it.state == "finished" and incident.stage == "finished"
    assert (it.acknowledged_by, it.means, it.unit, it.result) == ("Pak Dedi", "telephone", "Unit 1", "done")
    times = (it.sent_at, it.acknowledged_at, it.en_route_at, it.on_scene_at, it.finished_at)
    assert times == tuple(T0 + s * SECOND for s in (0, 20, 60, 600, 3600))
    assert (incident.first_sent_at, incident.first_acknowledged_at) == (T0, T0 + 20 * SECOND)
    assert rules.close(incident, asked(), incident.version, "done")


def test_several_agencies_are_asked_in_one_decision() -> None:
    incident = sent(ready(), "damkar-mako", "psc-119", "pln")
    assert [h.agency for h in incident.open_handovers] == ["damkar-mako", "psc-119", "pln"]


def test_with_place_or_type_missing_it_is_allowed_and_warned() -> None:
    only_place = opened(place=PLACE)
    assert handovers.missing(only_place) == ("type",)
    assert sent(only_place, "psc-119").handovers
    assert handovers.missing(ready()) == ()


def test_with_neither_place_nor_type_it_is_refused() -> None:
    with refused("nothing_known"):
        sent(opened(), "psc-119")


def test_an_agency_that_has_it_is_not_asked_twice() -> None:
    incident = sent(ready(), "psc-119")
    with refused("has_it_already"):
        handovers.hand_over(incident, asked(), incident.version, [request("psc-119", "h2")])
    taken = acknowledged(incident, "psc-119")
    with refused("has_it_already"):
        handovers.hand_over(taken, asked(), taken.version, [request("psc-119", "h2")])
    with refused("agency_twice"):
        handovers.hand_over(incident, asked(), incident.version, [request("pln", "h2"), request("pln", "h3")])
    with refused("no_agency"):
        handovers.hand_over(incident, asked(), incident.version, [])


def test_a_colleague_who_asked_the_agency_first_is_named() -> None:
    incident = ready()
    moved = after(incident, handovers.hand_over(incident, asked("budi"), incident.version, [request("psc-119")]))
    with pytest.raises(Conflict) as caught:
        handovers.hand_over(moved, asked("sari"), incident.version, [request("psc-119", "h2")])
    assert caught.value.params["who"] == "budi"


def test_nothing_is_sent_when_one_of_several_cannot_be() -> None:
    incident = sent(ready(), "psc-119")
    with pytest.raises(Refusal):
        handovers.hand_over(incident, asked(), incident.version, [request("pln"), request("psc-119", "h2")])


def test_after_a_refusal_or_an_end_the_agency_can_be_asked_again() -> None:
    incident = sent(ready(), "psc-119")
    incident = after(incident, handovers.refuse(incident, asked(), "psc-119", V, reason="ambulans penuh", by="Bu Ani"))
    it = incident.handovers["psc-119"]
    assert (it.state, it.refusal, it.refused_by) == ("refused", "ambulans penuh", "Bu Ani")
    assert handovers.hand_over(incident, asked(), incident.version, [request("psc-119", "h2")])


def test_sending_again_never_alters_a_time() -> None:
    incident = sent(ready(), "psc-119")
    again = after(incident, handovers.send_again(incident, asked(at=T0 + 90 * SECOND), "psc-119"))
    it = again.handovers["psc-119"]
    assert (it.sent_at, it.sends, it.last_sent_at, it.state) == (T0, 2, T0 + 90 * SECOND, "sent")
    assert again.first_sent_at == T0
    with refused("not_now"):
        handovers.send_again(acknowledged(again, "psc-119"), asked(), "psc-119")


def test_a_confirmation_needs_a_name_and_a_refusal_a_reason() -> None:
    incident = sent(ready(), "psc-119")
    with refused("no_name"):
        handovers.acknowledge(incident, asked(), "psc-119", V, by="  ")
    with refused("unknown_means"):
        handovers.acknowledge(incident, asked(), "psc-119", V, by="Ani", means="pigeon")
    with refused("no_reason"):
        handovers.refuse(incident, asked(), "psc-119", V, reason="")


def test_a_late_report_keeps_its_time_if_it_can_be_true() -> None:
    incident = sent(ready(), "psc-119", at=T0)
    late = asked(at=T0 + 100 * SECOND)
    (draft,) = handovers.acknowledge(incident, late, "psc-119", V, by="Ani", happened_at=T0 + 30 * SECOND)
    assert draft.at == T0 + 30 * SECOND
    with refused("too_early"):
        handovers.acknowledge(incident, late, "psc-119", V, by="Ani", happened_at=T0 - 1)
    with refused("in_the_future"):
        handovers.acknowledge(incident, late, "psc-119", V, by="Ani", happened_at=T0 + 101 * SECOND)


def test_steps_may_be_reported_late_but_never_before_somebody_took_it() -> None:
    incident = sent(ready(), "psc-119")
    for early in (
        lambda: handovers.en_route(incident, asked(), "psc-119", V),
        lambda: handovers.on_scene(incident, asked(), "psc-119", V),
        lambda: handovers.finish(incident, asked(), "psc-119", V, result="done"),
        lambda: handovers.acknowledge_stand_down(incident, asked(), "psc-119", V, by="Ani"),
    ):
        with refused("not_now"):
            early()
    taken = acknowledged(incident, "psc-119")
    there = after(taken, handovers.on_scene(taken, asked(), "psc-119", V))
    assert there.handovers["psc-119"].en_route_at is None
    with refused("not_now"):
        handovers.en_route(there, asked(), "psc-119", V)


def test_an_agency_that_is_to_stop_has_to_say_that_it_knows() -> None:
    incident = acknowledged(sent(ready(), "psc-119"), "psc-119")
    incident = after(incident, handovers.stand_down(incident, asked(), "psc-119", V, reason="salah lokasi"))
    assert incident.stage == "stood_down"
    with refused("cannot_close_yet"):
        rules.close(incident, asked(), incident.version, "done")
    with refused("not_now"):
        handovers.acknowledge(incident, asked(), "psc-119", V, by="Ani")
    with refused("no_name"):
        handovers.acknowledge_stand_down(incident, asked(), "psc-119", V, by="")
    incident = after(incident, handovers.acknowledge_stand_down(incident, asked(), "psc-119", V, by="Ani"))
    assert incident.handovers["psc-119"].state == "stand_down_acknowledged"
    assert rules.close(incident, asked(), incident.version, "cancelled")


def test_reassigning_is_one_decision_and_the_old_agency_must_know() -> None:
    incident = acknowledged(sent(ready(), "damkar-mako"), "damkar-mako")
    drafts = handovers.reassign(incident, asked(), "damkar-mako", V, request("damkar-plered"), reason="lebih dekat")
    assert [d.kind for d in drafts] == ["handover.stood_down", "handover.sent"]
    moved = after(incident, drafts)
    old, new = moved.handovers["damkar-mako"], moved.handovers["damkar-plered"]
    assert (old.state, old.replaced_by, new.state, new.replaces) == (
        "stood_down",
        "damkar-plered",
        "sent",
        "damkar-mako",
    )
    assert {h.waits_for for h in moved.open_handovers} == {"stand_down", "acknowledgement"}


def test_after_a_refusal_there_is_nobody_to_stand_down() -> None:
    incident = sent(ready(), "damkar-mako")
    incident = after(incident, handovers.refuse(incident, asked(), "damkar-mako", V, reason="unit rusak"))
    (draft,) = handovers.reassign(incident, asked(), "damkar-mako", V, request("damkar-plered"), reason="unit rusak")
    assert draft.kind == "handover.sent"


def test_reassigning_to_the_same_or_a_busy_agency_is_refused() -> None:
    incident = sent(ready(), "damkar-mako", "psc-119")
    with refused("same_agency"):
        handovers.reassign(incident, asked(), "damkar-mako", V, request("damkar-mako", "h2"), reason="x")
    with refused("has_it_already"):
        handovers.reassign(incident, asked(), "damkar-mako", V, request("psc-119", "h2"), reason="x")
    with refused("no_reason"):
        handovers.reassign(incident, asked(), "damkar-mako", V, request("pln"), reason=" ")


def test_two_dispatchers_one_winner_who_is_named_with_the_time() -> None:
    incident = sent(ready(), "psc-119")
    seen = incident.version
    won = after(incident, handovers.acknowledge(incident, asked("budi"), "psc-119", seen, by="Ani"))
    for attempt in (
        lambda: handovers.acknowledge(won, asked("sari"), "psc-119", seen, by="Dedi"),
        lambda: handovers.refuse(won, asked("sari"), "psc-119", seen, reason="x"),
        lambda: handovers.stand_down(won, asked("sari"), "psc-119", seen),
        lambda: handovers.reassign(won, asked("sari"), "psc-119", seen, request("pln"), reason="x"),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        assert caught.value.code == "handover_changed"
        assert (caught.value.params["who"], caught.value.params["state"]) == ("budi", "acknowledged")
        assert caught.value.params["at"] == T0


def test_what_happens_to_other_agencies_or_fields_makes_no_decision_stale() -> None:
    incident = sent(ready(), "psc-119", "pln")
    seen = incident.version
    moved = acknowledged(incident, "pln")
    moved = after(moved, rules.note(moved, asked(), "x"))
    moved = after(moved, handovers.send_again(moved, asked(), "psc-119"))
    late = handovers.overdue(moved, "psc-119", "acknowledgement", 60)
    assert late is not None
    moved = after(moved, rules.drafts(asked(), moved.stream, late))
    assert handovers.acknowledge(moved, asked(), "psc-119", seen, by="Ani")


def test_lateness_is_said_once_and_only_while_it_lasts() -> None:
    incident = sent(ready(), "psc-119")
    assert handovers.overdue(incident, "psc-119", "stand_down", 60) is None
    body = handovers.overdue(incident, "psc-119", "acknowledgement", 60)
    assert body is not None
    late = after(incident, rules.drafts(asked(), incident.stream, body))
    assert late.handovers["psc-119"].overdue == "acknowledgement"
    assert handovers.overdue(late, "psc-119", "acknowledgement", 60) is None
    taken = acknowledged(late, "psc-119")
    assert taken.handovers["psc-119"].overdue is None
    assert handovers.overdue(acknowledged(incident, "psc-119"), "psc-119", "acknowledgement", 60) is None


def test_a_hand_over_that_is_not_there_is_refused() -> None:
    incident: Incident = ready()
    with refused("no_such_handover"):
        handovers.acknowledge(incident, asked(), "nobody", V, by="Ani")
