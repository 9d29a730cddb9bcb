# SPDX-License-Identifier: MIT
"""What can befall a chat room (reliability table, ch-01 to ch-09)."""

import collections
import contextlib
import hashlib
import io
import json
import os
import random
import select
import signal
import socket
import subprocess
import threading
import time

from helpers import scenario
from helpers.chat_members import FREE, Onlooker, client, enter, hear, say
from helpers.peer import frame
from helpers.program import programs
from helpers.scenario import MIB, UNLIMITED, Server, eventually, percentile, reset


class Storm:
    """Members whose connections are read as fast as that goes; of some a wire is sent again and
    again."""

    def __init__(self, peers, talkers=(), wire=b""):
        self.left = {peer.socket: bytearray() for peer in peers}
        self.received = list(self.left.values())
        self.rests = dict.fromkeys((peer.socket for peer in talkers), b"")
        self.wire = wire
        for end in self.left:
            end.setblocking(False)

    def turn(self):
        readable, writable, _ = select.select(self.left, self.rests, [], 0.1)
        for end in writable:
            rest = self.rests[end] or self.wire
            with contextlib.suppress(BlockingIOError, ConnectionError):
                self.rests[end] = rest[end.send(rest):]
        for end in readable:
            data = b""
            with contextlib.suppress(ConnectionError):
                data = end.recv(MIB)
            self.left[end] += data
            if not data:
                self.left.pop(end)
                self.rests.pop(end, None)


class Chat(scenario.Scenario):

    def assert_dense(self, numbers, last=0):
        """Whether numbers follow a last one."""
        self.assertEqual(numbers, list(range(last + 1, last + 1 + len(numbers))), "seq")

    def members(self, server, count, name="member"):
        """That many, all of whom have heard of each other."""
        result = []
        for number in range(count):
            peer, _ = enter(server, f"{name}{number}")
            self.addCleanup(peer.__exit__)
            result.append(peer)
        for peer in result[:-1]:
            while peer.until("joined")[-1][0]["nick"] != f"{name}{count - 1}":
                pass
        return result

    def leave(self, peers):
        """Lets them go as those go who have read all."""
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.socket.settimeout(20)
                peer.socket.shutdown(socket.SHUT_WR)
        for peer in peers:
            with peer, contextlib.suppress(OSError):
                while peer.socket.recv(MIB):
                    pass

    def deaf(self, server):
        """A member that reads nothing, on a connection that takes little."""
        end, = self.crowd(server, 1, receive_buffer=4096)
        end.sendall(frame({"type": "join", "nick": "deaf"}))

    def take_turns(self, talkers, done, size=10, pause=0.0):
        """Has one after the other say something that all of them hear. Returns: how long it took
        to come back to who said it, each time."""
        times = []
        while not done():
            for speaker in talkers:
                text = b"%d " % len(times) + b"x" * size
                began = time.monotonic()
                say(speaker, text)
                hear(speaker, text)
                times.append(time.monotonic() - began)
                for listener in talkers:
                    if listener is not speaker:
                        hear(listener, text)
                time.sleep(pause)
        return times

    def test_ch_01_all_hear_the_same_in_the_same_order(self):
        count = self.scaled(50, 200, "members")
        each = self.scaled(20, 100, "messages of each")

        def talk(server, each):
            peers = self.members(server, count)
            storm = Storm(peers)
            first = storm.received[0]
            began = time.monotonic()
            for start in range(0, each, 5):  # so many at once, or they are too slow for it
                for number, peer in enumerate(peers):
                    peer.socket.send(b"".join(
                        frame({"type": "say"}, b"%d of %d" % (n, number))
                        for n in range(start, start + 5)))
                while (first.count(b'"said"') < count * (start + 5) or
                       any(len(data) != len(first) for data in storm.received)):
                    storm.turn()
                    self.assertEqual(len(storm.left), count, "members that are still there")
            seconds = time.monotonic() - began
            self.leave(peers)
            return storm.received, seconds

        with self.watched("chat_server", *FREE, warm_up=lambda server: talk(server, each)
                          ) as server:
            received, seconds = talk(server, each)
            self.assertEqual(len({hashlib.sha256(data).digest() for data in received}), 1,
                             "different streams")
            heard = list(scenario.messages(io.BytesIO(received[0])))
            texts = collections.defaultdict(list)
            for header, body in heard:
                texts[header["from"]].append(body)
            self.assertEqual(texts, {
                f"member{number}": [b"%d of %d" % (n, number) for n in range(each)]
                for number in range(count)})
            self.assert_dense([header["seq"] for header, _ in heard], count * each)
            self.saw(f"{len(heard) * count:,} deliveries, {len(heard) * count / seconds:,.0f} a "
                     f"second, the same bytes to all")

    def test_ch_02_who_never_reads_is_dropped_and_holds_nobody_up(self):
        seconds = self.scaled(4, 60, "s of talk beside one who never reads")

        def talk(server, seconds):
            dropped = []
            with Onlooker(server) as onlooker:
                self.deaf(server)
                talkers = self.members(server, 3)
                began = time.monotonic()

                def done():
                    if not dropped and onlooker.all("left", nick="deaf"):
                        dropped.append(time.monotonic() - began)
                    return time.monotonic() > began + seconds

                times = self.take_turns(talkers, done, size=3000)
                self.leave(talkers)
                self.assertTrue(eventually(lambda: len(onlooker.all("left")) == 4))
                self.assertEqual(onlooker.comings()["deaf"], ["joined", "too_slow"])
                self.assertEqual(len(onlooker.all("said")), len(times))
                self.assert_dense(onlooker.numbers(), onlooker.welcome["seq"])
            return dropped[0], times

        with self.watched("chat_server", *FREE, events=1, warm_up=lambda server: talk(server, 3)
                          ) as server:
            dropped, times = talk(server, seconds)
            self.saw(f"too_slow after {dropped:.1f} s, told once; {len(times):,} messages of the "
                     f"others took {percentile(times, 0.99) * 1000:.1f} ms (p99), "
                     f"{max(times) * 1000:.0f} ms at most")
            self.assertLess(percentile(times, 0.99), 0.05)

    def test_ch_03_each_who_comes_and_goes_is_told_once(self):
        count = self.scaled(2000, 10_000, "messages while 50 come and go")

        with self.watched("chat_server", *FREE, "--keep", 100, events=count,
                          warm_up=lambda server: self.come_and_go(server, 300)) as server:
            guests = self.come_and_go(server, count)
            self.saw(f"{guests:,} came, and went in 5 ways; one joined and one left of each, and "
                     f"no seq left out")

    def come_and_go(self, server, count):
        """Returns: how many did."""
        source = random.Random(3)
        inside, reasons = {}, {}
        with Onlooker(server) as onlooker:
            talker, _ = enter(server, "talker")
            for number in range(count):
                say(talker, b"%d" % number)
                if number % 10 == 9:
                    hear(talker, b"%d" % number)
                if len(inside) < 50:
                    inside[f"guest{number}"] = enter(server, f"guest{number}")
                    continue
                nick = source.choice(list(inside))
                reasons[nick] = self.go(*inside.pop(nick), source.choice(
                    ["quit", "half-close", "close", "reset"]))
                if number % 5 == 0:
                    nick = f"brief{number}"
                    reasons[nick] = "quit"
                    with server.enter() as peer:
                        peer.socket.sendall(frame({"type": "join", "nick": nick}) +
                                            frame({"type": "quit"}))
                        peer.until("bye")
            inside["talker"] = talker, None
            for nick, (peer, _) in inside.items():
                peer.__exit__()
                reasons[nick] = "closed"
            self.assertTrue(eventually(lambda: len(onlooker.all("left")) >= len(reasons)))
            self.assertEqual(onlooker.comings(),
                             {nick: ["joined", reason] for nick, reason in reasons.items()})
            self.assertEqual([body for _, body in onlooker.all("said")],
                             [b"%d" % number for number in range(count)])
            self.assert_dense(onlooker.numbers(), onlooker.welcome["seq"])
        return len(reasons)

    def go(self, peer, welcome, way):
        """Returns: the reason that others are told."""
        if way == "quit":
            peer.send({"type": "quit"})
        if way in ("quit", "half-close"):
            peer.socket.shutdown(socket.SHUT_WR)
            heard = list(iter(peer.receive, None))
            self.assert_dense([header["seq"] for header, _ in heard if header["type"] == "said"],
                              welcome["seq"])
        peer.file.close()
        if way == "reset":
            reset(peer.socket)
        peer.socket.close()
        return "quit" if way == "quit" else "closed"

    def test_ch_04_a_server_that_stops_in_a_storm_sends_what_was_said(self):
        for listeners in ("all read", "one never reads"):
            with Server("chat_server", *FREE, "--queue", 256 * MIB) as server:
                peers = self.members(server, 20)
                storm = Storm(peers, peers[:5], frame({"type": "say"}, b"x" * 100) * 100)
                if listeners != "all read":
                    self.deaf(server)
                began = time.monotonic()
                while time.monotonic() < began + 0.5:
                    storm.turn()
                server.process.terminate()
                began = time.monotonic()
                while storm.left and time.monotonic() < began + 10:
                    storm.turn()
                self.leave(peers)
                self.assertEqual(server.process.wait(10), 0)
                took = time.monotonic() - began
            ends = collections.Counter()
            for data in storm.received:
                heard = [header for header, _ in scenario.messages(io.BytesIO(data))]
                numbers = [header["seq"] for header in heard if header["type"] == "said"]
                self.assert_dense(numbers)
                ends[numbers[-1], json.dumps(heard[-1])] += 1
            self.saw(f"{listeners}: exit 0 after {took:.1f} s; all heard {numbers[-1]} messages "
                     f"and bye")
            self.assertEqual([*ends], [(numbers[-1], '{"type": "bye"}')], f"{ends}")
            self.assertLess(took, 5)

    def test_ch_05_who_floods_is_slowed_down_told_and_dropped(self):
        count = self.scaled(5, 20, "who say all they can, 20 a second being allowed")

        def flood(server):
            with Onlooker(server) as onlooker:
                talkers = self.members(server, 2, name="talker")
                flooders = self.members(server, count, name="flooder")
                storm = Storm(flooders, flooders, frame({"type": "say"}, b"spam") * 100)
                overdue = time.monotonic() + 20

                def rage():
                    while storm.left and time.monotonic() < overdue:
                        storm.turn()

                raging = threading.Thread(target=rage)
                began = time.monotonic()
                raging.start()
                times = self.take_turns(talkers, lambda: not raging.is_alive(), pause=0.05)
                seconds = time.monotonic() - began
                self.assertEqual(storm.left, {})
                self.leave(flooders + talkers)
                self.assertTrue(eventually(lambda: len(onlooker.all("left")) == count + 2))
                for number in range(count):
                    self.assertEqual(onlooker.comings()[f"flooder{number}"], ["joined", "flood"])
                self.assert_dense(onlooker.numbers(), onlooker.welcome["seq"])
                said = len(onlooker.all("said", **{"from": "flooder0"}))
            return times, [data.count(b'"rate_limited"') for data in storm.received], said, seconds

        with self.watched("chat_server", *UNLIMITED, events=count, warm_up=flood) as server:
            times, told, said, seconds = flood(server)
            self.saw(f"all dropped within {seconds:.1f} s, having said {said} and been told "
                     f"rate_limited {min(told)} times or more; messages of the others took "
                     f"{percentile(times, 0.99) * 1000:.1f} ms (p99)")
            self.assertGreater(min(told), 0)
            self.assertLess(percentile(times, 0.99), 0.05)

    def test_ch_06_a_nickname_is_given_to_one_of_those_who_race_for_it(self):
        count = self.scaled(100, 100, "race for a nickname, in two spellings")
        rounds = self.scaled(5, 50, "times")

        def race(server):
            with Onlooker(server, room="race") as onlooker:
                peers = [server.enter() for _ in range(count)]
                for number, peer in enumerate(peers):
                    nick = "racer" if number % 2 else "RACER"
                    peer.socket.sendall(frame({"type": "join", "room": "race",
                                               "nick": nick}))
                answers = [peer.receive()[0] for peer in peers]
                codes = collections.Counter(answer.get("code", answer["type"])
                                            for answer in answers)
                self.assertEqual(codes, {"welcome": 1, "nick_taken": count - 1})
                self.leave(peers)
                self.assertTrue(eventually(lambda: onlooker.all("left")))
                self.assertEqual([*onlooker.comings().values()], [["joined", "closed"]])

        with self.watched("chat_server", *FREE, warm_up=race) as server:
            for _ in range(rounds):
                race(server)
            self.saw(f"one welcome and {count - 1} nick_taken each time")

    def test_ch_07_what_would_deceive_readers_is_refused_or_shown_as_what_it_is(self):
        names = ["", " ", "a b", "a\u202eb", "a\u2066b", "a\u200bb", "a\u200db", "\ufeffa",
                 "a\u00adb", "\x1b[31mred", "a\nb", "a\0b", "a\u0085b", "a\u2028b", "\u115fa",
                 "\u3164", "\u2800", "x" * 33, "x" * 3000]
        with self.watched("chat_server", *FREE, events=1, warm_up=self.deceive) as server:
            with server.enter() as peer:
                for name in names:
                    for message, code in (({"nick": name}, "bad_nick"),
                                          ({"nick": "a", "room": name}, "bad_room")):
                        peer.send({"type": "join", **message})
                        self.assertEqual(peer.receive()[0]["code"], code, ascii(name))
            self.saw(f"{len(names)} names: bad_nick, bad_room")
            with server.enter() as peer:
                with contextlib.suppress(ConnectionError):
                    peer.send({"type": "join", "nick": "x" * MIB})
                header, _ = peer.receive()
                self.saw(f"a nickname of 1 MiB: {header['code']}")
                self.assertEqual(header["code"], "header_too_large")
            self.saw(self.deceive(server))

    def deceive(self, server):
        """Says what is no text, then what would drive a terminal to one who reads on a pipe.
        Returns: what came of it."""
        codes = []
        peer, _ = enter(server, "deceiver")
        with peer:
            for text in (b"", b"x" * 4097, b"x" * 5 * MIB, b"\xff", b"\xed\xa0\x80", b"\xc0\x80"):
                say(peer, text)
                codes.append(peer.until("error")[-1][0]["code"])
            reader = client(server, "reader", "--stay", stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            peer.until("joined")
            for text in ("\x1b]0;owned\x07\x1b[2J\x9b2J", "\u202egnp.exe", "a\rb\nc\u2028d"):
                say(peer, text.encode())
            say(peer, "end".encode())
            lines = [reader.stdout.readline().decode() for _ in range(4)]
            reader.terminate()
            shown = "".join(lines) + reader.communicate(timeout=10)[1].decode()
            peer.until("left")
        self.assertTrue(lines[-1].endswith("<deceiver> end\n"), lines)
        self.assertRegex(shown, r"\A([^\W\n]|[ -~\n])*\Z")
        return f"texts: {', '.join(codes)}; an escape sequence on a pipe: " + \
            lines[0].partition("> ")[2].strip()

    def test_ch_08_who_is_silent_too_long_is_gone_and_may_come_back(self):
        limit = self.scaled(2, 120, "s of --idle-timeout and a client stopped for longer")
        with self.watched("chat_server", *FREE, "--idle-timeout", limit, events=2) as server:
            with Onlooker(server) as onlooker:
                ghost = client(server, "ghost", "--json", "--stay", stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
                try:
                    self.assertTrue(eventually(lambda: onlooker.all("joined", nick="ghost")))
                    ghost.send_signal(signal.SIGSTOP)
                    began = time.monotonic()
                    self.assertTrue(eventually(lambda: onlooker.all("left"), limit + 3))
                    took = time.monotonic() - began
                    for number in range(5):
                        say(onlooker.peer, b"%d" % number)
                    self.assertTrue(eventually(lambda: len(onlooker.all("said")) == 5))
                    self.assertEqual(onlooker.comings(), {"ghost": ["joined", "timeout"]})
                    ghost.send_signal(signal.SIGCONT)
                    ghost.stdin.write(b"back\n")
                    ghost.stdin.flush()
                    self.assertTrue(eventually(lambda: len(onlooker.all("said")) == 6))
                    ghost.stdin.close()
                    ghost.send_signal(signal.SIGTERM)
                    heard = [json.loads(line) for line in ghost.stdout]
                finally:
                    ghost.kill()
                    ghost.wait()
                    ghost.stdout.close()
                self.assertEqual([message["text"] for message in heard
                                  if message["type"] == "said"], [*"01234", "back"])
                self.assertTrue(eventually(lambda: len(onlooker.all("left")) == 2))
            self.saw(f"left (timeout) after {took:.1f} s, once; back again it heard what it had "
                     f"missed")
            self.assertLess(took, limit + 1.5)

    def test_ch_09_a_crowd_at_rest_costs_little_and_leaves_little_behind(self):
        count = self.scaled(1000, 9900, "members come at once, and stay in silence")
        took = []

        def gather(server):
            empty = server.resident()

            def each():
                return (server.resident() - empty) / count / 1024

            with Onlooker(server, room="load") as onlooker, subprocess.Popen(
                    [os.path.join(programs, "chat_load"), server.address, "--members",
                     str(count), "--idle", "--seconds", "1000", "--json"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as crowd:
                try:
                    self.assertTrue(eventually(lambda: len(onlooker.all("joined")) == count, 60))
                    eventually(lambda: each() < 16, scenario.GIVEN_BACK)
                    took.append(each())
                finally:
                    crowd.terminate()

        with self.watched("chat_server", *FREE, "--write-timeout", 4, events=2 * count,
                          warm_up=gather) as server:
            gather(server)
        self.saw(f"{took[0]:.1f} KiB each")
        if not scenario.sanitized:
            self.assertLess(took[0], 18)


if __name__ == "__main__":
    scenario.main()
