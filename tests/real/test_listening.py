"""Mute, recall, replay, and a supervisor who listens: through the bridge, on a real Asterisk, heard by their tones.

The caller sends 400 Hz, the operator 700 Hz, the supervisor 1500 Hz; what each of them hears is kept by his telephone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.vocabulary.calls import CallRecording
from telephony.asterisk.settings import Trunk
from telephony.recordings import queries as recordings
from telephony.supervision import queries as supervision
from tests.lab import Exchange
from tests.lab.site import CALLER_TONE, OPERATOR_TONE
from tests.lab.softphone import Softphone
from tests.lab.sounds import RATE, read_wav, strength
from tests.real.bridge_process import PBX, Centre, until

pytestmark = pytest.mark.asterisk
OP1, OP2, OP3 = "PJSIP/op1", "PJSIP/op2", "PJSIP/op3"
SUPERVISOR_TONE = 1500
LOUD = 1500
"""A pitch stronger than this is heard (each is sent with about 9,800); one below a tenth of it is not."""


@pytest.fixture(scope="module")
def house() -> Iterator[Exchange]:
    with Exchange(trunk=Trunk(match=("127.0.0.1", "127.0.0.2"))) as exchange:
        yield exchange


@pytest.fixture
def centre(house: Exchange, tmp_path: Path) -> Iterator[Centre]:
    house.clear()
    with Centre(tmp_path, house.ami_port, house.ami_secret, mute_seconds=3600) as made:
        made.pbx |= {
            "dial_user": "siaga112-dial",
            "dial_secret": house.dial_secret,
            "recordings": str(house.recordings),
        }
        made.bridge()
        assert made.do("member_add", operator=OP1) == ("done", None)
        yield made


class Talk:
    """A caller who talks with op1, both with telephones that keep what they hear."""

    def __init__(self, house: Exchange, centre: Centre, caller: Softphone, operator: Softphone) -> None:
        self.house, self.centre, self.caller, self.operator = house, centre, caller, operator
        caller.command("dial", f"sip:112@127.0.0.1:{house.sip_port}")
        operator.await_state("ringing", 60)
        operator.accept()
        [answered] = centre.await_kind("call.answered")
        self.stream = answered.stream
        self.mine = {"call": self.stream, "operator": OP1}
        assert until(lambda: self.pitches(caller) == {OPERATOR_TONE} and self.pitches(operator) == {CALLER_TONE})

    @staticmethod
    def pitches(phone: Softphone, seconds: float = 0.5) -> set[int]:
        """What the telephone has heard in the last half second."""
        sound = phone.heard()[-round(seconds * RATE) :]
        tones = (CALLER_TONE, OPERATOR_TONE, SUPERVISOR_TONE)
        return {hertz for hertz in tones if len(sound) >= seconds * RATE and strength(sound, hertz) > LOUD}

    def comes_to_hear(self, phone: Softphone, *tones: int) -> None:
        found = until(lambda: self.pitches(phone) == set(tones))
        assert found, (phone.endpoint, self.pitches(phone), self.centre.log())

    def never_heard(self, phone: Softphone, hertz: int, since: int = 0) -> None:
        """Not in any quarter of a second since the sample ``since``."""
        sound, step = phone.heard()[since:], RATE // 4
        loud = [n for n in range(0, len(sound) - step, step) if strength(sound[n : n + step], hertz) > LOUD / 10]
        assert not loud, (phone.endpoint, hertz, loud)

    def end(self) -> None:
        assert self.centre.do("hangup", call=self.stream) == ("done", None)
        self.centre.await_kind("call.ended")


@pytest.fixture
def talk(house: Exchange, centre: Centre) -> Iterator[Talk]:
    with (
        house.softphone("trunk", listen=True, hertz=CALLER_TONE) as caller,
        house.softphone("op1", listen=True) as operator,
    ):
        yield Talk(house, centre, caller, operator)


def finished_recording(house: Exchange, talk: Talk) -> list[int]:
    row = recordings.recording(talk.centre.journal, talk.stream)
    assert row is not None and row.file is not None
    path = house.recordings / row.file
    assert until(lambda: path.read_bytes()[4:8] != bytes(4)), "the exchange closes the file"
    return read_wav(path)


# ---------------------------------------------------------------- mute


def test_what_is_said_while_muted_is_not_in_the_recording_and_both_ends_are_on_record(
    house: Exchange, centre: Centre, talk: Talk
) -> None:
    assert centre.do("mute", call=talk.stream, operator=OP2) == ("failed", "not_talking")
    for _ in range(2):  # as often as one likes
        assert centre.do("mute", **talk.mine) == ("done", None)
    centre.await_kind("call.recording", 3)
    assert until(lambda: [row.call for row in recordings.muted(centre.journal, PBX)] == [talk.stream])
    length = len(talk.caller.heard())
    assert until(lambda: len(talk.caller.heard()) > length + 2 * RATE), "they go on talking"
    talk.comes_to_hear(talk.caller, OPERATOR_TONE)
    assert centre.do("unmute", **talk.mine) == ("done", None)
    assert until(lambda: recordings.muted(centre.journal, PBX) == [])
    length = len(talk.caller.heard())
    assert until(lambda: len(talk.caller.heard()) > length + 2 * RATE)
    talk.end()
    sound, step = finished_recording(house, talk), RATE // 4
    heard = [
        max(strength(sound[n : n + step], CALLER_TONE), strength(sound[n : n + step], OPERATOR_TONE)) > LOUD
        for n in range(0, len(sound) - step, step)
    ]
    silent = "".join(".#"[loud] for loud in heard).strip(".")
    assert "......" in silent and silent.startswith("#") and silent.endswith("##"), silent
    [(begin, over)] = recordings.mutes(centre.journal, talk.stream)
    assert over is not None and over - begin > 1_500_000


def test_a_mute_that_is_forgotten_ends_by_itself_once_though_two_bridges_see_to_it(
    house: Exchange, centre: Centre, talk: Talk
) -> None:
    for bridge in centre.bridges:
        centre.kill(bridge, 15)
    centre.settings["mute_seconds"] = 1
    centre.bridge()
    centre.bridge()
    assert centre.do("mute", **talk.mine) == ("done", None)
    assert until(lambda: recordings.mutes(centre.journal, talk.stream)[-1:] != [] and
                 recordings.mutes(centre.journal, talk.stream)[-1][1] is not None)  # fmt: skip
    states = [e.body.state for e in centre.entries("call.recording") if isinstance(e.body, CallRecording)]
    assert states[-2:] == ["muted", "unmuted"]
    talk.end()


# ---------------------------------------------------------------- recall


def test_the_last_seconds_are_played_to_the_operator_alone_while_the_caller_talks(
    house: Exchange, centre: Centre, talk: Talk
) -> None:
    row = recordings.recording(centre.journal, talk.stream)
    assert row is not None and row.file is not None
    path = house.recordings / row.file
    assert until(lambda: path.stat().st_size > 60_000), "the exchange writes 32 KiB at a time"
    before = len(talk.caller.heard())
    assert centre.do("recall", **talk.mine, seconds=10) == ("done", None)
    talk.comes_to_hear(talk.operator, CALLER_TONE, OPERATOR_TONE)  # his own voice, too: it is the recording
    talk.comes_to_hear(talk.operator, CALLER_TONE)
    talk.never_heard(talk.caller, CALLER_TONE, before)
    assert centre.do("recall", call=talk.stream, operator=OP2, seconds=10) == ("failed", "not_talking")
    assert centre.do("recall", **talk.mine, seconds=0) == ("failed", "incomplete")
    assert until(lambda: "Local/" not in house.cli("core show channels"))
    talk.end()
    assert centre.do("recall", **talk.mine, seconds=10) == ("failed", "call_ended")


def test_a_recall_says_why_it_is_not_possible(house: Exchange, centre: Centre, talk: Talk) -> None:
    folder = house.recordings / "recall"
    folder.rename(house.recordings / "away")
    try:
        row = recordings.recording(centre.journal, talk.stream)
        assert row is not None and row.file is not None
        path = house.recordings / row.file
        assert until(lambda: path.stat().st_size > 44)
        assert centre.do("recall", **talk.mine, seconds=10) == ("failed", "no_excerpt")
        path.unlink()
        assert centre.do("recall", **talk.mine, seconds=10) == ("failed", "no_recording")
    finally:
        (house.recordings / "away").rename(folder)
    talk.end()


def test_the_dialplan_plays_no_other_file_and_into_no_other_ear(house: Exchange, centre: Centre, talk: Talk) -> None:
    channels = [p["Channel"][0] for p in house.harness.action("CoreShowChannels") if "Channel" in p]
    [trunk] = [name for name in channels if name.startswith("PJSIP/trunk")]
    before = len(talk.caller.heard())
    with house.ami("siaga112-dial", events=False) as dialler:
        for ear in (trunk, "", "PJSIP/op1", "PJSIP/damkar-00000001"):
            dialler.action(
                "Originate", Channel="Local/play@recall/n", Context="recall", Exten="ear", Priority="1", Async="true",
                Variable=[f"__X112_EAR={ear}", "__X112_FILE=../../../etc/passwd"],
            )  # fmt: skip
    assert until(lambda: "Local/" not in house.cli("core show channels"))
    talk.never_heard(talk.caller, CALLER_TONE, before)
    talk.end()


# ---------------------------------------------------------------- replay


def test_a_whole_recording_is_played_on_a_telephone_of_the_house(house: Exchange, centre: Centre, talk: Talk) -> None:
    row = recordings.recording(centre.journal, talk.stream)
    assert row is not None and row.file is not None
    assert centre.do("replay", operator=OP1, target=row.file) == ("failed", "operator_busy")
    talk.end()
    finished_recording(house, talk)
    with house.softphone("op2", listen=True) as phone:
        for file in ("../../etc/passwd", "x.wav\n", ""):
            assert centre.do("replay", operator=OP2, target=file)[0] == "failed"
        assert centre.do("replay", operator=OP2, target=row.file) == ("done", None)
        phone.await_state("ringing", 60)
        phone.accept()
        talk.comes_to_hear(phone, CALLER_TONE, OPERATOR_TONE)
        phone.hangup()


# ---------------------------------------------------------------- a supervisor listens


def test_a_supervisor_listens_whispers_and_barges_and_each_is_on_record(
    house: Exchange, centre: Centre, talk: Talk
) -> None:
    wish = {"call": talk.stream, "operator": OP3, "target": OP1}
    with house.softphone("op3", listen=True, hertz=SUPERVISOR_TONE) as phone:
        assert centre.do("listen", **wish | {"target": OP2}) == ("failed", "not_talking")
        assert centre.do("listen", **wish | {"operator": OP1}) == ("failed", "own_telephone")
        assert centre.do("listen", **wish) == ("done", None)
        phone.await_state("ringing", 60)
        phone.accept()
        talk.comes_to_hear(phone, CALLER_TONE, OPERATOR_TONE)
        assert centre.do("listen", **wish) == ("done", None), "once more is no second call"
        talk.comes_to_hear(phone, CALLER_TONE, OPERATOR_TONE)
        talk.never_heard(talk.operator, SUPERVISOR_TONE)

        assert centre.do("whisper", **wish) == ("done", None)
        talk.comes_to_hear(talk.operator, CALLER_TONE, SUPERVISOR_TONE)
        time.sleep(1)
        talk.never_heard(talk.caller, SUPERVISOR_TONE)

        assert centre.do("barge", **wish) == ("done", None)
        talk.comes_to_hear(talk.caller, OPERATOR_TONE, SUPERVISOR_TONE)
        assert phone.state() == "talking", "one call all the time"

        [row] = supervision.running(centre.journal)
        assert (row.call, row.operator, row.telephone, row.who) == (talk.stream, OP1, OP3, "sari")
        assert until(lambda: [mode for _, mode in supervision.modes(centre.journal, row.supervision)][-1] == "barge")
        modes = [mode for _, mode in supervision.modes(centre.journal, row.supervision)]
        assert modes == ["listen", "listen", "whisper", "barge"]
        phone.hangup()
        assert until(lambda: supervision.running(centre.journal) == [])
        talk.comes_to_hear(talk.caller, OPERATOR_TONE)
        talk.comes_to_hear(talk.operator, CALLER_TONE)
    [over] = supervision.of_call(centre.journal, talk.stream)
    assert over.ended_at is not None and over.ended_at > over.started_at
    talk.end()
    sound, step = finished_recording(house, talk), RATE // 4
    loudest = max(strength(sound[n : n + step], SUPERVISOR_TONE) for n in range(0, len(sound) - step, step))
    assert loudest < LOUD / 10, "what a supervisor says is not recorded: docs/admin.md says so"
    assert [e.kind for e in centre.entries("call.") if e.kind in ("call.operator_joined", "call.conferenced")] == []


def test_when_the_talk_ends_the_supervisor_hears_no_more(house: Exchange, centre: Centre, talk: Talk) -> None:
    with house.softphone("op3", listen=True, hertz=SUPERVISOR_TONE) as phone:
        assert centre.do("listen", call=talk.stream, operator=OP3, target=OP1) == ("done", None)
        phone.await_state("ringing", 60)
        phone.accept()
        assert until(lambda: supervision.running(centre.journal))
        talk.end()
        phone.await_state("idle", 60)
    assert until(lambda: supervision.running(centre.journal) == [])


def test_a_supervisor_who_talks_himself_hears_nobody_else(house: Exchange, centre: Centre, talk: Talk) -> None:
    assert centre.do("member_add", operator=OP2) == ("done", None)
    with house.operator("op2", ring_s=0.1):
        other = house.caller(talk_s=None)
        centre.await_kind("call.answered", 2)
        answer = centre.do("listen", call=talk.stream, operator=OP2, target=OP1)
        assert answer == ("failed", "operator_busy")
        house.harness.try_action("Hangup", Channel="/^PJSIP/op2/")
        other.done()
    talk.end()
