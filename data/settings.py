"""Reading a section of the configuration file into a record, every fault named, none hiding another."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

import msgspec

from data.errors import WrongUse
from data.text import safe_line


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong in the configuration: ``path`` is where (``pbx.0.port``), ``message`` what; ``line`` from 1."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        # What somebody wrote into the file is repeated here, and ends on a terminal.
        place = f"line {self.line}: " if self.line else ""
        return place + safe_line(f"{self.path} {self.message}".strip(), 400)


class SettingsInvalid(WrongUse):
    """The configuration has ``faults``; nothing was started."""

    code = "settings_invalid"

    def __init__(self, faults: list[Fault], where: str = "") -> None:
        super().__init__("; ".join(str(fault) for fault in faults), where=where)
        self.faults = faults


S = TypeVar("S", bound=msgspec.Struct)


def read_section(cls: type[S], table: Any, path: str, faults: list[Fault]) -> S | None:
    """``table`` as ``cls``, each field converted by itself; faults are added to ``faults``.

    A wrong value is a fault, and its default stands in the record that is returned, so that the caller's own checks
    find what is wrong with the others; who has faults uses no record. None is returned when a value without a default
    is missing or wrong. A key that is no setting is a fault, too.
    """
    if not isinstance(table, Mapping):
        faults.append(Fault(path, "is a table"))
        return None
    sound = True
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(cls):
        if field.name in table:
            try:
                values[field.name] = msgspec.convert(table[field.name], hints[field.name])
            except msgspec.ValidationError as error:
                faults.append(Fault(f"{path}.{field.name}", str(error)))
                sound = sound and not field.required
        elif field.required:
            faults.append(Fault(f"{path}.{field.name}", "is missing"))
            sound = False
    for key in table:
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, 1)
            faults.append(Fault(f"{path}.{key}", "is no setting" + (f"; did you mean {near[0]}?" if near else "")))
    return cls(**values) if sound else None
