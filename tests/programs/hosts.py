# SPDX-License-Identifier: MIT
"""Names for servers, in the file of whoever uses the clients."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from helpers.program import command, environment, scratch, windows
from helpers.server import Server


class Hosts(unittest.TestCase):

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.file = pathlib.Path(self.folder, "framing", "hosts")
        self.file.parent.mkdir()
        self.drive = "Z:" if windows else ""
        self.shown = f"Z:{self.folder}\\framing\\hosts" if windows else self.file

    def write(self, text):
        self.file.write_text(text, "utf-8")
        self.file.chmod(0o600)

    def client(self, *words, **variables):
        return subprocess.run(
            command(*words), capture_output=True, timeout=50,
            env={**environment, "XDG_CONFIG_HOME": self.drive + self.folder, **variables})

    def assert_refused(self, result, *parts, code=2):
        self.assertEqual((result.returncode, result.stdout), (code, b""), result.stderr)
        for part in parts:
            self.assertIn(part.encode(), result.stderr)

    def test_a_name_stands_for_an_address(self):
        for protocol in ("", "udp_"):
            with Server(protocol + "echo_server") as server:
                self.write(f"host here\n  address {server.address}\n")
                result = self.client(protocol + "echo_client", "here", "hello")
                self.assertEqual((result.returncode, result.stdout), (0, b"hello\n"), result.stderr)

    @unittest.skipIf(windows, "nothing but the profile says where that is there")
    def test_it_is_in_the_configuration_of_the_home_folder(self):
        with Server("echo_server") as server:
            self.write(f"host here\n  address {server.address}\n")
            home = tempfile.TemporaryDirectory()
            self.enterContext(home)
            os.symlink(self.folder, os.path.join(home.name, ".config"))
            result = self.client("echo_client", "here", "hello", HOME=home.name, XDG_CONFIG_HOME="")
            self.assertEqual((result.returncode, result.stdout), (0, b"hello\n"), result.stderr)

    def test_its_token_is_shown_unless_another_is_asked_for(self):
        token = os.path.join(self.folder, "framing", "secret")
        wrong = pathlib.Path(scratch.name, "wrong")
        wrong.touch(0o600)
        wrong.write_text("wrong\n", "ascii")
        with Server("echo_server", "--token-file", token) as server:
            self.write(f"host here\n  address {server.address}\n  token-file secret\n")
            result = self.client("echo_client", "here", "hello")
            self.assertEqual((result.returncode, result.stdout), (0, b"hello\n"), result.stderr)
            result = self.client("echo_client", "here", "hello", "--token-file", os.fspath(wrong))
            self.assert_refused(result, "wrong token", code=1)

    @unittest.skipIf(windows, "programs have no TLS there")
    def test_its_tls_options_are_used(self):
        with Server("echo_server") as server:
            self.write(f"host here\n  address {server.address}\n  tls yes\n"
                       f"host there\n  address {server.address}\n  tls-ca missing.pem\n")
            self.assert_refused(self.client("echo_client", "here", "hello"), "no TLS", code=255)
            self.assertIn(os.path.join(self.folder, "framing", "missing.pem").encode(),
                          self.client("echo_client", "there", "hello").stderr)

    def test_an_address_in_full_needs_no_file(self):
        self.write("nonsense\n")
        with Server("echo_server") as server:
            result = self.client("echo_client", server.address, "hello")
            self.assertEqual((result.returncode, result.stdout), (0, b"hello\n"), result.stderr)

    def test_what_is_wrong_is_told_with_the_line(self):
        self.write("host a\n  address localhost:1\n  colour blue\n")
        self.assert_refused(self.client("echo_client", "a", "hello"),
                            f"{self.shown}:3: colour is not among: host, address")

    def test_an_unknown_name_is_told(self):
        self.write("host a\n  address localhost:1\n")
        self.assert_refused(self.client("echo_client", "b", "hello"),
                            f"b is no HOST:PORT or unix:PATH, and no host in {self.shown}")
        self.file.unlink()
        self.assert_refused(self.client("udp_echo_client", "b", "hello"),
                            f"b is no HOST:PORT or unix:PATH, and {self.shown}: No such file")

    @unittest.skipIf(windows, "everybody has one there")
    def test_without_a_home_there_is_none(self):
        self.assert_refused(self.client("echo_client", "b", "hello", HOME="", XDG_CONFIG_HOME=""),
                            "b is no HOST:PORT or unix:PATH, and without HOME there is no file")

    def test_a_file_that_others_can_write_to_is_not_trusted(self):
        self.write("host a\n  address localhost:1\n")
        self.file.chmod(0o622 if windows else 0o620)  # groups are nobody there
        self.assert_refused(self.client("echo_client", "a", "hello"), "others can write to it")

    @unittest.skipIf(windows, "no pipes in folders there")
    def test_a_file_that_is_none_is_not_read(self):
        os.mkfifo(self.file)
        self.assert_refused(self.client("echo_client", "a", "hello"), "is a pipe")

    def test_it_may_have_a_mebibyte(self):
        self.write("host a\n  address localhost:1\n" + "#" * 1024 * 1024)
        self.assert_refused(self.client("echo_client", "a", "hello"), "is larger than 1 MiB")


if __name__ == "__main__":
    unittest.main()
