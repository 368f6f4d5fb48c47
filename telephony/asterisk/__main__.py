"""``python -m telephony.asterisk SETTINGS.toml TARGET``: writes the exchange's configuration into the folder TARGET."""

from __future__ import annotations

import sys
from pathlib import Path

from data.errors import SiagaError, WrongUse
from telephony.asterisk.render import render
from telephony.asterisk.settings import load

ARGUMENTS = 2


def main(arguments: list[str]) -> int:
    """Write the files and name them; returns the exit status: 0, or 2 when the settings or the use are wrong."""
    try:
        if len(arguments) != ARGUMENTS:
            raise WrongUse("usage: python -m telephony.asterisk SETTINGS.toml TARGET")
        settings, target = map(Path, arguments)
        for path in render(load(settings), target):
            print(path)
    except SiagaError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
