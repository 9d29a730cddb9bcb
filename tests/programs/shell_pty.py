# SPDX-License-Identifier: MIT
import os
import select
import signal
import subprocess
import tempfile
import time
import unittest

from helpers.peer import output
from helpers.program import environment, gone, programs, run
from helpers.screen import Screen
from helpers.server import Server, start_shell


class TestCase(unittest.TestCase):
    """A server, and a client by hand for each test."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server("shell_server", *cls.options).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def setUp(self):
        self.peer = self.server.connect()
        self.addCleanup(self.peer.__exit__)
        self.peer.authenticate()

    def execute(self, command, number=1, **members):
        self.peer.send({"type": "exec", "id": number, "command": command, **members})

    def finish(self, command, **members):
        """Runs a command to its end. Returns: its output, and its exit."""
        self.execute(command, **members)
        messages = self.peer.until("exit", 1)
        return output(messages), messages[-1][0]

    def refused(self, command, **members):
        """Runs a command that must not run. Returns: the code of the error."""
        self.execute(command, **members)
        header, _ = self.peer.receive()
        self.assertEqual((header["type"], header["id"]), ("error", 1), header)
        return header["code"]


class Terminal(TestCase):
    """A command on a terminal of its own."""

    terminal = {"rows": 30, "cols": 100, "term": "vt100"}

    def execute(self, command, number=1, **members):
        super().execute(command, number, **{"pty": self.terminal, **members})

    def type_in(self, keys):
        self.peer.send({"type": "stdin", "id": 1}, keys)

    def until_output(self, wanted):
        """All output up to the first message after which it has these bytes."""
        text = b""
        while wanted not in text:
            text += output(self.peer.until("stdout"))
        return text

    def test_it_has_the_size_and_the_name_that_were_given(self):
        self.assertEqual(self.finish("stty size; echo $TERM")[0], b"30 100\r\nvt100\r\n")

    def test_all_three_streams_are_the_terminal(self):
        text, _ = self.finish("tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all")
        self.assertRegex(text, rb"\A/dev/pts/[0-9]+\r\nall\r\n\Z")

    def test_it_is_the_controlling_terminal(self):
        self.assertEqual(self.finish("echo there >/dev/tty")[0], b"there\r\n")

    def test_a_command_that_asks_for_none_has_none(self):
        super().execute("tty")
        messages = self.peer.until("exit")
        self.assertEqual((output(messages), messages[-1][0]["status"]), (b"not a tty\n", 1))

    def test_lines_end_as_a_terminal_ends_them_and_both_streams_are_one(self):
        self.execute("printf 'a\\nb\\n'; echo c >&2")
        messages = self.peer.until("exit")
        self.assertEqual(output(messages), b"a\r\nb\r\nc\r\n")
        self.assertEqual(output(messages, "stderr"), b"")

    def test_the_exit_status_comes_through(self):
        self.assertEqual(self.finish("exit 7")[1]["status"], 7)
        self.assertEqual(self.finish("kill -TERM $$")[1]["signal"], "TERM")

    def test_all_output_comes_before_the_exit(self):
        for _ in range(5):
            text, _ = self.finish("seq 1 20000")
            self.assertEqual(text, b"".join(b"%d\r\n" % n for n in range(1, 20001)))

    def test_what_is_typed_is_shown_and_read_by_lines(self):
        self.execute("read -r line; echo \"got $line\"")
        self.type_in(b"hexxx\x7f\x7f\x7fllo\r")
        text = output(self.peer.until("exit"))
        self.assertTrue(text.startswith(b"hexxx"), text)
        self.assertTrue(text.endswith(b"\r\ngot hello\r\n"), text)

    def test_bytes_typed_and_shown_are_the_same_on_a_raw_terminal(self):
        keys = bytes(range(256))
        self.execute("stty raw -echo; echo ready; head -c 256")
        self.until_output(b"ready\n")
        self.type_in(keys)
        self.assertTrue(output(self.peer.until("exit")).endswith(keys))

    def test_control_c_interrupts(self):
        self.execute("echo ready; exec sleep 1000")
        self.until_output(b"ready\r\n")
        self.type_in(b"\x03")
        self.assertEqual(self.peer.until("exit")[-1][0]["signal"], "INT")

    def test_control_c_can_be_caught(self):
        self.execute("trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done")
        self.until_output(b"ready\r\n")
        self.type_in(b"\x03")
        messages = self.peer.until("exit")
        self.assertIn(b"caught\r\n", output(messages))
        self.assertEqual(messages[-1][0]["status"], 5)

    def test_control_d_ends_the_input(self):
        self.execute("cat; echo end")
        self.type_in(b"one\r\x04")
        self.assertTrue(output(self.peer.until("exit")).endswith(b"one\r\nend\r\n"))

    def test_a_new_size_reaches_a_running_program(self):
        self.execute("trap 'stty size; exit 4' WINCH; echo ready; while :; do sleep 0.05; done")
        self.until_output(b"ready\r\n")
        self.peer.send({"type": "resize", "id": 1, "rows": 40, "cols": 120})
        messages = self.peer.until("exit")
        self.assertEqual((output(messages), messages[-1][0]["status"]), (b"40 120\r\n", 4))

    def test_a_new_size_of_nothing_is_answered(self):
        self.peer.send({"type": "resize", "id": 77, "rows": 40, "cols": 120})
        header = self.peer.until("error")[-1][0]
        self.assertEqual((header["code"], header["id"]), ("unknown_id", 77))

    def test_what_is_no_terminal_is_a_bad_request(self):
        for terminal in [7, "vt100", {"rows": "x", "cols": 80}, {"rows": -1, "cols": 80}]:
            with self.subTest(terminal):
                self.assertEqual(self.refused("true", pty=terminal), "bad_request")
        self.assertEqual(self.finish("echo still here")[0], b"still here\r\n")

    def test_what_a_command_leaves_running_holds_the_exit_a_second_at_most(self):
        began = time.monotonic()
        text, end = self.finish("trap '' HUP; sleep 1000 & echo $!; exit 3")
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(end["status"], 3)
        self.peer.__exit__()
        self.assertTrue(gone(int(text), 10), "the connection took it along")

    def test_a_client_that_vanishes_takes_its_commands_along(self):
        self.execute("trap '' TERM HUP; echo $$; while :; do sleep 0.1; done")
        pid = int(self.until_output(b"\n"))
        self.peer.__exit__()
        self.assertTrue(gone(pid, 10), "killed, since it ignored TERM")

    def test_a_flood_can_be_interrupted(self):
        self.execute("yes")
        self.until_output(b"y")
        self.type_in(b"\x03")
        deadline = time.monotonic() + 10
        header = {"type": "stdout"}
        while header["type"] == "stdout" and time.monotonic() < deadline:
            header, _ = self.peer.receive()
        self.assertEqual((header["type"], header.get("signal")), ("exit", "INT"))


class Limits(TestCase):
    """How long a command may take, and how much."""

    options = ("--limit", "nofile=32")

    def test_a_time_limit_is_told_before_the_exit(self):
        for terminal in [{}, {"pty": {"rows": 24, "cols": 80, "term": "dumb"}}]:
            with self.subTest(terminal):
                began = time.monotonic()
                self.execute("echo begun; sleep 1000", timeout_ms=300, **terminal)
                messages = self.peer.until("exit")
                self.assertLess(time.monotonic() - began, 2.5)
                headers = [header for header, _ in messages]
                self.assertEqual(output(messages).strip(), b"begun")
                self.assertEqual([(header["type"], header["id"], header.get("code"))
                                  for header in headers[-2:]],
                                 [("error", 1, "timeout"), ("exit", 1, None)])
                self.assertEqual(headers[-1]["signal"], "TERM")

    def test_a_command_that_ignores_it_is_killed_3_seconds_later(self):
        began = time.monotonic()
        self.execute("trap '' TERM; while :; do sleep 0.1; done", timeout_ms=300)
        self.assertEqual(self.peer.until("error")[-1][0]["code"], "timeout")
        self.assertEqual(self.peer.until("exit")[-1][0]["signal"], "KILL")
        self.assertLess(time.monotonic() - began, 5)

    def test_a_command_may_clean_up(self):
        self.execute("trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done", timeout_ms=300)
        messages = self.peer.until("exit")
        self.assertIn("timeout", [header.get("code") for header, _ in messages])
        self.assertEqual((output(messages), messages[-1][0]["status"]), (b"bye\n", 3))

    def test_a_command_that_is_done_in_time_hears_nothing_of_it(self):
        self.execute("echo done", timeout_ms=200)
        messages = self.peer.until("exit")
        self.assertNotIn("error", [header["type"] for header, _ in messages])
        time.sleep(0.4)
        self.execute("echo next")
        messages = self.peer.until("exit")
        self.assertNotIn("error", [header["type"] for header, _ in messages])

    def test_a_time_limit_that_is_none_is_a_bad_request(self):
        for limit in [-1, "300", [300]]:
            with self.subTest(limit):
                self.assertEqual(self.refused("true", timeout_ms=limit), "bad_request")

    def test_the_client_takes_a_time_limit_in_seconds(self):
        began = time.monotonic()
        result = run("shell_client", self.server.address, "--timeout", "0.5", "--", "sleep 1000")
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(result.returncode, 128 + signal.SIGTERM)
        self.assertIn(b"time", result.stderr)

    def test_a_limit_is_what_the_command_sees(self):
        self.assertEqual(self.finish("ulimit -n; ulimit -Hn")[0], b"32\n32\n")

    def test_a_limit_that_is_none_is_bad_usage(self):
        for limit in ["nonsense=1", "nofile", "nofile=", "nofile=x"]:
            with self.subTest(limit):
                result = run("shell_server", "--limit", limit)
                self.assertEqual((result.stdout, result.returncode), (b"", 2))
                self.assertTrue(result.stderr)


class AllowedFiles(unittest.TestCase):
    """Which file it is that --allow names."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home, self.evil = (os.path.join(folder.name, name) for name in ("home", "evil"))
        for place in (self.home, self.evil):
            os.mkdir(place)
            self.write(os.path.join(place, "hello"), f"#!/bin/sh\necho {os.path.basename(place)}\n")

    def write(self, path, text, mode=0o755):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)

    def start(self, *names, path=None):
        """A server, started in `home`. Returns: a peer of it."""
        before = ["env", "-C", self.home, *([] if path is None else [f"PATH={path}"])]
        return start_shell(self, *[word for name in names for word in ("--allow", name)],
                           before=before)

    def test_a_program_with_a_slash_is_the_one_in_the_servers_folder(self):
        peer = self.start("./hello")
        self.assertEqual(peer.run("./hello", cwd=self.evil), b"home\n")

    def test_a_program_without_is_the_one_in_the_servers_path_when_it_started(self):
        peer = self.start("hello", path=f"/no/such:{self.home}:/usr/bin:{self.evil}")
        os.rename(f"{self.home}/hello", f"{self.home}/moved")
        peer.send({"type": "exec", "id": 1, "command": "hello"})
        self.assertEqual(peer.until("error")[-1][0]["code"], "spawn_failed")
        os.rename(f"{self.home}/moved", f"{self.home}/hello")
        self.assertEqual(peer.run("hello", cwd=self.evil), b"home\n")

    def test_what_is_no_program_any_more_is_said_when_it_is_to_run(self):
        self.write(f"{self.home}/text", "echo a shell would run this\n")
        peer = self.start("./text")
        peer.send({"type": "exec", "id": 1, "command": "./text"})
        self.assertEqual(peer.until("error")[-1][0]["code"], "spawn_failed")

    def test_what_is_no_program_is_one_clear_line_at_the_start(self):
        self.write(f"{self.home}/notes", "no program\n", 0o644)
        for name in ["/no/such", "no-such-program", "./notes", self.home, ""]:
            self.refuse(name, name.encode())

    def test_a_path_that_leads_to_where_the_client_wants_is_refused(self):
        for variable in ["PATH=/usr/bin:.", "PATH=:/usr/bin", "PATH=/usr/bin:", "LD_LIBRARY_PATH=/usr/lib:"]:
            with self.subTest(variable):
                self.refuse("/bin/true", variable.partition("=")[0].encode(), "env", variable)

    def refuse(self, name, why, *before):
        with self.subTest(name):
            result = subprocess.run(
                [*before, os.path.join(programs, "shell_server"), "--allow", name],
                cwd=self.home, capture_output=True, env=environment, timeout=20)
            self.assertEqual((result.stdout, result.returncode), (b"", 2))
            self.assertIn(why, result.stderr)
            self.assertEqual(result.stderr.count(b"\n"), 1)

    def test_nothing_that_a_client_sets_decides_what_runs(self):
        peer = self.start("hello", path=self.home)
        for name in ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "GCONV_PATH", "IFS", "ENV",
                     "BASH_ENV", "PYTHONPATH", "PERL5LIB", "LC_ALL"]:
            with self.subTest(name):
                peer.send({"type": "exec", "id": 1, "command": "hello", "env": {name: self.evil}})
                self.assertEqual(peer.until("error")[-1][0]["code"], "not_allowed")


class Allowed(TestCase):
    """A server that runs a few commands only."""

    options = ("--allow", "echo", "--allow", "cat")

    def test_words_are_split_as_a_shell_splits_them(self):
        text, end = self.finish("echo  'a  b' \"c 'd'\"  e\\ f g\"h\"'i' ''")
        self.assertEqual((text, end["status"]), (b"a  b c 'd' e f ghi \n", 0))

    def test_a_backslash_at_the_end_of_a_line_continues_it_as_in_a_shell(self):
        text, _ = self.finish("echo \\\n one \\\n tw\\\no \"thr\\\nee\" 'fo\\\nur' \\\n")
        self.assertEqual(text, b"one two three fo\\\nur\n")

    def test_nothing_is_expanded(self):
        text, _ = self.finish("echo '$HOME' $HOME ${HOME} $(id) `id` ~ * [a-z]* {a,b}", cwd="/")
        self.assertEqual(text, b"$HOME $HOME ${HOME} $(id) `id` ~ * [a-z]* {a,b}\n")

    def test_input_and_exit_status_are_the_commands_own(self):
        self.execute("cat - /no/such/file")
        self.peer.send({"type": "stdin", "id": 1}, b"hello\n")
        self.peer.send({"type": "stdin_close", "id": 1})
        messages = self.peer.until("exit")
        self.assertEqual((output(messages), messages[-1][0]["status"]), (b"hello\n", 1))
        self.assertIn(b"/no/such/file", output(messages, "stderr"))

    def test_only_the_first_word_exactly_is_allowed(self):
        for command in ["id", "ech", "echoo", "Echo", "/bin/echo hi", "./echo hi", "'echo hi'",
                        "sh -c 'echo hi'", "env echo hi", "X=1 echo hi", "$0 hi"]:
            with self.subTest(command):
                self.assertEqual(self.refused(command), "not_allowed")
        self.assertEqual(self.finish("echo still here")[0], b"still here\n")

    def test_what_is_no_command_at_all_is_refused(self):
        for command in ["", "  ", "echo 'a", "echo \"a", "echo a\\"]:
            with self.subTest(command):
                self.assertIn(self.refused(command), ["not_allowed", "bad_request"])

    def test_no_shell_reads_the_words(self):
        with tempfile.TemporaryDirectory() as folder:
            for command in ["echo a > made", "echo a; touch made", "echo a && touch made",
                            "echo a | tee made", "echo a & touch made", "echo a\ntouch made",
                            "echo $(touch made)", "echo `touch made`"]:
                with self.subTest(command):
                    self.execute(command, cwd=folder)
                    while self.peer.receive()[0]["type"] not in ["exit", "error"]:
                        pass
                    self.assertEqual(os.listdir(folder), [])

    def test_the_caller_cannot_put_another_program_in_its_place(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "echo")
            with open(path, "w", encoding="ascii") as file:
                file.write("#!/bin/sh\nprintf 'another\\n'\n")
            os.chmod(path, 0o755)
            self.execute("echo mine", cwd=folder, env={"PATH": folder})
            messages = []
            while not messages or messages[-1][0]["type"] not in ["exit", "error"]:
                messages.append(self.peer.receive())
            self.assertNotIn(b"another", output(messages))

    def test_the_client_says_what_was_refused(self):
        result = run("shell_client", self.server.address, "--", "id")
        self.assertEqual((result.stdout, result.returncode), (b"", 1))
        self.assertRegex(result.stderr, rb"\A[^\n]+\n\Z")


class WaysOut(unittest.TestCase):
    """A server that hangs can be left, in each mode."""

    def start(self, *arguments, **options):
        """A client on a terminal, of a server that hangs by now."""
        server = Server("shell_server")
        self.addCleanup(server.__exit__, None)
        screen = Screen("shell_client", server.address, *arguments, **options).__enter__()
        self.addCleanup(screen.__exit__)
        self.addCleanup(server.process.send_signal, signal.SIGCONT)
        return server, screen

    def assert_left(self, screen):
        screen.until(b"you have left", 5)
        self.assertEqual(screen.process.wait(timeout=5), 255)
        self.assertTrue(screen.restored())

    def test_a_terminal_of_ones_own_is_left_by_a_tilde_and_a_dot(self):
        for arguments, typed, shown in [((), b"echo $((6 * 7))\r", b"42"),
                                        (("-t", "--", "stty -echo; echo ready; cat"), b"", b"ready"),
                                        (("-t", "--", "stty -echo; echo ready; sleep 1000"), b"",
                                         b"ready")]:
            with self.subTest(arguments):
                server, screen = self.start(*arguments)
                screen.type_in(typed)
                screen.until(shown)
                server.process.send_signal(signal.SIGSTOP)
                screen.type_in(b"\x03\x1c\x04some keys\r")
                self.assertFalse(gone(screen.process.pid, 0.2))
                screen.type_in(b"~.")
                self.assert_left(screen)

    def test_it_is_left_by_interrupts_too_that_a_server_does_not_answer(self):
        server, screen = self.start()
        screen.type_in(b"echo $((6 * 7))\r")
        screen.until(b"42")
        server.process.send_signal(signal.SIGSTOP)
        shown = self.interrupted_until(screen, b"you have left")
        self.assertEqual(shown.count(b"once more to leave"), 1)
        self.assertEqual(screen.process.wait(timeout=5), 255)
        self.assertTrue(screen.restored())

    # How a shell, which goes on after interrupts, has a client run.
    modes = [('"$@"; echo code $?', ("--", "echo ready; cat")),
             ('"$@"; echo code $?', ("--", "echo ready; sleep 1000")),
             ('{ "$@"; echo code $? >&2; } | { trap : INT; cat; }', ()),
             ('"$@" < <(trap "" INT; sleep 1000); echo code $?', ("-t", "--", "echo ready; cat"))]

    def test_every_other_mode_is_left_by_three_interrupts(self):
        for script, arguments in self.modes:
            with self.subTest(script, arguments=arguments), Server("shell_server") as server:
                client = os.path.join(programs, "shell_client")
                with Screen("/bin/bash", "-c", "trap : INT; " + script, "bash", client,
                            server.address, *arguments) as screen:
                    screen.type_in(b"" if arguments else b"echo rea''dy\r")
                    screen.until(b"ready\r")
                    server.process.send_signal(signal.SIGSTOP)
                    shown = self.interrupted_until(screen, b"code 255")
                    self.assertRegex(shown, rb"(?s)\^C.*\^C.*once more to leave\r\n.*\^C.*you have left")
                    self.assertTrue(screen.restored())
                server.process.send_signal(signal.SIGCONT)

    def interrupted_until(self, screen, shown):
        """Types Ctrl-C until a client, which may miss some, shows something."""
        deadline = time.monotonic() + 10
        while True:
            screen.type_in(b"\x03")
            try:
                return screen.until(shown, 0.3)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise


class Client(TestCase):
    """shell_client on a terminal."""

    def screen(self, *arguments):
        return Screen("shell_client", self.server.address, *arguments)

    def test_a_terminal_is_asked_for_with_the_size_and_name_of_this_one(self):
        with self.screen("-t", "--", "stty size; echo $TERM; tty; exit 3") as screen:
            self.assertIn(b"33 111\r\nvt100\r\n/dev/pts/", screen.until(b"/dev/pts/"))
            self.assertEqual(screen.process.wait(timeout=20), 3)

    def test_without_it_there_is_none(self):
        with self.screen("--", "[ -t 1 ] || echo none") as screen:
            screen.until(b"none\r\n")
            self.assertEqual(screen.process.wait(timeout=20), 0)
            self.assertTrue(screen.restored())

    def test_without_a_command_it_is_one_shell(self):
        with self.screen() as screen:
            for typed, shown in [
                    (b"export X=2; (exit 7)\rcd /usr\r", b""),
                    (b"echo $?-$((X + 3))-$PWD-$(tty)\r", b"0-5-/usr-/dev/pts/"),
                    (b"(exit 7)\recho status $?\r", b"status 7\r\n"),
                    (b"for i in 1 2; do\recho each $((i * 11))\rdone\r", b"each 22\r\n"),
                    (b"cat <<E\rhere $((6 * 7))\rE\r", b"here 42\r\n")]:
                screen.type_in(typed)
                screen.until(shown)
            self.assertTrue(screen.raw())
            screen.type_in(b"exit 3\r")
            self.assertEqual(screen.process.wait(timeout=20), 3)
            self.assertTrue(screen.restored())

    def test_a_shell_has_job_control(self):
        with self.screen() as screen:
            screen.type_in(b"sh -c 'echo first $((1 + 1)); exec sleep 1000'\r")
            screen.until(b"first 2")
            screen.type_in(b"\x1a")
            screen.until(b"topped")
            screen.type_in(b"fg\r")
            screen.until(b"exec sleep 1000'\r\n")
            screen.type_in(b"\x03")
            screen.type_in(b"echo status $?\r")
            screen.until(b"status 130")

    def test_a_shell_ends_with_its_terminal_and_what_runs_there(self):
        with self.screen() as screen:
            screen.type_in(b"sh -c 'echo $$ is the $((1 + 1))nd; exec sleep 1000'\r")
            pid = int(screen.until(b" is the 2nd").split(b" is the 2nd")[0].split()[-1])
            screen.process.kill()
            self.assertTrue(gone(pid, 2.5), "before anybody is killed")

    def test_where_no_shell_may_run_it_says_why_there_is_none(self):
        with Server("shell_server", "--allow", "echo", "--allow", "cat") as server:
            with Screen("shell_client", server.address) as screen:
                screen.until(b"there is no shell here: this server runs only cat, echo (--allow)")
                self.assertEqual(screen.process.wait(timeout=20), 1)
                self.assertTrue(screen.restored())
            result = run("shell_client", server.address, stdin=b"echo\n")
            self.assertEqual((result.stdout, result.returncode), (b"", 1))
            self.assertIn(b"no shell here", result.stderr)

    def test_more_can_be_pasted_than_is_on_the_way_at_once(self):
        size = 600_000
        with self.screen("-t", "--", f"stty raw -echo; echo ready; head -c {size} | wc -c") as screen:
            screen.until(b"ready")
            os.set_blocking(screen.master, False)
            left = memoryview(size * b"x")
            while left:
                self.assertTrue(select.select([], [screen.master], [], 20)[1], len(left))
                left = left[os.write(screen.master, left):]
            os.set_blocking(screen.master, True)
            screen.until(str(size).encode())

    def test_a_tilde_at_the_beginning_of_a_line_is_for_the_client(self):
        with self.screen("-t", "--", "stty raw -echo; echo ready; cat") as screen:
            screen.until(b"ready")
            screen.type_in(b"\r~?")
            screen.until(b"~.   leave")
            screen.type_in(b"\r~~.")
            screen.until(b"\r~.")
            screen.type_in(b"\r~.")
            screen.until(b"you have left")
            self.assertEqual(screen.process.wait(timeout=20), 255)
            self.assertTrue(screen.restored())

    def test_keys_go_through_and_the_terminal_is_as_before_in_the_end(self):
        with self.screen("-t", "--", "echo ready; read -r line; echo got $line; exit 3") as screen:
            screen.until(b"ready\r\n")
            self.assertTrue(screen.raw())
            screen.type_in(b"hello\r")
            self.assertIn(b"hello\r\n", screen.until(b"got hello\r\n"))
            self.assertEqual(screen.process.wait(timeout=20), 3)
            self.assertTrue(screen.restored())

    def test_control_c_interrupts_there_and_not_here(self):
        with self.screen("-t", "--", "trap 'echo caught; exit 5' INT; echo ready; "
                         "while :; do sleep 0.05; done") as screen:
            screen.until(b"ready\r\n")
            screen.type_in(b"\x03")
            screen.until(b"caught\r\n")
            self.assertEqual(screen.process.wait(timeout=20), 5)
            self.assertTrue(screen.restored())

    def test_a_new_size_of_this_terminal_reaches_the_command(self):
        with self.screen("-t", "--", "trap 'stty size; exit 4' WINCH; echo ready; "
                         "while :; do sleep 0.05; done") as screen:
            screen.until(b"ready\r\n")
            screen.resize(44, 99)
            screen.until(b"44 99\r\n")
            self.assertEqual(screen.process.wait(timeout=20), 4)

    def test_a_signal_that_ends_the_client_leaves_the_terminal_as_before(self):
        for number in [signal.SIGTERM, signal.SIGHUP]:
            with self.subTest(number), self.screen("-t", "--", "echo ready; sleep 1000") as screen:
                screen.until(b"ready\r\n")
                screen.process.send_signal(number)
                self.assertNotEqual(screen.process.wait(timeout=20), 0)
                self.assertTrue(screen.restored())

    def test_a_connection_that_breaks_leaves_the_terminal_as_before(self):
        with Server("shell_server") as server:
            with Screen("shell_client", server.address, "-t", "--", "echo ready; sleep 5") as screen:
                screen.until(b"ready\r\n")
                server.process.kill()
                self.assertEqual(screen.process.wait(timeout=20), 255)
                self.assertTrue(screen.restored())
            server.process.wait()
            server.process.returncode = 0

    def test_a_server_that_goes_is_noticed_at_an_idle_prompt(self):
        with Server("shell_server") as server, Screen("shell_client", server.address) as screen:
            screen.type_in(b"echo $((6 * 7))\r")
            screen.until(b"42")
            server.process.kill()
            screen.until(b"shell_client: the ", 5)
            self.assertEqual(screen.process.wait(timeout=5), 255)
            self.assertTrue(screen.restored())
            server.process.wait()
            server.process.returncode = 0

    def test_a_server_that_stops_is_told_at_an_idle_prompt(self):
        with Server("shell_server") as server, Screen("shell_client", server.address) as screen:
            screen.type_in(b"echo $((6 * 7))\r")
            screen.until(b"42")
            server.process.terminate()
            screen.until(b"shell_client: the server is stopping\n\r")
            self.assertEqual(screen.process.wait(timeout=5), 128 + signal.SIGHUP)
            self.assertTrue(screen.restored())

    def test_a_command_that_is_refused_leaves_the_terminal_as_before(self):
        with Server("shell_server", "--allow", "echo") as server:
            with Screen("shell_client", server.address, "-t", "--", "id") as screen:
                self.assertEqual(screen.process.wait(timeout=20), 1)
                self.assertTrue(screen.restored())


if __name__ == "__main__":
    unittest.main()
