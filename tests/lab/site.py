"""The folder, ports, secrets and configuration of one exchange, before it is started."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from telephony.asterisk.render import render
from telephony.asterisk.settings import Agency, Ami, Directories, ExchangeSettings, Operator, Tls, Trunk
from tests.lab import sounds
from tests.lab.places import library, program, tool
from tests.lab.ports import Lease
from tests.lab.sip import CALLER_ADDRESS

CALLER_TONE, OPERATOR_TONE, MUSIC_TONE = 400, 700, 1100
"""Hertz of what each party sends, so that a recording shows who was heard."""

RTP_PORTS = 400
"""Ports for sound: a hundred calls at once."""

_HARNESS = """
; ---- only in the lab: sees everything, may do everything
[harness]
secret = {secret}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/32
read = all
write = all
writetimeout = 10000
"""


class Site:
    """Everything that lies ready for one Asterisk. Telephones stand at fixed addresses unless they have a secret."""

    def __init__(
        self, operators: int | Sequence[Operator], system: str, tls: bool, changes: Mapping[str, object]
    ) -> None:
        self.binary = program("asterisk")
        self._ports = Lease()
        self.folder = Path(tempfile.mkdtemp(prefix="siaga112-lab-"))
        try:
            f = self.folder
            self.etc, self.log, self.recordings = f / "etc", f / "log", f / "recordings"
            self.certificate = f / "ami.crt"
            self.sip_port, self.ami_port = self._ports.take(2), self._ports.take()
            self.network_port = self._ports.take(2)
            self.tls_port = self._ports.take() if tls else None
            count = operators if isinstance(operators, int) else 0
            names = [f"op{n}" for n in range(1, count + 1)] or [o.name for o in operators]  # type: ignore[union-attr]
            self.phone_ports = {name: self._ports.take(2) for name in [*names, "damkar"]}
            self.ami_secret, self.dial_secret = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
            self.harness_secret = secrets.token_urlsafe(18)
            self.settings = self._settings(operators, system, changes)
            self._lay_out()
        except BaseException:
            self.remove()
            raise

    def remove(self, *, keep_folder: bool = False) -> None:
        """Give the ports back and remove the folder (SIAGA112_KEEP_LAB=1 keeps it, to look into)."""
        self._ports.release()
        if not keep_folder and not os.environ.get("SIAGA112_KEEP_LAB"):
            shutil.rmtree(self.folder)

    def _contact(self, name: str) -> str:
        return f"sip:{name}@127.0.0.1:{self.phone_ports[name]}"

    def _settings(
        self, operators: int | Sequence[Operator], system: str, changes: Mapping[str, object]
    ) -> ExchangeSettings:
        if isinstance(operators, int):
            operators = [
                Operator(name=f"op{n}", number=f"{100 + n}", display=f"Operator {n}", contact=self._contact(f"op{n}"))
                for n in range(1, operators + 1)
            ]
        tls = None
        if self.tls_port is not None:
            key = str(self.folder / "ami.key")
            tls = Tls(bind="127.0.0.1", port=self.tls_port, certificate=str(self.certificate), key=key)
        rtp = self._ports.take_sound(RTP_PORTS)
        network = f"sip:{CALLER_ADDRESS}:{self.network_port}"
        plain = ExchangeSettings(
            system=system,
            trunk=Trunk(match=(CALLER_ADDRESS,), contact=network),
            ami=Ami(secret=self.ami_secret, dial_secret=self.dial_secret, port=self.ami_port, tls=tls),
            operators=tuple(operators),
            agencies=(Agency(id="damkar", number="113", contact=self._contact("damkar")),),
            directories=self._directories(),
            sip_bind="127.0.0.1",
            sip_port=self.sip_port,
            rtp_start=rtp,
            rtp_end=rtp + RTP_PORTS - 1,
            qualify_s=0,
            language="en",
        )
        made = msgspec.structs.replace(plain, **changes)
        trunk = msgspec.structs.replace(made.trunk, contact=made.trunk.contact or network)
        return msgspec.structs.replace(made, trunk=trunk)

    def _directories(self) -> Directories:
        f, root = self.folder, self.binary.parent.parent
        return Directories(
            etc=str(self.etc),
            modules=str(library(root) / "asterisk" / "modules"),
            data=str(root / "usr/share/asterisk"),
            database=str(f / "lib"),
            cache=str(f / "cache"),
            keys=str(f / "lib"),
            agi=str(f / "agi"),
            spool=str(f / "spool"),
            run=str(f / "run"),
            log=str(self.log),
            sbin=str(root / "bin"),
            recordings=str(self.recordings),
            music=str(f / "music"),
            prompts=str(f / "prompts"),
        )

    def _lay_out(self) -> None:
        f = self.folder
        for name in ("cache", "lib", "agi", "spool/outgoing", "spool/monitor", "run", "music", "prompts", "sip"):
            (f / name).mkdir(parents=True)
        for path in (self.log / "cdr-csv", self.log / "cel-custom", self.recordings):
            path.mkdir(parents=True)
        (self.recordings / "recall").mkdir()
        render(self.settings, self.etc)
        with (self.etc / "manager.conf").open("a", encoding="utf-8") as manager:
            manager.write(_HARNESS.format(secret=self.harness_secret))
        sounds.write_wav(f / "music" / "tone.wav", sounds.tone(MUSIC_TONE, 4))
        sounds.write_wav(f / "prompts" / "silent.wav", sounds.tone(900, 1))
        sounds.write_wav(f / "operator.wav", sounds.tone(OPERATOR_TONE, 4))
        (f / "caller.al").write_bytes(sounds.alaw(sounds.tone(CALLER_TONE, 2)))
        (f / "operator.al").write_bytes(sounds.alaw(sounds.tone(OPERATOR_TONE, 2)))
        if self.tls_port is not None:
            self._make_certificate()
        f.chmod(0o755)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (f, *f.rglob("*")):
                if path != f / "sip":
                    os.chown(path, nobody.pw_uid, nobody.pw_gid)
        (self.recordings / "recall").chmod(0o2770)  # the bridge's files there belong to the exchange's group

    def _make_certificate(self) -> None:
        words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext"]
        files = ["-keyout", str(self.folder / "ami.key"), "-out", str(self.certificate)]
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        subprocess.run([tool("openssl"), *words, names, *files], check=True, capture_output=True)
