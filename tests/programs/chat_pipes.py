# SPDX-License-Identifier: MIT
"""Members of a chat without a terminal."""

import json
import signal
import subprocess
import unittest

from helpers.program import command, environment, run
from helpers.server import Server


class Pipes(unittest.TestCase):
    def setUp(self):
        self.server = Server("chat_server")
        self.addCleanup(self.server.__exit__, None)

    def test_lines_are_said_and_heard(self):
        result = run("chat_client", self.server.address, "--nick", "alice",
                     stdin="hello\n你好，世界\n".encode())
        self.assertEqual(result.returncode, 0, result.stderr)
        with subprocess.Popen(
                command("chat_client", self.server.address, "--nick", "bob", "--history", "9",
                        "--json", "--stay"),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment) as bob:
            said = []
            while len(said) < 2:
                line = json.loads(bob.stdout.readline())
                if line.get("type") == "said":
                    said.append((line["from"], line["text"]))
            self.assertEqual(said, [("alice", "hello"), ("alice", "你好，世界")])
            bob.send_signal(signal.SIGINT)
            self.assertEqual(bob.wait(20), 128 + signal.SIGINT)

    def test_redis_needs_an_address_of_one(self):
        result = run("chat_server", "--redis", "nowhere")
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertRegex(result.stderr, rb"Redis")


if __name__ == "__main__":
    unittest.main()
