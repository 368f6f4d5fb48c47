"""The boundary at which an error in a handler, timer or worker ends: one line for the operator, the rest in the log.

Textual ends the whole program when a handler raises, and the message pump of the widget concerned in any case
(measured on 8.2.8). A console that vanishes in the middle of a call is worse than any single failed action.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

log = logging.getLogger("siaga112.console")

if TYPE_CHECKING:
    _Base = MessagePump
else:
    _Base = object


class Guarded(_Base):
    """Mixin for the app, screens and widgets: an exception of a handler is reported and the message pump goes on.

    Must stand before the Textual class in the bases.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # the boundary: logged with its traceback, shown to the operator
            log.exception("%s could not handle %s", type(self).__name__, type(message).__name__)
            report = getattr(self.app, "report_error", None)
            if report is not None:
                report(error)
