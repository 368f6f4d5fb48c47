"""What the terminal sends: keys, pastes, broken bytes. Nothing of it raises, and pasted text never types by itself."""

from __future__ import annotations

import itertools
import random

import pytest
from textual import events
from textual.message import Message

from console.ui.terminal.input import PASTE_LIMIT, Pastes, Reader

PASTE, PASTED = b"\x1b[200~", b"\x1b[201~"


def names(messages: list[Message]) -> list[str]:
    """Keys by their names, pastes by their text in brackets."""
    shown = []
    for message in messages:
        if isinstance(message, events.Key):
            shown.append(message.key)
        elif isinstance(message, events.Paste):
            shown.append(f"<{message.text}>")
        else:
            shown.append(type(message).__name__)
    return shown


def read(*pieces: bytes) -> list[str]:
    """What comes of ``pieces``, each with a second of silence behind it."""
    reader = Reader()
    return names([m for piece in pieces for m in itertools.chain(reader.read(piece), reader.silence(1.0))])


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (b"ab1", ["a", "b", "1"]),
        ("é".encode(), ["é"]),
        (b"\x1bOP\x1bOQ\x1b[19~\x1b[24~", ["f1", "f2", "f8", "f12"]),
        (b"\x1b[A\x1b[Z\r\t\x7f", ["up", "shift+tab", "enter", "tab", "backspace"]),
        (b"\x1b\x09", ["shift+tab"]),  # the Linux console's
        (b"\x1b", ["escape"]),
        (b"\x1b\x1b", ["escape", "escape"]),
        (b"\x1b\x1bOQ", ["escape", "f2"]),
    ],
)
def test_keys_are_keys(sent: bytes, keys: list[str]) -> None:
    assert read(sent) == keys


@pytest.mark.parametrize("key", ["l", "1", "7", "f", "b", "-", " "])
def test_a_key_right_behind_escape_is_escape_and_that_key(key: str) -> None:
    name = {"-": "minus", " ": "space"}.get(key, key)
    assert read(b"\x1b" + key.encode()) == ["escape", name]
    assert read(b"\x1b\r") == ["escape", "enter"]


def test_a_sequence_may_come_in_pieces() -> None:
    reader = Reader()
    came = [message for byte in b"\x1b[20~\x1b[19~" for message in reader.read(bytes([byte]))]
    assert names(came) == ["f9", "f8"]
    reader = Reader()
    came = [message for byte in PASTE + b"a\x1b[31mb" + PASTED + b"c" for message in reader.read(bytes([byte]))]
    assert names(came) == ["<a\x1b[31mb>", "c"]


def test_pasted_text_never_types() -> None:
    """Not the keys that stand in it, whatever the sequences around them."""
    assert read(PASTE + b"x\x1bOQ\x1b[19~\r\x1b]0;t\x07\x1b\x1b y\x00z" + PASTED + b"k") == [
        "<x\x1bOQ\x1b[19~\r\x1b]0;t\x07\x1b\x1b yz>",
        "k",
    ]


def test_escape_before_a_paste_comes_before_it() -> None:
    assert read(b"\x1b" + PASTE + b"x" + PASTED) == ["escape", "<x>"]


def test_a_paste_is_cut_and_what_is_typed_behind_it_is_not() -> None:
    (pasted, *typed) = read(PASTE + b"a" * 1_000_000 + PASTED + b"bc")
    assert pasted == f"<{'a' * PASTE_LIMIT}>"
    assert typed == ["b", "c"]


def test_a_paste_whose_end_never_comes_is_over_after_a_silence() -> None:
    reader = Reader()
    assert names(list(reader.read(PASTE + b"half\x1b[20"))) == []
    assert names(list(reader.silence(0.5))) == []
    assert reader.waiting
    assert names(list(reader.silence(1.0))) == ["<half\x1b[20>"]
    assert names(list(reader.read(b"k"))) == ["k"]
    assert not reader.waiting


def test_bytes_that_are_no_text_are_seen_and_harm_nothing() -> None:
    assert read(b"a\xff\xf0\x9fb") == ["a", "replacement_character", "replacement_character", "b"]


@pytest.mark.parametrize(
    "sent",
    [b"\x1b[1114112;1u", b"\x1b[99999999999999999999;1u", b"\x1b[97;1:3u", b"\x1b[1;1;1114112u", b"\x1b[M\xff\xff\xff"],
)
def test_numbers_that_are_no_key_take_nothing_else_along(sent: bytes) -> None:
    assert read(b"a" + sent, b"b")[0] == "a"
    assert read(b"a" + sent, b"b")[-1] == "b"


def test_only_the_kernel_says_how_big_the_terminal_is() -> None:
    assert read(b"\x1b[48;99999;99999;1;1t\x1b[48;0;0;0;0t\x1b[?2048;1$ya") == ["a"]


def test_whoever_types_is_there() -> None:
    """A terminal that said that its window was left, and never that it is there again."""
    assert read(b"\x1b[Oab") == ["AppBlur", "AppFocus", "a", "b"]
    assert read(b"\x1b[O\x1b[Ia") == ["AppBlur", "AppFocus", "a"]


def test_a_mark_of_a_paste_is_found_wherever_the_bytes_are_torn() -> None:
    chance = random.Random(3)
    text = "k\x1b[200~pasted \x1b[200 \x1b[201~l\x1b[200~\x1b[201~m"
    for _ in range(200):
        pastes, came, rest = Pastes(), [], text
        while rest:
            size = chance.randint(1, 9)
            came += pastes.feed(rest[:size])
            rest = rest[size:]
        shown = "".join(piece if isinstance(piece, str) else f"<{piece.text}>" for piece in came)
        assert shown == "k<pasted \x1b[200 >l<>m"


def test_no_bytes_at_all_raise() -> None:
    chance = random.Random(11)
    for _ in range(300):
        reader = Reader()
        head = chance.choice([b"\x1b[", b"\x1b[<", b"\x1b", b"\x1b[?", PASTE, b""])
        tail = bytes(chance.choice(b"0123456789;:<?[]OuMmRt~\x1b\xff\x00a$y") for _ in range(40))
        list(reader.read(head + tail))
        list(reader.silence(1.0))
        list(reader.read(PASTED))
        assert names(list(reader.read(b"\x1b[A")))[-1:] == ["up"]
