# SPDX-License-Identifier: MIT
"""What is named where a file is needed, and is none."""

import os
import unittest

from helpers.program import run, scratch
from helpers.server import Server

FOLDER = scratch.name
FIFO = os.path.join(scratch.name, "fifo")
os.mkfifo(FIFO)
NO_FILES = ((FOLDER, b"a folder"), (FIFO, b"a pipe"), ("/dev/zero", b"a device"),
            ("/dev/stdout", b"a pipe"))


class SpecialFiles(unittest.TestCase):

    def refused(self, file, kind, program, *arguments):
        with self.subTest(arguments):
            result = run(program, *arguments)
            self.assertEqual((result.returncode, result.stdout), (2, b""), result.stderr)
            self.assertEqual(result.stderr.count(b"\n"), 1)
            self.assertIn(f"{file} is ".encode() + kind + b", where a file is needed", result.stderr)

    def test_a_log_is_a_file(self):
        for file, kind in NO_FILES:
            self.refused(file, kind, "chat_server", "--log", file)

    def test_a_token_file_is_a_file(self):
        with Server("echo_server") as server:
            for file, kind in NO_FILES:
                self.refused(file, kind, "echo_server", "--token-file", file)
                self.refused(file, kind, "echo_client", server.address, "--token-file", file, "x")

    def test_a_certificate_is_a_file(self):
        for file, kind in NO_FILES:
            self.refused(file, kind, "echo_client", "127.0.0.1:1", "--tls-ca", file, "x")
            self.refused(file, kind, "echo_client", "127.0.0.1:1", "--tls", "--tls-cert", file,
                         "--tls-key", file, "x")
        for file, kind in NO_FILES[1:]:
            self.refused(file, kind, "echo_server", "--tls-cert", file, "--tls-key", file)


if __name__ == "__main__":
    unittest.main()
