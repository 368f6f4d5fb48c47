"""The one action table: keys, commands, roles, documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from console import i18n
from console.actions import (
    ACTIONS,
    CommandNotUnderstood,
    as_markdown,
    by_id,
    documentation,
    for_role,
    parse_command,
)
from console.ui.app import SiagaApp
from console.ui.screens.admin import AdminScreen
from console.ui.screens.calltaker import CallTakerScreen
from console.ui.screens.dispatcher import DispatcherScreen
from console.ui.screens.supervisor import SupervisorScreen

APP_ACTIONS = {"help", "command", "language", "theme", "sign_out", "supervise"}
SCREENS = (
    ("calltaker", CallTakerScreen),
    ("dispatcher", DispatcherScreen),
    ("supervisor", SupervisorScreen),
    ("admin", AdminScreen),
)
TAKEN_BY_TERMINALS = {"f10", "f11"}


@pytest.mark.parametrize("role", ["calltaker", "dispatcher", "supervisor", "admin"])
def test_no_two_actions_of_a_role_share_a_key_or_a_command(role: str) -> None:
    keys = [action.key for action in for_role(role) if action.key]
    words = [word for action in for_role(role) for word in action.commands]
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
                assert hasattr(screen, f"do_{action.id}"), (action.id, role)


def test_every_action_method_is_in_the_table() -> None:
    known = {action.id for action in ACTIONS}
    for _role, screen in SCREENS:
        assert {name[3:] for name in dir(screen) if name.startswith("do_")} <= known


def test_f_keys_are_priority_bindings_of_the_app() -> None:
    bound = {binding.key: binding for binding in SiagaApp.BINDINGS}  # type: ignore[union-attr]
    for action in ACTIONS:
        if action.key.startswith("f") and len(action.key) > 1:
            assert bound[action.key].priority  # type: ignore[union-attr]


def test_a_unique_prefix_is_enough_and_an_argument_follows() -> None:
    assert parse_command("jaw", "calltaker") == (by_id("answer"), "")
    assert parse_command("/catat api  sudah padam ", "dispatcher") == (by_id("note"), "api  sudah padam")
    assert parse_command("NOTE x", "dispatcher") == (by_id("note"), "x")


def test_a_whole_word_wins_over_longer_ones() -> None:
    assert parse_command("batal", "dispatcher")[0] is by_id("stand_down")


@pytest.mark.parametrize("line", ["", "zzz", "s", "jawab"])
def test_what_is_not_understood_names_what_would_be(line: str) -> None:
    with pytest.raises(CommandNotUnderstood) as error:
        parse_command(line, "dispatcher")
    assert error.value.candidates


def test_the_documentation_has_every_action() -> None:
    table = as_markdown()
    for action in ACTIONS:
        assert all(f"`{word}`" in table for word in action.commands)
    assert as_markdown("admin").count("\n") < table.count("\n")


def test_the_documentation_on_disk_is_the_tables() -> None:
    i18n.set_language("en")
    page = Path(__file__).parents[3] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == documentation(), "run python -m console.actions > docs/keys.md"
