"""Every message that the console may show, found in the source: what the catalogues have to have.

``python -m tests.unit.console.messages`` adds what is missing to the two ``.po`` files, untranslated.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from console.i18n import LANGUAGES, Message, parse_po, po_text

ROOT = Path(__file__).parents[3]
MARKS = {"_", "N_", "translate"}
REFUSALS = {"Refusal", "Conflict"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


@cache
def calls(path: Path) -> tuple[ast.Call, ...]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call))


@cache
def messages() -> dict[tuple[str, str | None], str]:
    """(msgid, plural) -> where it was found."""
    found: dict[tuple[str, str | None], str] = {}
    for path in sources("console"):
        for call in calls(path):
            first = text_of(call.args[0]) if call.args else None
            where = str(path.relative_to(ROOT))
            if _name(call) in MARKS and first:
                found.setdefault((first, None), where)
            elif _name(call) == "ngettext" and first:
                found.setdefault((first, text_of(call.args[1])), where)
    for package in ("console", "data", "dispatch", "telephony"):
        for path in sources(package):
            if "ui" not in path.parts and path.parent.name in {"commands", "console"} and path.name != "auth.py":
                continue  # the command line speaks English
            for call in calls(path):
                if _name(call) in REFUSALS and len(call.args) > 1 and (text := text_of(call.args[1])):
                    found.setdefault((text, None), str(path.relative_to(ROOT)))
    for where, texts in domain_messages().items():
        for text in texts:
            found.setdefault((text, None), where)
    return found


def domain_messages() -> dict[str, tuple[str, ...]]:
    """Sentences that the domains keep in tables, by where."""
    from dispatch.incidents.chronology import MESSAGES
    from dispatch.recommend import REASONS
    from telephony.commands import REASONS as NOT_DONE

    return {
        "dispatch/incidents/chronology.py": tuple(MESSAGES.values()),
        "dispatch/recommend.py": tuple(REASONS.values()),
        "telephony/commands.py": tuple(NOT_DONE.values()),
    }


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write_po(language: str, table: dict[str, str]) -> None:
    """Write the catalogue of ``language``, sorted by source: what is known, and ``table`` for what is not."""
    known = {m.msgid: m for m in parse_po(po_text(language))}
    plural = "nplurals=1; plural=0;" if language == "id" else "nplurals=2; plural=(n != 1);"
    lines = [
        f"# Siaga 112: {'Bahasa Indonesia' if language == 'id' else 'English'}",
        'msgid ""',
        'msgstr ""',
        f'"Language: {language}\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        f'"Plural-Forms: {plural}\\n"',
    ]
    wanted = messages()
    for (msgid, other), where in sorted(wanted.items(), key=lambda item: (item[1], item[0][0])):
        message = known.get(msgid, Message())
        lines += ["", f"#: {where}", f"msgid {quoted(msgid)}"]
        default = msgid if language == "en" else table.get(msgid, "")
        if other is None:
            lines.append(f"msgstr {quoted(message.strings.get(0, '') or default)}")
        else:
            lines.append(f"msgid_plural {quoted(other)}")
            forms = 1 if language == "id" else 2
            for index in range(forms):
                text = message.strings.get(index, "") or (other if index and language == "en" else default)
                lines.append(f"msgstr[{index}] {quoted(text)}")
    path = ROOT / "console" / "locale" / language / "LC_MESSAGES" / "siaga112.po"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for each in LANGUAGES:
        write_po(each, {})
