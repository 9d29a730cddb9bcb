# SPDX-License-Identifier: MIT
"""Folders for tests of file_server and file_client, and the server of one."""

import os
import pathlib
import shutil
import tempfile
import unittest

from helpers.file_peer import FilePeer, sums
from helpers.program import eventually
from helpers.server import Server


def contents(folder):
    """What is below a folder: the bytes of files, the targets of links, None for all else."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        found[os.fspath(path.relative_to(folder))] = (
            os.readlink(path) if path.is_symlink() else
            path.read_bytes() if path.is_file() else None)
    return found


def parts(folder):
    return list(pathlib.Path(folder).rglob(".framing-part-*"))


class Case(unittest.TestCase):
    """Has a folder `root` that is empty before each test, and one beside it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name, "root")
        self.outside = pathlib.Path(folder.name, "outside")
        self.root.mkdir()
        self.outside.mkdir()
        (self.outside / "secret").write_bytes(b"secret")

    def start(self, *options, **how):
        """A server of the root, until the end of the test."""
        server = Server("file_server", "--root", self.root, *options, **how)
        self.addCleanup(self.stop, server)
        return server

    def stop(self, server):
        if server.process.returncode is None:
            server.__exit__(None)

    def kill(self, server):
        server.process.kill()
        server.process.communicate()

    def enter(self, server):
        peer = FilePeer(server.address)
        self.addCleanup(peer.__exit__)
        return peer

    def write(self, name, data=b"", mode=None):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if mode is not None:
            path.chmod(mode)
        return path

    def read(self, name):
        return (self.root / name).read_bytes()

    def assert_says(self, answer, what, /, **members):
        members["type"] = what
        self.assertEqual({key: answer.get(key) for key in members}, members, answer)

    def assert_refused(self, answer, code):
        self.assert_says(answer, "error", code=code)
        self.assertTrue(answer["message"])

    def assert_stored(self, answer, name, data):
        self.assert_says(answer, "stored", name=name, size=len(data), **sums(data))
        self.assertEqual(self.read(name), data)

    def assert_got(self, got, data, offset=0):
        header, body, end = got
        self.assert_says(header, "file", offset=offset, size=len(data))
        self.assertEqual(body, data[offset:])
        self.assert_says(end, "file_end", **sums(data))

    def part_of(self, peer, name, size, **members):
        return peer.ask("stat", name, size=size, **members)["partial"]

    def interrupt(self, server, name, data, much, **members):
        """A put whose connection ends behind so many bytes, all of which are kept."""
        with FilePeer(server.address) as peer:
            peer.begin(name, len(data), data[:much], **members)
            peer.hang_up()
        peer = self.enter(server)
        mtime = {key: members[key] for key in members if key == "mtime"}
        self.assertEqual(self.part_of(peer, name, len(data), **mtime), much, "bytes kept")
        return peer

    def half(self, peer, name, data):
        """The first half of a put; there is a part of it then."""
        peer.begin(name, len(data), data[:len(data) // 2])
        self.assertTrue(eventually(lambda: parts(self.root)), "a part of it")


class OneServer(Case):
    """All tests with one server and one peer."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.top = pathlib.Path(cls.home.name, "root")
        cls.top.mkdir()
        cls.server = Server("file_server", "--root", cls.top, *cls.options)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)
        cls.home.cleanup()

    def setUp(self):
        super().setUp()
        self.root = self.top
        self.addCleanup(self.clear)
        self.peer = self.enter(self.server)

    def clear(self):
        for path in self.root.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)  # a server may clean up, too

    def another(self):
        return FilePeer(self.server.address)
