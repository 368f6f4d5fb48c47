"""``siaga112 doctor``: is this machine, this configuration and this exchange fit for a shift?"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from console import configuration
from console.i18n import N_
from console.main import data_option
from data.errors import SiagaError
from data.settings import SettingsInvalid

if TYPE_CHECKING:
    from telephony.link.connection import Connection


class Finding(NamedTuple):
    """``level``: ok, warn or fail; ``what`` was looked at; ``template`` and ``params`` make the sentence.

    The command line says it in English; a screen translates ``what`` and ``template``.
    """

    level: str
    what: str
    template: str
    params: Mapping[str, object] = {}

    @property
    def detail(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.params) if self.params else self.template


VALUE = "{value}"
"""The template of a finding that is only a value, or a sentence of somebody else."""


FREE_BYTES = 2 * 1024**3
SLOW_FSYNC_MS = 20.0


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(data_directory: Path, as_json: bool) -> None:
    """Check machine, data directory, configuration, record and exchange. Exit 1 when something is broken."""
    failed = False
    for found in findings(data_directory):
        failed |= found.level == "fail"
        if as_json:
            click.echo(json.dumps({"level": found.level, "what": found.what, "detail": found.detail}))
        else:
            click.echo(f"{found.level:4}  {found.what:22} {found.detail}")
    sys.exit(1 if failed else 0)


def findings(directory: Path, *, exchanges: bool = True) -> Iterator[Finding]:
    """Everything that is looked at, one after the other; ``exchanges``: also log in to each exchange."""
    yield from _machine()
    yield from _directory(directory)
    try:
        settings = configuration.load(directory / configuration.FILE)
    except SettingsInvalid as invalid:
        for fault in invalid.faults:
            yield _value("fail", N_("configuration"), fault)
        return
    except SiagaError as error:
        yield _value("fail", N_("configuration"), error)
        return
    yield _value("ok", N_("configuration"), directory / configuration.FILE)
    yield from _region(settings)
    yield from _record(directory)
    for pbx in settings.telephony.pbx:
        yield _archive(pbx)
        yield _recordings(pbx)
        if exchanges:
            yield from exchange(pbx)


def _value(level: str, what: str, value: object) -> Finding:
    return Finding(level, what, VALUE, {"value": str(value)})


def _machine() -> Iterator[Finding]:
    import pysqlite3  # noqa: PLC0415

    from data.store.connection import SAFE_SQLITE  # noqa: PLC0415

    yield _value("ok", N_("python"), sys.version.split()[0])
    safe = pysqlite3.sqlite_version_info >= SAFE_SQLITE
    yield _value("ok" if safe else "fail", N_("sqlite"), pysqlite3.sqlite_version)
    voice = shutil.which("espeak-ng")
    if voice:
        yield _value("ok", N_("speech"), voice)
    else:
        yield Finding("warn", N_("speech"), N_("espeak-ng is not installed: alerts are not spoken"))


def _directory(directory: Path) -> Iterator[Finding]:
    if not directory.is_dir():
        yield Finding("fail", N_("data directory"), N_("{path} does not exist: siaga112 setup"), {"path": directory})
        return
    mode = directory.stat().st_mode & 0o777
    private = mode & 0o077 == 0
    template = N_("{path} (mode {mode})") if private else N_("{path} (mode {mode}: chmod 700)")
    yield Finding(
        "ok" if private else "fail", N_("data directory"), template, {"path": directory, "mode": f"{mode:04o}"}
    )
    free = shutil.disk_usage(directory).free
    gib = {"free": f"{free / 1024**3:.1f}"}
    yield Finding("ok" if free > FREE_BYTES else "warn", N_("disk"), N_("{free} GiB free"), gib)
    try:
        median = _fsync_ms(directory)
    except OSError as error:
        yield _value("fail", N_("disk speed"), f"{error.filename or directory}: {error.strerror}")
        return
    template = N_("{median} ms a durable write (median of 20)")
    level = "ok" if median < SLOW_FSYNC_MS else "warn"
    yield Finding(level, N_("disk speed"), template, {"median": f"{median:.2f}"})


def _fsync_ms(directory: Path) -> float:
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        times = []
        for _ in range(20):
            file.write(b"x" * 512)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _region(settings: configuration.Configuration) -> Iterator[Finding]:
    from console.compose import region_path  # noqa: PLC0415
    from data.pack.check import check_pack  # noqa: PLC0415

    try:
        path = region_path(settings.centre.region)
    except SiagaError as error:
        yield _value("fail", N_("region"), error)
        return
    faults = check_pack(path)
    for fault in faults[:20]:
        yield _value("fail", N_("region"), fault)
    if not faults:
        yield _value("ok", N_("region"), settings.centre.region)


def _record(directory: Path) -> Iterator[Finding]:
    from console.compose import open_journal  # noqa: PLC0415
    from data.administration import users  # noqa: PLC0415

    try:
        with open_journal(directory) as journal:
            admins = [u.login for u in users(journal) if "admin" in u.roles and not u.disabled]
            template = N_("{count} entries (siaga112 verify checks them all)")
            yield Finding("ok", N_("record"), template, {"count": journal.head()[0]})
            if admins:
                yield _value("ok", N_("admins"), ", ".join(admins))
            else:
                yield Finding("fail", N_("admins"), N_("none: siaga112 setup"))
    except SiagaError as error:
        yield _value("fail", N_("record"), error)


def _archive(pbx: object) -> Finding:
    """Whether what nobody saw can be made good: from the exchange's channel event log."""
    from telephony.settings import Pbx  # noqa: PLC0415

    assert isinstance(pbx, Pbx)
    where = f"archive of {pbx.name}"
    if pbx.cel_file is None:
        return Finding("warn", where, N_("cel_file is not set: calls that come while no bridge runs are not recovered"))
    path = {"path": pbx.cel_file}
    try:
        with Path(pbx.cel_file).open("rb"):
            return _value("ok", where, pbx.cel_file)
    except FileNotFoundError:
        # Asterisk makes it with the first call.
        return Finding("warn", where, N_("{path} is not there (yet): has this exchange had no call?"), path)
    except OSError as error:
        cannot = N_("{path} cannot be read, so gaps are not made good: {error}")
        return Finding("fail", where, cannot, path | {"error": error.strerror or str(error)})


def _recordings(pbx: object) -> Finding:
    """Whether recordings get their fingerprints, and whether an excerpt can be played to an operator."""
    from telephony.recordings.excerpts import FOLDER  # noqa: PLC0415
    from telephony.settings import Pbx  # noqa: PLC0415

    assert isinstance(pbx, Pbx)
    where = f"recordings of {pbx.name}"
    if pbx.recordings is None:
        return Finding("warn", where, N_("recordings is not set: they get no fingerprint and cannot be recalled"))
    folder = Path(pbx.recordings)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        return Finding("fail", where, N_("{path} is not there or cannot be read"), {"path": folder})
    excerpts = folder / FOLDER
    if not excerpts.is_dir() or not os.access(excerpts, os.W_OK | os.X_OK):
        cannot = N_("{path} is not there or cannot be written: nothing can be recalled (docs/admin.md)")
        return Finding("warn", where, cannot, {"path": excerpts})
    return _value("ok", where, folder)


def _dead_telephones(connection: Connection, where: str) -> Iterator[Finding]:
    """Whether it is noticed when a telephone dies in a talk."""
    from telephony.asterisk.names import CAN_GIVE_BACK  # noqa: PLC0415
    from telephony.bridge.lifesigns import asked_every  # noqa: PLC0415
    from telephony.seat import name_of  # noqa: PLC0415

    if connection.action("Getvar", Variable=CAN_GIVE_BACK).wait().get("Value") != "1":
        old = N_("its dialplan does not give back the caller of a telephone that dies: write its configuration anew")
        yield Finding("warn", where, old)
        return
    members = [p.get("StateInterface") or "" for p in connection.action("QueueStatus").events()]
    telephones = sorted({each for each in members if each.startswith("PJSIP/")})
    never = [each for each in telephones if asked_every(connection, name_of(each)) == 0]
    if never:
        unasked = N_("{telephones} are never asked whether they live, so a death in a talk is not noticed (qualify_s)")
        yield Finding("warn", where, unasked, {"telephones": ", ".join(never)})
    else:
        yield Finding("ok", where, N_("a telephone that dies in a talk is noticed"))


def exchange(pbx: object) -> Iterator[Finding]:
    """What is found by logging in to one exchange."""
    from telephony.link.connection import Connection  # noqa: PLC0415
    from telephony.link.errors import LinkError  # noqa: PLC0415
    from telephony.link.inbox import Inbox  # noqa: PLC0415
    from telephony.seat import dialplan_of  # noqa: PLC0415
    from telephony.settings import Pbx  # noqa: PLC0415

    assert isinstance(pbx, Pbx)
    where = f"exchange {pbx.name}"
    connection = Connection(pbx, Inbox())
    try:
        connection.open()
        settings = connection.action("CoreSettings").wait()
        yield Finding(
            "ok", where, N_("logged in at {host}:{port}, Asterisk {version}"),
            {"host": pbx.host, "port": pbx.port, "version": settings.get("AsteriskVersion") or "?"},
        )  # fmt: skip
        entries = [p for p in connection.action("QueueStatus", Queue=pbx.queue).events() if p.name == "QueueParams"]
        template = N_("queue {queue}") if entries else N_("it has no queue {queue}")
        yield Finding("ok" if entries else "fail", where, template, {"queue": pbx.queue})
        yield from _dead_telephones(connection, where)
        if pbx.seats:
            able = [connection.action("Getvar", Variable=dialplan_of(seat)).wait().get("Value") for seat in pbx.seats]
            without = [seat for seat, told in zip(pbx.seats, able, strict=True) if told != "1"]
            template = (
                N_("its dialplan has no seat for {seats}: write its configuration anew")
                if without
                else N_("seats of {seats}")
            )
            yield Finding("fail" if without else "ok", where, template, {"seats": ", ".join(without or pbx.seats)})
    except (LinkError, SiagaError) as error:
        yield _value("fail", where, error)
    finally:
        connection.disconnect()
