# SPDX-License-Identifier: MIT
"""A file server that no one should trust."""

import contextlib
import select
import socket
import threading

from helpers.peer import frame
from helpers.scenario import messages


class Liar:
    """A server by hand: each request after the welcome is answered with the bytes that a function
    of its header makes. For the time of a with block."""

    def __init__(self, answers):
        self.answers = answers
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.stopping, self.stop = socket.socketpair()
        self.thread = threading.Thread(target=self.accept)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.close()
        self.thread.join()
        self.stopping.close()
        self.listener.close()

    def accept(self):
        while self.stopping not in select.select([self.listener, self.stopping], [], [])[0]:
            client, _ = self.listener.accept()
            with client, contextlib.suppress(OSError):
                client.settimeout(20)
                self.serve(client)

    def serve(self, client):
        with client.makefile("rb") as file:
            for header, _ in messages(file):
                if header.get("type") == "auth":
                    client.sendall(frame({"type": "welcome", "server": "file", "version": 1}))
                elif header:
                    self.requests.append(header)
                    client.sendall(self.answers(header))
