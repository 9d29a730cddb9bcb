# SPDX-License-Identifier: MIT
"""Times that are options: hardly any, and none."""

import signal
import unittest

from helpers.program import run
from helpers.server import Server


class Times(unittest.TestCase):

    def test_a_time_that_is_hardly_one_is_no_missing_limit(self):
        with Server("shell_server") as server:
            for time in ("0.0004", "1e-9", "50ms"):
                result = run("shell_client", server.address, "--timeout", time, "--", "sleep 5")
                self.assertEqual(result.returncode, 128 + signal.SIGTERM)
        for option in ("--idle-timeout", "--frame-timeout"):
            with self.subTest(option), Server("echo_server", option, "1e-10") as server:
                with server.connect() as peer:
                    peer.socket.sendall(b"\0")
                    peer.socket.settimeout(5)
                    with self.assertRaises((AssertionError, ConnectionError)) as ended:
                        self.assertTrue(peer.socket.recv(1000))
                    self.assertNotIsInstance(ended.exception, TimeoutError)

    def test_a_time_that_is_none_is_bad_usage(self):
        options = {"shell_client": ["--timeout"], "chat_client": ["--retry"],
                   "udp_chat_client": ["--patience"], "udp_chat_server": ["--idle-timeout"],
                   "chat_load": ["--seconds"], "chat_server": ["--lease", "--rate"],
                   "echo_server": ["--auth-timeout", "--frame-timeout", "--idle-timeout",
                                   "--write-timeout"]}
        for program, names in options.items():
            for name in names:
                for time in ("nan", "-nan", "inf", "-inf", "-1", "1e10", "1e400", "1e9999", "x",
                             "1e-400", "-1e-400", "0x1p-2000", "1e-400s", "1x", "1 s"):
                    with self.subTest(program, name=name, time=time):
                        result = run(program, f"{name}={time}", "127.0.0.1:1")
                        self.assertEqual(result.returncode, 2)
                        self.assertIn(name.encode(), result.stderr)


if __name__ == "__main__":
    unittest.main()
