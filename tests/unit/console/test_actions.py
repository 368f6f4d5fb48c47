"""The one action table: keys, commands, roles, documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from console import i18n
from console.actions import ACTIONS, for_role
from console.actions.action import TEXT
from console.actions.documentation import as_markdown, documentation
from console.ui.app import SiagaApp
from console.ui.lines import width
from console.ui.screens.admin import AdminScreen
from console.ui.screens.admin.screen import TABS
from console.ui.screens.calltaker import CallTakerScreen
from console.ui.screens.dispatcher import DispatcherScreen
from console.ui.screens.help import help_lines
from console.ui.screens.supervisor import SupervisorScreen

APP_ACTIONS = {"help", "command", "card", "units", "language", "theme", "sign_out", "supervise"}
SCREENS = (
    ("calltaker", CallTakerScreen),
    ("dispatcher", DispatcherScreen),
    ("supervisor", SupervisorScreen),
    ("admin", AdminScreen),
)
TAKEN_BY_TERMINALS = {"f10", "f11"}


def done_by(screen: type) -> set[str]:
    """The actions that a screen has methods for; the admin's has them on its tabs."""
    parts: list[type] = [screen, *TABS] if screen is AdminScreen else [screen]
    found = {name[3:] for part in parts for name in dir(part) if name.startswith("do_")}
    return found | ({f"show_{tab.name}" for tab in TABS} if screen is AdminScreen else set())


@pytest.mark.parametrize("role", ["calltaker", "dispatcher", "supervisor", "admin"])
def test_no_two_actions_of_a_role_share_a_key_or_a_command(role: str) -> None:
    keys = [action.key for action in for_role(role) if action.key]
    words = [word.casefold() for action in for_role(role) for word in action.words]
    assert len(set(keys)) == len(keys)
    assert len(set(words)) == len(words)


def test_keys_that_terminals_take_are_not_used() -> None:
    assert not {action.key for action in ACTIONS} & TAKEN_BY_TERMINALS
    assert not any(action.key.startswith(("ctrl", "alt")) for action in ACTIONS)


def test_every_key_has_a_command_too() -> None:
    assert all(action.commands for action in ACTIONS if action.id != "command")


def test_every_action_is_done_by_a_screen_of_its_roles() -> None:
    for action in ACTIONS:
        if action.id in APP_ACTIONS:
            continue
        for role, screen in SCREENS:
            if role in action.roles:
                assert action.id in done_by(screen), (action.id, role)


def test_every_action_method_is_in_the_table() -> None:
    known = {action.id for action in ACTIONS}
    for _role, screen in SCREENS:
        assert done_by(screen) <= known


def test_f_keys_are_priority_bindings_of_the_app() -> None:
    bound = {binding.key: binding for binding in SiagaApp.BINDINGS}  # type: ignore[union-attr]
    for action in ACTIONS:
        if action.key.startswith("f") and len(action.key) > 1:
            assert bound[action.key].priority  # type: ignore[union-attr]


def test_free_text_is_the_last_argument_and_only_ids_and_choices_stand_before_it() -> None:
    for action in ACTIONS:
        kinds = [argument.kind for argument in action.arguments]
        assert TEXT not in kinds[:-1], action.id
        assert not (action.arguments and action.argument), action.id


def test_every_argument_has_a_word_in_both_languages() -> None:
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        assert all(argument.word for action in ACTIONS for argument in action.arguments)


def test_the_documentation_has_every_action() -> None:
    table = as_markdown()
    for action in ACTIONS:
        assert all(f"`{word}`" in table for word in action.words)
        assert all(argument.word.replace("|", "\\|") in table for argument in action.arguments)
    assert as_markdown("admin").count("\n") < table.count("\n")


def test_the_documentation_on_disk_is_the_tables() -> None:
    i18n.set_language("en")
    page = Path(__file__).parents[3] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == documentation(), "run python -m console.actions > docs/keys.md"


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("role", ["", "calltaker", "dispatcher", "supervisor", "admin"])
def test_no_line_of_the_help_card_is_cut_at_80_columns(role: str, language: str) -> None:
    i18n.set_language(language)
    lines = help_lines(role, 77)
    assert max(width(each) for each in lines) <= 77
