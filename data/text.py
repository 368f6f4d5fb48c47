"""Text from outside is data: what may reach a terminal, a spreadsheet or a voice is decided here.

Widgets pass ESC, C1 controls, NUL and bidi overrides to the terminal even with markup switched off (measured on
Textual 8.2.8), so hostile characters are replaced at ingress and again at render. The original bytes are kept as
evidence by whoever received them.
"""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 10_000
"""Characters kept of one text from outside; the rest is cut and marked."""

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 (but TAB and LF), DEL, C1
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff"  # invisible, bidi, line ends
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations, tags
    "\ud800-\udfff]"  # lone surrogates: neither SQLite nor msgspec takes them
)
_FAST = re.compile(r"[ -~]*\Z")
_SPACE = re.compile(r"[\t\n\r ]+")
_FORMULA = re.compile(r"^[=+\-@\t\r]")


def safe_text(text: str, limit: int = MAX_TEXT) -> str:
    """``text`` with every character that could act on a terminal shown as U+FFFD, at most ``limit`` characters.

    Line feeds and tabs stay (a note has lines); a cut is marked by an ellipsis.
    """
    if len(text) <= limit and _FAST.match(text):
        return text
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return _UNSAFE.sub("\ufffd", text)


def safe_line(text: str, limit: int = 200) -> str:
    """Like :func:`safe_text`, on one line: runs of white space become one blank."""
    if len(text) <= limit and _FAST.match(text) and "  " not in text:
        return text
    return safe_text(_SPACE.sub(" ", text[: limit + 1]), limit)


def plain_letters(text: str) -> str:
    """``text`` for comparing: case folded, accents removed, white space single."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _SPACE.sub(" ", "".join(c for c in folded if not unicodedata.combining(c))).strip()


def spreadsheet_cell(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs: a leading = + - @, tab or CR gets an apostrophe before it.

    Source: OWASP, CSV Injection. For text cells only; typed numbers and coordinates are never touched.
    """
    return "'" + text if _FORMULA.match(text) else text
