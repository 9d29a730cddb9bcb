# SPDX-License-Identifier: MIT
"""Our programs: where they are, and runs of them."""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time

programs = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""

EVERY_PROGRAM = ["framecat", "sticky_packets", "echo_server", "echo_client", "udp_echo_server",
                 "udp_echo_client", "shell_server", "shell_client", "file_server", "file_client",
                 "chat_server", "chat_client", "udp_chat_server", "udp_chat_client", "chat_load"]

# A token of our own, which no other server on this machine knows.
scratch = tempfile.TemporaryDirectory()
environment = {**os.environ, "XDG_RUNTIME_DIR": scratch.name, "XDG_STATE_HOME": scratch.name,
               "NO_COLOR": "1"}

portable = "PORTABLE" in os.environ  # they do without what Linux alone has

# What runs programs that are another system's. Wine ends one by Ctrl-C, and has no other way.
launcher = os.environ.get("LAUNCHER", "").split()
windows = bool(launcher)
suffix = ".exe" if windows else ""
stop_signal = signal.SIGINT if windows else signal.SIGTERM


def command(program, *arguments):
    """What starts a program."""
    return [*launcher, os.path.join(programs, program + suffix), *arguments]


def run(program, *arguments, stdin=b"", **options):
    """One run of a program, with its output."""
    return subprocess.run(
        command(program, *arguments),
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
    writer = os.open(f"/proc/self/fd/{pipe.fileno()}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        assert eventually(lambda: not select.select([], [writer], [], 0)[1], 20), "it is not full"
    finally:
        os.close(writer)
