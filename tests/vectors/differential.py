#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares decode.py with framecat on streams that nobody thought of: vectors and generated frames,
mutated.

    python3 differential.py --count 100000 --seed 1 build/release/bin/framecat

Frames, error and all its numbers have to be the same. A difference is printed with what repeats it.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import time
from typing import List, Optional, Tuple

from check import bytes_of, decode_in, limits_of, load_vectors
from decode import Fault, Limits, lines

# What is likely to matter, by itself or where it is put into something else.
TOKENS = [token.encode("latin-1") for token in [
    "{", "}", "[", "]", ":", ",", '"', "\\", "/", " ", "\t", "\n", "\r", "\0", "\x0c", "\x1f",
    "\x7f", "{}", "[]", "[[", "]]", '{"":', '""', '"a":1', ',"a":1', '"body_size"', '"body_size":',
    ',"body_size":1', '{"body_size":3}', '"body\\u005fsize":', '"bod\\u0079_size":2,', "body_size",
    "0", "1", "9", "-", "+", ".", "e", "E", "true", "false", "null", "/*", "*/", "//", "\\n",
    "\\\\", '\\"', "\\/", "\\x", "\\u", "\\u0000", "\\u0022", "\\u005f", "\\ud83d\\ude00",
    "\\ud800", "\\udc00", "\\uD800", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xef\xbb\xbf",
    "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\x9f\xbf", "\xed\xa0\x80", "\xf4\x8f\xbf\xbf",
    "\xf4\x90\x80\x80", "\x80", "\xff", "\0\0\0\2{}", "\0\0\0\0", "\0\1\0\0", "\0\1\0\1",
    "\x80\0\0\0", "\xff\xff\xff\xff", "\2\0\0\0", "GET ", "HTTP", "SSH-", "\x16\3\1\2"]]

# What is put in the place of a number.
VALUES = [value.encode() for value in [
    "0", "1", "5", "16", "17", "-0", "-1", "00", "01", "+1", "1.", ".5", "5.0", "1e", "5e0",
    "1e400", "0x1", "255", "256", "65536", "16777216", "16777217", "4294967295", "4294967296",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "18446744073709551621", "30000000000000000000", "NaN", "Infinity",
    "null", "true", '"5"', "[5]", "{}", '5,"body_size":5', '5,"body_siz\\u0065":5']]

LIMITS = [
    Limits(),
    Limits(max_header_size=64, max_body_size=16, max_depth=4),
    Limits(max_header_size=32, max_body_size=0, max_depth=2),
    Limits(max_header_size=2**20, max_body_size=2**62 - 1, max_depth=1024),
]

# What framecat's message says of each error, behind the frame and the offset.
MESSAGES = {
    "empty_header": "the header length is 0",
    "header_too_large": "the header length is {declared}, above the limit of {limit}",
    "invalid_header": " of {declared}",
    "header_too_deep": "nests {declared} deep, above the limit of {limit}, at its byte {position}",
    "invalid_body_size": "body_size is not one unsigned integer of 64 bits",
    "body_too_large": "body_size is {declared}, above the limit of {limit}",
    "truncated": "{part}, after {position} of {declared} bytes",
}


def prefixed(header: bytes) -> bytes:
    return len(header).to_bytes(4, "big") + header


class Streams:
    """Any number of streams, the same ones for the same seed."""

    def __init__(self, seed: int):
        self._seed = seed
        self._random = random.Random()
        long = 5000
        self._known = [(stream, limits_of(vector)) for vector in load_vectors()
                       for stream in [bytes_of(vector.get("stream", vector.get("datagram")))]
                       if len(stream) <= long and limits_of(vector).max_body_size < 2**62]

    def make(self, number: int) -> Tuple[bytes, Limits]:
        choose = self._random
        choose.seed(f"{self._seed} {number}")
        known, limits = choose.choice(self._known)
        if choose.random() < 0.5:
            limits = choose.choice(LIMITS)
        stream = known if choose.random() < 0.6 else self._frames()
        for _ in range(choose.choice([0, 1, 1, 1, 1, 2, 2, 3, 5, 8])):
            stream = self._mutated(stream)
        if choose.random() < 0.7:
            stream = self._with_its_length(stream)
        return self._frames() * choose.randrange(2) + stream, limits

    def _frames(self) -> bytes:
        """One or a few good frames."""
        stream = b""
        for _ in range(self._random.choice([1, 1, 2, 3])):
            body = self._random.getrandbits(8 * 20).to_bytes(20, "big")[:self._random.randrange(20)]
            header = self._value(3) if self._random.random() < 0.8 else {}
            header = header if isinstance(header, dict) else {"a": header}
            header.pop("body_size", None)
            if body or self._random.random() < 0.1:
                members = list(header.items()) + [("body_size", len(body))]
                self._random.shuffle(members)
                header = dict(members)
            stream += prefixed(self._text(header)) + body
        return stream

    def _text(self, header: dict) -> bytes:
        return json.dumps(header, ensure_ascii=self._random.random() < 0.5,
                          indent=self._random.choice([None, None, 0, 1]),
                          separators=self._random.choice([None, (",", ":")])).encode()

    def _value(self, depth: int):
        choose = self._random
        kind = choose.randrange(7 if depth else 4)
        if kind == 0:
            return choose.choice([None, True, False])
        if kind == 1:
            return choose.choice([0, 1, -1, 2**31, 2**53 + 1, 2**64 - 1, 2**64, 0.5, -1.5e300])
        if kind in (2, 3):
            return self._string()
        count = choose.randrange(4)
        if kind == 4:
            return [self._value(depth - 1) for _ in range(count)]
        return {self._string(): self._value(depth - 1) for _ in range(count)}

    def _string(self) -> str:
        alphabet = 'abcdefghijklmnop_"\\/\n\t\x01\x7f\u00e9\u4e2d\U0001f600\uffff'
        if self._random.random() < 0.1:
            return self._random.choice(["body_size", "type", ""])
        return "".join(self._random.choices(alphabet, k=self._random.choice([0, 1, 2, 7, 8, 40])))

    def _mutated(self, stream: bytes) -> bytes:
        choose = self._random
        at = choose.randint(0, len(stream))
        to = min(len(stream), at + choose.choice([1, 1, 1, 2, 4, 8, 50]))
        return choose.choice([
            lambda: stream[:at] + choose.choice(TOKENS) + stream[at:],
            lambda: stream[:at] + choose.choice(TOKENS) + stream[to:],
            lambda: stream[:at] + stream[to:],
            lambda: stream[:at] + stream[at:to] * 2 + stream[to:],
            lambda: stream[:at],
            lambda: stream[:at] + self._other_byte(stream[at:at + 1]) + stream[at + 1:],
            lambda: self._with_other_number(stream),
            lambda: self._with_other_number(stream),
            lambda: self._spliced(stream, at),
        ])()

    def _other_byte(self, byte: bytes) -> bytes:
        """With one bit flipped, or any other."""
        if not byte or self._random.random() < 0.3:
            return bytes([self._random.randrange(256)])
        return bytes([byte[0] ^ 1 << self._random.randrange(8)])

    def _with_other_number(self, stream: bytes) -> bytes:
        """With a number in a header, or a length, a little up or down, or with another value."""
        choose = self._random
        numbers = list(re.finditer(rb"-?[0-9.]+", stream))
        number = choose.choice(numbers) if numbers else None
        if number and choose.random() < 0.6:
            return stream[:number.start()] + choose.choice(VALUES) + stream[number.end():]
        at = number.end() - 1 if number else 3
        changed = bytes((byte + choose.choice([-2, -1, 1, 2])) % 256 for byte in stream[at:at + 1])
        return stream[:at] + changed + stream[at + 1:]

    def _spliced(self, stream: bytes, at: int) -> bytes:
        other = self._random.choice(self._known)[0]
        return stream[:at] + other[self._random.randint(0, len(other)):]

    def _with_its_length(self, stream: bytes) -> bytes:
        """Made to be one header, up to its last brace, so that a changed length is not all that is
        ever found."""
        end = stream.rfind(b"}") + 1
        return prefixed(stream[4:end]) + stream[end:] if end > 4 else stream


def by_framecat(program: str, stream: bytes, limits: Limits) -> Tuple[bytes, str, int]:
    done = subprocess.run(
        [program, "decode", "--max-header", str(limits.max_header_size),
         "--max-body", str(limits.max_body_size), "--max-depth", str(limits.max_depth)],
        input=stream, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    return done.stdout, done.stderr.decode(errors="replace").strip(), done.returncode


def complaint(fault: Optional[Fault]) -> List[str]:
    """What framecat's message has to hold."""
    if fault is None:
        return []
    start = f"framecat: {fault.code}: frame {fault.frame} at offset {fault.offset}: "
    said = [start, MESSAGES[fault.code].format(**fault._asdict())]
    if fault.stranger:
        said.append(fault.stranger)
    return said


def agree(program: str, stream: bytes, limits: Limits) -> bool:
    frames, fault = decode_in([stream], limits)
    expected = lines(frames, fault)
    said = complaint(fault)
    output, message, code = by_framecat(program, stream, limits)
    if (output == expected and code == bool(fault) and bool(message) == bool(fault)
            and all(part in message for part in said)):
        return True
    print(f"{limits}\nstream    {stream.hex(' ')}")
    print(f"decode.py {said}\n{expected.decode(errors='replace')}")
    print(f"framecat  {message}, exit {code}\n{output.decode(errors='replace')}")
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Compares decode.py with framecat.")
    parser.add_argument("--count", type=int, default=1000, help="how many streams")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("framecat", help="the program")
    options = parser.parse_args()

    streams = Streams(options.seed)
    started = time.monotonic()
    differences = 0
    for number in range(options.first, options.first + options.count):
        if not agree(options.framecat, *streams.make(number)):
            differences += 1
            print(f"To repeat it: {sys.argv[0]} --seed {options.seed} --first {number} --count 1 "
                  f"{options.framecat}\n")
    seconds = time.monotonic() - started
    print(f"seed {options.seed}: {options.count} streams, {differences} differences, "
          f"{seconds:.0f} s")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
