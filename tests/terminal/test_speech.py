"""Real speech: espeak-ng through pyttsx3, in its own process."""

from __future__ import annotations

import math
import os
import signal
import sys
import wave
from array import array
from pathlib import Path

import pytest

from console import speech
from console.prompts import for_telephone, make_prompts
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


def test_the_prompt_for_silent_callers_is_made_for_a_telephone_and_a_recorded_voice_stays(tmp_path: Path) -> None:
    made, kept = make_prompts(tmp_path / "prompts")
    [prompt] = made
    assert (prompt.name, kept) == ("silent.wav", [])
    channels, width, rate, seconds = frames(prompt)
    assert (channels, width, rate) == (1, 2, 8_000)
    assert 3 < seconds < 25
    assert prompt.stat().st_mode & 0o444 == 0o444, "the exchange runs as another user"
    with wave.open(str(prompt)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    assert max(samples) > 3000, "it is loud enough to be heard"
    prompt.write_bytes(b"a recorded voice")
    assert make_prompts(tmp_path / "prompts") == ([], [prompt])
    assert prompt.read_bytes() == b"a recorded voice"
    assert [each.name for each in prompt.parent.iterdir()] == ["silent.wav"]


def test_a_tone_that_a_telephone_cannot_carry_does_not_come_back_as_another(tmp_path: Path) -> None:
    for hertz, loud in ((1000, True), (6000, False)):
        with wave.open(str(tmp_path / "in.wav"), "wb") as out:
            out.setparams((1, 2, 22_050, 0, "NONE", ""))
            tone = array("h", (int(10_000 * math.sin(2 * math.pi * hertz * n / 22_050)) for n in range(22_050)))
            out.writeframes(tone.tobytes())
        for_telephone(tmp_path / "in.wav", tmp_path / "out.wav")
        with wave.open(str(tmp_path / "out.wav")) as sound:
            heard = array("h", sound.readframes(sound.getnframes()))
        assert len(heard) == 8000
        assert (max(heard[800:-800]) > 8000) == loud
        assert loud or max(heard[800:-800]) < 500
