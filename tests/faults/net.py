# SPDX-License-Identifier: MIT
"""What can befall a TCP server, done to echo_server (reliability table, net-01 to net-23)."""

import contextlib
import io
import os
import pathlib
import random
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import unittest

from helpers import scenario
from helpers.peer import Peer, frame
from helpers.program import run
from helpers.proxy import Proxy
from helpers.scenario import (MIB, PROTECTED, UNLIMITED, Server, eventually, exchange, long,
                              percentile, reset)

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SSH = b"SSH-2.0-OpenSSH_9.2\r\n"


def client_hello():
    """The first bytes of a TLS client."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="x")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def send_until_full(client, wire, most):
    """Sends a wire again and again until the peer takes no more for a while. Returns: the bytes."""
    client.setblocking(False)
    sent = 0
    while sent < most and select.select([], [client], [], 0.3)[1]:
        with contextlib.suppress(BlockingIOError):
            sent += client.send(wire[sent % len(wire):])
    return sent


class Net(scenario.Scenario):

    def test_net_01_idle_connections_cost_little_and_hold_nobody_up(self):
        count = self.scaled(2000, 10000, "idle connections")
        limit = 20 if long else 4

        each = []

        def load(server):
            before = server.resident()
            clients = self.crowd(server, count)
            self.assertTrue(eventually(lambda: server.connections() == count))
            each.append((server.resident() - before) / count)
            return clients

        with self.watched("echo_server", *UNLIMITED, "--idle-timeout", limit, events=count,
                          warm_up=lambda server: [client.close() for client in load(server)]
                          ) as server:
            clients = load(server)
            opened = time.monotonic()
            with server.connect() as peer:
                times = [exchange(peer) for _ in range(200)]
            ended = self.ends(clients, limit + 5)
            self.saw(f"{each[0] / 1024:.1f} KiB each; echo beside them p99 "
                     f"{percentile(times, 0.99) * 1000:.1f} ms; "
                     f"the last cut after {max(ended) - opened:.1f} s of {limit}")
            self.assertLess(percentile(times, 0.99), 0.1)
            self.assertLess(max(ended) - opened, limit + 2)
            if not scenario.sanitized:
                self.assertLess(each[0], 16 * 1024)

    def drip(self, count, option, seconds, enter):
        """Connections that send a byte now and then are all cut in time, and a good one is not.
        Returns: when the first was."""
        self.saw(f"{count:,} dripping, {option} {seconds}")
        with self.watched("echo_server", *UNLIMITED, *PROTECTED, option, seconds,
                          events=count, warm_up=lambda server: self.wave(server, enter, count)
                          ) as server, server.enter() as good:
            worst = 0

            def drop(client):
                nonlocal worst
                client.send(b"\0")
                if client is clients[0]:
                    worst = max(worst, exchange(good))

            peers = [enter(server) for _ in range(count)]
            self.addCleanup(lambda: [peer.__exit__() for peer in peers])
            clients = [peer.socket for peer in peers]
            began = time.monotonic()
            for client in clients:
                client.send(b"\0\0\1")  # a header of 256 bytes, or a bit more
            ended = self.ends(clients, seconds + 5, drop, pause=1 if long else 0.2)
            self.saw(f"cut after {min(ended) - began:.1f} to {max(ended) - began:.1f} s, "
                     f"a good client waited {worst * 1000:.0f} ms at most")
            self.assertLess(max(ended) - began, seconds + 1)
            self.assertLess(worst, 1)
            return min(ended) - began

    def wave(self, server, enter, count):
        """Connections that come, begin a frame and go."""
        for peer in [enter(server) for _ in range(count)]:
            with peer, contextlib.suppress(OSError):
                peer.socket.send(b"\0\0\1")

    def test_net_02_who_drips_is_cut_at_an_absolute_deadline(self):
        seconds = 20 if long else 2
        # More strangers than these push each other out before that.
        self.assertGreater(self.drip(90, "--auth-timeout", seconds, Server.connect), seconds - 0.5)
        self.assertGreater(self.drip(1000, "--frame-timeout", seconds, Server.enter), seconds - 0.5)
        first = self.drip(1000, "--auth-timeout", seconds, Server.connect)
        self.assertLess(first, 1)

    def test_net_03_connections_that_come_and_go_leave_nothing(self):
        count = self.scaled(20_000, 100_000, "connect and close")
        with self.watched("echo_server", *UNLIMITED) as server:
            host, port = server.address.split(":")
            began = time.monotonic()
            for n in range(count):
                # from many addresses, or the free ports run out
                with socket.create_connection((host, int(port)), source_address=(
                        f"127.0.1.{n // 1000 + 1}", 0)):
                    pass
            seconds = time.monotonic() - began
            self.assert_idle(server)
            waiting = self.time_wait(int(port))
            self.saw(f"{count / seconds:,.0f} a second; TIME_WAIT: {waiting['client']:,} on the "
                     f"client's side, {waiting['server']} on the server's")
            self.assertEqual(waiting["server"], 0)

    @staticmethod
    def time_wait(port):
        """On whose side connections of a server's port wait out their time."""
        count = {"client": 0, "server": 0}
        here = f"0100007F:{port:04X}"  # 127.0.0.1
        for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            _, ours, theirs, state, *_ = line.split()
            if state == "06":
                count["server"] += ours == here
                count["client"] += theirs == here
        return count

    def test_net_04_no_descriptors_left_is_waited_out(self):
        limit = ("prlimit", "--nofile=64")
        self.tool(limit[0])
        count = 200
        # a line for each that is turned away, or that ends without having taken its answer
        with self.watched("echo_server", *UNLIMITED, before=limit, events=count + 30) as server:
            clients = self.crowd(server, count)
            for client in clients:
                client.sendall(frame({"type": "echo"}, b"x"))
                client.setblocking(False)

            def answered(client):
                with contextlib.suppress(OSError):
                    return client.recv(1, socket.MSG_PEEK) != b""
                return False

            eventually(lambda: sum(map(answered, clients)) > 50, 1)
            served = [client for client in clients if answered(client)]
            waiting = [client for client in clients if client not in served]
            cpu, window = server.cpu(), 1.5
            time.sleep(window)  # what is to be seen is that nothing happens
            cpu = (server.cpu() - cpu) / window
            began = time.monotonic()
            for client in served[:10]:
                client.close()
            eventually(lambda: sum(map(answered, waiting)) >= 10, 3)
            recovered = time.monotonic() - began
            self.saw(f"{len(served)} of {count} served with 64 descriptors, {cpu * 100:.1f} % CPU; "
                     f"10 closed: 10 more after {recovered:.2f} s")
            self.assertGreater(len(served), 16)
            self.assertLess(cpu, 0.05)
            self.assertLess(recovered, 1)
            for client in clients:
                client.close()

    def test_net_05_clients_killed_at_once_while_answers_are_written(self):
        count = self.scaled(500, 500, "clients of a process that is killed")
        with self.watched("echo_server", *UNLIMITED, events=count,
                          warm_up=lambda server: self.kill_clients(server, count)) as server:
            logged = len(server.log())
            held = self.kill_clients(server, count)
            began = time.monotonic()
            self.assert_idle(server)
            gone = time.monotonic() - began
            ends = eventually(lambda: server.log().count("disconnected", logged) >= count and
                              server.log().count("disconnected", logged))
            self.saw(f"{held} were open, all freed after {gone:.2f} s, {ends} ends logged")
            self.assertEqual(ends, count)

    def kill_clients(self, server, count):
        """Kills a process that has asked much and read nothing. Returns: its connections."""
        ready, told = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                wire = frame({"type": "echo"}, bytes(64 * 1024)) * 4
                for client in self.crowd(server, count, receive_buffer=4096):
                    client.setblocking(False)
                    client.send(wire)
                os.write(told, b"x")
                signal.pause()
            finally:
                os._exit(1)
        os.read(ready, 1)
        os.close(ready)
        os.close(told)
        eventually(lambda: server.connections() == count)
        held = server.connections()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return held

    def jam(self, server):
        """Makes the server hold what its queues may hold, which its memory may well keep."""
        wire = frame({"type": "echo"}, bytes(64 * 1024))
        for client in self.crowd(server, 20, receive_buffer=4096):
            send_until_full(client, wire, MIB)
            reset(client)

    def test_net_06_a_reset_in_any_state_is_an_end_like_others(self):
        wire = frame({"type": "echo"}, b"x" * 1000)
        count = self.scaled(10, 100, "resets in each state")
        states = {"connected": b"", "in the length": wire[:2], "in the header": wire[:10],
                  "in the body": wire[:-10], "answered": wire, "being answered": wire * 1000}
        for protection in ([], PROTECTED):
            with self.watched("echo_server", *UNLIMITED, *protection,
                              events=2 * len(states) * count) as server:
                logged = len(server.log())
                for sent in states.values():
                    for enter in (server.enter if protection else server.connect,):
                        for _ in range(count):
                            peer = enter()
                            peer.socket.sendall(sent[:64 * 1024])
                            peer.file.close()
                            reset(peer.socket)
                self.assert_idle(server)
                loud = [line for line in server.log()[logged:].splitlines()
                        if " warning " in line or " error " in line]
                self.saw(f"{'token: ' if protection else 'no token: '}{len(states)} states, "
                         f"{len(loud)} lines above info")
        self.assertEqual(loud, [])

    def test_net_07_a_half_closed_connection_is_answered_to_the_end(self):
        count = self.scaled(64, 64, "requests of 1 MiB, then a half-close")
        body = random.Random(7).randbytes(MIB)
        with self.watched("echo_server", warm_up=lambda server: self.flood(server, body, 4)
                          ) as server:
            self.saw(f"{self.flood(server, body, count)} whole answers, then the end")

    def flood(self, server, body, count):
        """Half-closes behind some requests. Returns: how many were answered before the end."""
        with server.connect() as peer:
            def ask():
                for _ in range(count):
                    peer.send({"type": "echo"}, body)
                peer.socket.shutdown(socket.SHUT_WR)

            asking = threading.Thread(target=ask)
            asking.start()
            answers = list(iter(peer.receive, None))
            asking.join()
        self.assertEqual(len(answers), count)
        self.assertTrue(all(answer == body for _, answer in answers))
        return len(answers)

    def test_net_08_who_half_closes_and_never_reads_is_cut(self):
        limit = self.scaled(1, 30, "s of --write-timeout")
        wire = frame({"type": "echo"}, bytes(64 * 1024))
        with self.watched("echo_server", "--write-timeout", limit, events=1, warm_up=self.jam
                          ) as server:
            client, = self.crowd(server, 1, receive_buffer=4096)
            sent = send_until_full(client, wire, 64 * MIB)
            stalled = time.monotonic()
            client.shutdown(socket.SHUT_WR)
            self.assert_idle(server, limit + 3)
            seconds = time.monotonic() - stalled
            self.saw(f"after {sent / MIB:.1f} MiB nothing went on; cut {seconds:.1f} s later")
            self.assertLess(seconds, limit + 1.5)

    def test_net_09_a_slow_reader_costs_little_and_loses_nothing(self):
        seconds = self.scaled(4, 60, "s of reading 1 KiB a time")
        pause = 1 if long else 0.05
        source = random.Random(9)
        bodies, received, waiting = [], bytearray(), b""
        with self.watched("echo_server", "--write-timeout", 30 if long else 2, warm_up=self.jam
                          ) as server:
            client, = self.crowd(server, 1, receive_buffer=1024)
            client.setblocking(False)
            before = most = server.resident()
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline or waiting:
                slow = time.monotonic() < deadline
                readable, writable, _ = select.select([client], [client] if waiting or slow else [],
                                                      [], 1)
                if readable:
                    received += client.recv(1024 if slow else MIB)
                if writable:
                    if not waiting:
                        bodies.append(source.randbytes(64 * 1024))
                        waiting = frame({"type": "echo"}, bodies[-1])
                    waiting = waiting[client.send(waiting):]
                elif slow:
                    time.sleep(pause)
                most = max(most, server.resident())
            slowly = len(received)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(20)
            while data := client.recv(MIB):
                received += data
            self.assertEqual([body for header, body in scenario.messages(io.BytesIO(received))
                              if header], bodies)
            self.saw(f"{slowly / 1024:.0f} KiB read by then, {len(received) / MIB:.1f} MiB in all, "
                     f"intact; memory +{(most - before) / MIB:.1f} MiB at most")
            if not scenario.sanitized:
                self.assertLess(most - before, 4 * MIB)

    def test_net_10_segments_of_one_byte_change_nothing(self):
        count = self.scaled(50, 500, "echoes of 200 bytes in segments of 1 byte")
        body = random.Random(10).randbytes(200)
        with self.watched("echo_server") as server:
            with server.connect() as peer:
                cpu = server.cpu()
                for _ in range(count):
                    exchange(peer, body)
                whole = server.cpu() - cpu
            with Proxy(server.address, piece=1) as proxy, Peer(proxy.address) as peer:
                cpu = server.cpu()
                for _ in range(count):
                    exchange(peer, body)
                single = server.cpu() - cpu
            wire = len(frame({"type": "echo"}, body)) * count
            self.saw(f"CPU {single / whole:.1f} times that of whole ones, "
                     f"{single / wire * 1e6:.1f} us a byte")
            if not scenario.sanitized:
                self.assertLess(single / wire, 50e-6)

    def test_net_11_resets_at_random_corrupt_nothing(self):
        seconds = self.scaled(5, 90, "s of resets")
        source = random.Random(11)
        echoes, retries, wrong = [0] * 8, [0] * 8, []
        with self.watched("echo_server", events=10 * seconds * 8) as server:
            deadline = time.monotonic() + seconds

            def work(n, body):
                while time.monotonic() < deadline:
                    try:
                        with Peer(proxy.address) as peer:
                            while time.monotonic() < deadline:
                                exchange(peer, body)
                                echoes[n] += 1
                    except OSError:
                        retries[n] += 1
                    except (AssertionError, ValueError) as error:
                        wrong.append(error)

            with Proxy(server.address, cut=(1, 5) if long else (0.1, 0.5)) as proxy:
                workers = [threading.Thread(target=work, args=(n, source.randbytes(n * 5000 + 1)))
                           for n in range(len(echoes))]
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
            self.saw(f"{proxy.cuts} resets, {sum(retries)} retries, {sum(echoes):,} echoes, "
                     f"{len(wrong)} of them wrong")
            self.assertEqual(wrong, [])
            self.assertGreater(proxy.cuts, 5)
            self.assertGreater(sum(echoes), 100)

    def test_net_12_random_bytes_are_protocol_errors_and_nothing_else(self):
        seconds = self.scaled(3, 60, "s of random bytes")
        source = random.Random(12)
        count = sent = 0
        with self.watched("echo_server", *UNLIMITED, events=1_000_000) as server:
            logged = len(server.log())
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                client, = self.crowd(server, 1)
                noise = source.randbytes(source.randrange(1, 65536))
                if count % 2:  # or hardly any length would be a good one
                    noise = struct.pack("!I", source.randrange(64)) + noise
                with contextlib.suppress(OSError):
                    client.sendall(noise)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass
                client.close()
                count += 1
                sent += len(noise)
            self.assert_idle(server)
            log = server.log()[logged:].splitlines()
            wrong = [line for line in log if " error " in line or " critical " in line]
            self.saw(f"{count:,} connections, {sent / MIB:.0f} MiB, {len(log) / count:.1f} lines "
                     f"of log each, {len(wrong)} of them errors of the server")
            self.assertEqual(wrong, [])
            self.assertLessEqual(len(log), 3 * count)

    def test_net_13_other_protocols_are_sent_away(self):
        others = {"GET": GET, "TLS": client_hello(), "SSH": SSH}
        times = []
        for protection in ([], PROTECTED):
            with self.watched("echo_server", *protection, events=len(others)) as server:
                for wire in others.values():
                    client, = self.crowd(server, 1)
                    began = time.monotonic()
                    client.sendall(wire)
                    self.ends([client], 2)
                    times.append(time.monotonic() - began)
        self.saw(f"{', '.join(others)} sent away after {max(times) * 1000:.0f} ms at most")
        options, context = self.tls()
        # Two, and how often was said what others cause, as the second takes a while to go.
        with self.watched("echo_server", *options, context=context, events=3) as server:
            for wire in (GET, frame({"type": "echo"}, b"x" * 100)):
                client, = self.crowd(server, 1)
                client.sendall(wire)
                self.ends([client], 2)
        self.saw("and plain text from the TLS port")

    def test_net_14_stalled_tls_handshakes_are_cut_and_good_ones_get_in(self):
        options, context = self.tls()
        # Above 400 that nobody knows yet some are sent away at random, good ones, too.
        count = self.scaled(90, 350, "stalled handshakes")
        seconds = 20 if long else 2

        def stall(server):
            clients = self.crowd(server, count)
            hello = client_hello()
            for client in clients:
                client.sendall(hello)
            return clients

        with self.watched("echo_server", *options, *UNLIMITED, "--auth-timeout", seconds,
                          context=context, events=count + 5,  # probes end without a close_notify
                          warm_up=lambda server: [client.close() for client in stall(server)]
                          ) as server:
            began = time.monotonic()
            clients = stall(server)
            worst = max(server.probe() for _ in range(5))
            ended = self.ends(clients, seconds + 5)
            self.saw(f"cut after {min(ended) - began:.1f} to {max(ended) - began:.1f} s of "
                     f"{seconds}; a good one was served in {worst * 1000:.0f} ms at most")
            self.assertLess(max(ended) - began, seconds + 2)
            self.assertLess(worst, 1)

    def test_net_15_an_end_without_close_notify_is_known_from_a_clean_one(self):
        options, context = self.tls()
        wire = frame({"type": "echo"}, b"x" * 100)
        lines = {}
        # Two, and the count of those that came before, if it is time for it.
        with self.watched("echo_server", *options, context=context, events=3) as server:
            for where, sent, notify in [("in a frame", wire[:50], False),
                                        ("at a boundary", wire, False), ("clean", wire, True)]:
                logged = len(server.log())
                peer = server.connect(f"127.0.0.{len(lines) + 2}")  # who says it the first time
                peer.socket.sendall(sent)
                if sent == wire:
                    peer.receive()
                if notify:
                    peer.socket.unwrap().close()
                peer.__exit__()
                self.assert_idle(server)
                self.assert_log(server, logged, sys.maxsize)
                lines[where] = [line for line in server.log()[logged:].splitlines()
                                if not line.endswith("connected")]
        self.saw(", ".join(f"{where}: {len(said)} lines" for where, said in lines.items()))
        self.assertEqual(len(lines["in a frame"]), 1, lines)
        self.assertIn("truncated", lines["in a frame"][0])
        self.assertEqual(lines["clean"], [])

    def test_net_16_a_narrow_line_is_shared_fairly(self):
        megabits = 1 if long else 8
        self.saw(f"{megabits} Mbit/s")
        count = self.scaled(20, 50, "echoes of 16 KiB at once")
        body = random.Random(16).randbytes(16 * 1024)
        with self.own_network():
            # All that is on its way has room: what is lost TCP shares as it likes.
            subprocess.run([self.tool("tc"), "qdisc", "add", "dev", "lo", "root", "tbf", "rate",
                            f"{megabits}mbit", "burst", "16kb", "latency", "60s"], check=True)
            with self.watched("echo_server", warm_up=lambda server: exchange_once(server, body)
                              ) as server:
                peers = [server.connect() for _ in range(count)]
                for peer in peers:
                    peer.socket.settimeout(120)
                took = [0.0] * count
                began = time.monotonic()

                def work(n):
                    exchange(peers[n], body)
                    took[n] = time.monotonic() - began

                workers = [threading.Thread(target=work, args=(n,)) for n in range(count)]
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
                for peer in peers:
                    peer.__exit__()
        self.saw(f"{min(took):.1f} to {max(took):.1f} s")
        self.assertGreater(min(took), 0, "an echo was lost")
        self.assertLess(max(took) / min(took), 3)

    def test_net_17_a_stopped_server_cuts_nobody_who_has_spoken(self):
        seconds = self.scaled(3, 60, "s stopped")
        limit = seconds / 2
        with self.watched("echo_server", "--idle-timeout", limit, events=10) as server:
            speaking = [server.connect() for _ in range(10)]
            silent = self.crowd(server, 10)
            for peer in speaking:
                exchange(peer)
            server.process.send_signal(signal.SIGSTOP)
            try:
                time.sleep(seconds)  # it is the passing of time that is tested
                for peer in speaking:
                    peer.send({"type": "echo"}, b"during the stop")
            finally:
                server.process.send_signal(signal.SIGCONT)
            answered = sum(answer is not None and answer[1] == b"during the stop"
                           for answer in map(Peer.receive, speaking))
            ended = self.ends(silent, 2)
            again = sum(exchange(peer) < 1 for peer in speaking)
            self.saw(f"idle limit {limit:g} s: {len(ended)} of 10 silent clients cut; of 10 that "
                     f"spoke meanwhile {answered} answered, {again} stayed")
            self.assertEqual((answered, again), (10, 10))
            for peer in speaking:
                peer.__exit__()

    def test_net_18_deadlines_keep_time_when_the_clock_jumps(self):
        limit = 1
        with self.preloaded() as (options, controls), self.watched(
                "echo_server", "--idle-timeout", limit, events=4, **options) as server:
            for hours in (1, -1):
                idle, = self.crowd(server, 1)
                began = time.monotonic()
                with server.connect() as peer:
                    exchange(peer)
                    struct.pack_into("q", controls, 0, hours * 3600)
                    exchange(peer)
                    ended, = self.ends([idle], limit + 3, lambda _: exchange(peer))
                stamp = server.log().splitlines()[-1].split()[0]
                self.saw(f"{hours:+d} h (log: {stamp[:16]}): cut after {ended - began:.1f} s "
                         f"of {limit}")
                self.assertLess(abs(ended - began - limit), 0.7)

    def test_net_19_an_address_that_cannot_be_had_is_said_and_exit_2(self):
        with self.watched("echo_server") as server:
            taken = run("echo_server", "--listen", server.address)
        with self.own_network():
            pathlib.Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", "ascii")
            absent = run("echo_server", "--listen", "[::1]:0")
        for result in (taken, absent):
            self.saw(result.stderr.decode().strip())
            self.assertEqual((result.returncode, result.stdout), (2, b""))
            self.assertEqual(result.stderr.count(b"\n"), 1)

    def test_net_20_a_signal_ends_it_in_time_whatever_it_does(self):
        wire = frame({"type": "echo"}, bytes(64 * 1024))

        def idle(server):
            return server.enter()

        def busy(server):
            peer = server.enter()
            send_until_full(peer.socket, wire, 64 * MIB)
            return peer

        def half(server):
            peer = server.connect()
            peer.socket.sendall(wire[:2])
            return peer

        def handshake(server):
            client, = self.crowd(server, 1)
            client.sendall(client_hello()[:100])
            return client

        cases = [("idle", idle, PROTECTED), ("busy", busy, PROTECTED),
                 ("before the token", half, PROTECTED), ("busy, signalled twice", busy, PROTECTED)]
        with contextlib.suppress(unittest.SkipTest):
            cases.append(("in a TLS handshake", handshake, self.tls()[0]))
        for what, state, options in cases:
            again = "twice" in what
            with Server("echo_server", *options) as server, state(server) as peer:
                began = time.monotonic()
                server.process.terminate()
                if again:
                    eventually(lambda: "stopping" in server.log())
                    server.process.terminate()
                status = server.process.wait(10)
                seconds = time.monotonic() - began
                self.saw(f"{what}: {seconds:.2f} s")
                self.assertEqual(status, 0)
                self.assertLess(seconds, 1 if again else 5)
                if what == "idle":
                    self.assertEqual(peer.receive()[0], {"type": "bye"})

    def test_net_21_any_allocation_may_fail(self):
        """A server goes on, or ends and says why: it never hangs, and never looks as if it served."""
        numbers = range(0, 200, 1 if long else 5)
        self.saw("each of 200" if long else "every 5th of 200")
        went_on = ended = 0
        with self.preloaded() as (options, controls):
            for number in numbers:
                struct.pack_into("q", controls, 8, -1)
                server = Server("echo_server", *UNLIMITED, **options)
                try:
                    server.probe()
                    struct.pack_into("q", controls, 8, number)
                    with contextlib.suppress(OSError, AssertionError, ValueError), \
                            server.connect() as peer:
                        peer.socket.settimeout(2)
                        exchange(peer, bytes(3000))
                    struct.pack_into("q", controls, 8, -1)
                    with contextlib.suppress(OSError, AssertionError):
                        server.probe()
                        went_on += 1
                        continue
                    # Within Asio itself it is std::terminate, which says so, too.
                    self.assertIn(server.process.wait(timeout=5), (1, -signal.SIGABRT))
                    self.assertRegex(server.log(), "bad_alloc|terminate called")
                    ended += 1
                finally:
                    server.process.kill()
                    server.process.wait()
        self.saw(f"{went_on} servers went on, {ended} ended and said why")

    def test_net_22_errors_of_system_calls_change_nothing(self):
        faults = ["recvmsg,recvfrom,read,readv:error=EINTR:when=2+3",
                  "sendmsg,sendto,writev:error=EINTR:when=2+3",
                  "epoll_wait,epoll_pwait:error=EINTR:when=1+4",
                  "accept,accept4:error=ECONNABORTED:when=3+5",
                  "accept,accept4:error=EMFILE:when=4+5"]
        count = self.scaled(50, 200, "connections under each fault")
        body = random.Random(22).randbytes(20_000)
        for fault in faults:
            with self.watched("echo_server", events=count) as server:
                worst = 0
                with self.failing(server, fault):
                    for _ in range(count):
                        with server.connect() as peer:
                            worst = max(worst, *[exchange(peer, body) for _ in range(3)])
                calls, error, _ = fault.split(":")
                self.saw(f"{calls.split(',', maxsplit=1)[0]} {error[6:]}: {worst * 1000:.0f} ms "
                         "at most")

    def test_net_23_a_mixed_load_leaves_no_trace(self):
        seconds = self.scaled(15, 300, "s")
        self.saw("instead of 24 h")
        size = 200
        source = random.Random(23)
        bodies = [source.randbytes(source.randrange(1, 20_000)) for _ in range(50)]

        def whole(client):
            exchange(client, source.choice(bodies))
            return client

        def gone(client):
            client.__exit__()

        def broken(client):
            client.file.close()
            reset(client.socket)

        def part(client):
            wire = frame({"type": "echo"}, bodies[0])
            client.socket.sendall(wire[:source.randrange(99)])
            broken(client)

        def half_closed(client):
            client.send({"type": "echo"}, bodies[1])
            client.socket.shutdown(socket.SHUT_WR)
            assert client.receive()[1] == bodies[1]
            assert client.receive() is None
            gone(client)

        def nonsense(client):
            client.socket.sendall(GET)
            gone(client)

        acts = [whole] * 20 + [gone, broken, part, half_closed, nonsense]

        def mix(server, seconds):
            """Returns: memory and latency over the time, and the number of acts."""
            resident, times, done = [], [], 0
            clients = [server.connect() for _ in range(size)]
            deadline = time.monotonic() + seconds
            next_sample = time.monotonic()
            while time.monotonic() < deadline:
                n = source.randrange(size)
                clients[n] = source.choice(acts)(clients[n]) or server.connect()
                done += 1
                if done % 20 == 0:
                    times.append(exchange(clients[n]))
                if time.monotonic() > next_sample:
                    next_sample += seconds / 30
                    resident.append(server.resident())
            for client in clients:
                client.__exit__()
            return resident, times, done

        with self.watched("echo_server", *UNLIMITED, events=1_000_000,
                          warm_up=lambda server: mix(server, min(seconds, 60))) as server:
            logged = len(server.log())
            resident, times, done = mix(server, seconds)
            half = len(times) // 2
            p99 = [percentile(part, 0.99) * 1000 for part in (times[:half], times[half:])]
            growth = (sum(resident[-10:]) - sum(resident[:10])) / 10
            lines = server.log().count("\n", logged)
            self.saw(f"{size} clients, {done:,} acts; memory of the last third against the first "
                     f"{growth / 1024:+.0f} KiB; p99 {p99[0]:.1f} ms, then {p99[1]:.1f}; "
                     f"{lines / done:.2f} lines an act")
            self.assertLess(p99[1], 100)
            self.assertLessEqual(lines, 3 * (done + size))
            if not scenario.sanitized:
                self.assertLess(growth, MIB)

    def test_net_24_bodies_that_nobody_reads_are_nowhere_held(self):
        count = self.scaled(24, 64, "bodies of 16 MiB, of which nothing is read back")
        wire = frame({"type": "echo"}, bytes(16 * MIB))
        with self.watched("echo_server", *UNLIMITED, events=2 * count, warm_up=self.jam
                          ) as server:
            before, taken = server.resident(), 0
            clients = self.crowd(server, count, receive_buffer=4096)
            for client in clients:
                taken += send_until_full(client, wire, len(wire))
            held = server.resident() - before
            worst = max(server.probe() for _ in range(3))
            for client in clients:
                reset(client)
        self.saw(f"{taken / MIB:.0f} MiB taken, {held / MIB:.0f} MiB of memory; others waited "
                 f"{worst * 1000:.0f} ms at most")
        if not scenario.sanitized:
            self.assertLess(held, count * MIB)

    def test_net_25_half_a_header_costs_what_came_of_it(self):
        count = self.scaled(400, 1000, "headers come without their last byte, and then with it")
        for program, size in (("chat_server", 4096), ("echo_server", 64 * 1024)):
            text = (b'{"type":"say","x":[' + b"{}," * size)[:size - 3].rpartition(b",")[0]
            text += b" " * (size - 2 - len(text)) + b"]"
            wire = struct.pack("!I", size) + text
            held, waits = [], []

            def burden(server):
                crowd = self.crowd(server, count)
                empty = server.resident()
                for end in crowd:
                    end.sendall(wire)
                waits.extend(server.probe() for _ in range(3))
                held.append(server.resident() - empty)
                for end in crowd:
                    end.sendall(b"}")
                waits.extend(server.probe() for _ in range(3))
                held.append(server.resident() - empty)
                for end in crowd:
                    end.close()

            with self.watched(program, *UNLIMITED, events=count, warm_up=burden) as server:
                burden(server)
            self.saw(f"{program}, {size // 1024} KiB: {held[0] / MIB:.0f} and then "
                     f"{held[1] / MIB:.0f} MiB for {count * size / MIB:.0f} MiB; others waited "
                     f"{max(waits) * 1000:.0f} ms at most")
            if not scenario.sanitized:
                self.assertLess(max(held), count * (3 * size + 32 * 1024))


def exchange_once(server, body):
    with server.connect() as peer:
        exchange(peer, body)


if __name__ == "__main__":
    scenario.main()
