"""The pictures and the sound that the questions in `stress/` show: too large to be kept."""

from __future__ import annotations

import struct
import wave
import zlib
from pathlib import Path

WIDE, TALL = (3000, 900), (900, 4000)


def write_media(content: Path) -> None:
    """Writes them into a copy of `stress/`."""
    content.joinpath("wide.png").write_bytes(_png(*WIDE))
    content.joinpath("wide.svg").write_text(_svg(*WIDE))
    content.joinpath("tall.svg").write_text(_svg(*TALL))
    with wave.open(str(content / "tone.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(800))


def _svg(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#4a90d9"/></svg>'
    )


def _png(width: int, height: int) -> bytes:
    """A black picture, one bit to a pixel."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + (width + 7) // 8) * height))
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    written = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)
