# SPDX-License-Identifier: MIT
"""A server of ours, while it runs."""

import subprocess
import sys

from helpers.peer import Peer
from helpers.program import command, environment, stop_signal


class Server:
    """A server on a free port, for the time of a with block. It must end well."""

    def __init__(self, program, *arguments, before=(), listen="127.0.0.1:0",
                 stderr=subprocess.PIPE):
        self.process = subprocess.Popen(
            [*before, *command(program, "--listen", listen, *arguments)],
            stdout=subprocess.PIPE, stderr=stderr, env=environment)
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on "), line + self.process.stderr.read().decode()
        self.address = line.split()[2]
        self.log = ""  # once it has ended

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(stop_signal)
        self.log = (self.process.communicate(timeout=20)[1] or b"").decode()
        if kind is not None:
            print(self.log, file=sys.stderr)
        else:
            assert self.process.returncode == 0, f"exit {self.process.returncode}\n{self.log}"

    def connect(self):
        return Peer(self.address)


def start_shell(test, *options, before=()):
    """A shell server for the rest of a test. Returns: a peer that it has let in."""
    server = Server("shell_server", *options, before=before)
    test.addCleanup(server.__exit__, None)
    peer = server.connect()
    test.addCleanup(peer.__exit__)
    peer.authenticate()
    return peer
