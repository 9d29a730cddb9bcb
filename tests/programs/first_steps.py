# SPDX-License-Identifier: MIT
"""The small programs that run on every system."""

import subprocess
import unittest

from helpers.peer import Peer
from helpers.program import command, environment, run, stop_signal
from helpers.server import Server


class FirstSteps(unittest.TestCase):
    def printed(self, program):
        result = run(program)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout.decode().splitlines()

    def test_a_struct_is_read_and_what_does_not_fit_ends_the_stream(self):
        *orders, error = self.printed("own_struct")
        self.assertEqual(orders, ["buy 1: apples below 9.500000", "sell 2: pears", "buy 3: plums"])
        self.assertTrue(error.startswith("header_mismatch: frame 3 "), error)

    def test_a_server_and_a_client_talk_over_asio(self):
        self.assertEqual(self.printed("asio_echo"), ["alice: hello", "alice: how are you?"])

    def test_a_server_serves_through_the_relay_and_both_stop(self):
        with Server("echo_server") as server:
            relay = subprocess.Popen(command("relay", "127.0.0.1:0", server.address),
                                     stdout=subprocess.PIPE, env=environment, text=True)
            self.addCleanup(relay.kill)
            with Peer(relay.stdout.readline().split()[-1]) as peer:
                for body in (b"", b"hello", "\u4f60\u597d".encode(), bytes(1_000_000)):
                    peer.send({"type": "echo"}, body)
                    self.assertEqual(peer.receive()[1], body)
            self.assertRegex(relay.stdout.readline(), r"^127\.0\.0\.1:\d+: 4 there, 4 back\n$")
            relay.send_signal(stop_signal)
            relay.communicate(timeout=20)
            self.assertEqual(relay.returncode, 0)


if __name__ == "__main__":
    unittest.main()
