"""Two languages, switched at run time: gettext catalogues read from the ``.po`` files themselves.

Message ids are English. The ``.po`` text is turned into a ``.mo`` image in memory and given to the standard library's
``gettext.GNUTranslations``, so that plural rules and lookups are the library's and no build step can be forgotten.
Source: GNU gettext manual, "The Format of GNU MO Files" and "The Format of PO Files".
"""

from __future__ import annotations

import ast
import gettext
import struct
from importlib.resources import files
from io import BytesIO

LANGUAGES = ("id", "en")
"""The languages that are complete; the first is the default."""

DOMAIN = "siaga112"

_SEPARATOR = "\0"


class CatalogueError(ValueError):
    """A ``.po`` file can't be read; the text names the line."""


class Message:
    """One message of a catalogue: its id, the plural id if it has one, and the translations by plural index."""

    def __init__(self) -> None:
        self.msgid = ""
        self.plural: str | None = None
        self.strings: dict[int, str] = {}

    @property
    def complete(self) -> bool:
        """Whether every form is translated."""
        return bool(self.strings) and all(self.strings.values())


def parse_po(text: str) -> list[Message]:
    """The messages of a ``.po`` file, the header (empty msgid) first.

    Comments are skipped; contexts (``msgctxt``) are not used here. Raises CatalogueError with the line number.
    """
    messages: list[Message] = []
    current = Message()
    target: tuple[str, int] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word, quoted = ("", line) if line.startswith('"') else ([*line.split(None, 1), ""])[:2]
        if word == "msgid":
            current = Message()
            messages.append(current)
            target = ("msgid", 0)
        elif word == "msgid_plural":
            current.plural = ""
            target = ("plural", 0)
        elif word == "msgstr":
            target = ("msgstr", 0)
        elif word.startswith("msgstr[") and word.endswith("]") and word[7:-1].isdigit():
            target = ("msgstr", int(word[7:-1]))
        elif word or target is None:
            raise CatalogueError(f"line {number}: {line[:40]!r} is not understood")
        try:
            value = ast.literal_eval(quoted)
        except (SyntaxError, ValueError) as error:
            raise CatalogueError(f"line {number}: {quoted[:40]!r} is no quoted text") from error
        if not isinstance(value, str):
            raise CatalogueError(f"line {number}: {quoted[:40]!r} is no quoted text")
        _extend(current, target, value)
    return messages


def _extend(message: Message, target: tuple[str, int], value: str) -> None:
    part, index = target
    if part == "msgid":
        message.msgid += value
    elif part == "plural":
        message.plural = (message.plural or "") + value
    else:
        message.strings[index] = message.strings.get(index, "") + value


def to_mo(messages: list[Message]) -> bytes:
    """The ``.mo`` image of ``messages``; untranslated ones are left out."""
    pairs = sorted(
        (
            (message.msgid if message.plural is None else message.msgid + _SEPARATOR + message.plural).encode(),
            _SEPARATOR.join(message.strings[index] for index in sorted(message.strings)).encode(),
        )
        for message in messages
        if message.complete
    )
    ids = b"".join(key + b"\0" for key, _ in pairs)
    texts = b"".join(value + b"\0" for _, value in pairs)
    start = 28 + 16 * len(pairs)
    key_table, value_table, key_at, value_at = b"", b"", start, start + len(ids)
    for key, value in pairs:
        key_table += struct.pack("<II", len(key), key_at)
        value_table += struct.pack("<II", len(value), value_at)
        key_at += len(key) + 1
        value_at += len(value) + 1
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return header + key_table + value_table + ids + texts


def po_text(language: str) -> str:
    """The text of the shipped catalogue of ``language``. Raises KeyError for a language that does not exist."""
    if language not in LANGUAGES:
        raise KeyError(language)
    path = files("console").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.po")
    return path.read_text(encoding="utf-8")


def load(language: str) -> gettext.GNUTranslations:
    """The translations of ``language``. Raises KeyError when there is no such language."""
    return gettext.GNUTranslations(BytesIO(to_mo(parse_po(po_text(language)))))


class _State:
    language = LANGUAGES[0]
    loaded: dict[str, gettext.GNUTranslations] = {}  # noqa: RUF012 - one process, one cache


def set_language(language: str) -> None:
    """Speak ``language`` from now on, in this process. Raises KeyError when there is no such language."""
    if language not in _State.loaded:
        _State.loaded[language] = load(language)
    _State.language = language


def language() -> str:
    """The language spoken now."""
    return _State.language


def _(message: str) -> str:
    """``message`` (an English id) in the language spoken now."""
    if _State.language not in _State.loaded:
        set_language(_State.language)
    return _State.loaded[_State.language].gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """``singular`` or ``plural`` for ``count``, in the language spoken now."""
    if _State.language not in _State.loaded:
        set_language(_State.language)
    return _State.loaded[_State.language].ngettext(singular, plural, count)


def N_(message: str) -> str:
    """Mark ``message`` for translation; it is translated where it is shown."""
    return message


translate = _
"""Same as ``_``, for callers that translate a variable (a marked message)."""
