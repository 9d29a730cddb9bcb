# SPDX-License-Identifier: MIT
"""Every language at each side of a relay with every other, and with ours.

    PYTHONPATH=tests python3 -B tests/peers/interop.py build/dev/bin
"""

import contextlib
import subprocess
import unittest

from helpers.program import environment, programs
from languages import LANGUAGES


class Ours:
    """The library itself."""

    name = "c++"

    def start(self, what, *arguments, **options):
        if what == "echo_client":
            address, *words = arguments
            return subprocess.Popen([f"{programs}/blocking_client", *address.split(":"), *words],
                                    env=environment, **options)
        return subprocess.Popen([f"{programs}/echo_server", "--listen", *arguments],
                                env=environment, **options)


class Relay:
    """What stands between two languages."""

    def start(self, _, *arguments, **options):
        return subprocess.Popen([f"{programs}/relay", *arguments], env=environment, **options)


@contextlib.contextmanager
def listening(language, *arguments):
    """A server's address, for the time of a with block."""
    with language.start("echo_server", *arguments, stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL) as server:
        try:
            yield server.stdout.readline().decode().split()[-1]
        finally:
            server.kill()


class Interop(unittest.TestCase):
    def test_every_language_understands_every_other_through_a_relay(self):
        languages = [Ours(), *(language for language in (each() for each in LANGUAGES.values())
                               if not language.missing())]
        words = ["hello", "", "你好 \"\\\U0001f600", "x" * 70_000]
        expected = "".join(f"{n}: {word}\n" for n, word in enumerate(words, 1))
        for language in languages[1:]:
            language.build()
        for server in languages:
            with listening(server, "127.0.0.1:0") as address, \
                    listening(Relay(), "127.0.0.1:0", address) as relay:
                clients = [(client, client.start("echo_client", relay, *words,
                                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
                           for client in languages]
                for client, process in clients:
                    with self.subTest(client=client.name, server=server.name):
                        self.assertEqual(process.communicate(timeout=50)[0].decode(), expected)


if __name__ == "__main__":
    unittest.main()
