# SPDX-License-Identifier: MIT
"""A peer of our programs that shares no code with them: struct and json, as a user would write it."""

import json
import os
import socket
import struct

from helpers.program import scratch


def frame(header, body=b""):
    if body:
        header = {"body_size": len(body), **header}
    text = json.dumps(header).encode()
    return struct.pack("!I", len(text)) + text + body


class Peer:
    """A client by hand."""

    def __init__(self, address, source=None):
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address[5:])
        else:
            host, port = address.rsplit(":", 1)
            self.socket = socket.create_connection(
                (host.strip("[]"), int(port)), source_address=source and (source, 0))
        self.socket.settimeout(20)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def reset(self):
        """Ends it by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.__exit__()

    def send(self, header, body=b""):
        self.socket.sendall(frame(header, body))

    def receive(self):
        """One message as (header, body), or None at the end."""
        prefix = self.file.read(4)
        if len(prefix) < 4:
            assert not prefix, "the stream ended inside a frame"
            return None
        header = json.loads(self.file.read(struct.unpack("!I", prefix)[0]))
        return header, self.file.read(header.get("body_size", 0))

    def authenticate(self):
        with open(os.path.join(scratch.name, "framing-token"), encoding="ascii") as token:
            self.send({"type": "auth", "token": token.read().strip()})
        header, _ = self.receive()
        assert header["type"] == "welcome", header

    def run(self, command, **members):
        """Runs one command to its end. Returns: its output."""
        self.send({"type": "exec", "id": 1, "command": command, **members})
        return output(self.until("exit"))

    def hold_back(self, command):
        """Sends a command input until the server reads no more. Returns: the command's process."""
        self.send({"type": "exec", "id": 1, "command": f"echo $$; {command}"})
        pid = int(output(self.until("stdout")))
        piece = frame({"type": "stdin", "id": 1}, bytes(65536))
        self.socket.settimeout(1)
        try:
            while True:
                self.socket.sendall(piece)
        except TimeoutError:
            self.socket.settimeout(20)
        return pid

    def until(self, wanted, number=None):
        """All messages up to the first of a type (and id), which is the last one of them."""
        messages = []
        while True:
            message = self.receive()
            assert message is not None, f"no {wanted} after {messages}"
            header = message[0]
            if not header:
                continue  # a keep-alive
            messages.append(message)
            if header["type"] == wanted and number in (None, header.get("id")):
                return messages


def output(messages, stream="stdout", number=None):
    """The bytes of one stream of a command."""
    return b"".join(body for header, body in messages
                    if header["type"] == stream and number in (None, header["id"]))
