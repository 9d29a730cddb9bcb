# SPDX-License-Identifier: MIT
"""The dissector of examples/wireshark, by tshark, on captures made here.

    PYTHONPATH=tests python3 -B tests/wireshark/dissector.py build/demo/bin
"""

import collections
import concurrent.futures
import os
import pathlib
import random
import resource
import struct
import subprocess
import sys
import unittest

from captures import Capture
from helpers.lesson_peer import lesson_frame
from helpers.peer import frame
from helpers.program import eventually, run
from helpers.server import Server
from tls import KEYS, TlsConnection
from tshark import TSHARK, frames, infos, preferences, save, scratch, tshark

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
from check import bytes_of, limits_of, load_vectors, results

SKIPPED = 77  # what ctest takes for a test that did not run
BY_PORT = preferences(ports=4000)
LARGEST_LIMIT = 2 ** 32 - 1  # of a preference
MIB = 1024 * 1024

# Two directions, with a body that is cut in every segment.
TALK = [(0, {"type": "exec", "id": 1, "command": "ls"}, b""),
        (1, {"type": "stdout", "id": 1}, bytes(range(256)) * 4096),
        (1, {"type": "exit", "id": 1, "status": 0}, b""),
        (0, {"type": "stdin", "id": 2, "nested": {"你好": [1, None]}}, "世界".encode())]


def shapes(shown):
    return [(one.fields.get("framing.type"), one.fields.get("framing.id"), len(one.body), one.fault)
            for one in shown]


EXPECTED = [(header["type"], str(header["id"]), len(body), None) for _, header, body in TALK]


class Streams(unittest.TestCase):
    def see(self, capture, *options):
        return frames(save(capture), *options)

    def test_frames_come_out_whole_however_tcp_cuts_them(self):
        capture = Capture()
        for size in (60_000, 1448, 999):
            connection = capture.connect()
            for side, header, body in TALK:
                connection.send(frame(header, body), size, side)
        shown = self.see(capture, *BY_PORT)
        self.assertEqual(shapes(shown), EXPECTED * 3)
        for one, (_, header, body) in zip(shown, TALK * 3):
            text = frame(header, body)
            self.assertEqual((one.header + one.body), text[4:])
            self.assertEqual(one.bytes["framing.length"], text[:4])

    def test_small_frames_cut_at_every_place(self):
        stream = b"".join(frame({"type": "say", "id": n}, b"x" * n) for n in range(4))
        capture = Capture()
        for size in range(1, 60):
            capture.connect().send(stream, size)
        shown = self.see(capture, *BY_PORT)
        self.assertEqual(shapes(shown), [("say", str(n), n, None) for n in range(4)] * 59)

    def test_segments_that_are_lost_sent_again_and_out_of_order(self):
        generator = random.Random(7)
        stream = b"".join(frame({"type": "say", "id": n}, b"x" * 100 * n) for n in range(20))
        capture = Capture()
        for _ in range(5):
            connection = capture.connect()
            pieces = connection.cut(stream, 333)
            again = list(pieces)
            for at in range(0, len(again) - 3, 3):
                window = again[at:at + 3]
                generator.shuffle(window)
                again[at:at + 3] = window
            for piece in again:
                connection.transmit(piece)
                if generator.random() < 0.3:
                    connection.transmit(generator.choice(again[:again.index(piece) + 1]))
        shown = self.see(capture, *BY_PORT)
        self.assertEqual(shapes(shown), [("say", str(n), 100 * n, None) for n in range(20)] * 5)

    def test_the_info_column_has_type_and_id_and_no_flood(self):
        capture = Capture()
        connection = capture.connect()
        connection.send(frame({"type": "exec", "id": 7, "command": "ls"}) + frame({}))
        hostile = '{"type":"a\u202eb\u009bc\x7f"}'.encode()
        connection.send(struct.pack("!I", len(hostile)) + hostile)
        connection.send(frame({"type": "tick"}) * 100)
        connection.send(frame({"type": "a"}, b"x" * 100) + frame({"type": "b"}) * 2, 90)
        for options in (BY_PORT, [*BY_PORT, "-2"]):
            self.assertEqual(infos(save(capture), *options), [
                "exec id=7, keep-alive", r"a\xe2\x80\xaeb\xc2\x9bc\x7f",
                "tick, " * 8 + "and 92 more", "a +100, b, b"])

    def test_a_header_is_a_tree_whose_members_can_be_filtered_for(self):
        capture = Capture()
        connection = capture.connect()
        for _, header, body in TALK:
            connection.send(frame(header, body))
        path = save(capture)
        for which, count in (('framing.type == "exit" or framing.id == "2"', 2),
                             ('json.key == "command"', 1), ("framing.body_size > 6", 1)):
            with self.subTest(which=which):
                out = tshark(path, "-Y", which, *BY_PORT)
                self.assertEqual(len(out.splitlines()), count)

    def test_a_fault_is_final_for_its_direction_alone(self):
        capture = Capture()
        connection = capture.connect()
        connection.send(frame({"type": "good"}) + b"\0\0\0\1[" + frame({"type": "lost"}))
        connection.send(frame({"type": "lost"}))
        connection.send(frame({"type": "answer"}), side=1)
        self.assertEqual([shape[::3] for shape in shapes(self.see(capture, *BY_PORT))], [
            ("good", None),
            (None, "invalid_header: the header is not one strict JSON object in UTF-8, "
                   "at its byte 0 of 1"),
            (None, None), ("answer", None)])

    def test_what_the_capture_cut_off_is_no_fault(self):
        capture = Capture()
        capture.connect().send(frame({"type": "say"}, b"x" * 100))
        capture.datagram(frame({"type": "say"}, b"x" * 100))
        shown = self.see(capture.cut_off(80), *BY_PORT)
        self.assertEqual(shapes(shown), [(None, None, 0, None)] * 2)
        self.assertEqual(["framing.unread" in one.fields for one in shown], [True] * 2)

    def test_a_stranger_who_answers_is_a_fault(self):
        capture = Capture()
        connection = capture.connect()
        connection.send(frame({"type": "say"}))
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n", side=1)
        self.assertRegex(self.see(capture)[1].fault, "^header_too_large: .* are HTTP$")

    def test_a_second_look_sees_the_same(self):
        capture = Capture()
        for cut in (3, 50):
            connection = capture.connect()
            connection.send(frame({"type": "say"}, b"x" * 100) * 2 + b"\0\0\0\0", cut)
            connection.send(frame({"type": "lost"}))
            connection = capture.connect()
            connection.send(frame({"type": "say"}, b"x" * 100)[:-1], cut)
            connection.close()
        path = save(capture)
        self.assertEqual(infos(path, *BY_PORT), infos(path, "-2", *BY_PORT))


class Formats(unittest.TestCase):
    def test_the_lessons_frames_are_known_by_their_bytes(self):
        capture = Capture()
        for key in ("data_size", "file_size", "total_size"):
            connection = capture.connect()
            connection.send(lesson_frame({key: 2000, "type": key}, b"x" * 2000) * 2, 999)
        for options in (BY_PORT, [], preferences(ports=4000, format="lesson")):
            shown = frames(save(capture), *options)
            self.assertEqual(shapes(shown), [(key, None, 2000, None) for key in (
                "data_size", "data_size", "file_size", "file_size", "total_size", "total_size")])
            self.assertEqual({one.fields["framing.format"] for one in shown}, {"lesson"})

    def test_the_lessons_bare_commands_are_no_faults(self):
        capture = Capture()
        connection = capture.connect()
        for command in (b"ls\n", b"pwd", b"cat file"):
            connection.send(command)
            connection.send(lesson_frame({"data_size": 2000}, b"x" * 2000), 1448, side=1)
        # Who answers is known by the first answer.
        self.assertEqual(infos(save(capture)), ["frame +2000", "a command", "frame +2000"] + [
            "a command", "frame +2000"])

    def test_the_lessons_size_may_stand_once(self):
        capture = Capture()
        capture.connect().send(lesson_frame({"data_size": 2, "file_size": 2}, b"xx"))
        shown = frames(save(capture), *BY_PORT)
        self.assertRegex(shown[0].fault, "^invalid_body_size: ")

    def test_a_format_that_was_asked_for_is_kept_to(self):
        capture = Capture()
        capture.connect().send(lesson_frame({"data_size": 2}, b"xx"))
        capture.connect().send(frame({}))
        shown = frames(save(capture), *preferences(ports=4000, format="standard"))
        self.assertRegex(shown[0].fault, "^header_too_large: .* 16 in little-endian order")
        self.assertIsNone(shown[1].fault)


class Heuristics(unittest.TestCase):
    def test_frames_are_known_on_any_port(self):
        capture = Capture()
        connection = capture.connect(41_234)
        for side, header, body in TALK:
            connection.send(frame(header, body), 1448, side)
        capture.datagram(frame({"type": "say", "id": 1}, b"hello"), 41_235)
        self.assertEqual(shapes(frames(save(capture))), EXPECTED + [("say", "1", 5, None)])

    def test_nothing_else_is_taken_for_frames(self):
        capture = Capture()
        for other in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x20{]" + b"x" * 30, b"\0\0\0\2{]",
                      b"\0\0\0\x10" + b"{" * 16, b'{"type":"json"}\n', b"\0\0\0\x10{}" + b"x" * 20,
                      b"\0\0\0\0{}"):
            capture.connect(41_234).send(other)
            capture.datagram(other, 41_235)
        self.assertEqual(frames(save(capture)), [])

    def test_decode_as(self):
        capture = Capture()
        capture.connect(41_234).send(b"\0\0\0\0")
        capture.datagram(b"\0\0\0\0", 41_234)
        for layer in ("tcp", "udp"):
            shown = frames(save(capture), "-d", f"{layer}.port==41234,framing")
            self.assertEqual([one.fault for one in shown],
                             ["empty_header: the header length is 0"])


class Tls(unittest.TestCase):
    def check(self, *options):
        capture = Capture()
        expected = []
        for most, record, size in ((MIB, 16_384, 1448), (5000, 99, 60_000), (500, 5, 7)):
            connection = TlsConnection(capture.connect(41_234))
            for side, header, body in TALK:
                # The heuristics need the first six bytes of a direction in one record.
                text = frame(header, body[:most])
                connection.send(text[:10], 16_384, size, side)
                connection.send(text[10:], record, size, side)
                expected.append((header["type"], str(header["id"]), len(body[:most]), None))
        shown = frames(save(capture), "-o", f"tls.keylog_file:{KEYS}", *options)
        self.assertEqual(shapes(shown), expected)

    def test_frames_inside_of_tls_are_known_by_their_bytes(self):
        self.check()

    def test_frames_inside_of_tls_are_known_by_their_port(self):
        self.check(*preferences(tls_ports=41_234))

    def test_a_stream_that_ends_in_a_frame_says_so_inside_of_tls_too(self):
        connection = TlsConnection((capture := Capture()).connect(41_234))
        connection.send(frame({"type": "say"}, b"x" * 50)[:-1])
        connection.connection.close()
        connection.connection.close()  # sent again
        shown = frames(save(capture), "-o", f"tls.keylog_file:{KEYS}")
        self.assertEqual([one.fault for one in shown],
                         ["truncated: the input ended in the body, which has 50 bytes"])


class Live(unittest.TestCase):
    """What dumpcap sees of our programs."""

    def test_a_server_and_a_client_on_this_machine(self):
        path = os.path.join(scratch.name, "live.pcapng")
        with Server("echo_server") as server:
            port = server.address.rsplit(":", 1)[1]
            try:
                dumpcap = subprocess.Popen(
                    ["dumpcap", "-i", "lo", "-f", f"tcp port {port}", "-w", path],
                    stderr=subprocess.PIPE)
            except OSError as error:  # only a group may
                self.skipTest(str(error))
            with dumpcap:
                said = b""
                while b"File: " not in said and (some := os.read(dumpcap.stderr.fileno(), 4096)):
                    said += some
                if b"File: " not in said:
                    self.skipTest("dumpcap may not capture here")
                run("echo_client", server.address, stdin=b"hello\n" + b"x" * 50_000 + b"\n")
                # Its own file says when all of it is there.
                seen = eventually(lambda: [one for one in self.see(path) if one.fault is None][3:], 10)
                dumpcap.terminate()
        self.assertTrue(seen, said)
        self.assertEqual(sorted(len(one.body) for one in self.see(path)), [5, 5, 50_000, 50_000])

    def see(self, path):
        try:
            return frames(path)
        except AssertionError:  # it is being written
            return []


def numbers_of(error):
    """What a message has to say."""
    names = {"header_too_large": ("declared", "limit"), "body_too_large": ("declared", "limit"),
             "header_too_deep": ("declared", "limit", "position"), "invalid_header": ("declared",),
             "truncated": ("declared", "position"), "empty_header": ("declared",)}
    return [str(error[name]) for name in names.get(error["code"], ()) if name in error]


def runs_of(vectors):
    """Few runs, as each takes its time to start: (limits, vectors), such that decode.py makes the same
    of each vector by these limits as by its own."""
    runs = [({}, [vector for vector in vectors if "limits" not in vector])]
    for vector in vectors:
        if "limits" not in vector:
            continue
        for limits, others in runs[1:]:
            both = {**limits, **vector["limits"]}
            if all(next(results({**one, "limits": both})) == next(results(one))
                   for one in (vector, *others)):
                limits.update(both)
                others.append(vector)
                break
        else:
            runs.append((dict(vector["limits"]), [vector]))
    return runs


class Vectors(unittest.TestCase):
    """Each vector is a capture of its own connection or datagram."""

    def check(self, limits, vectors):
        capture = Capture()
        owners = []
        for number, vector in enumerate(vectors):
            if "datagram" in vector:
                capture.datagram(bytes_of(vector["datagram"]))
            else:
                stream = bytes_of(vector["stream"])
                connection = capture.connect()
                connection.send(stream, (number % 9 + 1) if len(stream) < 300 else 1447)
                connection.close()
            owners += [number] * (len(capture.packets) - len(owners))
        seen = collections.defaultdict(list)
        for one in frames(save(capture), *preferences(ports=4000, format="standard", **limits)):
            if "framing.unread" not in one.fields:
                seen[owners[one.packet - 1]].append(one)
        for number, vector in enumerate(vectors):
            with self.subTest(vector["name"]):
                self.compare(vector, seen[number])

    def compare(self, vector, shown):
        whole = [(one.header, one.body) for one in shown if not one.fault]
        self.assertEqual(whole, [(bytes_of(one["header"]), bytes_of(one.get("body", "")))
                                 for one in vector["frames"]])
        error = vector["error"]
        faults = [one for one in shown if one.fault]
        self.assertEqual(len(faults), 1 if error else 0)
        if error:
            message = faults[0].fault
            self.assertEqual(message.partition(":")[0], error["code"])
            self.assertIn(f"framing.{error['code']}", faults[0].fields, "no expert information")
            for number in numbers_of(error):
                self.assertRegex(message, rf"\b{number}\b")
            if error["code"] == "truncated":
                self.assertIn(f" {error['part']}", message)
            self.assertIn(error.get("stranger", ""), message)
            if error["code"] == "body_too_large":
                self.assertEqual(faults[0].fields["framing.body_size"], str(error["declared"]))

    def test_frames_and_faults_are_those_of_the_vectors(self):
        # Nobody hands on an empty datagram, and no preference has more than 32 bits.
        vectors = [vector for vector in load_vectors() if vector.get("datagram") != []
                   and max(limits_of(vector)) <= LARGEST_LIMIT]
        self.assertGreater(len(vectors), 700)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for done in [pool.submit(self.check, *run) for run in runs_of(vectors)]:
                done.result()


def processor_time():
    """The seconds that all programs used that were run here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Hostile(unittest.TestCase):
    def test_a_hostile_capture_takes_no_longer_than_its_bytes(self):
        def header(text):
            return len(text).to_bytes(4, "big") + text
        large = 65_536
        capture = Capture()
        for text in (b"{" + b" " * (large - 1), b'{"' + b"\\" * (large - 2),
                     b'{"a":[' + b"{}," * 21_840 + b"0]}", b'{"a":"' + b"\\u0041" * 10_920 + b'"}',
                     b'{"a":' + b"9" * (large - 6) + b"}",
                     b'{"' + b"k" * 30_000 + b'":{' + b'"a":0,' * 5000 + b'"a":0}}',
                     b"".join(b'{"%d":' % n for n in range(64)) + b"0" + b"}" * 64):
            connection = capture.connect()
            connection.send(header(text[:large]) * 4)
        connection = capture.connect()
        connection.send(header(b"{" + b" " * 4000 + b"}"), 1)  # a piece a byte
        connection = capture.connect()
        connection.send(header(b"{}") * 20_000)
        path = save(capture)
        before = processor_time()
        infos(path, *BY_PORT)
        self.assertLess(processor_time() - before, 10)


if __name__ == "__main__":
    if not TSHARK:
        print("dissector skipped: tshark not found (Debian: tshark)")
        sys.exit(SKIPPED)
    unittest.main()
