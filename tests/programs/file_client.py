# SPDX-License-Identifier: MIT
"""file_client, as it is used, and with servers that no one should trust."""

import contextlib
import json
import os
import pty
import random
import re
import signal
import socket
import stat
import subprocess
import time
import unittest

from helpers.file_case import Case, OneServer, contents, parts
from helpers.file_liar import Liar
from helpers.file_peer import FilePeer, sums, xxhash
from helpers.peer import frame
from helpers.program import environment, eventually, programs, run, scratch, wait_until_full
from helpers.proxy import Proxy

MIB = 1024 * 1024


def waits_for_input(pid):
    """Whether a process is inside read(0, ...)."""
    with open(f"/proc/{pid}/syscall", encoding="ascii") as call:
        return call.read().startswith("0 0x0 ")


def make_tree(top):
    """A folder with all that may be in one."""
    files = {
        "plain": b"hello", "empty": b"", "a b/c d": b"spaces", " x": b"a space in front",
        "中文/名字.txt": "中文".encode(), "y" * 255: b"a long name", "a/b/c/d/e/f/g/h": b"deep",
        ".hidden": b".", "-rf": b"-", "'\"$(x)`*?": b"quotes", "e\u0301": b"two", "\u00e9": b"one",
        "large": random.Random(7).randbytes(MIB + 1)}
    for number, (name, data) in enumerate(files.items()):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod([0o644, 0o755, 0o600, 0o400, 0o700][number % 5])
        os.utime(path, ns=(0, (1_600_000_000_123_456 + 1_000_001 * number) * 1000))
    for name in ["nothing", "中文/无", "n/o/t/h/i/n/g"]:
        (top / name).mkdir(parents=True)
    return top


def tree(top):
    """What is below a folder: bytes, permissions and times of files, None for all else."""
    found = {}
    for name, data in contents(top).items():
        status = os.lstat(os.path.join(top, name))
        found[name] = data is not None and (
            data, oct(stat.S_IMODE(status.st_mode)), round(status.st_mtime_ns / 1000))
    return found


class Clients(Case):
    """Has a folder `here`, in which the client runs."""

    def setUp(self):
        super().setUp()
        self.here = self.outside.parent / "here"
        self.here.mkdir()

    def file(self, name, data=b"hello", mtime=1_234_567_890.125):
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (mtime, mtime))
        return path

    def client(self, *words, address=None, **options):
        return run("file_client", address or self.server.address, *words, cwd=self.here, **options)

    def does(self, *words, **options):
        """A run that must do it all. Returns: what it prints."""
        result = self.client(*words, **options)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result.stdout

    def fails(self, *words, code=1, says="", **options):
        """A run that must not. Returns: what it says."""
        result = self.client(*words, **options)
        said = result.stderr.decode()
        self.assertEqual(result.returncode, code, said)
        self.assertIn(says, said)
        self.assertTrue(said)
        self.assertNotRegex(said, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
        return said

    def events(self, *words):
        """What --json says of each file, and the lines themselves."""
        lines = [json.loads(line) for line in self.does(*words, "--json").splitlines()]
        return {line["name"]: line["event"] for line in lines if "name" in line}, lines

    def background(self, *words, address=None, stdin=subprocess.DEVNULL):
        client = subprocess.Popen(
            [os.path.join(programs, "file_client"), address or self.server.address, *words],
            cwd=self.here, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment)
        self.addCleanup(lambda: (client.kill(), client.__exit__(None, None, None)))
        return client

    def wait_for_part(self, folder, least=MIB):
        self.assertTrue(eventually(lambda: any(
            part.stat().st_size >= least for part in parts(folder))), "a part grows")


class Use(Clients, OneServer):
    """What a user types."""

    def test_a_put_goes_where_it_is_told(self):
        (self.root / "there").mkdir()
        for name in ["a.txt", "x/b.txt"]:
            self.file(name)
        for words, stored in {
                "a.txt": ["a.txt"], "x/b.txt": ["b.txt"], "./a.txt": ["a.txt"],
                "a.txt c": ["c"], "a.txt d/e": ["d/e"], "a.txt there": ["there/a.txt"],
                "a.txt there/": ["there/a.txt"], "a.txt new/": ["new/a.txt"],
                "a.txt x/b.txt more": ["more/a.txt", "more/b.txt"],
                "--force a.txt g": ["g"], "a.txt h --force": ["h"], "-- a.txt i": ["i"]}.items():
            with self.subTest(words):
                self.does("put", *words.split())
                for name in stored:
                    self.assertEqual(self.read(name), b"hello")

    def test_options_may_come_in_front_of_the_command(self):
        self.file("a")
        self.does("--token-file", scratch.name + "/framing-token", "put", "a", "b")
        self.assertEqual(self.read("b"), b"hello")
        self.does("--token-file", scratch.name + "/framing-token", "ls")

    def test_a_get_goes_where_it_is_told(self):
        for name in ["a.txt", "x/b.txt"]:
            self.write(name, b"hello")
        (self.here / "there").mkdir()
        for words, made in {"a.txt": "a.txt", "x/b.txt": "b.txt", "a.txt c": "c",
                            "a.txt there": "there/a.txt", "x/b.txt there/": "there/b.txt",
                            "a.txt new/": "new/a.txt"}.items():
            with self.subTest(words):
                self.does("get", *words.split())
                self.assertEqual((self.here / made).read_bytes(), b"hello")

    def test_standard_streams_are_files(self):
        data = random.Random(1).randbytes(3 * MIB + 1)
        for some in [data, b""]:
            self.does("put", "-", "a", stdin=some)
            self.assertEqual(self.read("a"), some)
            self.assertEqual(self.does("get", "a", "-"), some)
        self.fails("put", "-", code=2)

    def test_a_tree_goes_there_and_comes_back(self):
        make_tree(self.here / "my tree")
        before = tree(self.here / "my tree")
        for words, name in [(["my tree"], "my tree"), (["my tree/"], "my tree"),
                            (["my tree", "d/e"], "d/e"), (["./my tree/", "f"], "f")]:
            with self.subTest(words):
                self.does("put", "-r", *words)
                self.assertEqual(tree(self.root / name), before)
        self.does("get", "-r", "d/e")
        self.does("get", "d/e", "copy", "-r")
        for name in ["e", "copy"]:
            self.assertEqual(tree(self.here / name), before)
        self.assertEqual(parts(self.here) + parts(self.root), [])

    def test_a_folder_is_taken_with_r_only(self):
        self.file("d/a")
        self.fails("put", "d", says="d")
        self.assertEqual(contents(self.root), {})
        self.write("e/b")
        self.fails("get", "e", says="e")
        self.assertNotIn("e", contents(self.here))

    def test_what_has_not_changed_is_not_sent_again(self):
        make_tree(self.here / "t")
        for words, target in [(["put", "-r", "t"], self.root / "t"),
                              (["get", "-r", "t", "u"], self.here / "u")]:
            with self.subTest(words):
                seen, lines = self.events(*words)
                done = "stored" if words[0] == "put" else "got"
                files = [name for name, data in contents(target).items() if data is not None]
                self.assertEqual(list(seen.values()).count(done), len(files))
                inodes = {name: os.stat(target / name).st_ino for name in files}
                seen, lines = self.events(*words)
                self.assertEqual(list(seen.values()).count("skipped"), len(files))
                self.assertEqual(lines[-1]["event"], "summary")

                large = target / "large"
                os.utime(large, (1, 1))
                self.does(*words)
                changed = {name for name in files if os.stat(target / name).st_ino != inodes[name]}
                self.assertEqual(changed, {"large"})
                self.assertEqual(tree(target), tree(self.here / "t"))
                self.does(*words, "--force")
                self.assertTrue(all(os.stat(target / name).st_ino != inodes[name]
                                    for name in files if name != "large"))

    def test_a_checksum_sees_what_times_hide(self):
        for there, back, first in [(["put", "a"], self.root / "a", b"hello"),
                                   (["get", "b"], self.here / "b", b"world")]:
            with self.subTest(there):
                self.file("a", first)
                self.write("b", first)
                os.utime(self.root / "b", (1_234_567_890.125,) * 2)
                self.does(*there)
                times = os.stat(back).st_mtime_ns
                back.write_bytes(b"other")
                os.utime(back, ns=(times, times))
                self.does(*there)
                self.assertEqual(back.read_bytes(), b"other", "it looks unchanged")
                self.does(*there, "--checksum")
                self.assertEqual(back.read_bytes(), first)
                inode = os.stat(back).st_ino
                os.utime(back, (1, 1))
                self.does(*there, "--checksum")
                self.assertEqual(os.stat(back).st_ino, inode, "its sum is the same")

    def test_a_file_that_is_newer_there_is_replaced_too(self):
        self.file("a", b"mine")
        self.write("a", b"theirs")
        self.does("put", "a")
        self.assertEqual(self.read("a"), b"mine")

    def test_sums_are_printed(self):
        self.file("a b", b"hello")
        sum = sums(b"hello")["sha256"]
        self.assertEqual(self.does("put", "--print-sum", "a b").decode(), f"{sum}  a b\n")
        self.assertEqual(self.does("sum", "a b").decode(), f"{sum}  a b\n")
        self.assertEqual(self.does("get", "--print-sum", "a b", "c").decode().split("  ")[0], sum)
        if xxhash():
            sum = sums(b"hello", "xxh128")["xxh128"]
            self.assertEqual(self.does("sum", "a b", "--sum", "xxh128").decode(), f"{sum}  a b\n")
            out = self.does("put", "--sum", "xxh128", "--print-sum", "--force", "a b")
            self.assertEqual(out.decode(), f"{sum}  a b\n")

    def test_other_sums_will_do(self):
        self.file("a", b"hello" * 100_000)
        for kind in ["sha256", "xxh128", "none"]:
            with self.subTest(kind):
                self.does("put", "--sum", kind, "a", kind)
                self.does("get", "--sum", kind, kind)
                self.assertEqual((self.here / kind).read_bytes(), b"hello" * 100_000)
        self.fails("put", "--sum", "md5", "a", code=2)

    def test_holes_stay_holes(self):
        with open(self.here / "a", "wb") as file:
            file.truncate(64 * MIB)
            os.pwrite(file.fileno(), b"x" * 5000, 3 * MIB)
            os.pwrite(file.fileno(), b"y", 40 * MIB)
        self.does("put", "a")
        self.does("get", "a", "b")
        for path in [self.root / "a", self.here / "b"]:
            self.assertLess(os.stat(path).st_blocks * 512, MIB)
            self.assertEqual(path.read_bytes(), (self.here / "a").read_bytes())

    def test_links_and_devices_are_left_out_and_named(self):
        self.file("t/d/a", b"a")
        self.file("secret", b"secret")
        for name, target in [("in", "d/a"), ("up", "../secret"), ("folder", "d"),
                             ("dangling", "none"), ("out", self.here / "secret"), ("loop", ".")]:
            os.symlink(target, self.here / "t" / name)
        os.mkfifo(self.here / "t/fifo")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.fspath(self.here / "t/socket"))
        result = self.client("put", "-r", "t")
        for name in ["in", "up", "folder", "dangling", "out", "loop", "fifo", "socket"]:
            self.assertIn(f"/{name} is left out", result.stderr.decode())
        self.assertEqual(contents(self.root), {"t": None, "t/d": None, "t/d/a": b"a"})
        os.unlink(self.here / "t/loop")
        result = self.client("put", "-L", "-r", "t", "u")
        self.assertEqual({name: data for name, data in contents(self.root / "u").items() if data},
                         {"d/a": b"a", "in": b"a", "folder/a": b"a"})
        for name in ["up", "dangling", "out", "fifo"]:
            self.assertIn(f"/{name} is left out", result.stderr.decode())

    def test_a_loop_of_links_ends(self):
        self.file("t/a", b"a")
        os.symlink(".", self.here / "t/loop")
        os.symlink("../t", self.here / "t/again")
        self.client("put", "-L", "-r", "t")
        self.assertEqual(self.read("t/a"), b"a")

    def test_links_of_a_server_are_left_out_and_named(self):
        self.write("d/a", b"a")
        os.symlink("a", self.root / "d/link")
        result = self.client("get", "-r", "d")
        self.assertIn("link", result.stderr.decode())
        self.assertEqual(contents(self.here), {"d": None, "d/a": b"a"})

    def test_a_folder_is_listed(self):
        self.write("d/b c", b"hello", 0o640)
        os.utime(self.root / "d/b c", (1_234_567_890.5,) * 2)
        self.write("d/a/x")
        self.write("d/\x1b[2J\u202e", b"x")
        lines = self.does("ls", "d").decode().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertNotRegex("".join(lines), "[\x00-\x1f\x7f-\x9f\u202e]")
        self.assertRegex(lines[1], r" a/?\Z")
        local = time.strftime("%Y-%m-%d %H:%M", time.localtime(1_234_567_890))
        self.assertRegex(lines[2], rf"\A-rw-r----- .*\b5\b.*{local}.* b c\Z")
        entries = [json.loads(line) for line in self.does("ls", "--json", "d").splitlines()]
        self.assertEqual([entry["name"] for entry in entries], ["\x1b[2J\u202e", "a", "b c"])
        self.assertEqual({key: entries[2][key] for key in ["kind", "size", "mode", "mtime"]},
                         {"kind": "file", "size": 5, "mode": 0o640, "mtime": 1_234_567_890.5})
        self.assertEqual(self.does("ls").decode().count("\n"), 1)
        self.fails("ls", "none", says="none")

    def test_folders_are_made_and_things_removed(self):
        self.does("mkdir", "a/b", "c")
        self.assertEqual(contents(self.root), {"a": None, "a/b": None, "c": None})
        self.fails("rm", "a", says="a")
        self.write("d", b"x")
        self.assertIn("none", self.fails("rm", "c", "none", "d"))
        self.assertEqual(contents(self.root), {"a": None, "a/b": None})

    def test_what_is_there_is_told(self):
        self.write("a", b"hello")
        self.assertIn(b"5", self.does("stat", "a"))
        self.fails("stat", "none", says="none")
        self.fails("sum", "none", says="none")

    def test_one_that_fails_is_named_and_the_others_are_sent(self):
        for name in ["a", "x:y", "con", "b"]:
            self.file(f"t/{name}")
        with open(os.fsencode(self.here) + b"/t/\xff", "wb"):
            pass
        said = self.fails("put", "-r", "t")
        for name in ["x:y", "con"]:
            self.assertRegex(said, rf"(?m)^file_client: .*{name}.*: .")
        self.assertEqual(set(contents(self.root)), {"t", "t/a", "t/b"})
        self.fails("put", "t/a", "none", "d", says="none")
        self.assertIn("d/a", contents(self.root))
        self.fails("get", "none", says="none")
        self.fails("put", "t/a", "../x", says="../x")
        self.write("d/bad:name", b"x")
        self.fails("get", "-r", "d", says="bad:name")
        with open(os.fsencode(self.root) + b"/d/caf\xe9", "wb"):
            pass
        self.fails("get", "-r", "d", says="d/caf\ufffd is left out")
        self.assertEqual((self.here / "d/a").read_bytes(), b"hello")

    def test_a_summary_and_events_tell_what_was_done(self):
        for name in ["a", "b", "x:y"]:
            self.file(f"t/{name}")
        os.symlink("a", self.here / "t/link")
        self.does("put", "t/a", "t/a")
        result = self.client("put", "-r", "t", "--json")
        self.assertEqual(result.returncode, 1)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        seen = {(line["event"], line.get("name")) for line in lines}
        self.assertLessEqual({("skipped", "t/a"), ("stored", "t/b"), ("failed", "t/x:y"),
                              ("left_out", "t/link")}, seen)
        self.assertEqual(lines[-1]["event"], "summary")
        said = result.stderr.decode().splitlines()[-1]
        self.assertRegex(said, r"\b1 sent.* 1 unchanged, 1 left out, 1 failed")
        self.assertEqual(self.does("put", "t/b", "new"), b"", "without --json")

    def test_a_rate_is_kept_to(self):
        self.file("a", bytes(range(256)) * 4096)
        for words in [["put", "a"], ["get", "a", "b"]]:
            began = time.monotonic()
            self.does(*words, "--limit-rate", f"{MIB}")
            self.assertTrue(0.5 < time.monotonic() - began < 4)

    def test_bad_usage_is_told(self):
        self.file("a")
        for words in [[], ["put"], ["get"], ["rm"], ["mkdir"], ["stat"], ["sum"], ["nonsense"],
                      ["put", "--nonsense", "a"], ["put", "a", "--limit-rate", "-1"]]:
            with self.subTest(words):
                self.fails(*words, code=2)

    def test_nobody_there_is_told_at_once(self):
        for address in ["127.0.0.1:1", "unix:/no/such/socket"]:
            began = time.monotonic()
            self.fails("ls", code=255, address=address)
            self.assertLess(time.monotonic() - began, 10)

    def test_a_wrong_token_is_refused(self):
        self.file("token", b"0" * 64).chmod(0o600)
        self.fails("--token-file", "token", "ls", says="token")

    def on_terminal(self, *words):
        """What a run that takes a while shows on one."""
        ours, theirs = pty.openpty()
        client = subprocess.Popen(
            [os.path.join(programs, "file_client"), self.server.address, *words,
             "--limit-rate", str(2 * MIB)], cwd=self.here, stderr=theirs, env=environment)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 4096):
                shown += piece
        os.close(ours)
        self.assertEqual(client.wait(20), 0)
        return shown

    def test_progress_is_shown_on_a_terminal_only(self):
        self.file("a", bytes(2 * MIB))
        self.assertEqual(self.client("put", "a").stderr, b"")
        shown = self.on_terminal("put", "--force", "a")
        self.assertRegex(shown, rb"a\b.*\d+ ?%")
        self.assertIn(b"\r", shown)
        self.assertLess(shown.count(b"%"), 40)

    def test_progress_is_that_of_the_bytes_that_are_moved(self):
        with open(self.file("a"), "r+b") as file:
            os.pwrite(file.fileno(), bytes([1]) * 2 * MIB, 200 * MIB)
        for words in [["put", "a"], ["get", "a", "b"]]:
            with self.subTest(words[0]):
                shares = [int(share) for share in re.findall(rb"(\d+)%", self.on_terminal(*words))]
                self.assertGreater(max(shares), 50)


    def test_sums_are_compared_of_all_that_is_in_folders(self):
        for name in ["d/a", "d/below/b"]:
            self.file(name)
        self.does("put", "-r", "d")
        self.write("d/0", b"new there")
        for path in (self.here / "d").rglob("?"):
            os.utime(path, (1, 1))
        for words in [["put", "-r", "d"], ["get", "-r", "d"]]:
            with self.subTest(words[0]):
                events, _ = self.events(*words, "--checksum")
                self.assertEqual([events["d/a"], events["d/below/b"]], ["skipped"] * 2)

    def test_what_is_no_file_here_is_not_replaced(self):
        self.write("a", b"hello")
        os.mkfifo(self.here / "pipe")
        self.fails("get", "a", "pipe", says="no regular file")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.here / "pipe").st_mode))

    def test_a_folder_is_got_into_this_one_or_the_one_above(self):
        self.write("d/a", b"hello")
        (self.here / "below").mkdir()
        self.does("get", "-r", "d", ".")
        self.assertEqual((self.here / "a").read_bytes(), b"hello")
        self.does("get", "-r", "d", "below/..", "--force")
        self.assertEqual((self.here / "a").read_bytes(), b"hello")

    def test_the_root_is_called_a_dot(self):
        self.write("d/a", b"hello")
        self.does("get", "-r", ".", "all")
        self.assertEqual((self.here / "all/d/a").read_bytes(), b"hello")
        self.assertEqual(self.does("ls", "."), self.does("ls"))
        self.assertEqual(self.does("get", "./d/a", "-"), b"hello")
        self.fails("get", ".", "-", says="file_client: .: it is a folder")
        self.file("b")
        self.file("c")
        self.does("put", "b", ".")
        self.does("put", "b", "c", "./d")
        self.does("put", "-r", "all", ".")
        for name in "b", "d/b", "d/c", "all/d/a":
            self.assertEqual(self.read(name), b"hello")

    def test_names_that_cannot_be_said_are_failures_of_their_own(self):
        self.write("a", b"hello")
        self.file("a")
        for name in [b"\xff", b"x" * 70_000]:
            with self.subTest(name[:2]):
                self.fails("get", name, "a", "there/")
                self.assertEqual((self.here / "there/a").read_bytes(), b"hello")
                self.fails("put", "a", name)
                self.fails("rm", name)

    def test_what_waits_for_others_can_be_interrupted(self):
        self.write("a", bytes(8 * MIB))
        for words in [["put", "-", "x"], ["get", "a", "-"]]:
            with self.subTest(words):
                client = self.background(*words, stdin=subprocess.PIPE)
                if words[0] == "get":
                    wait_until_full(client.stdout)
                else:
                    self.assertTrue(eventually(lambda: waits_for_input(client.pid)))
                client.send_signal(signal.SIGINT)
                self.assertIn(client.wait(10), (130, -signal.SIGINT))

    def test_a_file_that_does_not_say_its_size_is_not_taken_for_empty(self):
        self.fails("put", "/proc/self/status", says="more bytes")


class Breaks(Clients):
    """What is on the way when something ends."""

    data = random.Random(11).randbytes(24 * MIB)  # more than sockets hold
    slowly = ["--limit-rate", str(24 * MIB)]

    def setUp(self):
        super().setUp()
        self.server = self.start()

    def both_ways(self, test):
        """Has a test done with the words of each way, and with what they make; it is whole then."""
        self.file("a", self.data)
        self.write("b", self.data)
        os.utime(self.root / "b", (1_234_567_890.125,) * 2)
        for words, made in [(["put", "a"], self.root / "a"), (["get", "b"], self.here / "b")]:
            with self.subTest(words[0]):
                test(words, made)
                self.assertEqual(made.read_bytes(), self.data)
                self.assertEqual(os.stat(made).st_mtime, 1_234_567_890.125)
                self.assertEqual(parts(made.parent), [])

    def finish(self, client):
        """Returns: what it has said."""
        _, said = client.communicate(timeout=40)
        self.assertEqual(client.returncode, 0, said.decode())
        return said.decode()

    def test_a_network_that_breaks_again_and_again_is_survived(self):
        with Proxy(self.server.address, cut=(0.3, 0.5)) as proxy:
            def test(words, _):
                cuts = proxy.cuts
                said = self.finish(self.background(*words, *self.slowly, address=proxy.address))
                self.assertTrue(said)
                self.assertGreater(proxy.cuts, cuts)

            self.both_ways(test)

    def test_a_server_that_is_killed_is_waited_for(self):
        def test(words, made):
            client = self.background(*words, "--json", *self.slowly)
            self.wait_for_part(made.parent)
            self.kill(self.server)
            self.server = self.start(listen=self.server.address)
            out, said = client.communicate(timeout=40)
            self.assertEqual(client.returncode, 0, said.decode())
            self.assertIn("resumed", [json.loads(line)["event"] for line in out.splitlines()])
            self.assertTrue(said)

        self.both_ways(test)

    def test_a_file_in_a_folder_that_was_made_for_it_goes_on_where_it_was(self):
        (self.root / "d").mkdir()
        self.write("d/b", self.data)
        client = self.background("get", "-r", "d", "--json", *self.slowly)
        self.wait_for_part(self.here / "d")
        self.kill(self.server)
        self.server = self.start(listen=self.server.address)
        out, said = client.communicate(timeout=40)
        self.assertEqual(client.returncode, 0, said.decode())
        self.assertIn("resumed", [json.loads(line)["event"] for line in out.splitlines()])
        self.assertEqual((self.here / "d" / "b").read_bytes(), self.data)

    def test_a_put_that_is_refused_after_a_break_ends_as_any_other(self):
        self.file("a", self.data[:900 * 1024])  # a server passes over as much
        self.file("b")
        client = self.background("put", "a", "b", "d", "--limit-rate", "400K")
        self.wait_for_part(self.root, 1)
        self.kill(self.server)
        self.server = self.start("--max-size", "1K", listen=self.server.address)
        said = client.communicate(timeout=40)[1].decode()
        self.assertEqual(client.returncode, 1, said)
        self.assertRegex(said, "(?m)^file_client: d/a: .*921600 bytes")
        self.assertEqual(self.read("d/b"), b"hello")

    def test_an_interrupt_keeps_what_is_there_for_the_next_time(self):
        def test(words, made):
            client = self.background(*words, *self.slowly)
            self.wait_for_part(made.parent)
            client.send_signal(signal.SIGINT)
            said = client.communicate(timeout=20)[1].decode()
            self.assertEqual(client.returncode, 130, said)
            self.assertEqual(said.count("\n"), 1, said)
            self.assertFalse(made.exists())
            self.assertEqual(len(parts(made.parent)), 1)
            out = self.does(*words, "--json")
            self.assertIn("resumed", [json.loads(line)["event"] for line in out.splitlines()])

        self.both_ways(test)

    def test_a_client_that_is_killed_goes_on_the_next_time(self):
        def test(words, made):
            client = self.background(*words, *self.slowly)
            self.wait_for_part(made.parent)
            client.kill()
            client.communicate()
            self.assertFalse(made.exists())
            out = self.does(*words, "--json")
            self.assertIn("resumed", [json.loads(line)["event"] for line in out.splitlines()])

        self.both_ways(test)

    def test_a_file_that_is_another_the_next_time_is_sent_from_the_start(self):
        other = self.data[::-1]
        self.file("a", other, mtime=1)
        self.write("b", other)
        for words, made in [(["put", "a"], self.root / "a"), (["get", "b"], self.here / "b")]:
            with self.subTest(words):
                client = self.background(*words, *self.slowly)
                self.wait_for_part(made.parent)
                client.kill()
                client.communicate()
                self.file("a", self.data)
                self.write("b", self.data)
                self.does(*words)
                self.assertEqual(made.read_bytes(), self.data)

    def test_a_part_that_lies_is_found_out(self):
        def test(words, made):
            client = self.background(*words, *self.slowly)
            self.wait_for_part(made.parent)
            client.kill()
            client.communicate()
            part, = parts(made.parent)
            with open(part, "r+b") as file:
                file.write(b"lies")
            self.client(*words)  # which may fail, but only once
            self.does(*words)

        self.both_ways(test)

    def test_a_part_that_another_writes_is_not_mixed_with_ours(self):
        mtime = os.stat(self.file("a", self.data)).st_mtime
        with FilePeer(self.server.address) as peer:
            peer.begin("a", len(self.data), self.data[:MIB], mtime=mtime)
            peer.hang_up()
        with FilePeer(self.server.address) as peer:
            peer.begin("a", len(self.data), offset=MIB, mtime=mtime)
            client = self.background("put", "a")
            self.assertTrue(client.stderr.readline(), "it says why it waits")
            peer.hang_up()
        self.finish(client)
        self.assertEqual(self.read("a"), self.data)

    def test_a_target_stays_as_it_is_until_the_new_one_is_whole(self):
        def test(words, made):
            made.write_bytes(b"old")
            client = self.background(*words, *self.slowly)
            self.wait_for_part(made.parent)
            self.assertEqual(made.read_bytes(), b"old")
            self.finish(client)

        self.both_ways(test)

    def test_a_server_that_says_goodbye_is_waited_for(self):
        def test(words, made):
            client = self.background(*words, *self.slowly)
            self.wait_for_part(made.parent)
            self.stop(self.server)
            self.server = self.start(listen=self.server.address)
            self.finish(client)

        self.both_ways(test)


def error(code, message="no"):
    return frame({"type": "error", "code": code, "message": message})


class Lies(Clients):
    """Servers that no one should trust."""

    def ask(self, answers, *words, code=1, **options):
        """A run with a server that has a file and answers some types of request otherwise."""
        def answer(header):
            made = answers.get(header.get("type"))
            if callable(made):
                made = made(header)
            if made is not None:
                return made
            return {"stat": self.there(header), "put": b""}.get(header["type"], error("not_found"))

        with Liar(answer) as server:
            self.requests = server.requests
            return self.fails(*words, code=code, address=server.address, **options)

    def there(self, header):
        return frame({"type": "stat", "name": header["name"], "exists": True, "kind": "file",
                      "size": 5, "mtime": 7, "mode": 0o644, "partial": 0})

    def giver(self, **members):
        """A server of one file."""
        return Liar(lambda header: self.sends(**members) if header["type"] == "get" else
                    self.there(header))

    def sends(self, body=b"hello", end=None, **members):
        """A file as an answer."""
        header = {"type": "file", "name": "a", "offset": 0, "size": 5, "mtime": 7, "mode": 0o644,
                  "body_size": len(body), **members}
        return frame(header) + body + frame({"type": "file_end", **(end or sums(b"hello"))})

    def test_the_server_of_this_test_can_be_believed(self):
        with self.giver() as server:
            self.does("get", "a", address=server.address)
        self.assertEqual((self.here / "a").read_bytes(), b"hello")

    def test_what_has_to_be_asked_for_again_waits_for_other_answers(self):
        entries = [{"name": name, "kind": "file", "size": 5, "mtime": 7} for name in "abc"]
        for code in ["changed", "bad_offset"]:
            refusals = [error(code)]

            def answer(header):
                if header["type"] == "list":
                    return frame({"type": "listing"}, json.dumps(entries).encode())
                if header["type"] == "get":
                    return refusals.pop() if refusals else self.sends()
                kind = "directory" if header["name"] == code else "file"
                return frame({"type": "stat", "exists": True, "size": 5, "mtime": 7, "kind": kind})

            with self.subTest(code), Liar(answer) as server:
                self.does("get", "-r", code, address=server.address)
                self.assertEqual(set(contents(self.here / code)), set("abc"))

    def test_a_file_that_is_not_what_it_says_is_not_kept(self):
        (self.here / "a").write_bytes(b"old")
        for name, answer in {
                "another sum": self.sends(end=sums(b"hallo")),
                "no sum": self.sends(end={"other": 1}),
                "a sum that is none": self.sends(end={"sha256": 7}),
                "more than asked": self.sends(b"hello, world"),
                "less than said": self.sends(b"hel"),
                "another offset": self.sends(b"lo", offset=3),
                "a size below zero": self.sends(size=-1),
                "a size that is none": self.sends(size="5"),
                "data outside": self.sends(data=[[3, 5]]),
                "data before": self.sends(data=[[-5, 5]]),
                "data backwards": self.sends(data=[[4, 1], [0, 4]]),
                "data of another size": self.sends(data=[[0, 3]]),
                "data that is none": self.sends(data=7),
                "another type": frame({"type": "gift"}, b"hello"),
                "no type": frame({"no": "type"}),
                "a directory": frame({"type": "listing"}, b"[]"),
                "an end without a file": frame({"type": "file_end", **sums(b"hello")}),
                "a change": self.sends()[:-90].partition(b"hello")[0] + b"hello" +
                            error("changed")}.items():
            with self.subTest(name):
                self.ask({"get": answer}, "get", "a")
                self.assertEqual((self.here / "a").read_bytes(), b"old")
        self.ask({"get": self.sends(end=sums(b"hallo"))}, "get", "a", "-")

    def test_numbers_that_cannot_be_end_nothing_but_the_file(self):
        for members in [{"mtime": 1e300}, {"mtime": -1e300}, {"mtime": "now"}, {"mode": "rw"},
                        {"mode": 2**40}, {"mtime": None}]:
            with self.subTest(members), self.giver(**members) as server:
                result = self.client("get", "a", "b", address=server.address)
                self.assertIn(result.returncode, (0, 1), result.stderr)

    def test_permissions_that_harm_are_not_taken(self):
        with self.giver(mode=0o7777) as server:
            self.does("get", "a", address=server.address)
        self.assertEqual(stat.S_IMODE(os.stat(self.here / "a").st_mode) & 0o7022, 0)

    def test_names_that_lead_elsewhere_are_not_written(self):
        names = ["../evil", "/tmp/evil-of-a-test", "..", ".", "", "a/b", "a/../../evil", "x\0y",
                 "\x1b[2J", ".framing-part-0", 7, None, "x" * 300, "中" * 100, "a\nb"]
        entries = [{"name": name, "kind": kind, "size": 5, "mtime": 7, "mode": 0o644}
                   for name in names for kind in ["file", "directory"]]
        good = {"name": "good", "kind": "file", "size": 5, "mtime": 7, "mode": 0o644}

        def listing(header):
            return frame({"type": "listing"}, json.dumps(
                [*entries, good] if header["name"] == "d" else []).encode())

        def folder(header):
            return frame({"type": "stat", "name": header["name"], "exists": True,
                          "kind": "directory" if header["name"] == "d" else "file", "size": 5,
                          "mtime": 7, "mode": 0o755, "partial": 0})

        (self.here / "new").mkdir()
        said = self.ask({"list": listing, "get": self.sends(), "stat": folder},
                        "get", "-r", "d", "new/d")
        self.assertIn("../evil", said)
        found = contents(self.here.parent)
        allowed = {"here", "here/new", "here/new/d", "here/new/d/good", "outside", "root",
                   "outside/secret"}
        self.assertLessEqual(set(found) - {f"here/new/d/{name}" for name in ["\x1b[2J", "a\nb"]},
                             allowed)
        self.assertFalse(os.path.lexists("/tmp/evil-of-a-test"))

    def test_a_folder_in_a_folder_for_ever_comes_to_an_end(self):
        def listing(_):
            return frame({"type": "listing"}, json.dumps(
                [{"name": "d" * 100, "kind": "directory", "size": 0, "mtime": 0,
                  "mode": 0o755}]).encode())

        def folder(header):
            return frame({"type": "stat", "name": header["name"], "exists": True, "size": 0,
                          "kind": "directory", "mtime": 0, "mode": 0o755, "partial": 0})

        self.ask({"list": listing, "stat": folder}, "get", "-r", "d")
        self.assertLess(len(self.requests), 200)

    def test_a_listing_that_is_none_is_named(self):
        for body in [b"", b"x", b"{}", b"7", b"[" * 100_000, b"\xff"]:
            with self.subTest(body[:10]):
                self.ask({"list": frame({"type": "listing"}, body)}, "ls")

    def test_an_entry_that_is_none_ends_nothing(self):
        for body in [b"[7]", b"[[]]", b'[{"name":"a"}]', b'[{"name":["a"],"kind":"file"}]',
                     b'[{"name":"a","kind":7,"size":"x","mtime":{},"mode":[]}]']:
            with self.subTest(body), Liar(lambda _: frame({"type": "listing"}, body)) as server:
                result = self.client("ls", address=server.address)
                self.assertIn(result.returncode, (0, 1), result.stderr)
                self.assertLessEqual(result.stdout.count(b"\n"), 1)

    def test_what_a_server_says_does_nothing_to_the_terminal(self):
        message = "no\x1b[2J\x9b31m\x7f\u202e\nroot#"
        for words in [["get", "a"], ["ls"], ["rm", "a"], ["mkdir", "a"], ["sum", "a"]]:
            with self.subTest(words):
                said = self.ask({kind: error("io_error", message) for kind in
                                 ["get", "list", "remove", "mkdir", "sum", "stat"]}, *words)
                self.assertNotIn("\u202e", said)
                self.assertNotRegex(said, "(?m)^root")

    def test_an_answer_in_the_middle_of_a_file_is_no_success(self):
        self.file("a", bytes(32 * MIB))
        nothing = frame({"type": "stat", "name": "a", "exists": False, "size": 0, "mtime": 0,
                         "partial": 0})
        for answer in [frame({"type": "gift"}), frame({"type": "stored", "name": "a", "size": 1})]:
            for _ in range(3):
                self.ask({"stat": nothing + answer}, "put", "a")

    def test_a_put_that_is_not_stored_is_not_taken_for_it(self):
        self.file("a", b"hello")
        nothing = frame({"type": "stat", "name": "a", "exists": False, "size": 0, "mtime": 0,
                         "partial": 0})
        for name, answer in {
                "another sum": frame({"type": "stored", "name": "a", "size": 5, **sums(b"x")}),
                "another size": frame({"type": "stored", "name": "a", "size": 4, **sums(b"hello")}),
                "no sum": frame({"type": "stored", "name": "a", "size": 5}),
                "another type": frame({"type": "removed", "name": "a"}),
                "an error": error("no_space", "full")}.items():
            with self.subTest(name):
                self.ask({"stat": nothing, "put_end": answer}, "put", "a")
        for partial in [-1, 6, 2**63, "5", 1.5]:
            with self.subTest(partial=partial):
                part = frame({"type": "stat", "name": "a", "exists": False, "size": 0, "mtime": 0,
                              "partial": partial})
                self.ask({"stat": part, "put_end": error("bad_offset")}, "put", "a")

    def test_an_interrupt_ends_it_whatever_the_server_does_not_say(self):
        self.file("a", b"hello")
        for words in [["ls"], ["put", "a"], ["get", "b"]]:
            with self.subTest(words), Liar(lambda _: b"") as server:
                client = self.background(*words, address=server.address)
                self.assertTrue(eventually(lambda: server.requests))
                client.send_signal(signal.SIGINT)
                self.assertIn(client.wait(20), (130, -signal.SIGINT))  # a shell says 130 of both


if __name__ == "__main__":
    unittest.main()
