#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what echo servers cost for a request. See servers.sh."""

import argparse
import contextlib
import os
import pathlib
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time

from report import OUR_COLORS, TERMINAL

NETTY = [pathlib.Path(f"/usr/share/java/netty-{part}.jar")
         for part in ("buffer", "codec", "common", "resolver", "transport")]
NETTY_SERVER = pathlib.Path(__file__).with_name("servers") / "Netty.java"
BY_HAND = "by hand"
SERVERS = {  # how it is called: what starts it, its frames
    BY_HAND: (["framing_server_epoll"], "u32"),
    "bare Asio": (["framing_server_asio"], "u32"),
    "tokio, forward": (["framing-server-tokio"], "u32"),
    "tokio, send": (["framing-server-tokio", "--send"], "u32"),
    "Netty": (["java", "-cp", ":".join(map(str, NETTY)), str(NETTY_SERVER)], "u32"),
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
IDLE = 5000  # connections whose memory is measured
REQUESTS = {"u32": struct.pack("!I", 64) + bytes(64),
            "framing": struct.pack("!I", 16) + b'{"body_size":64}' + bytes(64)}


def only_on(processor):
    """What a process does first to run on one processor, where there are several."""
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[processor]})


def installed(programs):
    """The servers that are here, each with what starts it."""
    found = {}
    for name, (command, frames) in SERVERS.items():
        program = command[0] if command[0] == "java" else str(programs / command[0])
        if not shutil.which(program) or (program == "java" and not NETTY[0].exists()):
            print(f"{name} skipped: not found", file=sys.stderr)
        else:
            found[name] = ([program, *command[1:]], frames)
    return found


@contextlib.contextmanager
def server(command):
    """Yields: the port and the process of a server."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                               preexec_fn=lambda: only_on(0))
    try:
        yield process.stdout.readline().strip().rpartition(":")[2], process.pid
    finally:
        process.terminate()
        process.wait()


def memory(process):
    """What a process alone has, in KiB."""
    for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise LookupError("no memory is told")


def idle_memory(port, process, request):
    """KiB for a connection that has said something and then waits."""
    with contextlib.ExitStack() as stack:
        def come(count):
            for _ in range(count):
                peer = stack.enter_context(socket.create_connection(("127.0.0.1", int(port))))
                peer.sendall(request)
                if len(peer.recv(len(request), socket.MSG_WAITALL)) != len(request):
                    raise ConnectionError("no answer")
            time.sleep(0.5)  # what is left to be done
            return memory(process)
        before = come(100)
        return (come(IDLE) - before) / IDLE


def plot(medians, names, folder):
    """Bars: how many times that of the server by hand each takes."""
    if not shutil.which("gnuplot"):
        print("plot skipped: gnuplot not found (Debian: gnuplot-nox)")
        return
    shown = [name for name in names if name != BY_HAND]
    data = ["work " + " ".join(f'"{name}"' for name in shown)]
    for work in WORKS:
        ratios = [medians[name, work] / medians[BY_HAND, work] for name in shown]
        data.append(f'"{work}" ' + " ".join(f"{ratio:.2f}" for ratio in ratios))
    greys = ["#d9d9d9", "#bdbdbd", "#969696", "#737373"]
    colors = [OUR_COLORS.pop(0) if name.startswith("framing") else greys.pop(0) for name in shown]
    bars = ", ".join(f'$data using {number}{":xtic(1)" if number == 2 else ""} lc rgb "{color}" title columnhead'
                     for number, color in enumerate(colors, 2))
    script = ["set ylabel 'times that of epoll by hand'", "set yrange [0:4]", "set style data histograms",
              "set style histogram clustered gap 1", "set style fill solid", "set xtics rotate by -25",
              "$data << END", *data, "END", f"plot {bars}, 1 lc rgb '#000000' dt 2 notitle"]
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "servers.svg"
    head = TERMINAL.format(output=output, title="Processor time of an echo server for a request")
    subprocess.run(["gnuplot"], input=head + "\n".join(script) + "\n", text=True, check=True)
    print(f"drawn: {output}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--plots", type=pathlib.Path, help="draw a plot into this folder")
    parser.add_argument("programs", type=pathlib.Path)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * IDLE), hard))

    here = installed(options.programs)
    times = {(name, work): [] for name in here for work in WORKS}
    with contextlib.ExitStack() as stack:
        places = {name: stack.enter_context(server(command)) for name, (command, _) in here.items()}
        for _ in range(options.runs):
            for work, numbers in WORKS.items():
                for name, (_, frames) in here.items():
                    port, process = places[name]
                    load = [options.programs / "framing_server_load", port, process, frames,
                            *numbers, options.seconds]
                    times[name, work].append(float(subprocess.run(
                        [str(part) for part in load], stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, text=True, check=True,
                        preexec_fn=lambda: only_on(1)).stdout))
    idle = {}
    for name, (command, frames) in here.items():
        with server(command) as (port, process):
            idle[name] = idle_memory(port, process, REQUESTS[frames])

    medians = {key: statistics.median(values) for key, values in times.items()}
    print(f"| server | {' | '.join(WORKS)} | KiB idle |\n| --- |{' ---: |' * (len(WORKS) + 1)}")
    for name in here:
        cells = [f"{medians[name, work]:.2f} ({medians[name, work] / medians[BY_HAND, work]:.2f})"
                 for work in WORKS]
        print(f"| {name} | {' | '.join(cells)} | {idle[name]:.1f} |")
    if options.plots:
        plot(medians, here, options.plots)


if __name__ == "__main__":
    main()
