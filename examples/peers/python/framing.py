#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Frames with a JSON header and a body over TCP: a full peer, in plain Python.

    +---------------------+------------------------+-----------------+
    | header length       | header                 | body            |
    | 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
    +---------------------+------------------------+-----------------+

    with Connection(socket.create_connection(("127.0.0.1", 4000))) as peer:
        peer.send({"type": "word"}, b"hello")
        frame = peer.receive()

`AsyncConnection` is the same over asyncio. `Decoder` does no I/O: it takes chunks of any size and
gives headers and pieces of bodies; `Reassembler` gives whole frames.

    python3 framing.py decode < stream
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import re
import socket
import sys
import time
import unicodedata
from typing import Any, AsyncIterator, Iterable, Iterator, Mapping, NamedTuple, NoReturn, Union

PREFIX_SIZE = 4
MOST_DEPTH = 1024
CHUNK = 64 * 1024


class Limits(NamedTuple):
    """What a peer may announce. 0 means 0."""

    max_header_size: int = 64 * 1024
    max_body_size: int = 16 * 1024 * 1024
    max_depth: int = 64


class FramingError(Exception):
    """What is wrong with a stream, with its numbers. It is final for the stream."""

    def __init__(
        self,
        code: str,
        part: str,
        offset: int,
        frame: int,
        declared: int,
        limit: int | None = None,
        position: int | None = None,
        stranger: str | None = None,
    ) -> None:
        self.code = code  # "invalid_header"
        self.part = part  # "length", "header" or "body"
        self.offset = offset  # bytes of the stream before the bad frame
        self.frame = frame  # frames before the bad one
        self.declared = declared  # the size that the part was to have, or how deep it nests
        self.limit = limit  # what `declared` is above
        self.position = position  # good bytes of the part
        self.stranger = stranger  # who is talking, if not a peer of ours
        super().__init__(f"{code}: frame {frame} at offset {offset}: {self._description()}")

    def _description(self) -> str:
        above = f"{self.declared}, above the limit of {self.limit}"
        if self.code == "empty_header":
            return "the header length is 0"
        if self.code == "header_too_large":
            return f"the header length is {above}" + (self.stranger and f": {self.stranger}" or "")
        if self.code == "invalid_header":
            return (
                "the header is not one strict JSON object in UTF-8, at its byte "
                f"{self.position} of {self.declared}"
            )
        if self.code == "header_too_deep":
            return (
                f"the header nests {self.declared} deep, above the limit of {self.limit}, "
                f"at its byte {self.position}"
            )
        if self.code == "invalid_body_size":
            return "body_size is not one unsigned integer of 64 bits"
        if self.code == "body_too_large":
            return f"body_size is {above}"
        if self.code == "body_size_mismatch":
            return "body_size differs from the size of the body"
        if self.code == "trailing_data":
            return f"the datagram holds {self.position} bytes, its frame only {self.declared}"
        part = "header length" if self.part == "length" else self.part
        return f"the input ended in the {part}, after {self.position} of {self.declared} bytes"


class _Violation(Exception):
    """Breaks off a header; the numbers are arguments of FramingError."""

    def __init__(self, code: str, **numbers: Any) -> None:
        super().__init__(code)
        self.code = code
        self.numbers = numbers


# -- The length ------------------------------------------------------------------------------------

_HTTP = frozenset(
    (
        b"GET ",
        b"HEAD",
        b"POST",
        b"PUT ",
        b"DELE",
        b"CONN",
        b"OPTI",
        b"TRAC",
        b"PATC",
        b"PRI ",
        b"HTTP",
    )
)


def _stranger(prefix: bytes, limit: int) -> str | None:
    """Who opens with a length that is above the limit."""
    swapped = int.from_bytes(prefix, "little")
    if prefix in _HTTP:
        who = "HTTP"
    elif prefix == b"SSH-":
        who = "SSH"
    elif re.match(rb"[\x15\x16]\x03[\x00-\x04]", prefix):
        who = "TLS"
    elif swapped <= limit:
        return (
            f"{swapped} in little-endian order; the length is sent in network order, " "big-endian"
        )
    elif prefix[:1] == b"{":
        who = "JSON without a length before it"
    else:
        return None
    return f"the bytes {prefix.hex(' ')} are {who}"


# -- The header ------------------------------------------------------------------------------------

# UTF-8 beyond ASCII: neither overlong forms, nor surrogates, nor anything above U+10FFFF.
_UTF8 = (
    rb"[\xc2-\xdf][\x80-\xbf]"
    rb"|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
# A surrogate stands only in a pair, the high one first.
_ESCAPE = (
    rb'\\["\\/bfnrt]'
    rb"|\\u(?:[0-9a-cA-Ce-fE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_TOKEN = re.compile(
    rb"(?P<bracket>[{}\[\]])"
    rb"|(?P<comma>,)"
    rb"|(?P<colon>:)"
    rb'|(?P<string>"(?:[^"\\\x00-\x1f\x80-\xff]|' + _UTF8 + rb"|" + _ESCAPE + rb')*")'
    rb"|(?P<scalar>true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
)
_SPACE = re.compile(rb"[ \t\n\r]*")
_VALUE = ("{", "[", "string", "scalar")


def _skip_space(text: bytes, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _scan_header(text: bytes, max_depth: int) -> int:
    """The size of the body. Never recurses, so that no header can exhaust the stack."""
    sizes: list[bytes] = []  # the first token of each value of body_size
    closers: list[str] = []  # the brackets that are to come, the innermost last
    key = None  # the key of a top-level member whose value comes next
    at_key = False  # whether a string that comes now is a key
    wanted: tuple[str, ...] = ("{",)
    at = 0
    while wanted:
        at = _skip_space(text, at)
        token = _TOKEN.match(text, at)
        kind = token and (token[0].decode() if token.lastgroup == "bracket" else token.lastgroup)
        if token is None or kind not in wanted:
            raise _Violation("invalid_header", position=at)
        if key is not None and kind != "colon":
            if key == "body_size":
                sizes.append(token[0])
            key = None

        if kind in ("{", "["):
            if len(closers) == max_depth:
                raise _Violation(
                    "header_too_deep", declared=max_depth + 1, limit=max_depth, position=at
                )
            at_key = kind == "{"
            closers.append("}" if at_key else "]")
            wanted = ("string", "}") if at_key else _VALUE + ("]",)
        elif kind == "comma":
            at_key = closers[-1] == "}"
            wanted = ("string",) if at_key else _VALUE
        elif kind == "colon":
            wanted = _VALUE
        elif kind == "string" and at_key:
            at_key = False
            if len(closers) == 1:
                key = json.loads(token[0])  # its escapes read
            wanted = ("colon",)
        else:  # the end of a value
            if kind in ("}", "]"):
                closers.pop()
            wanted = ("comma", closers[-1]) if closers else ()
        at = token.end()
    at = _skip_space(text, at)
    if at != len(text):
        raise _Violation("invalid_header", position=at)

    if not sizes:
        return 0
    is_size = len(sizes) == 1 and re.fullmatch(rb"0|[1-9][0-9]{0,19}", sizes[0])
    if not is_size or int(sizes[0]) >= 2**64:
        raise _Violation("invalid_body_size")
    return int(sizes[0])


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts
        return float(digits)


_FAST = json.JSONDecoder(parse_constant=_no_constant)
_LENIENT = json.JSONDecoder(parse_int=_integer)
_SIZE_FIRST = re.compile(rb'\{"body_size":(0|[1-9][0-9]{0,18})[,}]')
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:00|[dD])")  # part of a key, or half a character


class Header:
    """The header of a frame: the text that came, and how large the body is."""

    __slots__ = ("text", "body_size", "_members")

    def __init__(self, text: bytes, body_size: int, members: dict[str, Any] | None = None) -> None:
        self.text = text
        self.body_size = body_size
        self._members = members

    @property
    def members(self) -> dict[str, Any]:
        """The text as json reads it; of a key that is there twice the last one."""
        if self._members is None:
            self._members = _LENIENT.decode(self.text.decode())
        return self._members


def _read_header(text: bytes, max_depth: int) -> Header:
    """Judges a header. json reads what shows at a glance that it cannot be more lenient than the
    format; what is unusual, or wrong, is scanned."""
    size = _SIZE_FIRST.match(text)
    if (
        text.count(b"body_size") == (size is not None)
        and text.count(b"{") + text.count(b"[") <= max_depth
        and not _SUSPECT_ESCAPE.search(text)
    ):
        try:
            members = _FAST.decode(text.decode())
            if isinstance(members, dict):
                return Header(text, int(size[1]) if size else 0, members)
        except (ValueError, RecursionError):
            pass
    return Header(text, _scan_header(text, max_depth))


# -- Encoding --------------------------------------------------------------------------------------


def encode_head(header: Mapping[str, Any], body_size: int, limits: Limits = Limits()) -> bytes:
    """All of a frame but its body, which the caller sends behind it."""

    def refuse(code: str, part: str, declared: int, **numbers: Any) -> NoReturn:
        raise FramingError(code, part, 0, 0, declared, **numbers)

    members = dict(header)
    given = members.pop("body_size", body_size)
    if type(given) is not int or given != body_size:
        refuse("body_size_mismatch", "body", body_size)
    if body_size:
        members = {"body_size": body_size, **members}
    try:
        text = json.dumps(
            members, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
        if len(text) > limits.max_header_size:
            refuse("header_too_large", "header", len(text), limit=limits.max_header_size)
        _read_header(text, min(limits.max_depth, MOST_DEPTH))
    except (ValueError, RecursionError) as error:
        raise FramingError("invalid_header", "header", 0, 0, 0, position=0) from error
    except _Violation as violation:
        refuse(violation.code, "header", **{"declared": len(text), **violation.numbers})
    if body_size > limits.max_body_size:
        refuse("body_too_large", "body", body_size, limit=limits.max_body_size)
    return len(text).to_bytes(PREFIX_SIZE, "big") + text


def encode(header: Mapping[str, Any], body: bytes = b"", limits: Limits = Limits()) -> bytes:
    """One frame."""
    return encode_head(header, len(body), limits) + body


# -- Decoding --------------------------------------------------------------------------------------


class Body(NamedTuple):
    """A piece of a body."""

    data: bytes


class End(NamedTuple):
    """The end of a frame."""


Event = Union[Header, Body, End]


class Decoder:
    """Takes a stream in chunks of any size; gives headers, and bodies in pieces as they come."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits = limits._replace(
            max_header_size=min(limits.max_header_size, 2**32 - 1),
            max_depth=min(limits.max_depth, MOST_DEPTH),
        )
        self._error: FramingError | None = None
        self._unread = bytearray()
        self._offset = 0  # where the frame at hand starts
        self._frame = 0  # how many came before it
        self._expect("length", PREFIX_SIZE)

    def feed(self, data: bytes) -> None:
        """Takes a chunk. Read all events before the next one, so that nothing piles up."""
        if not self._error:
            self._unread += data

    def next_event(self) -> Event | None:
        """The next event, or None where it takes more input to know one.

        Raises FramingError, once all before it is read; and again, whatever is fed later."""
        if self._error:
            raise self._error
        if self._part == "body":
            return self._next_of_body()
        if self._part == "length":
            if len(self._unread) < PREFIX_SIZE:
                return None
            self._expect("header", self._length())
        if len(self._unread) < self._size:
            return None
        return self._header()

    def finish(self) -> None:
        """Says that the stream has ended, once all events are read.

        Raises FramingError if that was inside a frame."""
        if not self._error and (self._part != "length" or self._unread):
            had = self._taken if self._part == "body" else len(self._unread)
            self._fail("truncated", position=had)
        if self._error:
            raise self._error

    def _expect(self, part: str, size: int) -> None:
        self._part = part
        self._size = size
        self._taken = 0  # of a body

    def _take(self, size: int) -> bytes:
        with memoryview(self._unread) as view:
            data = bytes(view[:size])
        del self._unread[:size]
        return data

    def _length(self) -> int:
        prefix = self._take(PREFIX_SIZE)
        length = int.from_bytes(prefix, "big")
        limit = self._limits.max_header_size
        if length == 0:
            self._fail("empty_header", declared=0)
        if length > limit:
            self._fail(
                "header_too_large", declared=length, limit=limit, stranger=_stranger(prefix, limit)
            )
        return length

    def _header(self) -> Header:
        text = self._take(self._size)
        try:
            header = _read_header(text, self._limits.max_depth)
        except _Violation as violation:
            self._fail(violation.code, **violation.numbers)
        self._head_size = PREFIX_SIZE + len(text)
        self._expect("body", header.body_size)
        if header.body_size > self._limits.max_body_size:
            self._fail("body_too_large", limit=self._limits.max_body_size)
        return header

    def _next_of_body(self) -> Event | None:
        left = self._size - self._taken
        if left == 0:
            self._offset += self._head_size + self._size
            self._frame += 1
            self._expect("length", PREFIX_SIZE)
            return End()
        if not self._unread:
            return None
        data = self._take(left)
        self._taken += len(data)
        return Body(data)

    def _fail(self, code: str, **numbers: Any) -> NoReturn:
        numbers.setdefault("declared", self._size)
        self._error = FramingError(code, self._part, self._offset, self._frame, **numbers)
        self._unread.clear()
        raise self._error


class Frame:
    """A whole frame."""

    __slots__ = ("text", "body", "_header")

    def __init__(self, header: Header, body: bytes) -> None:
        self._header = header
        self.text = header.text  # the header as it came
        self.body = body

    @property
    def header(self) -> dict[str, Any]:
        return self._header.members

    def __repr__(self) -> str:
        return f"Frame({self.text!r}, {self.body!r})"


class _Assembly:
    """Puts a frame together. What it holds grows with what has come, never with what was
    announced."""

    def __init__(self) -> None:
        self._header = Header(b"", 0)
        self._body = bytearray()

    def add(self, event: Event) -> Frame | None:
        if isinstance(event, Header):
            self._header = event
        elif isinstance(event, Body):
            self._body += event.data
        else:
            frame = Frame(self._header, bytes(self._body))
            self._body.clear()
            return frame
        return None


class Reassembler:
    """As Decoder, but it gives whole frames."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._decoder = Decoder(limits)
        self._assembly = _Assembly()

    def feed(self, data: bytes) -> None:
        self._decoder.feed(data)

    def next_frame(self) -> Frame | None:
        while (event := self._decoder.next_event()) is not None:
            frame = self._assembly.add(event)
            if frame is not None:
                return frame
        return None

    def finish(self) -> None:
        self._decoder.finish()


def decode_datagram(datagram: bytes, limits: Limits = Limits()) -> Frame:
    """The frame that a datagram is, all of it."""
    reassembler = Reassembler(limits)
    reassembler.feed(datagram)
    frame = reassembler.next_frame()
    if frame is None:
        reassembler.finish()
        raise FramingError("truncated", "length", 0, 0, PREFIX_SIZE, position=0)
    size = PREFIX_SIZE + len(frame.text) + len(frame.body)
    if size != len(datagram):
        raise FramingError("trailing_data", "body", 0, 0, size, position=len(datagram))
    return frame


# -- Connections -----------------------------------------------------------------------------------


class _Outgoing:
    """Holds a body that is sent in pieces to its size."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size

    def checked(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        if self._left < 0:
            self.refuse()
        return piece

    def finish(self) -> None:
        if self._left:
            self.refuse()

    def refuse(self) -> NoReturn:
        raise FramingError("body_size_mismatch", "body", 0, 0, self._size)


class Connection:
    """Frames over a socket that blocks. One thread may send while another receives; of two that
    send, each needs a lock."""

    def __init__(self, sock: socket.socket, limits: Limits = Limits()) -> None:
        self._socket = sock
        self._limits = limits
        self._decoder = Decoder(limits)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        self._socket.sendall(encode(header, body, self._limits))

    def send_stream(self, header: Mapping[str, Any], size: int, pieces: Iterable[bytes]) -> None:
        """Sends a body of which no more than a piece is held. If it does not come to `size`
        the connection is of no further use."""
        body = _Outgoing(size)
        self._socket.sendall(encode_head(header, size, self._limits))
        for piece in pieces:
            self._socket.sendall(body.checked(piece))
        body.finish()

    def receive_event(self) -> Event | None:
        """The next header, piece of a body or end of a frame; None at the end of the stream."""
        while (event := self._decoder.next_event()) is None:
            data = self._socket.recv(CHUNK)
            if not data:
                self._decoder.finish()
                return None
            self._decoder.feed(data)
        return event

    def receive(self) -> Frame | None:
        """The next frame; None at the end of the stream."""
        assembly = _Assembly()
        while (event := self.receive_event()) is not None:
            frame = assembly.add(event)
            if frame is not None:
                return frame
        return None

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.receive, None)


class AsyncConnection:
    """Frames over the streams of asyncio."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits = Limits()
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._decoder = Decoder(limits)

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            pass  # the peer was faster

    async def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Waits while the peer is slow. A frame is written whole, whichever tasks send."""
        self._writer.write(encode(header, body, self._limits))
        await self._writer.drain()

    async def send_stream(
        self, header: Mapping[str, Any], size: int, pieces: AsyncIterator[bytes]
    ) -> None:
        """As Connection.send_stream. No other task may send until it is done."""
        body = _Outgoing(size)
        self._writer.write(encode_head(header, size, self._limits))
        async for piece in pieces:
            self._writer.write(body.checked(piece))
            await self._writer.drain()
        body.finish()

    async def receive_event(self) -> Event | None:
        """The next header, piece of a body or end of a frame; None at the end of the stream."""
        while (event := self._decoder.next_event()) is None:
            data = await self._reader.read(CHUNK)
            if not data:
                self._decoder.finish()
                return None
            self._decoder.feed(data)
        return event

    async def receive(self) -> Frame | None:
        """The next frame; None at the end of the stream."""
        assembly = _Assembly()
        while (event := await self.receive_event()) is not None:
            frame = assembly.add(event)
            if frame is not None:
                return frame
        return None

    async def __aiter__(self) -> AsyncIterator[Frame]:
        while (frame := await self.receive()) is not None:
            yield frame


# -- The command -----------------------------------------------------------------------------------


def visible(text: str) -> str:
    """A text in which nothing acts on a terminal: controls, and what changes the direction of
    text, are escaped as in JSON."""
    if text.isprintable():
        return text
    return "".join(
        json.dumps(each)[1:-1].replace("\x7f", "\\u007f")
        if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp") and each not in "\u200c\u200d"
        else each
        for each in text
    )


def _line(frame: Frame) -> bytes:
    header = re.sub("[\t\r\n]", " ", frame.text.decode())
    return b'{"header":%b,"body_size":%d,"body":"%b"}\n' % (
        visible(header).encode(),
        len(frame.body),
        base64.b64encode(frame.body),
    )


def _decode(limits: Limits) -> int:
    """Prints what framecat decode prints."""
    reassembler = Reassembler(limits)
    out = sys.stdout.buffer
    try:
        while data := os.read(sys.stdin.fileno(), CHUNK):
            reassembler.feed(data)
            while (frame := reassembler.next_frame()) is not None:
                out.write(_line(frame))
            out.flush()
        reassembler.finish()
    except FramingError as error:
        out.write(b'{"error":"%b","offset":%d}\n' % (error.code.encode(), error.offset))
        out.flush()
        print(f"framing.py: {error}", file=sys.stderr)
        return 1
    return 0


def _bench() -> int:
    """Prints how many frames of a chat it decodes and encodes in a second of processor time."""
    header = {"type": "said", "from": "alice", "room": "lobby", "seq": 4711}
    body = b"x" * 64
    count = 500
    stream = encode(header, body) * count

    def decode_all() -> None:
        reassembler = Reassembler()
        for at in range(0, len(stream), CHUNK):
            reassembler.feed(stream[at : at + CHUNK])
            while (frame := reassembler.next_frame()) is not None:
                assert frame.header["type"] == "said"

    def encode_all() -> None:
        for _ in range(count):
            encode(header, body)

    for name, work in (("decoded", decode_all), ("encoded", encode_all)):
        passes, started = 0, time.process_time()
        while (seconds := time.process_time() - started) < 1:
            work()
            passes += 1
        print(f"{passes * count / seconds:.0f} frames/s {name}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Looks into a stream of frames.")
    commands = parser.add_subparsers(dest="command", required=True)
    decode = commands.add_parser("decode", help="frames in, one JSON object a line out")
    decode.add_argument("--max-header", type=int, default=Limits().max_header_size)
    decode.add_argument("--max-body", type=int, default=Limits().max_body_size)
    decode.add_argument("--max-depth", type=int, default=Limits().max_depth)
    commands.add_parser("bench", help="how fast it is here")
    options = parser.parse_args()
    if options.command == "bench":
        return _bench()
    return _decode(Limits(options.max_header, options.max_body, options.max_depth))


if __name__ == "__main__":
    sys.exit(main())
