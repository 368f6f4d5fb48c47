"""``siaga112 doctor``: is this machine, this configuration and this exchange fit for a shift?"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from console import configuration
from console.main import data_option
from data.errors import SiagaError
from data.settings import SettingsInvalid

Finding = tuple[str, str, str]
"""level (ok, warn, fail), what, detail."""

FREE_BYTES = 2 * 1024**3
SLOW_FSYNC_MS = 20.0


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(data_directory: Path, as_json: bool) -> None:
    """Check machine, data directory, configuration, record and exchange. Exit 1 when something is broken."""
    failed = False
    for level, what, detail in _findings(data_directory):
        failed |= level == "fail"
        if as_json:
            click.echo(json.dumps({"level": level, "what": what, "detail": detail}))
        else:
            click.echo(f"{level:4}  {what:22} {detail}")
    sys.exit(1 if failed else 0)


def _findings(directory: Path) -> Iterator[Finding]:
    yield from _machine()
    yield from _directory(directory)
    try:
        settings = configuration.load(directory / configuration.FILE)
    except SettingsInvalid as invalid:
        for fault in invalid.faults:
            yield "fail", "configuration", str(fault)
        return
    except SiagaError as error:
        yield "fail", "configuration", str(error)
        return
    yield "ok", "configuration", str(directory / configuration.FILE)
    yield from _region(settings)
    yield from _record(directory)
    for pbx in settings.telephony.pbx:
        yield from _exchange(pbx)


def _machine() -> Iterator[Finding]:
    import pysqlite3  # noqa: PLC0415

    from data.store.connection import SAFE_SQLITE  # noqa: PLC0415

    yield "ok", "python", sys.version.split()[0]
    safe = pysqlite3.sqlite_version_info >= SAFE_SQLITE
    yield "ok" if safe else "fail", "sqlite", pysqlite3.sqlite_version
    voice = shutil.which("espeak-ng")
    yield ("ok", "speech", voice) if voice else ("warn", "speech", "espeak-ng is not installed: alerts are not spoken")


def _directory(directory: Path) -> Iterator[Finding]:
    if not directory.is_dir():
        yield "fail", "data directory", f"{directory} does not exist: siaga112 setup"
        return
    mode = directory.stat().st_mode & 0o777
    private = mode & 0o077 == 0
    yield (
        "ok" if private else "fail",
        "data directory",
        f"{directory} (mode {mode:04o}{'' if private else ': chmod 700'})",
    )
    free = shutil.disk_usage(directory).free
    yield "ok" if free > FREE_BYTES else "warn", "disk", f"{free / 1024**3:.1f} GiB free"
    median = _fsync_ms(directory)
    detail = f"{median:.2f} ms a durable write (median of 20)"
    yield "ok" if median < SLOW_FSYNC_MS else "warn", "disk speed", detail


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
        yield "fail", "region", str(error)
        return
    faults = check_pack(path)
    for fault in faults[:20]:
        yield "fail", "region", str(fault)
    if not faults:
        yield "ok", "region", settings.centre.region


def _record(directory: Path) -> Iterator[Finding]:
    from console.compose import open_journal  # noqa: PLC0415
    from data.administration import users  # noqa: PLC0415

    try:
        with open_journal(directory) as journal:
            admins = [u.login for u in users(journal) if "admin" in u.roles and not u.disabled]
            yield "ok", "record", f"{journal.head()[0]} entries (siaga112 verify checks them all)"
            yield ("ok" if admins else "fail"), "admins", ", ".join(admins) or "none: siaga112 setup"
    except SiagaError as error:
        yield "fail", "record", str(error)


def _exchange(pbx: object) -> Iterator[Finding]:
    from telephony.link.connection import Connection  # noqa: PLC0415
    from telephony.link.errors import LinkError  # noqa: PLC0415
    from telephony.link.inbox import Inbox  # noqa: PLC0415
    from telephony.settings import Pbx  # noqa: PLC0415

    assert isinstance(pbx, Pbx)
    where = f"exchange {pbx.name}"
    connection = Connection(pbx, Inbox())
    try:
        connection.open()
        settings = connection.action("CoreSettings").wait()
        yield "ok", where, f"logged in at {pbx.host}:{pbx.port}, Asterisk {settings.get('AsteriskVersion') or '?'}"
        entries = [p for p in connection.action("QueueStatus", Queue=pbx.queue).events() if p.name == "QueueParams"]
        yield (
            ("ok" if entries else "fail"),
            where,
            (f"queue {pbx.queue}" if entries else f"it has no queue {pbx.queue!r}"),
        )
    except (LinkError, SiagaError) as error:
        yield "fail", where, str(error)
    finally:
        connection.disconnect()
