# SPDX-License-Identifier: MIT
"""framecat between clients and servers: connect, listen and watch."""

import contextlib
import json
import os
import select
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from helpers.cat import Cat
from helpers.peer import Peer, frame
from helpers.program import command, environment, run, scratch, stop_signal, windows
from helpers.server import Server

root = os.path.join(os.path.dirname(__file__), "..", "..")
certificates = os.path.join(scratch.name, "certificates")


class Upstream:
    """A server by hand, whose one connection at a time a test has."""

    def __init__(self, test):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        test.addCleanup(self.listener.close)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        result = self.listener.accept()[0]
        result.settimeout(20)
        return result


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=20)


def reset_connection(end):
    if windows:
        time.sleep(1)  # Wine forgets one that comes before it is read from
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


def read_all(end):
    data = bytearray()
    while piece := end.recv(1 << 20):
        data += piece
    return bytes(data)


class Watch(unittest.TestCase):
    def pair(self, *options):
        """A client, a server and the relay between them."""
        upstream = Upstream(self)
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        relay = stack.enter_context(Cat("watch", "127.0.0.1:0", upstream.address, *options))
        client = stack.enter_context(connect(relay.address))
        server = stack.enter_context(upstream.accept())
        return client, server, relay

    def test_frames_are_shown_both_ways_with_time_connection_and_side(self):
        client, server, relay = self.pair()
        client.sendall(frame({"type": "ask"}, b"hi"))
        line = relay.line()
        self.assertEqual((line["connection"], line["from"], line["header"]["type"], line["body"]),
                         (1, "client", "ask", "aGk="))
        self.assertRegex(line["time"], r"^20\d\d-\d\d-\d\dT[\d:]{8}\.\d{3}Z$")
        server.sendall(frame({"type": "answer"}))
        line = relay.line()
        self.assertEqual((line["from"], line["header"]), ("server", {"type": "answer"}))
        self.assertEqual(server.recv(100), frame({"type": "ask"}, b"hi"))
        self.assertEqual(client.recv(100), frame({"type": "answer"}))

    def test_every_byte_is_passed_on_also_behind_a_fault(self):
        client, server, relay = self.pair()
        stream = frame({"a": 1}) + b"GET / HTTP/1.1\r\n" + os.urandom(1_000_000)
        thread = threading.Thread(target=lambda: (client.sendall(stream),
                                                  client.shutdown(socket.SHUT_WR)))
        thread.start()
        self.assertEqual(read_all(server), stream)
        thread.join()
        self.assertEqual(relay.line()["header"], {"a": 1})
        line = relay.line()
        self.assertEqual((line["error"], line["offset"]), ("header_too_large", 12))
        self.assertIn("has connected", relay.note())
        self.assertIn("not looked at any more", relay.note())
        server.sendall(frame({"still": "read"}))  # the other way
        self.assertEqual(relay.line()["header"], {"still": "read"})

    def test_who_says_no_more_can_still_be_answered(self):
        client, server, _ = self.pair()
        client.sendall(b"\0\0\0\2{}")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(server), b"\0\0\0\2{}")
        server.sendall(frame({"late": True}))
        self.assertEqual(client.recv(100), frame({"late": True}))
        server.shutdown(socket.SHUT_WR)
        self.assertEqual(client.recv(100), b"")

    def test_a_reset_is_passed_on(self):
        for which in (0, 1):
            ends = self.pair()
            ends[0].sendall(b"\0\0\0\2{}")
            self.assertEqual(ends[1].recv(100), b"\0\0\0\2{}")
            reset_connection(ends[which])
            with self.assertRaises(ConnectionResetError):
                ends[1 - which].recv(100)

    def test_who_reads_slowly_is_waited_for(self):
        client, server, relay = self.pair("--no-body")
        text = b'{"body_size":%d}' % (1 << 40)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(struct.pack("!I", len(text)) + text)
        client.settimeout(0.5)
        sent = 0
        with self.assertRaises(TimeoutError):
            while True:
                sent += client.send(bytes(1 << 20))
                self.assertLess(sent, 200 << 20)
        received = 0
        server.settimeout(20)
        while received < sent:
            received += len(server.recv(1 << 20))

    def test_a_body_that_is_too_large_to_hold_is_left_out_and_passed_on(self):
        client, server, relay = self.pair()
        body = os.urandom(5_000_000)
        thread = threading.Thread(target=lambda: (client.sendall(frame({"t": 1}, body)),
                                                  client.shutdown(socket.SHUT_WR)))
        thread.start()
        self.assertEqual(read_all(server), frame({"t": 1}, body))
        thread.join()
        line = relay.line()
        self.assertEqual(line["body_size"], len(body))
        self.assertEqual(line.get("body", "")[:9], "")  # no megabytes in a report

    def test_a_server_that_is_not_there_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            address = f"127.0.0.1:{unused.getsockname()[1]}"
        with Cat("watch", "0", address) as relay, connect(relay.address) as client:
            self.assertEqual(client.recv(100), b"")
            relay.note()
            self.assertRegex(relay.note(), f"#1: cannot connect to {address}: Connection refused")

    def test_others_are_kept_out_without_tls(self):
        result = run("framecat", "watch", "0.0.0.0:0", "127.0.0.1:1")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"--tls-cert", result.stderr)

    def test_bad_usage_is_known_before_anybody_connects(self):
        for arguments in (["0"], ["0", "nowhere"], ["nowhere", "127.0.0.1:1"],
                          ["0", "127.0.0.1:1", "--tls-pin", "12"]):
            with self.subTest(arguments):
                self.assertEqual(run("framecat", "watch", *arguments).returncode, 2)

    @unittest.skipIf(windows, "no pipe says there how much room it has")
    def test_it_ends_also_where_nobody_takes_what_it_shows(self):
        client, server, relay = self.pair()
        client.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            while True:
                client.sendall(frame({"a": 1}, bytes(100_000)))
        relay.process.send_signal(stop_signal)
        self.assertEqual(relay.process.wait(10), 0)
        del server

    def test_a_chat_can_be_watched(self):
        with Server("chat_server") as server, Cat("watch", "0", server.address) as relay, \
                Peer(relay.address) as peer:
            peer.send({"type": "join", "nick": "alice", "room": "lobby"})
            peer.until("welcome")
            self.assertEqual(relay.line()["header"]["nick"], "alice")
            self.assertEqual(relay.line()["header"]["type"], "welcome")


@unittest.skipIf(windows, "programs have no TLS there")
@unittest.skipIf(shutil.which("openssl") is None, "the openssl tool is missing")
class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([os.path.join(root, "examples", "make-certs.sh"), certificates],
                       capture_output=True, check=True)
        cls.shown = ["--tls-cert", f"{certificates}/server.pem",
                     "--tls-key", f"{certificates}/server.key"]
        cls.trusted = ["--tls-ca", f"{certificates}/ca.pem"]

    def test_either_side_of_a_relay_can_have_it(self):
        with Server("echo_server", *self.shown) as server:
            with Cat("watch", "0", server.address, *self.trusted) as relay:
                self.assertEqual(run("echo_client", relay.address, "hi").stdout, b"hi\n")
            with Cat("watch", "0", server.address, *self.trusted, *self.shown) as relay:
                result = run("echo_client", *self.trusted, relay.address, "hi")
                self.assertEqual((result.stdout, result.stderr), (b"hi\n", b""))

    def test_who_says_no_more_can_still_be_answered(self):
        """Over TLS on both sides, whichever half ends first."""
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(f"{certificates}/server.pem", f"{certificates}/server.key")
        upstream = Upstream(self)
        with Cat("watch", "0", upstream.address, *self.trusted, *self.shown) as relay:
            # No socket of Python's can end one half only, so the client is a framecat.
            client = subprocess.Popen(
                command("framecat", "connect", relay.address, *self.trusted),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment)
            client.stdin.write(b'{"header":{"a":1}}\n')
            client.stdin.close()
            with own.wrap_socket(upstream.accept(), server_side=True) as server:
                self.assertEqual(read_all(server), b'\0\0\0\7{"a":1}')
                server.sendall(frame({"late": True}, bytes(1_000_000)))
                server.sendall(frame({"last": True}))
            self.assertEqual([json.loads(line)["header"].get("last") for line in client.stdout],
                             [None, True])
            self.assertEqual((client.wait(20), client.stderr.read()), (0, b""))
            client.stdout.close()
            client.stderr.close()

    def test_a_listener_can_have_it(self):
        with Cat("listen", *self.shown) as listener:
            client = subprocess.Popen(
                command("framecat", "connect", listener.address, *self.trusted),
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment)
            client.stdin.write(b'{"header":{"a":1}}\n')
            client.stdin.close()
            self.assertEqual(listener.line()["header"], {"a": 1})
            self.assertEqual(client.wait(20), 0)


class Connect(unittest.TestCase):
    def test_lines_are_frames_and_answers_are_shown(self):
        with Server("echo_server") as server:
            result = run("framecat", "connect", server.address, "--text",
                         stdin=b'{"header":{"type":"a"},"text":"hi"}\n{"header":{"type":"b"}}')
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([(line["header"]["type"], line["text"]) for line in lines],
                         [("a", "hi"), ("b", "")])
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_a_bad_line_is_told_and_is_the_last(self):
        with Server("echo_server") as server:
            result = run("framecat", "connect", server.address,
                         stdin=b'{"header":{"n":1}}\n{"header":{},"txt":""}\n{"header":{"n":3}}\n')
        self.assertEqual([json.loads(line)["header"] for line in result.stdout.splitlines()],
                         [{"n": 1}])
        self.assertEqual(result.returncode, 1)
        self.assertIn(b'line 2: column 14: "txt" is unknown', result.stderr)

    @unittest.skipIf(windows, "no shell server there")
    def test_the_token_is_shown_first(self):
        with Server("shell_server") as server:
            token = os.path.join(scratch.name, "framing-token")
            result = run("framecat", "connect", server.address, "--token-file", token, "--text",
                         stdin=b'{"header":{"type":"exec","id":1,"command":"echo hi"}}\n')
        types = [json.loads(line)["header"].get("type") for line in result.stdout.splitlines()]
        self.assertEqual([name for name in types if name][0], "welcome")

    def test_what_ends_it_is_its_exit_code(self):
        upstream = Upstream(self)
        for said, reset, code in [(b"\0\0\0\2{}", False, 0), (b"GET /", False, 1), (b"\0\0", False, 1),
                                  (b"", True, 255)]:
            with self.subTest(said, reset=reset):
                client = subprocess.Popen(
                    command("framecat", "connect", upstream.address),
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    env=environment)
                server = upstream.accept()
                server.sendall(said)
                if reset:
                    reset_connection(server)
                server.close()
                self.assertEqual(client.wait(20), code)
                client.communicate()


class Listen(unittest.TestCase):
    def test_what_comes_is_shown_with_its_connection(self):
        with Cat("listen") as listener, connect(listener.address) as first:
            first.sendall(frame({"n": 1}))
            self.assertEqual((line := listener.line())["header"], {"n": 1})
            self.assertEqual((line["connection"], line["from"]), (1, "client"))
            with connect(listener.address) as second:
                second.sendall(frame({"n": 2}))
                self.assertEqual(listener.line()["connection"], 2)

    def test_a_line_goes_to_all_who_are_there(self):
        with Cat("listen") as listener, connect(listener.address) as first, \
                connect(listener.address) as second:
            listener.note(), listener.note()
            listener.process.stdin.write(b'{"header":{"n":1}}\n')
            listener.process.stdin.flush()
            for client in (first, second):
                self.assertEqual(client.recv(100), b'\0\0\0\7{"n":1}')

    def test_the_first_line_waits_for_the_first_client(self):
        with Cat("listen", "--once") as listener:
            listener.process.stdin.write(b'{"header":{"n":1}}\n')
            listener.process.stdin.close()
            listener.process.stdin = None
            with connect(listener.address) as client:
                self.assertEqual(client.recv(100), b'\0\0\0\7{"n":1}')
            self.assertEqual(listener.process.wait(20), 0)

    def test_nobody_is_let_in_whose_notes_nobody_takes(self):
        with Cat("listen", "127.0.0.1:0") as listener:
            for _ in range(20_000):
                guest = self.enterContext(connect(listener.address))
                guest.settimeout(0.5)
                guest.shutdown(socket.SHUT_WR)
                try:
                    self.assertEqual(guest.recv(1), b"")
                except TimeoutError:
                    break
                guest.close()
            else:
                self.fail("all were let in")
            notes = listener.process.stderr
            while guest not in (ready := select.select([guest, notes], [], [], 20)[0]):
                self.assertTrue(ready)
                os.read(notes.fileno(), 65536)

    def test_what_is_broken_is_told_and_sent_away(self):
        with Cat("listen", "--once", code=1) as listener, connect(listener.address) as client:
            client.sendall(b"GET / HTTP/1.1\r\n")
            self.assertEqual(listener.line()["error"], "header_too_large")
            self.assertEqual(listener.process.wait(20), 1)


if __name__ == "__main__":
    unittest.main()
