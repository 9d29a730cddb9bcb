# SPDX-License-Identifier: MIT
"""A peer in another language: its own tests and tools, framecat's lines, and our servers.

    PYTHONPATH=tests python3 -B tests/peers/peer.py build/dev/bin python
"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import unittest

from helpers.peer import Peer, frame
from helpers.program import run, scratch
from helpers.server import Server
from languages import LANGUAGES, ROOT, SKIPPED

sys.path.append(str(ROOT / "tests" / "vectors"))
from check import bytes_of, load_vectors

language = LANGUAGES[sys.argv.pop(1)]()


def good_frames():
    """All that the vectors have which keeps the default limits."""
    for vector in load_vectors():
        if "limits" not in vector:
            for one in vector["frames"]:
                header = bytes_of(one["header"])
                yield struct.pack("!I", len(header)) + header + bytes_of(one.get("body", ""))


class Tools(unittest.TestCase):
    def test_its_own_tests_pass_and_its_own_tools_have_nothing_to_say(self):
        for command in language.checks():
            with self.subTest(command=command):
                language.run(*command)


class Decode(unittest.TestCase):
    def check(self, stream, *options):
        expected = run("framecat", "decode", *options, stdin=stream)
        result = language.output("decode", *options, stdin=stream)
        self.assertEqual(result.stdout.splitlines(), expected.stdout.splitlines())
        self.assertEqual(result.returncode, expected.returncode)

        def reason(stderr):
            return stderr.decode().strip().partition(": ")[2]
        self.assertEqual(reason(result.stderr), reason(expected.stderr))

    def test_it_prints_what_framecat_prints(self):
        hostile = "\x7f\x9b31m\u061c\u200e\u202e\u2066\u2028\u2029\U000e0041 \u200d中\U0001f600"
        shown = json.dumps({hostile: hostile}, ensure_ascii=False, indent="\t").encode()
        self.check(b"".join(good_frames()) + struct.pack("!I", len(shown)) + shown)

    def test_a_broken_stream_ends_as_with_framecat(self):
        self.check(frame({"a": 1}, b"hello") * 3 + b"\x16\3\1\2")
        self.check(frame({"a": 1}, b"hello") + frame({"a": [[1]]}),
                   "--max-header", "100", "--max-body", "5", "--max-depth", "2")

    def test_bad_usage_is_exit_2(self):
        self.assertEqual(language.output("decode", "--no-such").returncode, 2)


class Talks(unittest.TestCase):
    def test_the_echo_server_answers_its_client(self):
        words = ["hello", "你好", "x" * 100_000]
        with Server("echo_server") as server:
            result = language.output("echo_client", server.address, *words)
        self.assertEqual((result.stdout.decode(), result.stderr, result.returncode),
                         ("".join(f"{n}: {word}\n" for n, word in enumerate(words, 1)), b"", 0))

    def test_who_cannot_connect_is_told_why_and_exit_is_255(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            result = language.output("echo_client", f"127.0.0.1:{nobody.getsockname()[1]}", "hello")
        self.assertEqual((result.stdout, result.returncode), (b"", 255))
        self.assertRegex(result.stderr.decode(), "(?i)refused")

    def test_its_client_is_a_member_of_a_chat_room(self):
        with Server("chat_server") as server, server.connect() as bob:
            bob.send({"type": "join", "nick": "bob", "room": "lobby"})
            bob.until("welcome")
            with language.start("chat_client", server.address, "alice", stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE) as alice:
                bob.until("joined")
                bob.send({"type": "say"}, "你好".encode())
                self.assertEqual(alice.stdout.readline().decode(), "bob: 你好\n")
                alice.stdin.write("hi, bob: 世界\n".encode())
                alice.stdin.flush()
                while (said := bob.until("said")[-1])[0]["from"] != "alice":
                    pass
                self.assertEqual(said[1].decode(), "hi, bob: 世界")
                self.assertEqual(alice.stdout.readline().decode(), "alice: hi, bob: 世界\n")
                alice.stdin.close()
                self.assertEqual(bob.until("left")[-1][0]["reason"], "quit")
                self.assertEqual((alice.wait(20), alice.stdout.read()), (0, b""))

    def test_its_client_runs_a_command_at_the_shell_server(self):
        with Server("shell_server") as server:
            token = os.path.join(scratch.name, "framing-token")
            result = language.output("shell_client", server.address, token,
                                     "printf '你好'; echo no >&2; exit 3")
            self.assertEqual((result.stdout.decode(), result.stderr, result.returncode),
                             ("你好", b"no\n", 3))
            result = language.output("shell_client", server.address, os.devnull, "true")
            self.assertEqual((result.stdout, result.returncode), (b"", 1))
            self.assertRegex(result.stderr.decode(), "unauthorized")


class Serves(unittest.TestCase):
    def test_its_server_echoes_frames_and_sends_strangers_away(self):
        with language.start("echo_server", "127.0.0.1:0", stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE) as server:
            try:
                line = server.stdout.readline().decode()
                self.assertRegex(line, r"^listening on 127\.0\.0\.1:\d+\n$")
                address = line.split()[-1]
                with Peer(address) as stranger:
                    stranger.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    with contextlib.suppress(ConnectionResetError):
                        self.assertIsNone(stranger.receive())
                with Peer(address) as peer:
                    for body in (b"", b"hello", bytes(range(256)) * 4096):
                        peer.send({"type": "word", "text": "你好"}, body)
                        self.assertEqual(peer.receive()[1], body)
                self.assertRegex(server.stderr.readline().decode(),
                                 "header_too_large: frame 0 at offset 0: .* are HTTP")
            finally:
                server.kill()


if __name__ == "__main__":
    if reason := language.missing():
        print(f"peer in {language.name} skipped: {reason}")
        sys.exit(SKIPPED)
    language.build()
    unittest.main()
