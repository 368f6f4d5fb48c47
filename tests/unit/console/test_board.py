"""The board looks only at lines that can be seen, and paints only those that changed."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from console.ui import theme
from console.ui.lines import Drawn, Line, Lines, line
from console.ui.widgets.board import Board, plain

COUNT = 2000


class Table:
    """Many lines that count how often they are drawn, and a board on a small terminal that shows them."""

    def __init__(self) -> None:
        self.texts = [f"row {n}" for n in range(COUNT)]
        self.drawn: list[int] = []

    def lines(self) -> Lines:
        return Lines([line("head")], Drawn(COUNT, self._draw))

    def keys(self) -> list[str]:
        return ["", *(str(n) for n in range(COUNT))]

    def _draw(self, n: int) -> Line:
        self.drawn.append(n)
        return line(self.texts[n])


class BoardApp(App[None]):
    CSS = theme.CSS

    def __init__(self) -> None:
        super().__init__()
        for each in theme.THEMES:
            self.register_theme(each)
        self.theme = theme.suggested_theme()

    def compose(self) -> ComposeResult:
        yield Board(id="board", cursor=True, always=True)


@pytest.fixture
def table() -> Table:
    return Table()


def seen(board: Board) -> list[str]:
    return [board.render_line(y).text.rstrip() for y in range(board.size.height)]


async def test_of_two_thousand_rows_only_those_in_view_are_drawn(table: Table) -> None:
    async with BoardApp().run_test(size=(40, 10)) as pilot:
        board = pilot.app.query_one(Board)
        board.set_lines(table.lines(), table.keys())
        await pilot.pause()
        assert seen(board)[:3] == ["head", "row 0", "row 1"]
        assert set(table.drawn) == set(range(9))
        board.choose("1500")
        await pilot.pause()
        assert "row 1500" in seen(board)
        assert len(set(table.drawn)) < 30


async def test_what_is_not_in_view_comes_into_view_as_it_is_then(table: Table) -> None:
    async with BoardApp().run_test(size=(40, 10)) as pilot:
        board = pilot.app.query_one(Board)
        board.set_lines(table.lines(), table.keys())
        await pilot.pause()
        table.texts[100] = "another text"
        board.set_lines(table.lines(), table.keys())
        board.choose("100")
        await pilot.pause()
        assert "another text" in seen(board)


async def test_only_lines_that_changed_are_painted_again(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    async with BoardApp().run_test(size=(40, 10)) as pilot:
        board = pilot.app.query_one(Board)
        board.set_lines(table.lines(), table.keys())
        await pilot.pause()
        painted: list[tuple[int, int]] = []
        original = board.refresh
        monkeypatch.setattr(
            board, "refresh", lambda *r, **k: (painted.extend((a.y, a.height) for a in r), original(*r, **k))[1]
        )
        board.set_lines(table.lines(), table.keys())
        assert painted == []
        table.texts[3] = table.texts[1500] = "changed"
        board.set_lines(table.lines(), table.keys())
        assert painted == [(4, 1)]
        await pilot.pause()
        assert seen(board)[4] == "changed"
        board.set_lines([line("head")], [""])
        await pilot.pause()
        assert seen(board) == ["head", *[""] * 9]


def test_lines_of_several_parts_are_one_sequence(table: Table) -> None:
    both = table.lines()
    both += [line("foot")]
    assert len(both) == COUNT + 2
    assert plain([both[0], both[1], both[-1]]) == "head\nrow 0\nfoot"
    assert plain(both[-2:]) == "row 1999\nfoot"
    with pytest.raises(IndexError):
        both[COUNT + 2]
