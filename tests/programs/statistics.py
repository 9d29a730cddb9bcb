# SPDX-License-Identifier: MIT
"""What servers say of themselves: statistics in the log, and metrics over HTTP."""

import re
import signal
import socket
import time
import unittest
import urllib.request

from helpers.peer import frame
from helpers.program import run
from helpers.server import Server

LINE = re.compile(r"info statistics: (.*)")


def statistics(log):
    """All that a log has of them."""
    return [{key: int(value) for key, value in (each.split("=") for each in line.split())}
            for line in LINE.findall(log)]


def connect(server):
    """A stranger's connection to it."""
    host, port = server.address.split(":")
    return socket.create_connection((host, int(port)), timeout=20)


class Lines(unittest.TestCase):

    def next_of(self, server):
        """The next statistics that a server logs."""
        while not (found := statistics(server.process.stderr.readline().decode())):
            self.assertIsNone(server.process.poll())
        return found[0]

    def test_count_what_connections_did(self):
        with Server("echo_server") as server:
            with connect(server) as broken:
                broken.sendall(b"\0\0\0\2[]")
                while broken.recv(4096):
                    pass
            with connect(server) as whole:
                for wire in (frame({"type": "echo"}, b"hello"), frame({"n": 1})):
                    whole.sendall(wire)
                    self.assertTrue(whole.recv(64))
                server.process.send_signal(signal.SIGUSR1)
                during = self.next_of(server)
        end, = statistics(server.log)
        self.assertEqual((during["connections"], during["accepted"]), (1, 2))
        self.assertEqual((end["connections"], end["accepted"], end["faults"]), (0, 2, 1))
        self.assertEqual((end["refused"], end["dropped"]), (0, 0))
        self.assertEqual(end["frames_in"], 2)
        self.assertEqual(end["frames_out"], 3)  # the echoes, and what was wrong
        self.assertEqual(end["bytes_in"],
                         len(frame({"type": "echo"}, b"hello") + frame({"n": 1})))
        self.assertGreater(end["bytes_out"], end["bytes_in"])
        self.assertGreater(end["memory"], 100_000)

    def test_count_those_above_the_limit(self):
        with Server("echo_server", "--per-address", "1") as server:
            with connect(server) as first, connect(server) as second:
                self.assertEqual(second.recv(1), b"")
                first.sendall(frame({"n": 1}))
                self.assertTrue(first.recv(64))
        end, = statistics(server.log)
        self.assertEqual((end["accepted"], end["refused"]), (1, 1))

    def test_count_wrong_tokens_and_silent_clients(self):
        with Server("shell_server", "--auth-timeout", "300ms") as server:
            with connect(server) as wrong, connect(server) as silent:
                wrong.sendall(frame({"type": "auth", "token": "wrong"}))
                for each in (wrong, silent):
                    while each.recv(4096):
                        pass
        end, = statistics(server.log)
        self.assertEqual((end["refused"], end["dropped"], end["accepted"]), (1, 1, 2))

    def test_count_datagrams(self):
        with Server("udp_echo_server") as server:
            self.assertEqual(run("udp_echo_client", server.address, "hello").returncode, 0)
            host, port = server.address.split(":")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.sendto(b"no frame", (host, int(port)))
            self.assertEqual(run("udp_echo_client", server.address, "hello").returncode, 0)
        end, = statistics(server.log)
        self.assertEqual((end["frames_in"], end["frames_out"], end["faults"]), (2, 2, 1))

    def test_count_members_by_datagrams(self):
        with Server("udp_chat_server") as server:
            self.assertEqual(run("udp_chat_client", server.address, "--nick", "alice",
                                 stdin=b"hello\n").returncode, 0)
        end, = statistics(server.log)
        self.assertEqual((end["connections"], end["accepted"], end["dropped"]), (0, 1, 0))

    def test_come_as_often_as_asked_for(self):
        with Server("echo_server", "--stats", "10ms") as server:
            for _ in range(3):
                self.next_of(server)


class Metrics(unittest.TestCase):

    def setUp(self):
        self.server = self.enterContext(Server("echo_server", "--metrics", "127.0.0.1:0"))
        line = self.server.process.stderr.readline().decode()
        self.address = re.search(r"metrics at 127.0.0.1:(\d+)", line)
        self.address = ("127.0.0.1", int(self.address[1]))

    def ask(self, request, end=False):
        with socket.create_connection(self.address, timeout=20) as client:
            client.sendall(request)
            if end:
                client.shutdown(socket.SHUT_WR)
            answer = b""
            while more := client.recv(65536):
                answer += more
        return answer

    def test_are_the_numbers_of_the_log(self):
        self.assertEqual(run("echo_client", self.server.address, "hello").returncode, 0)
        url = f"http://{self.address[0]}:{self.address[1]}/metrics"
        with urllib.request.urlopen(url, timeout=20) as answer:
            self.assertEqual(answer.headers["Content-Type"],
                             "text/plain; version=0.0.4; charset=utf-8")
            text = answer.read().decode("ascii")
        self.assertTrue(text.endswith("\n"))
        for line in text.splitlines():
            self.assertRegex(line, r"^(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge)|[a-z_]+ \d+)$")
        values = dict(line.split(" ") for line in text.splitlines() if not line.startswith("#"))
        self.assertEqual((values["framing_connections_total"],
                          values["framing_received_frames_total"],
                          values["framing_sent_frames_total"]), ("1", "1", "1"))

    def test_what_is_no_such_request_is_told(self):
        for request, status in {
                b"GET / HTTP/1.1\r\n\r\n": b"404",
                b"GET /metrics/ HTTP/1.1\r\n\r\n": b"404",
                b"POST /metrics HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx": b"405",
                b"GET /metrics\r\n\r\n": b"400",
                b"GET  /metrics HTTP/1.1\r\n\r\n": b"400",
                b"GET /metrics HTTP/2.0\r\n\r\n": b"400",
                b"\x16\x03\x01\x02\0\x01\0\r\n\r\n": b"400",
                b"\r\n\r\n": b"400",
                b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 60_000 + b"\r\n\r\n": b"431",
                b"GET /metrics?again=1 HTTP/1.0\r\n\r\n": b"200"}.items():
            with self.subTest(request[:40]):
                self.assertEqual(self.ask(request).split(b" ", 2)[:2], [b"HTTP/1.1", status])

    def test_a_request_that_ends_early_is_not_answered(self):
        self.assertEqual(self.ask(b"GET /metrics HTTP/1.1\r\n", end=True), b"")

    def test_who_says_nothing_keeps_few_places_for_a_short_time(self):
        began = time.monotonic()
        silent = [self.enterContext(socket.create_connection(self.address)) for _ in range(8)]
        self.assertIn(b" 200 OK\r\n", self.ask(b"GET /metrics HTTP/1.1\r\n\r\n"))
        self.assertLess(time.monotonic() - began, 4)
        for each in silent:
            each.settimeout(20)
            self.assertEqual(each.recv(1), b"")
        self.assertLess(time.monotonic() - began, 15)
        self.assertIn(b" 200 OK\r\n", self.ask(b"GET /metrics HTTP/1.1\r\n\r\n"))
        self.assertEqual(run("echo_client", self.server.address, "hello").returncode, 0)


class Options(unittest.TestCase):

    def test_others_cannot_read_metrics_unless_that_is_wanted(self):
        for program in ("echo_server", "udp_echo_server"):
            result = run(program, "--metrics", "0.0.0.0:0")
            self.assertEqual((result.returncode, result.stdout), (2, b""))
            self.assertIn(b"--metrics 0.0.0.0:0: others could read them there", result.stderr)
        with Server("echo_server", "--metrics", "0.0.0.0:0", "--metrics-to-others"):
            pass

    def test_an_address_in_use_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            where = f"127.0.0.1:{other.getsockname()[1]}"
            result = run("echo_server", "--metrics", where)
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertIn(f"--metrics {where}: ".encode(), result.stderr)
        self.assertIn(b"Address already in use", result.stderr)


if __name__ == "__main__":
    unittest.main()
