# SPDX-License-Identifier: MIT
"""Members of the chat rooms over UDP by hand, and a network between them and the server."""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import threading

import helpers.server
from helpers.peer import frame
from helpers.program import environment, programs


def endpoint(address):
    host, port = address.rsplit(":", 1)
    return host.strip("[]"), int(port)


def parsed(wire):
    """The one frame that a datagram is, as (header, body)."""
    assert 4 <= len(wire) <= 1200, f"{len(wire)} bytes"
    size, = struct.unpack("!I", wire[:4])
    header, body = json.loads(wire[4:4 + size]), wire[4 + size:]
    assert len(body) == header.get("body_size", 0), header
    return header, body


class Door:
    """What a server lets in."""

    def peer(self, host="127.0.0.1"):
        return Peer(self.address, host)

    def member(self, nick, room="lobby"):
        """A member that has heard all there was to hear about its coming."""
        peer = self.peer()
        assert peer.join(nick, room)["type"] == "welcome"
        return peer


class Server(Door, helpers.server.Server):
    """udp_chat_server, and what it says at last."""

    def __init__(self, *arguments, listen="127.0.0.1:0"):
        super().__init__("udp_chat_server", *map(str, arguments), listen=listen)

    def stop(self):
        """Returns: the lines of its log."""
        self.process.terminate()
        log = self.process.communicate(timeout=20)[1].decode()
        assert self.process.returncode == 0, f"exit {self.process.returncode}\n{log}"
        return log.splitlines()


class Peer:
    """A socket of ours; a member after `join`."""

    def __init__(self, address, host="127.0.0.1", port=0, key=None):
        server = endpoint(address)
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET:
            self.socket.bind((host, port))
        self.socket.settimeout(20)
        self.socket.connect(server)
        self.key = key  # of the member that we are

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, header, body=b""):
        """With our key, if we have one and the header none."""
        if self.key is not None and "cookie" not in header:
            header = {"key": self.key, **header}
        self.socket.send(frame(header, body))

    def receive(self):
        header, body = parsed(self.socket.recv(65536))
        if header["type"] == "welcome":
            self.key = header.pop("key")
        return header, body

    def ask(self, header, body=b""):
        """The header of the next datagram after ours."""
        self.send(header, body)
        return self.receive()[0]

    def until(self, wanted):
        """All messages up to the first of a type, which is the last one of them."""
        messages = []
        while not messages or messages[-1][0]["type"] != wanted:
            messages.append(self.receive())
        return messages

    def say(self, text, **more):
        """Says something. Returns: what comes back, headers only, up to the message itself."""
        self.send({"type": "say", **more}, text.encode())
        return [header for header, _ in self.until("said")]

    def cookie(self, **more):
        challenge = self.ask({"type": "join", "nick": "x", **more})
        assert challenge["type"] == "challenge", challenge
        return challenge["cookie"]

    def join(self, nick, room="lobby"):
        """Joins with a cookie of its own. Returns: the answer."""
        wanted = {"type": "join", "nick": nick, "room": room}
        return self.ask({**wanted, "cookie": self.cookie()})

    def come(self):
        """All datagrams that have come so far. (On loopback they are here once they were sent.)"""
        datagrams = []
        while select.select([self.socket], [], [], 0)[0]:
            datagrams.append(self.socket.recv(65536))
        return datagrams


class Client:
    """udp_chat_client --json, for the time of a with block."""

    def __init__(self, address, nick, *arguments):
        self.process = subprocess.Popen(
            [os.path.join(programs, "udp_chat_client"), address, "--nick", nick, "--json",
             *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=environment)
        self.bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def type(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())

    def show(self):
        """What it shows next; None at the end."""
        while b"\n" not in self.bytes:
            if not select.select([self.process.stdout], [], [], 20)[0]:
                raise TimeoutError("the client shows nothing")
            more = self.process.stdout.read(65536)
            if not more:
                assert not self.bytes, "half a line"
                return None
            self.bytes += more
        line, _, self.bytes = self.bytes.partition(b"\n")
        return json.loads(line)

    def until(self, wanted):
        """All it shows up to the first of a type, which is the last one of them."""
        shown = []
        while not shown or shown[-1]["type"] != wanted:
            message = self.show()
            assert message is not None, f"no {wanted} after {shown}"
            shown.append(message)
        return shown

    def rest(self):
        """What it shows until it ends, and its exit code."""
        shown = list(iter(self.show, None))
        return shown, self.process.wait(timeout=20)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.rest()


class Proxy:
    """A network between clients and a server, for the time of a with block: passes on what
    `rule(from_server, wire)` makes of each datagram, a list of datagrams."""

    def __init__(self, address, rule):
        self.target = endpoint(address)
        self.rule = rule
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.front.getsockname()[1]}"
        self.ways = {}  # address of a client: our socket to the server
        self.clients = {}  # and back
        self.wake, self.woken = os.pipe()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.close(self.woken)
        self.thread.join()
        os.close(self.wake)
        for each in (self.front, *self.clients):
            each.close()

    def run(self):
        while True:
            ready = select.select([self.wake, self.front, *self.clients], [], [])[0]
            if self.wake in ready:
                return
            for each in ready:
                try:
                    self.pass_on(each)
                except ConnectionRefusedError:
                    pass  # a server that is away

    def pass_on(self, end):
        wire, sender = end.recvfrom(65536)
        if end is not self.front:
            for each in self.rule(True, wire):
                self.front.sendto(each, self.clients[end])
            return
        if sender not in self.ways:
            way = self.ways[sender] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            way.connect(self.target)
            self.clients[way] = sender
        for each in self.rule(False, wire):
            self.ways[sender].send(each)
