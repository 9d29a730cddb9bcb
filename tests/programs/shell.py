# SPDX-License-Identifier: MIT
import hashlib
import json
import os
import pwd
import random
import re
import select
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

from helpers.peer import Peer, frame, output
from helpers.program import environment, eventually, gone, programs, run, scratch, wait_until_full
from helpers.server import Server, start_shell


class Client(unittest.TestCase):
    """shell_client, as it is used."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("shell_server").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def client(self, *command, **options):
        return run("shell_client", self.server.address, *command, **options)

    def test_output_and_exit_status_are_the_commands_own(self):
        result = self.client("--", "echo out; echo err >&2; exit 7")
        self.assertEqual((result.stdout, result.stderr, result.returncode), (b"out\n", b"err\n", 7))

    def test_words_are_joined_with_spaces_as_ssh_does(self):
        self.assertEqual(self.client("--", "printf", "'%s|'", "a", "'b c'").stdout, b"a|b c|")
        self.assertEqual(self.client("echo", "-n", "without dashes").stdout, b"without dashes")

    def test_a_signal_is_128_and_its_number(self):
        for number in [2, 9, 15, 34, 64]:
            self.assertEqual(self.client("--", f"kill -{number} $$").returncode, 128 + number)

    def test_a_command_that_looks_like_an_option_goes_behind_dashes(self):
        self.assertEqual(self.client("--", "-no-such-command").returncode, 127)
        self.assertEqual(self.client("--no-such-option").returncode, 2)

    def test_a_closed_standard_input_is_an_empty_one(self):
        result = run("shell_client", self.server.address, "cat; echo end", stdin=None,
                     preexec_fn=lambda: os.close(0))
        self.assertEqual(result.stdout, b"end\n")

    def test_a_command_that_is_not_utf_8_is_refused_here(self):
        result = self.client("echo", b"\xff")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"UTF-8", result.stderr)

    def test_standard_input_goes_to_the_command_byte_for_byte(self):
        data = bytes(range(256)) * 8 + random.Random(1).randbytes(3_000_000)
        result = self.client("--", "cat", stdin=data)
        self.assertEqual(hashlib.sha256(result.stdout).digest(), hashlib.sha256(data).digest())

    def test_a_file_is_standard_input_too(self):
        with open(__file__, "rb") as file:
            result = subprocess.run([os.path.join(programs, "shell_client"), self.server.address,
                                     "--", "cat"], stdin=file, capture_output=True,
                                    env=environment, timeout=30)
            file.seek(0)
            self.assertEqual(result.stdout, file.read())

    def test_a_command_that_reads_nothing_ends_while_input_is_open(self):
        read, write = os.pipe()
        try:
            result = subprocess.run([os.path.join(programs, "shell_client"), self.server.address,
                                     "--", "echo done"], stdin=read, capture_output=True,
                                    env=environment, timeout=30)
            self.assertEqual(result.stdout, b"done\n")
        finally:
            os.close(read)
            os.close(write)

    def test_long_output_is_whole(self):
        result = self.client("--", "seq 1 300000; seq 1 1000 >&2")
        self.assertEqual(result.stdout, b"".join(b"%d\n" % n for n in range(1, 300001)))
        self.assertEqual(result.stderr, b"".join(b"%d\n" % n for n in range(1, 1001)))

    def test_lines_of_a_pipe_are_run_one_by_one_and_cd_lasts(self):
        with tempfile.TemporaryDirectory() as folder:
            script = f"cd {folder}\nmkdir 'a b' && cd 'a b'\n\npwd\nfalse || echo no; exit 3\n"
            result = self.client(stdin=script.encode())
        self.assertEqual(result.stdout.decode(), f"{os.path.realpath(folder)}/a b\nno\n")
        self.assertEqual((result.stderr, result.returncode), (b"", 3))

    def test_a_line_exit_ends_the_lines(self):
        result = self.client(stdin=b"echo one\nexit 4\necho two\n")
        self.assertEqual((result.stdout, result.returncode), (b"one\n", 4))

    def test_lines_are_run_in_one_shell(self):
        for lines, shown, code in [
                (b"false\necho $?\n", b"1\n", 0), (b"echo one\nfalse", b"one\n", 1), (b"", b"", 0),
                (b"export X=1\nf() { echo $X; }\numask 027\n(exit 3)\nf; umask\n", b"1\n0027\n", 0),
                (b"for i in 1 2; do\n  echo $i\ndone\n", b"1\n2\n", 0),
                (b"cat <<E\none\n\ntwo\nE\necho three\n", b"one\n\ntwo\nthree\n", 0),
                (b"echo 'one\ntwo'\n", b"one\ntwo\n", 0),
                (b"#!/bin/sh\ncat; read x; echo \"$?$x\"\n", b"1\n", 0),
                (b"kill -TERM $$\necho never\n", b"", 128 + signal.SIGTERM),
                (b"sleep 1000 & echo one\necho two; kill $!\n", b"one\ntwo\n", 0),
                (b"printf '\xff\\n'\n", b"\xff\n", 0),
                (b": " + 200_000 * b"x" + b"\necho end\n", b"end\n", 0)]:
            with self.subTest(lines[:80]):
                result = self.client(stdin=lines)
                self.assertEqual((result.stdout, result.stderr, result.returncode),
                                 (shown, b"", code))

    def test_a_line_that_cannot_be_understood_ends_the_lines(self):
        result = self.client(stdin=b"echo one\n)\necho two\n")
        self.assertEqual((result.stdout, result.returncode), (b"one\n", 2))
        self.assertTrue(result.stderr)

    def test_what_lines_start_inherits_three_descriptors(self):
        shown = self.client(stdin=b"ls /proc/self/fd\n").stdout
        self.assertEqual(shown, b"0\n1\n2\n3\n")  # 3 is the folder that ls reads

    def test_a_line_runs_as_soon_as_it_was_read(self):
        client = subprocess.Popen([os.path.join(programs, "shell_client"), self.server.address],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        for number in range(5):
            client.stdin.write(b"echo %d\n" % number)
            client.stdin.flush()
            self.assertEqual(client.stdout.readline(), b"%d\n" % number)
        client.communicate(timeout=20)

    def test_many_lines_are_run_one_after_the_other(self):
        lines = b"".join(b"n=$((n + 1))\n" for _ in range(3000))
        self.assertEqual(self.client(stdin=lines + b"echo $n\n").stdout, b"3000\n")

    def test_a_command_begins_at_home_or_where_it_is_told_to(self):
        with tempfile.TemporaryDirectory() as home:
            home = os.path.realpath(home)
            os.mkdir(f"{home}/sub")
            for options, begin in [((), home), (("--cwd", "/usr"), "/usr")]:
                with Server("shell_server", *options, before=["env", f"HOME={home}"]) as server:
                    for words, folder in [((), begin), (("--cwd", "/usr/lib"), "/usr/lib"),
                                          (("--cwd", "sub"), f"{begin}/sub")]:
                        result = run("shell_client", server.address, *words, "--", "pwd; pwd -P")
                        there = f"{folder}\n{folder}\n".encode() if os.path.isdir(folder) else b""
                        with self.subTest(options=options, words=words):
                            self.assertEqual(result.stdout, there)
                            if not there:
                                self.assertIn(b"its folder: No such file", result.stderr)
            result = run("shell_server", "--cwd", f"{home}/none")
            self.assertEqual((result.stdout, result.returncode), (b"", 2))
            self.assertIn(b"--cwd", result.stderr)

    def test_a_home_that_cannot_be_entered_is_none(self):
        home = pwd.getpwuid(os.geteuid()).pw_dir
        begin = os.path.realpath(home) if os.access(home, os.X_OK) else "/"
        with Server("shell_server", before=["env", "HOME=/no/such"]) as server:
            result = run("shell_client", server.address, "--", "pwd -P")
        self.assertEqual(result.stdout.decode(), f"{begin}\n")

    def test_a_command_that_is_too_long_says_how_long_it_may_be(self):
        result = self.client("--", "x" * 66_000)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rb"too long.* 660\d\d bytes.* 65536 ")

    def test_an_interrupt_reaches_the_command(self):
        client = subprocess.Popen(
            [os.path.join(programs, "shell_client"), self.server.address, "--",
             "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.01; done"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.communicate(timeout=20)[0], b"caught\n")
        self.assertEqual(client.returncode, 5)

    def test_an_interrupt_overtakes_input_that_nobody_reads(self):
        client = subprocess.Popen(
            [os.path.join(programs, "shell_client"), self.server.address, "--",
             "echo ready; exec sleep 1000"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        os.set_blocking(client.stdin.fileno(), False)
        while select.select([], [client.stdin], [], 0.5)[1]:  # until the client takes no more
            try:
                os.write(client.stdin.fileno(), bytes(65536))
            except BlockingIOError:
                break
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(timeout=20), 128 + signal.SIGINT)
        client.stdin.close()
        client.stdout.close()

    def test_an_interrupt_reaches_a_command_whose_output_nobody_reads(self):
        for stream in ("stdout", "stderr"):
            with self.subTest(stream):
                client = subprocess.Popen(
                    [os.path.join(programs, "shell_client"), self.server.address, "--",
                     "exec 3>&1; [ STREAM = stdout ] || exec 1>&2; echo $$ >&3; exec 3>&-; exec yes"
                     .replace("STREAM", stream)],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    bufsize=0, env=environment)
                pid = int(client.stdout.readline())
                wait_until_full(getattr(client, stream))
                client.send_signal(signal.SIGINT)
                self.assertTrue(gone(pid, 10))
                until = time.monotonic() + 10
                while not gone(client.pid, 0.1):  # two within a second give up
                    self.assertLess(time.monotonic(), until)
                    client.send_signal(signal.SIGINT)
                client.communicate()
                self.assertIn(client.returncode, (255, -signal.SIGINT))

    def test_nobody_there_is_exit_255_and_bad_usage_exit_2(self):
        for arguments, code in [(("127.0.0.1:1", "--", "true"), 255), ((), 2), (("nonsense",), 2),
                                (("unix:/no/such/socket", "--", "true"), 255)]:
            with self.subTest(arguments):
                result = run("shell_client", *arguments)
                self.assertEqual(result.returncode, code)
                self.assertTrue(result.stderr)

    def test_a_wrong_token_is_refused_with_exit_1(self):
        with tempfile.NamedTemporaryFile() as token:
            token.write(b"0" * 64)
            token.flush()
            result = self.client("--token-file", token.name, "--", "true")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"token", result.stderr)


class Protocol(unittest.TestCase):
    """shell_server, as a stranger's program talks to it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("shell_server").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def setUp(self):
        self.peer = self.server.connect()
        self.addCleanup(self.peer.__exit__)
        self.peer.authenticate()

    def execute(self, number, command, **members):
        self.peer.send({"type": "exec", "id": number, "command": command, **members})

    def finish(self, number, command, **members):
        self.execute(number, command, **members)
        return self.peer.until("exit", number)

    def assert_error(self, code, number=None):
        header = self.peer.until("error")[-1][0]
        self.assertEqual((header["code"], header.get("id")), (code, number))

    def test_many_commands_run_at_once_and_their_streams_never_mix(self):
        for n in range(20):
            self.execute(n, f"for i in 1 2 3 4 5 6 7 8; do echo {n}; done; exit {n}")
        messages = []
        for _ in range(20):
            messages += self.peer.until("exit")
        for n in range(20):
            self.assertEqual(output(messages, number=n), b"%d\n" % n * 8)
        self.assertEqual({h["id"]: h["status"] for h, _ in messages if h["type"] == "exit"},
                         {n: n for n in range(20)})

    def test_directory_and_environment_are_the_callers(self):
        messages = self.finish(1, "pwd; echo $WORD", cwd="/usr", env={"WORD": "a=b c"})
        self.assertEqual(output(messages), b"/usr\na=b c\n")

    def test_input_comes_in_pieces_and_ends(self):
        self.execute(4294967295, "wc -c; echo end")
        for _ in range(10):
            self.peer.send({"type": "stdin", "id": 4294967295}, b"x" * 1000)
        self.peer.send({"type": "stdin_close", "id": 4294967295})
        self.assertEqual(output(self.peer.until("exit")).split(), [b"10000", b"end"])

    def test_a_child_that_closed_its_input_costs_nobody_anything(self):
        self.execute(1, "exec <&-; echo closed; sleep 0.2; echo end")
        self.peer.until("stdout")
        self.peer.send({"type": "stdin", "id": 1}, b"x" * 1_000_000)
        self.assertEqual(output(self.peer.until("exit")), b"end\n")

    def test_a_signal_goes_to_the_whole_group_and_is_told(self):
        self.execute(1, "sleep 1000 | sleep 1000; echo no")
        self.peer.send({"type": "signal", "id": 1, "signal": "TERM"})
        header, _ = self.peer.until("exit")[-1]
        self.assertEqual(header["signal"], "TERM")
        self.assertNotIn("status", header)

    joins_our_group = ("exec python3 -c 'import os, time; os.setpgid(0, os.getpgid(os.getppid())); "
                       "print(os.getpid(), flush=True); time.sleep(1000)'")

    def test_a_command_that_leaves_its_group_is_ended_by_its_time_limit_and_its_slot_is_free(self):
        messages = self.finish(1, self.joins_our_group, timeout_ms=1000)
        self.assertEqual([messages[-2][0].get("code"), messages[-1][0].get("signal")],
                         ["timeout", "TERM"])
        self.assertEqual(self.finish(1, "exit 3")[-1][0]["status"], 3)

    def test_a_command_that_leaves_its_group_gets_signals_and_ends_with_its_client(self):
        self.execute(1, self.joins_our_group)
        self.peer.until("stdout")
        self.peer.send({"type": "signal", "id": 1, "signal": "USR1"})
        self.assertEqual(self.peer.until("exit")[-1][0]["signal"], "USR1")
        self.execute(2, self.joins_our_group)
        pid = int(output(self.peer.until("stdout")))
        self.peer.__exit__()
        self.assertTrue(gone(pid, 10))

    def test_an_exit_says_how_much_input_was_read(self):
        self.execute(1, "head -c 5 >/dev/null; exec sleep 0.2")
        self.peer.send({"type": "stdin", "id": 1}, b"x" * 1000)
        self.assertEqual(self.peer.until("exit")[-1][0]["stdin_read"], 5)

    def test_all_output_comes_before_the_exit_also_after_stdout_was_closed(self):
        messages = self.finish(1, "exec >&-; head -c 1000000 /dev/zero >&2")
        self.assertEqual(len(output(messages, "stderr")), 1_000_000)

    def test_what_a_group_leaves_running_holds_the_exit_a_second_at_most(self):
        began = time.monotonic()
        messages = self.finish(1, "sleep 1000 & echo $!; while :; do echo y; sleep 0.01; done & echo $!; exit 3")
        self.assertLess(time.monotonic() - began, 8)
        pids = [int(line) for line in output(messages).split(b"\n") if line.isdigit()]
        self.assertEqual((len(pids), messages[-1][0]["status"]), (2, 3))
        self.assertFalse(gone(pids[0]), "it lives on until the connection ends")
        self.peer.socket.close()
        self.peer.file.close()
        self.assertTrue(gone(pids[0], 10), "the connection took it along")

    def test_a_client_that_vanishes_takes_its_commands_along(self):
        self.execute(1, "trap '' TERM; echo $$; while :; do sleep 0.1; done")
        pid = int(output(self.peer.until("stdout")))
        self.peer.socket.close()
        self.peer.file.close()
        self.assertTrue(gone(pid, 10), "killed, since it ignored TERM")

    def test_a_client_that_vanishes_while_its_input_is_held_back_takes_its_commands_along(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server("shell_server", listen=f"unix:{folder}/socket") as local:
                for server, end in [(self.server, Peer.__exit__), (self.server, Peer.reset),
                                    (local, Peer.__exit__)]:
                    with self.subTest(server.address, end=end):
                        peer = server.connect()
                        peer.authenticate()
                        pid = peer.hold_back("exec sleep 1000")
                        end(peer)
                        self.assertTrue(gone(pid, 10))

    def test_a_client_that_has_said_all_is_heard_to_the_end_while_it_is_held_back(self):
        with tempfile.TemporaryDirectory() as folder:
            fifo = os.path.join(folder, "fifo")
            os.mkfifo(fifo)
            self.execute(1, f"cat {fifo}; wc -c")
            for _ in range(32):
                self.peer.send({"type": "stdin", "id": 1}, bytes(65536))
            self.peer.socket.shutdown(socket.SHUT_WR)
            for _ in range(3):  # probes of whether it is still there
                while self.peer.receive()[0] != {}:
                    pass
            with open(fifo, "wb"):
                pass
            messages = self.peer.until("exit")
        self.assertEqual(int(output(messages)), 32 * 65536)
        self.assertIsNone(self.peer.receive())

    def test_a_flood_holds_the_command_and_not_memory(self):
        self.execute(1, "yes")
        self.peer.until("stdout")
        before = self.resident()
        self.assertFalse(gone(self.server.process.pid, 1))  # a second of flood
        self.assertLess(self.resident(), before + 1000)
        self.peer.send({"type": "signal", "id": 1, "signal": "KILL"})
        self.peer.until("exit")

    def test_who_does_not_read_the_answers_is_not_heard(self):
        self.peer.socket.setblocking(False)
        wire = frame({"no": "type"}) * 1000
        sent, most = 0, 64 * 1024 * 1024  # far more than the sockets hold
        while sent < most and select.select([], [self.peer.socket], [], 0.5)[1]:
            try:
                sent += self.peer.socket.send(wire)
            except BlockingIOError:
                pass
        self.assertLess(sent, most)

    def test_a_client_that_has_said_all_is_answered_to_the_end(self):
        self.execute(1, "cat; sleep 0.7; echo late; exit 4")
        self.peer.socket.shutdown(1)
        messages = self.peer.until("exit")
        self.assertEqual((output(messages), messages[-1][0]["status"]), (b"late\n", 4))
        self.assertIsNone(self.peer.receive())

    def resident(self):
        """The server's memory, in pages."""
        with open(f"/proc/{self.server.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1])

    def test_a_command_inherits_three_descriptors_and_no_signal_setting(self):
        other = self.server.connect()
        self.addCleanup(other.__exit__)
        messages = self.finish(1, "ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status")
        lines = output(messages).split(b"\n")
        self.assertEqual(lines[:4], [b"0", b"1", b"2", b"3"])  # 3 is the folder that ls reads
        for line in lines[4:6]:
            ours = int(line.split()[1], 16) & 0x7fffffff  # libc keeps signals 32 and 33 for itself
            self.assertEqual(ours, 0, line)
        self.assertEqual(self.finish(2, "kill -PIPE $$")[-1][0]["signal"], "PIPE")

    def test_nothing_is_left_of_commands_that_ended(self):
        for n in range(50):
            self.finish(n, "true")
        pid = self.server.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            self.assertEqual(children.read().split(), [])
        self.assertLess(len(os.listdir(f"/proc/{pid}/fd")), 40)

    def test_an_id_is_free_again_after_its_exit_and_not_before(self):
        self.execute(1, "cat")
        self.execute(1, "true")
        self.assert_error("bad_request", 1)
        self.peer.send({"type": "stdin_close", "id": 1})
        self.peer.until("exit", 1)
        self.assertEqual(self.finish(1, "exit 9")[-1][0]["status"], 9)

    def test_a_bad_message_is_answered_and_the_connection_goes_on(self):
        for header, code, number in [
                ({"no": "type"}, "bad_request", None),
                ({"type": 1}, "bad_request", None),
                ({"type": "dance", "id": 3}, "unknown_type", 3),
                ({"type": "exec", "command": "true"}, "bad_request", None),
                ({"type": "exec", "id": -1, "command": "true"}, "bad_request", None),
                ({"type": "exec", "id": 4294967296, "command": "true"}, "bad_request", None),
                ({"type": "exec", "id": 1, "command": ["true"]}, "bad_request", 1),
                ({"type": "exec", "id": 1, "command": "a\0b"}, "bad_request", 1),
                ({"type": "exec", "id": 1, "command": "true", "cwd": 7}, "bad_request", 1),
                ({"type": "exec", "id": 1, "command": "true", "env": {"a": 1}}, "bad_request", 1),
                ({"type": "exec", "id": 1, "command": "true", "cwd": "/no/such"}, "spawn_failed", 1),
                *[({"type": "exec", "id": 1, "command": "true",
                    "pty": {"rows": 24, "cols": 80, "term": term}}, "bad_request", 1)
                  for term in ["", "../evil", "a b", "x\n", "x" * 65, 7]],
                ({"type": "stdin", "id": 77}, "unknown_id", 77),
                ({"type": "stdin_close", "id": 77}, "unknown_id", 77),
                ({"type": "signal", "id": 77, "signal": "INT"}, "unknown_id", 77)]:
            with self.subTest(header):
                self.peer.send(header)
                self.assert_error(code, number)
        self.assertEqual(output(self.finish(1, "echo still here")), b"still here\n")

    def test_input_for_a_command_that_cannot_run_is_nobodys(self):
        self.execute(1, "cat", cwd="/no/such")
        for _ in range(32):  # more than waits for one that runs
            self.peer.send({"type": "stdin", "id": 1}, bytes(65536))
        self.assertEqual(self.peer.until("error", 1)[-1][0]["code"], "spawn_failed")
        self.assertEqual(output(self.finish(2, "echo next"), number=2), b"next\n")

    def test_a_keep_alive_is_never_answered(self):
        for _ in range(100):
            self.peer.send({})
        self.assertEqual(output(self.finish(1, "echo next")), b"next\n")

    def test_a_protocol_fault_is_named_and_ends_the_connection(self):
        for wire, code in [(b"\0\0\0\0", "empty_header"), (b"GET / HTTP/1.1\r\n", "header_too_large"),
                           (b"\0\0\0\2[]", "invalid_header")]:
            with self.subTest(code):
                peer = self.server.connect()
                peer.authenticate()
                peer.socket.sendall(wire)
                self.assertEqual(peer.receive()[0]["code"], code)
                self.assertIsNone(peer.receive())
                peer.__exit__()

    def test_the_same_bytes_cut_anyhow_do_the_same(self):
        wire = (frame({"type": "exec", "id": 1, "command": "cat"}) +
                frame({"type": "stdin", "id": 1}, "你好\n".encode()) +
                frame({"type": "stdin_close", "id": 1}))
        self.peer.socket.setsockopt(6, 1, 1)  # TCP_NODELAY, so that each byte travels alone
        for byte in wire:
            self.peer.socket.sendall(bytes([byte]))
        self.assertEqual(output(self.peer.until("exit")), "你好\n".encode())


class Doors(unittest.TestCase):
    """Who gets in, and where."""

    def test_nothing_is_understood_before_the_token(self):
        with Server("shell_server") as server:
            for header in [{"type": "exec", "id": 1, "command": "touch never"},
                           {"type": "auth", "token": "0" * 64}, {"type": "auth"}]:
                with self.subTest(header), server.connect() as peer:
                    peer.send(header)
                    self.assertEqual(peer.receive()[0]["code"], "unauthorized")
                    self.assertIsNone(peer.receive())

    def test_a_fault_before_the_token_is_not_answered(self):
        with Server("shell_server") as server, server.connect() as peer:
            peer.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
            self.assertIsNone(peer.receive())

    def test_the_token_is_made_for_its_owner_alone(self):
        with Server("shell_server"):
            path = os.path.join(scratch.name, "framing-token")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, encoding="ascii") as token:
                self.assertRegex(token.read(), r"\A[0-9a-f]{64}\n\Z")

    def test_a_token_that_others_can_read_is_refused(self):
        with tempfile.NamedTemporaryFile() as token:
            token.write(b"0" * 64)
            token.flush()
            os.chmod(token.name, 0o644)
            result = run("shell_server", "--token-file", token.name)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"chmod 600", result.stderr)

    def test_a_token_that_others_could_have_put_there_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            token = os.path.join(folder, "token")
            with open(os.open(token, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
                file.write("0" * 64)
            link = os.path.join(folder, "link")
            os.symlink(token, link)
            self.refuse_token(link, b"symbolic link")
            os.chmod(folder, 0o777)
            self.refuse_token(token, b"chmod o-w")
            os.chmod(folder, 0o700)
            if os.geteuid() == 0:
                os.chown(token, 1234, 1234)
                self.refuse_token(token, b"user 1234's")

    def refuse_token(self, path, why):
        for program in ("shell_server", "shell_client"):
            arguments = ["127.0.0.1:9", "true"] if program == "shell_client" else []
            with self.subTest(program=program, why=why):
                if program == "shell_client":
                    with Server("shell_server") as server:
                        arguments[0] = server.address
                        result = run(program, "--token-file", path, *arguments)
                else:
                    result = run(program, "--token-file", path)
                self.assertEqual(result.returncode, 1)
                self.assertIn(why, result.stderr)

    def test_servers_that_start_at_once_agree_upon_a_token(self):
        with tempfile.TemporaryDirectory() as folder:
            token = os.path.join(folder, "token")
            servers = [subprocess.Popen([os.path.join(programs, "shell_server"),
                                         "--token-file", token], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=environment)
                       for _ in range(12)]
            try:
                for server in servers:
                    address = server.stdout.readline().split()[-1].decode()
                    result = run("shell_client", address, "--token-file", token, "echo in")
                    self.assertEqual(result.stdout, b"in\n")
            finally:
                for server in servers:
                    server.terminate()
                    server.communicate(timeout=10)
            self.assertEqual(os.listdir(folder), ["token"])

    def test_signals_that_whoever_starts_a_server_ignores_or_blocks_are_its_own_again(self):
        def start_badly():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
        process = subprocess.Popen([os.path.join(programs, "shell_server")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment, preexec_fn=start_badly)
        address = process.stdout.readline().split()[-1].decode()
        self.assertEqual(run("shell_client", address, "exit 3").returncode, 3)
        process.terminate()
        process.communicate(timeout=10)
        self.assertEqual(process.returncode, 0)

    def test_what_is_no_token_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            empty = os.path.join(folder, "empty")
            os.close(os.open(empty, os.O_CREAT, 0o600))
            for path, why, code in [(folder, b"a folder", 2), (empty, b"empty", 1)]:
                result = run("shell_server", "--token-file", path)
                self.assertEqual(result.returncode, code)
                self.assertIn(why, result.stderr)

    def test_other_addresses_than_this_machines_own_are_refused(self):
        for address in ["0.0.0.0:0", "[::]:0", "nonsense", "127.0.0.1", "127.0.0.1:99999"]:
            with self.subTest(address):
                result = run("shell_server", "--listen", address)
                self.assertEqual((result.returncode, result.stdout), (2, b""))
                self.assertIn(b"--listen", result.stderr)

    def test_a_port_in_use_is_one_clear_line(self):
        with Server("shell_server") as server:
            result = run("shell_server", "--listen", server.address)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"in use", result.stderr)

    def test_a_unix_domain_socket_works_and_is_taken_away(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server("shell_server", listen=f"unix:{folder}/socket") as server:
                self.assertEqual(run("shell_client", server.address, "--", "echo hi").stdout, b"hi\n")
                self.assertEqual(stat.S_IMODE(os.stat(f"{folder}/socket").st_mode) & 0o077, 0)
            self.assertEqual(os.listdir(folder), [])

    def test_a_socket_file_left_behind_is_replaced_and_another_file_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            left = socket.socket(socket.AF_UNIX)
            left.bind(f"{folder}/socket")
            left.close()
            with Server("shell_server", listen=f"unix:{folder}/socket") as server:
                self.assertEqual(run("shell_client", server.address, "true").returncode, 0)
                second = run("shell_server", "--listen", server.address)
                self.assertEqual(second.returncode, 2, "it is in use")
            with open(f"{folder}/file", "w", encoding="ascii") as file:
                file.write("precious")
            self.assertEqual(run("shell_server", "--listen", f"unix:{folder}/file").returncode, 2)
            self.assertEqual(os.path.getsize(f"{folder}/file"), 8)

    def test_commands_above_a_limit_are_too_many_and_others_go_on(self):
        with Server("shell_server", "--commands", "2", "--commands-in-all", "3") as server:
            with server.connect() as one, server.connect() as two:
                def ask(peer, number, command="cat"):
                    peer.send({"type": "exec", "id": number, "command": command})

                def refused(peer):
                    header = peer.until("error")[-1][0]
                    return header["code"], header["id"]

                for peer in one, two:
                    peer.authenticate()
                for number in 1, 2, 3:
                    ask(one, number)
                self.assertEqual(refused(one), ("too_many", 3))
                ask(two, 1)
                ask(two, 2)
                self.assertEqual(refused(two), ("too_many", 2))
                one.send({"type": "stdin_close", "id": 1})
                one.until("exit", 1)
                ask(two, 2, "echo room again")
                self.assertEqual(output(two.until("exit", 2)), b"room again\n")

    def test_what_commands_have_left_running_counts_as_well(self):
        with Server("shell_server", "--commands", "2", "--commands-in-all", "3") as server:
            with server.connect() as one, server.connect() as two:
                def leave(peer):
                    peer.send({"type": "exec", "id": 1,
                               "command": "sleep 60 </dev/null >/dev/null 2>&1 & echo $!"})
                    return int(output(peer.until("exit")))

                def refused(peer):
                    peer.send({"type": "exec", "id": 2, "command": "true"})
                    return peer.receive()[0].get("code")

                for peer in one, two:
                    peer.authenticate()
                leave(one)
                pid = leave(one)
                self.assertEqual(refused(one), "too_many")
                leave(two)
                self.assertEqual(refused(two), "too_many")
                os.kill(pid, signal.SIGKILL)
                until = time.monotonic() + 20
                while refused(one) == "too_many":  # it counts until somebody has collected it
                    self.assertLess(time.monotonic(), until)

    def test_connections_above_the_limit_are_turned_away(self):
        with Server("shell_server", "--per-address", "2") as server:
            with server.connect() as one, server.connect() as two:
                one.authenticate()
                two.authenticate()
                with server.connect() as three:
                    self.assertIsNone(three.receive())

    def test_what_a_server_says_can_do_nothing_to_the_terminal(self):
        with Server("shell_server"), socket.create_server(("127.0.0.1", 0)) as evil:
            client = subprocess.Popen(
                [os.path.join(programs, "shell_client"), f"127.0.0.1:{evil.getsockname()[1]}", "x"],
                stderr=subprocess.PIPE, env=environment)
            with evil.accept()[0] as peer:
                peer.sendall(frame({"type": "error", "code": "x",
                                    "message": "clear\x1b[2J\nroot# \x7f"}))
                self.assertEqual(client.communicate(timeout=20)[1],
                                 b"shell_client: clear\\u001b[2J\\nroot# \\u007f\n")

    def test_files_without_a_name_do_not_let_anybody_in(self):
        result = run("shell_server", "--tls-cert", "", "--tls-key", "", "--tls-client-ca", "")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, b"")

    def test_the_right_token_does_not_wait_for_wrong_ones(self):
        with Server("shell_server") as server:
            def guess():
                peer = server.connect()
                peer.send({"type": "auth", "token": "wrong"})
                return peer
            for _ in range(3):
                with guess() as peer:
                    self.assertEqual(peer.receive()[0]["code"], "unauthorized")
            with guess() as held, server.connect() as owner:
                owner.authenticate()
                self.assertFalse(select.select([held.socket], [], [], 0)[0])
                self.assertEqual(held.receive()[0]["code"], "unauthorized")

    def test_who_hangs_up_to_guess_again_is_no_faster(self):
        with Server("shell_server") as server:
            began, guesses = time.monotonic(), 0
            while guesses < 200:
                with server.connect() as guesser:
                    guesser.send({"type": "auth", "token": f"{guesses}"})
                    select.select([guesser.socket], [], [], 0.005)
                guesses += 1
            took = time.monotonic() - began
            with server.connect() as owner:
                owner.authenticate()
        judged = len(re.findall(r" refused: wrong token", server.log))
        judged += sum(int(found[1]) for found in re.finditer(r" refused.*; (\d+) more", server.log))
        self.assertGreater(judged, 10)
        self.assertLess(judged, 5 + took * 1000 / 50)

    def test_a_guesser_that_goes_is_not_kept_for_its_pause(self):
        with Server("shell_server") as server:
            for _ in range(4):  # whose pauses are 0, 0, 0 and 1 seconds; the next one's is 2
                with server.connect() as guesser:
                    guesser.send({"type": "auth", "token": "wrong"})
                    guesser.receive()
            with server.connect() as guesser:
                guesser.send({"type": "auth", "token": "wrong"})
                name = "{}:{}".format(*guesser.socket.getsockname())
            with server.connect() as owner:
                owner.authenticate()
                owner.send({"type": "exec", "id": 1, "command": "sleep 1"})
                owner.until("exit")
        self.assertLess(server.log.index(f"{name} disconnected"), server.log.index(" ended: "))

    def test_a_server_that_stops_says_goodbye_and_ends_what_runs(self):
        with Server("shell_server") as server, server.connect() as peer:
            peer.authenticate()
            peer.send({"type": "exec", "id": 1, "command": "echo $$; exec sleep 1000"})
            pid = int(output(peer.until("stdout")))
            server.process.terminate()
            messages = peer.until("exit")
            self.assertIn({"type": "bye"}, [header for header, _ in messages])
            self.assertEqual(messages[-1][0]["signal"], "TERM")
            self.assertIsNone(peer.receive())
            self.assertEqual(server.process.wait(timeout=6), 0)
            self.assertTrue(gone(pid))

    def test_a_second_signal_stops_at_once(self):
        with Server("shell_server") as server, server.connect() as peer:
            peer.authenticate()
            peer.send({"type": "exec", "id": 1,
                       "command": "trap '' TERM; echo $$; while :; do sleep 0.1; done"})
            pid = int(output(peer.until("stdout")))
            server.process.terminate()
            peer.until("bye")
            server.process.terminate()
            self.assertEqual(server.process.wait(timeout=2), 0)
            self.assertTrue(gone(pid, 10))

    def test_a_connection_that_breaks_in_mid_command_is_exit_255(self):
        with Server("shell_server") as server:
            client = subprocess.Popen(
                [os.path.join(programs, "shell_client"), server.address, "--",
                 "echo ready; sleep 5"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=environment)
            client.stdout.readline()
            server.process.kill()
            _, complaint = client.communicate(timeout=20)
            self.assertEqual(client.returncode, 255)
            self.assertIn(b"connection", complaint)
            server.process.wait()
            server.process.returncode = 0


class Audit(unittest.TestCase):
    """--audit FILE"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "audit")

    def start(self, *options, before=()):
        return start_shell(self, "--audit", self.file, *options, before=before)

    def lines(self):
        with open(self.file, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_a_line_for_a_shell_is_there_before_the_shell_has_it(self):
        peer = self.start()
        peer.send({"type": "shell", "id": 1})
        self.assertEqual(self.begun(peer), {"shell": "/bin/sh"})
        line = f"cat {self.file}"
        peer.send({"type": "stdin", "id": 1}, line.encode() + b"\n")
        shown = output(peer.until("stdout")).splitlines()
        entry = json.loads(shown[-1])
        self.assertEqual((entry["line"], entry["pid"]), (line, self.lines()[0]["pid"]))

    def test_a_shell_at_a_terminal_has_a_line(self):
        peer = self.start()
        peer.send({"type": "shell", "id": 1, "pty": {"rows": 24, "cols": 80}})
        self.assertTrue(os.access(self.begun(peer)["shell"], os.X_OK))

    def begun(self, peer):
        """What a line says of something that was begun, beside where, when and by whom."""
        eventually(self.lines)
        return {name: value for name, value in self.lines()[0].items()
                if name not in ("peer", "who", "time", "pid")}

    def test_no_shell_has_a_line_that_cannot_be_written(self):
        peer = self.start(before=["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"])  # 512 bytes
        peer.send({"type": "shell", "id": 1})
        for number in range(20):
            peer.send({"type": "stdin", "id": 1}, f"mkdir {self.folder}/{number}\n".encode())
        messages = peer.until("exit")
        codes = [header["code"] for header, _ in messages if header["type"] == "error"]
        self.assertEqual(codes, ["not_recorded"])
        self.assertEqual(len(os.listdir(self.folder)), len(self.lines()))  # the file, and the shell's

    def test_a_file_is_one_servers(self):
        self.start()
        result = run("shell_server", "--audit", self.file)
        self.assertEqual((result.stdout, result.returncode), (b"", 2))
        self.assertRegex(result.stderr, rb"\A[^\n]* is that of another server that runs\n\Z")

    def test_what_a_client_sets_is_in_the_line(self):
        peer = self.start()
        peer.run("true", env={"PATH": "/tmp"})
        self.assertEqual(self.lines()[-1]["env"], {"PATH": "/tmp"})

    def test_a_line_is_there_before_its_command_runs(self):
        peer = self.start()
        command = f"echo $$; cat {self.file}"
        pid, line = peer.run(command, cwd="/usr").split(b"\n", 1)
        entry = json.loads(line)
        self.assertRegex(entry.pop("time"), r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
        self.assertEqual(entry, {"peer": "{}:{}".format(*peer.socket.getsockname()), "who": "token",
                                 "command": command, "cwd": "/usr", "pid": int(pid)})
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)

    def test_what_is_refused_has_a_line_too(self):
        peer = self.start("--allow", "true")
        peer.send({"type": "exec", "id": 1, "command": "id"})
        peer.until("error")
        self.assertEqual([line["refused"] for line in self.lines()], ["not_allowed"])

    def test_lines_follow_those_that_were_there_also_behind_half_of_one(self):
        with open(self.file, "w", encoding="ascii") as file:
            file.write('{"an":"old one"}\n{"half')
        self.start().run("true")
        with open(self.file, encoding="ascii") as file:
            old, half, new = file.read().splitlines()
        self.assertEqual((old, half, json.loads(new)["command"]),
                         ('{"an":"old one"}', '{"half', "true"))

    def test_nothing_runs_whose_line_cannot_be_written_and_no_half_of_it_stays(self):
        peer = self.start(before=["sh", "-c", 'ulimit -f 1; exec "$@"', "sh"])  # 512 bytes
        for number in range(20):
            command = f"mkdir {self.folder}/{number}"
            peer.send({"type": "exec", "id": 1, "command": command})
            answer = peer.receive()[0]
            if answer["type"] == "error":
                break
        self.assertEqual((answer["code"], answer["id"]), ("spawn_failed", 1))
        self.assertIn("audit file", answer["message"])
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(["audit", *map(str, range(number))]))
        self.assertEqual(len(self.lines()), number)
        os.truncate(self.file, 0)
        self.assertEqual(peer.run("echo again"), b"again\n")

    def test_what_is_no_file_is_one_clear_line_at_the_start(self):
        os.symlink("/dev/null", f"{self.folder}/link")
        os.mkfifo(f"{self.folder}/fifo")
        for path in ["/dev/full", self.folder, f"{self.folder}/link", f"{self.folder}/fifo",
                     f"{self.folder}/no/such"]:
            with self.subTest(path):
                result = run("shell_server", "--audit", path)
                self.assertEqual((result.stdout, result.returncode), (b"", 2))
                self.assertRegex(result.stderr, rb"\A[^\n]*--audit [^\n]*\n\Z")


if __name__ == "__main__":
    unittest.main()
