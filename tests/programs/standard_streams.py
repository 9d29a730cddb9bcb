# SPDX-License-Identifier: MIT
"""The standard streams of all programs, as whoever starts them leaves them."""

import contextlib
import os
import subprocess
import tempfile
import unittest

from helpers.peer import frame
from helpers.program import EVERY_PROGRAM, environment, gone, programs, run
from helpers.server import Server


def non_blocking_pipe(end):
    """A pipe, one end of which is non-blocking, as another program may leave it."""
    ends = os.pipe()
    os.set_blocking(ends[end], False)
    return ends


class Streams(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.servers = contextlib.ExitStack()

        def serve(name, *arguments):
            return cls.servers.enter_context(Server(name, *arguments)).address

        shell = serve("shell_server")
        cls.readers = {
            "decode": ["framecat", "decode", "--text"],
            "encode": ["framecat", "encode"],
            "echo": ["echo_client", serve("echo_server")],
            "udp echo": ["udp_echo_client", serve("udp_echo_server")],
            "command": ["shell_client", shell, "--", "cat"],
            "lines": ["shell_client", shell],
            "chat": ["chat_client", serve("chat_server", "--rate", "0"), "-n", "alice"],
            "udp chat": ["udp_chat_client", serve("udp_chat_server", "--rate", "0"), "-n", "alice"],
        }

    @classmethod
    def tearDownClass(cls):
        cls.servers.close()

    def start(self, name, **options):
        program, *arguments = self.readers[name]
        process = subprocess.Popen([os.path.join(programs, program), *arguments],
                                   stderr=subprocess.PIPE, env=environment, **options)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process

    def test_a_non_blocking_output_gets_all(self):
        text = b"x" * 50_000
        given = {"decode": frame({}, text) * 60,
                 "encode": (b'{"header":{},"text":"' + text + b'"}\n') * 60,
                 "echo": (text + b"\n") * 60,
                 "udp echo": (text[:1000] + b"\n") * 300,
                 "command": text * 60,
                 "lines": b"head -c 3000000 /dev/zero\n"}
        for name, lines in given.items():
            with self.subTest(name), tempfile.TemporaryFile() as file:
                file.write(lines)
                file.seek(0)
                read, write = non_blocking_pipe(1)
                process = self.start(name, stdin=file, stdout=write)
                with open(read, "rb") as output:
                    first = output.read(1)
                    self.assertFalse(os.get_blocking(write), "it is others', too")
                    os.close(write)
                    shown = first + output.read()
                self.assertEqual((process.wait(20), process.stderr.read()), (0, b""))
                file.seek(0)
                self.assertEqual(len(shown), len(run(*self.readers[name], stdin=lines).stdout))

    def test_a_non_blocking_input_is_waited_for(self):
        for name, line in {"decode": frame({}, b"hello"),
                           "encode": b'{"header":{},"text":"hello"}\n',
                           "echo": b"hello\n", "udp echo": b"hello\n", "command": b"hello\n",
                           "lines": b"echo hello\n", "chat": b"hello\n",
                           "udp chat": b"hello\n"}.items():
            with self.subTest(name):
                read, write = non_blocking_pipe(0)
                process = self.start(name, stdin=read, stdout=subprocess.PIPE)
                self.assertFalse(gone(process.pid, 0.3), "nothing is no end")
                for _ in range(5):
                    os.write(write, line)
                    shown = b""
                    while b"hello" not in shown:
                        piece = os.read(process.stdout.fileno(), 4096)
                        self.assertTrue(piece, "it has ended")
                        shown += piece
                self.assertFalse(os.get_blocking(read), "it is others', too")
                os.close(read)
                os.close(write)
                self.assertEqual(process.wait(20), 0)

    def test_an_input_that_cannot_be_read_is_no_end_of_it(self):
        for file, why in (("/", b"Is a directory"), ("/proc/self/mem", b"Input/output error")):
            for name in self.readers:
                with self.subTest(name, file=file):
                    broken = os.open(file, os.O_RDONLY)
                    process = self.start(name, stdin=broken, stdout=subprocess.DEVNULL)
                    os.close(broken)
                    code, errors = process.wait(20), process.stderr.read()
                    self.assertEqual(code, 1)
                    self.assertIn(b"cannot read standard input: " + why, errors)

    def test_an_output_that_takes_nothing_is_an_error_with_its_name(self):
        given = {"decode": frame({}, b"hello"), "encode": b'{"header":{}}\n', "echo": b"hello\n",
                 "udp echo": b"hello\n", "command": b"hello\n", "lines": b"echo hello\n",
                 "chat": b"hello\n", "udp chat": b"hello\n"}
        for name, line in given.items():
            with self.subTest(name), open("/dev/full", "wb") as full:
                process = self.start(name, stdin=subprocess.PIPE, stdout=full)
                errors = process.communicate(line, timeout=20)[1]
                self.assertEqual(process.returncode, 1)
                self.assertIn(b"cannot write the output: No space left on device", errors)

    def test_help_and_version_that_cannot_be_written_are_no_success(self):
        for program in EVERY_PROGRAM:
            for option in ("--help", "--version"):
                with self.subTest(program, option=option), open("/dev/full", "wb") as full:
                    self.assertEqual(run(program, option).returncode, 0)
                    result = subprocess.run([os.path.join(programs, program), option],
                                            stdout=full, stderr=subprocess.PIPE, timeout=20)
                    self.assertEqual(result.returncode, 1)
                    self.assertIn(b"cannot write the output", result.stderr)


if __name__ == "__main__":
    unittest.main()
