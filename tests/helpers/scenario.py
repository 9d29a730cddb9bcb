# SPDX-License-Identifier: MIT
"""What every fault scenario needs: a server under watch, what must hold afterwards, a table."""

import contextlib
import ctypes
import json
import mmap
import os
import pathlib
import resource
import secrets
import selectors
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import helpers.server
from helpers.peer import Peer
from helpers.program import environment, eventually, programs, run, scratch

long = "--long" in sys.argv
sanitized = "--sanitized" in sys.argv
sys.argv = [word for word in sys.argv if word not in ("--long", "--sanitized")]

GIVEN_BACK = 12  # seconds until a server gives memory back
MIB = 1024 * 1024
UNLIMITED = ["--connections", "0", "--per-address", "0"]
TOKEN_FILE = pathlib.Path(scratch.name, "framing-token")
TOKEN_FILE.touch(0o600)
TOKEN_FILE.write_text(secrets.token_hex(32) + "\n", "ascii")
PROTECTED = ["--token-file", TOKEN_FILE]  # for a server that asks for no token by itself

# Each connection is a descriptor here and one there; a child inherits the limit.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def reset(client):
    """Closes a socket so that its peer gets RST, whatever is on the way."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def messages(stream):
    """The frames that a file holds."""
    while prefix := stream.read(4):
        header = json.loads(stream.read(struct.unpack("!I", prefix)[0]))
        yield header, stream.read(header.get("body_size", 0))


def exchange(peer, body=b"ping"):
    """Has one frame echoed. Returns: the seconds it took."""
    began = time.monotonic()
    peer.send({"type": "echo"}, body)
    while (answer := peer.receive()) == ({}, b""):
        pass  # a keep-alive
    if answer is None:
        raise ConnectionResetError("the server has gone")
    assert answer[0]["type"] == "echo", answer[0]
    assert answer[1] == body, "the body has changed"
    return time.monotonic() - began


def run_nothing(peer):
    peer.send({"type": "exec", "id": 1, "command": "true"})
    assert peer.until("exit")[-1][0]["status"] == 0


def say_something(peer):
    peer.send({"type": "join", "nick": f"probe-{secrets.token_hex(8)}", "room": "probe"})
    peer.send({"type": "say"}, b"ping")
    assert peer.until("said")[-1][1] == b"ping"
    peer.send({"type": "quit"})
    peer.until("bye")


def look_at_nothing(peer):
    peer.send({"type": "stat", "name": "probe"})
    assert peer.until("stat")[-1][0]["exists"] is False


class Server(helpers.server.Server):
    """A server whose log is a file, however long it gets, and whose use of the machine shows."""

    def __init__(self, program, *arguments, before=(), listen="127.0.0.1:0", context=None,
                 variables=None, **options):
        self.program = os.path.basename(program)
        self.protected = (self.program in ("shell_server", "file_server") or
                           "--token-file" in arguments)
        self.context = context
        self.log_file = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*before, os.path.join(programs, program), "--listen", listen,
             *map(str, arguments)], stdout=subprocess.PIPE, stderr=self.log_file,
            env={**environment, **(variables or {})}, **options)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            self.process.kill()
            self.process.wait()
            raise AssertionError(line + self.log())
        self.address = line.split()[2]
        self.sockets_at_rest = self.sockets()

    def __exit__(self, kind, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            log = self.log()
            self.log_file.close()
        if kind is not None:
            print(log[-1000:], file=sys.stderr)
        else:
            assert self.process.returncode == 0, f"exit {self.process.returncode}\n{log[-1000:]}"

    def kill(self):
        """Ends it as a machine that fails does."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log_file.close()

    def log(self):
        return os.pread(self.log_file.fileno(), 1 << 30, 0).decode(errors="replace")

    def connect(self, source=None):
        peer = Peer(self.address, source)
        if self.context:
            peer.file.close()
            peer.socket = self.context.wrap_socket(peer.socket)
            peer.file = peer.socket.makefile("rb")
        return peer

    def enter(self):
        """A peer that is let in."""
        peer = self.connect()
        if self.protected:
            peer.authenticate()
        return peer

    smallest_work = {"echo_server": exchange, "shell_server": run_nothing,
                     "chat_server": say_something, "file_server": look_at_nothing}

    def probe(self):
        """Does the smallest piece of work. Returns: the seconds it took."""
        began = time.monotonic()
        with self.enter() as peer:
            self.smallest_work[self.program](peer)
        return time.monotonic() - began

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def sockets(self):
        count = 0
        for descriptor in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                count += os.readlink(descriptor).startswith("socket:")
        return count

    def connections(self):
        return self.sockets() - self.sockets_at_rest

    def children(self):
        """Its processes, those that it has not collected included."""
        found = []
        for file in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended
                found += [int(child) for child in file.read_text(encoding="ascii").split()]
        return found

    def resident(self):
        """The memory in use, in bytes."""
        statm = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        return int(statm.split()[1]) * resource.getpagesize()

    def cpu(self):
        """The seconds of processor time used so far."""
        return time.clock_gettime(~self.process.pid << 3 | 2)  # as clock_getcpuclockid(3) does


class Overdue(Exception):
    """A scenario took too long. (TimeoutError is an OSError, which many of them expect.)"""


class Scenario(unittest.TestCase):
    """A test method named test_GROUP_NUMBER_what_must_be_so is one row of the table."""

    seconds = 600 if long else 60

    def setUp(self):
        self.seen = []

        def give_up(*_):
            raise Overdue(f"not done in {self.seconds} s")

        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(self.seconds)
        self.addCleanup(signal.alarm, 0)

    def saw(self, text):
        self.seen.append(text)

    def scaled(self, short, full, what):
        """How many (or how long) it is this time; the table says of how many."""
        count = full if long else short
        self.saw(f"{count:,} {what}" if count == full else f"{count:,} (of {full:,}) {what}")
        return count

    @contextlib.contextmanager
    def watched(self, program, *arguments, events=0, warm_up=None, **options):
        """A server that must be as before after the block: idle, well, no bigger, and with no more
        than `events` lines in its log beside those of connections that come and go."""
        with Server(program, *arguments, **options) as server:
            for _ in range(20):
                server.probe()  # what is made at the first use is no leak
            if warm_up:
                warm_up(server)
            self.assert_idle(server)
            self.assert_log(server, 0, sys.maxsize)
            descriptors = server.descriptors()
            resident, logged = server.resident(), len(server.log())
            yield server
            self.assert_idle(server)
            self.assert_log(server, logged, events)
            self.assertLess(server.probe(), 1, "seconds until a probe was answered")
            self.assert_idle(server)
            self.assertTrue(eventually(lambda: server.descriptors() <= descriptors),
                            f"{server.descriptors()} descriptors, {descriptors} before")
            if not sanitized:  # whose quarantine grows
                self.assertTrue(eventually(lambda: server.resident() <= resident * 1.1 + 2 * MIB,
                                           GIVEN_BACK),
                                f"{server.resident():,} bytes of memory, {resident:,} before")

    def assert_idle(self, server, seconds=10):
        self.assertTrue(
            eventually(lambda: server.connections() <= 0 and not server.children(), seconds),
            f"{server.connections()} connections left, children {server.children()}")

    def assert_log(self, server, start, events):
        """Whether all that came has gone, and what else the log says."""
        def count(word):
            return server.log().count(f" {word}\n", start)

        self.assertTrue(eventually(lambda: count("connected") == count("disconnected")),
                        f"{count('connected')} came and {count('disconnected')} went by the log")
        others = [line for line in server.log()[start:].splitlines()
                  if not line.endswith(("connected", "disconnected"))]
        self.assertLessEqual(len(others), events, "lines, such as\n" + "\n".join(others[:5]))

    def crowd(self, server, count, receive_buffer=None):
        """Bare connections, which are closed after the test."""
        host, port = server.address.rsplit(":", 1)
        clients = []
        for _ in range(count):
            client = socket.socket()
            self.addCleanup(client.close)
            if receive_buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            client.settimeout(20)
            client.connect((host, int(port)))
            clients.append(client)
        return clients

    def ends(self, clients, seconds, each=None, pause=0.2):
        """When each connection was ended by the server; `each` is done to those left, every
        `pause` seconds."""
        ended = {}
        deadline = time.monotonic() + seconds
        next_time = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client, selectors.EVENT_READ)
            while selector.get_map() and time.monotonic() < deadline:
                for key, _ in selector.select(pause / 4):
                    try:
                        data = key.fileobj.recv(65536)
                    except OSError:
                        data = b""
                    if not data:
                        ended[key.fileobj] = time.monotonic()
                        selector.unregister(key.fileobj)
                if each and time.monotonic() >= next_time:
                    next_time = time.monotonic() + pause
                    for key in list(selector.get_map().values()):
                        with contextlib.suppress(OSError):
                            each(key.fileobj)
        self.assertEqual(len(ended), len(clients), "connections that were ended")
        return list(ended.values())

    def tool(self, name):
        return shutil.which(name) or self.skipTest(f"{name} is not installed")

    @contextlib.contextmanager
    def failing(self, server, fault):
        """System calls of a server fail as strace has it, for the time of a with block."""
        def attached():
            status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text("ascii")
            return "TracerPid:\t0" not in status

        with subprocess.Popen([self.tool("strace"), "-f", "-qq", "-o", "/dev/null", "-e",
                               f"inject={fault}", "-p", str(server.process.pid)]) as strace:
            try:
                self.assertTrue(eventually(attached), "strace can attach")
                yield
            finally:
                strace.terminate()

    @contextlib.contextmanager
    def own_network(self):
        """A loopback of our own, for what is started in the block."""
        libc = ctypes.CDLL(None, use_errno=True)
        new_network = 0x40000000  # CLONE_NEWNET
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            if libc.unshare(new_network) != 0:
                self.skipTest("no network of our own: " + os.strerror(ctypes.get_errno()))
            subprocess.run([self.tool("ip"), "link", "set", "lo", "up", "mtu", "1500"], check=True)
            yield
        finally:
            libc.setns(home, new_network)
            os.close(home)

    @contextlib.contextmanager
    def preloaded(self):
        """The options of a server that preload.cpp gets into, and its two numbers."""
        if sanitized:
            self.skipTest("the sanitizer is preloaded itself")
        library = pathlib.Path(programs).parent / "faults_preload.so"
        with tempfile.NamedTemporaryFile() as file:
            file.write(struct.pack("qq", 0, -1))
            file.flush()
            with mmap.mmap(file.fileno(), 16) as controls:
                yield {"variables": {"FAULTS": file.name, "LD_PRELOAD": str(library)}}, controls

    def certificates(self):
        """A folder with those of examples/make-certs.sh; made once."""
        usage = run("echo_server", "--help").stdout
        if b"--tls-cert" not in usage:
            self.skipTest("the programs were built without TLS")
        folder = pathlib.Path(scratch.name, "certificates")
        if not folder.exists():
            script = pathlib.Path(__file__).resolve().parents[2] / "examples" / "make-certs.sh"
            subprocess.run([script, folder], check=True, capture_output=True)
        return folder

    def tls(self):
        """The options of a server with TLS, and what a client of it needs."""
        folder = self.certificates()
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        context.check_hostname = False
        return ["--tls-cert", folder / "server.pem", "--tls-key", folder / "server.key"], context


class Table(unittest.TestResult):
    """The rows, in the order they were run."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        _, group, number, name = test.id().rpartition(".")[2].split("_", 3)
        self.name = f"{group}-{number}"
        print(self.name, name.replace("_", " "), file=sys.stderr)

    def row(self, test, verdict, *more):
        seen = "; ".join([*test.seen, *more])
        self.rows.append((self.name, time.monotonic() - self.began, verdict, seen))

    def addSuccess(self, test):
        super().addSuccess(test)
        self.row(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.row(test, "failed", str(err[1]).partition("\n")[0][:200])

    def addError(self, test, err):
        super().addError(test, err)
        self.row(test, "failed", f"{err[0].__name__}: {err[1]}".partition("\n")[0][:200])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.row(test, "cannot be done here", reason)

    def show(self):
        for test, trace in self.failures + self.errors:
            print(f"\n{test.id()}\n{trace}", file=sys.stderr)
        print(f"\n{'id':8}{'time':>6}  what was seen")
        for name, seconds, verdict, seen in self.rows:
            print(f"{name:8}{seconds:5.1f}s  {verdict}: {seen}")


class Runner:
    def run(self, tests):
        table = Table()
        tests(table)
        table.show()
        return table


def main():
    unittest.main(testRunner=Runner())
