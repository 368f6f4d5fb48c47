"""The supervisor's screen and its figures, on a real journal."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from console.configuration import Centre as CentreSettings
from console.configuration import Configuration, ConsoleSettings
from console.i18n import set_language
from console.ui.draw.calls import Limits
from console.ui.draw.office import floor_lines, level_lines
from console.ui.office.office import Office
from console.ui.office.views import ServiceRow
from console.ui.views import Identity
from data.clock import SECOND, now
from data.entry import draft
from data.errors import Refusal
from data.vocabulary import calls as v
from data.vocabulary.administration import UserRolesSet
from data.vocabulary.reconciliation import ReconcileFinished
from dispatch.settings import Dispatch
from telephony.settings import Telephony
from tests.unit.console.centre import PBX, Centre, finder
from tests.unit.console.fake_desk import FakeDesk
from tests.unit.console.screens import app, burst, screen_text, shows, typed, until

SETTINGS = Configuration(
    centre=CentreSettings(), telephony=Telephony(pbx=(PBX,)), dispatch=Dispatch(), console=ConsoleSettings()
)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    made.append("user/sari", UserRolesSet(login="sari", roles=("dispatcher", "supervisor")))
    yield made
    made.close()


def office(centre: Centre, login: str = "sari", role: str = "supervisor", kind: type[Office] = Office) -> Office:
    desk, _ = centre.desk(login, role, f"desk-{login}")
    return kind(centre.journal, centre.side, finder().pack, SETTINGS, lambda: desk.session)


def shift(centre: Centre, seed: int, count: int) -> None:
    chance, made = random.Random(seed), []
    for n in range(count):
        stream, at = f"call/pbx-1/{n}", now() - chance.randint(60, 1800) * SECOND
        made.append(draft(stream, v.CallArrived(channel=f"PJSIP/t-{n}"), at=at))
        wait = chance.choice((3 * SECOND, 10 * SECOND, 10 * SECOND + 1, 15 * SECOND, 15 * SECOND + 1, 25 * SECOND))
        if chance.random() < 0.7:
            leg = f"PJSIP/op1-{n}"
            made.append(draft(stream, v.CallAnswered(operator="PJSIP/op1", channel=leg), at=at + wait))
            made.append(draft(stream, v.CallEnded(outcome="answered", ended_by="caller"), at=at + wait + SECOND))
            outcome = chance.choice(("informed", "prank", "silent", "false_emergency", None))
            if outcome:
                made.append(draft(stream, v.CallClassified(outcome=outcome), at=at + wait + 2 * SECOND))
        else:
            made.append(draft(stream, v.CallEnded(outcome="abandoned"), at=at + wait))
    centre.journal.append(made)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_figures_of_the_shift_equal_independent_sql_over_the_journal(centre: Centre, seed: int) -> None:
    shift(centre, seed, 150)
    level = office(centre).supervision().shift
    assert level is not None
    rows = centre.journal.execute(
        """SELECT a.at, (SELECT at FROM journal j WHERE j.stream = a.stream AND j.kind = 'call.answered'),
            (SELECT at FROM journal j WHERE j.stream = a.stream AND j.kind = 'call.ended'),
            (SELECT json_extract(body, '$.outcome') FROM journal j WHERE j.stream = a.stream
                AND j.kind = 'call.classified')
        FROM journal a WHERE a.kind = 'call.arrived' AND a.at >= ?""",
        (level.since,),
    ).fetchall()
    answered = [(t3 - t0, what) for t0, t3, _end, what in rows if t3 is not None]
    genuine = [wait for wait, what in answered if what not in ("prank", "false_emergency", "silent")]
    gone = [end - t0 for t0, t3, end, _what in rows if t3 is None]
    assert (level.calls, level.answered) == (len(rows), len(genuine))
    for index, limit in enumerate((10, 15, 20)):
        # None, not 100 %, when the shift has only begun and nobody has called yet.
        share = 100 * sum(w <= limit * SECOND for w in genuine) / len(genuine) if genuine else None
        assert level.within[index] == share
    assert level.abandoned_before == sum(wait <= 15 * SECOND for wait in gone)
    assert level.abandoned_after == sum(wait > 15 * SECOND for wait in gone)
    assert level.ghost == sum(what == "silent" for _, what in answered)
    assert level.prank == sum(what in ("prank", "false_emergency") for _, what in answered)


def test_waiting_calls_operators_and_dead_services_are_seen(centre: Centre) -> None:
    centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")
    centre.ring()
    centre.side.set_device_state("pbx-1", "PJSIP/op1", "unavailable", now())
    told = office(centre).supervision()
    assert [call.ringing_for for call in told.waiting] == [("PJSIP/op1",)]
    row = next(each for each in told.operators if each.endpoint == "PJSIP/op1")
    assert (row.login, row.terminal, row.phone, row.doing, row.device) == (
        "budi", "desk-1", "ready", "ringing", "unavailable"
    )  # fmt: skip
    levels = {each.name: each.level for each in told.services}
    assert (levels["exchange:pbx-1"], levels["handover"]) == ("ok", "fail")


def test_who_holds_a_caller_is_seen_with_him_and_is_not_free(centre: Centre) -> None:
    centre.desk("budi", "calltaker", "desk-1", "PJSIP/op1")
    call = centre.ring()
    for body in (
        v.CallAnswered(operator="PJSIP/op1", channel="PJSIP/op1-1"),
        v.CallHeld(how="hold", operator="PJSIP/op1"),
        v.CallOperatorLeft(operator="PJSIP/op1", channel="PJSIP/op1-1"),
    ):
        centre.append(call, body)
    told = office(centre).supervision()
    row = next(each for each in told.operators if each.endpoint == "PJSIP/op1")
    assert (row.doing, row.calls) == ("held", 1)
    set_language("en")
    shown = ["".join(part.text for part in each) for each in floor_lines(told, now(), 80, Limits())[0]]
    assert any("0 free of 1" in each for each in shown)


def test_the_columns_of_the_service_level_stand_apart_in_both_languages(centre: Centre) -> None:
    told = office(centre).supervision()
    for language, still_open in (("en", "open"), ("id", "terbuka")):
        set_language(language)
        head = "".join(part.text for part in level_lines(told, now(), 120)[0])
        assert f"prank {still_open}" in " ".join(head.split())


def test_what_came_of_holding_the_record_against_the_exchange_is_seen(centre: Centre) -> None:
    def row() -> ServiceRow | None:
        told = office(centre).supervision().services
        return next((each for each in told if each.name == "reconcile:pbx-1"), None)

    assert row() is None, "it was never done"
    for missing, level, text in ((0, "ok", "9 calls as"), (2, "warn", "2 DIFFERENCES in 9 calls")):
        body = ReconcileFinished(bridge="pbx-1", since=0, until=1, calls=9, missing=missing)
        centre.journal.append([draft("reconcile/pbx-1", body)])
        found = row()
        assert found is not None and found.level == level
        assert text in found.message.format(**dict(found.params))


def test_a_dispatcher_without_the_role_sees_nothing_of_it(centre: Centre) -> None:
    with pytest.raises(Refusal):
        office(centre, "budi", "calltaker").supervision()


@pytest.mark.parametrize("start", [("07:00", "14:00", "21:00"), ("00:00",)])
def test_a_shift_begins_by_the_centres_clock(centre: Centre, start: tuple[str, ...]) -> None:
    made = office(centre)
    made._settings = msgspec.structs.replace(SETTINGS, console=ConsoleSettings(shift_starts=start))
    at = 1_795_490_122 * SECOND  # 2026-11-24 10:15:22 WIB
    hour, begun = made.periods(at)
    assert hour == 1_795_489_200 * SECOND
    assert begun == (1_795_478_400 if start[0] == "07:00" else 1_795_453_200) * SECOND


@pytest.mark.parametrize(("language", "word"), [("id", "Jam ini"), ("en", "This hour")])
async def test_the_screen_at_80x24_in_both_languages(centre: Centre, language: str, word: str) -> None:
    centre.ring(name="\x1b[2J[bold]\u202eSri")
    identity = Identity("sari", "Sari", "supervisor", "desk-2")
    made = app(FakeDesk(), identity, language, office=office(centre), clock=now)
    async with made.run_test(size=(80, 24)) as pilot:
        await shows(pilot, word)
        await shows(pilot, "081234567890")
        await shows(pilot, "[bold]")


async def test_going_to_the_incidents_and_back_as_fast_as_keys_come(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    """No key is judged by a screen that is not built yet, and nothing is drawn on one that is gone."""
    desk = FakeDesk()
    me = Identity("sari", "Sari", "supervisor", "")
    async with app(desk, me, office=office(centre)).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Bagian sistem")
        for columns in (100, 80, 120):
            burst(pilot, "f12", "j", "f12", "f12")
            await pilot.resize_terminal(columns, 24)
            burst(pilot, "f12")
        burst(pilot, "f2", *"zzqq")
        await shows(pilot, "zzqq bukan perintah di sini")
        assert len(pilot.app.screen_stack) == 2
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_supervisors_commands_are_carried_out_from_the_incidents_too(centre: Centre) -> None:
    desk, me = FakeDesk(), Identity("sari", "Sari", "supervisor", "")
    async with app(desk, me, office=office(centre)).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Bagian sistem")
        await pilot.press("f12")
        await shows(pilot, "F12 pengawasan")
        assert "l dengarkan" not in screen_text(pilot.app), "there is no operator under the cursor here"
        await pilot.press("l")
        await shows(pilot, "F12 kembali")
        await typed(pilot, "f2", *"tandai 0812999", "enter", *"iseng", "enter", "enter")
        await until(pilot, lambda: desk.done("flag"))
        assert desk.done("flag")[0][:2] == ("0812999", "iseng")
        await shows(pilot, "Bagian sistem")


async def test_keys_behind_the_last_yes_do_nothing(centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    me = Identity("sari", "Sari", "supervisor", "")
    async with app(FakeDesk(), me, office=office(centre)).run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Bagian sistem")
        burst(pilot, "f1", "x", "y", *("f1", "f12", "f2", "n") * 10)
        await until(pilot, lambda: not pilot.app.is_running)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
