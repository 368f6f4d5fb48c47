"""What the machine, the network and the exchange's administrator do to a bridge: nothing is lost or told twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.store.ballast import SIZE
from telephony.asterisk.names import CEL_FILE
from telephony.calls import queries
from tests.lab import Exchange
from tests.real.bridge_process import ROOT, Centre, until
from tests.real.proxy import Proxy

pytestmark = [pytest.mark.asterisk, pytest.mark.fault]


@pytest.fixture
def centre(exchange: Exchange, tmp_path: Path) -> Iterator[Centre]:
    with Centre(tmp_path, exchange.ami_port, exchange.ami_secret) as made:
        yield made


class SmallDisk:
    """A centre on a disk of some megabytes, in a process of its own (see :mod:`tests.real.full_disk`)."""

    def __init__(self, folder: Path, exchange: Exchange) -> None:
        disk = folder / "disk"
        disk.mkdir()
        namespace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        mount = f'mount -t tmpfs -o size={SIZE + (24 << 20)} none "$1" && exec "$@"'
        program = [sys.executable, "-m", "tests.real.full_disk", str(disk), str(exchange.ami_port), exchange.ami_secret]
        # ($1 is what sh mounts on, and not a word of the program.)
        script = mount.replace('exec "$@"', 'shift && exec "$@"')
        self._child = subprocess.Popen(
            [*namespace, "sh", "-c", script, "sh", str(disk), *program],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self._answer() == "linked"

    def ask(self, line: str) -> Any:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._child.stdout is not None
        return json.loads(self._child.stdout.readline())

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(60)


def test_on_a_full_disk_facts_wait_in_order_and_are_written_when_there_is_room(
    exchange: Exchange, tmp_path: Path
) -> None:
    disk = SmallDisk(tmp_path, exchange)
    try:
        assert disk.ask("fill") == 0
        exchange.caller(talk_s=2, number="+62801").done()
        assert disk.ask("ended 1"), "the reserve was given back, so that the shift goes on"
        assert "disk_full" in disk.ask("alarms")
        disk.ask("fill")  # and that is used up as well
        exchange.caller(talk_s=2, number="+62802").done()
        going_on = exchange.caller(talk_s=None, number="+62803")
        assert disk.ask("state linked") in ("disk_full", "silent")
        assert "+62802" not in disk.ask("stories")
        assert disk.ask("free")
        going_on.hang_up()
        assert disk.ask("ended 3")
        stories = disk.ask("stories")
        assert set(stories) == {"+62801", "+62802", "+62803"}
        for story in stories.values():
            assert (story[0], story.count("arrived"), story.count("ended")) == ("arrived", 1, 1)
            assert story.index("queued") < story.index("ended")
        assert disk.ask("ids"), "nothing was written twice"
        assert disk.ask("state disk_full silent") == "linked"
    finally:
        disk.close()


def test_a_link_that_is_reset_is_made_again_and_nothing_is_told_twice(exchange: Exchange, centre: Centre) -> None:
    with Proxy(exchange.ami_port) as proxy:
        centre.bridge(port=proxy.port)
        caller = exchange.caller(talk_s=None)
        centre.await_kind("call.queued")
        for times in range(2, 5):
            proxy.reset()
            centre.await_kind("pbx.linked", times)
        caller.hang_up()
        [ended] = centre.await_kind("call.ended")
    assert ended.body.evidence == "Hangup"  # type: ignore[attr-defined]
    assert centre.story(ended.stream).count("arrived") == 1


def test_a_reload_of_everything_changes_no_call_and_breaks_no_link(exchange: Exchange, centre: Centre) -> None:
    centre.bridge(cel_file=str(exchange.log / CEL_FILE))
    exchange.sign_in("op1")
    with exchange.operator("op1", ring_s=0.2):
        talking = exchange.caller(talk_s=None, number="+62801")
        centre.await_kind("call.answered")
        waiting = exchange.caller(talk_s=None, number="+62802")
        centre.await_kind("call.queued", 2)
        for module in ("", " app_queue.so", " res_pjsip.so", " cel_custom.so"):
            exchange.cli(f"module reload{module}")
        exchange.caller(talk_s=0.5, number="+62803").done()
        talking.hang_up()
        centre.await_kind("call.answered", 2)
        waiting.hang_up()
        centre.await_kind("call.ended", 3)
    outcomes = {call.number: call.outcome for call in centre.calls()}
    assert outcomes == {"+62801": "answered", "+62802": "answered", "+62803": "abandoned"}
    assert not centre.entries("pbx.restarted")
    assert not centre.entries("pbx.unlinked")
    assert [m.operator for m in queries.members(centre.journal)] == ["PJSIP/op1"]


def test_a_disk_on_which_every_write_takes_long_delays_the_facts_and_loses_none(
    exchange: Exchange, centre: Centre
) -> None:
    """The lock is held by others most of the time, as with a disk that is slow for all."""
    centre.bridge()
    holder = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, time, pathlib\nfrom data.store.lock import WriterLock\n"
         "lock = WriterLock(pathlib.Path(sys.argv[1]), 60)\nprint('slow', flush=True)\n"
         "while True:\n    lock.acquire()\n    time.sleep(0.8)\n    lock.release()",
         str(centre.folder / "lock")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "slow\n"
        exchange.caller(talk_s=2, calls=10, rate=5).done()
        centre.await_kind("call.ended", 10, seconds=180)
    finally:
        holder.kill()
        holder.wait()
    for call in centre.calls():
        story = centre.story(call.call)
        assert (story[0], story[-1], story.count("ended")) == ("arrived", "ended", 1), story
    assert not centre.entries("pbx.unlinked"), "the reader never waits for the disk"


def test_two_exchanges_with_one_journal_are_never_mixed_up(exchange: Exchange, centre: Centre) -> None:
    """The same telephone, the same queue, the same number: each call, member and command belongs to its exchange."""
    with Exchange(system="other") as second:
        first_pbx = dict(centre.pbx)
        centre.bridge()
        centre.pbx |= {"name": "smg", "port": second.ami_port, "secret": second.ami_secret}
        centre.bridge()
        centre.do("member_add", operator="PJSIP/op1")
        assert exchange.members() == ["PJSIP/op1"]
        assert second.members() == []
        exchange.sign_out("op1")
        here = exchange.caller(talk_s=None, number="+62801")
        there = second.caller(talk_s=None, number="+62801")
        centre.await_kind("call.queued", 2)
        by_pbx = {call.pbx: call for call in centre.calls()}
        assert set(by_pbx) == {first_pbx["name"], "smg"}
        with exchange.operator("op2", "desk"), second.operator("op2", "desk"):
            # A command for a call of the one is not done by the other, though it has a telephone of that name.
            assert centre.do("answer", call=by_pbx["pwk"].call, operator="PJSIP/op2") == ("done", None)
            [answered] = centre.await_kind("call.answered")
            assert answered.stream == by_pbx["pwk"].call
            there.hang_up()
            here.hang_up()
            ended = {entry.stream for entry in centre.await_kind("call.ended", 2)}
            assert ended == {call.call for call in by_pbx.values()}
        second.kill9()
        centre.await_kind("pbx.unlinked")
        assert until(
            lambda: {link.pbx: link.linked for link in queries.links(centre.journal)} == {"pwk": True, "smg": False}
        )
    outcomes = {call.pbx: call.outcome for call in centre.calls()}
    assert outcomes == {"pwk": "answered", "smg": "abandoned"}
