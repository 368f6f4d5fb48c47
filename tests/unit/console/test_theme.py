"""Themes: contrast of at least 7:1 for every meaning, and meanings told apart without colour."""

from __future__ import annotations

import pytest
from textual.color import Color

from console.ui.lines import ROLES
from console.ui.theme import COLOURS, CSS, MONO, THEMES, plain_terminal, suggested_theme


def luminance(color: Color) -> float:
    """WCAG 2.2, relative luminance."""

    def channel(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(color.r) + 0.7152 * channel(color.g) + 0.0722 * channel(color.b)


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("role", ROLES)
def test_every_meaning_has_a_contrast_of_seven_to_one(theme: object, role: str) -> None:
    colours = {"foreground": theme.foreground, "background": theme.background, **theme.variables}  # type: ignore[attr-defined]
    front, back = (Color.parse(colours[name]) for name in COLOURS[role])
    assert contrast(front, back) >= 7


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_typed_text_has_that_contrast_too(theme: object) -> None:
    for name in ("field", "field-focus"):
        back = Color.parse(theme.variables[name])  # type: ignore[attr-defined]
        assert contrast(Color.parse(theme.foreground), back) >= 7  # type: ignore[attr-defined]


def test_alarms_and_rings_differ_from_text_without_any_colour() -> None:
    assert ".board--alarm" in CSS
    assert "bold reverse" in CSS[CSS.index(".board--alarm") :].splitlines()[0]
    greys = {MONO.foreground, *(value for name, value in MONO.variables.items() if name.startswith("role-"))}
    for value in greys:
        color = Color.parse(str(value))
        assert color.r == color.g == color.b


def test_no_color_starts_monochrome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert suggested_theme() == MONO.name
    monkeypatch.delenv("NO_COLOR")
    assert suggested_theme() != MONO.name


@pytest.mark.parametrize(
    ("term", "lang", "plain"), [("linux", "id_ID.UTF-8", True), ("xterm", "C.UTF-8", False), ("xterm", "C", True)]
)
def test_a_plain_terminal_is_recognised(monkeypatch: pytest.MonkeyPatch, term: str, lang: str, plain: bool) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("LANG", lang)
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    assert plain_terminal() is plain
