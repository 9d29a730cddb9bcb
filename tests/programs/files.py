# SPDX-License-Identifier: MIT
"""file_server, by a peer that is written by hand."""

import contextlib
import os
import pathlib
import random
import shutil
import socket
import stat
import threading
import time
import unittest

from helpers.file_case import Case, OneServer, contents, parts
from helpers.file_peer import ALL_KINDS, FilePeer, sums, xxhash
from helpers.peer import frame
from helpers.program import eventually, run, scratch
from helpers.server import Server

MIB = 1024 * 1024

REFUSED_NAMES = {
    "outside_root": [
        "..", "../x", "a/..", "a/../x", "a/../../x", "/", "/etc/passwd", "//etc/passwd"],
    "bad_request": [
        "", ".", "./x", "a/./x", "a/.", "a//x", "a/", "...", "x.", "x ", "a./x", "a /x",
        "a\0x", "a\nx", "a\x1bx", "a\x7fx", "..\\x", "\\\\host\\x", "C:\\x", "C:x", "x:y",
        "CON", "con", "nul.txt", "Aux", "prn.tar.gz", "a/COM1", "com0", "LPT9.x", "lpt1/x",
        ".framing-part-", "a/.framing-part-x", ".framing-part-x/a",
        "x" * 256, "中" * 86, "a/" + "x" * 256, "/".join(["x" * 204] * 5) + "y", "x" * 5000]}

NAMES = ["a b", " a", "中文 名字.txt", "e\u0301", "\u00e9", "x" * 255, "中" * 85, "-rf", "~",
         ".hidden", "..a", "a..b", "a.b.c", "'\"$(x)`*?", "%2e%2e", "CONSOLE", "com10", "nul_",
         "LPT", ".framing-par", "/".join(["x" * 204] * 5), "a/b/c/d/e/f/g"]

WRONG_MEMBERS = {
    "name": [7, None, ["a"]],
    "offset": [-1, 4, 1.5, "0"],
    "size": [-1, 2.5, "3", 2**63, None],
    "body_size": [0, 2, 4],
    "sum": ["md5", 7],
    "mtime": ["now", [1]],
    "mode": ["rw", 1.5, -1],
    "if_absent": ["yes"],
    "data": [7, [7], [[0]], [[0, 1, 2]], [[0, 4]], [[2, 2]], [[-1, 3]], [["0", 3]], [[0, 2]],
             [[0, 2], [1, 1]], [[2, 1], [0, 2]], [[0, 2**64]], [[0, 1]] * 300]}


class Messages(OneServer):
    """file_server, as a stranger's program talks to it."""

    def test_a_file_comes_and_goes_byte_for_byte(self):
        for size in [0, 1, 65535, 65536, 65537, MIB + 3, 20 * MIB]:
            with self.subTest(size):
                data = random.Random(size).randbytes(size)
                self.assert_stored(self.peer.put(f"a/b {size}.bin", data), f"a/b {size}.bin", data)
                self.assert_got(self.peer.get(f"a/b {size}.bin"), data)

    def test_a_put_takes_the_place_of_a_file_whole_and_leaves_no_part(self):
        self.peer.put("a", b"old" * 1000)
        self.peer.begin("a", 6, b"new")
        self.assertEqual(self.enter(self.server).get("a")[1], b"old" * 1000)
        self.peer.socket.sendall(b"est")
        self.assert_stored(self.peer.end(b"newest"), "a", b"newest")
        self.assertEqual(contents(self.root), {"a": b"newest"})

    def test_a_get_from_an_offset_has_the_sum_of_all(self):
        data = random.Random(1).randbytes(100_000)
        self.write("a", data)
        for offset in [1, 65536, 99_999, 100_000]:
            with self.subTest(offset):
                self.assert_got(self.peer.get("a", offset=offset), data, offset)
        for offset in [100_001, 2**63 - 1]:
            self.assert_refused(self.peer.get("a", offset=offset)[0], "bad_offset")
        for offset in [-1, 1.5, "0", 2**64]:
            self.assert_refused(self.peer.get("a", offset=offset)[0], "bad_request")

    def test_another_sum_is_used_or_none(self):
        data = b"hello" * 10_000
        for kind in ["none", "xxh128"]:
            with self.subTest(kind):
                if kind == "xxh128" and not xxhash():
                    self.skipTest("libxxhash is not installed")
                sum = sums(data, kind)
                answer = self.peer.put("a", data, sum=kind)
                self.assert_says(answer, "stored", name="a", size=50_000, **sum)
                self.assertNotIn("sha256", answer)
                header, body, end = self.peer.get("a", sum=kind)
                self.assertEqual((header["size"], body), (50_000, data))
                self.assert_says(end, "file_end", **sum)
                self.assertNotIn("sha256", end)
        if xxhash():
            self.assert_says(self.peer.ask("sum", "a", sum="xxh128"), "sum", name="a", size=50_000,
                             **sums(data, "xxh128"))
        self.assert_says(self.peer.ask("sum", "a"), "sum", name="a", size=50_000, **sums(data))
        self.assert_refused(self.peer.ask("sum", "a", sum="md5"), "bad_request")
        self.assert_refused(self.peer.ask("get", "a", sum="md5"), "bad_request")

    def test_what_is_there_is_told(self):
        self.write("a/b", b"hello", 0o640)
        os.utime(self.root / "a/b", ns=(0, 1_234_567_890_123_456_000))
        os.mkfifo(self.root / "a/fifo")
        for name, kind in [("", "directory"), ("a", "directory"), ("a/fifo", "other")]:
            self.assert_says(self.peer.ask("stat", name), "stat", exists=True, kind=kind, name=name)
        file = {"size": 5, "kind": "file", "mode": 0o640}
        answer = self.peer.ask("stat", "a/b")
        self.assert_says(answer, "stat", name="a/b", exists=True, partial=0, **file)
        self.assertAlmostEqual(answer["mtime"], 1_234_567_890.123456, delta=1.5e-6)
        entry = self.peer.list("a")["b"]
        self.assertEqual({key: entry[key] for key in file}, file)
        self.assertAlmostEqual(entry["mtime"], 1_234_567_890.123456, delta=1.5e-6)
        header, _, _ = self.peer.get("a/b")
        self.assertEqual(header["mode"], 0o640)
        self.assertAlmostEqual(header["mtime"], 1_234_567_890.123456, delta=1.5e-6)
        for name in ["b", "a/c", "b/c", "a/b/c"]:
            self.assertEqual(self.peer.ask("stat", name), {
                "type": "stat", "name": name, "exists": False, "size": 0, "mtime": 0, "partial": 0})

    def test_a_listing_names_all_but_parts(self):
        self.assertEqual(self.peer.list(), {})
        self.half(self.peer, "part", bytes(2 * MIB))
        self.write("a b")
        self.write("中文/x")
        os.mkfifo(self.root / "fifo")
        os.symlink("a b", self.root / "link")
        with open(os.fsencode(self.root) + b"/\xff", "wb"):
            pass
        self.assertEqual(
            {name: entry["kind"] for name, entry in self.enter(self.server).list().items()},
            {"a b": "file", "中文": "directory", "fifo": "other", "link": "other",
             "\ufffd": "other"})
        self.assertEqual(list(self.enter(self.server).list("中文")), ["x"])

    def test_a_long_listing_comes_in_pages(self):
        names = {f"{number:04} {'中' * 70}" for number in range(2000)}
        for name in names:
            self.write(f"a/{name}")
        self.assertEqual(self.peer.list("a").keys(), names)

    def test_a_folder_with_a_part_only_is_empty(self):
        with FilePeer(self.server.address) as peer:
            peer.begin("d/a", 10, b"hello")
            peer.hang_up()
        self.assertTrue(eventually(lambda: parts(self.root / "d")))
        self.assertEqual(self.peer.list("d"), {})
        self.assert_says(self.peer.ask("remove", "d"), "removed")

    def test_folders_are_made_and_things_removed(self):
        for name in ["a/b/c", "a/b", "d"]:
            self.assert_says(self.peer.ask("mkdir", name), "made", name=name)
        self.write("a/b/f", b"x")
        self.assert_refused(self.peer.ask("mkdir", "a/b/f"), "exists")
        self.assert_refused(self.peer.ask("mkdir", "a/b/f/g"), "exists")
        self.assert_refused(self.peer.ask("remove", "a/b"), "not_empty")
        for name in ["a/b/f", "a/b/c", "a/b", "a", "d"]:
            self.assert_says(self.peer.ask("remove", name), "removed", name=name)
        self.assertEqual(contents(self.root), {})

    def test_what_is_missing_or_of_another_kind_is_told_apart(self):
        self.write("file", b"x")
        (self.root / "folder").mkdir()
        for kind in ["get", "sum", "remove", "list"]:
            for name in ["none", "none/x", "file/x"]:
                with self.subTest(kind, name=name):
                    self.assert_refused(self.peer.ask(kind, name), "not_found")
        for name in ["folder", "file/x", "file/x/y"]:
            with self.subTest(name):
                self.assert_refused(self.peer.put(name, b"x"), "exists")
        self.assert_refused(self.peer.list("file"), "not_a_folder")
        self.assertEqual(contents(self.root), {"file": b"x", "folder": None})

    def test_what_is_no_file_is_not_read(self):
        os.mkfifo(self.root / "fifo")
        (self.root / "folder").mkdir()
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(os.fspath(self.root / "socket"))
        names = ["fifo", "folder", "socket"]
        with contextlib.suppress(PermissionError):
            os.mknod(self.root / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
            names.append("device")
        for name in names:
            for kind in ["get", "sum"]:
                with self.subTest(kind, name=name):
                    self.assert_refused(self.peer.ask(kind, name), "not_a_file")

    def test_times_and_permissions_are_kept(self):
        for mtime in [0, 1_234_567_890, 1_234_567_890.123456, -1.5, 4_102_444_800.75]:
            with self.subTest(mtime=mtime):
                self.peer.put("a", b"x", mtime=mtime)
                self.assertAlmostEqual(os.stat(self.root / "a").st_mtime, mtime, delta=1.5e-6)
        for mode, kept in [(0o755, 0o755), (0o777, 0o755), (0o666, 0o644), (0o600, 0o600),
                           (0o400, 0o400), (0o4755, 0o755), (0o2755, 0o755), (0o1644, 0o644)]:
            with self.subTest(mode=oct(mode)):
                self.peer.put("a", b"x", mode=mode)
                self.assertEqual(oct(stat.S_IMODE(os.stat(self.root / "a").st_mode)), oct(kept))
        self.peer.put("b", b"x")
        self.assertEqual(stat.S_IMODE(os.stat(self.root / "b").st_mode), 0o644)
        self.assertLess(abs(os.stat(self.root / "b").st_mtime - time.time()), 60)

    def test_names_that_other_systems_allow_are_kept(self):
        for name in NAMES:
            with self.subTest(name):
                self.assert_stored(self.peer.put(name, name.encode()), name, name.encode())
                self.assertEqual(self.peer.get(name)[1], name.encode())
        self.assertEqual({path for path, data in contents(self.root).items() if data is not None},
                         set(NAMES))

    def test_names_that_lead_elsewhere_or_are_none_are_refused(self):
        self.write("a/file")
        before = contents(self.root.parent)
        for code, names in REFUSED_NAMES.items():
            for name in names:
                for kind in ALL_KINDS:
                    if name == "" and kind in ("stat", "list"):
                        continue  # the root
                    with self.subTest(kind, name=name), self.another() as peer:
                        self.assert_refused(peer.do(kind, name), code)
        self.assertEqual(contents(self.root.parent), before)

    def test_no_symbolic_link_is_followed(self):
        self.write("folder/file", b"x")
        for name, target in [("out", self.outside), ("up", ".."), ("in", "folder"), ("dot", "."),
                             ("loop", "loop"), ("file", self.outside / "secret"),
                             ("near", "folder/file"), ("dangling", self.outside / "none"),
                             ("proc", "/proc/self/root"), ("folder/out", self.outside)]:
            os.symlink(target, self.root / name)
        before = contents(self.root), contents(self.outside)
        for name in ["out", "out/secret", "up/x", "in", "in/file", "dot/folder/file", "loop",
                     "loop/x", "file", "near", "dangling", "dangling/x", "proc/etc/passwd",
                     "folder/out/secret"]:
            for kind in ALL_KINDS:
                with self.subTest(kind, name=name), self.another() as peer:
                    self.assert_refused(peer.do(kind, name), "outside_root")
        self.assertEqual((contents(self.root), contents(self.outside)), before)

    evil = b"evil" * (MIB // 2)

    def test_a_link_that_comes_during_a_put_is_not_followed(self):
        (self.root / "a").mkdir()
        self.half(self.peer, "a/secret", self.evil)
        (self.root / "a").rename(self.root / "b")
        os.symlink(self.outside, self.root / "a")
        self.peer.socket.sendall(self.evil[MIB:])
        self.peer.end(self.evil)
        self.assertEqual(contents(self.outside), {"secret": b"secret"})
        self.assert_refused(self.peer.get("a/secret")[0], "outside_root")

    def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(self):
        self.half(self.peer, "a", self.evil)
        os.symlink(self.outside / "secret", self.root / "a")
        self.peer.socket.sendall(self.evil[MIB:])
        self.peer.end(self.evil)
        self.assertEqual(contents(self.outside), {"secret": b"secret"})

    def test_answers_come_in_the_order_of_the_questions(self):
        wire, expected = b"", []
        for number in range(100):
            name, data = f"a/{number}", b"%d" % number * 50
            wire += frame({"type": "put", "name": name, "offset": 0, "size": len(data)}, data)
            wire += frame({"type": "put_end", **sums(data)})
            wire += frame({"type": "get", "name": name}) + frame({})
            wire += frame({"type": "get", "name": f"no/{number}"})
            wire += frame({"type": "put", "name": "../x", "offset": 0, "size": 3}, b"abc")
            wire += frame({"type": "put_end", **sums(b"abc")})
            wire += frame({"type": "nonsense"}) + frame({"no": "type"})
            wire += frame({"type": "stat", "name": name}) + frame({"type": "mkdir", "name": "d"})
            wire += frame({"type": "list", "name": "d"}) + frame({"type": "remove", "name": "d"})
            expected += ["stored", "file", "file_end", "not_found", "outside_root", "unknown_type",
                         "bad_request", "stat", "made", "listing", "removed"]
        sender = threading.Thread(target=self.peer.socket.sendall, args=[wire])
        sender.start()
        seen = []
        for _ in expected:
            header = self.peer.answer()[0]
            seen.append(header.get("code", header["type"]))
            if header["type"] == "stat":
                self.assertTrue(header["exists"])
        sender.join()
        self.assertEqual(seen, expected)

    def test_many_puts_at_once_are_all_stored(self):
        files = {f"{number % 7}/{number}": b"%d" % number for number in range(500)}
        self.peer.socket.sendall(b"".join(
            frame({"type": "put", "name": name, "offset": 0, "size": len(data)}, data) +
            frame({"type": "put_end", **sums(data)}) for name, data in files.items()))
        for name, data in files.items():
            self.assert_says(self.peer.answer()[0], "stored", name=name, **sums(data))
        self.assertEqual({name: data for name, data in contents(self.root).items() if data}, files)

    def test_members_that_cannot_be_are_refused_and_the_connection_goes_on(self):
        self.write("a", b"old")
        for member, values in WRONG_MEMBERS.items():
            for value in values:
                with self.subTest(member, value=value), self.another() as peer:
                    put = {"name": "a", "size": 3, "body_size": 3, member: value}
                    peer.begin(body=b"abcd"[:put["body_size"]], **put)
                    self.assert_refused(peer.end(b"abc"), "bad_request")
                    self.assert_says(peer.ask("stat", "a"), "stat", size=3)
        for kind in ALL_KINDS:
            with self.subTest(kind):
                self.peer.send({"type": kind})
                self.assert_refused(self.peer.answer()[0], "bad_request")
        self.assertEqual(contents(self.root), {"a": b"old"})

    def test_what_it_does_not_know_is_named_and_the_connection_goes_on(self):
        for header, code in [({"type": "nonsense"}, "unknown_type"), ({"no": 1}, "bad_request"),
                             ({"type": 7}, "bad_request"), ({"type": "put_end"}, "bad_request")]:
            self.peer.send(header, b"some body")
            self.assert_refused(self.peer.answer()[0], code)
        self.assert_says(self.peer.ask("stat", "a", unknown=[1]), "stat", exists=False)

    def test_a_violation_of_the_format_is_named_and_ends_the_connection(self):
        self.peer.socket.sendall(b"\0\0\0\1x")
        self.assert_says(self.peer.answer()[0], "error", code="invalid_header")
        self.assertIsNone(self.peer.answer())


class Puts(OneServer):
    """What can befall a put."""

    def test_a_broken_one_goes_on_where_it_was(self):
        data = random.Random(2).randbytes(300_000)
        for much in [1, 100_000, 299_999, 300_000]:
            with self.subTest(much):
                name = f"a/{much}"
                peer = self.interrupt(self.server, name, data, much)
                self.assert_says(peer.ask("stat", name), "stat", exists=False, size=0, partial=much)
                self.assert_stored(peer.put(name, data, offset=much), name, data)
        self.assertEqual(parts(self.root), [])

    def test_one_that_is_broken_again_and_again_arrives(self):
        data = random.Random(3).randbytes(100_000)
        done = 0
        for _ in range(5):
            with FilePeer(self.server.address) as peer:
                peer.begin("a", len(data), data[done:done + 20_000], offset=done)
                peer.hang_up()
            done += 20_000
            self.assertEqual(self.part_of(self.peer, "a", len(data)), done)
        self.assert_stored(self.peer.put("a", data, offset=done), "a", data)

    def test_an_offset_that_is_not_the_parts_end_changes_nothing(self):
        data = bytes(1000)
        for offset in [1, 1000]:
            self.assert_refused(self.peer.put("a", data, offset=offset), "bad_offset")
        peer = self.interrupt(self.server, "a", data, 500)
        for offset in [1, 499, 501, 1000]:
            self.assert_refused(peer.put("a", data, offset=offset), "bad_offset")
        self.assertEqual(self.part_of(peer, "a", 1000), 500)
        self.assert_stored(peer.put("a", data, offset=500), "a", data)

    def test_one_from_the_start_forgets_the_part(self):
        peer = self.interrupt(self.server, "a", b"x" * 1000, 500)
        self.assert_stored(peer.put("a", b"y" * 1000), "a", b"y" * 1000)
        self.assertEqual(parts(self.root), [])

    def test_a_part_belongs_to_its_size_and_time(self):
        peer = self.interrupt(self.server, "a", bytes(1000), 500, mtime=1e9 + 0.25)
        for size, members in [(999, {"mtime": 1e9 + 0.25}), (1000, {"mtime": 1e9}), (1000, {})]:
            with self.subTest(size, **members):
                self.assertEqual(self.part_of(peer, "a", size, **members), 0)
                answer = peer.put("a", bytes(size), offset=500, **members)
                self.assert_refused(answer, "bad_offset")
        answer = peer.put("a", bytes(1000), offset=500, mtime=1e9 + 0.25)
        self.assert_stored(answer, "a", bytes(1000))

    def test_a_part_is_nobody_elses_and_beside_its_target(self):
        self.interrupt(self.server, "a/b", bytes(1000), 500, mode=0o777, mtime=7.25)
        part, = parts(self.root)
        self.assertRegex(os.fspath(part.relative_to(self.root)),
                         r"\Aa/\.framing-part-[0-9a-f]{32}-1000-7250000\Z")
        self.assertEqual(stat.S_IMODE(part.stat().st_mode), 0o600)

    def test_a_wrong_sum_is_refused_and_takes_the_part_with_it(self):
        self.write("a", b"old")
        self.peer.begin("a", 5, b"hello")
        self.assert_refused(self.peer.end(b"hallo"), "checksum_mismatch")
        self.assertEqual(contents(self.root), {"a": b"old"})
        self.assertEqual(self.part_of(self.peer, "a", 5), 0)
        peer = self.interrupt(self.server, "b", bytes(1000), 500)
        self.assert_refused(peer.put("b", b"x" * 1000, offset=500), "checksum_mismatch")
        self.assertEqual(contents(self.root), {"a": b"old"})

    def test_a_sum_that_is_none_or_another_is_refused(self):
        for end in [{}, {"sha256": 7}, {"sha256": ""}, {"sha256": "x" * 64}, {"xxh128": "0" * 32}]:
            with self.subTest(end):
                self.peer.begin("a", 5, b"hello")
                self.peer.send({"type": "put_end", **end})
                answer = self.peer.answer()[0]
                self.assert_says(answer, "error")
                self.assertIn(answer["code"], ("bad_request", "checksum_mismatch"))
        self.peer.begin("a", 5, b"hello")
        self.peer.send({"type": "put_end"})
        self.assert_refused(self.peer.answer()[0], "bad_request")
        self.assertFalse((self.root / "a").exists())

    def test_a_sum_in_capital_letters_is_the_same(self):
        self.peer.begin("a", 5, b"hello")
        self.peer.send({"type": "put_end", "sha256": sums(b"hello")["sha256"].upper()})
        self.assert_says(self.peer.answer()[0], "stored", **sums(b"hello"))

    def test_a_keep_alive_may_come_before_its_end(self):
        self.peer.begin("a", 5, b"hello")
        self.peer.send({})
        self.peer.send({})
        self.assert_stored(self.peer.end(b"hello"), "a", b"hello")

    def test_anything_else_before_its_end_ends_it(self):
        for number, header in enumerate([{"type": "stat", "name": "x"}, {"type": "nonsense"},
                                         {"no": "type"}, {"type": "put", "name": "x", "size": 0}]):
            with self.subTest(header), self.another() as peer:
                name = f"a{number}"
                peer.begin(name, 5, b"hello")
                peer.send(header)
                self.assert_refused(peer.answer()[0], "bad_request")
                self.assertEqual(self.part_of(self.peer, name, 5), 5)
                self.assertFalse(self.peer.ask("stat", name)["exists"])

    def test_one_that_is_refused_is_answered_once_and_its_body_dropped(self):
        self.write("there")
        for size in [0, 1, 65536, MIB]:
            for members, code in [({"name": "../x"}, "outside_root"),
                                  ({"name": "a", "sum": "md5"}, "bad_request"),
                                  ({"name": "there", "if_absent": True}, "exists")]:
                with self.subTest(size, code=code), self.another() as peer:
                    self.assert_refused(peer.put(data=bytes(size), **members), code)
                    self.assert_says(peer.ask("stat", "a"), "stat", exists=False)

    def test_one_that_is_refused_with_a_long_body_ends_the_connection(self):
        (self.root / "folder").mkdir()
        for sent in [0, 8 * MIB]:
            for members, code in [({"name": "../x"}, "outside_root"),
                                  ({"name": "x", "sum": "md5"}, "bad_request"),
                                  ({"name": "folder"}, "exists")]:
                with self.subTest(sent, code=code), self.another() as peer:
                    peer.socket.settimeout(5)
                    peer.begin(size=8 * MIB, **members)
                    sender = threading.Thread(target=self.flood, args=[peer, sent])
                    sender.start()
                    self.addCleanup(sender.join)
                    self.assert_refused(peer.answer()[0], code)
                    with contextlib.suppress(ConnectionResetError):
                        self.assertIsNone(peer.answer())

    def flood(self, peer, size):
        with contextlib.suppress(OSError):
            peer.socket.sendall(bytes(size))

    def test_two_of_one_name_go_on_apart_and_the_last_wins_whole(self):
        first = b"a" * 2 * MIB
        for second in [b"b" * 2 * MIB, b"b" * 10]:
            with self.subTest(len(second)):
                other = self.enter(self.server)
                self.half(self.peer, "x", first)
                other.begin("x", len(second), second[:5])
                self.peer.socket.sendall(first[MIB:])
                self.assert_stored(self.peer.end(first), "x", first)
                other.socket.sendall(second[5:])
                self.assert_stored(other.end(second), "x", second)
                self.assertEqual(contents(self.root), {"x": second})

    def test_a_part_has_one_writer(self):
        data = random.Random(5).randbytes(3 * MIB)
        other = self.interrupt(self.server, "x", data, MIB)
        self.peer.begin("x", len(data), data[MIB:2 * MIB], offset=MIB)
        self.assertTrue(eventually(lambda: self.part_of(other, "x", len(data)) > MIB))
        other.begin("x", len(data), offset=self.part_of(other, "x", len(data)))
        self.assert_refused(other.answer()[0], "busy")
        self.peer.socket.sendall(data[2 * MIB:])
        self.assert_stored(self.peer.end(data), "x", data)

    def test_one_that_must_not_replace_does_not(self):
        self.write("x", b"old")
        self.assert_refused(self.peer.put("x", b"new", if_absent=True), "exists")
        self.assertEqual(contents(self.root), {"x": b"old"})
        self.assert_stored(self.peer.put("y", b"new", if_absent=True), "y", b"new")
        self.peer.begin("z", 5, b"hel", if_absent=True)
        self.assert_stored(self.enter(self.server).put("z", b"first"), "z", b"first")
        self.peer.socket.sendall(b"lo")
        self.assert_refused(self.peer.end(b"hello"), "exists")
        self.assertEqual(contents(self.root), {"x": b"old", "y": b"new", "z": b"first"})

    def test_holes_are_not_sent(self):
        size = 8 * MIB
        whole = bytearray(size)
        ranges = [[4096, 4096], [MIB, 10], [5 * MIB, 8192]]
        pieces = [random.Random(offset).randbytes(length) for offset, length in ranges]
        for (offset, length), piece in zip(ranges, pieces):
            whole[offset:offset + length] = piece
        body = b"".join(pieces)
        whole = bytes(whole)
        members = {"data": ranges, "body_size": len(body)}
        self.peer.begin("a", size, body, **members)
        self.assert_stored(self.peer.end(whole), "a", whole)
        self.assertLess(os.stat(self.root / "a").st_blocks * 512, MIB)
        self.peer.begin("empty", size, data=[], body_size=0)
        self.assert_stored(self.peer.end(bytes(size)), "empty", bytes(size))
        self.assertLess(os.stat(self.root / "empty").st_blocks * 512, MIB)

        with FilePeer(self.server.address) as peer:  # and it goes on in the second range
            peer.begin("b", size, body[:4100], **members)
            peer.hang_up()
        done = MIB + 4
        self.assertEqual(self.part_of(self.peer, "b", size), done)
        self.peer.begin("b", size, body[4100:], offset=done, data=[[done, 6], ranges[2]],
                        body_size=len(body) - 4100)
        self.assert_stored(self.peer.end(whole), "b", whole)
        self.peer.begin("c", 300, bytes(257), data=[[n, 1] for n in range(257)], body_size=257)
        self.assert_refused(self.peer.end(bytes(300)), "bad_request")


class Gets(OneServer):
    """What can befall a get."""

    def start_of(self, name, size=32 * MIB):
        """Asks for a file that is longer than what is on the way, and reads only its header."""
        with open(self.root / name, "wb") as file:
            file.truncate(size)
        self.peer.send({"type": "get", "name": name})
        self.assertTrue(self.peer.file.peek(1))
        return self.root / name

    def test_a_file_that_grows_has_changed(self):
        path = self.start_of("a")
        with open(path, "ab") as file:
            file.write(b"x")
        header, body = self.peer.answer()
        self.assertEqual((header["size"], len(body)), (32 * MIB, 32 * MIB))
        self.assert_refused(self.peer.answer()[0], "changed")
        self.assertEqual(len(self.peer.get("a")[1]), 32 * MIB + 1)

    def test_a_file_that_is_written_to_has_changed(self):
        path = self.start_of("a")
        with open(path, "r+b") as file:
            file.write(b"x")
        self.peer.answer()
        self.assert_refused(self.peer.answer()[0], "changed")

    def test_a_file_that_shrinks_a_little_has_changed(self):
        os.truncate(self.start_of("a"), 32 * MIB - 1000)
        self.assertEqual(len(self.peer.answer()[1]), 32 * MIB)
        self.assert_refused(self.peer.answer()[0], "changed")
        self.assert_says(self.peer.ask("stat", "a"), "stat", size=32 * MIB - 1000)

    def test_a_file_that_shrinks_much_ends_the_connection(self):
        os.truncate(self.start_of("a"), 0)
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while piece := self.peer.file.read(65536):
                received += len(piece)
        self.assertLess(received, 32 * MIB)

    def test_a_file_that_is_replaced_is_sent_as_it_was(self):
        self.start_of("a")
        self.assert_stored(self.enter(self.server).put("a", b"new"), "a", b"new")
        self.assertEqual(len(self.peer.answer()[1]), 32 * MIB)
        self.assert_says(self.peer.answer()[0], "file_end", **sums(bytes(32 * MIB)))
        self.assert_got(self.peer.get("a"), b"new")

    def test_who_does_not_read_holds_up_nobody(self):
        self.start_of("a", 256 * MIB)
        other = self.enter(self.server)
        self.assert_stored(other.put("b", b"x"), "b", b"x")
        self.assert_got(other.get("b"), b"x")

    def test_holes_are_not_sent_where_they_are_understood(self):
        scattered = {offset: b"x" * 4096 for offset in range(0, 300 * 16384, 16384)}
        for name, pieces in [("hole", {}), ("end", {MIB: b"hello"}), ("many", scattered)]:
            with self.subTest(name):
                size = 6 * MIB
                with open(self.root / name, "wb") as file:
                    file.truncate(size)
                    for offset, piece in pieces.items():
                        os.pwrite(file.fileno(), piece, offset)
                whole = self.read(name)
                header, body, end = self.peer.get(name, sparse=True)
                self.assertLessEqual(len(header["data"]), 256)
                self.assertLess(len(body), size)
                self.assertEqual(len(body), sum(length for _, length in header["data"]))
                copy, begin = bytearray(size), 0
                for offset, length in header["data"]:
                    copy[offset:offset + length] = body[begin:begin + length]
                    begin += length
                self.assertEqual((header["size"], bytes(copy)), (size, whole))
                self.assert_says(end, "file_end", **sums(whole))
                self.assert_got(self.peer.get(name), whole)
        self.write("full", b"x" * 10_000)
        header, body, _ = self.peer.get("full", sparse=True)
        self.assertEqual((len(body), header.get("data", [[0, 10_000]])), (10_000, [[0, 10_000]]))
        header, body, end = self.peer.get("end", sparse=True, offset=MIB + 2)
        self.assertEqual(body[:3], b"llo")
        self.assert_says(end, "file_end", **sums(self.read("end")))


class Life(Case):
    """file_server, from its start to its end."""

    def test_who_has_no_token_gets_nothing(self):
        self.write("a", b"x")
        server = self.start()
        for header in [{"type": "get", "name": "a"}, {"type": "auth", "token": "wrong"}]:
            with server.connect() as peer:
                peer.send(header)
                self.assert_says(peer.receive()[0], "error", code="unauthorized")
                self.assertIsNone(peer.receive())
        with server.connect() as peer:
            token = pathlib.Path(scratch.name, "framing-token").read_text("ascii").strip()
            peer.send({"type": "auth", "token": token})
            self.assert_says(peer.receive()[0], "welcome", server="file", version=1)

    def test_bad_usage_is_one_clear_line(self):
        self.write("a", b"x")
        root = ["--root", self.root]
        for arguments in [[], ["--root", self.root / "none"], ["--root", self.root / "a"],
                          [*root, "--listen", "0.0.0.0:0"], [*root, "--umask", "9"],
                          [*root, "--quota", "-1"], [*root, "--max-size", "x"],
                          [*root, "--keep-parts", "x"]]:
            with self.subTest(arguments):
                result = run("file_server", *arguments)
                self.assertEqual((result.returncode, result.stdout), (2, b""), result.stderr)
                self.assertRegex(result.stderr, rb"\A[^\n]+\n\Z")

    def test_the_root_may_be_named_by_a_link(self):
        self.write("a", b"x")
        os.symlink(self.root, self.outside / "link")
        server = Server("file_server", "--root", self.outside / "link")
        with server, FilePeer(server.address) as peer:
            self.assertEqual(peer.get("a")[1], b"x")

    def test_a_part_outlives_the_server(self):
        data = random.Random(4).randbytes(4 * MIB)
        for end in [self.stop, self.kill]:
            with self.subTest(end.__name__):
                server = self.start()
                peer = self.enter(server)
                peer.begin("a", len(data), data[:MIB], mtime=1e9)
                other = self.enter(server)
                self.assertTrue(eventually(
                    lambda: self.part_of(other, "a", len(data), mtime=1e9) >= MIB // 2))
                end(server)
                self.assertFalse((self.root / "a").exists())
                peer = self.enter(self.start())
                done = self.part_of(peer, "a", len(data), mtime=1e9)
                self.assertTrue(MIB // 2 <= done <= MIB, done)
                answer = peer.put("a", data, offset=done, mtime=1e9)
                self.assert_stored(answer, "a", data)
                self.assertEqual(contents(self.root), {"a": data})
                (self.root / "a").unlink()

    def test_a_server_that_stops_says_goodbye(self):
        server = self.start()
        idle, busy = self.enter(server), self.enter(server)
        self.half(busy, "a", bytes(2 * MIB))
        server.process.terminate()
        for peer in idle, busy:
            self.assertEqual(peer.answer()[0], {"type": "bye"})
        self.assertIsNone(idle.answer())
        self.assertEqual(server.process.wait(timeout=6), 0)

    def test_old_parts_are_removed(self):
        server = self.start()
        for name in ["a", "b", "folder/c"]:
            self.interrupt(server, name, bytes(100), 50)
        self.stop(server)
        old, young, deep = sorted(parts(self.root), key=lambda part: len(part.parts))
        day = 86400
        for part, age in (old, day + 60), (young, day - 60), (deep, day + 60):
            os.utime(part, (time.time() - age,) * 2)
        server = self.start()
        self.assertTrue(eventually(lambda: parts(self.root) == [young]), parts(self.root))
        self.stop(server)
        self.start("--keep-parts", "3600")
        self.assertTrue(eventually(lambda: parts(self.root) == []), parts(self.root))

    def test_what_is_only_read_is_not_changed(self):
        self.write("a", b"old")
        peer = self.enter(self.start("--read-only"))
        for answer in [peer.put("a", b"new"), peer.put("b", b""), peer.ask("remove", "a"),
                       peer.ask("mkdir", "d")]:
            self.assert_refused(answer, "not_allowed")
        self.assert_got(peer.get("a"), b"old")
        self.assert_says(peer.ask("sum", "a"), "sum", **sums(b"old"))
        self.assertEqual(list(peer.list()), ["a"])
        self.assertEqual(contents(self.root), {"a": b"old"})

    def test_a_file_above_the_size_is_too_large(self):
        peer = self.enter(self.start("--max-size", "1K"))
        self.assert_refused(peer.put("a", bytes(1025)), "too_large")
        self.assert_stored(peer.put("a", bytes(1024)), "a", bytes(1024))
        peer.begin("b", 2**63 - 1)
        self.assert_refused(peer.answer()[0], "too_large")
        self.assertIsNone(peer.answer())

    def test_all_files_together_keep_to_the_quota(self):
        self.write("there/before", bytes(40_000))
        peer = self.enter(self.start("--quota", "100000"))
        self.assert_stored(peer.put("a", bytes(50_000)), "a", bytes(50_000))
        self.assert_refused(peer.put("b", bytes(10_001)), "no_space")
        self.assert_stored(peer.put("b", bytes(9_000)), "b", bytes(9_000))
        self.assert_says(peer.ask("remove", "a"), "removed")
        self.assert_stored(peer.put("c", bytes(50_000)), "c", bytes(50_000))
        for _ in range(3):  # what is refused takes no room
            self.assert_refused(peer.put("x", bytes(50_000)), "no_space")
        self.assertEqual(parts(self.root), [])

    def test_what_others_remove_or_add_leaves_the_quota_of_use(self):
        peer = self.enter(self.start("--quota", "100000"))
        self.write("theirs", bytes(60_000))
        self.assert_says(peer.ask("remove", "theirs"), "removed")
        self.assert_stored(peer.put("a", b"hello"), "a", b"hello")

    def test_a_server_that_stops_takes_no_sum_for_known(self):
        with open(self.root / "hole", "wb") as file:
            file.truncate(2**40)
        server = self.start()
        with FilePeer(server.address) as peer:
            peer.send({"type": "sum", "name": "hole"})
            peer.send({"type": "get", "name": "hole", "sparse": True})
            self.assertEqual(peer.receive(), ({}, b""))  # it is at work
            server.process.terminate()
            self.assertEqual(peer.answer(), ({"type": "bye"}, b""))

    def test_two_who_write_and_remove_one_name_leave_the_quota_right(self):
        server = self.start("--quota", "100000")
        with contextlib.ExitStack() as stack:
            peers = [stack.enter_context(FilePeer(server.address)) for _ in range(3)]
            for _ in range(60):
                for peer in peers[:2]:
                    peer.begin("a", 20_000, bytes(20_000))
                    peer.send({"type": "put_end", **sums(bytes(20_000))})
                peers[2].send({"type": "remove", "name": "a"})
                for peer in peers:
                    peer.answer()
            peers[0].ask("remove", "a")
            self.assert_stored(peers[0].put("b", bytes(99_000)), "b", bytes(99_000))
            self.assert_refused(peers[0].put("c", bytes(2_000)), "no_space")

    def test_permissions_are_what_the_umask_leaves_and_the_owners(self):
        peer = self.enter(self.start("--umask", "077"))
        peer.put("d/a", b"x", mode=0o777)
        peer.put("d/b", b"x")
        self.assertEqual([stat.S_IMODE(os.stat(self.root / name).st_mode)
                          for name in ["d", "d/a", "d/b"]], [0o700, 0o700, 0o600])
        peer = self.enter(self.start("--umask", "0777"))
        peer.put("c", b"x", mode=0o755)
        self.assertEqual(stat.S_IMODE(os.stat(self.root / "c").st_mode), 0o700)

    def start_without_privileges(self):
        """A server to which the system forbids things, also where it is root's."""
        if os.geteuid() != 0:
            return self.start()
        return self.start(before=["setpriv", "--bounding-set=-dac_override,-dac_read_search"])

    def test_what_the_system_forbids_is_not_allowed(self):
        self.write("a", b"x", 0)
        (self.root / "d").mkdir(0o500)
        self.addCleanup(os.chmod, self.root / "d", 0o700)
        peer = self.enter(self.start_without_privileges())
        for answer in [peer.ask("get", "a"), peer.put("d/x", b"x"), peer.ask("mkdir", "d/x")]:
            self.assert_refused(answer, "not_allowed")

    def test_a_part_that_cannot_be_opened_nor_removed_is_not_allowed(self):
        (self.root / "d").mkdir()
        server = self.start_without_privileges()
        peer = self.interrupt(server, "d/a", b"x" * 10, 5)
        part, = parts(self.root)
        part.chmod(0o400)
        (self.root / "d").chmod(0o500)
        self.addCleanup(os.chmod, self.root / "d", 0o700)
        self.assert_refused(peer.put("d/a", b"x" * 10), "not_allowed")
        (self.root / "d").chmod(0o700)
        self.assert_stored(peer.put("d/a", b"x" * 10), "d/a", b"x" * 10)
        self.assertFalse(parts(self.root / "d"))

    def test_names_are_told_apart_from_lines_of_the_log(self):
        server = self.start()
        with FilePeer(server.address) as peer:
            peer.put("中 \u202eb\u009b", b"hello")
            peer.put("evil\n2026-01-01 \x1b[2J", b"x")
            peer.ask("get", "evil\r\x9b31m\u2028")
            peer.ask("remove", "none")
        self.stop(server)
        self.assertIn("中", server.log)
        self.assertNotRegex(server.log, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]")
        self.assertNotRegex(server.log, r"(?m)^2026-01-01")

    def test_links_are_not_followed_either_where_openat2_is_not_known(self):
        strace = shutil.which("strace")
        if not strace:
            self.skipTest("strace is not installed")
        server = self.start(before=[
            "env", "ASAN_OPTIONS=detect_leaks=0", strace, "-D", "-f", "-qq", "-o", "/dev/null",
            "-e", "trace=openat2", "-e", "inject=openat2:error=ENOSYS"])
        peer = self.enter(server)
        self.assert_stored(peer.put("folder/a/b", b"x"), "folder/a/b", b"x")
        self.assert_got(peer.get("folder/a/b"), b"x")
        for name, target in [("out", self.outside), ("in", "folder"), ("folder/up", ".."),
                             ("file", self.outside / "secret"), ("dangling", self.outside / "x")]:
            os.symlink(target, self.root / name)
        os.mkfifo(self.root / "fifo")
        for name in ["out/secret", "out", "in/a/b", "folder/up/folder/a/b", "file", "dangling",
                     "../outside/secret", "/etc/passwd"]:
            for kind in ALL_KINDS:
                with self.subTest(kind, name=name), FilePeer(server.address) as other:
                    self.assert_refused(other.do(kind, name), "outside_root")
        self.assert_refused(peer.ask("get", "fifo"), "not_a_file")
        self.assertEqual(contents(self.outside), {"secret": b"secret"})
        self.assertEqual(peer.list("folder").keys(), {"a", "up"})


if __name__ == "__main__":
    unittest.main()
