# SPDX-License-Identifier: MIT
"""What can befall a server that keeps files, and its client (reliability table, up-01 to up-23)."""

import contextlib
import ctypes
import hashlib
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from helpers import scenario
from helpers.caseless_disk import caseless_disk
from helpers.file_case import contents, parts
from helpers.file_liar import Liar
from helpers.file_peer import FilePeer, sums
from helpers.peer import frame
from helpers.program import environment, programs
from helpers.scenario import MIB, Server, eventually
from helpers.small_disk import make_read_only, small_disk

MANY = 1_000_000  # lines of a log; each file has one


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def peak(pid):
    """The most memory that a process had so far, in bytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


class Flip:
    """Two names of a folder that change places all the time, in a with block."""

    def __init__(self, one, other):
        self.names = os.fsencode(one), os.fsencode(other)
        self.count = 0
        self.stopping = False
        self.thread = threading.Thread(target=self.flip)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()

    def flip(self):
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        libc = ctypes.CDLL(None)
        while not self.stopping or self.count % 2:
            libc.renameat2(here, self.names[0], here, self.names[1], exchange)
            self.count += 1


class Files(scenario.Scenario):

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        self.root, self.here = self.top / "root", self.top / "here"
        self.outside = self.top / "outside"
        for path in self.root, self.here, self.outside:
            path.mkdir()
        (self.outside / "file").write_bytes(b"secret")

    def serve(self, *options, root=None, **how):
        server = Server("file_server", "--root", root or self.root, *options, **how)
        self.addCleanup(server.process.kill)  # where a test ends before its time
        return server

    def watch(self, *options, **how):
        how = {"events": MANY, "warm_up": self.use, **how}
        return self.watched("file_server", "--root", self.root, *options, **how)

    def use(self, server):
        """Has all parts of a server used once."""
        with FilePeer(server.address) as peer:
            peer.put("once/file", bytes(2 * MIB))
            for kind in "get", "sum", "list":
                peer.ask(kind, "once/file")
            peer.hang_up()
        shutil.rmtree(self.root / "once")

    def enter(self, server):
        peer = FilePeer(server.address)
        self.addCleanup(peer.__exit__)
        return peer

    def client(self, server, *words, cwd=None, **options):
        client = subprocess.Popen(
            [os.path.join(programs, "file_client"), server.address, *map(str, words)],
            cwd=cwd or self.here, stdin=subprocess.DEVNULL, env=environment,
            **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **options})
        self.addCleanup(self.end, client)
        return client

    def end(self, client):
        client.kill()
        client.wait()
        if client.stderr:
            client.stderr.close()

    def run_client(self, server, *words, **options):
        """Returns: its exit code and what it said."""
        client = self.client(server, *words, **options)
        said = client.communicate()[1]
        return client.returncode, (said or b"").decode()

    def does(self, server, *words, **options):
        code, said = self.run_client(server, *words, **options)
        self.assertEqual(code, 0, said)

    def large(self, path, size):
        """A file of that many bytes that are not all the same."""
        block = random.Random(size).randbytes(MIB)
        with open(path, "wb") as file:
            for number in range(size // MIB):
                file.write(b"%08d" % number + block[8:])
        return path

    def ways(self, path):
        """The words that put a file of `here` and get it as `back`, and what each makes."""
        return [(["put", path.name], self.root / path.name),
                (["get", path.name, "back"], self.here / "back")]

    def disk(self, which):
        disk = contextlib.ExitStack()
        self.addCleanup(disk.close)
        try:
            return disk.enter_context(which)
        except OSError as error:
            self.skipTest(f"no disk of our own: {error}")

    def small_disk(self, size):
        return self.disk(small_disk(size))

    def test_up_01_a_client_that_is_killed_goes_on_where_it_was(self):
        size = self.scaled(64, 1024, "MiB") * MIB
        file = self.large(self.here / "file", size)
        wanted = sha256(file)
        with self.watch() as server:
            for words, made in self.ways(file):
                kept = []
                for part in (0.01, 0.5, 0.99):
                    client = self.client(server, *words, "--limit-rate", size)
                    while not any(found.stat().st_size >= size * part
                                  for found in parts(made.parent)):
                        self.assertIsNone(client.poll(), f"done before {part:.0%}")
                    client.kill()
                    client.communicate()
                    self.assertFalse(made.exists())
                    kept += [found.stat().st_size for found in parts(made.parent)]
                self.does(server, *words)
                self.assertEqual(sha256(made), wanted)
                self.assertEqual(parts(made.parent), [])
                self.assertEqual(kept, sorted(kept))
                self.saw(f"{words[0]}: killed with {', '.join(f'{n / size:.0%}' for n in kept)}")

    FILES = 200

    def make_tree(self, top, version):
        """Writes all files of a version. Returns: their bytes by name."""
        chance = random.Random(version)
        files = {}
        for number in range(self.FILES):
            size = chance.choice([0, 1, 1000, 20_000, 70_000, 300_000])
            path = top / f"{number % 10}" / f"file {number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(chance.randbytes(size))
            os.utime(path, (0, version * 1000 + number))
            files[f"{number % 10}/file {number}"] = path.read_bytes()
        return files

    def assert_whole(self, target, old, new, log=None):
        """Whether each file is of a version, and those new that the log of a client tells of.
        Returns: how many are new."""
        lines = log.read_bytes().splitlines(keepends=True) if log else []  # before more is stored
        found = {name: data for name, data in contents(target).items()
                 if data is not None and ".framing-part-" not in name}
        self.assertEqual(len(found), self.FILES)
        for name, data in found.items():
            self.assertTrue(data in (old[name], new[name]), f"{name} is neither old nor new")
        for event in [json.loads(line) for line in lines if line.endswith(b"\n")]:
            if event["event"] in ("stored", "got"):
                name = event["name"].partition("/")[2]
                self.assertTrue(found[name] == new[name], f"{name} was told to be there")
        return sum(found[name] == new[name] for name in found)

    def crash(self, server, words, source, target, kills, kills_server):
        """Kills one side that many times. Returns: the server that is there then."""
        chance = random.Random(kills)
        old = self.make_tree(source, 1)
        began = time.monotonic()
        self.does(server, *words)
        takes = time.monotonic() - began
        version, client, reached = 1, None, []
        new = old
        log = self.top / "log"
        for _ in range(kills):
            if new is old:
                version += 1
                new = self.make_tree(source, version)
            if client is None:
                with open(log, "wb") as output:
                    client = self.client(server, *words, "--json", stdout=output,
                                         stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, takes))
            if kills_server:
                address = server.address
                server.kill()
            else:
                client.kill()
                client.wait()
            reached.append(self.assert_whole(target, old, new, log))
            if kills_server:
                server = self.serve(listen=address)
            if client.poll() is not None:
                if client.returncode == 0:
                    self.assertEqual(self.assert_whole(target, old, new), self.FILES)
                    old = new
                client = None
        if client:
            self.assertTrue(eventually(lambda: client.poll() is not None, 20), "the client ends")
            self.assertIn(client.returncode, (0, 255))  # no server may have been there at first
        self.does(server, *words)
        self.assertEqual(self.assert_whole(target, new, new), self.FILES)
        self.saw(f"{words[0]} ({takes:.1f} s): new files were {', '.join(map(str, reached[:10]))}"
                 f"{' …' if kills > 10 else ''} of {self.FILES}")
        return server

    def tree_ways(self):
        return [(["put", "-r", "tree"], self.here / "tree", self.root / "tree"),
                (["get", "-r", "source", "copy"], self.root / "source", self.here / "copy")]

    def test_up_02_a_server_that_is_killed_loses_nothing(self):
        kills = self.scaled(10, 100, "kills") // 2
        server = self.serve()
        for way in self.tree_ways():
            server = self.crash(server, *way, kills, True)
        with server:
            pass

    def test_up_15_a_client_that_is_killed_leaves_nothing_half(self):
        kills = self.scaled(10, 100, "kills") // 2
        with self.watch() as server:
            for way in self.tree_ways():
                self.crash(server, *way, kills, False)

    def test_up_03_a_disk_that_is_full_keeps_the_old_and_the_part(self):
        disk = self.small_disk(16 * MIB)
        new = self.large(self.here / "new", 12 * MIB)
        huge = self.large(self.here / "huge", 64 * MIB)
        with self.serve(root=disk) as server:
            with self.enter(server) as peer:
                peer.put("old", b"old" * 1000)
                peer.put("filler", bytes(8 * MIB))
            for file in huge, new:
                code, said = self.run_client(server, "put", file, "old")
                self.saw(f"{file.stat().st_size // MIB} MiB: {said.strip()}")
                self.assertEqual(code, 1)
                self.assertEqual((disk / "old").read_bytes(), b"old" * 1000)
                self.does(server, "get", "old", "back", "--force")
                self.assertEqual((self.here / "back").read_bytes(), b"old" * 1000)
            with self.enter(server) as peer:  # it fills up on the way
                data = new.read_bytes()[:7 * MIB]
                peer.begin("other", len(data), data[:MIB])
                self.assertTrue(eventually(lambda: parts(disk)))
                with open(disk / "more", "wb", buffering=0) as more:
                    with contextlib.suppress(OSError):
                        while more.write(bytes(65536)):
                            pass
                with contextlib.suppress(OSError):
                    peer.socket.sendall(data[MIB:])
                code = peer.answer()[0].get("code")
            with self.enter(server) as peer:
                kept = peer.ask("stat", "other", size=len(data))["partial"]
                self.saw(f"full on the way: {code}, {kept / MIB:.1f} MiB kept")
                self.assertEqual(code, "no_space")
                (disk / "more").unlink()
                self.assertEqual(peer.put("other", data, offset=kept)["type"], "stored")
                self.assertGreater(kept, 0)
                self.assertEqual((disk / "other").read_bytes(), data)
                peer.ask("remove", "other")
            self.does(server, "rm", "filler")
            self.does(server, "put", new, "old")
            self.assertEqual(sha256(disk / "old"), sha256(new))

    def test_up_04_what_is_declared_costs_nothing(self):
        huge = 2**40
        with self.watch() as server:
            resident = server.resident()
            peers = [FilePeer(server.address) for _ in range(32)]
            for number, peer in enumerate(peers):
                peer.begin(f"{number}", huge)
            answers = [peer.answer()[0].get("code") for peer in peers[:4]
                       if select.select([peer.socket], [], [], 1)[0]]
            self.saw(f"1 TiB: {', '.join(answers) or 'waits for it'}, "
                     f"memory {(server.resident() - resident) / 1024:+.0f} KiB of 32")
            self.assertLess(server.resident() - resident, 16 * MIB)
            for peer in peers:
                peer.__exit__()
            self.assertTrue(eventually(lambda: server.connections() == 0))
            for part in parts(self.root):
                part.unlink()

    def test_up_16_a_sum_of_a_tebibyte_of_nothing_holds_up_nobody(self):
        with self.watch() as server:
            with open(self.root / "file", "wb") as file:
                file.truncate(2**40)
            putting, getting, summing = (FilePeer(server.address) for _ in range(3))
            putting.begin("hole", 2**40, data=[], body_size=0)
            putting.send({"type": "put_end", **sums(b"")})
            getting.send({"type": "get", "name": "file", "sparse": True})
            summing.send({"type": "sum", "name": "file"})
            worst = max(server.probe() for _ in range(10))
            for peer in putting, getting, summing:
                peer.__exit__()
            used = server.cpu()
            idle = eventually(lambda: self.is_idle(server))
            self.saw(f"others were answered in {worst * 1000:.0f} ms at most; "
                     f"{server.cpu() - used:.1f} s of CPU after they went")
            self.assertLess(worst, 1)
            self.assertTrue(idle, "it still computes for those that have gone")

    def is_idle(self, server):
        used = server.cpu()
        select.select([], [], [], 0.2)  # nothing happens in this time
        return server.cpu() - used < 0.05

    def test_up_05_no_name_leads_outside(self):
        count = self.scaled(3000, 30_000, "names")
        pieces = ["..", ".", "", "/", "a", "b", "\\", ":", "\0", "\n", "CON", "nul.txt", "COM1",
                  "x.", "x ", "x" * 256, "../..", "/etc", "C:", "\x7f", "~", "-", "%2e%2e",
                  "\u2024\u2024", "\uff0e\uff0e", "\u2215", "..\u200b"]
        chance = random.Random(1)
        codes = {}
        with self.watch() as server, self.enter(server) as peer:
            for _ in range(count):
                name = chance.choice(["/", "", "/"]).join(
                    chance.choices(pieces, k=chance.randint(1, 5)))
                answer = peer.put(name, b"x")
                code = answer.get("code", answer["type"])
                codes[code] = codes.get(code, 0) + 1
                if code == "stored":
                    self.assertEqual(answer["name"], name)
                    self.assertFalse({"", ".", ".."} & set(name.split("/")))
        self.saw(", ".join(f"{count} {code}" for code, count in sorted(codes.items())))
        self.assertLessEqual(codes.keys(), {"stored", "outside_root", "bad_request", "exists"})
        self.assertEqual(contents(self.outside), {"file": b"secret"})
        self.assertEqual(sorted(os.listdir(self.top)), ["here", "outside", "root"])

    def test_up_06_links_are_not_followed(self):
        os.symlink(self.outside, self.root / "link")
        os.symlink(self.outside / "file", self.root / "file")
        os.symlink(self.outside / "new", self.root / "new")
        codes = []
        with self.watch() as server, self.enter(server) as peer:
            for name in ["link/file", "link/new", "file", "new", "link"]:
                codes.append(peer.put(name, b"evil").get("code"))
                codes += [peer.ask(kind, name).get("code") for kind in ["get", "sum", "remove"]]
        self.assertEqual(set(codes), {"outside_root"})
        self.assertEqual(contents(self.outside), {"file": b"secret"})

    def test_up_07_a_folder_that_turns_into_a_link_all_the_time_leads_nowhere(self):
        seconds = self.scaled(4, 60, "s of flips, twice")
        (self.root / "a").mkdir()
        os.symlink(self.outside, self.root / "b")
        without = [self.tool("strace"), "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=openat2",
                   "-e", "inject=openat2:error=ENOSYS"]
        for before in [], ["env", "ASAN_OPTIONS=detect_leaks=0", *without]:
            codes = {}
            with self.serve(before=before) as server, self.enter(server) as peer, \
                    Flip(self.root / "a", self.root / "b") as flip:
                deadline = time.monotonic() + seconds
                while time.monotonic() < deadline:
                    answers = [peer.put("a/file", b"evil"), peer.ask("mkdir", "a/folder"),
                               peer.put("a/x/y", b"evil"), peer.ask("sum", "a/file"),
                               peer.ask("stat", "a/file"), peer.ask("remove", "a/folder"),
                               peer.ask("remove", "a/x/y"), peer.ask("remove", "a/x")]
                    header, body, _ = peer.get("a/file")
                    self.assertNotEqual(body, b"secret")
                    for answer in [*answers, header]:
                        code = answer.get("code", "done")
                        codes[code] = codes.get(code, 0) + 1
                    self.assertNotEqual(answers[3].get("sha256"), sums(b"secret")["sha256"])
                    self.assertNotEqual(answers[4].get("size"), 6)
                    self.assertNotIn("file", [entry for entry in peer.list("a")
                                              if not (self.root / "a").exists()])
            self.saw(f"{flip.count:,} flips: " + ", ".join(
                f"{count} {code}" for code, count in sorted(codes.items())))
            self.assertGreater(codes.get("done", 0), 10)
            self.assertGreater(codes.get("outside_root", 0), 10)
            self.assertEqual(contents(self.outside), {"file": b"secret"})

    def test_up_08_many_writers_of_one_name_take_turns_whole(self):
        writers = self.scaled(16, 32, "writers")
        rounds = self.scaled(5, 50, "rounds")
        data = [bytes([number]) * 300_000 for number in range(writers)]
        stop = threading.Event()
        seen = set()

        def read():
            with FilePeer(server.address) as peer:
                while not stop.is_set():
                    header, body, _ = peer.get("file")
                    seen.add(body if header["type"] == "file" else header["code"])

        def write(server, rounds=1):
            with contextlib.ExitStack() as stack:
                peers = [stack.enter_context(FilePeer(server.address)) for _ in range(writers)]
                for _ in range(rounds):
                    for peer, version in zip(peers, data):
                        peer.begin("file", len(version), version[:100_000])
                    for peer, version in zip(peers, data):
                        peer.socket.sendall(version[100_000:])
                        peer.send({"type": "put_end", **sums(version)})
                    for peer in peers:
                        self.assertEqual(peer.answer()[0]["type"], "stored")

        with self.watch(warm_up=write) as server:
            reader = threading.Thread(target=read)
            reader.start()
            try:
                write(server, rounds)
            finally:
                stop.set()
                reader.join()
        self.assertTrue(seen <= set(data), "no mixture")
        self.assertEqual(list(contents(self.root)), ["file"])
        self.saw(f"a reader saw {len(seen)} of {writers} versions, each whole")

    def test_up_09_what_does_not_fit_is_refused(self):
        with self.watch() as server, self.enter(server) as peer:
            peer.put("file", b"old")
            peer.begin("file", 100, bytes(100))
            codes = [peer.end(b"x").get("code")]
            with self.enter(server) as other:
                other.begin("file", 1000, bytes(500))
                other.hang_up()
            for size, offset in (1000, 499), (1000, 501), (999, 500):
                codes.append(peer.put("file", bytes(size), offset=offset).get("code"))
            self.assertEqual(codes, ["checksum_mismatch"] + ["bad_offset"] * 3)
            self.assertEqual((self.root / "file").read_bytes(), b"old")
            self.assertEqual(peer.put("file", bytes(1000), offset=500)["type"], "stored")
        self.saw(", ".join(codes))

    def test_up_10_a_long_file_with_holes_and_what_is_no_file(self):
        size = self.scaled(512, 5 * 1024, "MiB with holes") * MIB
        os.mkfifo(self.root / "fifo")
        (self.root / "folder").mkdir()
        (self.root / "empty").touch()
        os.symlink("/dev/zero", self.root / "zero")
        with open(self.root / "sparse", "wb") as file:
            file.truncate(size)
            for offset in (0, size // 2 + 5, size - 7):
                os.pwrite(file.fileno(), b"something"[:size - offset], offset)
        with self.watch() as server, self.enter(server) as peer:
            codes = [peer.ask("get", name)["code"] for name in ("fifo", "folder", "zero")]
            self.assertEqual(codes, ["not_a_file", "not_a_file", "outside_root"])
            self.assertEqual(peer.get("empty")[1], b"")
            began = time.monotonic()
            self.does(server, "get", "sparse")
            took = time.monotonic() - began
            self.assertEqual(sha256(self.here / "sparse"), sha256(self.root / "sparse"))
            blocks = os.stat(self.here / "sparse").st_blocks * 512
            self.saw(f"{', '.join(codes)}; got in {took:.1f} s, {blocks:,} bytes on the disk")
            self.assertLess(blocks, MIB)

    def test_up_11_a_file_that_changes_while_it_is_sent_is_not_mixed(self):
        size = 8 * MIB
        changes = {"shrinks": lambda path: os.truncate(path, size - 5),
                   "shrinks much": lambda path: os.truncate(path, 5),
                   "grows": lambda path: path.open("ab").write(b"more"),
                   "is written to": lambda path: os.pwrite(
                       os.open(path, os.O_WRONLY), b"new", 0),
                   "is replaced": lambda path: os.rename(
                       self.large(path.with_name("other"), 2 * MIB), path),
                   "is removed": os.unlink}
        with self.watch() as server:
            for name, change in changes.items():
                for way in "put", "get":
                    source = self.large((self.here if way == "put" else self.root) / "file", size)
                    target = (self.root if way == "put" else self.here) / "copy"
                    target.write_bytes(b"old")
                    before = source.read_bytes()
                    client = self.client(server, way, "file", "copy", "--limit-rate", 2 * size)
                    self.assertTrue(eventually(lambda: any(
                        part.stat().st_size > MIB for part in parts(target.parent))))
                    change(source)
                    said = client.communicate()[1].decode().strip()
                    after = source.read_bytes() if source.exists() else None
                    copy = target.read_bytes()
                    what = ("old" if copy == b"old" else "as it was" if copy == before else
                            "as it is" if copy == after else "mixed")
                    self.saw(f"{way}, {name}: exit {client.returncode}, {what}")
                    self.assertNotEqual(what, "mixed")
                    self.assertEqual(client.returncode, 1 if what == "old" else 0, said)
                    for part in parts(self.top):
                        part.unlink()

    def test_up_12_a_disk_that_fails_is_told_and_the_old_stays(self):
        faults = {"fsync,fdatasync:error=EIO": "io_error",
                  "fsync,fdatasync:error=ENOSPC": "no_space",
                  "pwrite64,pwritev,pwritev2:error=EIO": "io_error",
                  "pwrite64,pwritev,pwritev2,fallocate:error=EDQUOT": "no_space",
                  "pwrite64,pwritev,pwritev2:error=EFBIG": "no_space",
                  "ftruncate:error=EIO": "io_error",
                  "rename,renameat,renameat2,linkat:error=EIO": "io_error",
                  "openat2:error=EMFILE": "io_error", "openat2:error=EACCES": "not_allowed"}
        with self.watch() as server:
            for fault, wanted in faults.items():
                some = os.urandom(400_000)
                data = some + bytes(100_000)  # it ends in a hole
                with self.enter(server) as peer:
                    peer.put("file", b"old")
                    with self.failing(server, fault):
                        peer.begin("file", len(data), some, body_size=len(some),
                                   data=[[0, len(some)]])
                        answer = peer.end(data)
                    code = answer.get("code", answer["type"])
                    self.saw(f"{fault}: {code}")
                    self.assertIn(code, (wanted, "stored"), fault)  # it may not do that call
                    kept = (self.root / "file").read_bytes()
                    self.assertEqual(kept, data if code == "stored" else b"old", fault)
                with self.enter(server) as peer:
                    self.assertEqual(peer.put("file", data)["type"], "stored", "it goes on")
            with self.enter(server) as peer, self.failing(server, "pread64,preadv:error=EIO"):
                code = peer.ask("sum", "file").get("code")
                peer.send({"type": "get", "name": "file"})
                with contextlib.suppress(AssertionError):  # it may end inside a frame
                    header, _ = peer.answer()
                    answer = peer.answer() if header["type"] == "file" else (header, b"")
                    self.assertNotEqual(answer and answer[0]["type"], "file_end")
                self.saw(f"reads that fail: {code}")
                self.assertEqual(code, "io_error")
            for part in parts(self.root):
                part.unlink()

    def test_up_17_a_root_that_can_only_be_read_is_not_allowed(self):
        disk = self.small_disk(MIB)
        (disk / "file").write_bytes(b"old")
        with self.serve(root=disk) as server, self.enter(server) as peer:
            make_read_only(disk)
            answers = [peer.put("file", b"new"), peer.put("x/y", b"new"),
                       peer.ask("mkdir", "folder"), peer.ask("remove", "file")]
            codes = [answer.get("code", answer["type"]) for answer in answers]
            self.assertEqual(peer.get("file")[1], b"old")
        self.saw(", ".join(codes))
        self.assertEqual(codes, ["not_allowed"] * 4)

    def test_up_13_many_files_and_many_at_once(self):
        small = self.scaled(1000, 10_000, "small files in sequence")
        count, size = self.scaled(8, 32, "clients at once"), self.scaled(16, 64, "MiB each") * MIB
        files = [self.large(self.here / f"{number}", size + number * MIB)
                 for number in range(count)]
        with self.watch() as server:
            with self.enter(server) as peer:
                began = time.monotonic()
                for number in range(small):
                    answer = peer.put(f"small/{number % 100}/{number}", b"%d" % number)
                    self.assertEqual(answer["type"], "stored")
                self.saw(f"{(time.monotonic() - began) / small * 1000:.1f} ms each")
            clients = [self.client(server, "put", file) for file in files]
            for client in clients:
                self.assertEqual(client.wait(), 0)
            for file in files:
                self.assertEqual(sha256(self.root / file.name), sha256(file))
            self.assertEqual(parts(self.root), [])
            self.assertEqual(sum(path.read_bytes() == path.name.encode()
                                 for path in self.root.glob("small/*/*")), small)

    def test_up_14_what_is_told_to_be_stored_is_on_the_disk(self):
        (self.root / "folder").mkdir()
        trace = self.top / "trace"
        strace = [self.tool("strace"), "-D", "-f", "-qq", "-y", "-s", "1000000", "-o", trace, "-e",
                  "trace=write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,"
                  "linkat,mkdirat,unlinkat,sendmsg,sendto"]
        with self.serve(before=["env", "ASAN_OPTIONS=detect_leaks=0", *strace]) as server:
            with self.enter(server) as peer:
                for number in range(3):
                    peer.put("folder/file", bytes(300_000))
                peer.socket.sendall(b"".join(
                    frame({"type": "put", "name": f"folder/{number}", "offset": 0, "size": 1}, b"x")
                    + frame({"type": "put_end", **sums(b"x")}) for number in range(50)))
                for _ in range(50):
                    self.assertEqual(peer.answer()[0]["type"], "stored")
                peer.ask("mkdir", "folder/new")
                peer.ask("remove", "folder/new")
        lines = trace.read_text("utf-8", "replace").splitlines()

        def index(pattern, begin=0):
            return next((number for number in range(begin, len(lines))
                         if re.search(pattern, lines[number])), None)

        stored = [number for number, line in enumerate(lines) if r'\"stored\"' in line]
        self.assertTrue(stored, "the answers are in the trace")
        part, folder = r"<[^>]*/\.framing-part-[^>]*>", r"<[^>]*/root/folder>"
        writes = [number for number, line in enumerate(lines[:stored[0]])
                  if re.search(r"write.*\(\d+" + part, line)]
        steps = [writes[-1] if writes else None, index(r"fsync\(\d+" + part), index(r"rename"),
                 index(r"fsync\(\d+" + folder), stored[0]]
        self.saw("write, fsync, rename, fsync of the folder, answer: lines "
                 f"{', '.join(map(str, steps))} of {len(lines)}")
        self.assertNotIn(None, steps)
        self.assertEqual(steps, sorted(steps))
        renames = [n for n, line in enumerate(lines) if re.search(r"rename\w*\(", line)]
        syncs = [n for n, line in enumerate(lines) if re.search(r"fsync\(\d+" + folder, line)]
        self.assertGreaterEqual(len(renames), 53)
        answers = [len(re.findall(r'\\"stored\\"', line)) for line in lines]
        for number, rename in enumerate(renames[:53]):
            answer = next(n for n in range(len(lines)) if sum(answers[:n + 1]) > number)
            self.assertTrue(any(rename < sync < answer for sync in syncs),
                            f"answer {number} came before the folder was on the disk")
        for word, call in ("made", "mkdirat"), ("removed", "unlinkat"):
            done = index(call + r"\(.*\"new\"")
            said = index(rf'\\"{word}\\"')
            self.assertTrue(any(done < sync < said for sync in syncs), word)
        self.saw(f"{len(syncs)} times the folder for {len(renames)} files")

    def test_up_18_memory_does_not_grow_with_files_or_their_number(self):
        size = self.scaled(1024, 4096, "MiB") * MIB
        count = self.scaled(5000, 20_000, "files")
        file = self.large(self.here / "large", size)
        tree = self.here / "tree"
        for number in range(count):
            path = tree / f"{number % 50}" / f"a name that is not that short {number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"%d" % number)
        peaks = {}
        with self.serve("--no-sync") as server:
            for words in (["put", file.name], ["get", file.name, "back"], ["put", "-r", "tree"],
                          ["put", "-r", "tree"], ["get", "-r", "tree", "copy"]):
                client = self.client(server, *words, stderr=subprocess.DEVNULL)
                began = time.monotonic()
                most = 0
                while client.poll() is None:
                    with contextlib.suppress(OSError, TypeError):
                        most = max(most, peak(client.pid))
                    time.sleep(0.02)
                self.assertEqual(client.returncode, 0)
                peaks[" ".join(words)] = most
                self.saw(f"{words[0]} {words[1]}: {time.monotonic() - began:.1f} s, client "
                         f"{most / MIB:.1f} MiB, server {peak(server.process.pid) / MIB:.1f} MiB")
            self.assertEqual(os.path.getsize(self.here / "back"), size)
            self.assertEqual(sum(1 for path in (self.here / "copy").rglob("*") if path.is_file()),
                             count)
            if not scenario.sanitized:
                self.assertLess(peak(server.process.pid), 16 * MIB)
                self.assertLess(max(peaks.values()), 16 * MIB)

    def test_up_19_the_disk_of_a_client_that_is_full_keeps_the_old_and_the_part(self):
        disk = self.small_disk(8 * MIB)
        (disk / "file").write_bytes(b"old")
        (disk / "filler").write_bytes(bytes(5 * MIB))
        file = self.large(self.root / "file", 6 * MIB)
        with self.watch() as server:
            code, said = self.run_client(server, "get", "file", cwd=disk)
            self.saw(f"{said.strip()}, {sum(part.stat().st_size for part in parts(disk)):,} kept")
            self.assertEqual(code, 1)
            self.assertEqual((disk / "file").read_bytes(), b"old")
            (disk / "filler").unlink()
            self.does(server, "get", "file", cwd=disk)
            self.assertEqual(sha256(disk / "file"), sha256(file))
            self.assertEqual(parts(disk), [])

    def test_up_20_a_client_gives_up_on_a_server_that_never_comes_back(self):
        if not scenario.long:
            self.skipTest("its pauses take 42 s: --long")
        self.large(self.here / "file", 16 * MIB)
        with self.serve() as server:
            client = self.client(server, "put", "file", "--limit-rate", MIB)
            self.assertTrue(eventually(lambda: parts(self.root)))
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait()
            said = client.communicate()[1].decode()
            self.saw(f"exit {client.returncode} after {time.monotonic() - began:.0f} s")
            self.assertEqual(client.returncode, 255, said)

    def test_up_21_names_that_clash_where_case_does_not_count_are_named(self):
        tree = {"README": b"large", "readme": b"small", "Docs/a": b"A", "docs/a": b"a",
                "docs/b": b"b", "Äpfel": b"AE", "äpfel": b"ae", "Straße": b"S", "straße": b"s"}
        for folder in self.root / "tree", self.here / "tree":
            for name, data in tree.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                os.utime(path, (1, 1))

        def whole(folder):
            """What of the tree is there, each file as it was; the others are named."""
            found = {str(path.relative_to(folder)): path.read_bytes()
                     for path in folder.rglob("*") if path.is_file()}
            self.assertEqual(found, {name: tree[name] for name in found})
            self.assertEqual(sorted(found), ["Docs/a", "README", "Straße", "Äpfel"])
            self.assertEqual(parts(folder), [])

        disk = self.disk(caseless_disk())
        with self.watch() as server:
            for _ in range(2):  # the second time all is there that can be
                code, said = self.run_client(server, "get", "-r", "tree", disk / "got")
                self.assertEqual(code, 1, said)
                for names in (("readme", "README"), ("docs", "Docs"), ("äpfel", "Äpfel"),
                              ("straße", "Straße")):
                    self.assertRegex(said, '{}: .*it is called "{}" there'.format(*names))
                whole(disk / "got")
        self.saw(said.splitlines()[0])
        shutil.rmtree(disk / "got")
        with self.serve(root=disk) as server:
            for _ in range(2):
                code, said = self.run_client(server, "put", "-r", "tree")
                self.assertEqual(code, 1, said)
                for names in (("readme", "README"), ("docs", "Docs"), ("docs/a", "Docs"),
                              ("straße", "Straße")):
                    self.assertRegex(said, 'tree/{}: .*it is called "{}" there'.format(*names))
                whole(disk / "tree")
            self.does(server, "put", "--force", "tree/README", "tree/README")
            with self.enter(server) as peer:
                answer = peer.put("tree/new", b"new", if_absent=True)
                self.assertEqual(answer["type"], "stored", answer)
                self.assertEqual(peer.put("TREE/new", b"other")["code"], "exists")
                self.assertEqual(peer.put("tree/NEW", b"other")["code"], "exists")
                self.assertEqual(peer.ask("mkdir", "Tree")["code"], "exists")
                self.assertEqual((disk / "tree/new").read_bytes(), b"new")
                for name in "Once/1", "Once/2":  # a folder that is known, ...
                    peer.put(name, b"x")
                for name in "Once/1", "Once/2", "Once":
                    self.assertEqual(peer.ask("remove", name)["type"], "removed")
                peer.ask("mkdir", "once/again")  # ... and is another by now
                self.assertEqual(peer.put("Once/1", b"other").get("code"), "exists")

    def test_up_22_many_files_are_replaced_soon_where_case_does_not_count(self):
        for number in range(1000):
            path = self.here / "many" / f"File {number}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x")
        with self.serve("--no-sync", root=self.disk(caseless_disk())) as server:
            took = []
            for _ in range(2):
                began = time.monotonic()
                self.does(server, "put", "-r", "--force", "many")
                took.append(time.monotonic() - began)
            self.saw(f"{took[0]:.1f} s, {took[1]:.1f} s")
            self.assertLess(took[1], 3 * took[0])

    def test_up_23_a_listing_without_an_end_comes_to_one(self):
        page = frame({"type": "listing", "more": True}, b"[" + b"1," * 999_999 + b"1]")
        with Liar(lambda header: page * 100) as server:
            code, said = self.run_client(server, "ls")
            self.saw(said.strip())
            self.assertEqual(code, 1, said)
            self.assertIn("too long", said)


if __name__ == "__main__":
    scenario.main()
