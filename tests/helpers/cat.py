# SPDX-License-Identifier: MIT
"""A framecat that others connect to: listen and watch."""

import json
import subprocess
import sys

from helpers.program import command, environment, stop_signal


class Cat:
    """A framecat that listens, for the time of a with block. It must end well."""

    def __init__(self, *arguments, code=0):
        self.code = code
        self.process = subprocess.Popen(
            command("framecat", *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment)
        line = self.process.stderr.readline().decode()
        assert line.startswith("listening on "), line + self.process.stderr.read().decode()
        self.address = line.split()[2]
        self.notes = ""  # once it has ended

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(stop_signal)
        self.notes = self.process.communicate(timeout=20)[1].decode()
        if kind is not None:
            print(self.notes, file=sys.stderr)
        else:
            assert self.process.returncode == self.code, \
                f"exit {self.process.returncode}\n{self.notes}"

    def line(self):
        return json.loads(self.process.stdout.readline())

    def note(self):
        return self.process.stderr.readline().decode()
