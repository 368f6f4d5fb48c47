"""What a centre says about its exchange; checked whole, every fault named, before a line is written."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from data.errors import WrongUse
from data.settings import Fault, SettingsInvalid, read_section
from data.text import safe_line
from telephony.asterisk.names import HELD_QUEUE, is_claim_queue

STRATEGIES = ("ringall", "rrmemory", "leastrecent", "fewestcalls", "linear")


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A call-taker's telephone: ``name`` is the endpoint (op1), ``number`` what colleagues dial (101).

    With ``secret`` the telephone registers; with ``contact`` (a SIP URI) it stands at a fixed address.
    """

    name: str
    number: str
    display: str = ""
    secret: str | None = None
    contact: str | None = None


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """The line from the telephone network (an SBC): ``match`` are the addresses it sends from, ``contact`` where it
    takes calls (a SIP URI without a user), for call-backs and agencies."""

    match: tuple[str, ...]
    contact: str | None = None


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that calls are transferred to: ``id`` as in our records, ``number`` dialled on the trunk, or
    ``contact`` (a SIP URI) of its own."""

    id: str
    number: str
    contact: str | None = None


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """AMI over TLS 1.2 and newer, for a bridge on another machine."""

    bind: str
    port: int
    certificate: str
    key: str


class Ami(msgspec.Struct, frozen=True, kw_only=True):
    """The manager interface: ``secret`` of the bridge's user, ``dial_secret`` of the user that may only start calls.

    ``permit`` are addresses (CIDR) that may log in.
    """

    secret: str
    dial_secret: str
    port: int = 5038
    bind: str = "127.0.0.1"
    permit: tuple[str, ...] = ("127.0.0.1/32",)
    tls: Tls | None = None


class Directories(msgspec.Struct, frozen=True, kw_only=True):
    """Where Asterisk keeps things; the defaults are those of its own installation."""

    etc: str = "/etc/asterisk"
    modules: str = "/usr/lib/asterisk/modules"
    data: str = "/var/lib/asterisk"
    database: str = "/var/lib/asterisk"
    cache: str = "/var/cache/asterisk"
    keys: str = "/var/lib/asterisk"
    agi: str = "/var/lib/asterisk/agi-bin"
    spool: str = "/var/spool/asterisk"
    run: str = "/run/asterisk"
    log: str = "/var/log/asterisk"
    sbin: str = "/usr/sbin"
    recordings: str = "/var/spool/asterisk/siaga112"
    music: str = "/var/lib/asterisk/moh"
    prompts: str = "/var/lib/asterisk/sounds/siaga112"


class ExchangeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange. ``system`` is in every Uniqueid, so that two exchanges never give the same one."""

    system: str
    trunk: Trunk
    ami: Ami
    operators: tuple[Operator, ...]
    agencies: tuple[Agency, ...] = ()
    directories: Directories = Directories()
    queue: str = "112"
    strategy: str = "ringall"
    ring_s: int = 20
    claim_ring_s: int = 6
    seat_patience_s: int = 20
    wrapup_s: int = 0
    park_s: int = 120
    nuisance_s: int = 45
    qualify_s: int = 5
    silence_s: int = 0
    sip_bind: str = "0.0.0.0"  # noqa: S104 - telephones and trunk come from outside; AMI does not
    sip_port: int = 5060
    rtp_start: int = 10000
    rtp_end: int = 20000
    language: str = "id"


_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_SYSTEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")
_QUEUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,31}\Z")
_NUMBER = re.compile(r"\+?[0-9]{2,20}\Z")
_SECRET = re.compile(r"[A-Za-z0-9_.~+/=-]{12,128}\Z")
_PATH = re.compile(r"/[A-Za-z0-9_.+@ /-]*\Z")
_ADDRESS = re.compile(r"[0-9A-Za-z.:-]{1,253}(/[0-9]{1,3})?\Z")
_URI = re.compile(r"sips?:([A-Za-z0-9_.+-]{1,64}@)?[0-9A-Za-z.-]{1,253}(:[0-9]{1,5})?(\Z)")
_DISPLAY = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029;\[\]{}\"<>$\\,#=|&^()@]{0,60}\Z")
_LANGUAGE = re.compile(r"[a-z]{2}(_[A-Z]{2})?\Z")

RESERVED = frozenset({"trunk", "default", "global", "udp", "s", "h", "i", "t", "operator", "agency", "anonymous"})
"""Names that mean something else in the configuration."""


def faults(settings: ExchangeSettings) -> list[str]:
    """Every fault of ``settings``, each a sentence that names the field; empty when all is well.

    Values end up in configuration files whose syntax knows ``;``, brackets, ``=>`` and line ends: what could act
    there is refused here, so that rendering needs no quoting.
    """
    return list(_faults(settings))


def _faults(s: ExchangeSettings) -> Iterator[str]:
    yield from _texts(s)
    yield from _numbers(s)
    names = [o.name for o in s.operators] + [a.id for a in s.agencies]
    numbers = [o.number for o in s.operators] + [a.number for a in s.agencies]
    for what, values in (("name", names), ("number", numbers)):
        for value in sorted({v for v in values if values.count(v) > 1}):
            yield f"{what} {value!r} is used twice"
    for name in names:
        if name in RESERVED:
            yield f"the name {name!r} means something else in the configuration"
    for operator in s.operators:
        if (operator.secret is None) == (operator.contact is None):
            yield f"operators.{operator.name}: give either a secret (it registers) or a contact (a fixed address)"
    if s.queue == HELD_QUEUE or is_claim_queue(s.queue):
        yield f"queue: {s.queue!r} means something else in the configuration"
    if not s.operators:
        yield "operators: a centre needs at least one telephone"
    if not s.trunk.match:
        yield "trunk.match: name the addresses that calls come from"
    for agency in s.agencies:
        if agency.contact is None and s.trunk.contact is None:
            yield f"agencies.{agency.id}: needs a contact, or a trunk with a contact to dial {agency.number} on"
    if s.ami.secret == s.ami.dial_secret:
        yield "ami.dial_secret: must differ from ami.secret, so that one of them alone opens little"


def _texts(s: ExchangeSettings) -> Iterator[str]:
    checks: list[tuple[str, str, re.Pattern[str]]] = [
        ("system", s.system, _SYSTEM),
        ("queue", s.queue, _QUEUE),
        ("language", s.language, _LANGUAGE),
        ("sip_bind", s.sip_bind, _ADDRESS),
        ("ami.bind", s.ami.bind, _ADDRESS),
        ("ami.secret", s.ami.secret, _SECRET),
        ("ami.dial_secret", s.ami.dial_secret, _SECRET),
    ]
    for where, addresses in (("ami.permit", s.ami.permit), ("trunk.match", s.trunk.match)):
        for address in addresses:
            if not _is_network(address):
                yield f"{where}: {address[:60]!r} is no IP address or network"
    if s.trunk.contact is not None:
        checks.append(("trunk.contact", s.trunk.contact, _URI))
        if "@" in s.trunk.contact:
            yield "trunk.contact: without a user, the number that is dialled comes before the @"
    if s.ami.tls is not None:
        tls = s.ami.tls
        checks += [("ami.tls.bind", tls.bind, _ADDRESS)]
        checks += [("ami.tls.certificate", tls.certificate, _PATH), ("ami.tls.key", tls.key, _PATH)]
    for o in s.operators:
        checks += [("operators.name", o.name, _NAME), ("operators.number", o.number, _NUMBER)]
        checks += [(f"operators.{o.name}.display", o.display, _DISPLAY)]
        if safe_line(o.display) != o.display:
            yield f"operators.{o.name}.display: holds characters that a screen must not be given"
        checks += [(f"operators.{o.name}.secret", o.secret, _SECRET)] if o.secret is not None else []
        checks += [(f"operators.{o.name}.contact", o.contact, _URI)] if o.contact is not None else []
    for a in s.agencies:
        checks += [("agencies.id", a.id, _NAME), ("agencies.number", a.number, _NUMBER)]
        checks += [(f"agencies.{a.id}.contact", a.contact, _URI)] if a.contact is not None else []
    for field in Directories.__struct_fields__:
        checks.append((f"directories.{field}", getattr(s.directories, field), _PATH))
    for where, value, pattern in checks:
        if not pattern.match(value):
            shown = "(not shown)" if "secret" in where else repr(value[:60])
            yield f"{where}: {shown} {_MEANING[pattern]}"


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "%" not in text


def _numbers(s: ExchangeSettings) -> Iterator[str]:
    ports = {"sip_port": s.sip_port, "rtp_start": s.rtp_start, "rtp_end": s.rtp_end, "ami.port": s.ami.port}
    if s.ami.tls is not None:
        ports["ami.tls.port"] = s.ami.tls.port
    for where, port in ports.items():
        if not 1 <= port <= 65535:
            yield f"{where}: {port} is no port (1 to 65535)"
    if s.rtp_end - s.rtp_start < 20:
        yield "rtp_end: a range of at least 20 ports is needed, a call takes 4"
    if s.strategy not in STRATEGIES:
        yield f"strategy: {s.strategy!r} is none of {', '.join(STRATEGIES)}"
    for where, value, low, high in (
        ("ring_s", s.ring_s, 3, 120),
        ("claim_ring_s", s.claim_ring_s, 2, 30),
        ("seat_patience_s", s.seat_patience_s, 5, 600),
        ("wrapup_s", s.wrapup_s, 0, 600),
        ("park_s", s.park_s, 3, 3600),
        ("nuisance_s", s.nuisance_s, 1, 45),
        ("qualify_s", s.qualify_s, 0, 3600),
        ("silence_s", s.silence_s, 0, 3600),
    ):
        if not low <= value <= high:
            yield f"{where}: {value} is not between {low} and {high} seconds"


_MEANING: dict[re.Pattern[str], str] = {
    _NAME: "is no name (a small letter, then at most 31 small letters, digits or _)",
    _SYSTEM: "is no name (letters, digits, _ and -, at most 32)",
    _QUEUE: "is no name of a queue (letters, digits and _, at most 32)",
    _NUMBER: "is no telephone number (2 to 20 digits, + allowed in front)",
    _SECRET: "must have 12 to 128 letters, digits or _ . ~ + / = -",
    _PATH: "is no absolute path of letters, digits, blanks and _ . + @ -",
    _ADDRESS: "is no address",
    _URI: "is no SIP URI (sip:user@host:port)",
    _DISPLAY: "holds a character that acts in a configuration file, or more than 60 characters",
    _LANGUAGE: "is no language (id, en)",
}


def load(path: Path) -> ExchangeSettings:
    """The settings in a TOML file. Raises WrongUse naming the file and what is wrong with it (exit status 2)."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WrongUse(error.strerror or str(error), where=str(path)) from error
    except UnicodeDecodeError:
        raise WrongUse("is no text in UTF-8", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"is no TOML: {error}", where=str(path)) from error
    found: list[Fault] = []
    settings = _read(tables, found)
    if settings is None or found:
        raise SettingsInvalid(found, where=str(path))
    return settings


def _read(tables: dict[str, Any], found: list[Fault]) -> ExchangeSettings | None:
    """Each section by itself, so that no fault hides another; a setting that there is not is a fault, too."""
    values = dict(tables)
    for name, kind in (("trunk", Trunk), ("ami", Ami), ("directories", Directories)):
        if name in tables:
            values[name] = read_section(kind, tables[name], name, found) or tables[name]
    for name, row in (("operators", Operator), ("agencies", Agency)):
        if isinstance(rows := tables.get(name), list):
            values[name] = [read_section(row, each, f"{name}.{at}", found) or each for at, each in enumerate(rows)]
    broken = {fault.path.partition(".")[0] for fault in found}
    own: list[Fault] = []
    settings = read_section(ExchangeSettings, values, "exchange", own)
    for fault in own:
        setting = fault.path.removeprefix("exchange.")
        if setting not in broken:
            found.append(Fault(setting, fault.message))
    return settings
