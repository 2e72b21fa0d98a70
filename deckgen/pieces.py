"""A file compressed in pieces that know nothing of each other, so that equal ones stay equal.

One after another, and with `END` behind them, they are one stream of the Deflate format: a full
flush forgets all that came before (RFC 1951; zlib's manual, `Z_FULL_FLUSH`).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

SIZE = 1 << 18  # bytes; smaller ones compress worse, of larger ones an edit reaches more
LEVEL = 3  # of 9: a tenth larger than the smallest, in a fifth of the time
RAW = -zlib.MAX_WBITS  # Deflate without a header of zlib's own
END = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW).flush()


class Piece(NamedTuple):
    """`size` bytes that were compressed to `length`, each with the digest of its bytes."""

    digest: str
    size: int
    packed: str
    length: int


Known = Callable[[int, bytes], tuple[Piece, bytes] | None]
"""What a piece, at its 0-based place, was compressed to before."""


def nothing_known(place: int, plain: bytes) -> None:
    """Nothing was compressed before."""


def pieces_of(path: Path, known: Known) -> Iterator[tuple[Piece, bytes, bytes]]:
    """The pieces of a file in their order, each as it is and compressed.

    Raises ValueError if zlib does not give back what it was given.
    """
    with path.open("rb") as file:
        place = 0
        while plain := file.read(SIZE):
            piece, packed = known(place, plain) or _compressed(plain)
            yield piece, plain, packed
            place += 1


def digest_of(content: bytes) -> str:
    """By which equal pieces are known."""
    return digesting(content).hexdigest()


def digesting(start: bytes = b"") -> hashlib.blake2b:
    """A digest of what starts so."""
    return hashlib.blake2b(start, digest_size=16)


def _compressed(plain: bytes) -> tuple[Piece, bytes]:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW)
    packed = compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH)
    if zlib.decompress(packed + END, RAW, len(plain)) != plain:
        raise ValueError("a compressed piece does not give back what it was made of")
    return Piece(digest_of(plain), len(plain), digest_of(packed), len(packed)), packed
