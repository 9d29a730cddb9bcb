# SPDX-License-Identifier: MIT
"""The vectors of wire format 1, in every cut; and what encodes.

    python3 -m unittest          # FRAMING_VECTORS names another folder of vectors
"""

import asyncio
import json
import os
import pathlib
import random
import socket
import threading
import unittest

from framing import (
    AsyncConnection,
    Body,
    Connection,
    Decoder,
    FramingError,
    Header,
    Limits,
    Reassembler,
    decode_datagram,
    encode,
)

VECTORS = pathlib.Path(
    os.environ.get("FRAMING_VECTORS") or pathlib.Path(__file__).parents[3] / "tests" / "vectors"
)


def bytes_of(piece):
    """The bytes that a piece of a vector stands for."""
    if isinstance(piece, str):
        return piece.encode()
    if isinstance(piece, list):
        return b"".join(map(bytes_of, piece))
    if "hex" in piece:
        return bytes.fromhex(piece["hex"])
    if "repeat" in piece:
        return bytes_of(piece["repeat"]) * piece["times"]
    header = bytes_of(piece["header"])
    return len(header).to_bytes(4, "big") + header


def limits_of(vector):
    return Limits(**{name: int(value) for name, value in vector.get("limits", {}).items()})


def ways_to_cut(size):
    """Whole, byte by byte, at each place and at random ones; a long stream not everywhere."""
    yield []
    if size <= 5000:
        yield list(range(1, size))
    if size <= 100:
        yield from ([cut] for cut in range(size + 1))
    pick = random.Random(size)
    for _ in range(4):
        yield sorted(pick.randint(0, size) for _ in range(8))


def outcome(stream, cuts, limits):
    """Frames and error."""
    reassembler, frames = Reassembler(limits), []
    try:
        for begin, end in zip([0, *cuts], [*cuts, len(stream)]):
            reassembler.feed(stream[begin:end])
            while (frame := reassembler.next_frame()) is not None:
                frames.append((frame.text, frame.body))
        reassembler.finish()
    except FramingError as error:
        return frames, error
    return frames, None


def numbers(error):
    return error and (
        error.code,
        error.part,
        error.offset,
        error.frame,
        error.declared,
        error.limit,
        error.position,
        error.stranger,
    )


class Vectors(unittest.TestCase):
    def check(self, vector, frames, error):
        self.assertEqual(
            frames,
            [
                (bytes_of(frame["header"]), bytes_of(frame.get("body", "")))
                for frame in vector["frames"]
            ],
        )
        self.assertEqual(error is None, vector["error"] is None, error)
        for field, expected in (vector["error"] or {}).items():
            if field == "stranger":
                self.assertIn(expected, str(error))
            else:
                self.assertEqual(str(getattr(error, field)), str(expected), field)

    def test_every_vector_comes_to_what_it_says_however_it_is_cut(self):
        vectors = [
            vector
            for path in sorted(VECTORS.glob("*.json"))
            for vector in json.loads(path.read_text("utf-8"))["vectors"]
        ]
        self.assertTrue(vectors)
        for vector in vectors:
            with self.subTest(vector["name"], why=vector["why"]):
                limits = limits_of(vector)
                if "datagram" in vector:
                    frames, error = [], None
                    try:
                        frame = decode_datagram(bytes_of(vector["datagram"]), limits)
                        frames = [(frame.text, frame.body)]
                    except FramingError as caught:
                        error = caught
                    self.check(vector, frames, error)
                    continue
                stream = bytes_of(vector["stream"])
                whole = outcome(stream, [], limits)
                self.check(vector, *whole)
                for cuts in ways_to_cut(len(stream)):
                    frames, error = outcome(stream, cuts, limits)
                    self.assertEqual((frames, numbers(error)), (whole[0], numbers(whole[1])), cuts)


class Encoding(unittest.TestCase):
    def test_the_size_of_the_body_comes_first_and_is_left_out_when_there_is_none(self):
        self.assertEqual(encode({}), b"\0\0\0\2{}")
        self.assertEqual(
            encode({"a": "中", "body_size": 2}, b"hi"),
            b'\0\0\0\x19{"body_size":2,"a":"\xe4\xb8\xad"}hi',
        )

    def test_what_a_peer_would_refuse_is_not_encoded(self):
        deep = json.loads('{"a":' * 64 + "{}" + "}" * 64)
        for code, header, body in [
            ("body_size_mismatch", {"body_size": 3}, b"hi"),
            ("body_size_mismatch", {"body_size": True}, b"h"),
            ("body_size_mismatch", {"body_size": "2"}, b"hi"),
            ("invalid_header", {"a": float("nan")}, b""),
            ("invalid_header", {"a": "\ud800"}, b""),
            ("header_too_large", {"a": "x" * 65536}, b""),
            ("header_too_deep", deep, b""),
            ("body_too_large", {}, bytes(16 * 1024 * 1024 + 1)),
        ]:
            with self.subTest(code, header=str(header)[:40]):
                with self.assertRaises(FramingError) as caught:
                    encode(header, body)
                self.assertEqual(caught.exception.code, code)


class Decoding(unittest.TestCase):
    def test_a_body_comes_in_pieces_and_is_not_held(self):
        decoder = Decoder(Limits(max_body_size=2**64 - 1))
        text = b'{"body_size":18446744073709551615}'
        decoder.feed(len(text).to_bytes(4, "big") + text)
        self.assertEqual(decoder.next_event().body_size, 2**64 - 1)
        for _ in range(100):
            decoder.feed(bytes(1000))
            self.assertEqual(decoder.next_event(), Body(bytes(1000)))
            self.assertIsNone(decoder.next_event())

    def test_an_error_is_final(self):
        reassembler = Reassembler()
        reassembler.feed(encode({"a": 1}) + b"\0\0\0\0")
        self.assertEqual(reassembler.next_frame().header, {"a": 1})
        for _ in range(2):
            with self.assertRaisesRegex(FramingError, "^empty_header: frame 1 at offset 11: "):
                reassembler.next_frame()
            reassembler.feed(encode({}))
        self.assertRaises(FramingError, reassembler.finish)

    def test_headers_are_read_as_json_reads_them(self):
        for text, expected in [
            (b'{"a":1,"a":2}', {"a": 2}),
            (b'{"a":1e400}', {"a": float("inf")}),
            (b'{"a":' + b"9" * 5000 + b"}", {"a": float("inf")}),
            (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        ]:
            with self.subTest(text[:40]):
                reassembler = Reassembler()
                reassembler.feed(len(text).to_bytes(4, "big") + text)
                self.assertEqual(reassembler.next_frame().header, expected)


class Connections(unittest.TestCase):
    def test_a_body_is_streamed_between_sockets_that_block(self):
        here, there = socket.socketpair()
        with Connection(here) as sender, Connection(there) as receiver:
            pieces = [bytes([n]) * 50_000 for n in range(20)]
            thread = threading.Thread(target=sender.send_stream, args=({"n": 1}, 1_000_000, pieces))
            thread.start()
            header = receiver.receive_event()
            self.assertIsInstance(header, Header)
            body = b""
            while isinstance(event := receiver.receive_event(), Body):
                body += event.data
            thread.join()
            self.assertEqual((header.members["n"], body), (1, b"".join(pieces)))
            for wrong in ([b"ab"], [b"abcd"]):
                with self.assertRaisesRegex(FramingError, "body_size_mismatch"):
                    sender.send_stream({}, 3, wrong)

    def test_a_body_is_streamed_over_asyncio(self):
        async def pieces():
            for n in range(20):
                yield bytes([n]) * 50_000

        async def talk():
            here, there = socket.socketpair()
            async with AsyncConnection(
                *await asyncio.open_connection(sock=here)
            ) as sender, AsyncConnection(*await asyncio.open_connection(sock=there)) as receiver:
                _, frame = await asyncio.gather(
                    sender.send_stream({"n": 1}, 1_000_000, pieces()), receiver.receive()
                )
                self.assertEqual((frame.header["n"], len(frame.body)), (1, 1_000_000))

        asyncio.run(talk())

    def test_an_end_inside_a_frame_is_an_error(self):
        here, there = socket.socketpair()
        with Connection(there) as receiver:
            with here:
                here.sendall(encode({}) + encode({}, b"hello")[:-1])
            self.assertEqual(receiver.receive().header, {})
            with self.assertRaisesRegex(FramingError, "^truncated: .* in the body, after 4 of 5 "):
                receiver.receive()


if __name__ == "__main__":
    unittest.main()
