"""sqlite-utils, imported without numpy and pandas.

It looks for both only to accept their types as values, which nobody here has; looking takes 90 ms of the start of every
program when numpy is installed (as it is, for shapely).
"""

from __future__ import annotations

import sys

_ABSENT = [name for name in ("numpy", "pandas") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_ABSENT))  # type: ignore[arg-type]  # None: an import of it fails at once
try:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations
finally:
    for _name in _ABSENT:
        del sys.modules[_name]

__all__ = ["Database", "Migrations"]
