"""One AMI connection to the training PBX: greeting, login, actions in, answers and events out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from telephony.training.actions import Action, answer, dial, response
from telephony.training.listening import TrainingPbx
from telephony.training.shapes import packet

log = logging.getLogger(__name__)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
LOGIN_S = 10.0
"""Without a login the connection is closed after so long, as Asterisk does."""
DIALLER = "siaga112-dial"
"""The user that may only start calls."""
ACTION_BYTES = 64 * 1024
"""An action longer than this ends the session: nobody sends one."""
UNREAD_BYTES = 8 << 20
"""Who does not read his events is cut off (Asterisk: writetimeout)."""


class Session:
    """Serves one client until it goes."""

    def __init__(
        self, exchange: TrainingPbx, secrets: Mapping[str, str], reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        """``secrets``: user -> secret; :data:`DIALLER` may only start calls and hears nothing."""
        self._exchange, self._secrets = exchange, secrets
        self._dials = False
        self._reader, self._writer = reader, writer
        self.logged_in = False
        self.events = False

    def send(self, data: bytes) -> None:
        """Give the client ``data``; one who has stopped reading is cut off."""
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > UNREAD_BYTES:
            log.warning("a client does not read its events and is cut off")
            self._writer.transport.abort()
            return
        self._writer.write(data)

    def close(self) -> None:
        """End the connection."""
        self._writer.close()

    def event(self, data: bytes) -> None:
        """An event for those who are logged in and want events."""
        if self.logged_in and self.events:
            self.send(data)

    async def serve(self) -> None:
        """Read actions until the client goes, logs off, or breaks the protocol."""
        self.send(BANNER)
        try:
            while True:
                limit = None if self.logged_in else LOGIN_S
                async with asyncio.timeout(limit):
                    action = await self._read()
                if action is None or not self._do(action):
                    break
                await self._writer.drain()
        except (TimeoutError, ConnectionError, asyncio.LimitOverrunError) as error:
            log.info("session ends: %s", type(error).__name__)
        finally:
            self._writer.close()

    async def _read(self) -> Action | None:
        """The next action, keys in lower case; None at the end of the connection."""
        while True:
            try:
                raw = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return None
            action: Action = {}
            for line in raw.decode("utf-8", "replace").split("\r\n"):
                key, colon, value = line.partition(":")
                name = key.strip().lower()
                if colon and name == "variable" and name in action:
                    action[name] += f"\n{value.strip()}"
                elif colon:
                    action.setdefault(name, value.strip())
            if action:
                return action

    def _do(self, action: Action) -> bool:
        """Answer; False when the session is over."""
        name = action.get("action", "").lower()
        if name == "logoff":
            self.send(response(action, "Goodbye", ("Message", "Thanks for all the fish.")))
            return False
        if not self.logged_in:
            return self._login(action, name)
        if name == "events":
            self.events = action.get("eventmask", "").lower() not in ("off", "", "no", "0")
            self.send(response(action, "Success", ("Events", "On" if self.events else "Off")))
            return True
        for part in (dial if self._dials else answer)(self._exchange, action):
            self.send(part)
        return True

    def _login(self, action: Action, name: str) -> bool:
        if name != "login":
            self.send(response(action, "Error", ("Message", "Permission denied")))
            return True
        user = action.get("username", "")
        if user not in self._secrets or action.get("secret") != self._secrets[user]:
            self.send(response(action, "Error", ("Message", "Authentication failed")))
            return False
        self.logged_in, self._dials = True, user == DIALLER
        self.events = action.get("events", "on").lower() != "off" and not self._dials
        self.send(response(action, "Success", ("Message", "Authentication accepted")))
        if self.events:
            uptime = str((self._exchange.now() - self._exchange.booted_at) // 1_000_000)
            booted = [("Event", "FullyBooted"), ("Privilege", "system,all"), ("Uptime", uptime)]
            self.send(packet(booted, [("LastReload", uptime), ("Status", "Fully Booted")]))
        return True
