"""The second AMI user, who may only start calls: logged in for the moment in which something is started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from telephony.link.connection import Connection
from telephony.link.inbox import Inbox
from telephony.settings import Pbx


@contextmanager
def dialling(pbx: Pbx) -> Iterator[Connection]:
    """A connection as ``dial_user`` of ``pbx``, which must have one. Raises LinkError when it is not let in."""
    login = msgspec.structs.replace(
        pbx, user=pbx.dial_user or "", secret=pbx.dial_secret, secret_file=pbx.dial_secret_file
    )
    connection = Connection(login, Inbox())
    connection.open()
    try:
        yield connection
    finally:
        connection.disconnect()
