"""The process of the training PBX: AMI over TCP on 127.0.0.1, callers by their stories, records of all that was.

In ``DIR/training`` it leaves: ``pbx.json`` (where it listens and with which secret; there once it does), ``Master.csv``
(Asterisk's CDR format), ``stories.ndjson`` (one line for each call when it rings: who it is and what is said),
``finished.json`` (when all calls are over).
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from data.clock import now
from data.errors import WrongUse
from data.pack import load_pack
from telephony.calls.names import short_call
from telephony.training.cdr import CdrFile, Record
from telephony.training.floor import Outside
from telephony.training.listening import TrainingPbx
from telephony.training.session import ACTION_BYTES, DIALLER, Session
from telephony.training.stories import Story, tell
from telephony.training.visits import Visit

log = logging.getLogger(__name__)

REGIONS = Path(__file__).parents[2] / "data" / "regions"
SIGN_IN_WAIT_S = 30.0
"""Calls begin when somebody has signed in at the queue, or so long after the first login (callers then wait)."""
USER = "siaga112"
ENDLESS = 10_000
"""Stories told at a time when calls are played until the process is ended."""


class Endpoint(msgspec.Struct, frozen=True):
    """How to reach a training PBX: the contents of ``pbx.json``."""

    host: str
    port: int
    user: str
    secret: str
    queue: str
    dial_user: str | None = None
    dial_secret: str | None = None


class Told(msgspec.Struct, frozen=True):
    """A line of ``stories.ndjson``: the story, and the call that it has become (``linkedid`` as in the journal)."""

    linkedid: str
    story: Story


def folder(directory: Path) -> Path:
    """Where the training PBX of a data directory keeps its files."""
    return directory / "training"


def wait_for(directory: Path, timeout_s: float = 10.0) -> Endpoint:
    """The endpoint of the training PBX of ``directory``, once it listens. Raises TimeoutError."""
    file, until = folder(directory) / "pbx.json", time.monotonic() + timeout_s
    while True:
        try:
            return msgspec.json.decode(file.read_bytes(), type=Endpoint)
        except FileNotFoundError:
            if time.monotonic() > until:
                raise TimeoutError(f"the training PBX of {directory} did not start within {timeout_s} s") from None
        time.sleep(0.02)


def told(directory: Path) -> list[Told]:
    """The calls that rang so far, in order."""
    file = folder(directory) / "stories.ndjson"
    if not file.exists():
        return []
    whole = file.read_bytes().rpartition(b"\n")[0]  # a line that is being written has no end yet
    return [msgspec.json.decode(line, type=Told) for line in whole.split(b"\n") if line]


def region_folder() -> Path:
    """The region that ships first by name: its villages and incident types are what the callers speak of."""
    found = sorted(path for path in REGIONS.iterdir() if (path / "region.toml").exists())
    if not found:
        raise WrongUse("no region pack is installed", where=str(REGIONS))
    return found[0]


def run(
    directory: Path,
    *,
    calls: int,
    seed: int,
    rate: float,
    stop: threading.Event,
    region: Path | None = None,
    port: int = 0,
) -> None:
    """Play ``calls`` calls (0: until ``stop``), ``rate`` a second, and serve AMI until ``stop`` is set.

    ``region``: the region pack whose places the callers name. ``port`` 0: a free one. Raises WrongUse, OSError.
    """
    if rate <= 0:
        raise WrongUse("calls a second must be more than 0", where="--rate")
    pack = load_pack(region or region_folder())
    stories = tell(pack, calls=calls or ENDLESS, seed=seed, rate=rate)
    asyncio.run(_Pbx(directory, stories, calls).run(stop, port))


class _Pbx:
    """Wires the exchange to sockets, files and the event loop."""

    def __init__(self, directory: Path, stories: Sequence[Story], calls: int) -> None:
        self._folder = folder(directory)
        self._stories, self._calls = stories, calls
        self._sessions: set[Session] = set()
        self._secrets = {user: secrets.token_urlsafe(24) for user in (USER, DIALLER)}
        self._begun = asyncio.Event()

    async def run(self, stop: threading.Event, port: int) -> None:
        """Serve until ``stop``."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("pbx.json", "finished.json", "Master.csv", "stories.ndjson"):
            (self._folder / name).unlink(missing_ok=True)
        self._cdr = CdrFile(self._folder / "Master.csv")
        self._cdr.write([])
        loop = asyncio.get_running_loop()
        self._exchange = TrainingPbx(Outside(now, loop.call_later, self._emit, self._over))
        server = await asyncio.start_server(self._accept, "127.0.0.1", port, limit=ACTION_BYTES)
        host, bound = server.sockets[0].getsockname()[:2]
        self._write(
            "pbx.json", Endpoint(host, bound, USER, self._secrets[USER], "112", DIALLER, self._secrets[DIALLER])
        )
        log.info("the training PBX listens on %s:%d", host, bound)
        async with server:
            players = asyncio.create_task(self._play())
            while not stop.is_set():
                if players.done() and players.exception() is not None:
                    break
                await asyncio.sleep(0.1)
            players.cancel()
            for session in list(self._sessions):
                session.close()
            while self._sessions:
                await asyncio.sleep(0.01)
        if players.done() and not players.cancelled():
            players.result()  # a defect of ours must not look like an ordinary end

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self._exchange, self._secrets, reader, writer)
        self._sessions.add(session)
        try:
            await session.serve()
        finally:
            self._sessions.discard(session)

    def _emit(self, event: bytes) -> None:
        for session in self._sessions:
            session.event(event)

    async def _play(self) -> None:
        await self._audience()
        began = time.monotonic()
        with (self._folder / "stories.ndjson").open("ab") as file:
            for story in self._stories:
                await asyncio.sleep(max(0.0, began + story.at - time.monotonic()))
                # The line is there before the call rings, so whoever plays the call-taker can look it up.
                uniqueid = self._exchange.next_uniqueid()
                file.write(msgspec.json.encode(Told(short_call(uniqueid), story)) + b"\n")
                file.flush()
                self._exchange.arrive(story, uniqueid)
        while self._exchange.visits:
            await asyncio.sleep(0.05)
        if self._calls:
            self._write("finished.json", {"calls": self._exchange.finished})

    async def _audience(self) -> None:
        """Somebody must be there to be called; but callers don't wait for ever for call-takers."""
        while not any(session.logged_in for session in self._sessions):
            await asyncio.sleep(0.05)
        until = time.monotonic() + SIGN_IN_WAIT_S
        while not self._exchange.telephones.members and time.monotonic() < until:
            await asyncio.sleep(0.05)

    def _over(self, visit: Visit, records: list[Record]) -> None:
        self._cdr.write(records)

    def _write(self, name: str, content: object) -> None:
        """A file appears whole, readable by its owner only (it may hold the secret)."""
        part = self._folder / f".{name}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(content))
        part.rename(self._folder / name)
