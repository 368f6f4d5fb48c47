"""Writes the configuration of an exchange from the templates and a centre's settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from data.settings import Fault, SettingsInvalid
from data.store.ownership import give_to_owner
from telephony.asterisk.names import DIAL, OPERATOR, claim_queue
from telephony.asterisk.settings import Agency, ExchangeSettings, Operator, faults
from telephony.numbers import COUNTRY

TEMPLATES = Path(__file__).with_name("templates")

SECRET_FILES = frozenset({"manager.conf", "pjsip.conf"})
"""Files with secrets: written with mode 0640, the others with 0644."""

QUIET_EVENTS = (
    "ChannelTalkingStart",
    "ChannelTalkingStop",
    "ContactStatusDetail",
    "DialState",
    "LocalBridge",
    "LocalOptimizationBegin",
    "LocalOptimizationEnd",
    "MusicOnHoldStart",
    "MusicOnHoldStop",
    "NewAccountCode",
    "NewConnectedLine",
    "Load",
    "Unload",
)
"""Events of the classes that the bridge reads which say nothing about a call that another event does not say better."""

_PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")


def render(settings: ExchangeSettings, target: Path) -> list[Path]:
    """Write every file of the configuration into ``target`` (made when missing) and return their paths.

    ``settings.directories.etc`` is where Asterisk will look for them; the two differ when a configuration is prepared
    for another machine. Another file that stood there is kept beside ours: as NAME.before-siaga112 when nothing of the
    configuration was ours yet, else as NAME.old. Raises WrongUse with every fault of the settings, before anything is
    written; OSError when a file cannot be written. A file appears whole or not at all.
    """
    found = faults(settings)
    if found:
        raise SettingsInvalid([Fault("", text) for text in found], where="exchange settings")
    values = _values(settings)
    target.mkdir(parents=True, exist_ok=True)
    aside = ".old" if (target / "extensions_112.conf").exists() else ".before-siaga112"
    written = []
    for template in sorted(TEMPLATES.glob("*.conf")):
        text = _PLACEHOLDER.sub(lambda match: values[match[1]], template.read_text(encoding="utf-8"))
        path = target / template.name
        fresh = path.with_name(path.name + ".new")
        fresh.touch(mode=0o640)
        fresh.chmod(0o640 if path.name in SECRET_FILES else 0o644)
        fresh.write_text(text, encoding="utf-8")
        give_to_owner(fresh)  # root writes it, and the exchange, to whom its folder belongs, has to read it
        if path.exists() and path.read_bytes() != fresh.read_bytes():
            _keep(path, path.with_name(path.name + aside))
        fresh.replace(path)
        written.append(path)
    return written


def _keep(path: Path, aside: Path) -> None:
    """What somebody else wrote, or changed by hand, stays readable under another name, its rights included."""
    aside.unlink(missing_ok=True)
    os.link(path, aside)


def _values(s: ExchangeSettings) -> dict[str, str]:
    """What stands for each placeholder."""
    d = s.directories
    plain: dict[str, object] = {
        "SYSTEM": s.system,
        "LANGUAGE": s.language,
        "QUEUE": s.queue,
        "STRATEGY": s.strategy,
        "RING_S": s.ring_s,
        "CLAIM_RING_S": s.claim_ring_s,
        "SEAT_PATIENCE_S": s.seat_patience_s,
        "WRAPUP_S": s.wrapup_s,
        "PARK_S": s.park_s,
        "NUISANCE_S": s.nuisance_s,
        "COUNTRY": COUNTRY,
        "QUALIFY_S": s.qualify_s,
        "SILENCE_S": s.silence_s,
        "SILENCE_HOLD_S": 3600 if s.silence_s else 0,
        "SIP_BIND": s.sip_bind,
        "SIP_PORT": s.sip_port,
        "RTP_START": s.rtp_start,
        "RTP_END": s.rtp_end,
        "AMI_BIND": s.ami.bind,
        "AMI_PORT": s.ami.port,
        "AMI_SECRET": s.ami.secret,
        "AMI_DIAL_SECRET": s.ami.dial_secret,
        "ETC": d.etc,
        "MODULES": d.modules,
        "DATABASE": d.database,
        "KEYS": d.keys,
        "DATA": d.data,
        "AGI": d.agi,
        "SPOOL": d.spool,
        "RUN": d.run,
        "LOG": d.log,
        "SBIN": d.sbin,
        "CACHE": d.cache,
        "RECORDINGS": d.recordings,
        "PROMPTS": d.prompts,
        "MUSIC": d.music,
    }
    blocks = {
        "PERMIT": _lines(f"permit = {address}" for address in s.ami.permit),
        "FILTERS": _lines(f"eventfilter(action(exclude),name({event})) =" for event in QUIET_EVENTS),
        "TLS": _tls(s),
        "TRUNK_MATCH": _lines(f"match = {address}" for address in s.trunk.match),
        "TRUNK_PERMIT": _lines(f"permit = {address}" for address in s.trunk.match),
        "ARRIVALS": _arrivals(),
        "TRUNK_CONTACT": f"contact = {s.trunk.contact}" if s.trunk.contact else "; no contact: calls only come in",
        "ENDPOINTS": "\n".join([*map(_operator, s.operators), *(_agency(a) for a in s.agencies if a.contact)]),
        "CLAIM_QUEUES": "\n".join(map(_claim_queue, s.operators)),
        "CLAIM_NUMBERS": _lines(f"exten => {o.number},1,Goto({o.name},1)" for o in s.operators),
        "DIALS": _lines([*map(_dials_operator, s.operators), *map(_dials_agency, s.agencies)]),
        "OPERATORS": _lines(f"{OPERATOR}{o.name} = PJSIP/{o.name}" for o in s.operators),
        "TRANSFERS": "\n".join([*map(_transfer_operator, s.operators), *map(_transfer_agency, s.agencies)]),
        "DIRECT": "\n".join([*map(_direct_operator, s.operators), *map(_direct_agency, s.agencies)]),
    }
    return {key: str(value) for key, value in plain.items()} | blocks


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _arrivals() -> str:
    """Extensions for every called number of 1 to 20 digits, with and without +.

    Not ``_X!``, which would also match what the network can escape into a number (line ends, as for callers).
    """
    plain = [f"exten => _{'X' * digits},1,Goto(arrived,s,1)" for digits in range(1, 21)]
    return _lines([*plain, *(line.replace("_", "_+", 1) for line in plain)])


def _tls(s: ExchangeSettings) -> str:
    tls = s.ami.tls
    if tls is None:
        return "tlsenable = no"
    return _lines(
        (
            "tlsenable = yes",
            f"tlsbindaddr = {tls.bind}:{tls.port}",
            f"tlscertfile = {tls.certificate}",
            f"tlsprivatekey = {tls.key}",
            "tlsdisablev1 = yes",
            "tlsdisablev11 = yes",
        )
    )


def _operator(o: Operator) -> str:
    endpoint = [f"[{o.name}](operator)", f"aors = {o.name}", f'callerid = "{o.display or o.name}" <{o.number}>']
    address = [f"[{o.name}](operator-aor)"]
    if o.contact is not None:
        return _lines([*endpoint, *address, f"contact = {o.contact}", ""])
    login = [f"[{o.name}](operator-auth)", f"username = {o.name}", f"password = {o.secret}"]
    return _lines([*endpoint, f"auth = {o.name}", *address, *login, ""])


def _agency(a: Agency) -> str:
    address = (f"[{a.id}]", "type = aor", f"contact = {a.contact}")
    return _lines((f"[{a.id}](agency)", f"aors = {a.id}", *address, ""))


def _claim_queue(o: Operator) -> str:
    member = f"member => PJSIP/{o.name},0,{o.display or o.name},PJSIP/{o.name}"
    seat = f"member => Local/{o.name}@seat/n,0,{o.display or o.name},PJSIP/{o.name}"
    return _lines((f"[{claim_queue(o.name)}](claim)", member, f"[{claim_queue(o.name)}.seat](claim)", seat))


def _dials(name: str, number: str, dial: str) -> str:
    return _lines((f"{DIAL}{name} = {dial}", f"{DIAL}{number} = {dial}"))


def _dials_operator(o: Operator) -> str:
    return _dials(o.name, o.number, f"PJSIP/{o.name}")


def _dials_agency(a: Agency) -> str:
    return _dials(a.id, a.number, _agency_dial(a))


def _transfer(name: str, number: str, dial: str) -> str:
    return _lines(
        (
            f"exten => {name},1,Set(X112_TARGET={name})",
            f" same => n,Set(X112_DIAL={dial})",
            " same => n,Goto(transfer-to,s,1)",
            f"exten => {number},1,Goto({name},1)",
        )
    )


def _transfer_operator(o: Operator) -> str:
    return _transfer(o.name, o.number, f"PJSIP/{o.name}")


def _agency_dial(a: Agency) -> str:
    return f"PJSIP/{a.id}" if a.contact else f"PJSIP/{a.number}@trunk"


def _transfer_agency(a: Agency) -> str:
    return _transfer(a.id, a.number, _agency_dial(a))


def _direct_operator(o: Operator) -> str:
    return _lines((f"exten => {o.number},1,Dial(PJSIP/{o.name},30)", " same => n,Hangup()"))


def _direct_agency(a: Agency) -> str:
    return _lines((f"exten => {a.number},1,Dial({_agency_dial(a)},60)", " same => n,Hangup()"))
