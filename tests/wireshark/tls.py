# SPDX-License-Identifier: MIT
"""A TLS connection without sockets: what both sides send, and the log of its keys."""

import os
import ssl
import subprocess

from tshark import scratch

KEYS = os.path.join(scratch.name, "keys.log")


def certificate():
    path = os.path.join(scratch.name, "server.pem")
    if not os.path.exists(path):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", "/CN=localhost", "-keyout", path, "-out", path + ".crt"],
                       check=True, capture_output=True)
        with open(path, "a", encoding="ascii") as file, open(path + ".crt", encoding="ascii") as more:
            file.write(more.read())
    return path


class Side:
    def __init__(self, context, **options):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.stream = context.wrap_bio(self.incoming, self.outgoing, **options)

    def shake(self):
        try:
            self.stream.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True


class TlsConnection:
    """Over a connection of a capture; side 0 is the client."""

    def __init__(self, connection):
        self.connection = connection
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate())
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        client.keylog_filename = KEYS
        self.sides = [Side(client, server_hostname="localhost"), Side(server, server_side=True)]
        done = [False, False]
        while not all(done):
            for side in (0, 1):
                done[side] = self.sides[side].shake()
                self.flush(side)

    def flush(self, side, size=1448):
        data = self.sides[side].outgoing.read()
        self.connection.send(data, size, side)
        self.sides[1 - side].incoming.write(data)

    def send(self, payload, record=16_384, size=1448, side=0):
        """Sends it in records of a size, cut into segments of another."""
        for at in range(0, len(payload), record):
            self.sides[side].stream.write(payload[at:at + record])
        self.flush(side, size)
