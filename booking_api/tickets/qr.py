"""QR codes: black on white, with the quiet zone that ISO/IEC 18004 asks for.

segno encodes. Each confirmation has some of these, so they are made of what was encoded before: 0.15 ms for a picture,
which took segno 4 ms to encode and 1 ms to write.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import segno

QUIET = 4  # modules
MASK = 2  # any of the eight can be read; to choose the best of them for each code takes 3.5 ms
VARYING = 22  # characters at the end of what codes say: before them all of a service's codes say the same
Matrix = Sequence[bytes]


class Pattern(NamedTuple):
    """All QR codes that begin alike: the one that ends in zeros, and what each bit of the end changes in it.

    A QR code is linear in its bits: ISO/IEC 18004 only places them and adds to them, and its error correction, by
    Reed-Solomon codes, is linear too. So the changes add up by XOR. The numbers have a byte for each module.
    """

    side: int
    empty: int
    changes: list[int]


def matrix_of(content: str) -> Matrix:
    """Return the modules of a QR code in rows, 1 for black; it can be read with 15 % of it lost (level M)."""
    data = content.encode()
    pattern = _pattern(data[:-VARYING], len(data[-VARYING:]))
    modules, bits = pattern.empty, int.from_bytes(data[-VARYING:], "big")
    for change in pattern.changes:
        if bits & 1:
            modules ^= change
        bits >>= 1
    found = modules.to_bytes(pattern.side**2, "big")
    return [found[start : start + pattern.side] for start in range(0, len(found), pattern.side)]


@lru_cache(4)
def _pattern(beginning: bytes, length: int) -> Pattern:
    """Return the pattern of all codes with this beginning and so many bytes after it, in 0.15 s."""
    side, empty = _encode(beginning + bytes(length))
    changes = [_encode(beginning + (1 << bit).to_bytes(length, "big"))[1] ^ empty for bit in range(8 * length)]
    return Pattern(side, empty, changes)


def _encode(content: bytes) -> tuple[int, int]:
    matrix = segno.make(content, error="m", mode="byte", micro=False, mask=MASK, boost_error=False).matrix
    return len(matrix), int.from_bytes(b"".join(matrix), "big")


def side_of(matrix: Matrix) -> int:
    """Return how wide a QR code is with its quiet zone, in modules."""
    return len(matrix) + 2 * QUIET


def runs(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """Yield the black lines of a QR code: the column, the row and the length of each."""
    for y, row in enumerate(matrix):
        x = 0
        for piece in row.split(b"\0"):
            if piece:
                yield x, y, len(piece)
            x += len(piece) + 1


def svg(matrix: Matrix, size: int | None = None) -> str:
    """Return a QR code as SVG, of a width in pixels if `size` is given."""
    side = side_of(matrix)
    path = "".join(f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z" for x, y, length in runs(matrix))
    sized = f' width="{size}" height="{size}"' if size else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"{sized} shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def png(matrix: Matrix, scale: int) -> bytes:
    """Return a QR code as PNG with one bit for each pixel; a module is `scale` pixels wide."""
    side = side_of(matrix) * scale
    margin, padding = "1" * (QUIET * scale), "1" * (-side % 8)
    black, white = "0" * scale, "1" * scale
    blank = _line(margin + white * len(matrix) + margin + padding)
    lines = [blank * (QUIET * scale)]
    for row in matrix:
        lines.append(_line(margin + "".join([black if dark else white for dark in row]) + margin + padding) * scale)
    lines.append(lines[0])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)  # one bit of grey
    pixels = zlib.compress(b"".join(lines), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _line(bits: str) -> bytes:
    return b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
