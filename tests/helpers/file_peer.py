# SPDX-License-Identifier: MIT
"""A client of file_server by hand."""

import ctypes
import functools
import hashlib
import json
import socket

from helpers.peer import Peer, frame


class Xxh128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


@functools.cache
def xxhash():
    """The C library of xxHash, or None where there is none."""
    try:
        library = ctypes.CDLL("libxxhash.so.0")
    except OSError:
        return None
    library.XXH3_128bits.restype = Xxh128
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return library


def sums(data, kind="sha256"):
    """The member of a message that says the sum of some bytes."""
    if kind == "none":
        return {}
    if kind == "xxh128":
        value = xxhash().XXH3_128bits(data, len(data))
        return {kind: f"{value.high:016x}{value.low:016x}"}
    return {kind: hashlib.new(kind, data).hexdigest()}


ALL_KINDS = ("put", "get", "sum", "stat", "list", "remove", "mkdir")


class FilePeer(Peer):
    """One that is let in."""

    def __init__(self, address):
        super().__init__(address)
        if not address.startswith("unix:"):
            self.socket.setsockopt(socket.SOL_TCP, socket.TCP_NODELAY, 1)
        self.authenticate()

    def answer(self):
        """The next message that is no keep-alive, or None at the end."""
        while (message := self.receive()) == ({}, b""):
            pass
        return message

    def ask(self, kind, name, **members):
        self.send({"type": kind, "name": name, **members})
        return self.answer()[0]

    def begin(self, name, size, body=b"", *, offset=0, **members):
        """Sends the header of a put, and as much of its body as is given."""
        if "body_size" not in members:
            members["body_size"] = size - offset
        self.socket.sendall(frame({"type": "put", "name": name, "offset": offset, "size": size,
                                   **members}) + body)

    def hang_up(self):
        """Says that no more will come, and waits until the server has let go."""
        self.socket.shutdown(socket.SHUT_WR)
        while self.file.read(65536):
            pass

    def end(self, data, kind="sha256"):
        """Ends a put of these bytes. Returns: the answer."""
        self.send({"type": "put_end", **sums(data, kind)})
        return self.answer()[0]

    def do(self, kind, name):
        """One request of any kind that needs only a name. Returns: the first answer."""
        return self.put(name, b"evil") if kind == "put" else self.ask(kind, name)

    def put(self, name, data, *, offset=0, **members):
        self.begin(name, len(data), data[offset:], offset=offset, **members)
        return self.end(data, members.get("sum", "sha256"))

    def get(self, name, **members):
        """Returns: the header, the bytes, and what ends them (None of what is refused)."""
        self.send({"type": "get", "name": name, **members})
        header, body = self.answer()
        return header, body, self.answer()[0] if header["type"] == "file" else None

    def list(self, name=""):
        """The entries of a folder by their names; the error where there is one."""
        self.send({"type": "list", "name": name})
        entries, more = [], True
        while more:
            header, body = self.answer()
            if header["type"] == "error":
                return header
            assert header["type"] == "listing", header
            entries += json.loads(body)
            more = header.get("more")
        names = [entry["name"] for entry in entries]
        assert len(names) == len(set(names)), "a name comes twice"
        return dict(zip(names, entries))
