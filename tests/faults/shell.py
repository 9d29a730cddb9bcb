# SPDX-License-Identifier: MIT
"""What can befall a server that runs commands (reliability table, sh-01 to sh-22)."""

import contextlib
import ctypes
import hashlib
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from helpers import scenario
from helpers.dead_mount import dead_mount
from helpers.peer import Peer, frame, output
from helpers.program import environment, programs, run
from helpers.scenario import MIB, Server, eventually, percentile


def state(pid):
    """R, S and so on, or None of a process that has ended, collected by its parent or not."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    letter = status.rpartition(")")[2].split()[0]
    return None if letter == "Z" else letter


def owner(process):
    """The user of a folder of /proc, or None if its process has ended meanwhile."""
    try:
        return process.stat().st_uid
    except (FileNotFoundError, ProcessLookupError):
        return None


def cpu_time(pid):
    return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid(3) does


def execute(peer, number, command, **members):
    peer.send({"type": "exec", "id": number, "command": command, **members})


def finish(peer, number, command, **members):
    execute(peer, number, command, **members)
    return peer.until("exit", number)


def printed_number(peer):
    """The first line that a command prints: mostly its process id."""
    return int(output(peer.until("stdout")).split()[0])


class Shell(scenario.Scenario):

    def assert_gone(self, pids, seconds):
        """Returns: how long from now the last of them was there."""
        began = time.monotonic()
        self.assertTrue(eventually(lambda: not any(map(state, pids)), seconds),
                        f"left: {[pid for pid in pids if state(pid)]}")
        return time.monotonic() - began

    def client(self, server, *command, **options):
        return subprocess.Popen(
            [os.path.join(programs, "shell_client"), server.address, "--", *command],
            stdin=subprocess.DEVNULL, env=environment, **options)

    def test_sh_01_a_flood_that_nobody_reads_holds_the_command(self):
        seconds = self.scaled(1, 10, "s of reading `yes`")
        with self.watched("shell_server", events=3, warm_up=self.flood) as server:
            with server.enter() as peer:
                before = server.resident()
                execute(peer, 1, "echo $$; exec yes")
                pid = printed_number(peer)
                deadline = time.monotonic() + seconds
                received = 0
                while time.monotonic() < deadline:
                    received += len(peer.receive()[1])
                self.assertTrue(eventually(lambda: state(pid) == "S", 5), "the command waits")
                used = cpu_time(pid)
                select.select([], [], [], 0.5)  # nothing happens in this time
                used = cpu_time(pid) - used
                grown = server.resident() - before
            took = self.assert_gone([pid], 6)
            self.saw(f"{received / MIB:.0f} MiB read, then none: memory {grown / 1024:+.0f} KiB, "
                     f"CPU of the command {used:.2f} s, gone {took:.2f} s after the client")
            self.assertLess(used, 0.05)
            if not scenario.sanitized:
                self.assertLess(grown, 2 * MIB)

    def flood(self, server):
        with server.enter() as peer:
            execute(peer, 1, "exec yes")
            for _ in range(200):
                peer.receive()

    def test_sh_02_a_long_output_arrives_whole_and_fast(self):
        size = self.scaled(200, 10_000, "MiB of `yes`") * MIB
        command = f"yes | head -c {size}"
        with self.watched("shell_server", events=2, warm_up=self.flood) as server:
            remote = self.rate(self.client(server, command, stdout=subprocess.PIPE), size)
            here = self.rate(subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE), size)
            self.saw(f"every byte, {remote / MIB:.0f} MiB/s; a local pipe {here / MIB:.0f} MiB/s")

    def rate(self, process, size):
        """Reads all that a process prints. Returns: the bytes a second."""
        began = time.monotonic()
        received = 0
        while block := os.read(process.stdout.fileno(), MIB):
            received += len(block)
        process.stdout.close()
        self.assertEqual((received, process.wait(20)), (size, 0))
        return size / (time.monotonic() - began)

    def test_sh_03_a_command_that_ignores_its_time_limit_is_killed(self):
        with self.watched("shell_server", events=3) as server, server.enter() as peer:
            began = time.monotonic()
            messages = finish(peer, 1, "trap '' TERM HUP; while :; do sleep 0.1; done",
                              timeout_ms=1000)
            seconds = time.monotonic() - began
            kinds = [header.get("code") or header["type"] for header, _ in messages]
            self.saw(f"limit 1 s: {', '.join(kinds)} by {messages[-1][0].get('signal')} after "
                     f"{seconds:.1f} s")
            self.assertEqual(kinds, ["timeout", "exit"])
            self.assertEqual(messages[-1][0]["signal"], "KILL")
            self.assertLess(seconds, 6)

    def test_sh_04_what_a_command_leaves_holds_its_exit_for_a_second_only(self):
        with self.watched("shell_server", events=2) as server:
            with server.enter() as peer:
                began = time.monotonic()
                messages = finish(peer, 1, "sleep 1000 & echo $!")
                seconds = time.monotonic() - began
                left = int(output(messages))
                then = "alive" if state(left) else "gone"
            took = self.assert_gone([left], 6)
            self.saw(f"exit after {seconds:.1f} s; what was left was {then} then, and gone "
                     f"{took:.1f} s after the client")
            self.assertLess(seconds, 2)

    def test_sh_05_a_process_that_escapes_takes_nothing_of_the_server_with_it(self):
        with Server("shell_server") as server:
            address = server.address
            with server.enter() as peer:
                messages = finish(peer, 1, "setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.1")
                escaped = int(output(messages).split()[0])
                files = os.listdir(f"/proc/{escaped}/fd")
            eventually(lambda: not state(escaped), 4)
            lives = state(escaped) is not None
        try:
            with self.watched("shell_server", listen=address):
                pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(escaped, signal.SIGKILL)
        self.saw(f"it has descriptors {', '.join(sorted(files))} only, "
                 f"{'outlives the connection as documented' if lives else 'is killed too'}, "
                 f"and the port is free for the next server")
        self.assertEqual(sorted(files), ["0", "1", "2"])

    def test_sh_06_a_fork_bomb_is_bounded_and_ends_with_its_client(self):
        if os.geteuid() != 0:
            self.skipTest("only root can start a server as another user, to count its processes")
        most = 40
        user = 60_000 + os.getpid() % 4000  # who has no other process
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        token = shutil.copy(scenario.TOKEN_FILE, folder)
        program = shutil.copy(os.path.join(programs, "shell_server"), folder)
        for path in (folder, token, program):
            os.chown(path, user, user)

        def count():
            return sum(owner(process) == user for process in pathlib.Path("/proc").glob("[0-9]*")) - 1

        # A second line of defence, for this machine, should the server set no limit
        bounded = (self.tool("prlimit"), f"--nproc={4 * most}")
        with self.watched(program, "--token-file", token, "--limit", f"nproc={most}",
                          before=bounded, events=9, user=user, group=user, extra_groups=[]
                          ) as server:
            with server.enter() as peer:
                execute(peer, 1, "bomb() { bomb | bomb & }; bomb; sleep 1000")
                self.assertTrue(eventually(lambda: count() > most // 2, 5), "it forks")
                worst = max(server.probe() for _ in range(3))
                forked = count()
            began = time.monotonic()
            self.assertTrue(eventually(lambda: count() == 0, 8), f"{count()} processes left")
            self.saw(f"{forked} processes of {most}; others were served in {worst * 1000:.0f} ms "
                     f"at most; all gone {time.monotonic() - began:.1f} s after the client")
            self.assertLessEqual(forked, most)

    def test_sh_07_input_for_a_command_that_closed_it_costs_nobody_anything(self):
        with self.watched("shell_server", events=4, warm_up=self.flood) as server:
            with server.enter() as peer:
                execute(peer, 1, "exec <&-; echo closed; sleep 0.3; echo end")
                peer.until("stdout")
                for _ in range(16):
                    peer.send({"type": "stdin", "id": 1}, bytes(64 * 1024))
                messages = peer.until("exit")
                self.assertEqual(output(messages), b"end\n")
                self.assertEqual(output(finish(peer, 2, "echo next")), b"next\n")
            self.saw("1 MiB sent; the command and the session went on")

    def test_sh_08_errors_written_after_output_was_closed_arrive(self):
        with self.watched("shell_server", events=2, warm_up=self.flood) as server:
            with server.enter() as peer:
                messages = finish(peer, 1, f"exec >&-; head -c {MIB} /dev/zero >&2")
            received = len(output(messages, "stderr"))
            self.saw(f"{received:,} bytes of {MIB:,}")
            self.assertEqual(received, MIB)

    def test_sh_09_what_cannot_be_run_is_said(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        wishes = {name: os.path.join(folder.name, name) for name in ("gone", "locked", "garbage")}
        for path in wishes.values():
            pathlib.Path(path).write_bytes(b"\0")
            os.chmod(path, 0o755)
        allowed = [word for wish in ["true", *wishes.values()] for word in ("--allow", wish)]
        codes = []
        with self.watched("shell_server", *allowed, events=8) as server, server.enter() as peer:
            os.remove(wishes["gone"])
            os.chmod(wishes["locked"], 0)
            for number, command in enumerate([*wishes.values(), "/bin/true", "/no\0such"]):
                execute(peer, number, command)
                header = peer.until("error", number)[-1][0]
                codes.append(header["code"])
                self.saw(f"{command!r}: {header['code']} ({header['message']})")
        self.assertEqual(codes, ["spawn_failed"] * 3 + ["not_allowed", "bad_request"])

    def test_sh_10_many_commands_leave_nothing(self):
        count = self.scaled(1000, 1000, "`true` in a row and 64 at once")
        with self.watched("shell_server", events=2 * (count + 64), warm_up=self.many) as server:
            with server.enter() as peer:
                times = []
                for number in range(count):
                    began = time.monotonic()
                    finish(peer, number, "true")
                    times.append(time.monotonic() - began)
                self.assertEqual(self.many(server), 64)
            self.saw(f"p50 {percentile(times, 0.5) * 1000:.1f} ms, p99 "
                     f"{percentile(times, 0.99) * 1000:.1f} ms")

    def many(self, server):
        with server.enter() as peer:
            for number in range(64):
                execute(peer, number, "true")
            return sum(peer.until("exit")[-1][0]["status"] == 0 for _ in range(64))

    def test_sh_11_commands_do_not_outlive_a_server_that_is_killed(self):
        with Server("shell_server") as server, server.enter() as peer:
            pids = []
            for number in range(10):
                execute(peer, number, "echo $$; exec sleep 1000")
                pids.append(printed_number(peer))
            began = time.monotonic()
            server.process.kill()
            server.process.wait()
            server.process.returncode = 0  # as it was to be
            eventually(lambda: not any(map(state, pids)), 5)
            left = [pid for pid in pids if state(pid)]
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            self.saw(f"{len(left)} of 10 commands left after {time.monotonic() - began:.1f} s")
        with self.watched("shell_server"):
            self.assertEqual(left, [])

    def test_sh_12_a_client_that_is_killed_takes_its_group_along(self):
        with self.watched("shell_server", events=3) as server:
            loop = "echo $$; while :; do sleep 0.1; done"
            client = self.client(server, f"trap '' TERM; sh -c '{loop}' & {loop}",
                                 stdout=subprocess.PIPE)
            pids = [int(client.stdout.readline()) for _ in range(2)]
            client.kill()
            client.wait()
            client.stdout.close()
            took = self.assert_gone(pids, 6)
            self.saw(f"two processes that ignore TERM, gone after {took:.1f} s")

    def test_sh_13_a_command_has_three_descriptors(self):
        with self.watched("shell_server", events=4) as server, server.enter() as peer:
            with server.enter():
                listing = output(finish(peer, 1, "ls -l /proc/self/fd"))
                named = output(finish(peer, 2, "ls /proc/self/fd")).split()
        self.saw(f"{b', '.join(named).decode()}, the last of them being the folder that ls reads")
        self.assertEqual(named, [b"0", b"1", b"2", b"3"])
        self.assertNotIn(b"socket:", listing)

    def test_sh_14_nothing_gets_in_without_the_token(self):
        seconds = self.scaled(6, 60, "s of guessing one after the other")
        answers, times = [], []
        with self.watched("shell_server", events=1000) as server:
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                began = time.monotonic()
                answers += self.refused(server, {"type": "auth", "token": f"{len(times):064x}"})
                times.append(time.monotonic() - began)
            self.saw(f"{len(times)} guesses, the first answered after {times[0] * 1000:.1f} ms, "
                     f"the last after {times[-1]:.1f} s, all alike")
            self.assertEqual(answers, answers[:1] * len(times))
            self.assertLess(len(times), seconds + 5, "guesses are slowed down")
            worst = max(server.probe() for _ in range(3))
            self.saw(f"who has the token gets in from another address in {worst * 1000:.0f} ms")
            self.assertLess(worst, 1)
        with self.watched("shell_server", events=10) as server:
            for token in ("", None):
                self.assertEqual(self.refused(server, {"type": "auth", "token": token}),
                                 answers[:1])
            early, = self.refused(server, {"type": "exec", "id": 1, "command": "touch never"})
            self.assertEqual(early["code"], "unauthorized")
            self.assertEqual(self.refused(server, {"type": "auth", "token": "x" * 2 * MIB}), [],
                             "a header above the limit is not answered")
            with server.enter() as peer:
                peer.send({"type": "auth", "token": "x"})
                again = peer.until("error")[-1][0]["code"]
            self.saw(f"a second auth: {again}")
            self.assertEqual(again, "bad_request")

    def refused(self, server, header):
        """What a peer at an address of its own gets to see until it is sent away."""
        host, port = server.address.split(":")
        with socket.create_connection((host, int(port)), 20, ("127.0.0.2", 0)) as client:
            with contextlib.suppress(OSError):
                client.sendall(frame(header))
            with contextlib.suppress(ConnectionError), client.makefile("rb") as stream:
                return [header for header, _ in scenario.messages(stream)]
        return []

    def test_sh_15_it_does_not_listen_to_the_world_unprotected(self):
        for address in ("0.0.0.0:0", "[::]:0"):
            result = run("shell_server", "--listen", address)
            self.saw(f"{address}: exit {result.returncode}")
            self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.saw(result.stderr.decode().strip())
        with self.watched("shell_server"):
            pass

    def test_sh_16_bytes_come_back_as_they_went(self):
        size = self.scaled(64, 64, "MiB of random bytes there and back") * MIB
        data = bytes(range(256)) + random.Random(16).randbytes(size)
        with self.watched("shell_server", events=2, warm_up=self.flood) as server:
            began = time.monotonic()
            result = run("shell_client", server.address, "--", "cat", stdin=data)
            self.saw(f"{size / MIB / (time.monotonic() - began):.0f} MiB/s, identical")
            self.assertEqual(hashlib.sha256(result.stdout).digest(),
                             hashlib.sha256(data).digest())

    def test_sh_17_a_client_that_goes_while_its_input_is_held_back_is_noticed(self):
        tls, context = self.tls()
        for name, options in [("TCP", {}), ("TLS", {"context": context})]:
            with self.watched("shell_server", *(tls if options else []), events=8,
                              warm_up=self.flood, **options) as server:
                for end in (Peer.__exit__, Peer.reset):
                    peer = server.enter()
                    pid = peer.hold_back("exec sleep 1000")
                    end(peer)
                    took = self.assert_gone([pid], 10)
                    self.saw(f"{name}, {'reset' if end is Peer.reset else 'closed'}: gone after "
                             f"{took:.1f} s")

    def test_sh_18_nothing_is_sent_to_who_has_the_number_of_a_group_that_is_gone(self):
        if not os.access("/proc/sys/kernel/ns_last_pid", os.W_OK):
            self.skipTest("only root can choose the number of a process")
        with self.watched("shell_server", events=2) as server, self.collecting_orphans():
            with server.enter() as peer:
                group, left = map(int, output(finish(peer, 1, "sleep 1000 & echo $$ $!")).split())
                os.kill(left, signal.SIGKILL)
                os.waitpid(left, 0)
                stranger = self.born_as(group)
            self.assert_idle(server)
            self.saw(f"group {group} was gone, and came again: {stranger.poll() or 'alive'}")
            self.assertIsNone(stranger.poll())

    @contextlib.contextmanager
    def collecting_orphans(self):
        """Processes whose parent has ended are ours."""
        subreaper = 36  # PR_SET_CHILD_SUBREAPER
        libc = ctypes.CDLL(None)
        libc.prctl(subreaper, 1)
        try:
            yield
        finally:
            libc.prctl(subreaper, 0)

    def born_as(self, number):
        """A process with this number, in a group of its own."""
        for _ in range(100):  # somebody else may be faster
            pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(number - 1), "ascii")
            process = subprocess.Popen(["sleep", "1000"], start_new_session=True)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            if process.pid == number:
                return process
        return self.skipTest(f"no process got the number {number}")

    def test_sh_19_a_system_without_process_descriptors_is_enough(self):
        with self.watched("shell_server", events=9) as server:
            with self.failing(server, "pidfd_open,pidfd_send_signal:error=ENOSYS"):
                with server.enter() as peer:
                    self.assertEqual(finish(peer, 1, "exit 3")[-1][0]["status"], 3)
                    execute(peer, 2, "echo $$; exec sleep 1000")
                    printed_number(peer)
                    peer.send({"type": "signal", "id": 2, "signal": "USR1"})
                    self.assertEqual(peer.until("exit")[-1][0]["signal"], "USR1")
                    left = int(output(finish(peer, 3, "sleep 1000 & echo $!")))
                    execute(peer, 4, "echo $$; exec sleep 1000")
                    running = printed_number(peer)
                took = self.assert_gone([left, running], 6)
        self.saw(f"exit, signal and a group left behind, gone {took:.1f} s after the client")

    def test_sh_20_a_folder_on_a_dead_mount_holds_nobody_else(self):
        with contextlib.ExitStack() as stack:
            try:
                dead = stack.enter_context(dead_mount())
            except OSError as why:
                self.skipTest(f"no dead mount to be had: {why}")
            with self.watched("shell_server", events=11) as server:
                with server.enter() as peer:
                    execute(peer, 1, "true", cwd=dead)
                    worst = max(server.probe() for _ in range(3))
                    began = time.monotonic()
                    header = finish(peer, 2, "true", cwd=dead, timeout_ms=500)[-1][0]
                    self.saw(f"others were served in {worst * 1000:.0f} ms at most; limit 0.5 s: "
                             f"exit by {header['signal']} after {time.monotonic() - began:.1f} s")
                    held = server.children()
                    self.assertEqual(len(held), 1, "it still waits")
                took = self.assert_gone(held, 6)
                self.saw(f"the one without a limit gone {took:.1f} s after the client")
        self.assertLess(worst, 1)

    def test_sh_21_nothing_runs_without_its_line_in_the_audit_file_and_a_slow_disk_holds_nobody_else(
            self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = pathlib.Path(folder.name, "audit")
        with self.watched("shell_server", "--audit", file, events=12) as server:
            with server.enter() as peer, server.enter() as other:
                execute(other, 1, "echo; exec cat")
                other.until("stdout", 1)
                execute(other, 2, "echo; exec cat")
                other.until("stdout", 2)
                before = file.read_bytes()
                with self.failing(server, "fdatasync:error=ENOSPC"):
                    execute(peer, 1, f"mkdir {folder.name}/never")
                    header = peer.until("error", 1)[-1][0]
                self.saw(f"full disk: {header['code']} ({header['message']})")
                self.assertEqual(header["code"], "spawn_failed")
                self.assertEqual(os.listdir(folder.name), ["audit"])
                self.assertEqual(file.read_bytes(), before)
                execute(peer, 2, "echo; exec cat")
                peer.until("stdout", 2)
                with self.failing(server, "fdatasync:delay_enter=1500000"):
                    began = time.monotonic()
                    execute(peer, 1, "cat")
                    peer.send({"type": "stdin", "id": 1}, b"typed ahead")
                    peer.send({"type": "stdin_close", "id": 1})
                    for each, number in (peer, 2), (other, 1):
                        each.send({"type": "stdin", "id": number}, b"ping")
                        each.until("stdout", number)
                    for each in peer, other:
                        each.send({"type": "stdin_close", "id": 2})
                        each.until("exit", 2)
                    echoed = time.monotonic() - began
                    self.assertEqual(output(peer.until("exit", 1)), b"typed ahead")
                self.saw(f"slow disk: a command after {time.monotonic() - began:.1f} s, echo and "
                         f"end of others of its client and another after {echoed * 1000:.0f} ms")
                self.assertLess(echoed, 1)

    def test_sh_22_a_command_whose_end_cannot_be_known_takes_its_client_along_and_nobodys_place(self):
        with Server("shell_server", "--commands-in-all", "1") as server, server.enter() as other:
            with server.enter() as peer:
                execute(peer, 1, "echo $$; exec cat", timeout_ms=60_000)
                pid = printed_number(peer)
                with self.failing(server, "wait4:error=ECHILD"):
                    os.kill(pid, signal.SIGKILL)
                    with contextlib.suppress(ConnectionResetError):
                        self.assertIsNone(peer.receive())

            def answer():
                execute(other, 1, "true")
                return other.receive()[0]["type"] == "exit"

            began = time.monotonic()
            self.assertTrue(eventually(answer), "there is room for another")
            self.saw(f"room for another after {time.monotonic() - began:.1f} s")
            self.assertIn("ended: nobody knows how: waitpid", server.log())


if __name__ == "__main__":
    scenario.main()
