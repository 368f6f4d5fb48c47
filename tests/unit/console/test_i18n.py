"""Two languages: catalogues are read from their .po text, complete in both, and no sentence escapes them."""

from __future__ import annotations

import ast
import re
import string

import pytest

from console import actions, i18n
from console.i18n import CatalogueError, load, parse_po, po_text, to_mo
from tests.unit.console.messages import ROOT, calls, messages, sources, text_of

FIELDS = string.Formatter()


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in FIELDS.parse(text) if name}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_message_of_the_source_is_translated(language: str) -> None:
    done = {(m.msgid, m.plural): m for m in parse_po(po_text(language)) if m.msgid and m.complete}
    missing = {key: where for key, where in messages().items() if key not in done}
    assert missing == {}, "run python -m tests.unit.console.messages and translate what is new"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_message_stands_in_a_catalogue_that_nobody_uses(language: str) -> None:
    wanted = messages()
    assert [m.msgid for m in parse_po(po_text(language)) if m.msgid and (m.msgid, m.plural) not in wanted] == []


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    for message in parse_po(po_text(language)):
        for text in message.strings.values():
            if message.msgid:
                assert fields(text) == fields(message.msgid), message.msgid


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_plural_forms_are_as_many_as_the_language_has(language: str) -> None:
    wanted = {"id": 1, "en": 2}[language]
    plurals = [m for m in parse_po(po_text(language)) if m.plural is not None]
    assert plurals
    assert all(len(m.strings) == wanted for m in plurals)


def test_the_language_can_be_switched_and_plurals_follow_it() -> None:
    i18n.set_language("en")
    assert i18n._("No call waits.") == "No call waits."
    assert i18n.ngettext("{count} incident LATE", "{count} incidents LATE", 2) == "{count} incidents LATE"
    i18n.set_language("id")
    assert i18n._("No call waits.") == "Tidak ada panggilan menunggu."
    assert i18n.ngettext("{count} incident LATE", "{count} incidents LATE", 2) == "{count} insiden TERLAMBAT"


def test_a_message_without_translation_is_shown_as_it_is() -> None:
    assert i18n._("no such sentence") == "no such sentence"
    assert i18n._("") == ""


def test_there_is_no_third_language() -> None:
    with pytest.raises(KeyError):
        load("xx")
    with pytest.raises(KeyError):
        i18n.set_language("../../etc")


def test_po_syntax_comments_continued_lines_escapes_and_plurals() -> None:
    text = '# c\n#: a.py\nmsgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    text += 'msgid "a \\"b\\"\\n"\n"c"\nmsgstr "d"\n'
    text += 'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "x"\n'
    header, first, second = parse_po(text)
    assert header.msgid == ""
    assert (first.msgid, first.strings) == ('a "b"\nc', {0: "d"})
    assert (second.msgid, second.plural, second.strings) == ("one", "many", {0: "x"})
    assert to_mo([header, first, second])[:4] == b"\xde\x12\x04\x95"


@pytest.mark.parametrize(
    ("text", "line"),
    [('msgid "a', 1), ('msgid "a"\nmsgfoo "b"', 2), ('"a"', 1), ("msgid 3", 1), ('msgid "a"\nmsgstr[x] "b"', 2)],
)
def test_a_broken_catalogue_names_the_line(text: str, line: int) -> None:
    with pytest.raises(CatalogueError, match=f"line {line}"):
        parse_po(text)


UI = [path for path in sources("console") if "ui" in path.parts]
WORDY = re.compile(r"[A-Za-z]{2,} [A-Za-z]")


def test_no_sentence_on_the_screen_escapes_translation() -> None:
    """A literal with words that is given to span, fit, say, Ask or yes_no stands inside ``_()``."""
    found = []
    for path in UI:
        for call in calls(path):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            if name not in {"span", "fit", "say", "Ask", "yes_no", "wrap"}:
                continue
            for argument in call.args:
                for text in literals(argument):
                    if WORDY.search(text):
                        found.append((str(path.relative_to(ROOT)), call.lineno, text))
    assert found == []


def literals(node: ast.expr) -> list[str]:
    """The literal texts of an argument, without those that are inside a call."""
    if isinstance(node, ast.JoinedStr):
        return [text for part in node.values if (text := text_of(part))]
    return [text] if (text := text_of(node)) else []


def test_every_action_has_its_words_in_both_languages() -> None:
    for language in i18n.LANGUAGES:
        done = {m.msgid for m in parse_po(po_text(language)) if m.complete}
        for action in actions.ACTIONS:
            assert {action.label, action.help} <= done
