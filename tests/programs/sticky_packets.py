# SPDX-License-Identifier: MIT
import unittest

from helpers.program import run


class StickyPackets(unittest.TestCase):
    def test_bare_messages_stick_together_and_framed_ones_come_out_whole(self):
        result = run("sticky_packets")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        text = result.stdout.decode()
        bare, framed = text.split("2. The same ten")
        self.assertIn("|hellohow are you?", bare)
        self.assertIn("0 of the pieces are messages", bare)
        self.assertEqual(framed.count("=> a whole message: "), 10)
        self.assertIn("=> a whole message: see you there\n", framed)

    def test_no_colours_get_into_a_pipe(self):
        self.assertNotIn(b"\x1b", run("sticky_packets").stdout)


if __name__ == "__main__":
    unittest.main()
