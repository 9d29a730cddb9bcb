# SPDX-License-Identifier: MIT
import contextlib
import os
import socket
import struct
import subprocess
import unittest

from helpers.peer import Peer
from helpers.program import environment, programs, run


@contextlib.contextmanager
def running(program, *arguments):
    """A program that says where it listens, until the block is over; then what else it said."""
    process = subprocess.Popen([os.path.join(programs, program), *arguments],
                               stdout=subprocess.PIPE, env=environment, text=True)
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=20)


class Examples(unittest.TestCase):
    def printed(self, program, *arguments):
        result = run(program, *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout.decode()

    def test_the_blocking_client_is_answered_by_the_server_with_epoll(self):
        with running("epoll_server") as (_, address):
            words = ["hello", "你好", "x" * 100_000]
            expected = "".join(f"{n}: {word}\n" for n, word in enumerate(words, 1))
            self.assertEqual(self.printed("blocking_client", *address.split(":"), *words), expected)

    def test_the_relay_passes_frames_on_and_counts_them(self):
        with running("epoll_server") as (_, server), \
                running("relay", "127.0.0.1:0", server) as (relay, address):
            self.printed("blocking_client", *address.split(":"), "one", "two")
            self.assertRegex(relay.stdout.readline(), r"^127\.0\.0\.1:\d+: 2 there, 2 back\n$")

    def test_who_resets_a_connection_leaves_nothing_behind(self):
        with running("epoll_server") as (server, direct), \
                running("relay", "127.0.0.1:0", direct) as (relay, through):
            for process, address in ((server, direct), (relay, through)):
                def open_files():
                    return len(os.listdir(f"/proc/{process.pid}/fd"))
                self.assertEqual(self.printed("blocking_client", *address.split(":"), "x"),
                                 "1: x\n")
                before = open_files()
                for _ in range(20):
                    with Peer(address) as peer:
                        peer.send({"type": "word"}, b"unread")
                        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
                for _ in range(500):  # it notices them while it serves others
                    if open_files() <= before:
                        break
                    self.printed("blocking_client", *address.split(":"), "y")
                self.assertLessEqual(open_files(), before)

    def test_the_server_with_epoll_sends_strangers_away_and_serves_on(self):
        with running("epoll_server") as (_, address):
            with Peer(address) as stranger:
                stranger.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
                self.assertIsNone(stranger.receive())
            with Peer(address) as peer:
                peer.send({"type": "word"}, b"still there?")
                self.assertEqual(peer.receive()[1], b"still there?")


if __name__ == "__main__":
    unittest.main()
