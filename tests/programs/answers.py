# SPDX-License-Identifier: MIT
"""What a client takes for an answer, of a server that says what no server of ours would."""

import os
import pathlib
import socket
import threading
import unittest

from helpers.peer import frame
from helpers.program import run, scratch

TOKEN = pathlib.Path(scratch.name, "framing-token")
TOKEN.touch(0o600)
TOKEN.write_text("secret\n", "ascii")

CLIENTS = {
    "echo": ["echo_client", "hello"],
    "token": ["echo_client", "--token-file", os.fspath(TOKEN), "hello"],
    "shell": ["shell_client", "--", "true"],
    "files": ["file_client", "ls"],
    "chat": ["chat_client", "--nick", "alice"],
    "udp echo": ["udp_echo_client", "hello"],
    "udp chat": ["udp_chat_client", "--nick", "alice", "--patience", "2"],
}
STREAMS = ("echo", "token", "shell", "files", "chat")  # in which nothing comes late


class Answers(unittest.TestCase):

    def ask(self, name, *answers):
        """One run of a client, whose first message is answered so."""
        address, serve = self.datagrams() if name.startswith("udp") else self.stream()
        thread = threading.Thread(target=serve, args=[b"".join(answers)])
        thread.start()
        program, *arguments = CLIENTS[name]
        result = run(program, address, *arguments)
        if name.startswith("udp"):
            host, port = address.split(":")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", (host, int(port)))
        thread.join()
        return result

    def stream(self):
        listener = socket.create_server(("127.0.0.1", 0))

        def serve(answers):
            with listener, listener.accept()[0] as client:
                client.recv(65536)
                client.sendall(answers)
                while client.recv(65536):
                    pass  # until the client goes

        return f"127.0.0.1:{listener.getsockname()[1]}", serve

    def datagrams(self):
        host = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        host.bind(("127.0.0.1", 0))

        def serve(answers):
            with host:
                while True:
                    wire, client = host.recvfrom(65536)
                    if not wire:  # the client has ended
                        return
                    host.sendto(answers, client)

        return f"127.0.0.1:{host.getsockname()[1]}", serve

    def test_a_goodbye_is_no_answer(self):
        for name in CLIENTS:
            with self.subTest(name):
                result = self.ask(name, frame({"type": "bye"}))
                self.assertEqual((result.returncode, result.stdout), (255, b""))
                self.assertIn(b"the server has said goodbye\n", result.stderr)

    def test_an_error_is_a_refusal_in_the_servers_words(self):
        for name in CLIENTS:
            with self.subTest(name):
                result = self.ask(name, frame({"type": "error", "code": "no", "message": "not now"}))
                self.assertEqual((result.returncode, result.stdout), (1, b""))
                self.assertTrue(result.stderr.endswith(b": not now\n"), result.stderr)

    def test_an_error_does_not_act_on_the_terminal(self):
        hostile = "a\x1b[2Jb\x9b31mc\x7fd\u061ce\u200ff\u202eg\u2066h\u2028i\u2029\nj\U000e0041中"
        shown = (r"a\u001b[2Jb\u009b31mc\u007fd\u061ce\u200ff\u202eg\u2066h\u2028i\u2029\nj"
                 r"\udb40\udc41中" "\n")
        for name in CLIENTS:
            with self.subTest(name):
                error = {"type": "error", "code": "no", "message": hostile}
                result = self.ask(name, frame(error))
                self.assertTrue(result.stderr.decode().endswith(": " + shown), result.stderr)

    def test_anything_else_is_named(self):
        for name in STREAMS:
            for header, said in (({"type": "gift"}, b'"gift"'), ({"n": 1}, b"without a type")):
                with self.subTest(name, header=header):
                    result = self.ask(name, frame(header, b"hello"))
                    self.assertEqual((result.returncode, result.stdout), (1, b""))
                    self.assertIn(said, result.stderr)

    def test_a_server_that_says_nothing_is_not_waited_for(self):
        for name in ("token", "shell", "files"):
            program, *arguments = CLIENTS[name]
            with self.subTest(name), socket.create_server(("127.0.0.1", 0)) as silent:
                address = f"127.0.0.1:{silent.getsockname()[1]}"
                result = run(program, address, "--connect-timeout", "200ms", *arguments)
                self.assertEqual(result.returncode, 255)
                self.assertIn(b"not answered in time", result.stderr)

    def test_an_alert_of_tls_is_told_from_nonsense(self):
        for name in STREAMS:
            with self.subTest(name):
                result = self.ask(name, b"\x15\x03\x03\0\x02\x02\x46")
                self.assertEqual((result.returncode, result.stdout), (255, b""))
                self.assertIn(b"looks like TLS: try --tls", result.stderr)

    def test_an_answer_without_tls_is_told_to_who_wants_it(self):
        for name in STREAMS:
            with self.subTest(name):
                address, serve = self.stream()
                thread = threading.Thread(target=serve, args=[frame({"type": "error"})])
                thread.start()
                program, *arguments = CLIENTS[name]
                result = run(program, address, "--tls", *arguments)
                thread.join()
                self.assertEqual((result.returncode, result.stdout), (255, b""))
                self.assertIn(b"which answers without", result.stderr)

    def test_a_host_that_is_none_is_named(self):
        for name, (program, *arguments) in CLIENTS.items():
            with self.subTest(name):
                result = run(program, "no host:1", *arguments)
                self.assertEqual((result.returncode, result.stdout), (255, b""))
                self.assertTrue(result.stderr.endswith(b": no such host: no host\n"), result.stderr)

    def test_a_welcome_to_no_room_is_none(self):
        result = self.ask("chat", frame({"type": "welcome", "server": "chat", "version": 1}))
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"room", result.stderr)

    def test_a_server_of_another_kind_is_named(self):
        welcome = frame({"type": "welcome", "server": "chat\x1b", "version": 1})
        for name, kind in (("shell", "shell"), ("files", "file")):
            with self.subTest(name):
                result = self.ask(name, welcome)
                self.assertEqual((result.returncode, result.stdout), (1, b""))
                self.assertIn(f"this is no {kind} server, but one of kind \"chat\\u001b\"\n".encode(),
                              result.stderr)

    def test_an_end_of_a_command_without_a_status_is_no_success(self):
        welcome = frame({"type": "welcome", "server": "shell", "version": 1})
        for end in ({}, {"status": 256}, {"status": 2**32}, {"status": "0"}, {"signal": "NONE"}):
            with self.subTest(end):
                result = self.ask("shell", welcome, frame({"type": "exit", "id": 1, **end}))
                self.assertEqual(result.returncode, 1)
                self.assertIn(b"does not say how the command has ended", result.stderr)

    def test_datagrams_that_are_no_answer_do_not_make_a_client_wait_for_ever(self):
        for header in ({"type": "pong"}, {"type": "said", "from": "bob", "seq": 1}):
            with self.subTest(header):
                result = self.ask("udp chat", frame(header, b"hello"))
                self.assertEqual((result.returncode, result.stdout), (255, b""))


if __name__ == "__main__":
    unittest.main()
