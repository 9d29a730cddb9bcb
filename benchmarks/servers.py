#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what echo servers cost for a request. See servers.sh."""

import argparse
import contextlib
import os
import pathlib
import resource
import statistics
import subprocess

SERVERS = {  # how it is called: the program, its frames
    "by hand": (["framing_server_epoll"], "u32"),
    "bare Asio": (["framing_server_asio"], "u32"),
    "framing, json": (["framing_server_framing"], "framing"),
    "framing, unread": (["framing_server_framing", "--unread"], "framing"),
}
WORKS = {  # how it is called: connections, requests at a time, bytes of body
    "1 connection": (1, 1, 64),
    "64": (64, 1, 64),
    "1,000": (1000, 1, 64),
    "64 at a time": (1, 64, 64),
    "on 64": (64, 64, 64),
    "16 KiB": (64, 1, 16 << 10),
    "1 MiB": (4, 1, 1 << 20),
    "connect": (16, 0, 64),
}


def only_on(processor):
    """What a process does first to run on one processor, where there are several."""
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[processor]})


@contextlib.contextmanager
def server(programs, command):
    """Yields: the port and the process of a server."""
    process = subprocess.Popen([programs / command[0], *command[1:]], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, text=True, preexec_fn=lambda: only_on(0))
    try:
        yield process.stdout.readline().strip().rpartition(":")[2], process.pid
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("programs", type=pathlib.Path)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))

    times = {(name, work): [] for name in SERVERS for work in WORKS}
    with contextlib.ExitStack() as stack:
        places = {name: stack.enter_context(server(options.programs, command))
                  for name, (command, _) in SERVERS.items()}
        for _ in range(options.runs):
            for work, numbers in WORKS.items():
                for name, (_, frames) in SERVERS.items():
                    port, process = places[name]
                    load = [options.programs / "framing_server_load", port, process, frames,
                            *numbers, options.seconds]
                    times[name, work].append(float(subprocess.run(
                        [str(part) for part in load], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, text=True, check=True,
                        preexec_fn=lambda: only_on(1)).stdout))

    medians = {key: statistics.median(values) for key, values in times.items()}
    print(f"{'':16}" + "".join(f"{work:>16}" for work in WORKS))
    for name in SERVERS:
        cells = [f"{medians[name, work]:.2f} ({medians[name, work] / medians['by hand', work]:.2f})"
                 for work in WORKS]
        print(f"{name:16}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
