"""Recordings and supervision by keys in real terminals, with real telephones; who hears what is checked by tones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from telephony.asterisk.settings import Trunk
from telephony.recordings import queries as recordings
from telephony.supervision import queries as supervision
from tests.e2e.centre import Centre
from tests.e2e.test_one_call import sign_in
from tests.e2e.tmux import Tmux
from tests.lab import Exchange
from tests.lab.site import CALLER_TONE, OPERATOR_TONE
from tests.lab.softphone import Softphone
from tests.real.test_listening import LOUD, SUPERVISOR_TONE, Talk

pytestmark = [pytest.mark.asterisk, pytest.mark.terminal]


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    with Exchange(trunk=Trunk(match=("127.0.0.1", "127.0.0.2"))) as exchange:
        opened = Centre(tmp_path, exchange, listening=True)
        opened.add("rina", "Rina", ("supervisor",))
        try:
            opened.serve()
            yield opened
        finally:
            opened.close()


def command(console: Tmux, words: str) -> None:
    """A line on the command line."""
    console.keys("F2")
    console.until(">")
    console.type(words)
    console.keys("Enter")


def test_a_call_is_muted_recalled_and_listened_to_by_keys(centre: Centre) -> None:
    exchange = centre.exchange
    phone = exchange.softphone("op1", listen=True)
    caller = exchange.softphone("trunk", listen=True, hertz=CALLER_TONE)
    third = exchange.softphone("op3", listen=True, hertz=SUPERVISOR_TONE)
    siti = sign_in(centre, "siti", "desk-1", r"\(call-taker\).*READY", columns=80, rows=24)
    rina = sign_in(centre, "rina", "desk-2", r"\(supervisor\)", columns=80, rows=24)

    def hears(who: Softphone, *tones: int) -> None:
        centre.until(lambda: Talk.pitches(who) == set(tones), f"{who.endpoint} hears {tones}")

    caller.command("dial", f"sip:112@127.0.0.1:{exchange.sip_port}")
    siti.until("RINGS HERE")
    siti.keys("F3")
    siti.until("TALKING")
    hears(caller, OPERATOR_TONE)
    hears(phone, CALLER_TONE)
    call = centre.entries("call.answered")[0].stream

    # The call-taker: not recorded, recorded again, and the last seconds once more, alone.
    command(siti, "bisu")
    siti.until("NOT RECORDED")
    command(siti, "rekam")
    siti.until_gone("NOT RECORDED")
    file = exchange.recording_files()[0]
    centre.until(lambda: file.stat().st_size > 60_000, "the exchange has written the beginning")
    before = len(caller.heard())
    command(siti, "ulang 30")
    hears(phone, CALLER_TONE, OPERATOR_TONE)
    hears(phone, CALLER_TONE)
    assert CALLER_TONE not in heard_since(caller, before)

    # The supervisor: listens, whispers, joins.
    rina.until(r"PJSIP/op1\s+Siti.*talking")
    rina.keys("l")
    rina.until("Which telephone is yours")
    rina.keys("2")  # 1 is op2
    third.await_state("ringing")
    third.accept()
    hears(third, CALLER_TONE, OPERATOR_TONE)
    rina.until("heard by Rina")
    assert SUPERVISOR_TONE not in heard_since(phone, 0) | heard_since(caller, 0)
    rina.keys("w")
    hears(phone, CALLER_TONE, SUPERVISOR_TONE)
    assert SUPERVISOR_TONE not in heard_since(caller, 0)
    rina.keys("b")
    hears(caller, OPERATOR_TONE, SUPERVISOR_TONE)
    rina.until("joined by Rina")
    third.hangup()
    rina.until_gone("joined by Rina")

    siti.keys("F9")
    siti.until("prank")
    siti.keys("p")
    caller.await_state("idle")

    # What the record says of it.
    row = centre.until(
        lambda: (r := recordings.recording(centre.journal, call)) and r.sha256 and r, "the recording's fingerprint"
    )
    assert (row.state, row.deleted_at) == ("whole", None)
    [(_, until)] = recordings.mutes(centre.journal, call)
    assert until is not None
    [access] = recordings.accesses(centre.journal, call)
    assert (access.who, access.how, access.seconds) == ("siti", "recall", 30)
    [heard] = supervision.of_call(centre.journal, call)
    assert (heard.who, heard.operator, heard.telephone) == ("rina", "PJSIP/op1", "PJSIP/op3")
    assert [mode for _, mode in supervision.modes(centre.journal, heard.supervision)] == ["listen", "whisper", "barge"]
    assert json.loads(centre.siaga("verify", "--recordings", "--json").stdout)["recordings"] == 1


def heard_since(phone: Softphone, sample: int) -> set[int]:
    """The tones in any quarter of a second since ``sample``."""
    from tests.lab.sounds import RATE, strength

    sound, step = phone.heard()[sample:], RATE // 4
    parts = [sound[n : n + step] for n in range(0, len(sound) - step, step)]
    tones = (CALLER_TONE, OPERATOR_TONE, SUPERVISOR_TONE)
    return {hertz for hertz in tones if any(strength(part, hertz) > LOUD / 10 for part in parts)}
