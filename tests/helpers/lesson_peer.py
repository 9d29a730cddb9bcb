# SPDX-License-Identifier: MIT
"""A client as the lesson's are: the length by struct.pack('i'), the size under a name of its own, and
commands as they are."""

import json
import socket
import struct


def lesson_frame(header, body=b""):
    text = json.dumps(header).encode("utf-8")
    return struct.pack("<i", len(text)) + text + body


class LessonPeer:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)))
        self.socket.settimeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def receive(self, key):
        """One answer as (header, body), whose size the header has to say; or None at the end."""
        length = self.socket.recv(4, socket.MSG_WAITALL)
        if not length:
            return None
        header = json.loads(self.socket.recv(struct.unpack("<i", length)[0], socket.MSG_WAITALL))
        body = b""
        while len(body) < header[key]:
            body += self.socket.recv(header[key] - len(body))
        return header, body

    def run(self, command):
        self.socket.sendall(command.encode("utf-8"))
        return self.receive("data_size")

    def is_at_end(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
