# SPDX-License-Identifier: MIT
"""A bad network between clients and a server."""

import random
import select
import socket
import threading
import time

from helpers import scenario


class Proxy:
    """Passes bytes on, both ways, in segments of `piece` bytes; resets each connection after a
    random time between those of `cut`, in seconds. For the time of a with block."""

    def __init__(self, address, piece=65536, cut=None, seed=1):
        host, port = address.rsplit(":", 1)
        self.target = host, int(port)
        self.piece = piece
        self.cut = cut
        self.random = random.Random(seed)
        self.cuts = 0
        self.stopping = False
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        self.start(self.accept)
        return self

    def __exit__(self, *_):
        self.stopping = True
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        while not self.stopping:
            if select.select([self.listener], [], [], 0.1)[0]:
                client, _ = self.listener.accept()
                self.start(self.serve, client, self.random.uniform(*self.cut or (3600, 3600)))

    def serve(self, client, seconds):
        server = socket.create_connection(self.target)
        deadline = time.monotonic() + seconds
        other = {client: server, server: client}
        for end in other:
            end.settimeout(20)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_ends = [client, server]
        quiet = 0
        try:
            # Who has ended it just before the proxy stops is passed on, too.
            while open_ends and time.monotonic() < deadline and quiet < 20:
                ready = select.select(open_ends, [], [], 0.05)[0]
                quiet = 0 if ready or not self.stopping else quiet + 1
                for end in ready:
                    data = end.recv(65536)
                    for begin in range(0, len(data), self.piece):
                        other[end].sendall(data[begin:begin + self.piece])
                    if not data:
                        open_ends.remove(end)
                        other[end].shutdown(socket.SHUT_WR)
        except OSError:
            open_ends = [client, server]
        if open_ends:
            self.cuts += 1
        for end in other:
            if open_ends:
                scenario.reset(end)
            else:
                end.close()
