"""Tones, so that every party of a call can be told apart by its pitch."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Sequence
from pathlib import Path

RATE = 8000


def tone(hertz: float, seconds: float, level: float = 0.3) -> list[int]:
    """Samples of a sine, 16 bit, 8 kHz."""
    return [round(32767 * level * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(int(RATE * seconds))]


def write_wav(path: Path, samples: Sequence[int]) -> Path:
    """A mono wav file of ``samples``."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def read_wav(path: Path) -> list[int]:
    """The samples of a mono 16-bit wav file, also of one that is still being written (its header says 0)."""
    raw = path.read_bytes()[44:]
    count = len(raw) // 2
    return list(struct.unpack(f"<{count}h", raw[: count * 2]))


def alaw(samples: Sequence[int]) -> bytes:
    """ITU-T G.711 A-law of 16-bit samples, as SIPp sends it."""
    return bytes(_alaw(sample) for sample in samples)


def _alaw(sample: int) -> int:
    sign = 0x80 if sample >= 0 else 0
    value = min(32635, abs(sample) if sample >= 0 else -sample - 1) >> 3
    exponent = max(value.bit_length() - 5, 0)
    if exponent > 7:
        exponent = 7
    mantissa = (value >> max(exponent, 1)) & 0x0F if exponent else (value >> 1) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def strength(samples: Sequence[int], hertz: float) -> float:
    """How strong one pitch is in ``samples`` (Goertzel's algorithm; 0 to about 16,000)."""
    if not samples:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * hertz / RATE)
    older = old = 0.0
    for sample in samples:
        older, old = old, sample + turn * old - older
    power = older * older + old * old - turn * older * old
    return math.sqrt(max(power, 0.0)) * 2 / len(samples)
