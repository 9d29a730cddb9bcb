# SPDX-License-Identifier: MIT
"""Our programs: where they are, and runs of them."""

import array
import fcntl
import os
import select
import subprocess
import sys
import tempfile
import termios
import time

programs = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""

# A token of our own, which no other server on this machine knows.
scratch = tempfile.TemporaryDirectory()
environment = {**os.environ, "XDG_RUNTIME_DIR": scratch.name, "XDG_STATE_HOME": scratch.name,
               "NO_COLOR": "1"}


def run(program, *arguments, stdin=b"", **options):
    """One run of a program, with its output."""
    return subprocess.run(
        [os.path.join(programs, program), *arguments],
        input=stdin, capture_output=True, env=environment, timeout=50, **options)


def gone(pid, seconds=0):
    """Whether a process has ended, or does so in time."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)


def eventually(condition, seconds=10.0):
    """What a condition says as soon as it is true, or at last."""
    deadline = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return result


def wait_until_full(pipe):
    """Waits until who writes to a pipe that nobody reads has to wait."""
    capacity = fcntl.fcntl(pipe, 1032)  # F_GETPIPE_SZ, which Python has from 3.10 on
    size, before = array.array("i", [0]), 0
    grown, deadline = time.monotonic(), time.monotonic() + 20
    # Its last pages may hold less than they could.
    while size[0] <= capacity - select.PIPE_BUF and (not before or time.monotonic() < grown + 1):
        assert time.monotonic() < deadline, "the pipe is not full"
        fcntl.ioctl(pipe, termios.FIONREAD, size)
        if size[0] != before:
            before, grown = size[0], time.monotonic()