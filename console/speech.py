"""Speech: a text into a sound file, or out of the loudspeaker. Without a voice or a sound device it says so, once.

Used for spoken alerts (``speak_alert``) and for prompts that are generated at set-up (``render``). The engine lives in
a process of its own (``console.speech_process``), which is started again when it dies and ended when it hangs.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from console.spoken import spoken
from data.errors import SiagaError

log = logging.getLogger("siaga112.speech")

READY_WITHIN_S = 20.0
RENDERED_WITHIN_S = 20.0
PLAYED_WITHIN_S = 60.0
PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"))
"""Programs that play a WAV file, in the order in which they are tried."""


class NoSpeech(SiagaError):
    """Nothing can be spoken here, and why."""

    code = "no_speech"


class SpeechWorker:
    """Speaks in its own process. Usable from any thread; one text at a time. Use as a context manager or ``close``."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "console.speech_process")) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._told: set[str] = set()

    # ------------------------------------------------------------------ what others call

    def render(self, text: str, language: str, path: Path) -> float:
        """Speak ``text`` (put into words first) into the WAV file ``path``: 22,050 Hz, mono, 16 bit.

        The file appears whole or not at all. Returns its length in seconds. Raises NoSpeech.
        """
        with self._guard:
            for attempt in (1, 2):
                try:
                    return self._ask(spoken(text, language), language, path)
                except (OSError, EOFError, TimeoutError) as error:
                    self._end()
                    if attempt == 2:
                        raise NoSpeech(f"the speech process does not answer ({type(error).__name__})") from error
        raise NoSpeech("the speech process does not answer")

    def speak_alert(self, text: str, language: str = "id") -> bool:
        """Say ``text`` aloud and wait until it was said. False when that is not possible; the reason is logged once."""
        player = find_player()
        if player is None:
            self._tell_once("there is no sound device (or no pw-play, paplay, aplay): alerts are not spoken")
            return False
        with tempfile.TemporaryDirectory(prefix="siaga112-") as folder:
            sound = Path(folder) / "alert.wav"
            try:
                self.render(text, language, sound)
                done = subprocess.run(
                    [*player, str(sound)],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=PLAYED_WITHIN_S,
                    check=False,
                )
            except (NoSpeech, subprocess.TimeoutExpired, OSError) as error:
                self._tell_once(f"alerts are not spoken: {error}")
                return False
        if done.returncode:
            self._tell_once(f"{player[0]} cannot play: {done.stderr.decode(errors='replace').strip()[:200]}")
        return done.returncode == 0

    def close(self) -> None:
        """End the process."""
        with self._guard:
            self._end()

    def __enter__(self) -> SpeechWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ the process

    def _ask(self, text: str, language: str, path: Path) -> float:
        process = self._started()
        assert process.stdin is not None
        request = json.dumps({"text": text, "language": language, "path": str(path.absolute())})
        process.stdin.write(request.encode() + b"\n")
        process.stdin.flush()
        answer = self._answer(process, RENDERED_WITHIN_S)
        if "error" in answer:
            raise NoSpeech(str(answer["error"]), remedy="install espeak-ng and libespeak-ng1")
        return float(answer["seconds"])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment(),
        )
        answer = self._answer(self._process, READY_WITHIN_S)
        if "error" in answer:
            self._end()
            raise NoSpeech(str(answer["error"]), remedy="install espeak-ng and libespeak-ng1")
        return self._process

    @staticmethod
    def _environment() -> dict[str, str]:
        root = str(Path(__file__).parents[1])
        return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))}

    @staticmethod
    def _answer(process: subprocess.Popen[bytes], within_s: float) -> dict[str, Any]:
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(within_s):
                raise TimeoutError
        line = process.stdout.readline()
        if not line:
            raise EOFError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    log.debug("the pipe of a dead process")

    def _tell_once(self, reason: str) -> None:
        if reason not in self._told:
            self._told.add(reason)
            log.warning("%s", reason)


def find_player() -> tuple[str, ...] | None:
    """The command that plays a WAV file here, or None when there is no device or no such program."""
    server = os.environ.get("PULSE_SERVER") or _exists(
        os.environ.get("XDG_RUNTIME_DIR", ""), "pulse/native", "pipewire-0"
    )
    for command in PLAYERS:
        wanted = _has_card() if command[0] == "aplay" else bool(server)
        if wanted and shutil.which(command[0]):
            return command
    return None


def _exists(folder: str, *names: str) -> bool:
    return bool(folder) and any((Path(folder) / name).exists() for name in names)


def _has_card(cards: Path = Path("/proc/asound/cards")) -> bool:
    try:
        return "[" in cards.read_text()
    except OSError:
        return False
