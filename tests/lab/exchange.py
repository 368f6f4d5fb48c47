"""A real Asterisk on free ports of 127.0.0.1, with the configuration that a centre installs."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from telephony.asterisk.names import CDR_FILE, CEL_FILE, QUEUE_LOG
from telephony.asterisk.settings import Operator
from tests.lab import records
from tests.lab.ami import AmiClient, AmiError
from tests.lab.places import tool
from tests.lab.process import Process
from tests.lab.records import CelRow, QueueLogRow
from tests.lab.scenarios import Location
from tests.lab.sip import CALLER_ADDRESS, PHONE_ADDRESS, Caller, SippOperator
from tests.lab.site import CALLER_TONE, MUSIC_TONE, OPERATOR_TONE, Site
from tests.lab.softphone import Softphone
from tests.lab.sounds import tone, write_wav

__all__ = ["CALLER_TONE", "MUSIC_TONE", "OPERATOR_TONE", "Exchange"]


class Exchange:
    """An exchange with ``operators`` telephones op1, op2, ... (numbers 101, 102, ...) and an agency ``damkar`` (113).

    Telephones given as :class:`Operator` (with a secret: they register) replace them. Use as a context manager.
    ``settings`` changes the rendered settings (``strategy="rrmemory"``, ...). As root it runs as the user ``nobody``,
    as a centre would not run it as root either.
    """

    queue = "112"
    ami_user = "siaga112"

    def __init__(
        self, operators: int | Sequence[Operator] = 4, system: str = "lab", tls: bool = False, **settings: object
    ) -> None:
        self._site = site = Site(operators, system, tls, settings)
        self.settings = site.settings
        self.folder, self.etc, self.log, self.recordings = site.folder, site.etc, site.log, site.recordings
        self.sip_port, self.ami_port, self.tls_port = site.sip_port, site.ami_port, site.tls_port
        self.phone_ports, self.network_port = site.phone_ports, site.network_port
        self.ami_secret, self.dial_secret = site.ami_secret, site.dial_secret
        self.certificate = site.certificate
        """Of AMI over TLS; self-signed, so it is its own authority."""
        self._binary = site.binary
        self._extras: list[Process] = []
        self._sessions: list[AmiClient] = []
        self._kept: AmiClient | None = None
        self._process: Process | None = None
        self.boot_ms = 0.0

    # -------------------------------------------------------------- running

    def start(self) -> None:
        """Start it and wait until it is fully booted. Raises RuntimeError with its log when it does not come up."""
        if self.running():
            return
        for stale in ("asterisk.ctl", "asterisk.pid"):
            (self.folder / "run" / stale).unlink(missing_ok=True)
        began = time.monotonic()
        argv: list[str | Path] = [tool("setpriv")]
        if threading.current_thread() is threading.main_thread():
            # Should the tests be killed, it goes too. (The signal comes when the starting *thread* ends.)
            argv += ["--pdeathsig", "KILL"]
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            argv += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        argv += ["--", self._binary, "-f", "-C", self.etc / "asterisk.conf"]
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        self._process = Process("asterisk", argv, self.folder / "asterisk.out", env=env)
        self._await_boot()
        self.boot_ms = (time.monotonic() - began) * 1000

    def _await_boot(self, timeout: float = 60.0) -> None:
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            try:
                with AmiClient(self.ami_port, "harness", self._site.harness_secret) as session:
                    session.event("FullyBooted", max(until - time.monotonic(), 0.1))
                    return
            except (OSError, TimeoutError):
                if not self.running():
                    break
                time.sleep(0.03)
        assert self._process is not None
        raise RuntimeError(f"Asterisk did not start: {self._process.output()[-3000:]}")

    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.running()

    @property
    def pid(self) -> int:
        """The process id of the running exchange."""
        assert self._process is not None
        return self._process.pid

    def kill9(self) -> None:
        """The exchange dies without a word; :meth:`start` brings it back."""
        self._close_sessions()
        assert self._process is not None
        self._process.kill9()

    def freeze(self) -> None:
        """SIGSTOP: sockets stay open and say nothing (a half-open link)."""
        os.kill(self.pid, signal.SIGSTOP)
        threads = list(Path(f"/proc/{self.pid}/task").iterdir())
        while not all("\nState:\tT" in (thread / "status").read_text() for thread in threads):
            time.sleep(0.005)

    def thaw(self) -> None:
        """Let a frozen exchange go on."""
        os.kill(self.pid, signal.SIGCONT)

    def restart_now(self) -> None:
        """``core restart now``, as an administrator does it: running calls are lost, the process id stays."""
        self._close_sessions()
        before = (self.folder / "run" / "asterisk.ctl").stat().st_mtime_ns
        self._cli("core restart now")
        until = time.monotonic() + 60
        control = self.folder / "run" / "asterisk.ctl"
        while not control.exists() or control.stat().st_mtime_ns == before:
            if time.monotonic() > until:
                raise RuntimeError("Asterisk did not restart")
            time.sleep(0.02)
        self._await_boot()

    def stop(self) -> None:
        """End the exchange in order (again startable)."""
        self._close_sessions()
        if self._process is not None:
            if self.running():
                self._cli("core stop now")
                try:
                    self._process.wait(20)
                except TimeoutError:
                    self._process.end()
            self._process.end()

    def _cli(self, command: str) -> str:
        out = subprocess.run(
            [str(self._binary), "-C", str(self.etc / "asterisk.conf"), "-rx", command],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
        return out.stdout

    def cli(self, command: str) -> str:
        """What Asterisk's own command line answers. Raises RuntimeError when the exchange is down."""
        if not self.running():
            raise RuntimeError("the exchange is down")
        return self._cli(command)

    def empty(self) -> bool:
        """Whether no channel is there, by the list: Asterisk may go on counting one that ended long ago."""
        return not self.cli("core show channels concise").strip()

    def clear(self, seconds: float = 60.0) -> None:
        """Everybody is hung up and signed out: where a test begins that shares the exchange with others.

        Raises TimeoutError when a channel stays.
        """
        self.harness.try_action("Hangup", Channel="/^(PJSIP|Local)/")
        self.sign_out(*(interface.removeprefix("PJSIP/") for interface in self.members()))
        deadline = time.monotonic() + seconds
        while not self.empty():
            if time.monotonic() > deadline:
                raise TimeoutError(self.cli("core show channels"))
            time.sleep(0.02)

    # -------------------------------------------------------------- AMI

    def ami(self, user: str = "harness", *, events: bool = True) -> AmiClient:
        """A new session as ``harness`` (everything), ``siaga112`` or ``siaga112-dial`` (as the centre has them)."""
        secret = {"harness": self._site.harness_secret, "siaga112": self.ami_secret, "siaga112-dial": self.dial_secret}[
            user
        ]
        session = AmiClient(self.ami_port, user, secret, events=events)
        self._sessions.append(session)
        return session

    @property
    def harness(self) -> AmiClient:
        """A session as harness that is kept until the exchange goes."""
        if self._kept is None or not self._kept.open:
            self._kept = self.ami("harness")
        return self._kept

    def _close_sessions(self) -> None:
        for session in self._sessions:
            session.close()
        self._sessions.clear()

    def sign_in(self, *endpoints: str, paused: bool = False) -> None:
        """Add telephones to the queue, as a console does at sign-in."""
        for endpoint in endpoints:
            interface = f"PJSIP/{endpoint}"
            self.harness.action(
                "QueueAdd",
                Queue=self.queue,
                Interface=interface,
                MemberName=endpoint,
                StateInterface=interface,
                Paused="true" if paused else "false",
            )

    def sign_out(self, *endpoints: str) -> None:
        """Take telephones out of the queue."""
        for endpoint in endpoints:
            self.harness.action("QueueRemove", Queue=self.queue, Interface=f"PJSIP/{endpoint}")

    def members(self) -> list[str]:
        """Interfaces of the queue's members."""
        return [
            p["Location"][0]
            for p in self.harness.action("QueueStatus", Queue=self.queue)
            if p.get("Event") == ["QueueMember"]
        ]

    def waiting(self, queue: str = "112") -> list[str]:
        """Channels that wait in the queue, in order."""
        entries = [p for p in self.harness.action("QueueStatus", Queue=queue) if p.get("Event") == ["QueueEntry"]]
        return [p["Channel"][0] for p in sorted(entries, key=lambda p: int(p["Position"][0]))]

    def claim(self, channel: str, operator: str, session: AmiClient | None = None) -> bool:
        """Put a waiting call through to an operator as the bridge does; False when somebody else was first."""
        session = session or self.harness
        try:
            session.action("QueueWithdrawCaller", Queue=self.queue, Caller=channel, WithdrawInfo=operator)
        except AmiError:
            return False
        session.action("Redirect", Channel=channel, Context="claimed", Exten=operator, Priority="1")
        return True

    # -------------------------------------------------------------- callers and telephones

    def caller(
        self,
        talk_s: float | None = 3.0,
        number: str = "+6281234567890",
        name: str | None = "Budi",
        dialled: str = "112",
        location: Location | None = None,
        *,
        press: tuple[tuple[float, str], ...] = (),
        headers: tuple[str, ...] = (),
        address: str = CALLER_ADDRESS,
        sound: bool = True,
        calls: int = 1,
        rate: float = 1.0,
    ) -> Caller:
        """Somebody calls now. He hangs up ``talk_s`` seconds after the exchange answered, which it does at once, so the
        waiting counts (None: he stays until the other side hangs up). ``press``: keys, (seconds after the one before,
        key). ``headers``: further lines of the INVITE; ``address``: where it comes from. With ``calls`` > 1 so many
        callers come, ``rate`` a second, each with a number of his own.
        """
        caller = Caller(
            self.folder / "sip",
            ("127.0.0.1", self.sip_port),
            talk_s=talk_s,
            number=number,
            name=name,
            dialled=dialled,
            location=location,
            sound=self.folder / "caller.al" if sound else None,
            press=press,
            headers=headers,
            address=address,
            calls=calls,
            rate=rate,
        )
        self._extras.append(caller)
        return caller

    def hang_up_on(self, *callers: Caller) -> None:
        """The exchange ends everything; each of the callers has had an orderly call."""
        for caller in callers:
            caller.answered()
        self.harness.try_action("Hangup", Channel="/^PJSIP/")
        for caller in callers:
            caller.done()

    def operator(
        self,
        endpoint: str = "op1",
        behaviour: str = "answer",
        *,
        ring_s: float = 0.2,
        talk_s: float = 2.0,
        transfer_to: str = "102",
        sound: bool = True,
    ) -> SippOperator:
        """A telephone (also the agency ``damkar``) by SIPp; behaviours: see :func:`tests.lab.scenarios.telephone`."""
        phone = SippOperator(
            self.folder / "sip",
            ("127.0.0.1", self.sip_port),
            endpoint=endpoint,
            address=(PHONE_ADDRESS, self.phone_ports[endpoint]),
            behaviour=behaviour,
            ring_s=ring_s,
            talk_s=talk_s,
            transfer_to=transfer_to,
            sound=self.folder / "operator.al" if sound else None,
        )
        self._extras.append(phone)
        return phone

    def network(self, behaviour: str = "answer", *, ring_s: float = 0.2, talk_s: float = 2.0) -> SippOperator:
        """The telephone network on the trunk's other side: takes calls that the exchange sends out (call-backs)."""
        far = SippOperator(
            self.folder / "sip",
            ("127.0.0.1", self.sip_port),
            endpoint="network",
            address=(CALLER_ADDRESS, self.network_port),
            behaviour=behaviour,
            ring_s=ring_s,
            talk_s=talk_s,
            transfer_to="102",
            sound=None,
        )
        self._extras.append(far)
        return far

    def softphone(
        self,
        endpoint: str = "op1",
        *,
        listen: bool = False,
        secret: str | None = None,
        hertz: int = OPERATOR_TONE,
        muted: bool = False,
        port: int | None = None,
    ) -> Softphone:
        """A telephone by baresip: rings, and answers by itself when the exchange asks for it; ``listen`` keeps what it
        hears, at the price of holding. It registers with the endpoint's secret when there is one (``secret``: another).
        ``hertz``: the pitch that it sends; ``muted``: it sends no sound at all. ``port``: where it stands, when that
        is not where the exchange looks for it. ``trunk`` is somebody in the telephone network, who dials 112 by
        :meth:`Softphone.command` (the trunk's ``match`` has to have 127.0.0.1).
        """
        sound = self.folder / "sip" / f"{hertz}.wav"
        if not sound.exists():  # baresip hangs up at the end of its sound
            write_wav(sound, tone(hertz, 1) * 300)
        phone = Softphone(
            self.folder / "sip",
            endpoint,
            port or (self.phone_ports[endpoint] if endpoint != "trunk" else self.network_port),
            self.sip_port,
            None if muted else sound,
            listen,
            secret or next((o.secret for o in self.settings.operators if o.name == endpoint), None),
        )
        self._extras.append(phone.process)
        return phone

    # -------------------------------------------------------------- what it wrote down

    def cel_rows(self) -> list[CelRow]:
        """The channel events so far."""
        return records.cel_rows(self.log / CEL_FILE)

    def queue_log(self) -> list[QueueLogRow]:
        """The queue's log so far."""
        return records.queue_log(self.log / QUEUE_LOG)

    def cdr_rows(self) -> list[dict[str, str]]:
        """The call detail records so far."""
        return records.cdr_rows(self.log / CDR_FILE)

    def recording_files(self) -> list[Path]:
        """All recordings so far."""
        return sorted(self.recordings.rglob("*.wav"))

    def complaints(self, ignore: Iterable[str] = ()) -> list[str]:
        """Warnings and errors in Asterisk's own log."""
        path = self.log / "messages.log"
        lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
        bad = [line for line in lines if " WARNING[" in line or " ERROR[" in line]
        return [line for line in bad if not any(word in line for word in ignore)]

    # -------------------------------------------------------------- context

    def close(self, *, keep: bool = False) -> None:
        """End callers, telephones and the exchange; remove the folder unless ``keep``."""
        for extra in reversed(self._extras):
            extra.end(1.0)
        self._extras.clear()
        if self._process is not None and self._process.running():
            os.kill(self._process.pid, signal.SIGCONT)
        self.stop()
        self._site.remove(keep_folder=keep)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
