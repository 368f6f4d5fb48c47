"""What people decide about the call-back list: pure rules, from the item and a request to drafts, or a Refusal."""

from __future__ import annotations

from data.entry import Draft, draft
from data.errors import Conflict, Refusal
from data.text import safe_line, safe_text
from data.vocabulary.calls import CallbackClosed
from telephony.callbacks.queries import CallbackRow

RESULTS = ("not_reached", "wrong_number", "not_needed")
"""How a person closes an item whose caller was not talked with."""


def close(
    item: CallbackRow | None, callback: str, result: str, *, actor: str, terminal: str = "", note: str | None = None
) -> list[Draft]:
    """Take ``item`` off the list.

    Refusals: no_such_callback, unknown_result, not_tried (nobody can be unreachable who was never called).
    Conflict ``callback_closed``: somebody closed it before, or the caller got through.
    """
    if result not in RESULTS:
        raise Refusal("unknown_result", "{result} is no result of a call-back", result=safe_line(result, 40))
    if item is None:
        raise Refusal("no_such_callback", "there is no call-back {callback}", callback=safe_line(callback, 80))
    if item.closed_at is not None:
        raise Conflict(
            "callback_closed",
            "this call-back is closed: {result}, {who}",
            result=item.result,
            who=item.closed_by or "-",
        )
    if result == "not_reached" and not item.attempts:
        raise Refusal("not_tried", "{number} was not called back yet", number=item.number)
    body = CallbackClosed(result=result, note=safe_text(note) if note else None)
    return [draft(item.callback, body, actor=actor, terminal=terminal)]
