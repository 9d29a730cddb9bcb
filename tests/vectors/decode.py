#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A strict decoder of wire format 1 that shares no code with the C++ library.

    printf '\\0\\0\\0\\2{}' | python3 decode.py

It prints each frame as one line of JSON, as `framecat decode` does, and what is wrong with the
stream as a last line. It is short, so that it can be read as a description of the format:

    +---------------------+------------------------+-----------------+
    | header length       | header                 | body            |
    | 4 bytes, big-endian | one JSON object, UTF-8 | body_size bytes |
    +---------------------+------------------------+-----------------+
"""

import argparse
import base64
import json
import re
import sys
import unicodedata
from typing import List, NamedTuple, Optional, Tuple


class Limits(NamedTuple):
    """What a peer may announce. 0 means 0."""
    max_header_size: int = 64 * 1024
    max_body_size: int = 16 * 1024 * 1024
    max_depth: int = 64


class Frame(NamedTuple):
    header: bytes  # as it came
    body: bytes


class Fault(NamedTuple):
    """What is wrong with a stream. None stands where a number means nothing for the code."""
    code: str
    part: str                       # "length", "header" or "body"
    offset: int                     # bytes of the stream before the bad frame
    frame: int                      # frames before the bad one
    declared: int                   # the size that the part was to have, or how deep it nests
    limit: Optional[int] = None     # the limit that `declared` is above
    position: Optional[int] = None  # good bytes of the part
    stranger: Optional[str] = None  # who is talking, if not a peer of ours


class Refused(Exception):
    """Breaks off a frame. The numbers are fields of Fault."""

    def __init__(self, code: str, **numbers):
        super().__init__(code)
        self.code = code
        self.numbers = numbers


# -- The length ----------------------------------------------------------------------------------

PREFIX_SIZE = 4
HTTP = (b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"CONN", b"OPTI", b"TRAC", b"PATC", b"PRI ",
        b"HTTP")


def read_length(prefix: bytes, limits: Limits) -> int:
    length = int.from_bytes(prefix, "big")
    if length == 0:
        raise Refused("empty_header", declared=0)
    if length > limits.max_header_size:
        raise Refused("header_too_large", declared=length, limit=limits.max_header_size,
                      stranger=stranger(prefix, limits))
    return length


def stranger(prefix: bytes, limits: Limits) -> Optional[str]:
    """Who opens with a length that is too large."""
    if prefix in HTTP:
        return "HTTP"
    if prefix == b"SSH-":
        return "SSH"
    if re.match(rb"[\x15\x16]\x03[\x00-\x04]", prefix):
        return "TLS"
    if 0 < int.from_bytes(prefix, "little") <= limits.max_header_size:
        return "little-endian"
    return None


# -- The header ----------------------------------------------------------------------------------

# UTF-8 beyond ASCII: neither overlong forms, nor surrogates, nor anything above U+10FFFF.
UTF8 = (rb"[\xc2-\xdf][\x80-\xbf]"
        rb"|\xe0[\xa0-\xbf][\x80-\xbf]"
        rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
        rb"|\xed[\x80-\x9f][\x80-\xbf]"
        rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}"
        rb"|[\xf1-\xf3][\x80-\xbf]{3}"
        rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}")
# Escapes: a surrogate stands only in a pair, the high one first.
ESCAPE = (rb'\\["\\/bfnrt]'
          rb"|\\u(?:[0-9a-cA-Ce-fE-F][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})"
          rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
TOKEN = re.compile(
    rb"(?P<bracket>[{}\[\]])"
    rb"|(?P<comma>,)"
    rb"|(?P<colon>:)"
    rb'|(?P<string>"(?:[^"\\\x00-\x1f\x80-\xff]|' + UTF8 + rb"|" + ESCAPE + rb')*")'
    rb"|(?P<scalar>true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
SPACE = re.compile(rb"[ \t\n\r]*")
VALUE = ("{", "[", "string", "scalar")


def read_header(text: bytes, max_depth: int) -> int:
    """The size of the body, as the header has it. Reads on from token to token and never recurses,
    so that no header can exhaust the stack."""
    sizes: List[bytes] = []  # the first token of each value of body_size
    closers: List[str] = []  # the brackets that are to come, the innermost last
    key = None               # the key of a top-level member whose value comes next
    at_key = False           # whether a string that comes now is a key
    wanted: Tuple[str, ...] = ("{",)
    at = 0
    while wanted:
        at = SPACE.match(text, at).end()
        token = TOKEN.match(text, at)
        kind = token and (token[0].decode() if token.lastgroup == "bracket" else token.lastgroup)
        if kind not in wanted:
            raise Refused("invalid_header")
        if key is not None and kind != "colon":
            if key == "body_size":
                sizes.append(token[0])
            key = None

        if kind in ("{", "["):
            if len(closers) == max_depth:
                raise Refused("header_too_deep", declared=max_depth + 1, limit=max_depth,
                              position=at)
            at_key = kind == "{"
            closers.append("}" if at_key else "]")
            wanted = ("string", "}") if at_key else VALUE + ("]",)
        elif kind == "comma":
            at_key = closers[-1] == "}"
            wanted = ("string",) if at_key else VALUE
        elif kind == "colon":
            wanted = VALUE
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
    if SPACE.match(text, at).end() != len(text):
        raise Refused("invalid_header")
    return read_body_size(sizes)


def read_body_size(values: List[bytes]) -> int:
    if not values:
        return 0
    is_size = len(values) == 1 and re.fullmatch(rb"0|[1-9][0-9]{0,19}", values[0])
    if not is_size or int(values[0]) > 2**64 - 1:
        raise Refused("invalid_body_size")
    return int(values[0])


# -- The stream ----------------------------------------------------------------------------------

class Decoder:
    """Takes a stream in pieces of any size. The first fault is final."""

    def __init__(self, limits: Limits = Limits()):
        self.fault: Optional[Fault] = None
        self._limits = limits
        self._offset = 0
        self._frame = 0
        self._unread = bytearray()
        self._expect("length", PREFIX_SIZE)

    def feed(self, data: bytes) -> List[Frame]:
        """Returns: the frames that have become whole."""
        frames: List[Frame] = []
        if self.fault:
            return frames
        self._unread += data
        at = 0
        try:
            while len(self._unread) - at >= self._size:
                part = bytes(self._unread[at:at + self._size])
                at += len(part)
                frame = self._take(part)
                if frame:
                    frames.append(frame)
        except Refused as refused:
            self._fail(refused.code, **refused.numbers)
        del self._unread[:at]
        return frames

    def finish(self) -> Optional[Fault]:
        """Says that the stream has ended."""
        if self._part != "length" or self._unread:
            self.truncate()
        return self.fault

    def truncate(self) -> None:
        """Says that a frame was to go on."""
        if not self.fault:
            self._fail("truncated", position=len(self._unread))

    def _take(self, part: bytes) -> Optional[Frame]:
        if self._part == "length":
            self._expect("header", read_length(part, self._limits))
            return None
        if self._part == "header":
            self._header = part
            body_size = read_header(part, self._limits.max_depth)
            self._expect("body", body_size)
            if body_size > self._limits.max_body_size:
                raise Refused("body_too_large", limit=self._limits.max_body_size)
            return None
        self._offset += PREFIX_SIZE + len(self._header) + len(part)
        self._frame += 1
        self._expect("length", PREFIX_SIZE)
        return Frame(self._header, part)

    def _expect(self, part: str, size: int) -> None:
        self._part = part
        self._size = size

    def _fail(self, code: str, **numbers) -> None:
        numbers.setdefault("declared", self._size)
        self.fault = Fault(code, self._part, self._offset, self._frame, **numbers)


def decode_datagram(datagram: bytes,
                    limits: Limits = Limits()) -> Tuple[Optional[Frame], Optional[Fault]]:
    """A datagram is exactly one frame."""
    decoder = Decoder(limits)
    frames = decoder.feed(datagram)
    if not frames:
        decoder.truncate()
        return None, decoder.fault
    size = PREFIX_SIZE + len(frames[0].header) + len(frames[0].body)
    if size < len(datagram):
        return None, Fault("trailing_data", "body", 0, 0, size)
    return frames[0], None


# -- The command ---------------------------------------------------------------------------------

def shown(header: bytes) -> bytes:
    """A header on one line, in which nothing acts on a terminal: neither white space that is no
    space, nor controls and what changes the direction of text."""
    text = "".join(
        json.dumps(each)[1:-1]
        if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp") and each not in "\u200c\u200d"
        else each for each in re.sub("[\t\r\n]", " ", header.decode()))
    return text.replace("\x7f", "\\u007f").encode()


def lines(frames: List[Frame], fault: Optional[Fault]) -> bytes:
    """What framecat decode prints."""
    text = b""
    for header, body in frames:
        text += b'{"header":%b,"body_size":%d,"body":"%b"}\n' % (
            shown(header), len(body), base64.b64encode(body))
    if fault:
        text += b'{"error":"%b","offset":%d}\n' % (fault.code.encode(), fault.offset)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description="Prints the frames of standard input.")
    parser.add_argument("--max-header", type=int, default=Limits().max_header_size)
    parser.add_argument("--max-body", type=int, default=Limits().max_body_size)
    parser.add_argument("--max-depth", type=int, default=Limits().max_depth)
    options = parser.parse_args()
    decoder = Decoder(Limits(options.max_header, options.max_body, options.max_depth))
    while True:
        data = sys.stdin.buffer.read1(64 * 1024)
        sys.stdout.buffer.write(lines(decoder.feed(data), None))
        if not data or decoder.fault:
            break
    fault = decoder.finish()
    sys.stdout.buffer.write(lines([], fault))
    if fault:
        print("decode.py:", fault, file=sys.stderr)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
