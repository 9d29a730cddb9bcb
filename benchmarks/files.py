#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints how long files take by file_client, and by what one would use instead. See files.sh."""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from shell import HERE, answers, cipher_of, free_port, output_of, running, start_ssh, wait_for

SHM = "/dev/shm"
SUMS = ["none", "xxh128", "sha256"]
PEERS = ["by hand", "scp", "rsync", "curl", "curl, TLS", "cp"]
MEBI = 1 << 20
# In the shell that runs a client, which is given its place: what Python itself takes is not in it.
PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def room():
    """How many MiB can be written to /dev/shm."""
    available = re.search(r"MemAvailable: +(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return min(shutil.disk_usage(SHM).free, int(available.group(1)) * 1024) // MEBI


def write_file(path, size):
    block = os.urandom(64 * MEBI)
    with open(path, "wb") as file:
        for _ in range(0, size, len(block)):
            file.write(block)


def write_holes(path, size):
    with open(path, "wb") as file:
        file.seek(size // 2)
        file.write(os.urandom(MEBI))
        file.truncate(size)


def write_tree(path, count):
    bytes_ = os.urandom(4096 + count)
    for number in range(count):
        if number % 200 == 0:
            folder = path / str(number // 200)
            folder.mkdir(parents=True)
        (folder / str(number)).write_bytes(bytes_[number:number + 4096])


def clear(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def script(*commands):
    return ["sh", "-c", " && ".join(commands)]


class Server:
    """A file_server, and how file_client reaches it."""

    def __init__(self, stack, bench, options, trust):
        log = bench.scratch / "file_server.log"
        self.process = stack.enter_context(running(
            [bench.programs / "file_server", "--listen", "127.0.0.1:0", "--root", bench.folder,
             *options], log, stdout=subprocess.PIPE, text=True))
        line = self.process.stdout.readline()
        if not line:
            sys.exit(log.read_text())
        self.client = [bench.programs / "file_client", line.split()[2], *trust]

    def peak(self):
        """The most memory it has had, in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


class Bench:
    """All that is copied is `source` in the folder, and becomes `copy` beside it."""

    def __init__(self, stack, programs, runs):
        self.programs = programs
        self.runs = runs
        self.scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.certificates = self.scratch / "certificates"
        output_of(HERE.parent / "examples" / "make-certs.sh", self.certificates)
        os.environ["XDG_RUNTIME_DIR"] = str(self.scratch)  # where the token lies
        self.ssh = start_ssh(stack, self.scratch)
        os.environ["RSYNC_RSH"] = " ".join(map(str, self.ssh))
        self.folder = None
        self.size = 0  # bytes that a copy takes of memory, where that is a lot
        self.rows = []  # title, seconds of ours, seconds of the others by name
        self.peaks = {}  # MiB of server and client, by what they did

    @contextlib.contextmanager
    def inside(self, parent, write, *arguments):
        """Yields: servers whose root is a folder with a source, by what is between them and us."""
        with contextlib.ExitStack() as stack:
            self.folder = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="framing-", dir=parent)))
            write(self.folder / "source", *arguments)
            made = self.certificates
            tls = ["--tls-cert", made / "server.pem", "--tls-key", made / "server.key"]
            yield {"plain": Server(stack, self, [], []),
                   "TLS": Server(stack, self, tls, ["--tls-ca", made / "ca.pem"])}

    @contextlib.contextmanager
    def nginx(self):
        """Yields: the URLs of the folder, without and with TLS."""
        plain, tls = free_port(), free_port()
        conf = self.scratch / "nginx.conf"
        temporary = "\n".join(f"    {name}_temp_path {self.scratch}/{name};" for name in
                              ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        conf.write_text(f"""\
daemon off;
master_process off;
pid {self.scratch}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    sendfile on;
{temporary}
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {self.certificates}/server.pem;
        ssl_certificate_key {self.certificates}/server.key;
        root {self.folder};
    }}
}}
""", encoding="utf-8")
        log = self.scratch / "nginx.log"
        with running(["nginx", "-e", "stderr", "-c", conf], log) as server:
            wait_for(lambda: answers(tls), server, log)
            yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}"

    def begin(self):
        """Clears the copy. The memory for the next one is touched: a virtual machine has to fetch
        from its host what it has given back, and that would be measured with whoever is first."""
        copy = self.folder / "copy"
        clear(copy)
        if self.size == 0:
            return
        with open(copy, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, self.size)
        copy.unlink()

    def run(self, command):
        """Returns: how many seconds it took."""
        began = time.perf_counter()
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, cwd=self.folder, text=True, check=False)
        if ended.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}:\n{ended.stderr}")
        return time.perf_counter() - began

    def measure(self, ways, again=False):
        """The median seconds of each way; in turns, and each first as often as the others.
        All begin without a copy, or, again, with one that each has made before."""
        seconds = {name: [] for name in ways}
        order = list(ways)
        for number in range(self.runs):
            for name in order:
                if sys.stderr.isatty():
                    print(f"\r\x1b[K{number + 1}/{self.runs}: {name}", end="", file=sys.stderr,
                          flush=True)
                if not again:
                    self.begin()
                seconds[name].append(self.run(ways[name]))
            order.append(order.pop(0))
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        return {name: statistics.median(values) for name, values in seconds.items()}

    def compare(self, title, ours, peers, again=False):
        """Measures them together, and prints a row for each of ours."""
        medians = self.measure({**ours, **peers}, again)
        others = {name: medians[name] for name in peers}
        for name in ours:
            seconds = medians[name]
            cells = [f"{others[peer]:.2f} ({others[peer] / seconds:.2f})" if peer in others else ""
                     for peer in PEERS]
            row = f"{f'{title}, {name}':44}{seconds:8.2f}" + "".join(map("{:>16}".format, cells))
            print(row.rstrip(), flush=True)
            self.rows.append((f"{title}, {name}", seconds, others))

    def note_peaks(self, title, servers, *commands):
        """Notes what the servers have needed until now, and a client for each of the commands."""
        client = 0
        for server in servers.values():
            for command in commands:
                clear(self.folder / "copy")
                client = max(client, int(output_of(
                    "sh", "-c", '"$@" >&2 && exec python3 -c "$PEAK"', "sh", *server.client,
                    *command, cwd=self.folder, env={**os.environ, "PEAK": PEAK}).split()[-1]))
        clear(self.folder / "copy")
        self.peaks[title] = max(map(Server.peak, servers.values())), client / 1024

    def ours(self, servers, sums, *command):
        return {f"{kind}, {way}": [*server.client, *command, "--sum", kind, "source", "copy"]
                for way, server in servers.items() for kind in sums}

    def by_ssh(self, tool, put, source="source"):
        """How scp or rsync puts or gets."""
        there = f"host:{self.folder}/"
        return [*tool, source, f"{there}copy"] if put else [*tool, f"{there}{source}", "copy"]

    def one_file(self, size, title):
        copy = [self.programs / "framing_copy", "source", "copy"]
        scp = ["scp", *self.ssh[1:]]
        rsync = ["rsync", "--whole-file"]
        with self.inside(SHM, write_file, size) as servers, self.nginx() as (plain, tls):
            self.size = size
            for verb in ["put", "get"]:
                peers = {"by hand": copy, "scp": self.by_ssh(scp, verb == "put"),
                         "rsync": self.by_ssh(rsync, verb == "put")}
                if verb == "get":
                    curl = ["curl", "--silent", "--fail", "--output", "copy"]
                    peers["curl"] = [*curl, f"{plain}/source"]
                    peers["curl, TLS"] = [*curl, "--cacert", self.certificates / "ca.pem",
                                          f"{tls}/source"]
                self.compare(f"{verb} {title}", self.ours(servers, SUMS, verb), peers)
            self.size = 0
            self.note_peaks(title, servers, ["put", "source", "copy"], ["get", "source", "copy"])

    def holes(self, size, title):
        with self.inside(SHM, write_holes, size) as servers:
            del servers["TLS"]
            for verb in ["put", "get"]:
                rsync = self.by_ssh(["rsync", "--whole-file", "--sparse"], verb == "put")
                self.compare(f"{verb} {title}", self.ours(servers, SUMS, verb),
                             {"rsync": rsync, "cp": ["cp", "source", "copy"]})

    def small_files(self, count, title, place):
        """Where they are on a disk, all wait until they are safe."""
        fsync = [] if place == SHM else ["--fsync"]
        then = [] if place == SHM else ["sync -f copy"]
        with self.inside(place, write_tree, count) as servers:
            for verb in ["put", "get"]:
                scp = self.by_ssh(["scp", "-r", *self.ssh[1:]], verb == "put")
                rsync = self.by_ssh(["rsync", "-r", "--whole-file", *fsync], verb == "put",
                                    "source/")
                ours = self.ours(servers, ["xxh128", "sha256"], verb, "-r")  # rsync's is xxh128
                self.compare(f"{verb} -r {title}", ours,
                             {"scp": script(" ".join(map(str, scp)), *then), "rsync": rsync,
                              "cp": script("cp -r source copy", *then)})
            if place == SHM:
                self.note_peaks(title, servers, ["put", "-r", "source", "copy"],
                                ["get", "-r", "source", "copy"])

    def unchanged(self, count, title):
        with self.inside(SHM, write_tree, count) as servers:
            for verb in ["put", "get"]:
                ours = self.ours(servers, ["sha256"], verb, "-r")
                rsync = self.by_ssh(["rsync", "-rt", "--whole-file"], verb == "put", "source/")
                clear(self.folder / "copy")
                self.run(rsync)
                self.compare(f"{verb} -r {title}", ours, {"rsync": rsync}, again=True)


def goals(rows, peaks):
    """Yields: of what, how much it is, and at least or at most how much it should be."""
    for title, ours, others in rows:
        wanted = {}
        if "holes" in title:
            yield f"{title}, seconds", ours, "<", 0.2
        elif "unchanged" in title:
            wanted = {"rsync": 1}
        elif "KiB" in title:
            wanted = {} if "disk" in title else {"scp": 5, "rsync": 2}
        elif title.endswith(("none, plain", "xxh128, plain")):
            wanted = {"by hand": 0.9}
        else:
            wanted = {"scp": 1, "rsync": 1}
        for name, least in wanted.items():
            yield f"{title}, times as fast as {name}", others[name] / ours, ">", least
    for title, sides in peaks.items():
        for side, peak in zip(["server", "client"], sides):
            yield f"{title}, MiB of the {side}", peak, "<", 16


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of file_client")
    parser.add_argument("--runs", type=int, default=3, help="of each (default: %(default)s)")
    parser.add_argument("--size", type=int, default=4096,
                        help="MiB of the large files (default: %(default)s)")
    parser.add_argument("--files", type=int, default=20000,
                        help="that are small (default: %(default)s)")
    parser.add_argument("--unchanged", type=int, default=100000,
                        help="that are there already (default: %(default)s)")
    parser.add_argument("--only", choices=["file", "holes", "small", "disk", "unchanged"],
                        help="these alone")
    arguments = parser.parse_args()
    programs = arguments.programs.resolve()
    only = arguments.only

    for number in [signal.SIGINT, signal.SIGTERM]:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    size, has = arguments.size, room()
    if has < 2 * size + 1024:
        size = max(0, has - 1024) // 2 // 64 * 64
        print(f"{SHM} and memory have room for {has} MiB, not for {2 * arguments.size + 1024}: "
              f"{size} MiB are copied instead of {arguments.size}.")
    if size == 0:
        sys.exit(3)

    with contextlib.ExitStack() as stack:
        bench = Bench(stack, programs, arguments.runs)
        print("\n" + output_of(programs / "file_client", "--version").strip())
        print(f"{output_of('ssh', '-V').strip()}, {cipher_of(bench.ssh)}")
        for tool in ["rsync", "curl"]:
            print(output_of(tool, "--version").splitlines()[0])
        print(output_of("nginx", "-v").strip())

        print(f"\n{'seconds (times ours)':44}{'ours':>8}" + "".join(map("{:>16}".format, PEERS)))
        if only in [None, "file"]:
            bench.one_file(size * MEBI, f"{size} MiB")
        if only in [None, "holes"]:
            bench.holes(arguments.size * MEBI, f"{arguments.size} MiB of holes")
        if only in [None, "small"]:
            bench.small_files(arguments.files, f"{arguments.files:,} of 4 KiB", SHM)
        if only in [None, "disk"]:
            bench.small_files(arguments.files, f"{arguments.files:,} of 4 KiB, disk",
                              programs.parent)
        if only in [None, "unchanged"]:
            bench.unchanged(arguments.unchanged, f"{arguments.unchanged:,} unchanged")

    print(f"\n{'goal':68}{'is':>8}{'wanted':>8}")
    for what, value, sign, wanted in goals(bench.rows, bench.peaks):
        missed = value < wanted if sign == ">" else value > wanted
        print(f"{what:68}{value:8.2f}{f'{sign} {wanted}':>8}" + ("  missed" if missed else ""))


if __name__ == "__main__":
    main()
