"""xlsx, row by row in constant memory. Text stays text: no formula, link or number is ever made out of it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from data.errors import SiagaError
from data.export.sets import ExportSet, present_all

MAX_CELL = 32_767
MAX_ROWS = 1_048_575
"""Characters of a cell and rows below the header. Source: Excel specifications and limits (Microsoft)."""

CUT = " [...]"
"""Marks a text that was too long for a cell."""

_NOT_XML = re.compile("[\ufffe\uffff]")


class TooManyRows(SiagaError):
    """A sheet has no room for them."""

    code = "too_many_rows"


def write_xlsx(file: BinaryIO, set_: ExportSet, batches: Iterable[Sequence[tuple[Any, ...]]], unmasked: bool) -> int:
    """One sheet with a header; times are ISO 8601 text (UTC), numbers are numbers. Returns the number of rows.

    Raises TooManyRows, OSError. The temporary files stand beside the target, for this user only, and go away.
    """
    with tempfile.TemporaryDirectory(prefix=".siaga112-", dir=Path(file.name).parent) as folder:
        target = _Target(file)
        workbook = xlsxwriter.Workbook(
            target,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": folder,
            },
        )
        workbook.use_zip64()
        sheet = workbook.add_worksheet(set_.name)
        count = 0
        try:
            for n, column in enumerate(set_.columns):
                sheet.write_string(0, n, column.name)
            for batch in batches:
                if count + len(batch) > MAX_ROWS:
                    raise TooManyRows(
                        f"a sheet holds {MAX_ROWS} rows", remedy="a shorter period with --from and --to, or csv"
                    )
                for row in present_all(set_, batch, unmasked):
                    count += 1
                    for n, value in enumerate(row):
                        if isinstance(value, str):
                            sheet.write_string(count, n, cell_text(value))
                        elif value is not None:
                            sheet.write_number(count, n, value)
            workbook.close()
        except FileCreateError as error:
            raise error.args[0] from error
        finally:
            target.over = True
            if sheet.row_data_fh is not None:
                sheet.row_data_fh.close()
    return count


class _Target:
    """The file as zipfile sees it. When it is over, the rest is forgotten.

    After a full disk zipfile's destructor would try once more and complain on standard error, over any message of ours.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.over = False
        self.at = 0

    def write(self, data: bytes) -> int:
        if not self.over:
            self.file.write(data)
        self.at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = self.at if self.over else self.file.seek(offset, whence)
        return self.at

    def tell(self) -> int:
        return self.at

    def flush(self) -> None:
        if not self.over:
            self.file.flush()


def cell_text(text: str) -> str:
    """``text`` as a cell can hold it: at most 32,767 characters, a cut marked; what no XML may hold replaced."""
    if len(text) > MAX_CELL:
        text = text[: MAX_CELL - len(CUT)] + CUT
    return _NOT_XML.sub("\ufffd", text)
