# SPDX-License-Identifier: MIT
import base64
import json
import random
import struct
import unittest

from helpers.peer import frame
from helpers.program import run


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


class Decode(unittest.TestCase):
    def test_the_smallest_frame_is_one_line(self):
        result = run("framecat", "decode", stdin=b"\0\0\0\2{}")
        self.assertEqual(lines(result), [{"header": {}, "body_size": 0, "body": ""}])
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_bodies_come_as_base_64_of_any_length(self):
        bodies = [random.Random(n).randbytes(n) for n in range(70)] + [bytes(100_000)]
        stream = b"".join(frame({"n": n}, body) for n, body in enumerate(bodies))
        decoded = lines(run("framecat", "decode", stdin=stream))
        self.assertEqual([base64.b64decode(line["body"]) for line in decoded], bodies)
        self.assertEqual([line["header"]["n"] for line in decoded], list(range(len(bodies))))

    def test_text_shows_what_is_not_utf_8_as_replacement_characters(self):
        result = run("framecat", "decode", "--text", stdin=frame({}, "中\n".encode() + b"\xff"))
        self.assertEqual(lines(result)[0]["text"], "中\n\ufffd")

    def test_nothing_acts_on_a_terminal_and_the_values_are_the_same(self):
        hostile = "\x7f\x9b31m\u061c\u200e\u202e\u2066\u2028\u2029\U000e0041\U000e0001 \u200d中\U0001f600"
        text = json.dumps({hostile: hostile}, ensure_ascii=False, indent="\t").encode()
        sent = {hostile: hostile}
        result = run("framecat", "decode", "--text",
                     stdin=struct.pack("!I", len(text)) + text + frame({}, hostile.encode()))
        first, second = lines(result)
        self.assertEqual((first["header"], second["text"]), (sent, hostile))
        self.assertEqual([c for c in result.stdout.decode() if not c.isprintable()],
                         ["\u200d", "\u200d", "\n", "\u200d", "\n"])

    def test_bodies_can_be_left_out(self):
        result = run("framecat", "decode", "--no-body", stdin=frame({}, b"hello"))
        self.assertEqual(lines(result), [{"header": {"body_size": 5}, "body_size": 5}])

    def test_a_header_with_line_breaks_is_still_one_line(self):
        text = b'{\r\n  "a": "b"\n}'
        result = run("framecat", "decode", stdin=struct.pack("!I", len(text)) + text)
        self.assertEqual(result.stdout.count(b"\n"), 1)
        self.assertEqual(lines(result)[0]["header"], {"a": "b"})

    def test_a_broken_stream_ends_with_its_error_after_every_whole_frame(self):
        good = frame({"a": 1}, b"x") * 3
        broken = {
            b"\0\0\0\0": "empty_header",
            b"GET / HTTP/1.1\r\n": "header_too_large",
            b"\0\0\0\2[]": "invalid_header",
            b"\0\0\0\x10{\"body_size\":-1}": "invalid_body_size",
            frame({"body_size": 2**40}): "body_too_large",
            b"\0\0": "truncated",
            frame({}, b"hello")[:-1]: "truncated",
        }
        for tail, error in broken.items():
            with self.subTest(error):
                result = run("framecat", "decode", stdin=good + tail)
                *frames, last = lines(result)
                self.assertEqual(len(frames), 3)
                self.assertEqual(last, {"error": error, "offset": len(good)})
                self.assertEqual(result.returncode, 1)
                self.assertIn(error.encode(), result.stderr)

    def test_limits_are_set_by_options(self):
        stream = frame({"a": [1]}, b"hello")
        for option, value, error in [("--max-header", 5, "header_too_large"),
                                     ("--max-body", 4, "body_too_large"),
                                     ("--max-depth", 1, "header_too_deep")]:
            with self.subTest(option):
                result = run("framecat", "decode", option, str(value), stdin=stream)
                self.assertEqual(lines(result), [{"error": error, "offset": 0}])


class Encode(unittest.TestCase):
    def test_what_decode_prints_makes_the_same_bytes_again(self):
        stream = b"".join(frame({"n": n, "t": "中\"\\"}, bytes(range(256)) * n) for n in range(5))
        printed = run("framecat", "decode", stdin=stream).stdout
        self.assertEqual(run("framecat", "encode", stdin=printed).stdout, stream)

    def test_a_body_is_text_or_base_64_and_its_size_comes_first(self):
        result = run("framecat", "encode", stdin=b'{"header":{"a":1},"text":"hi"}\n'
                                                 b'{"body":"aGk=","header":{}}')
        first = b'{"body_size":2,"a":1}'
        second = b'{"body_size":2}'
        self.assertEqual(result.stdout, struct.pack("!I", len(first)) + first + b"hi" +
                         struct.pack("!I", len(second)) + second + b"hi")

    def test_a_bad_line_is_named_and_what_came_before_it_is_written(self):
        for bad in [b"nonsense", b"{}", b'{"header":[]}', b'{"header":{},"body":"a"}',
                    b'{"header":{},"body":"YR=="}', b'{"header":{},"text":1}',
                    b'{"header":{"body_size":3},"text":"hi"}',
                    b'{"header":{},"body_size":3,"text":"hi"}']:
            with self.subTest(bad):
                result = run("framecat", "encode", stdin=b'{"header":{}}\n' + bad + b"\n")
                self.assertEqual(result.stdout, b"\0\0\0\2{}")
                self.assertEqual(result.returncode, 1)
                self.assertIn(b"line 2: ", result.stderr)


class Usage(unittest.TestCase):
    def test_bad_usage_is_exit_2_and_help_is_exit_0(self):
        for arguments, code in [((), 2), (("decode", "--no-such"), 2), (("--help",), 0),
                                (("--version",), 0), (("decode", "no/such/file"), 1)]:
            with self.subTest(arguments):
                self.assertEqual(run("framecat", *arguments).returncode, code)


if __name__ == "__main__":
    unittest.main()
