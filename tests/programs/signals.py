# SPDX-License-Identifier: MIT
"""Signals to a client: whoever starts it may have them ignored, and a terminal is given back."""

import fcntl
import os
import secrets
import signal
import subprocess
import termios
import time
import unittest

from helpers import datagrams
from helpers.program import environment, gone, programs, wait_until_full
from helpers.screen import Screen
from helpers.server import Server

# A shell with job control, which leaves the terminal as a job that stops leaves it.
JOBS = """
set -m
"$@"
printf 'now it has %s\\n' stopped
read -r line
fg
"""


class TestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.chat = Server("chat_server").__enter__()
        cls.shell = Server("shell_server").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.chat.__exit__(None)
        cls.shell.__exit__(None)

    def clients(self):
        """Each client that has the terminal, and what it shows once it does."""
        return [(["chat_client", self.chat.address, "-n", "alice", "-r",
                  secrets.token_hex(8)], b"you are alice"),
                (["shell_client", self.shell.address, "-t", "--", "stty -echo; echo ready; exec cat"],
                 b"ready\r\n")]


class Terminal(TestCase):

    def started(self, command, ready):
        screen = Screen(*command, variables={"LC_ALL": "C.UTF-8", "TERM": "xterm"}).__enter__()
        self.addCleanup(screen.__exit__)
        screen.until(ready)
        return screen

    def stopped(self, command, ready, number):
        """A client as a job of a shell, once a signal has stopped it."""
        program, *arguments = command
        screen = self.started(["/bin/bash", "-c", JOBS, "bash", os.path.join(programs, program),
                               *arguments], ready)
        os.kill(os.tcgetpgrp(screen.master), number)
        screen.until(b"it has stopped")
        return screen

    def assert_taken(self, screen):
        """The client has the terminal, or takes it in time; nothing tells when."""
        deadline = time.monotonic() + 10
        while screen.restored():
            self.assertLess(time.monotonic(), deadline)

    def continued(self, screen, program):
        screen.type_in(b"\r")
        screen.until(b'"$@"')  # what fg continues
        self.assert_taken(screen)
        # A chat shows it again once it is said, and cat has it at the end of the line.
        screen.type_in(b"once" if program == "chat_client" else b"once\r")
        self.assertEqual(screen.until(b"once", 5).count(b"once"), 1)

    def test_a_signal_that_ends_a_client_leaves_the_terminal_as_before(self):
        for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
            for command, ready in self.clients():
                with self.subTest(command[0], number=number):
                    screen = self.started(command, ready)
                    screen.process.send_signal(number)
                    self.assertNotEqual(screen.process.wait(20), 0)
                    self.assertTrue(screen.restored())

    def test_a_client_that_is_stopped_gives_the_terminal_back_and_takes_it_again(self):
        for command, ready in self.clients():
            with self.subTest(command[0]):
                screen = self.stopped(command, ready, signal.SIGTSTP)
                self.assertTrue(screen.restored())
                self.continued(screen, command[0])

    def test_a_shell_client_is_stopped_by_a_tilde_and_control_z(self):
        program, *arguments = self.clients()[1][0]
        screen = self.started(["/bin/bash", "-c", JOBS, "bash", os.path.join(programs, program),
                               *arguments], self.clients()[1][1])
        screen.type_in(b"\r~\x1a")
        screen.until(b"it has stopped")
        self.assertTrue(screen.restored())
        self.continued(screen, program)

    def test_a_client_that_could_not_give_it_back_takes_it_again(self):
        for command, ready in self.clients():
            with self.subTest(command[0]):
                screen = self.stopped(command, ready, signal.SIGSTOP)
                termios.tcsetattr(screen.slave, termios.TCSANOW, screen.settings)  # as shells do
                self.continued(screen, command[0])

    def test_a_client_that_nobody_could_continue_is_not_stopped(self):
        for command, ready in self.clients():
            with self.subTest(command[0]):
                screen = self.started(command, ready)
                screen.process.send_signal(signal.SIGTSTP)
                screen.type_in(b"once\r")
                screen.until(b"once")
                self.assert_taken(screen)

    def test_a_signal_that_is_ignored_stays_so(self):
        for command, ready in self.clients():
            with self.subTest(command[0]):
                screen = self.started(["/bin/bash", "-c", "trap '' HUP QUIT TERM TSTP; exec \"$@\"",
                                       "bash", os.path.join(programs, command[0]), *command[1:]],
                                      ready)
                for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP):
                    screen.process.send_signal(number)
                self.assertFalse(gone(screen.process.pid, 0.3))
                screen.type_in(b"once\r")
                screen.until(b"once")


class Pipe(TestCase):

    def test_an_interrupt_that_is_ignored_stays_so(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        for command in (["chat_client", self.chat.address, "-n", "alice"],
                        ["shell_client", self.shell.address, "--", "cat"]):
            with self.subTest(command[0]):
                process = subprocess.Popen(
                    [os.path.join(programs, command[0]), *command[1:]], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
                    preexec_fn=ignore)
                self.addCleanup(lambda each: (each.kill(), each.communicate()), process)
                process.stdin.write(b"hello\n")
                process.stdin.flush()
                self.assertIn(b"hello", process.stdout.readline())
                for _ in range(2):
                    process.send_signal(signal.SIGINT)
                self.assertFalse(gone(process.pid, 0.3))
                self.assertIn(b"again", process.communicate(b"again\n", timeout=20)[0])
                self.assertEqual(process.returncode, 0)

    def test_a_signal_ends_a_member_whose_output_nobody_reads(self):
        udp = self.enterContext(datagrams.Server())
        for program, server in (("chat_client", self.chat), ("udp_chat_client", udp)):
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(program, number=number):
                    room = secrets.token_hex(8)
                    process = subprocess.Popen(
                        [os.path.join(programs, program), server.address, "-n", "alice", "-r",
                         room, "--stay", "--json"],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                        bufsize=0, env=environment)
                    self.addCleanup(lambda each: (each.kill(), each.communicate()), process)
                    fcntl.fcntl(process.stdout, 1031, 2 * 4096)  # F_SETPIPE_SZ
                    process.stdin.write(20 * (b"x" * 900 + b"\n"))
                    wait_until_full(process.stdout)
                    process.send_signal(number)
                    self.assertEqual(process.wait(20), 128 + number)

    def enterContext(self, context):  # as unittest has it from Python 3.11 on
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()


if __name__ == "__main__":
    unittest.main()
