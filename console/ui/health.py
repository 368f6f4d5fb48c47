"""How the parts of the centre are: exchanges and their bridges, hand-over service, alerts, record. Pure but for the
disk's free space."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from console.i18n import N_
from console.ui import words
from console.ui.office.views import ServiceRow
from data.administration import Alarm
from data.clock import SECOND, Micros
from data.side import ServiceState
from telephony.calls.queries import LinkRow
from telephony.reconciliation.projection import Last

SILENT_US = 5 * SECOND
"""A service that gives a sign of life each second and gave none for so long is taken for dead."""

FREE_BYTES = 2 * 1024**3
"""Below that the disk is nearly full (the doctor's limit)."""

ALARM_SHOWN_US = 12 * 3600 * SECOND
"""An alarm of the house is shown for so long."""

GOOD = frozenset({"linked", "running", "speaking"})

STATES = {
    "linked": N_("linked"),
    "running": N_("running"),
    "waiting": N_("cannot write, tries again"),
    "store_locked": N_("cannot write, tries again"),
    "disk_full": N_("disk full"),
    "speaking": N_("speaks"),
    "silent": N_("has no sound"),
    "starting": N_("starting"),
    "synchronising": N_("catching up"),
    "unlinked": N_("not linked"),
    "stopped": N_("stopped"),
    "recordings_unreachable": N_("the folder of recordings cannot be reached"),
    "recordings_full": N_("NO ROOM FOR RECORDINGS: calls go on unrecorded"),
    "recordings_low": N_("little room is left for recordings"),
}
"""Words for what services say of themselves; another word is shown as it is."""

ALARMS = {
    "disk_full": N_("disk full"),
    "backlog": N_("events pile up"),
    "link_lost": N_("link to the exchange lost"),
    "no_seats": N_("the telephones have no seats"),
    "last_ready": N_("the last ready telephone has no console"),
    "recordings_unreachable": N_("the folder of recordings cannot be reached"),
    "recordings_full": N_("NO ROOM FOR RECORDINGS: calls go on unrecorded"),
    "recordings_low": N_("little room is left for recordings"),
    "recording_missing": N_("a call was not recorded"),
    "recording_cut": N_("a recording is cut off"),
    "recording_short": N_("a recording is shorter than its call"),
    "nuisance_not_written": N_("flagged numbers cannot be written to the exchange"),
    "records_differ": N_("the record differs from the exchange's own"),
    "archive_unreadable": N_("the exchange's archive cannot be read"),
}


def services(
    at: Micros,
    *,
    exchanges: Sequence[str],
    links: Sequence[LinkRow],
    told: Sequence[ServiceState],
    directory: Path,
    entries: int,
    alarm: Alarm | None,
    reconciled: Sequence[tuple[str, Last]] = (),
) -> tuple[ServiceRow, ...]:
    """One row each part, in the same order always; what is broken says since when. ``reconciled``: exchanges with what
    came of holding the record against theirs the last time."""
    rows = [_exchange(name, [link for link in links if link.pbx == name]) for name in exchanges]
    for name in exchanges:
        mine = [each for each in told if each.name.startswith(f"bridge:{name}/")]
        rows += [_service(at, each) for each in mine] or [ServiceRow(f"bridge:{name}", "fail", N_("not running"))]
    handover = [each for each in told if each.name == "handover"]
    rows += [_service(at, each) for each in handover] or [ServiceRow("handover", "fail", N_("not running"))]
    rows += [_service(at, each) for each in told if each.name == "recordings"]
    rows += [_said(each) for each in told if each.name == "alerts"]
    rows.append(_record(directory, entries))
    rows += [_reconciled(name, last) for name, last in reconciled]
    if alarm is not None and at - alarm.at <= ALARM_SHOWN_US:
        params = (("what", alarm.what), ("detail", alarm.detail or ""))
        rows.append(ServiceRow("alarm", "fail", N_("{what} {detail}"), params, alarm.at))
    return tuple(rows)


def _exchange(name: str, links: Sequence[LinkRow]) -> ServiceRow:
    seen = [link for link in links if link.linked]
    if seen:
        return ServiceRow(f"exchange:{name}", "ok", N_("seen"), (), min(link.since for link in seen))
    if not links:
        return ServiceRow(f"exchange:{name}", "fail", N_("never seen"))
    last = max(links, key=lambda link: link.since)
    return ServiceRow(f"exchange:{name}", "fail", N_("NOT SEEN {reason}"), (("reason", last.reason or ""),), last.since)


def _service(at: Micros, each: ServiceState) -> ServiceRow:
    """A service that gives a sign of life each second."""
    if each.state == "stopped":
        return ServiceRow(each.name, "fail", N_("stopped"), (), each.seen_at)
    if at - each.seen_at > SILENT_US:
        return ServiceRow(each.name, "fail", N_("NO SIGN OF LIFE"), (), each.seen_at)
    return _said(each)


def _said(each: ServiceState) -> ServiceRow:
    level = "ok" if each.state in GOOD else "warn"
    return ServiceRow(each.name, level, N_("{state} {detail}"), (("state", each.state), ("detail", each.detail or "")))


def _reconciled(name: str, last: Last) -> ServiceRow:
    """Whether the record agreed with the exchange's own; ``siaga112 reconcile`` names each difference."""
    params = (("calls", last.result.calls), ("differences", last.result.differences))
    if last.result.differences:
        text = N_("{differences} DIFFERENCES in {calls} calls: siaga112 reconcile")
        return ServiceRow(f"reconcile:{name}", "warn", text, params, last.at)
    return ServiceRow(f"reconcile:{name}", "ok", N_("{calls} calls as the exchange has them"), params, last.at)


def _record(directory: Path, entries: int) -> ServiceRow:
    free = shutil.disk_usage(directory).free
    params = (("entries", entries), ("free", words.decimal(free / 1024**3)))
    if free < FREE_BYTES:
        return ServiceRow("record", "warn", N_("{entries} entries, DISK NEARLY FULL: {free} GiB free"), params)
    return ServiceRow("record", "ok", N_("{entries} entries, {free} GiB free"), params)
