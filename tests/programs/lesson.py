# SPDX-License-Identifier: MIT
import http.client
import os
import pathlib
import socket
import subprocess
import sys
import unittest

from helpers import lesson_peer
from helpers.cat import Cat
from helpers.file_case import Case, contents
from helpers.lesson_peer import LessonPeer, lesson_frame
from helpers.program import eventually, gone, run, scratch
from helpers.server import Server


def token():
    with open(os.path.join(scratch.name, "framing-token"), encoding="ascii") as file:
        return file.read().strip()


def as_another_user(address, data):
    """What a user that is not the one who runs the server is answered first."""
    script = (pathlib.Path(lesson_peer.__file__).read_text(encoding="utf-8") +
              "import sys\n"
              "with LessonPeer(sys.argv[1]) as peer:\n"
              "    peer.socket.sendall(sys.stdin.buffer.read())\n"
              "    print(peer.receive('data_size'))\n")
    return subprocess.run(["/usr/bin/python3", "-c", script, address], input=data,
                          stdout=subprocess.PIPE, user=65534, cwd="/", timeout=30,
                          check=True).stdout.decode()


class Commands(unittest.TestCase):
    """shell_server --lesson, and clients that were written after the lesson."""

    def start(self, *options, **more):
        server = Server("shell_server", "--lesson", *options, **more)
        self.addCleanup(server.__exit__, None)
        return server

    def test_an_answer_is_one_frame_that_says_its_size_whatever_the_command_did(self):
        with LessonPeer(self.start().address) as peer:
            self.assertEqual(peer.run("echo out; echo err >&2"),
                             ({"data_size": 8, "status": 0}, b"out\nerr\n"))
            self.assertEqual(peer.run("true"), ({"data_size": 0, "status": 0}, b""))
            self.assertEqual(peer.run("exit 3")[0], {"data_size": 0, "status": 3})
            self.assertEqual(peer.run("kill -9 $$")[0], {"data_size": 0, "signal": "KILL"})

    def test_the_client_of_the_documentation_works(self):
        page = pathlib.Path(__file__).parents[2] / "docs" / "lesson.md"
        client = page.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
        with Server("shell_server", "--lesson") as server:
            host, port = server.address.rsplit(":", 1)
            result = subprocess.run([sys.executable, "-c", client, host, port],
                                    input=b"echo 1\necho 2\n", stdout=subprocess.PIPE, timeout=30,
                                    check=True)
            self.assertEqual(result.stdout, b"1\n2\n")
        self.assertNotIn("reset", server.log)

    def test_a_long_answer_is_whole_and_the_next_one_clean(self):
        with LessonPeer(self.start().address) as peer:
            header, body = peer.run("yes 粘包 | head -c 3000000")
            self.assertEqual(header["data_size"], 3000000)
            self.assertEqual(body[:14], "粘包\n粘包\n".encode())
            self.assertEqual(peer.run("echo next")[1], b"next\n")

    def test_who_watches_sees_the_answers(self):
        server = self.start()
        with Cat("watch", "--format", "lesson", "--text", "127.0.0.1:0", server.address) as relay, \
                LessonPeer(relay.address) as peer:
            peer.run("echo in")
            shown = [relay.line() for _ in range(2)]
        self.assertEqual([(one["from"], one.get("error"), one.get("text")) for one in shown], [
            ("client", "header_too_large", None), ("server", None, "in\n")])

    def test_what_an_answer_cannot_hold_is_left_out_and_counted(self):
        with LessonPeer(self.start().address) as peer:
            header, body = peer.run("head -c 17000000 /dev/zero")
            self.assertEqual((header["left_out"], len(body)), (17000000 - 2**24, 2**24))

    def test_a_command_has_no_input(self):
        with LessonPeer(self.start().address) as peer:
            self.assertEqual(peer.run("cat; echo done")[1], b"done\n")

    def test_what_may_not_run_is_answered(self):
        with LessonPeer(self.start("--allow", "echo").address) as peer:
            header, body = peer.run("ls")
            self.assertEqual(header, {"data_size": len(body)})
            self.assertTrue(body.startswith(b"not_allowed: "), body)
            self.assertEqual(peer.run("echo hi")[1], b"hi\n")

    def test_an_answer_that_is_taken_slowly_is_taken(self):
        size, piece = 8_000_000, 500_000
        address = self.start("--write-timeout", "0.5").address
        with LessonPeer(address, 65536) as peer, LessonPeer(address) as other:
            peer.socket.sendall(f"head -c {size} /dev/zero".encode())
            for taken in range(0, size, piece):
                self.assertEqual(len(peer.take(piece)), piece, f"behind {taken} bytes")
                self.assertEqual(other.run("sleep 0.1")[0], {"data_size": 0, "status": 0})

    def test_a_page_in_a_browser_runs_no_command(self):
        server = self.start()
        made = os.path.join(scratch.name, "made")
        page = http.client.HTTPConnection(server.address, timeout=20)
        self.addCleanup(page.close)
        page.request("POST", "/", body=f"touch {made}\n")
        self.assertRaises((http.client.HTTPException, ConnectionError), page.getresponse)
        with LessonPeer(server.address) as peer:
            self.assertEqual(peer.run("echo in")[1], b"in\n")
        self.assertFalse(os.path.exists(made))

    def test_a_client_that_goes_takes_its_command_with_it(self):
        with LessonPeer(self.start().address) as peer:
            peer.socket.sendall(b"echo $$ > " + os.path.join(scratch.name, "pid").encode() +
                                b"; exec sleep 1000")
            path = os.path.join(scratch.name, "pid")
            self.assertTrue(eventually(lambda: os.path.exists(path) and os.path.getsize(path)))
        with open(path, encoding="ascii") as file:
            pid = int(file.read())
        self.assertTrue(gone(pid, seconds=10))

    def test_the_server_stops_while_a_client_is_silent_and_another_runs(self):
        server = Server("shell_server", "--lesson")
        with LessonPeer(server.address), LessonPeer(server.address) as busy:
            busy.socket.sendall(b"sleep 1000")
            busy.socket.settimeout(20)
            server.__exit__(None)
            self.assertLess(len(server.log), 4000)

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_another_user_of_the_machine_needs_the_token_in_a_line(self):
        server = self.start()
        self.assertIn("wrong token", as_another_user(server.address, b"id -u\n"))
        answer = as_another_user(server.address, token().encode() + b"\necho in")
        self.assertIn(r"b'in\n'", answer)
        self.assertEqual(as_another_user(server.address, b"x" * 5000), "None\n")

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_the_users_of_the_machine_are_known_by_ipv6_too(self):
        for listen, host in (("127.0.0.1:0", "[::ffff:127.0.0.1]"), ("[::1]:0", "[::1]"),
                             ("[::ffff:127.0.0.1]:0", "127.0.0.1")):
            with self.subTest(listen=listen, host=host):
                port = self.start(listen=listen).address.rsplit(":", 1)[1]
                with LessonPeer(f"{host}:{port}") as peer:
                    self.assertEqual(peer.run("echo in")[1], b"in\n")
                self.assertIn("wrong token", as_another_user(f"{host}:{port}", b"id -u\n"))


class Files(Case):
    """file_server --lesson, and clients that were written after the lesson."""

    def put(self, peer, name, data):
        peer.socket.sendall(lesson_frame(
            {"cmd": "put", "file_name": name, "file_size": len(data)}, data))

    def get(self, peer, name):
        peer.socket.sendall(lesson_frame({"cmd": "get", "file_name": name}))
        return peer.receive("file_size")

    def test_files_are_put_and_got(self):
        data = os.urandom(3_000_000)
        with LessonPeer(self.start("--lesson").address) as peer:
            self.put(peer, "a.bin", data)
            self.put(peer, "empty", b"")
            self.assertEqual(self.get(peer, "a.bin"),
                             ({"file_name": "a.bin", "file_size": len(data)}, data))
            self.assertEqual(self.get(peer, "empty"), ({"file_name": "empty", "file_size": 0}, b""))
        self.assertEqual(contents(self.root), {"a.bin": data, "empty": b""})

    def test_who_watches_sees_the_files_that_go_by(self):
        server = self.start("--lesson")
        with Cat("watch", "--format", "lesson", "--text", "127.0.0.1:0", server.address) as relay, \
                LessonPeer(relay.address) as peer:
            self.put(peer, "a.txt", "粘包".encode())
            self.assertEqual(self.get(peer, "a.txt")[1], "粘包".encode())
            shown = [relay.line() for _ in range(3)]
        self.assertEqual([(one["from"], one["header"]["file_name"], one["text"]) for one in shown], [
            ("client", "a.txt", "粘包"), ("client", "a.txt", ""), ("server", "a.txt", "粘包")])

    def test_a_file_that_is_not_there_is_answered(self):
        with LessonPeer(self.start("--lesson").address) as peer:
            self.assertEqual(self.get(peer, "none"),
                             ({"error": "not_found", "file_name": "", "file_size": 0}, b""))
            self.put(peer, "a", b"1")
            self.assertEqual(self.get(peer, "a")[1], b"1")

    def test_a_file_outside_the_root_ends_the_connection_and_is_not_written(self):
        with LessonPeer(self.start("--lesson").address) as peer:
            self.put(peer, "../outside/new", b"x")
            self.assertTrue(peer.is_at_end())
        self.assertEqual(contents(self.outside), {"secret": b"secret"})

    def test_half_a_file_does_not_appear(self):
        with LessonPeer(self.start("--lesson").address) as peer:
            self.put(peer, "before", b"whole")
            peer.socket.sendall(lesson_frame(
                {"cmd": "put", "file_name": "a", "file_size": 10}, b"half"))
            peer.socket.shutdown(socket.SHUT_WR)
            self.assertIsNone(peer.receive("file_size"))
        self.assertTrue((self.root / "before").exists())
        self.assertFalse((self.root / "a").exists())

    def test_what_is_no_frame_of_the_lesson_ends_the_connection(self):
        for sent in (b"\0\0\0\2{}", lesson_frame({"cmd": "put", "file_name": "a"}),
                     lesson_frame({"cmd": "rm", "file_name": "a"}), lesson_frame({"a": 1})[:-1] + b"]",
                     lesson_frame({"cmd": "put", "file_name": "a", "file_size": -1})):
            with self.subTest(sent), LessonPeer(self.start("--lesson").address) as peer:
                peer.socket.sendall(sent)
                self.assertTrue(peer.is_at_end())


class Framecat(unittest.TestCase):
    """framecat --format lesson, and streams as struct.pack('i') begins them."""

    stream = lesson_frame({"data_size": 2, "a": 1}, b"hi") + lesson_frame({"file_size": 0})
    lines = (b'{"header":{"data_size": 2, "a": 1},"body_size":2,"text":"hi"}\n'
             b'{"header":{"file_size": 0},"body_size":0,"text":""}\n')

    def test_a_stream_is_decoded_and_encoded_to_the_same_bytes(self):
        result = run("framecat", "decode", "--format", "lesson", "--text", stdin=self.stream)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, self.lines, b""))
        again = run("framecat", "encode", "--format", "lesson", stdin=self.lines)
        self.assertEqual((again.returncode, again.stdout), (0, self.stream))

    def test_who_reads_it_as_the_standard_format_is_told_the_other(self):
        for options, stream, name in ([], self.stream, b"`lesson`"), (
                ["--format", "lesson"], b"\0\0\0\2{}", b"`standard`"):
            with self.subTest(name):
                result = run("framecat", "decode", *options, stdin=stream)
                self.assertEqual(result.returncode, 1)
                self.assertEqual(result.stdout, b'{"error":"header_too_large","offset":0}\n')
                self.assertIn(name, result.stderr)

    def test_a_frame_that_breaks_off_is_named(self):
        result = run("framecat", "decode", "--format", "lesson", stdin=self.stream[:-1])
        self.assertEqual(result.stdout.splitlines()[1:],
                         [b'{"error":"truncated","offset":%d}' % (self.stream.index(b"hi") + 2)])


if __name__ == "__main__":
    unittest.main()
