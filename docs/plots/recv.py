#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what recv gave of four frames that went through a TCP connection, and the frames.

    python3 docs/plots/recv.py docs/plots/recv.svg

The connection is real, over loopback, and the receiver's buffer small, so that a few short
messages show what many would.
"""

import json
import socket
import struct
import sys
from typing import Iterator, List, NamedTuple, Tuple
from xml.sax.saxutils import escape

MESSAGES = ["hello", "how are you today?", "ok", "bye"]
BUFFER = 32

COLUMNS = 36  # bytes in a line of the picture
CELL = 24
LINE = 118  # from one line of bytes to the next
LEFT, TOP = 20, 96
COLOURS = {"length": "#f6c85f", "header": "#9ecae1", "body": "#a1d99b"}


class Span(NamedTuple):
    """A run of bytes of the stream."""
    begin: int
    end: int
    name: str


def frame(text: str) -> bytes:
    body = text.encode()
    header = json.dumps({"body_size": len(body)}, separators=(",", ":")).encode()
    return struct.pack("!I", len(header)) + header + body


def pieces_of(frames: List[bytes]) -> List[bytes]:
    """What recv gives of them, of a connection of their own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as sender:
            receiver = listener.accept()[0]
            for each in frames:
                sender.sendall(each)
            sender.shutdown(socket.SHUT_WR)
            with receiver:
                return list(iter(lambda: receiver.recv(BUFFER), b""))


def spans_of(pieces: List[bytes], name: str, first: int) -> List[Span]:
    spans, begin = [], 0
    for number, piece in enumerate(pieces, first):
        spans.append(Span(begin, begin + len(piece), f"{name} {number}: {len(piece)} bytes"))
        begin += len(piece)
    return spans


def parts_of(stream: bytes) -> Iterator[str]:
    """To which part of its frame each byte belongs."""
    at = 0
    while at < len(stream):
        size = struct.unpack_from("!I", stream, at)[0]
        body_size = json.loads(stream[at + 4:at + 4 + size]).get("body_size", 0)
        yield from ["length"] * 4 + ["header"] * size + ["body"] * body_size
        at += 4 + size + body_size


def place(index: int) -> Tuple[int, int]:
    return LEFT + index % COLUMNS * CELL, TOP + index // COLUMNS * LINE


def text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{escape(words)}</text>'


def bracket(span: Span, above: bool) -> Iterator[str]:
    """A line over, or under, the bytes of a span; its name stands where it has most room."""
    parts = []
    for line in range(span.begin // COLUMNS, (span.end - 1) // COLUMNS + 1):
        begin = max(span.begin, line * COLUMNS)
        end = min(span.end, (line + 1) * COLUMNS)
        x, y = place(begin)
        parts.append((end - begin, x, y))
        edge, foot = (y - 14, y - 4) if above else (y + CELL + 14, y + CELL + 4)
        left, right = x + 3, x + (end - begin) * CELL - 3
        points = [f"{left},{edge}", f"{right},{edge}"]
        if begin == span.begin:
            points.insert(0, f"{left},{foot}")
        if end == span.end:
            points.append(f"{right},{foot}")
        yield (f'<polyline points="{" ".join(points)}" fill="none" stroke="#333" '
               f'stroke-width="1.5"/>')
    width, x, y = max(parts)
    yield text(x + width * CELL / 2, y - 20 if above else y + CELL + 30, span.name,
               'text-anchor="middle"')


def draw(pieces: List[bytes], frames: List[bytes]) -> str:
    stream = b"".join(pieces)
    width = 2 * LEFT + COLUMNS * CELL
    height = TOP + ((len(stream) - 1) // COLUMNS + 1) * LINE - 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13" fill="#222">',
        "<title>What recv gave of four frames, and the frames</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        text(LEFT, 28, f"above: what each recv gave, of {len(frames)} frames sent one by one; "
                       "below: the frames", 'font-size="15"'),
    ]
    for number, (name, colour) in enumerate(COLOURS.items()):
        x = LEFT + number * 150
        lines.append(f'<rect x="{x}" y="42" width="14" height="14" fill="{colour}"/>')
        lines.append(text(x + 20, 54, {"length": "header length"}.get(name, name)))
    for index, (byte, part) in enumerate(zip(stream, parts_of(stream))):
        x, y = place(index)
        lines.append(f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" '
                     f'fill="{COLOURS[part]}" stroke="#fff"/>')
        shown, size = (chr(byte), 15) if 0x20 <= byte < 0x7f else (f"{byte:02x}", 11)
        lines.append(text(x + CELL / 2, y + 17, shown,
                          f'text-anchor="middle" font-family="monospace" font-size="{size}"'))
    for span in spans_of(pieces, "recv", 1):
        lines.extend(bracket(span, above=True))
    for span in spans_of(frames, "frame", 0):
        lines.extend(bracket(span, above=False))
    return "\n".join(lines) + "\n</svg>\n"


def main() -> None:
    frames = [frame(message) for message in MESSAGES]
    pieces = pieces_of(frames)
    assert b"".join(pieces) == b"".join(frames)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(draw(pieces, frames))


if __name__ == "__main__":
    main()
