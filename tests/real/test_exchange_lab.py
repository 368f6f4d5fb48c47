"""The lab itself: what it starts it ends, and its telephones do what tests rely on."""

from __future__ import annotations

import re
import socket
import threading
import time
from pathlib import Path

import pytest

from telephony.asterisk.settings import Operator
from tests.lab import Exchange, ports, sounds
from tests.lab.ami import first
from tests.lab.exchange import CALLER_TONE, MUSIC_TONE
from tests.lab.waiting import until

pytestmark = pytest.mark.asterisk


def children() -> set[int]:
    """Processes that this one started and has not reaped."""
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


def test_nothing_is_left_of_an_exchange_with_calls_in_progress() -> None:
    before = children()
    with Exchange(operators=2) as exchange:
        exchange.sign_in("op1")
        exchange.operator("op1")
        phone = exchange.softphone("op2")
        exchange.caller(talk_s=None)
        exchange.harness.event("AgentConnect")
        started = children() - before
        assert len(started) == 4
        port, folder = exchange.ami_port, exchange.folder
        assert phone.process.running()
    assert children() == before, "no process and no zombie"
    assert not any(Path(f"/proc/{pid}").exists() for pid in started)
    assert not folder.exists()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_it_runs_as_an_ordinary_user(exchange: Exchange) -> None:
    status = Path(f"/proc/{exchange.pid}/status").read_text()
    (uids,) = [line for line in status.splitlines() if line.startswith("Uid:")]
    assert "0" not in uids.split()[1:]


def test_two_exchanges_stand_side_by_side(exchange: Exchange) -> None:
    with Exchange(operators=1, system="other") as other:
        other.caller(talk_s=0.5).done()
        exchange.caller(talk_s=0.5).done()
        assert {row.linkedid.split("-")[0] for row in other.cel_rows()} == {"other"}
        assert {row.linkedid.split("-")[0] for row in exchange.cel_rows()} == {"lab"}


def test_a_frozen_exchange_says_nothing_and_goes_on_when_thawed(exchange: Exchange) -> None:
    ami = exchange.ami("siaga112")
    exchange.freeze()
    with pytest.raises(TimeoutError):
        ami.action("Ping", 0.5)
    exchange.thaw()
    ami.action("Ping")


def test_an_exchange_started_again_in_a_thread_outlives_the_thread(exchange: Exchange) -> None:
    exchange.kill9()
    thread = threading.Thread(target=exchange.start)
    thread.start()
    thread.join()
    time.sleep(0.3)
    assert exchange.running()
    exchange.harness.action("Ping")


def test_many_callers_come_at_the_rate_asked_for_each_with_a_number_of_his_own(exchange: Exchange) -> None:
    crowd = exchange.caller(talk_s=2, number="+62812000", calls=6, rate=6)
    assert crowd.wait() == 0
    numbers = {row.number for row in exchange.cel_rows() if row.event == "CHAN_START"}
    assert numbers == {f"+62812000{n}" for n in range(1, 7)}


def test_a_telephone_registers_with_its_secret_rings_presses_keys_and_hears_the_caller() -> None:
    telephone = Operator(name="op1", number="101", secret="a-telephone-secret")
    with Exchange(operators=[telephone]) as exchange, exchange.softphone("op1", listen=True) as phone:
        assert until(lambda: "op1/sip:" in exchange.cli("pjsip show contacts")), phone.process.output()[-500:]
        exchange.sign_in("op1")
        caller = exchange.caller(talk_s=None)
        phone.await_state("ringing")
        phone.accept()
        phone.await_state("talking")
        phone.dtmf("5")
        assert first(exchange.harness.event("DTMFEnd", Digit="5"), "Channel").startswith("PJSIP/op1-")
        length = len(phone.heard())
        assert until(lambda: len(phone.heard()) > length + 2 * sounds.RATE)
        caller.hang_up()
        phone.await_state("idle")
        heard = phone.heard()
    assert sounds.strength(heard[-sounds.RATE :], CALLER_TONE) > 1000
    assert sounds.strength(heard, MUSIC_TONE) < 500, "the call-taker does not hear the waiting music"


def test_a_telephone_with_a_wrong_secret_does_not_register() -> None:
    with Exchange(operators=[Operator(name="op1", number="101", secret="a-telephone-secret")]) as exchange:
        phone = exchange.softphone("op1", secret="not-the-one-we-gave")
        assert until(lambda: re.search("40[13]", phone.process.output())), phone.process.output()[-500:]
        assert "op1/sip:" not in exchange.cli("pjsip show contacts")
        phone.close()


def test_ports_do_not_run_out_in_a_long_run_of_tests() -> None:
    for _ in range(400):
        lease = ports.Lease()
        lease.take_sound(400)
        assert lease.take(2) != ports.free_ports(4)
        lease.release()
    held = [ports.Lease() for _ in range(10)]  # two processes of tests share the range
    assert len({lease.take_sound(400) for lease in held}) == 10
    for lease in held:
        lease.release()
