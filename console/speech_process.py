"""The process that speaks: pyttsx3 in its main thread, one request a line on standard input, one answer a line back.

pyttsx3 (2.99, measured): prints to standard output, loses all but the last of several queued texts, returns from its
first ``runAndWait()`` before the file exists, dies when two threads use it, hangs after a fork. Hence: a process of its
own, standard output moved away, a warm-up, one text at a time, the length of the sound checked, and the file renamed
only when it is whole.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

VOICES = {"id": "id", "en": "en"}
"""Language -> word by which the voice is found among espeak-ng's."""

WRITTEN_WITHIN_S = 4.0
ATTEMPTS = 3
"""Now and then the engine's first run after its start writes an empty file (seen on a busy machine)."""

SHORTEST_S_PER_CHARACTER = 0.012
"""A sound shorter than this a character of text was cut off (espeak-ng speaks about 15 characters a second)."""


def main() -> None:
    """Answer requests until standard input ends. The first answer tells that the engine is ready, or why not."""
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        speaker = Speaker()
    except Exception as error:  # noqa: BLE001 - whatever the engine raises: there is no speech, and it is told why
        answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
        return
    answers.write(json.dumps({"ready": True}) + "\n")
    for line in sys.stdin:
        try:
            asked = json.loads(line)
            seconds = speaker.render(asked["text"], asked["language"], Path(asked["path"]))
            answer: dict[str, Any] = {"seconds": round(seconds, 3)}
        except Exception as error:  # noqa: BLE001 - told to whoever asked; the next request is served
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


class Speaker:
    """The engine, warmed up."""

    def __init__(self) -> None:
        import pyttsx3  # noqa: PLC0415 - only this process loads the engine

        self._engine = pyttsx3.init("espeak")
        self._voices = {language: self._voice(word) for language, word in VOICES.items()}
        self._engine.setProperty("rate", 150)
        with tempfile.TemporaryDirectory(prefix="siaga112-") as folder:
            self.render("satu", "id", Path(folder) / "warm.wav")

    def _voice(self, word: str) -> str:
        for voice in self._engine.getProperty("voices"):
            if str(voice.id).rpartition("/")[2] == word or word in [
                str(each).strip("\x05") for each in voice.languages
            ]:
                return str(voice.id)
        return word

    def render(self, text: str, language: str, path: Path) -> float:
        """Speak ``text`` into the WAV file ``path``; returns its length in seconds. Raises OSError, ValueError."""
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.unlink(missing_ok=True)
        if not part.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {part.parent}")
        try:
            self._engine.setProperty("voice", self._voices.get(language, language))
            for _ in range(ATTEMPTS):
                self._engine.save_to_file(text, str(part))
                self._engine.runAndWait()
                seconds = self._written(part, len(text) * SHORTEST_S_PER_CHARACTER)
                if seconds is not None:
                    part.replace(path)
                    return seconds
            raise ValueError("the engine gave no sound, or one that is too short for the text")
        finally:
            part.unlink(missing_ok=True)

    @staticmethod
    def _written(path: Path, shortest: float) -> float | None:
        """Wait until the file is whole; its length in seconds, None when it does not become long enough."""
        deadline = time.monotonic() + WRITTEN_WITHIN_S
        seconds = before = -1.0
        while time.monotonic() < deadline:
            before, seconds = seconds, _length(path)
            if seconds >= shortest and seconds == before:
                return seconds
            time.sleep(0.005)
        return None


def _length(path: Path) -> float:
    try:
        with wave.open(str(path)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (OSError, EOFError, wave.Error):
        return -1.0


if __name__ == "__main__":
    main()
