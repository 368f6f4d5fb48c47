"""Texts that act on something when they are taken for anything but data, and what shows that they did not."""

from __future__ import annotations

import re
from typing import Any

HOSTILE = {
    "closing markup": "[/x]",
    "link markup": "[@click=app.quit]KLIK[/]",
    "style markup": "[bold red on white]x",
    "escape": "\x1b]0;owned\x07\x1b[2J\x1b[31m",
    "c1": "\x9b31m\x90q\x9c",
    "nul and bell": "a\x00b\x07c",
    "bidi": "\u202eabc\u2066def\u2069",
    "line separators": "one\u2028two\u2029three\x85four",
    "cr lf": "x\r\nAction: Originate",
    "formula": "=1+1",
    "braces": "{0} {name} {params} %s",
    "wide": "救急車🚑👨‍👩‍👧‍👦 ক্ষ",
    "combining": "a" + "\u0301" * 500,
    "long": "A" * 10_000,
    "surrogate": "\ud800\udfff",
    "tag": "\U000e0041\U000e007f",
}
ACTS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)


def assert_harmless(app: Any) -> None:
    """No character that acts on a terminal, no control segment, no action in a style, and every line as wide as it
    should be."""
    width = app.size.width
    for strip in app.screen._compositor.render_strips():
        assert strip.cell_length == width
        for segment in strip:
            assert not ACTS.search(segment.text), repr(segment.text)
            assert not segment.control
            assert "@click" not in (segment.style.meta if segment.style else {})
