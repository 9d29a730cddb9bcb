# SPDX-License-Identifier: MIT
"""A terminal that a program runs on, and what a person sees there."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

from helpers.program import environment, programs


class Screen:
    """A program on a terminal, for the time of a with block."""

    def __init__(self, program, *arguments, rows=33, cols=111, variables=None):
        self.master, self.slave = pty.openpty()
        self.resize(rows, cols)
        self.settings = termios.tcgetattr(self.slave)
        self.text = b""
        self.view = View(cols)
        self.process = subprocess.Popen(
            [os.path.join(programs, program), *arguments], stdin=self.slave,
            stdout=self.slave, stderr=self.slave,
            env={**environment, "TERM": "vt100", **(variables or {})},
            preexec_fn=self.own_terminal)

    @staticmethod
    def own_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def resize(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def type_in(self, keys):
        os.write(self.master, keys)

    def read(self, done, wanted, seconds):
        deadline = time.monotonic() + seconds
        while not done():
            ended = self.process.poll() is not None or time.monotonic() > deadline
            if select.select([self.master], [], [], 0 if ended else 0.1)[0]:
                self.text += os.read(self.master, 65536)
            elif ended:
                raise AssertionError(f"no {wanted} in {self.text}")

    def until(self, wanted, seconds=20):
        """Reads the screen until it has shown these bytes since the last time."""
        self.read(lambda: wanted in self.text, wanted, seconds)
        shown, self.text = self.text, b""
        self.view.show(shown)
        return shown

    def until_seen(self, *rows, seconds=20):
        """Reads the screen until its last rows match these patterns, the whole of them each."""
        def done():
            self.view.show(self.text)
            self.text = b""
            last = self.view.seen()[-len(rows):]
            return len(last) == len(rows) and all(map(re.fullmatch, rows, last))

        try:
            self.read(done, rows, seconds)
        except AssertionError as error:
            raise AssertionError(f"not {rows} but {self.view.rows[-10:]}") from error

    def raw(self):
        """Whether the terminal leaves every key to the client."""
        flags = termios.tcgetattr(self.slave)
        return (flags[3] & (termios.ICANON | termios.ECHO | termios.ISIG) == 0 and
                flags[0] & (termios.ICRNL | termios.IXON) == 0)

    def restored(self):
        return termios.tcgetattr(self.slave) == self.settings


class View:
    """The rows that a person sees, of a terminal that knows little: lines longer than it is wide
    go on in the next row, and what it does not know is an error."""

    known = re.compile(rb"\x1b\[(\d*)([KCDAJ@Pm])|\x1b\[[\d;]*m|\x1b[()]B|\x1b\[\?(?:1|2004)[hl]|\x1b=|"
                       rb"\x1b>|\x0f")

    def __init__(self, columns):
        self.columns = columns
        self.rows = [""]
        self.at = self.column = 0
        self.rest = b""

    def show(self, data):
        self.rest += data
        while self.rest:
            if self.rest[0] in b"\x1b\x0f":
                found = self.known.match(self.rest)
                if not found and len(self.rest) < 8:
                    return  # it may be cut off
                assert found, f"a terminal is told {self.rest[:40]}"
                self.rest = self.rest[found.end():]
                if found[2]:
                    self.control(found[2], int(found[1] or 0))
                continue
            size = 1 if self.rest[0] < 0xc0 else 2 if self.rest[0] < 0xe0 else \
                3 if self.rest[0] < 0xf0 else 4
            if len(self.rest) < size:
                return
            self.draw(self.rest[:size].decode())
            self.rest = self.rest[size:]

    def control(self, kind, count):
        if kind == b"K":
            assert count == 0
            self.rows[self.at] = self.cut(self.rows[self.at], 0, self.column)
        elif kind == b"J":
            assert count == 0
            self.rows[self.at] = self.cut(self.rows[self.at], 0, self.column)
            del self.rows[self.at + 1:]
        elif kind == b"C":
            self.column += max(count, 1)
        elif kind == b"D":
            self.column -= max(count, 1)
        elif kind in b"@P":
            row, count = self.rows[self.at], max(count, 1)
            rest = self.cut(row, self.column + count) if kind == b"P" else \
                " " * count + self.cut(row, self.column)
            self.rows[self.at] = self.cut(row, 0, self.column) + rest
        elif kind == b"A":
            self.at -= max(count, 1)
            assert self.at >= 0

    def seen(self):
        """The rows, but for empty ones below the cursor."""
        end = len(self.rows)
        while end > self.at + 1 and not self.rows[end - 1]:
            end -= 1
        return self.rows[:end]

    def draw(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.at += 1
            if self.at == len(self.rows):
                self.rows.append("")
        elif character == "\b":
            self.column -= 1
        elif character != "\a":
            assert unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"), \
                f"a terminal is told {ascii(character)}"
            wide = width(character)
            if self.column + wide > self.columns:
                self.draw("\r")
                self.draw("\n")
            row = self.rows[self.at]
            before = self.cut(row, 0, self.column)
            before += " " * (self.column - sum(map(width, before)))
            self.rows[self.at] = before + character + self.cut(row, self.column + wide)
            self.column += wide

    @staticmethod
    def cut(row, begin, end=1 << 30):
        """The characters in some columns of a row."""
        result, column = "", 0
        for character in row:
            if begin <= column < end:
                result += character
            column += width(character)
        return result


def width(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
