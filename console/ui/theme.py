"""Three themes with a contrast of at least 7:1 (WCAG 2.2, criterion 1.4.6), and what a plain terminal needs.

Only meanings have colours (see ``lines.ROLES``). The monochrome theme tells states apart by bold, reverse and the
word that always stands beside them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from textual.theme import Theme


def _theme(name: str, background: str, foreground: str, roles: Mapping[str, str], field: str) -> Theme:
    variables = {f"role-{role}": colour for role, colour in roles.items()}
    variables |= {
        "field": field,
        "field-focus": roles["focus"],
        "footer-key-foreground": roles["key"],
        "input-selection-background": roles["cursor-background"],
        "input-cursor-background": foreground,
        "input-cursor-foreground": background,
    }
    return Theme(
        name=name,
        primary=roles["title"],
        secondary=roles["key"],
        warning=roles["warn"],
        error=roles["alarm"],
        success=roles["ok"],
        accent=roles["key"],
        foreground=foreground,
        background=background,
        surface=background,
        panel=background,
        dark=True,
        variables=variables,
    )


NORMAL = _theme(
    "siaga",
    "#10151c",
    "#e8edf2",
    {
        "dim": "#a9b6c4",
        "title": "#8fd0ff",
        "key": "#9ee6ff",
        "ok": "#8ee8a0",
        "warn": "#ffd75f",
        "alarm": "#ffa8a0",
        "ring-foreground": "#10151c",
        "ring-background": "#ffd75f",
        "cursor-foreground": "#ffffff",
        "cursor-background": "#1f4a7a",
        "focus": "#22334a",
    },
    "#1b242f",
)
HIGH = _theme(
    "siaga-high-contrast",
    "#000000",
    "#ffffff",
    {
        "dim": "#e0e0e0",
        "title": "#00ffff",
        "key": "#00ffff",
        "ok": "#00ff5f",
        "warn": "#ffff00",
        "alarm": "#ffafaf",
        "ring-foreground": "#000000",
        "ring-background": "#ffff00",
        "cursor-foreground": "#000000",
        "cursor-background": "#ffffff",
        "focus": "#00344d",
    },
    "#1a1a1a",
)
MONO = _theme(
    "siaga-monochrome",
    "#000000",
    "#e4e4e4",
    {
        "dim": "#bcbcbc",
        "title": "#ffffff",
        "key": "#ffffff",
        "ok": "#e4e4e4",
        "warn": "#ffffff",
        "alarm": "#ffffff",
        "ring-foreground": "#000000",
        "ring-background": "#ffffff",
        "cursor-foreground": "#000000",
        "cursor-background": "#e4e4e4",
        "focus": "#303030",
    },
    "#1c1c1c",
)
THEMES = (NORMAL, HIGH, MONO)

COLOURS = {
    "text": ("foreground", "background"),
    "dim": ("role-dim", "background"),
    "strong": ("foreground", "background"),
    "title": ("role-title", "background"),
    "key": ("role-key", "background"),
    "ok": ("role-ok", "background"),
    "warn": ("role-warn", "background"),
    "alarm": ("role-alarm", "background"),
    "ring": ("role-ring-foreground", "role-ring-background"),
    "cursor": ("role-cursor-foreground", "role-cursor-background"),
}
"""role -> names of its foreground and background among a theme's variables."""

CSS = """
Screen { background: $background; color: $foreground; scrollbar-size: 1 1; }
Board { background: $background; color: $foreground; scrollbar-size: 1 1; overflow-x: hidden; overflow-y: auto; }
Board > .board--text { color: $foreground; }
Board > .board--dim { color: $role-dim; }
Board > .board--strong { color: $foreground; text-style: bold; }
Board > .board--title { color: $role-title; text-style: bold; }
Board > .board--key { color: $role-key; text-style: bold; }
Board > .board--ok { color: $role-ok; }
Board > .board--warn { color: $role-warn; text-style: bold; }
Board > .board--alarm { color: $role-alarm; text-style: bold reverse; }
Board > .board--ring { color: $role-ring-foreground; background: $role-ring-background; text-style: bold; }
Board > .board--cursor { color: $role-cursor-foreground; background: $role-cursor-background; text-style: bold; }
Field { background: $field; color: $foreground; }
Field:focus { background: $field-focus; background-tint: $foreground 0%; }
Story { background: $field; color: $foreground; }
Story:focus { background: $field-focus; background-tint: $foreground 0%; }
Label { background: $background; }
"""
"""The styles that all screens share; layout stands with each screen."""


def suggested_theme() -> str:
    """The theme to start with: monochrome when the terminal asked for no colour (https://no-color.org)."""
    return MONO.name if os.environ.get("NO_COLOR") else NORMAL.name


def plain_terminal() -> bool:
    """Whether only ASCII is safe to draw: the Linux console's fonts lack most signs, and a C locale all of them."""
    term = os.environ.get("TERM", "")
    charset = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    return term in {"linux", "vt100", "vt220", "dumb"} or (charset in {"C", "POSIX"})
