"""A real softphone, baresip, driven over its control socket (netstrings of JSON)."""

from __future__ import annotations

import json
import re
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab.places import program
from tests.lab.ports import free_ports
from tests.lab.process import Process
from tests.lab.sounds import read_wav

_CONFIG = """\
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
audio_source {source}
audio_player {player}
audio_alert aufile,{folder}/alert.wav
audio_path {folder}
rtp_ports {rtp}-{rtp_end}
call_max_calls 4
call_hold_other_calls no
sip_autoanswer_beep no
"""


class Softphone:
    """baresip as the telephone of ``endpoint``: it rings, and answers by itself when Call-Info or Alert-Info say so.

    With ``secret`` it registers; otherwise it stands at its fixed address. With ``listen`` it keeps what it hears
    (:meth:`heard`), and can't hold calls then. Without ``sound`` it sends not a packet of it.
    """

    def __init__(
        self,
        folder: Path,
        endpoint: str,
        port: int,
        exchange_port: int,
        sound: Path | None,
        listen: bool = False,
        secret: str | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.folder = folder / f"baresip-{endpoint}-{time.monotonic_ns()}"
        self.folder.mkdir(mode=0o755)
        binary = program("baresip")
        self._control_port = free_ports()
        rtp = free_ports(92)
        config = _CONFIG.format(
            port=port,
            modules=binary.parent.parent / "usr/lib/baresip/modules",
            control=self._control_port,
            source="aubridge,silence" if sound is None else f"aufile,{sound}",
            # baresip 1.1.0 dies when a file is reopened after a hold, so what it hears is kept only when asked for.
            player=f"aufile,{self.folder}/heard.wav" if listen else "aubridge,nowhere",
            folder=self.folder,
            rtp=rtp,
            rtp_end=rtp + 90,
        )
        account = f"<sip:{endpoint}@127.0.0.1:{exchange_port};transport=udp>"
        login = "regint=0" if secret is None else f"auth_user={endpoint};auth_pass={secret};regint=60"
        options = f"{login};answermode=manual;sip_autoanswer=yes;audio_codecs=pcma"
        (self.folder / "config").write_text(config)
        (self.folder / "accounts").write_text(f"{account};{options}\n")
        (self.folder / "contacts").write_text("")
        self.process = Process(f"baresip-{endpoint}", [binary, "-f", self.folder], self.folder / "log")
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        self._replies: list[dict[str, Any]] = []
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        until = time.monotonic() + 60
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self._control_port), 1)
            except OSError:
                if time.monotonic() > until or not self.process.running():
                    raise RuntimeError(f"baresip did not start: {self.process.output()[-800:]}") from None
                time.sleep(0.05)
                continue
            connection.settimeout(0.05)
            return connection

    def _pump(self) -> None:
        """Take in what baresip said."""
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        if not data:
            raise RuntimeError(f"baresip closed its control socket: {self.process.output()[-800:]}")
        self._buffer += data
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            size = int(length)
            if len(rest) < size + 1:
                return
            message = json.loads(rest[:size].decode("utf-8", "replace"))
            self._buffer = rest[size + 1 :]
            (self._events if "event" in message else self._replies).append(message)

    def command(self, name: str, params: str = "", timeout: float = 60.0) -> str:
        """Give a command of baresip's menu; returns what it printed."""
        token = f"{name}-{time.monotonic_ns()}"
        request = {"command": name, "token": token} | ({"params": params} if params else {})
        text = json.dumps(request).encode()
        self._socket.sendall(b"%d:%s," % (len(text), text))
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            self._pump()
            for reply in self._replies:
                if reply.get("token") == token:
                    self._replies.remove(reply)
                    return str(reply.get("data", ""))
        raise TimeoutError(f"baresip did not answer {name!r}")

    def accept(self) -> None:
        """Take the ringing call."""
        self.command("accept")

    def hangup(self) -> None:
        """End the call (or refuse the ringing one)."""
        self.command("hangup")

    def hold(self) -> None:
        """Hold the call."""
        self.command("hold")

    def resume(self) -> None:
        """Resume the held call."""
        self.command("resume")

    def dtmf(self, key: str) -> None:
        """Press a key."""
        self.command("sndcode", key)

    def transfer(self, number: str) -> None:
        """Blind transfer by REFER."""
        self.command("transfer", number)

    def state(self) -> str:
        """``idle``, ``ringing``, ``talking`` or ``held``: what the telephone itself believes."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", self.command("listcalls"))
        if "ESTABLISHED" in text:
            return "held" if "(on hold)" in text else "talking"
        return "ringing" if "INCOMING" in text else "idle"

    def await_state(self, wanted: str, timeout: float = 60.0) -> None:
        """Wait for :meth:`state`. Raises TimeoutError."""
        until = time.monotonic() + timeout
        while (state := self.state()) != wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.endpoint} is {state}, not {wanted}, after {timeout} s")
            time.sleep(0.03)

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What baresip reported so far (CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, ...)."""
        self._pump()
        return [event for event in self._events if kind is None or event.get("type") == kind]

    def heard(self) -> list[int]:
        """Samples of what the call-taker heard (with ``listen``; such a telephone can't hold)."""
        path = self.folder / "heard.wav"
        return read_wav(path) if path.exists() else []

    def close(self) -> None:
        """Switch it off."""
        self._socket.close()
        self.process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
