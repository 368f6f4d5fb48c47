"""Callers and telephones by SIPp: real SIP and real sound, no privilege needed."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from tests.lab import scenarios
from tests.lab.places import tool
from tests.lab.ports import free_ports
from tests.lab.process import Process
from tests.lab.scenarios import Location

CALLER_ADDRESS = "127.0.0.2"
"""Where the trunk's calls come from: not the telephones' address, so that the exchange tells them apart as in life."""
PHONE_ADDRESS = "127.0.0.1"


_TRACED = ["-trace_msg", "-message_overwrite", "false"]


def _quoted(name: str | None) -> str:
    """A display name as it stands in a From header (RFC 3261 quoted-string); what is hostile in it stays."""
    if name is None:
        return ""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '" '


class _Sipp(Process):
    """One SIPp process."""

    def __init__(self, name: str, folder: Path, scenario: str, address: str, port: int, more: list[str]) -> None:
        stem = f"{name}-{port}-{time.monotonic_ns()}"
        script = folder / f"{stem}.xml"
        script.write_text(scenario, encoding="utf-8")
        self._marks = folder / f"{stem}.marks"
        self._errors = folder / f"{stem}.err"
        self.message_file = folder / f"{stem}.msg"
        self.address, self.port = address, port
        argv = [
            tool("sipp"),
            "-sf",
            script,
            "-i",
            address,
            "-p",
            port,
            "-mi",
            address,
            "-mp",
            free_ports(4),
            "-cp",
            free_ports(),
        ]
        argv += [
            "-aa",
            "-nostdin",
            "-trace_logs",
            "-log_file",
            self._marks,
            "-trace_err",
            "-error_file",
            self._errors,
            "-message_file",
            self.message_file,
        ]
        argv += more
        super().__init__(name, [str(word) for word in argv], folder / f"{stem}.log")

    def marks(self) -> list[str]:
        """What the scenario noted: ``answered``, ``hangs up``, ``was hung up on``."""
        if not self._marks.exists():
            return []
        return [line.strip() for line in self._marks.read_text("utf-8", "replace").splitlines() if line.strip()]

    def errors(self) -> str:
        """SIPp's own complaints."""
        return self._errors.read_text("utf-8", "replace") if self._errors.exists() else ""

    def await_mark(self, mark: str, timeout: float = 60.0) -> None:
        """Wait until the scenario noted ``mark``. Raises TimeoutError with SIPp's complaints."""
        until = time.monotonic() + timeout
        while mark not in self.marks():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name}: not {mark!r} within {timeout} s; {self.errors()[-800:]}")
            time.sleep(0.02)

    def await_socket(self, timeout: float = 60.0) -> None:
        """Wait until SIPp has its port, so that nothing is sent to nobody."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try:
                    probe.bind((self.address, self.port))
                except OSError:
                    return
            if not self.running():
                break
            time.sleep(0.02)
        raise TimeoutError(f"{self.name} did not start: {self.errors()[-400:]}{self.output()[-400:]}")


class Caller(_Sipp):
    """One or more callers on the trunk."""

    def __init__(
        self,
        folder: Path,
        target: tuple[str, int],
        *,
        talk_s: float | None,
        number: str,
        name: str | None,
        dialled: str,
        location: Location | None,
        sound: Path | None,
        press: tuple[tuple[float, str], ...],
        headers: tuple[str, ...],
        address: str,
        calls: int,
        rate: float,
    ) -> None:
        keys = tuple((int(after * 1000), key) for after, key in press)
        scenario = scenarios.caller(
            talk_ms=None if talk_s is None else int(talk_s * 1000),
            location=location,
            sound=None if sound is None else str(sound),
            press=keys,
            headers=headers,
        )
        if calls > 1:  # every caller has a number of his own
            scenario = scenario.replace("[cnum]", "[cnum][call_number]")
        more = [
            "-s",
            dialled,
            "-key",
            "cnum",
            number,
            "-key",
            "cname",
            _quoted(name),
            "-m",
            str(calls),
            "-r",
            str(rate),
        ]
        limit = int(calls / rate + (talk_s or 0) + 120)
        # SIPp lets only a few calls last at once unless told; one caller's messages are kept, a crowd's are not.
        more += ["-l", str(calls + 1)] if calls > 1 else _TRACED
        more += ["-rp", "1000", "-timeout", f"{limit}s", f"{target[0]}:{target[1]}"]
        super().__init__("caller", folder, scenario, address, free_ports(2), more)

    def answered(self, timeout: float = 60.0) -> None:
        """Wait until the exchange answered (which it does before an operator does)."""
        self.await_mark("answered", timeout)

    def hang_up(self, timeout: float = 60.0) -> str | None:
        """He hangs up now (he has to be answered, alone, and done with pressing keys); returns :meth:`done`.

        For what has to be true before he goes: how long that takes is the machine's affair.
        """
        self.answered(timeout)
        request = (
            f"{scenarios.HANG_UP} sip:caller@{self.address}:{self.port} SIP/2.0",
            f"Via: SIP/2.0/UDP {PHONE_ADDRESS}:9;branch=z9hG4bK-hang-up",
            f"From: <sip:test@{PHONE_ADDRESS}>;tag=test",
            f"To: <sip:caller@{self.address}>",
            f"Call-ID: 1-{self.pid}@{self.address}",  # SIPp's own for its first call
            f"CSeq: 1 {scenarios.HANG_UP}",
            "Content-Length: 0",
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto("".join(f"{each}\r\n" for each in (*request, "")).encode(), (self.address, self.port))
        return self.done(timeout)

    def ended_by(self) -> str | None:
        """Who hung up: ``caller``, ``other``, or None while the call lasts."""
        marks = self.marks()
        return "caller" if "hangs up" in marks else "other" if "was hung up on" in marks else None

    def done(self, timeout: float = 60.0) -> str | None:
        """Wait for the end; returns :meth:`ended_by`. Raises AssertionError when SIPp counted a failed call."""
        status = self.wait(timeout)
        assert status == 0, f"caller: SIPp's exit status is {status}: {self.errors()[-1200:]}"
        return self.ended_by()


class SippOperator(_Sipp):
    """A call-taker's telephone that behaves the same way for every call, until it is ended."""

    def __init__(
        self,
        folder: Path,
        target: tuple[str, int],
        *,
        endpoint: str,
        address: tuple[str, int],
        behaviour: str,
        ring_s: float,
        talk_s: float,
        transfer_to: str,
        sound: Path | None,
    ) -> None:
        scenario = scenarios.telephone(
            behaviour,
            ring_ms=int(ring_s * 1000),
            talk_ms=int(talk_s * 1000),
            target=transfer_to,
            sound=None if sound is None else str(sound),
        )
        more = [*_TRACED, "-key", "me", endpoint, "-timeout", "900s", f"{target[0]}:{target[1]}"]
        super().__init__(f"telephone-{endpoint}", folder, scenario, *address, more)
        self.await_socket()

    def answers(self) -> int:
        """How many calls it has answered."""
        return self.marks().count("answered")
