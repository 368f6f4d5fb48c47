"""``python -m console.actions > docs/keys.md``: the action table in English."""

from __future__ import annotations

import sys

from console.actions.documentation import documentation
from console.i18n import set_language

if __name__ == "__main__":
    set_language("en")
    sys.stdout.write(documentation())
