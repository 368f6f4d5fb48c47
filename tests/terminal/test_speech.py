"""Real speech: espeak-ng through pyttsx3, in its own process."""

from __future__ import annotations

import os
import signal
import sys
import wave
from pathlib import Path

import pytest

from console import speech
from console.speech import NoSpeech, SpeechWorker, find_player


def frames(path: Path) -> tuple[int, int, int, float]:
    with wave.open(str(path)) as sound:
        return (
            sound.getnchannels(),
            sound.getsampwidth(),
            sound.getframerate(),
            sound.getnframes() / sound.getframerate(),
        )


def test_every_text_becomes_a_whole_file_the_first_one_too(tmp_path: Path) -> None:
    with SpeechWorker() as worker:
        for number, text in enumerate(["satu", "Kebakaran rumah di Jatiluhur, RT 03/RW 05", "112", "a" * 300]):
            path = tmp_path / f"{number}.wav"
            seconds = worker.render(text, "id", path)
            channels, width, rate, length = frames(path)
            assert (channels, width, rate) == (1, 2, 22_050)
            assert length == pytest.approx(seconds, abs=0.01)
            assert length > 0.2
        short, long = frames(tmp_path / "0.wav")[3], frames(tmp_path / "1.wav")[3]
        assert long > 3 * short
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0.wav", "1.wav", "2.wav", "3.wav"]


def test_a_dead_engine_is_started_again(tmp_path: Path) -> None:
    with SpeechWorker() as worker:
        worker.render("satu", "id", tmp_path / "a.wav")
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
        worker.render("dua", "id", tmp_path / "b.wav")
    assert (tmp_path / "b.wav").exists()


def test_an_engine_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "READY_WITHIN_S", 0.3)
    with (
        SpeechWorker((sys.executable, "-c", "import time; time.sleep(60)")) as worker,
        pytest.raises(NoSpeech, match="does not answer"),
    ):
        worker.render("satu", "id", tmp_path / "a.wav")


def test_an_engine_that_is_not_installed_says_so_with_the_remedy(tmp_path: Path) -> None:
    program = 'print(\'{"error": "OSError: no espeak"}\')'
    with SpeechWorker((sys.executable, "-c", program)) as worker, pytest.raises(NoSpeech, match="install espeak-ng"):
        worker.render("satu", "id", tmp_path / "a.wav")


def test_a_folder_that_cannot_be_written_is_an_error_and_the_next_text_is_spoken(tmp_path: Path) -> None:
    with SpeechWorker() as worker:
        with pytest.raises(NoSpeech):
            worker.render("satu", "id", tmp_path / "missing" / "a.wav")
        worker.render("satu", "id", tmp_path / "a.wav")


def test_without_a_sound_device_it_says_so_once_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(speech, "find_player", lambda: None)
    with SpeechWorker() as worker:
        assert worker.speak_alert("Insiden prioritas satu") is False
        assert worker.speak_alert("Insiden prioritas satu") is False
    assert caplog.text.count("no sound device") == 1


def test_an_alert_is_played_by_the_player_that_the_machine_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    player, played = tmp_path / "pw-play", tmp_path / "played"
    player.write_text(f'#!/bin/sh\nwc -c < "$1" > "{played}"\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    assert find_player() == ("pw-play",)
    with SpeechWorker() as worker:
        assert worker.speak_alert("Insiden prioritas satu") is True
    assert int(played.read_text()) > 20_000
