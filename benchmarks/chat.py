#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what it costs to tell many members something, by chat_server and by Redis. See chat.sh."""

import argparse
import contextlib
import json
import pathlib
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time


@contextlib.contextmanager
def running(command, log):
    """A process, for the time of a with block."""
    with open(log, "w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=errors, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Bench:
    """Where the programs are, and where they may write."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.log = folder / "log"

    def output_of(self, *command):
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True, check=True).stdout

    @contextlib.contextmanager
    def chat_server(self, *options):
        """Yields: its address and process."""
        command = [self.programs / "chat_server", "--listen", "127.0.0.1:0", "--connections", "0",
                   "--per-address", "0", "--rate", "0", *options]
        with running(command, self.log) as server:
            line = server.stdout.readline()
            if not line:
                sys.exit(self.log.read_text())
            yield line.split()[2], server.pid

    @contextlib.contextmanager
    def redis_server(self):
        """Yields: its address and process."""
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                   "--maxclients", "15000", "--dir", self.log.parent]
        with running(command, self.log) as server:
            deadline = time.monotonic() + 10
            while not answers(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit("redis-server does not start: " + server.stdout.read())
                time.sleep(0.05)
            yield f"127.0.0.1:{port}", server.pid

    def load(self, client, address, process, *options):
        """What a client measures at a server."""
        return json.loads(self.output_of(self.programs / client, address, "--pid", str(process),
                                         *map(str, options)))

    def chat(self, *options, server=()):
        with self.chat_server(*server) as (address, process):
            return self.load("chat_load", address, process, "--json", *options)

    def redis(self, *options):
        with self.redis_server() as (address, process):
            return self.load("framing_redis_pubsub", address, process, *options)

    def chat_by_redis(self, *options):
        """A chat server whose rooms are in Redis. The processor time is that of both."""
        with self.redis_server() as (store, redis), \
                self.chat_server("--redis", f"redis://{store}") as (address, process):
            return self.load("chat_load", address, process, "--pid", redis, "--json", *options)


def measure(ways, runs):
    """The reports of each run, by way; in turns, and each first as often as the others."""
    reports = {name: [] for name in ways}
    order = list(ways)
    for number in range(runs):
        for name in order:
            if sys.stderr.isatty():
                print(f"\r\x1b[K{number + 1}/{runs}: {name}", end="", file=sys.stderr, flush=True)
            reports[name].append(ways[name]())
        order.append(order.pop(0))
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return reports


def show(title, columns, rows):
    """One table: the medians, and of the first column the least and most as well."""
    print(f"\n{title}")
    heads = [columns[0][0], "least", "most", *[head for head, _, _ in columns[1:]]]
    print(" " * 39 + "".join(f"{head:>12}" for head in heads))
    for name, reports in rows.items():
        cells = []
        for _, key, scale in columns:
            values = [report[key] / scale for report in reports if key in report]
            if not values:
                cells.append("-")
                continue
            wanted = [statistics.median(values)]
            if not cells:
                wanted += [min(values), max(values)]
            cells += [f"{value:,.0f}" if value >= 1000 else f"{value:.2f}" for value in wanted]
        print(f"  {name:<37}" + "".join(f"{cell:>12}" for cell in cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of chat_load")
    parser.add_argument("--runs", type=int, default=5, help="of each (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="a run (default: %(default)s)")
    parser.add_argument("--members", type=int, default=1000,
                        help="that are told everything (default: %(default)s)")
    parser.add_argument("--idle", type=int, default=10000,
                        help="members that say nothing (default: %(default)s)")
    parser.add_argument("--only", choices=["fanout", "idle", "latency"], help="one table alone")
    arguments = parser.parse_args()

    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle = min(arguments.idle, most - 100)
    if idle < arguments.idle:
        print(f"No more than {most} files may be open here: {idle} members that say nothing.")

    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = Bench(arguments.programs.resolve(), folder)
        servers = {"chat_server": bench.chat}
        if "--redis " in bench.output_of(bench.programs / "chat_server", "--help"):
            servers["chat_server --redis, both processes"] = bench.chat_by_redis
        print(bench.output_of(bench.programs / "chat_server", "--version").strip())
        print(bench.output_of("redis-server", "--version").strip())
        seconds = ["--seconds", arguments.seconds]
        costs = [("user, us", "server_user_us_per_delivery", 1),
                 ("system, us", "server_system_us_per_delivery", 1),
                 ("client, s", "own_cpu_seconds", 1)]

        if arguments.only in [None, "fanout"]:
            for window in [64, 1]:
                options = ["--members", arguments.members, "--window", window, *seconds]
                ways = {name: lambda run=run: run(*options) for name, run in servers.items()}
                ways["Redis Pub/Sub"] = lambda: bench.redis(*options)
                show(f"One sender, {arguments.members} members, 100 bytes, {window} messages on "
                     "their way at once; deliveries/s, and the server's time for one",
                     [("deliveries/s", "deliveries_per_second", 1), *costs],
                     measure(ways, arguments.runs))

        if arguments.only in [None, "idle"]:
            # For Redis, a time in which no second message can be said.
            ways = {name: lambda run=run: run("--members", idle, "--idle", "--seconds", 0)
                    for name, run in servers.items()}
            ways["Redis Pub/Sub"] = lambda: bench.redis("--members", idle, "--window", 1,
                                                        "--seconds", 0.001)
            show(f"{idle} members that say nothing: memory (KiB each), and one message to all (ms)",
                 [("KiB each", "server_bytes_per_member", 1024),
                  ("to half, ms", "latency_us_p50", 1000), ("to all, ms", "latency_us_max", 1000),
                  ("join, s", "join_seconds", 1)],
                 measure(ways, arguments.runs))

        if arguments.only in [None, "latency"]:
            # Large and long enough for what waits for the member that does not read to reach its
            # limit: the system alone keeps 2.5 MiB of it.
            options = ["--members", 100, "--rate", 1000, "--size", 500,
                       "--seconds", 2 * arguments.seconds]
            ways = {}
            for name, run in servers.items():
                ways[name] = lambda run=run: run(*options)
                ways[f"{name}, one stalled"] = lambda run=run: run(*options, "--stalled", 1)
            show("100 members, 1,000 messages of 500 bytes a second: ms from say to said",
                 [("p99", "latency_us_p99", 1000), ("p50", "latency_us_p50", 1000),
                  ("p99.9", "latency_us_p99.9", 1000), ("max", "latency_us_max", 1000),
                  ("dropped", "stalled_dropped", 1)],
                 measure(ways, arguments.runs))


if __name__ == "__main__":
    main()
