"""The training PBX over real TCP."""

from __future__ import annotations

import csv
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telephony.link.packet import Packet, split
from telephony.replay import replay
from telephony.training import actions
from telephony.training.__main__ import main
from telephony.training.server import Endpoint, folder, run, told, wait_for


class Client:
    """A plain AMI client that keeps every byte."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._socket = socket.create_connection((endpoint.host, endpoint.port), timeout=60)
        self.raw, self._read, self._actions = b"", 0, 0
        self._rest = b""
        self.packets: list[Packet] = []

    def send(self, action: str, **keys: str) -> str:
        self._actions += 1
        id_ = f"t{self._actions}"
        lines = [f"Action: {action}", f"ActionID: {id_}", *(f"{key}: {value}" for key, value in keys.items())]
        self._socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        return id_

    def until(self, found: Callable[[Packet], bool], seconds: float = 60.0) -> Packet:
        end = time.monotonic() + seconds
        seen = 0
        while True:
            for packet in self.packets[seen:]:
                seen += 1
                if found(packet):
                    return packet
            self._socket.settimeout(max(0.01, end - time.monotonic()))
            data = self._socket.recv(65536)
            if not data:
                raise EOFError
            self.raw += data
            new, self._rest = split(self._rest + data)
            self.packets += new

    def ask(self, action: str, **keys: str) -> Packet:
        id_ = self.send(action, **keys)
        return self.until(lambda p: p.action_id == id_ and (p.response is not None or "Response:" in p.raw.decode()))

    def rows(self, action: str, **keys: str) -> list[Packet]:
        id_ = self.send(action, **keys)
        self.until(lambda p: p.action_id == id_ and p.get("EventList") == "Complete")
        return [p for p in self.packets if p.action_id == id_ and p.name and not p.get("EventList")]

    def event(self, name: str, seconds: float = 60.0) -> Packet:
        return self.until(lambda p: p.name == name, seconds)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Endpoint]]:
    stop, threads = threading.Event(), list[threading.Thread]()

    def begin(calls: int = 1, rate: float = 50.0, seed: int = 1) -> Endpoint:
        keys = {"calls": calls, "seed": seed, "rate": rate, "stop": stop}
        threads.append(threading.Thread(target=run, args=(tmp_path,), kwargs=keys))
        threads[-1].start()
        return wait_for(tmp_path, 60)

    yield begin
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def signed_in(endpoint: Endpoint, *telephones: str) -> Client:
    client = Client(endpoint)
    assert (
        client.ask("Login", Username=endpoint.user, Secret=endpoint.secret).get("Message") == "Authentication accepted"
    )
    for telephone in telephones:
        assert client.ask("QueueAdd", Queue="112", Interface=telephone).response == "Success"
    return client


def test_a_wrong_secret_is_refused_and_the_connection_ends(start: Callable[..., Endpoint]) -> None:
    endpoint = start()
    client = Client(endpoint)
    refused = client.ask("Login", Username=endpoint.user, Secret="wrong")
    assert refused.get("Message") == "Authentication failed"
    with pytest.raises(EOFError):
        client.event("FullyBooted")


def test_without_a_login_nothing_is_allowed(start: Callable[..., Endpoint]) -> None:
    client = Client(start())
    assert client.ask("CoreShowChannels").get("Message") == "Permission denied"


def test_the_secret_is_readable_by_the_owner_only(start: Callable[..., Endpoint], tmp_path: Path) -> None:
    start()
    assert (folder(tmp_path) / "pbx.json").stat().st_mode & 0o777 == 0o600


def test_it_greets_pings_and_says_goodbye_like_asterisk(start: Callable[..., Endpoint]) -> None:
    client = signed_in(start())
    assert client.raw.startswith(b"Asterisk Call Manager/11.0.0\r\n")
    client.event("FullyBooted")
    assert client.ask("Ping").get("Ping") == "Pong"
    assert client.ask("Nonsense").get("Message", "").startswith("Invalid/unknown command: Nonsense.")  # type: ignore[union-attr]
    listed = {name.lower() for name, value in client.ask("ListCommands").headers() if value == "(Priv: all)"}
    assert listed - {"login", "logoff", "events"} == set(actions._ACTIONS)
    assert client.ask("Logoff").response == "Goodbye"


def test_members_are_added_once_paused_and_removed(start: Callable[..., Endpoint]) -> None:
    client = signed_in(start(calls=0, rate=0.001), "PJSIP/op1")
    assert (
        client.ask("QueueAdd", Queue="112", Interface="PJSIP/op1").get("Message")
        == "Unable to add interface: Already there"
    )
    assert client.ask("QueuePause", Queue="112", Interface="PJSIP/op1", Paused="true", Reason="x").response == "Success"
    [member] = [row for row in client.rows("QueueStatus", Queue="112") if row.name == "QueueMember"]
    assert (member.get("Location"), member.get("Paused"), member.get("PausedReason")) == ("PJSIP/op1", "1", "x")
    assert client.ask("QueueRemove", Queue="112", Interface="PJSIP/op1").response == "Success"
    assert client.ask("QueueRemove", Queue="112", Interface="PJSIP/op1").get("Message", "").endswith("Not there")  # type: ignore[union-attr]
    assert (
        client.ask("QueuePause", Queue="112", Interface="PJSIP/op1", Paused="true").get("Message")
        == "Interface not found"
    )


def test_of_two_who_claim_a_call_one_gets_it(start: Callable[..., Endpoint]) -> None:
    client = signed_in(start(), "PJSIP/op1")
    joined = client.event("QueueCallerJoin")
    key, channel = joined.get("Uniqueid") or "", joined.get("Channel") or ""
    assert client.ask("Getvar", Channel=channel, Variable="X112_CALL").get("Value") == key
    withdraw = {"Queue": "112", "Caller": channel, "WithdrawInfo": "op1"}
    answers = [client.ask("QueueWithdrawCaller", **withdraw).response for _ in range(2)]
    assert answers == ["Success", "Error"]
    assert client.ask("Redirect", Channel=channel, Context="claimed", Exten="op1", Priority="1").response == "Success"
    assert client.event("AgentConnect").get("Interface") == "PJSIP/op1"
    talking = {row.get("BridgeId") for row in client.rows("CoreShowChannels")}
    assert len(talking) == 1
    assert client.ask("Hangup", Channel=channel, Cause="16").response == "Success"
    assert client.ask("Hangup", Channel=channel, Cause="16").get("Message") == "No such channel"


class CallTaker:
    """Takes the waiting callers one after another with one telephone, and hangs up as soon as they talk."""

    def __init__(self, client: Client, telephone: str) -> None:
        self._client, self._telephone = client, telephone
        self._waiting: dict[str, str] = {}
        self._with = self._asked = ""
        self._seen = 0

    def work(self) -> None:
        """Look at what is new and do the next thing."""
        self._client.ask("Ping")
        new = self._client.packets[self._seen :]
        self._seen = len(self._client.packets)
        for packet in new:
            who = packet.get("Uniqueid") or ""
            if packet.name == "QueueCallerJoin" and packet.get("Queue") == "112":
                self._waiting[who] = packet.get("Channel") or ""
                self._with = "" if who == self._with else self._with
            elif packet.name == "BridgeEnter" and who == self._with:
                self._client.ask("Hangup", Channel=packet.get("Channel") or "")
            elif packet.name == "Hangup":
                self._waiting.pop(who, None)
                self._with = "" if who == self._with else self._with
        if not self._with and self._waiting:
            who = next(iter(self._waiting))
            channel = self._waiting.pop(who)
            withdraw = {"Queue": "112", "Caller": channel, "WithdrawInfo": self._telephone}
            if self._client.ask("QueueWithdrawCaller", **withdraw).response == "Success":
                redirect = {"Channel": channel, "Context": "claimed", "Exten": self._telephone, "Priority": "1"}
                if self._client.ask("Redirect", **redirect).response == "Success":
                    self._with = who


def test_every_call_is_in_the_stream_the_records_and_the_stories(
    start: Callable[..., Endpoint], tmp_path: Path
) -> None:
    client = signed_in(start(calls=12, rate=30.0, seed=4), "PJSIP/op1", "PJSIP/op2")
    call_taker, until = CallTaker(client, "op1"), time.monotonic() + 60
    while not (folder(tmp_path) / "finished.json").exists():
        assert time.monotonic() < until
        call_taker.work()
        time.sleep(0.02)
    client.ask("Ping")
    file = tmp_path / "seen.ami"
    file.write_bytes(client.raw)
    calls = {record["linkedid"]: record for record in replay(file)}
    stories = told(tmp_path)
    assert [story.linkedid for story in stories] == list(calls)
    with (folder(tmp_path) / "Master.csv").open(encoding="utf-8", errors="surrogateescape", newline="") as cdr:
        rows = list(csv.reader(cdr))
    assert {row[19].rpartition("-")[2] for row in rows} == set(calls)
    answered = {row[19].rpartition("-")[2] for row in rows if row[14] == "ANSWERED"}
    assert answered == {linkedid for linkedid, record in calls.items() if record["outcome"] == "answered"}
    assert all(record["end_at"] for record in calls.values())
    assert json.loads((folder(tmp_path) / "finished.json").read_text()) == {"calls": 12}


def test_it_runs_as_a_process_of_its_own_and_ends_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "telephony.training", "--data", str(tmp_path), "--calls", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        endpoint = wait_for(tmp_path, 60)
        signed_in(endpoint, "PJSIP/op1").event("QueueCallerJoin")
    finally:
        process.terminate()
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"Traceback" not in complaints


def test_a_rate_of_nothing_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--rate", "0"]) == 2
    assert "--rate" in capsys.readouterr().err


def test_who_waits_for_a_pbx_that_does_not_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="did not start"):
        wait_for(tmp_path, 0.05)
