"""Mute, recall and replay at the call-taker's desk; listening at the supervisor's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.ui.desk.desk import Desk
from console.ui.office.views import OperatorRow, Supervision
from console.ui.views import Identity
from data.clock import SECOND, now
from data.errors import Refusal
from data.vocabulary.administration import UserCreated
from data.vocabulary.calls import CallRecording, CommandRequested
from data.vocabulary.incidents import IncidentOpened
from data.vocabulary.recordings import RecordingAccessed, RecordingFinished
from data.vocabulary.supervision import SupervisionStarted
from telephony.recordings import queries as recordings
from tests.unit.console.centre import Centre
from tests.unit.console.fake_desk import ME, NOW, FakeDesk, my_call
from tests.unit.console.screens import app, screen_text, shows, typed, until
from tests.unit.console.test_supervisor import office

OP1, OP2 = "PJSIP/op1", "PJSIP/op2"
DEWI = Identity("dewi", "Dewi", "supervisor", "desk-3")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    made.append("user/dewi", UserCreated(login="dewi", roles=("supervisor",), name="Dewi"))
    yield made
    made.close()


def talk(centre: Centre) -> tuple[Desk, str]:
    """budi talks with a caller who is being recorded."""
    desk, _ = centre.desk("budi", "calltaker", "desk-1", OP1)
    stream = centre.ring()
    centre.append(stream, CallRecording(state="started", file="2026/11/24/1.wav"))
    centre.answer(stream)
    return desk, stream


def asked(centre: Centre) -> list[CommandRequested]:
    bodies = [entry.body for entry in centre.journal.read(0) if entry.kind == "command.requested"]
    return [body for body in bodies if isinstance(body, CommandRequested) and body.action != "member_add"]


# ---------------------------------------------------------------- the facade


def test_mute_is_a_command_and_stands_on_the_screen_until_it_ends(centre: Centre) -> None:
    desk, stream = talk(centre)
    desk.mute(stream, True, "d1")
    assert [(body.action, body.call, body.operator) for body in asked(centre)] == [("mute", stream, OP1)]
    mine = desk.snapshot().mine
    assert mine is not None and mine.muted_since is None, "nothing is shown that the exchange has not told"
    at = now()
    centre.append(stream, CallRecording(state="muted"), at)
    mine = desk.snapshot().mine
    assert mine is not None and mine.muted_since == at
    desk.mute(stream, False, "d2")
    centre.append(stream, CallRecording(state="unmuted"))
    mine = desk.snapshot().mine
    assert mine is not None and mine.muted_since is None


def test_who_recalls_is_on_record_before_he_hears_it(centre: Centre) -> None:
    desk, stream = talk(centre)
    desk.recall(stream, 30, "d1")
    [access] = recordings.accesses(centre.journal, stream)
    assert (access.who, access.how, access.seconds) == ("budi", "recall", 30)
    [command] = asked(centre)
    assert (command.action, command.seconds) == ("recall", 30)
    kinds = [entry.kind for entry in centre.journal.read(0)]
    assert kinds.index("recording.accessed") < kinds.index("command.requested", kinds.index("recording.accessed"))


def test_a_whole_recording_is_heard_by_who_had_the_call_or_by_a_supervisor_with_the_reason(centre: Centre) -> None:
    desk, stream = talk(centre)
    with pytest.raises(Refusal, match="goes on"):
        desk.replay(stream, "", "d1")
    centre.end(stream)
    done = RecordingFinished(call=stream, file="2026/11/24/1.wav", state="whole", seconds=9, bytes=9, sha256="0")
    centre.append("recording/pbx-1/1", done)
    desk.replay(stream, "alamat tidak jelas", "d2")
    [command] = asked(centre)
    assert (command.action, command.target, command.operator) == ("replay", "2026/11/24/1.wav", OP1)
    [entry] = [e for e in centre.journal.read(0) if isinstance(e.body, RecordingAccessed)]
    assert entry.actor == "budi" and isinstance(entry.body, RecordingAccessed)
    assert (entry.body.how, entry.body.telephone, entry.body.reason) == ("telephone", OP1, "alamat tidak jelas")
    other, _ = centre.desk("tono", "calltaker", "desk-2", OP2)
    with pytest.raises(Refusal, match="your own calls"):
        other.replay(stream, "ingin tahu", "d3")
    assert len(asked(centre)) == 1


def test_whose_a_recording_is_goes_by_who_sat_at_the_telephone_then(centre: Centre) -> None:
    _desk, stream = talk(centre)
    centre.end(stream)
    done = RecordingFinished(call=stream, file="2026/11/24/1.wav", state="whole", seconds=9, bytes=9, sha256="0")
    centre.append("recording/pbx-1/1", done)
    centre.append("user/tono", UserCreated(login="tono", roles=("calltaker",), name="Tono"))
    after, _ = centre.desk("tono", "calltaker", "desk-1", OP1)
    with pytest.raises(Refusal, match="your own calls"):
        after.replay(stream, "sama telepon", "d1")
    moved, _ = centre.desk("budi", "calltaker", "desk-2", OP2)
    moved.replay(stream, "alamat tidak jelas", "d2")
    assert [(body.action, body.operator) for body in asked(centre)] == [("replay", OP2)]


@pytest.mark.parametrize("state", ["missing", None])
def test_what_is_not_there_cannot_be_heard(centre: Centre, state: str | None) -> None:
    desk, _ = centre.desk("budi", "calltaker", "desk-1", OP1)
    stream = centre.ring()
    centre.answer(stream)
    if state:
        centre.append(stream, CallRecording(state="started"))
    centre.end(stream)
    with pytest.raises(Refusal, match="no recording" if state else "your own calls"):
        desk.replay(stream, "", "d1")


def test_only_a_supervisor_listens_and_only_on_a_telephone_that_nobody_has(centre: Centre) -> None:
    desk, stream = talk(centre)
    with pytest.raises(Refusal, match="supervisor"):
        desk.listen("listen", OP1, OP2, "d1")
    chief, _ = centre.desk("dewi", "supervisor", "desk-3")
    assert chief.listening_telephones() == (OP2,)
    with pytest.raises(Refusal, match="signed on"):
        chief.listen("listen", OP1, OP1, "d2")
    with pytest.raises(Refusal, match="talks with nobody"):
        chief.listen("barge", OP2, OP2, "d3")
    chief.listen("whisper", OP1, OP2, "d4")
    [command] = asked(centre)
    assert (command.action, command.call, command.operator, command.target) == ("whisper", stream, OP2, OP1)


def test_the_floor_says_who_listens_to_whom(centre: Centre) -> None:
    _, stream = talk(centre)
    body = SupervisionStarted(call=stream, operator=OP1, telephone=OP2, mode="whisper", by="dewi")
    centre.append("supervision/pbx-1/abc", body)
    heard = {row.endpoint: row.heard_by for row in office(centre, "dewi").supervision().operators}
    assert heard[OP1] == (("Dewi", "whisper"),)


# ---------------------------------------------------------------- the screens


async def test_a_call_that_is_not_recorded_says_so_all_the_time() -> None:
    desk = FakeDesk()
    desk.picture = desk.picture.__class__(mine=my_call(muted_since=NOW - 12 * SECOND), phone="ready")
    running = app(desk, ME, "en")
    async with running.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "NOT RECORDED 0:12")


async def test_the_command_line_mutes_recalls_and_says_what_it_asked() -> None:
    desk = FakeDesk()
    desk.picture = desk.picture.__class__(mine=my_call(), phone="ready")
    running = app(desk, ME, "en")
    async with running.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "TALKING")
        for done, line in enumerate(("bisu", "ulang 30", "recall", "rekam"), start=1):
            await typed(pilot, "f2", *line, "enter")
            await until(pilot, lambda done=done: len([a for a in desk.asked if a[0] in {"mute", "recall"}]) == done)
        call = "call/pbx/1"
        wanted = [("mute", call, True), ("recall", call, 30), ("recall", call, 10), ("mute", call, False)]
        assert [a for a in desk.asked if a[0] in {"mute", "recall"}] == wanted
        running.perform("recall", "abc")
        await shows(pilot, "1 to 60")


class Floor:
    """An office whose floor has one operator who talks, or nobody."""

    def __init__(self, *, empty: bool = False) -> None:
        self.empty = empty
        self.heard_by: tuple[tuple[str, str], ...] = ()

    def supervision(self) -> Supervision:
        row = OperatorRow("budi", "Budi", "calltaker", "desk-1", OP1, phone="ready", doing="talking", call_since=NOW,
                          heard_by=self.heard_by)  # fmt: skip
        return Supervision(at=NOW, operators=() if self.empty else (row,))

    def is_supervisor(self) -> bool:
        return True


async def test_a_letter_on_an_operator_asks_once_for_the_telephone_and_then_listens() -> None:
    desk, floor = FakeDesk(), Floor()
    running = app(desk, DEWI, "en", office=floor)
    async with running.run_test(size=(100, 30)) as pilot:
        await shows(pilot, "PJSIP/op1")
        await typed(pilot, "l")
        await shows(pilot, "Which telephone is yours?")
        assert "PJSIP/op3" in screen_text(running)
        await typed(pilot, "1")
        await shows(pilot, "PJSIP/op3 rings: pick it up to hear PJSIP/op1; nobody hears you.")
        floor.heard_by = ((DEWI.name, "listen"),)
        await shows(pilot, f"heard by {DEWI.name}")
        await typed(pilot, "w")
        await shows(pilot, "PJSIP/op3 hears PJSIP/op1, who hears you; the caller does not.")
        await typed(pilot, "b")
        await shows(pilot, "HEAR YOU")
        wishes = [a for a in desk.asked if a[0] == "listen"]
        assert wishes == [("listen", mode, OP1, "PJSIP/op3") for mode in ("listen", "whisper", "barge")]


async def test_a_refusal_is_said_and_the_telephone_asked_for_again() -> None:
    desk = FakeDesk()
    running = app(desk, DEWI, "en", office=Floor())
    async with running.run_test(size=(100, 30)) as pilot:
        await shows(pilot, "PJSIP/op1")
        desk.fail = Refusal("telephone_in_use", "Somebody else is signed on with {telephone}.", telephone="PJSIP/op3")
        await typed(pilot, "l")
        await shows(pilot, "Which telephone is yours?")
        await typed(pilot, "1")
        await shows(pilot, "signed on with PJSIP/op3")
        desk.fail = None
        await typed(pilot, "l")
        await shows(pilot, "Which telephone is yours?")


async def test_without_an_operator_chosen_nothing_is_asked_of_the_exchange() -> None:
    desk = FakeDesk()
    running = app(desk, DEWI, "en", office=Floor(empty=True))
    async with running.run_test(size=(100, 30)) as pilot:
        await shows(pilot, "nobody is signed in")
        await typed(pilot, "b")
        await shows(pilot, "Choose an operator")
    assert desk.asked == []


def test_a_supervisor_keeps_the_recordings_of_an_incident_with_a_reason(centre: Centre) -> None:
    centre.append("incident/a", IncidentOpened(number=17, origin="call"))
    chief, _ = centre.desk("dewi", "supervisor", "desk-3")
    for _ in range(2):  # the same decision twice
        chief.keep(17, "penyidikan", True, "d1")
    [held] = recordings.holds(centre.journal)
    assert (held.incident, held.who, held.reason) == ("a", "dewi", "penyidikan")
    with pytest.raises(Refusal, match="already"):
        chief.keep(17, "lagi", True, "d2")
    with pytest.raises(Refusal, match="no incident 18"):
        chief.keep(18, "penyidikan", True, "d3")
    desk, _ = centre.desk("budi", "calltaker", "desk-1", OP1)
    with pytest.raises(Refusal, match="supervisor"):
        desk.keep(17, "bosan", False, "d4")
    chief.keep(17, "selesai", False, "d5")
    assert recordings.holds(centre.journal) == []


async def test_keeping_takes_a_number_and_a_reason_on_the_command_line() -> None:
    desk = FakeDesk()
    running = app(desk, DEWI, "en", office=Floor())
    async with running.run_test(size=(100, 30)) as pilot:
        await shows(pilot, "PJSIP/op1")
        running.perform("keep", "17")
        await shows(pilot, "then the reason")
        running.perform("keep", "#17 police asks")
        await shows(pilot, "incident 17 are kept")
        running.perform("unkeep", "17 closed")
        await shows(pilot, "no longer than others")
    assert [a for a in desk.asked if a[0] == "keep"] == [
        ("keep", 17, "police asks", True), ("keep", 17, "closed", False),
    ]  # fmt: skip
