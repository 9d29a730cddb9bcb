# SPDX-License-Identifier: MIT
import hashlib
import os
import random
import re
import shutil
import ssl
import stat
import subprocess
import tempfile
import time
import unittest
from unittest import mock

from helpers.peer import Peer, frame, output
from helpers.program import environment, gone, programs, run, scratch
from helpers.server import Server

root = os.path.join(os.path.dirname(__file__), "..", "..")
ours = os.path.join(scratch.name, "ours")
others = os.path.join(scratch.name, "others")
alone = os.path.join(scratch.name, "alone")


def make_certificates(folder):
    return subprocess.run([os.path.join(root, "examples", "make-certs.sh"), folder],
                          capture_output=True, check=False)


def setUpModule():
    if b"--tls-cert" not in run("shell_server", "--help").stdout:
        raise unittest.SkipTest("these programs are without TLS")
    if shutil.which("openssl") is None:
        raise unittest.SkipTest("the openssl tool is missing")
    for folder in [ours, others]:
        made = make_certificates(folder)
        assert made.returncode == 0, made.stderr
    os.mkdir(alone)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=alone", "-days", "2",
                    "-keyout", f"{alone}/server.key", "-out", f"{alone}/server.pem"],
                   capture_output=True, check=True)


def certificate(folder, name="server"):
    """The options by which a program shows a certificate."""
    return "--tls-cert", f"{folder}/{name}.pem", "--tls-key", f"{folder}/{name}.key"


def pin(folder):
    with open(f"{folder}/server.pem", encoding="ascii") as file:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


def context(folder=None, **settings):
    """A TLS client that trusts our authority, with the client's certificate of a folder."""
    result = ssl.create_default_context(cafile=f"{ours}/ca.pem")
    if folder:
        result.load_cert_chain(f"{folder}/client.pem", f"{folder}/client.key")
    for name, value in settings.items():
        setattr(result, name, value)
    return result


class TlsPeer(Peer):
    """A client by hand, over TLS."""

    def __init__(self, address, settings):
        super().__init__(address)
        self.file.close()
        try:
            self.socket = settings.wrap_socket(
                self.socket, server_hostname="localhost", suppress_ragged_eofs=False)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")


def log(server):
    """Stops a server. Returns: what it logged."""
    server.process.terminate()
    return server.process.communicate(timeout=20)[1].decode()


class TestCase(unittest.TestCase):
    def assert_refused(self, result, codes=(255,)):
        """A client that did not get in, and says so in one line."""
        self.assertIn(result.returncode, codes, result.stderr)
        self.assertEqual(result.stdout, b"")
        self.assertRegex(result.stderr, rb"\A[^\n]+\n\Z")


class Certificates(TestCase):
    """examples/make-certs.sh"""

    def test_keys_are_for_their_owner_alone(self):
        for name in ["ca", "server", "client"]:
            self.assertEqual(stat.S_IMODE(os.stat(f"{ours}/{name}.key").st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(os.stat(f"{ours}/{name}.pem").st_mode), 0o644)

    def test_a_set_that_is_there_already_stays(self):
        before = pin(ours)
        made = make_certificates(ours)
        self.assertEqual((made.returncode, made.stdout), (1, b""))
        self.assertIn(b"exists already", made.stderr)
        self.assertEqual(pin(ours), before)

    def test_the_pin_is_printed(self):
        with tempfile.TemporaryDirectory() as folder:
            made = make_certificates(folder)
            self.assertIn(pin(folder).encode(), made.stdout)
            self.assertEqual(len(os.listdir(folder)), 6)


class Client(TestCase):
    """shell_client and shell_server over TLS."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("shell_server", *certificate(ours)).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def client(self, *arguments, **options):
        return run("shell_client", self.server.address, *arguments, **options)

    def test_who_knows_the_authority_gets_streams_and_exit_status(self):
        result = self.client("--tls-ca", f"{ours}/ca.pem", "--", "echo out; echo err >&2; exit 7")
        self.assertEqual((result.stdout, result.stderr, result.returncode), (b"out\n", b"err\n", 7))

    def test_the_name_localhost_is_as_good_as_the_address(self):
        port = self.server.address.rsplit(":", 1)[1]
        result = run("shell_client", f"localhost:{port}", "--tls-ca", f"{ours}/ca.pem",
                     "--", "echo hi")
        self.assertEqual((result.stdout, result.stderr), (b"hi\n", b""))

    def test_the_authorities_of_the_system_are_asked_where_none_is_named(self):
        self.assert_refused(self.client("--tls", "--", "true"))
        result = subprocess.run(
            [os.path.join(programs, "shell_client"), self.server.address, "--tls", "--", "echo hi"],
            capture_output=True, env={**environment, "SSL_CERT_FILE": f"{ours}/ca.pem"},
            stdin=subprocess.DEVNULL, timeout=30, check=False)
        self.assertEqual((result.stdout, result.stderr), (b"hi\n", b""))

    def test_a_pin_suffices_where_nobody_has_signed(self):
        with Server("shell_server", *certificate(alone)) as server:
            result = run("shell_client", server.address, "--tls-pin", pin(alone), "--", "echo hi")
            self.assertEqual((result.stdout, result.stderr), (b"hi\n", b""))
            self.assert_refused(
                run("shell_client", server.address, "--tls-ca", f"{ours}/ca.pem", "--", "true"))

    def test_a_server_that_is_not_the_one_is_left(self):
        for arguments in [("--tls-ca", f"{others}/ca.pem"), ("--tls-pin", pin(others)),
                          ("--tls-pin", "0" * 64)]:
            with self.subTest(arguments):
                self.assert_refused(self.client(*arguments, "--", "true"))

    def test_a_certificate_for_another_name_is_refused(self):
        with Server("shell_server", *certificate(ours), listen="127.0.0.2:0") as server:
            result = run("shell_client", server.address, "--tls-ca", f"{ours}/ca.pem", "--", "true")
        self.assert_refused(result)
        self.assertIn(b"refused: IP address mismatch; --tls-ca", result.stderr)

    def test_the_certificate_of_a_client_is_none_of_a_server(self):
        with Server("shell_server", *certificate(ours, "client")) as server:
            self.assert_refused(
                run("shell_client", server.address, "--tls-ca", f"{ours}/ca.pem", "--", "true"))

    def test_a_client_without_tls_is_told_what_a_server_speaks(self):
        result = self.client("--", "true")
        self.assert_refused(result)
        self.assertIn(b"looks like TLS: try --tls", result.stderr)

    def test_a_client_with_tls_is_told_what_a_server_may_speak(self):
        with Server("shell_server") as server:
            result = run("shell_client", server.address, "--tls-ca", f"{ours}/ca.pem", "--", "true")
        self.assert_refused(result)
        self.assertIn(b"it may be one without TLS", result.stderr)

    def test_a_wrong_token_is_refused_over_tls_too(self):
        with tempfile.NamedTemporaryFile() as token:
            token.write(b"0" * 64)
            token.flush()
            result = self.client("--tls-ca", f"{ours}/ca.pem", "--token-file", token.name,
                                 "--", "true")
        self.assert_refused(result, codes=(1,))
        self.assertIn(b"token", result.stderr)

    def test_lines_of_a_pipe_are_run_one_by_one(self):
        result = self.client("--tls-ca", f"{ours}/ca.pem", stdin=b"cd /usr\npwd\nexit 4\n")
        self.assertEqual((result.stdout, result.returncode), (b"/usr\n", 4))

    def test_64_mib_there_and_back_are_the_same_bytes(self):
        data = random.Random(1).randbytes(64 * 1024 * 1024)
        result = self.client("--tls-ca", f"{ours}/ca.pem", "--", "cat", stdin=data)
        self.assertEqual((len(result.stdout), result.returncode), (len(data), 0))
        self.assertEqual(hashlib.sha256(result.stdout).digest(), hashlib.sha256(data).digest())

    def test_nothing_of_a_client_that_is_done_looks_cut_short(self):
        with Server("shell_server", *certificate(ours)) as server:
            run("shell_client", server.address, "--tls-ca", f"{ours}/ca.pem", "--", "exit 3")
            lines = log(server).splitlines()
        self.assertFalse([line for line in lines if " warning 127.0.0.1:" in line], lines)

    def test_bad_usage_is_exit_2(self):
        for arguments in [("--tls-pin", "nonsense"), ("--tls-pin", "0" * 63),
                          ("--tls-cert", f"{ours}/client.pem")]:
            with self.subTest(arguments):
                result = self.client(*arguments, "--", "true")
                self.assertEqual((result.stdout, result.returncode), (b"", 2))
                self.assertTrue(result.stderr)

    def test_the_keys_are_kept_where_they_are_asked_for_and_the_server_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("server.keys", "client.keys")]
            with mock.patch.dict(environment, SSLKEYLOGFILE=files[0]):
                server = Server("shell_server", *certificate(ours))
            with server, mock.patch.dict(environment, SSLKEYLOGFILE=files[1]):
                for _ in range(2):
                    result = run("shell_client", server.address, "--tls-ca", f"{ours}/ca.pem",
                                 "--", "echo hi")
                    self.assertEqual((result.stdout, result.stderr), (b"hi\n", b""))
            self.assertIn(f"SSLKEYLOGFILE: whoever can read {files[0]}", server.log)
            kept = []
            for name in files:
                self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600)
                with open(name, encoding="ascii") as file:
                    kept.append(sorted(line for line in file if "TRAFFIC_SECRET_0" in line))
            self.assertEqual(len(kept[0]), 4)  # of two sessions, in both directions
            self.assertEqual(*kept)

    def test_keys_that_cannot_be_kept_are_said(self):
        for wrong in (scratch.name, "/nowhere/keys"):
            with mock.patch.dict(environment, SSLKEYLOGFILE=wrong):
                result = self.client("--tls-ca", f"{ours}/ca.pem", "--", "true")
                self.assert_refused(result, (1,))
                self.assertIn(b": SSLKEYLOGFILE: " + wrong.encode(), result.stderr)

    def test_an_authority_that_cannot_be_read_is_named(self):
        result = self.client("--tls-ca", "/no/such/ca.pem", "--", "true")
        self.assert_refused(result, codes=(1, 2))
        self.assertIn(b"/no/such/ca.pem", result.stderr)


class Protocol(TestCase):
    """shell_server over TLS, as a stranger's program talks to it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("shell_server", *certificate(ours)).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def connect(self, **settings):
        peer = TlsPeer(self.server.address, context(**settings))
        self.addCleanup(peer.__exit__)
        return peer

    def test_a_client_that_vanishes_while_its_input_is_held_back_takes_its_commands_along(self):
        for end in (TlsPeer.__exit__, TlsPeer.reset):
            with self.subTest(end):
                peer = self.connect()
                peer.authenticate()
                pid = peer.hold_back("exec sleep 1000")
                end(peer)
                self.assertTrue(gone(pid, 10))

    def test_frames_are_the_same_over_tls(self):
        peer = self.connect()
        self.assertEqual(peer.socket.version(), "TLSv1.3")
        peer.authenticate()
        peer.send({"type": "exec", "id": 1, "command": "cat; exit 3"})
        peer.send({"type": "stdin", "id": 1}, "你好\n".encode())
        peer.send({"type": "stdin_close", "id": 1})
        messages = peer.until("exit")
        self.assertEqual((output(messages), messages[-1][0]["status"]), ("你好\n".encode(), 3))

    def test_the_same_bytes_in_any_records_do_the_same(self):
        peer = self.connect()
        peer.authenticate()
        wires = [frame({"type": "exec", "id": number, "command": "wc -c"}) +
                 frame({"type": "stdin", "id": number}, b"x" * 100) +
                 frame({"type": "stdin_close", "id": number}) for number in range(21)]
        for byte in wires[0]:
            peer.socket.sendall(bytes([byte]))
        self.assertEqual(output(peer.until("exit")).strip(), b"100")
        peer.socket.sendall(b"".join(wires[1:]))
        messages = []
        for _ in range(20):
            messages += peer.until("exit")
        self.assertEqual(output(messages).split(), [b"100"] * 20)

    def test_a_client_that_vanishes_takes_its_commands_along(self):
        peer = self.connect()
        peer.authenticate()
        peer.send({"type": "exec", "id": 1,
                   "command": "trap '' TERM; echo $$; while :; do sleep 0.1; done"})
        pid = int(output(peer.until("stdout")))
        peer.__exit__()
        self.assertTrue(gone(pid, 10), "killed, since it ignored TERM")

    def test_a_flood_holds_the_command_and_not_memory(self):
        peer = self.connect()
        peer.authenticate()
        peer.send({"type": "exec", "id": 1, "command": "echo $$; exec yes"})
        pid = int(output(peer.until("stdout")).split()[0])
        written = -1
        while written != (written := self.written(pid)):  # until all that may wait does
            time.sleep(0.1)
        before = self.resident()
        time.sleep(1)
        self.assertLess(self.resident(), before + 1000)

    def written(self, pid):
        with open(f"/proc/{pid}/io", encoding="ascii") as counts:
            return int(re.search(r"^wchar: (\d+)$", counts.read(), re.MULTILINE)[1])

    def resident(self):
        """The server's memory, in pages."""
        with open(f"/proc/{self.server.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1])

    def test_older_versions_than_1_3_are_refused(self):
        with self.assertRaises(OSError):
            self.connect(maximum_version=ssl.TLSVersion.TLSv1_2)

    def test_the_token_is_still_asked_for(self):
        for header in [{"type": "exec", "id": 1, "command": "touch never"},
                       {"type": "auth", "token": "0" * 64}]:
            with self.subTest(header):
                peer = self.connect()
                peer.send(header)
                self.assertEqual(peer.receive()[0]["code"], "unauthorized")
                self.assertIsNone(peer.receive())

    def test_a_connection_ends_with_a_close_notify(self):
        with Server("shell_server", *certificate(ours)) as server:
            with TlsPeer(server.address, context()) as peer:
                peer.authenticate()
                server.process.terminate()
                peer.until("bye")
                self.assertIsNone(peer.receive(), "an end without it would be an SSLEOFError")

    def test_who_never_says_hello_holds_nobody_up(self):
        with Server("shell_server", *certificate(ours)) as server, Peer(server.address):
            with TlsPeer(server.address, context()) as peer:
                peer.authenticate()
            server.process.terminate()
            self.assertEqual(server.process.wait(timeout=6), 0)

    def test_a_stream_that_is_cut_short_is_logged(self):
        with Server("shell_server", *certificate(ours)) as server:
            names = []
            for cut in [False, True]:
                peer = TlsPeer(server.address, context())
                names.append("%s:%d" % peer.socket.getsockname())
                peer.authenticate()
                if cut:
                    peer.socket.sendall(frame({"type": "exec", "id": 1, "command": "true"})[:-5])
                else:
                    peer.socket = peer.socket.unwrap()
                peer.file.close()
                peer.socket.close()
            lines = []
            while sum(line.endswith(" disconnected\n") for line in lines) < len(names):
                lines.append(server.process.stderr.readline().decode())
                self.assertTrue(lines[-1], "the log has ended")
            complaints = [line for line in lines if re.search(r" (warning|error) ", line)]
        self.assertFalse([line for line in complaints if names[0] in line], complaints)
        self.assertTrue([line for line in complaints if names[1] in line], complaints)

    def test_a_stranger_who_speaks_no_tls_is_not_answered_in_plain_words(self):
        for words in [b"GET / HTTP/1.1\r\n\r\n", frame({"type": "auth", "token": "x"})]:
            with self.subTest(words), Peer(self.server.address) as peer:
                peer.socket.sendall(words)
                answer = b""
                try:
                    answer = peer.file.read()
                except ConnectionResetError:
                    pass
                self.assertIn(answer[:1], [b"", b"\x15"], "nothing, or an alert of TLS")


class ClientCertificates(TestCase):
    """A server that asks for a certificate instead of the token."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("shell_server", *certificate(ours), "--tls-client-ca",
                            f"{ours}/ca.pem").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def client(self, *arguments):
        """A run without any token."""
        with tempfile.TemporaryDirectory() as empty:
            return subprocess.run(
                [os.path.join(programs, "shell_client"), self.server.address, "--tls-ca",
                 f"{ours}/ca.pem", *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                env={**environment, "XDG_RUNTIME_DIR": empty, "HOME": empty}, timeout=30,
                check=False)

    def test_a_certificate_replaces_the_token(self):
        result = self.client(*certificate(ours, "client"), "--", "echo hi; exit 3")
        self.assertEqual((result.stdout, result.stderr, result.returncode), (b"hi\n", b"", 3))

    def test_nothing_needs_to_be_said_before_the_first_command(self):
        with TlsPeer(self.server.address, context(ours)) as peer:
            peer.send({"type": "exec", "id": 1, "command": "echo hi"})
            self.assertEqual(output(peer.until("exit")), b"hi\n")

    def test_a_token_without_a_certificate_is_refused(self):
        Server("shell_server").__enter__().__exit__(None)  # makes a token
        self.assert_refused(run("shell_client", self.server.address, "--tls-ca", f"{ours}/ca.pem",
                                "--", "true"), codes=(1, 255))
        answer = None
        try:
            with TlsPeer(self.server.address, context()) as peer:
                peer.send({"type": "exec", "id": 1, "command": "true"})
                answer = peer.receive()
        except OSError:
            pass
        self.assertTrue(answer is None or answer[0].get("code") == "unauthorized", answer)

    def test_certificates_that_our_authority_gave_to_no_client_are_refused(self):
        for folder, name in [(others, "client"), (ours, "server"), (alone, "server")]:
            with self.subTest(folder):
                self.assert_refused(self.client(*certificate(folder, name), "--", "true"),
                                    codes=(1, 255))


class Doors(TestCase):
    """Where a server with TLS listens, and for whom."""

    def test_every_address_may_be_listened_on_with_tls_only(self):
        result = run("shell_server", "--listen", "0.0.0.0:0")
        self.assert_refused(result, codes=(2,))
        self.assertIn(b"--listen", result.stderr)
        with Server("shell_server", *certificate(ours), listen="0.0.0.0:0") as server:
            port = server.address.rsplit(":", 1)[1]
            result = run("shell_client", f"127.0.0.1:{port}", "--tls-ca", f"{ours}/ca.pem",
                         "--", "echo hi")
            self.assertEqual((result.stdout, result.stderr), (b"hi\n", b""))

    def test_half_a_certificate_is_bad_usage(self):
        both = certificate(ours)
        for arguments in [both[:2], both[2:], ("--tls-client-ca", f"{ours}/ca.pem")]:
            with self.subTest(arguments):
                result = run("shell_server", *arguments)
                self.assertEqual((result.stdout, result.returncode), (b"", 2))
                self.assertTrue(result.stderr)

    def test_files_that_do_not_do_are_named_in_one_line(self):
        for certificates, key in [("/no/such.pem", f"{ours}/server.key"),
                                  (f"{ours}/server.pem", "/no/such.key"),
                                  (f"{ours}/server.key", f"{ours}/server.key"),
                                  (f"{ours}/server.pem", f"{others}/server.key")]:
            with self.subTest((certificates, key)):
                result = run("shell_server", "--tls-cert", certificates, "--tls-key", key)
                self.assert_refused(result, codes=(1, 2))
                self.assertRegex(result.stderr, rb"\.pem|\.key")

    def test_guessing_takes_longer_and_longer(self):
        with Server("shell_server", *certificate(ours)) as server:
            tries = [self.guess(server) for _ in range(5)]
        self.assertLess(tries[0], 1)
        self.assertGreater(tries[3], tries[0] + 0.2)
        self.assertGreater(tries[4], tries[3])

    @staticmethod
    def guess(server):
        """The seconds until a wrong token is answered, however often the server hangs up."""
        began = time.monotonic()
        while time.monotonic() < began + 25:
            try:
                with TlsPeer(server.address, context()) as peer:
                    peer.send({"type": "auth", "token": "0" * 64})
                    answer = peer.receive()
                if answer and answer[0]["code"] == "unauthorized":
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError("no answer")


if __name__ == "__main__":
    unittest.main()
