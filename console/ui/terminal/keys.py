"""Keys take effect one after the other, at once.

Textual forwards a key to the widget that has the keyboard when the key arrives, and the widget handles it later from
a queue of its own. Keys that arrive together (a fast hand, a slow line that delivers late) would then all go to the
old place although the first of them moved the keyboard: text typed after the key that opens a question was lost.
Therefore the app lets the widget take each key before it looks at the next one.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual import events
from textual.dom import DOMNode


@runtime_checkable
class TakesKeys(Protocol):
    """A widget that handles keys and pasted text at once."""

    async def take_key(self, event: events.Key) -> bool:
        """Handle the key; False when it means nothing here."""

    def take_paste(self, text: str) -> bool:
        """Handle pasted text; False when it means nothing here."""


async def run_binding(node: DOMNode, key: str) -> bool:
    """Run the action that the widget (or screen, or app) itself binds to ``key``; False when there is none."""
    for binding in node._bindings.key_to_bindings.get(key, ()):
        if await node.app.run_action(binding.action, node):
            return True
    return False
