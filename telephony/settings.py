"""The [telephony] and [[pbx]] sections of the configuration file, checked whole: every fault is named."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from data.errors import WrongUse
from data.settings import Fault, SettingsInvalid, read_section
from telephony.nuisance.settings import Nuisance, read_nuisance

_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,60}\Z")
_PHONE = re.compile(r"[A-Za-z0-9]{1,20}/[A-Za-z0-9_.@:/-]{1,60}\Z")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}\Z")
_SEAT = re.compile(r"PJSIP/[a-z][a-z0-9_]{0,31}\Z")
_NUMBER = re.compile(r"[0-9*#]{1,20}\Z")


class Pbx(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange ([[pbx]]). Times are seconds."""

    name: str
    """Short name; part of every entry id and stream, so it never changes."""
    host: str = "127.0.0.1"
    port: int = 5038
    tls: bool = False
    ca: str | None = None
    """File of the authority that signed the exchange's certificate; None: the machine's own list."""
    tls_name: str | None = None
    """The name in the exchange's certificate when it isn't ``host``."""
    user: str = "siaga112"
    secret: str | None = None
    secret_file: str | None = None
    """A file that only its owner can read (0600) or a systemd credential; or ``secret``."""
    dial_user: str | None = None
    """A second AMI user that may only originate (siaga112-dial): for call-back and third parties; None: without."""
    dial_secret: str | None = None
    dial_secret_file: str | None = None
    queue: str = "112"
    intake_contexts: tuple[str, ...] = ("from-trunk",)
    """Dialplan contexts in which a caller of 112 arrives."""
    cel_file: str | None = None
    """Asterisk's channel event log (cel-custom/siaga112.csv below its log directory), when it is on this machine: calls
    that came while no bridge ran are then recovered from it."""
    recordings: str | None = None
    """The exchange's folder of recordings (``directories.recordings``), as this machine sees it: each recording then
    gets its fingerprint, can be recalled while the caller talks, and is deleted in time. None: it is not here."""
    claimed_context: str = "claimed"
    """Where a caller is sent who was chosen by an operator; the extension is the operator's number."""
    telephones: dict[str, str] = {}
    """Where the extension in ``claimed_context`` isn't the endpoint's own name: PJSIP/op1 -> 101."""
    seats: tuple[str, ...] = ()
    """Operators' telephones (PJSIP/op1, ...) that are called once and stay connected while their operator is signed in:
    a call is then taken without ringing. They must answer by themselves when asked to. Needs ``dial_user``."""
    connect_seconds: float = 5.0
    login_seconds: float = 5.0
    reply_seconds: float = 5.0
    ping_seconds: float = 1.0
    dead_seconds: float = 3.0
    """Silence after which the link is dead (a Ping goes out every ``ping_seconds``)."""
    retry_seconds: float = 0.25
    """First pause before a new attempt; it doubles up to ``retry_most_seconds``."""
    retry_most_seconds: float = 5.0
    packet_cap: int = 4 << 20
    """Bytes of the longest packet that is read."""

    def __repr__(self) -> str:
        return f"Pbx(name={self.name!r}, host={self.host!r}, port={self.port}, user={self.user!r})"

    def secret_value(self) -> str:
        """The secret itself. Raises WrongUse when its file can't be read or others may read it."""
        if self.secret is not None:
            return self.secret
        path = Path(self.secret_file or "")
        problem = _secret_file_fault(path)
        if problem:
            raise WrongUse(problem, where=str(path))
        return path.read_text("utf-8").strip()

    def telephone(self, interface: str) -> str | None:
        """The extension of ``claimed_context`` that rings the telephone ``interface`` (PJSIP/op1 -> op1).

        None when that is no telephone.
        """
        if not _PHONE.match(interface):
            return None
        endpoint = interface.partition("/")[2]
        return self.telephones.get(interface, endpoint if _TOKEN.match(endpoint) else None)


class Telephony(msgspec.Struct, frozen=True, kw_only=True):
    """The [telephony] section and its exchanges. Times are seconds."""

    pbx: tuple[Pbx, ...] = ()
    vanish_seconds: float = 15.0
    """A console without a sign of life for so long gets its telephone paused (never the last one ready)."""
    claim_seconds: float = 10.0
    """A command that was claimed and not finished for so long is looked into by another bridge."""
    snapshot_seconds: float = 60.0
    """How often the exchange's own picture is compared with the journal while the link is up."""
    wrap_up_seconds: int = 30
    """How long a telephone is left alone after a call without an outcome; 0: not at all."""
    mute_seconds: float = 120.0
    """After so long a muted recording goes on by itself."""
    keep_days: int = 0
    """Days after which a recording is deleted (its fingerprint stays); 0: never."""
    recordings_free_mb: int = 1024
    """Below so much free space (MiB) where recordings lie there is an alarm."""
    backlog: int = 20_000
    """Packets waiting to be worked on before an alarm is written."""
    nuisance: Nuisance = Nuisance()
    """The [nuisance] section."""


_WHOLE_NUMBERS = (
    ("wrap_up_seconds", 0, 600),
    ("keep_days", 0, 36_500),
    ("recordings_free_mb", 0, 10**9),
    ("backlog", 100, 10**7),
)


def read_telephony(table: Mapping[str, Any], pbxs: Any = None, nuisance: Mapping[str, Any] | None = None) -> Telephony:
    """The settings from the parsed ``[telephony]`` and ``[nuisance]`` tables and the ``[[pbx]]`` list.

    Raises SettingsInvalid with every fault found.
    """
    faults: list[Fault] = []
    found: list[Pbx] = []
    if pbxs is None or pbxs == []:
        faults.append(Fault("pbx", "at least one [[pbx]] is needed"))
    elif not isinstance(pbxs, list):
        faults.append(Fault("pbx", "is a list of tables: [[pbx]]"))
    else:
        for number, each in enumerate(pbxs):
            pbx = read_section(Pbx, each, f"pbx.{number}", faults)
            if pbx is not None:
                _check_pbx(pbx, f"pbx.{number}", faults)
                found.append(pbx)
        names = [pbx.name for pbx in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        faults.extend(Fault("pbx", f"two exchanges are called {name!r}") for name in twice)
        _check_telephones(found, faults)
    if "nuisance" in table:
        faults.append(Fault("telephony.nuisance", "is a section of its own: [nuisance]"))
    own = {k: v for k, v in table.items() if k not in ("pbx", "nuisance")}
    telephony = read_section(Telephony, own, "telephony", faults)
    lowered = Nuisance()
    try:
        lowered = read_nuisance(nuisance or {})
    except SettingsInvalid as invalid:
        faults.extend(invalid.faults)
    if telephony is not None:
        seconds = ("vanish_seconds", "claim_seconds", "snapshot_seconds", "mute_seconds")
        _positive(telephony, seconds, "telephony", faults)
        faults.extend(
            Fault(f"telephony.{name}", f"is between {least} and {most}")
            for name, least, most in _WHOLE_NUMBERS
            if not least <= getattr(telephony, name) <= most
        )
    if faults or telephony is None:
        raise SettingsInvalid(faults)
    return msgspec.structs.replace(telephony, pbx=tuple(found), nuisance=lowered)


def _check_telephones(found: list[Pbx], faults: list[Fault]) -> None:
    """Desks and reports know a telephone by its name alone, whatever exchange it belongs to."""
    owner: dict[str, str] = {}
    for pbx in found:
        for interface in pbx.telephones:
            if owner.setdefault(interface, pbx.name) != pbx.name:
                why = f"{interface} is a telephone of {owner[interface]!r} too: give each a name of its own (op1, op11)"
                faults.append(Fault(f"pbx.{found.index(pbx)}.telephones", why))


def _check_pbx(pbx: Pbx, path: str, faults: list[Fault]) -> None:
    def fault(field: str, message: str) -> None:
        faults.append(Fault(f"{path}.{field}", message))

    _tokens(pbx, ("name", "user", "queue", "claimed_context"), fault)
    for context in pbx.intake_contexts:
        if not _TOKEN.match(context):
            fault("intake_contexts", f"{context!r} is no context of a dialplan")
    if not pbx.intake_contexts:
        fault("intake_contexts", "is empty: no call would be seen as a call")
    if pbx.dial_user is not None and not _TOKEN.match(pbx.dial_user):
        fault("dial_user", "consists of letters, digits, . _ - (at most 60)")
    for interface, number in pbx.telephones.items():
        if not _PHONE.match(interface):
            fault("telephones", f"{interface!r} is no interface such as PJSIP/op1")
        if not _NUMBER.match(number):
            fault("telephones", f"{interface}: {number!r} is no telephone number")
    for interface in pbx.seats:
        if not _SEAT.match(interface):
            fault("seats", f"{interface!r} is no operator's telephone such as PJSIP/op1")
    if pbx.seats and pbx.dial_user is None:
        fault("seats", "need dial_user and dial_secret: the bridge calls the telephones")
    _check_address(pbx, fault)
    _check_secrets(pbx, fault)
    _check_paths(pbx, fault)
    seconds = tuple(name for name in pbx.__struct_fields__ if name.endswith("_seconds"))
    _positive(pbx, seconds, path, faults)
    if pbx.dead_seconds < 2 * pbx.ping_seconds:
        fault("dead_seconds", "is at least twice ping_seconds")
    if pbx.retry_most_seconds < pbx.retry_seconds:
        fault("retry_most_seconds", "is not less than retry_seconds")


def _check_paths(pbx: Pbx, fault: Callable[[str, str], None]) -> None:
    for name in ("cel_file", "recordings"):
        path = getattr(pbx, name)
        if path is not None and not Path(path).is_absolute():
            fault(name, "is an absolute path")


def _check_address(pbx: Pbx, fault: Callable[[str, str], None]) -> None:
    if not _HOST.match(pbx.host):
        fault("host", "is no host name or address")
    if not 1 <= pbx.port <= 65535:
        fault("port", "is between 1 and 65535")
    if not 65536 <= pbx.packet_cap <= 2**30:
        fault("packet_cap", "is at least 65536 and at most 1073741824")
    if pbx.ca is not None and not _is_file(pbx.ca):
        fault("ca", f"there is no file {pbx.ca}")
    if pbx.tls_name and not _HOST.match(pbx.tls_name):
        fault("tls_name", "is no name that a certificate can have")
    if (pbx.ca or pbx.tls_name) and not pbx.tls:
        fault("ca" if pbx.ca else "tls_name", "is only used with tls = true")


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _tokens(pbx: Pbx, names: tuple[str, ...], fault: Callable[[str, str], None]) -> None:
    for name in names:
        if not _TOKEN.match(getattr(pbx, name)):
            fault(name, "consists of letters, digits, . _ - (at most 60)")


def _check_secrets(pbx: Pbx, fault: Callable[[str, str], None]) -> None:
    _check_secret(pbx, "", fault)
    if pbx.dial_user is not None:
        _check_secret(pbx, "dial_", fault)
    elif pbx.dial_secret is not None or pbx.dial_secret_file is not None:
        fault("dial_user", "is needed with a dial_secret")


def _check_secret(pbx: Pbx, prefix: str, fault: Callable[[str, str], None]) -> None:
    name, name_of_file = f"{prefix}secret", f"{prefix}secret_file"
    secret, file = getattr(pbx, name), getattr(pbx, name_of_file)
    if (secret is None) == (file is None):
        fault(name, f"exactly one of {name} and {name_of_file} is needed")
    elif file is not None:
        problem = _secret_file_fault(Path(file))
        if problem:
            fault(name_of_file, problem)
    elif not secret.strip() or not secret.isprintable():
        fault(name, "is empty or holds control characters")


def _secret_file_fault(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        return f"can't be read: {error}"
    if stat.S_IMODE(mode) & 0o077:
        return f"may be read by others (mode {stat.S_IMODE(mode):04o}; chmod 600)"
    if not text or not text.isprintable():
        return "holds no secret of one line"
    return None


def _positive(settings: msgspec.Struct, names: tuple[str, ...], path: str, faults: list[Fault]) -> None:
    wrong = (name for name in names if not 0 < getattr(settings, name) < 86_400)
    faults.extend(Fault(f"{path}.{name}", "is more than 0 and less than a day (seconds)") for name in wrong)
