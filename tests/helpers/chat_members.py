# SPDX-License-Identifier: MIT
"""Members of the chat rooms: by hand, by chat_client, and one that keeps all it hears."""

import collections
import contextlib
import os
import socket
import subprocess
import threading

from helpers.program import environment, programs
from helpers.scenario import UNLIMITED

FREE = [*UNLIMITED, "--rate", "0"]


def enter(server, nick, **members):
    """A peer that is in a room. Returns: it, and its welcome."""
    peer = server.enter()
    peer.send({"type": "join", "nick": nick, **members})
    while not (header := peer.receive()[0]):
        pass  # a keep-alive
    assert header["type"] == "welcome", header
    return peer, header


def say(peer, text):
    peer.send({"type": "say"}, text)


def hear(peer, text):
    while peer.until("said")[-1][1] != text:
        pass


def client(server, nick, *arguments, **options):
    """A chat_client."""
    return subprocess.Popen(
        [os.path.join(programs, "chat_client"), server.address, "--nick", nick,
         *map(str, arguments)], env=environment, **options)


class Onlooker:
    """A member that keeps all it hears, for the time of a with block."""

    def __init__(self, server, nick="onlooker", **members):
        self.peer, self.welcome = enter(server, nick, **members)
        self.heard = []
        self.leaving = threading.Event()
        self.threads = [threading.Thread(target=self.listen), threading.Thread(target=self.beat)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.leaving.set()
        with contextlib.suppress(OSError):
            self.peer.socket.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.peer.__exit__()

    def listen(self):
        self.peer.socket.settimeout(None)
        with contextlib.suppress(OSError):
            self.heard.extend(iter(self.peer.receive, None))

    def beat(self):
        while not self.leaving.wait(0.5):
            with contextlib.suppress(OSError):
                self.peer.send({})

    def all(self, kind, **members):
        """The messages of a type that have these members."""
        return [(header, body) for header, body in list(self.heard)
                if header.get("type") == kind and members.items() <= header.items()]

    def numbers(self):
        return [header["seq"] for header, _ in self.all("said")]

    def comings(self):
        """By nickname: what was told of its coming and going, in that order."""
        result = collections.defaultdict(list)
        for header, _ in list(self.heard):
            if header.get("type") in ("joined", "left"):
                result[header["nick"]].append(header.get("reason", "joined"))
        return dict(result)
