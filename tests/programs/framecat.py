# SPDX-License-Identifier: MIT
import base64
import json
import os
import random
import re
import struct
import subprocess
import tempfile
import unittest

from helpers.peer import frame
from helpers.program import command, environment, gone, run, windows
from helpers.screen import Screen


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


    def test_hex_shows_bodies_as_digits(self):
        result = run("framecat", "decode", "--hex", stdin=frame({}, b"\xffhi"))
        self.assertEqual(lines(result)[0]["hex"], "ff6869")
        self.assertEqual(run("framecat", "encode", stdin=result.stdout).stdout,
                         frame({}, b"\xffhi"))

    def test_frames_are_selected_and_counted(self):
        stream = b"".join(frame({"type": name, "n": n}, b"x")
                          for n, name in enumerate(["said", "left", "said"]))
        result = run("framecat", "decode", "--select", "type=said", stdin=stream)
        self.assertEqual([line["header"]["n"] for line in lines(result)], [0, 2])
        for options, count in [((), 3), (("--select", "type=said"), 2),
                               (("--select", "type=said", "--select", "n=2"), 1)]:
            result = run("framecat", "decode", "--count", *options, stdin=stream)
            self.assertEqual((result.stdout, result.returncode), (b"%d\n" % count, 0))
        with tempfile.NamedTemporaryFile() as file:
            file.write(stream)
            file.flush()
            result = run("framecat", "decode", "--count", "--select", "type=said", file.name)
            self.assertEqual((result.stdout, result.returncode), (b"2\n", 0))
        result = run("framecat", "decode", "--count", stdin=stream + b"\0")
        self.assertEqual((result.stdout, result.returncode), (b"3\n", 1))
        self.assertIn(b"truncated", result.stderr)
        self.assertEqual(run("framecat", "decode", "--select", "said", stdin=stream).returncode, 2)

    def test_a_body_comes_byte_for_byte(self):
        bodies = [b"", os.urandom(3_000_000), b"last"]
        stream = b"".join(frame({"a": 1}, body) for body in bodies)
        for n, body in enumerate(bodies):
            result = run("framecat", "decode", "--raw-body", str(n), stdin=stream)
            self.assertEqual((result.stdout, result.stderr, result.returncode), (body, b"", 0))
        result = run("framecat", "decode", "--raw-body", "3", stdin=stream)
        self.assertEqual((result.stdout, result.returncode), (b"", 1))
        self.assertIn(b"there are 3", result.stderr)
        cut = run("framecat", "decode", "--raw-body", "2", stdin=stream[:-1])
        self.assertEqual((cut.stdout, cut.returncode), (b"las", 1))

    def test_a_body_that_is_larger_than_memory_passes_through(self):
        size = 3 << 30
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            text = b'{"body_size":%d}' % size
            os.write(write, struct.pack("!I", len(text)) + text)
            piece = bytes(1 << 20)
            for _ in range(size >> 20):
                view = memoryview(piece)
                while view:
                    view = view[os.write(write, view):]
            os._exit(0)
        os.close(write)
        result = subprocess.run(
            command("framecat", "decode", "--count"), stdin=read,
            capture_output=True, env=environment, timeout=50, check=False)
        os.close(read)
        os.waitpid(pid, 0)
        self.assertEqual((result.stdout, result.stderr), (b"1\n", b""))

    def test_a_hex_dump_is_read_as_its_bytes(self):
        stream = frame({"a": 1}, bytes(200)) + frame({"b": "x" * 40}, b"hello")
        plain = run("framecat", "decode", stdin=stream).stdout
        dumps = {"xxd": "".join(
            f"{at:08x}: {stream[at:at + 16].hex(' ', 2):39}  {'.' * len(stream[at:at + 16])}\n"
            for at in range(0, len(stream), 16))}
        dumps["hexdump"] = "".join(
            f"{at:08x}  {stream[at:at + 8].hex(' '):23}  {stream[at + 8:at + 16].hex(' '):23}  |.|\n"
            for at in range(0, len(stream), 16)) + f"{len(stream):08x}\n"
        for name, dump in dumps.items():
            with self.subTest(name):
                result = run("framecat", "decode", stdin=dump.encode())
                self.assertEqual((result.stdout, result.returncode), (plain, 0))
        bad = run("framecat", "decode", stdin=dumps["xxd"].encode() + b"hello\n")
        self.assertEqual((bad.stdout, bad.returncode), (plain, 1))
        self.assertIn(b"of the hex dump: it begins with no offset", bad.stderr)

    def test_what_holds_no_frames_as_they_are_is_named_with_a_way_to_go_on(self):
        for begin, what in [(b"\xd4\xc3\xb2\xa1\2\0\4\0", b"(pcap)"), (b"\n\r\r\n\x1c\0\0\0", b"(pcapng)"),
                            (b"\x1f\x8b\x08\0", b"zcat"), (b'{"header":{}}', b"framecat encode")]:
            with self.subTest(what):
                result = run("framecat", "decode", stdin=begin)
                self.assertEqual(lines(result), [{"error": "header_too_large", "offset": 0}])
                self.assertIn(what, result.stderr)


@unittest.skipIf(windows, "a console is no terminal as we have one here")
class View(unittest.TestCase):
    stream = frame({"type": "said", "from": "alice", "room": "lobby"}, b"hello") + \
        frame({"type": "file", "evil\x1b": "\u202e"}, bytes(range(16)))

    def view(self, *arguments, cols, stream=None, **variables):
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.stream if stream is None else stream)
            file.flush()
            with Screen("framecat", "decode", *arguments, file.name, cols=cols,
                        variables=variables) as screen:
                screen.read(lambda: False if screen.process.poll() is None else True, "end", 20)
                screen.type_in(b"")
                os.write(screen.slave, b"END")
                return screen.until(b"END").decode().replace("END", "").split("\r\n")[:-1]

    def test_a_terminal_gets_a_view_to_be_read(self):
        first, body, second, dump = self.view(cols=80)
        self.assertEqual(first, '0 @0 said 5 bytes {"from":"alice","room":"lobby"}')
        self.assertEqual(body, "  hello")
        self.assertEqual(second, '1 @75 file 16 bytes {"evil\\u001b":"\\u202e"}')
        self.assertEqual(dump, "  00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  "
                               "|................|")

    def test_no_line_is_wider_than_the_window(self):
        long = self.stream + frame({"type": "t" * 200, "k": "v" * 200}, "\u754c".encode() * 200)
        for cols in (80, 40, 10):
            rows = self.view(cols=cols, stream=long)
            self.assertFalse([row for row in rows if len(row) > cols])

    def test_it_is_in_colour_unless_that_is_not_wanted(self):
        plain = self.view(cols=80)
        coloured = self.view(cols=80, NO_COLOR="")
        self.assertIn("\x1b[", coloured[0])
        self.assertEqual([re.sub(r"\x1b\[[\d;]*m", "", row) for row in coloured], plain)

    def test_where_a_stream_is_broken_shows_its_bytes(self):
        rows = self.view(cols=80, stream=self.stream + b"GET / HTTP/1.1\r\n")
        self.assertTrue(rows[4].startswith("broken header_too_large: frame 2 at offset"), rows)
        self.assertIn("47 45 54 20 2f", rows[-1])

    def test_a_pipe_gets_it_when_asked(self):
        result = run("framecat", "decode", "--pretty", stdin=self.stream)
        self.assertEqual(result.stdout.decode().splitlines(), self.view(cols=80))
        full = run("framecat", "decode", "--full", stdin=frame({}, b"x\n" * 100))
        self.assertEqual(full.stdout.count(b"  x\n"), 100)

    def test_bytes_are_not_written_to_a_terminal(self):
        with Screen("framecat", "decode", "--raw-body", "0") as screen:
            screen.until(b"> FILE")
            self.assertEqual(screen.process.wait(20), 2)


class Follow(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "log")
        self.add(frame({"n": 0}))
        self.process = subprocess.Popen(
            command("framecat", "decode", "--follow", self.path),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        self.addCleanup(lambda: (self.process.kill(), self.process.communicate()))
        self.assertEqual(self.line()["header"], {"n": 0})

    def add(self, data):
        with open(self.path, "ab") as file:
            file.write(data)

    def line(self):
        return json.loads(self.process.stdout.readline())

    def test_what_is_added_is_shown_as_it_comes(self):
        for n in range(1, 4):
            whole = frame({"n": n}, b"body")
            self.add(whole[:7])
            self.add(whole[7:])
            self.assertEqual(self.line()["header"]["n"], n)

    def test_a_file_that_is_truncated_begins_again(self):
        os.truncate(self.path, 0)
        self.assertIn(b"truncated", self.process.stderr.readline())
        self.add(frame({"n": 1}))
        self.assertEqual(self.line()["header"], {"n": 1})

    def test_another_file_of_that_name_is_gone_on_with(self):
        os.rename(self.path, self.path + ".1")
        self.assertIn(b"removed", self.process.stderr.readline())
        self.add(frame({"n": 1}))
        self.assertIn(b"another file", self.process.stderr.readline())
        self.assertEqual(self.line()["header"], {"n": 1})

    def test_what_is_broken_ends_it(self):
        self.add(b"GET / HTTP/1.1\r\n")
        self.assertEqual(self.line()["error"], "header_too_large")
        self.assertEqual(self.process.wait(20), 1)

    def test_it_waits_without_working(self):
        self.assertFalse(gone(self.process.pid, 0.3))
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        self.assertEqual(fields[0], "S")
        self.assertLess(int(fields[11]) + int(fields[12]), 20)


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
                    b'{"header":{"body_size":3},"text":"hi"}', b'{"header":{},"txt":"hi"}',
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
