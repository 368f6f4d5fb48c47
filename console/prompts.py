"""The voice that callers hear: made by the speech engine at set-up, to be replaced by a recorded one.

A prompt is a WAV file as telephones need it (8,000 Hz, mono, 16 bit) in the exchange's folder of prompts. A file that
is there already is never touched: it may be a person's voice.
"""

from __future__ import annotations

import os
import tempfile
import wave
from pathlib import Path

from console.speech import SpeechWorker

RATE = 8000
"""Samples a second of a telephone line (ITU-T G.711)."""

PROMPTS = {
    "silent": "Anda terhubung dengan layanan darurat 112. Jika Anda membutuhkan pertolongan, tetapi tidak dapat "
    "berbicara, tekan angka lima pada telepon Anda sekarang.",
}
"""Name of the file -> what it says, in the language of the callers."""

_PASS_HZ = 3400
"""What a telephone line carries; higher tones would come back as noise at the lower rate."""


def make_prompts(folder: Path, language: str = "id") -> tuple[list[Path], list[Path]]:
    """Make the prompts that are missing in ``folder``; returns (made, kept).

    Raises NoSpeech when there is no voice, OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made, kept = [], []
    with SpeechWorker() as worker, tempfile.TemporaryDirectory(prefix="siaga112-") as aside:
        for name, text in PROMPTS.items():
            target = folder / f"{name}.wav"
            if target.exists():
                kept.append(target)
                continue
            spoken = Path(aside) / f"{name}.wav"
            worker.render(text, language, spoken)
            for_telephone(spoken, target)
            made.append(target)
    return made, kept


def for_telephone(source: Path, target: Path) -> None:
    """Turn the WAV file ``source`` (mono, 16 bit, any rate) into one for the telephone; whole or not at all."""
    import numpy as np  # noqa: PLC0415 - only here, and slow to load

    with wave.open(str(source)) as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2").astype(float)
    taps = np.arange(-64, 65)
    low_pass = np.sinc(2 * _PASS_HZ / rate * taps) * np.hamming(len(taps))
    smooth = np.convolve(samples, low_pass / low_pass.sum(), mode="same") if len(samples) else samples
    moments = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    heard = np.interp(moments, np.arange(len(smooth)), smooth) if len(samples) else smooth
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with wave.open(str(fresh), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes(np.clip(heard, -32768, 32767).astype("<i2").tobytes())
        fresh.chmod(0o644)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
