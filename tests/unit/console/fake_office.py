"""What a supervisor and an admin see, without a journal: always the same, for pictures of their screens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from console.ui.audit import Wanted
from console.ui.office.views import (
    ChaseRow,
    EntryRow,
    ExportDone,
    ExportRow,
    Exports,
    ExportWish,
    FindingRow,
    LevelRow,
    OperatorRow,
    PackRow,
    ServiceRow,
    Supervision,
    UserRow,
)
from data.clock import SECOND
from tests.unit.console.fake_desk import NOW, waiting

MINUTE = 60 * SECOND


def _level(since: int, calls: int, answered: int, within: tuple[float, ...], after: int) -> LevelRow:
    return LevelRow(since, calls, answered, within, 2, after, 0, ghost=5, prank=11, open=2, lost=0)


class FakeOffice:
    """A centre on a busy morning."""

    def is_supervisor(self) -> bool:
        return True

    def supervision(self) -> Supervision:
        return Supervision(
            at=NOW,
            waiting=(
                waiting(ringing_for=("PJSIP/op1",)),
                waiting("call/pbx/2", number="", name="", ringing_for=(), since=NOW - 18 * SECOND),
            ),
            operators=(
                OperatorRow("budi", "Budi", "calltaker", "desk-1", "PJSIP/op1", "ready", since=NOW - 42 * MINUTE,
                            doing="ringing", call_since=NOW - 3 * SECOND, call_began=NOW - 7 * SECOND, calls=1),
                OperatorRow("siti", "Siti", "calltaker", "desk-2", "PJSIP/op2", "ready", since=NOW - 65 * MINUTE,
                            doing="talking", call_since=NOW - 95 * SECOND, call_began=NOW - 99 * SECOND, calls=1),
                OperatorRow("tono", "Tono", "calltaker", "desk-3", "PJSIP/op3", "paused", reason="sholat",
                            since=NOW - 9 * MINUTE),
                OperatorRow("wati", "Wati", "calltaker", "desk-4", "PJSIP/op4", "ready", since=NOW - 80 * MINUTE,
                            vanished=NOW - 40 * SECOND),
                OperatorRow("dewi", "Dewi", "dispatcher", "desk-5", ""),
            ),
            chase=(
                ChaseRow("i2", 18, "traffic", 2, "Jl. Veteran", "PSC 119", "acknowledgement", NOW - 90 * SECOND, True),
                ChaseRow("i6", 12, "tree", 3, "Jatiluhur", "BPBD", "en_route", NOW - 20 * MINUTE, True),
                ChaseRow("i1", 17, "fire_house", 1, "Nagri Kaler", "Damkar", "acknowledgement", NOW - 12 * SECOND,
                         False),
            ),
            hour=_level(NOW - 15 * MINUTE, 28, 9, (77.8, 88.9, 100.0), 1),
            shift=_level(NOW - 195 * MINUTE, 311, 64, (90.6, 96.9, 98.4), 4),
            services=(
                ServiceRow("exchange:pbx", "ok", "seen", (), NOW - 300 * MINUTE),
                ServiceRow("bridge:pbx", "ok", "{state} {detail}", (("state", "running"), ("detail", ""))),
                ServiceRow("handover", "fail", "NO SIGN OF LIFE", (), NOW - 30 * SECOND),
                ServiceRow("record", "ok", "{entries} entries, {free} GiB free", (("entries", 18204), ("free", 71))),
            ),
        )  # fmt: skip

    def users(self) -> tuple[UserRow, ...]:
        since = NOW - 30 * 1440 * MINUTE
        return (
            UserRow("adi", "Adi", ("admin",), False, since, True, ("desk-3",)),
            UserRow("budi", "Budi", ("calltaker",), False, since, True, ("desk-1",)),
            UserRow("dewi", "Dewi", ("dispatcher", "supervisor"), False, since, True),
            UserRow("joko", "Joko", ("calltaker",), True, since, True),
            UserRow("rina", "Rina", ("calltaker", "dispatcher"), False, since, False),
        )

    def pack_rows(self, files: Sequence[str], text: str = "") -> tuple[PackRow, ...]:
        if "agencies.toml" in files:
            facts = (("id", "damkar"), ("kind", "fire"), ("number", "113"), ("covers", "Kabupaten Purwakarta"))
            damkar = PackRow("agencies.toml", "damkar", "Damkar Purwakarta", "fire", facts)
            signed = PackRow("agencies.toml", "psc", "PSC 119", "ambulance", (("id", "psc"), ("number", "119")),
                             at=NOW - 1440 * MINUTE, actor="adi", by="dr. Ani", note="ditelepon")  # fmt: skip
            return (damkar, signed)
        facts = (("kind", "toll_gate"), ("position", "-6.51234, 107.44321"), ("exact to", "50 m"))
        changed = PackRow("places.csv", "Gerbang Tol Sadang", "Gerbang Tol Sadang", "toll_gate", facts,
                          at=NOW - 1440 * MINUTE, actor="adi", by="Pak Dedi", changed=True)  # fmt: skip
        return (changed, PackRow("types.toml", "tree", "Pohon tumbang / Fallen tree", "type", (("priority", "P3"),)))

    def exports(self) -> Exports:
        all = ("csv", "ndjson", "xlsx")
        choices = (("incidents", ("csv", "ndjson", "geojson", "xlsx")), ("calls", all), ("journal", all))
        made = (
            ExportRow(NOW - 90 * MINUTE, "adi", "incidents", "xlsx", 311, False),
            ExportRow(NOW - 4000 * MINUTE, "adi", "calls", "csv", 28411, True),
        )
        return Exports("/var/lib/siaga112/exports", choices, made)

    def entries(self, wanted: Wanted) -> tuple[EntryRow, ...]:
        return (
            self._entry(18204, "call.arrived", (("number", "***"), ("name", "***"), ("dialled", "112")), 2),
            self._entry(18203, "handover.acknowledged", (("handover", "h1"), ("by", "***"), ("means", "radio")), 1),
            self._entry(18202, "incident.type_set", (("type", "house_fire"), ("priority", "1"))),
        )

    @staticmethod
    def _entry(seq: int, kind: str, fields: tuple[tuple[str, str], ...], personal: int = 0) -> EntryRow:
        at = NOW - (18210 - seq) * SECOND
        return EntryRow(seq, at, at + 1200, kind, "call/pbx/1700000000.42", 3, "budi", "desk-1", fields, personal,
                        hash="9f2c" * 16)  # fmt: skip

    def reveal(self, seq: int) -> EntryRow | None:
        shown = (("number", "081234567890"), ("name", "Ibu Sri"), ("dialled", "112"))
        made = self._entry(seq, "call.arrived", shown, 2)
        return EntryRow(made.seq, made.at, made.recorded_at, made.kind, made.stream, made.version, made.actor,
                        made.terminal, made.fields, 2, True, made.hash)  # fmt: skip

    def findings(self) -> tuple[FindingRow, ...]:
        return (
            FindingRow("warn", "speech", "espeak-ng is not installed: alerts are not spoken"),
            FindingRow("ok", "exchange:pbx", "seen"),
            FindingRow("fail", "handover", "NO SIGN OF LIFE"),
        )

    # --- what changes something is not in a picture

    def add_user(self, login: str, name: str, roles: Sequence[str], password: str) -> None: ...

    def set_password(self, login: str, password: str) -> None: ...

    def set_roles(self, login: str, roles: Sequence[str]) -> None: ...

    def disable_user(self, login: str, reason: str) -> None: ...

    def enable_user(self, login: str) -> None: ...

    def verify_row(self, file: str, key: str, by: str, note: str) -> None: ...

    def export(self, wish: ExportWish, progress: Callable[[int, int], None], cancelled: threading.Event) -> ExportDone:
        return ExportDone("/var/lib/siaga112/exports/incidents-20261124-101522-000000.csv", 311)
