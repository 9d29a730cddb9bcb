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
    def __init__(self, address, receive_buffer=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.socket(socket.AF_INET6 if host.startswith("[") else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect((host.strip("[]"), int(port)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def take(self, size):
        """So many bytes, or fewer at the end."""
        data = b""
        while len(data) < size and (more := self.socket.recv(size - len(data))):
            data += more
        return data

    def receive(self, key):
        """One answer as (header, body), whose size the header has to say; or None at the end."""
        length = self.take(4)
        if not length:
            return None
        header = json.loads(self.take(struct.unpack("<i", length)[0]))
        return header, self.take(header[key])

    def run(self, command):
        self.socket.sendall(command.encode("utf-8"))
        return self.receive("data_size")

    def is_at_end(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
