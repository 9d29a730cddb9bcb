# SPDX-License-Identifier: MIT
"""The same small server, in five ways: whichever of them is built behaves as the others do."""

import os
import socket
import subprocess
import unittest

from helpers.peer import Peer, frame
from helpers.program import environment, programs

SERVERS = [name for name in ("blocking_server", "epoll_server", "callback_server",
                             "coroutine_server", "libuv_server")
           if os.path.exists(os.path.join(programs, name))]


class FiveWays(unittest.TestCase):
    def setUp(self):
        self.addresses = {}
        for name in SERVERS:
            process = subprocess.Popen([os.path.join(programs, name)], stdout=subprocess.PIPE,
                                       env=environment, text=True)
            self.addCleanup(process.communicate, timeout=20)
            self.addCleanup(process.terminate)
            self.addresses[name] = process.stdout.readline().split()[-1]

    def for_each(self, check):
        for name, address in self.addresses.items():
            with self.subTest(name), Peer(address) as peer:
                check(peer)

    def test_frames_come_back_in_order_however_they_are_cut(self):
        sent = [({"number": number}, os.urandom(number * number)) for number in range(50)]
        wire = b"".join(frame(header, body) for header, body in sent)
        def check(peer):
            for start in range(0, len(wire), 997):
                peer.socket.sendall(wire[start:start + 997])
            for header, body in sent:
                answer = peer.receive()
                self.assertEqual((answer[0]["number"], answer[1]), (header["number"], body))
        self.for_each(check)

    def test_clients_are_served_side_by_side(self):
        def check(peer):
            with Peer("{}:{}".format(*peer.socket.getpeername())) as other:
                peer.socket.sendall(frame({"number": 1})[:-1])
                other.send({"number": 2})
                self.assertEqual(other.receive()[0]["number"], 2)
                peer.socket.sendall(b"}")
                self.assertEqual(peer.receive()[0]["number"], 1)
        self.for_each(check)

    def test_a_stranger_is_sent_away_behind_what_it_said_rightly(self):
        def check(peer):
            peer.socket.sendall(frame({"number": 1}) + b"GET / HTTP/1.1\r\n\r\n")
            self.assertEqual(peer.receive()[0]["number"], 1)
            self.assertIsNone(peer.receive())
        self.for_each(check)

    def test_who_says_no_more_is_still_answered(self):
        def check(peer):
            peer.send({"number": 1}, b"x" * 100_000)
            peer.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(peer.receive()[1], b"x" * 100_000)
            self.assertIsNone(peer.receive())
        self.for_each(check)


if __name__ == "__main__":
    unittest.main()
