# SPDX-License-Identifier: MIT
import fcntl
import os
import re
import select
import signal
import socket
import stat
import sys
import termios
import time
import unittest

from helpers.peer import frame
from helpers.program import portable, run, scratch, stop_signal, windows
from helpers.server import Server


class Tcp(unittest.TestCase):
    """echo_server and echo_client, as they are used."""

    def test_a_text_comes_back(self):
        with Server("echo_server") as server:
            result = run("echo_client", server.address, "hello, 世界")
        self.assertEqual((result.stdout.decode(), result.stderr, result.returncode),
                         ("hello, 世界\n", b"", 0))

    def test_lines_of_standard_input_come_back_one_by_one(self):
        with Server("echo_server", "--upper") as server:
            result = run("echo_client", server.address, stdin=b"one\n\ntwo\n")
        self.assertEqual(result.stdout, b"ONE\n\nTWO\n")

    def test_every_frame_comes_back_as_it_was_in_order(self):
        with Server("echo_server") as server, server.connect() as peer:
            sent = [({"n": n, "type": "x", "nested": {"a": [n]}}, os.urandom(n * n))
                    for n in range(1, 200)]
            peer.socket.sendall(b"".join(frame(header, body) for header, body in sent))
            for header, body in sent:
                self.assertEqual(peer.receive(), ({**header, "body_size": len(body)}, body))

    def test_a_keep_alive_is_not_answered(self):
        with Server("echo_server") as server, server.connect() as peer:
            peer.send({})
            peer.send({"type": "after"})
            self.assertEqual(peer.receive()[0]["type"], "after")

    def test_a_violation_is_answered_with_its_name_and_the_end(self):
        with Server("echo_server") as server, server.connect() as peer:
            peer.send({"type": "first"})
            peer.socket.sendall(b"\0\0\0\3[1]")
            self.assertEqual(peer.receive()[0]["type"], "first")
            self.assertEqual(peer.receive()[0]["code"], "invalid_header")
            self.assertIsNone(peer.receive())

    @unittest.skipIf(windows, "no Unix-domain sockets there")
    def test_a_unix_path_is_an_address_too(self):
        path = os.path.join(scratch.name, "echo.sock")
        with Server("echo_server", listen=f"unix:{path}") as server:
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertEqual(run("echo_client", server.address, "x").stdout, b"x\n")
        self.assertFalse(os.path.exists(path))

    def test_ipv6_has_addresses_too(self):
        with Server("echo_server", listen="[::1]:0") as server:
            self.assertEqual(run("echo_client", server.address, "x").stdout, b"x\n")

    def test_connections_above_the_limit_are_refused(self):
        with Server("echo_server", "--per-address", "2") as server:
            with server.connect() as first, server.connect() as second:
                for peer in (first, second):
                    peer.send({"type": "x"})
                    self.assertEqual(peer.receive()[0]["type"], "x")
                with server.connect() as third:
                    self.assertFalse(third.socket.recv(1))

    def test_who_reads_nothing_goes_before_all_together_take_too_much(self):
        with Server("echo_server", "--memory", "1M") as server:
            crowd = select.poll()
            sockets = {}
            for _ in range(24):
                one = socket.socket()
                self.addCleanup(one.close)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                host, port = server.address.rsplit(":", 1)
                one.connect((host, int(port)))
                one.setblocking(False)
                crowd.register(one, select.POLLOUT | select.POLLRDHUP)
                sockets[one.fileno()] = one
            wire = frame({"type": "x"}, bytes(60_000))
            behind = dict.fromkeys(sockets, wire)
            deadline = time.monotonic() + 20
            gone = False
            while not gone and time.monotonic() < deadline:
                for number, events in crowd.poll(1000):
                    if events & ~select.POLLOUT:
                        gone = True
                        break
                    sent = sockets[number].send(behind[number])
                    behind[number] = behind[number][sent:] or wire
            self.assertTrue(gone, "all of them are still there")
            self.assertEqual(run("echo_client", server.address, "hello").stdout, b"hello\n")
            for one in sockets.values():
                one.close()
        self.assertRegex(server.log, r"dropped: \d+ bytes wait in all connections")

    def test_a_token_is_asked_for_where_one_is_given(self):
        path = os.path.join(scratch.name, "echo-token")
        with Server("echo_server", "--token-file", path) as server:
            result = run("echo_client", server.address, "--token-file", path, "hello")
            self.assertEqual(result.stdout, b"hello\n")
            with server.connect() as peer:
                peer.send({"type": "echo"})
                self.assertEqual(peer.receive()[0]["code"], "unauthorized")
                self.assertIsNone(peer.receive())

    @unittest.skipUnless(windows, "programs have TLS elsewhere")
    def test_tls_is_refused_where_programs_have_none(self):
        for option in (("--tls",), ("--tls-pin", "00" * 32), ("--tls-ca", __file__)):
            result = run("echo_client", "127.0.0.1:1", *option, "x")
            self.assertEqual((result.returncode, result.stdout), (2, b""))
            self.assertRegex(result.stderr, rb"^echo_client: .* built without TLS.*\n$")
        result = run("echo_server", "--tls-cert", __file__, "--tls-key", __file__)
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertRegex(result.stderr, rb"^echo_server: .* built without TLS.*\n$")

    def test_a_server_that_stops_says_goodbye(self):
        server = Server("echo_server").__enter__()
        with server.connect() as peer:
            peer.send({"type": "x"})
            peer.receive()
            server.process.send_signal(stop_signal)
            self.assertEqual(peer.receive()[0], {"type": "bye"})
            self.assertIsNone(peer.receive())
        server.__exit__(None)

    def test_signals_that_go_on_to_the_end_change_nothing(self):
        for program in ("echo_server", "udp_echo_server"):
            with self.subTest(program):
                server = Server(program)
                while server.process.poll() is None:
                    server.process.send_signal(stop_signal)
                self.assertEqual(server.process.returncode, 0)
                server.process.communicate()

    @unittest.skipIf(windows, "no signals of that kind")
    def test_signals_that_whoever_starts_a_server_blocks_end_it_all_the_same(self):
        for program in ("echo_server", "udp_echo_server"):
            with self.subTest(program):
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
                try:
                    server = Server(program)
                finally:
                    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
                server.__exit__(None)

    def test_no_server_is_said(self):
        result = run("echo_client", "127.0.0.1:1", "x")
        self.assertEqual(result.returncode, 255)
        self.assertIn(b"cannot connect", result.stderr)
        self.assertEqual(run("echo_client", "nowhere", "x").returncode, 2)


class Log(unittest.TestCase):

    def ask(self, server, text=b"x"):
        with server.connect() as peer:
            peer.send({"type": "echo"}, text)
            self.assertEqual(peer.receive()[1], text)

    @unittest.skipIf(windows, "no pipe says there how much room it has")
    def test_nobody_who_reads_the_log_is_waited_for(self):
        for socket_ in (False, True):
            ours, theirs = os.pipe() if not socket_ else [
                end.detach() for end in socket.socketpair()]
            with Server("echo_server", stderr=theirs) as server, os.fdopen(ours, "rb") as log:
                os.close(theirs)
                shown = 0
                while shown != (shown := self.waiting(ours)) or shown == 0:
                    for _ in range(50):
                        self.ask(server)
                with open(f"/proc/{server.process.pid}/fdinfo/2", encoding="ascii") as about:
                    flags = int(re.search(r"^flags:\s*(\d+)$", about.read(), re.MULTILINE)[1], 8)
                self.assertFalse(flags & os.O_NONBLOCK, "it is not ours alone")
                first = os.read(ours, shown)
                self.ask(server)
                rest = os.read(ours, 65536)
                server.process.terminate()
                self.assertEqual(server.process.wait(20), 0)
            lines = (first + rest).decode().splitlines()
            for line in lines:
                self.assertRegex(line, r"^\d{4}-\S+ (info|warning) \S+ ", lines)
            lost = [line for line in lines if "lines of this log could not be written" in line]
            self.assertEqual(len(lost), 1)
            self.assertGreater(int(lost[0].split()[2]), 1)

    def waiting(self, descriptor):
        """How many bytes wait to be read."""
        count = bytearray(4)
        fcntl.ioctl(descriptor, termios.FIONREAD, count)
        return int.from_bytes(count, sys.byteorder)

    def test_what_strangers_repeat_is_said_once_a_second_and_counted(self):
        with Server("echo_server") as server:
            for size in range(300):
                with server.connect() as peer:
                    peer.socket.sendall((2 ** 31 + size).to_bytes(4, "big"))
                    self.assertEqual(peer.receive()[0]["type"], "error")
            self.ask(server)
        lines = [line for line in server.log.splitlines() if "header_too_large" in line]
        more = [int(found[1]) for found in re.finditer(r"; (\d+) more", server.log)]
        self.assertLess(len(lines), 30)
        self.assertEqual(sum(more) + len([line for line in lines if not line.endswith(" more")]),
                         300)


class Udp(unittest.TestCase):
    """The same, one frame a datagram."""

    def setUp(self):
        self.server = Server("udp_echo_server").__enter__()
        host, port = self.server.address.rsplit(":", 1)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.connect((host, int(port)))

    def tearDown(self):
        self.socket.close()
        self.server.__exit__(None)

    def test_a_server_that_is_stopped_as_soon_as_it_listens_ends_well(self):
        for _ in range(20):
            with Server("udp_echo_server"):
                pass

    def test_a_text_comes_back(self):
        self.assertEqual(run("udp_echo_client", self.server.address, "hello").stdout, b"hello\n")
        self.assertEqual(run("udp_echo_client", self.server.address, stdin=b"a\nb\n").stdout,
                         b"a\nb\n")

    @unittest.skipIf(portable or windows, "no system says it without IP_PKTINFO")
    def test_an_answer_comes_from_the_address_that_was_asked(self):
        for listen in ("0.0.0.0:0", "[::]:0"):
            with Server("udp_echo_server", listen=listen) as server:
                port = server.address.rsplit(":", 1)[1]
                for host in ("127.0.0.2", "localhost"):
                    result = run("udp_echo_client", f"{host}:{port}", "hello")
                    self.assertEqual(result.stdout, b"hello\n", result.stderr)

    def test_a_name_is_all_its_addresses_to_servers_and_clients(self):
        hosts = {entry[4][0] for entry in
                 socket.getaddrinfo("localhost", None, type=socket.SOCK_DGRAM)}
        with Server("udp_echo_server", listen="localhost:0") as server:
            port = server.address.rsplit(":", 1)[1]
            for host in hosts:
                where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
                result = run("udp_echo_client", where, "hello")
                self.assertEqual(result.stdout, b"hello\n", result.stderr)
        for host in hosts:  # and where it is but one of them
            with Server("udp_echo_server",
                        listen=f"[{host}]:0" if ":" in host else f"{host}:0") as server:
                port = server.address.rsplit(":", 1)[1]
                result = run("udp_echo_client", f"localhost:{port}", stdin=b"a\nb\n")
                self.assertEqual(result.stdout, b"a\nb\n", result.stderr)

    def test_what_is_no_frame_is_not_answered(self):
        for bad in (b"", b"x", frame({"type": "a"})[:-1], frame({"type": "a"}) + b"x",
                    frame({"type": "a"}) * 2, frame({"type": "a"}, bytes(1300))):
            self.socket.send(bad)
        self.socket.send(frame({"type": "good"}, b"body"))
        answer = self.socket.recv(65536)
        self.assertIn(b'"good"', answer)
        self.assertTrue(answer.endswith(b"body"))

    def test_an_answer_is_not_answered(self):
        self.socket.send(frame({"type": "first"}))
        answer = self.socket.recv(65536)
        self.socket.send(answer)  # as another echo server would
        self.socket.send(frame({"type": "second"}))
        self.assertIn(b'"second"', self.socket.recv(65536))

    def test_a_text_that_is_too_long_is_refused(self):
        result = run("udp_echo_client", self.server.address, "x" * 1300)
        self.assertEqual(result.returncode, 1)

    def test_no_server_is_said(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
            unused.bind(("127.0.0.1", 0))
            result = run("udp_echo_client", f"127.0.0.1:{unused.getsockname()[1]}", "x")
        self.assertEqual(result.returncode, 255)


if __name__ == "__main__":
    unittest.main()
