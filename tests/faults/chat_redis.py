# SPDX-License-Identifier: MIT
"""What can befall chat servers that are one over Redis, and Redis (rd-01 to rd-10)."""

import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time


from helpers import scenario
from helpers.chat_members import FREE, Onlooker, client, enter, say
from helpers.peer import frame
from helpers.redis_server import Redis
from helpers.scenario import Server, eventually, long

LEASE = 1  # seconds


class Speaker:
    """A chat_client that says line after line of a pipe until it is told to stop."""

    def __init__(self, test, server, nick):
        self.nick = nick
        self.lines = []
        self.stopping = threading.Event()
        self.errors = tempfile.TemporaryFile()
        test.addCleanup(self.errors.close)
        self.process = client(server, nick, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=self.errors)
        test.addCleanup(self.end)
        self.feeding = threading.Thread(target=self.feed)
        self.feeding.start()

    def feed(self):
        with contextlib.suppress(BrokenPipeError):
            while not self.stopping.is_set():
                # Long ones, so that not many are in the pipe at the end
                line = f"{self.nick} {len(self.lines)} ".ljust(500, ".")
                self.process.stdin.write(line.encode() + b"\n")
                self.process.stdin.flush()
                self.lines.append(line)
                time.sleep(0.002)  # so that who is away for a while can be told all later

    def finish(self, seconds=60):
        """Returns: the lines, all of which were said, by its word."""
        self.stopping.set()
        self.feeding.join()
        self.process.stdin.close()
        status = self.process.wait(seconds)
        assert status == 0, f"{self.nick}: exit {status}: {self.errors_shown()}"
        return self.lines

    def errors_shown(self):
        return os.pread(self.errors.fileno(), 1 << 20, 0).decode()[-1000:]

    def end(self):
        self.stopping.set()
        self.process.kill()
        self.process.wait()
        self.feeding.join()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()


class Listener:
    """A chat_client that writes what it hears to a file."""

    def __init__(self, test, server, nick):
        self.nick = nick
        self.file = tempfile.TemporaryFile()
        test.addCleanup(self.file.close)
        self.process = client(server, nick, "--json", "--stay", stdin=subprocess.DEVNULL,
                              stdout=self.file, stderr=subprocess.DEVNULL)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)

    def heard(self):
        text = os.pread(self.file.fileno(), 1 << 30, 0).decode()
        return [json.loads(line) for line in text.splitlines(keepends=True)
                if line.endswith("\n")]

    def said(self):
        return [(message["seq"], message["from"], message["text"])
                for message in self.heard() if message["type"] == "said"]

    def leave(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


class Servers:
    """Chat servers, by letters, each of which can be killed and started again where it was."""

    def __init__(self, redis, letters, lease=LEASE):
        self.arguments = ["chat_server", *FREE, "--redis", redis.url, "--lease", lease,
                          "--keep", 10_000, "--queue", 16 * scenario.MIB]
        self.all = {}
        for letter in letters:
            self.start(letter, "127.0.0.1:0")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for server in self.all.values():
            server.process.send_signal(signal.SIGCONT)
            server.__exit__(kind)

    def __getitem__(self, letter):
        return self.all[letter]

    def start(self, letter, address=None):
        self.all[letter] = Server(*self.arguments, listen=address or self.all[letter].address)

    def kill(self, letter):
        self.all[letter].kill()


class ChatRedis(scenario.Scenario):

    seconds = 900 if long else 90

    def setUp(self):
        super().setUp()
        self.tool("redis-server")
        self.source = random.Random()

    @contextlib.contextmanager
    def busy_disk(self, folder):
        """Two who write and sync all the time where Redis does."""
        block = tempfile.mkdtemp(dir=folder)
        stopping = threading.Event()

        def write(name):
            while not stopping.is_set():
                subprocess.run(["dd", "if=/dev/zero", f"of={block}/{name}", "bs=1M", "count=64",
                                "conv=fsync"], stderr=subprocess.DEVNULL, check=False)

        writing = [threading.Thread(target=write, args=(name,)) for name in "ab"]
        for thread in writing:
            thread.start()
        try:
            yield
        finally:
            stopping.set()
            for thread in writing:
                thread.join()
            shutil.rmtree(block)

    @contextlib.contextmanager
    def watched_server(self, redis, *arguments, events=1000):
        """A server that is never killed, and must be as before in the end."""
        def fill(server):
            with Onlooker(server) as onlooker:
                for count in range(500, 10_001, 500):  # which are kept for those who come later
                    for _ in range(500):
                        say(onlooker.peer, b"." * 700)
                    self.assertTrue(eventually(lambda: len(onlooker.all("said")) == count))

        with self.watched("chat_server", *FREE, "--redis", redis.url, "--lease", LEASE,
                          "--keep", 10_000, "--queue", 16 * scenario.MIB, *arguments,
                          events=events, warm_up=fill) as server:
            yield server

    def has_redis(self, server):
        return server.log().rfind("Redis is there") > server.log().rfind("Redis is away")

    def company(self, onlooker, listening, speaking):
        """Listeners and speakers at servers, all of whom have been let in: a client whose first
        connection fails does not try again."""
        listeners = [Listener(self, server, f"r{letter}") for letter, server in listening.items()]
        self.assertTrue(eventually(lambda: all(listener.heard() for listener in listeners)))
        speakers = [Speaker(self, server, f"w{letter}") for letter, server in speaking.items()]
        self.assertTrue(eventually(lambda: all(
            onlooker.all("said", **{"from": speaker.nick}) for speaker in speakers)))
        return listeners, speakers

    def assert_all_heard(self, onlooker, listeners, speakers):
        """Whether all have heard each line once, in the same order, and each came and went in
        turns. Ends them. Returns: the number of lines, and how often who was given up."""
        lines = {speaker.nick: speaker.finish() for speaker in speakers}
        count = sum(map(len, lines.values()))
        for listener in listeners:
            eventually(lambda: len(listener.said()) >= count, 20)
            listener.leave()
        nicks = [*lines, *(listener.nick for listener in listeners)]
        eventually(lambda: all(onlooker.all("left", nick=nick, reason="quit") for nick in nicks))
        said = [(header["seq"], header["from"], body.decode())
                for header, body in onlooker.all("said")]
        for nick, expected in lines.items():
            own = [text for _, who, text in said if who == nick]
            self.assertEqual(len(own), len(expected), f"lines of {nick} came")
            self.assertEqual(own, expected, "order")
        self.assertEqual(onlooker.numbers(), [*range(said[0][0], said[0][0] + len(said))], "seq")
        for listener in listeners:
            own = listener.said()
            self.assertEqual(len(own), len(said), f"{listener.nick} has heard")
            self.assertEqual(own, said, f"{listener.nick} has heard something else")
        given_up = {}
        comings = onlooker.comings()
        for nick in nicks:
            self.assertEqual(comings[nick][::2], ["joined"] * (len(comings[nick]) // 2), nick)
            self.assertEqual(comings[nick][-1], "quit", comings[nick])
            given_up[nick] = comings[nick][1:-1:2]
            self.assertEqual(given_up[nick], ["timeout"] * len(given_up[nick]))
        return count, {nick: len(times) for nick, times in given_up.items()}

    def test_rd_01_no_kill_loses_doubles_or_reorders_a_line(self):
        rounds = self.scaled(2, 10, "times each, on a busy disk")
        kinds = {"Redis": "r", "server of a speaker": "A", "server of a listener": "B",
                 "Redis and a server": "rA", "all but one": "ArB"}
        with Redis() as redis, self.watched_server(redis) as third, \
                Servers(redis, "AB") as servers, Onlooker(third) as onlooker:
            listeners, speakers = self.company(onlooker, servers.all,
                                               {"A": servers["A"], "C": third})

            def lines_of(nick):
                return len(onlooker.all("said", **{"from": nick}))

            with self.busy_disk(redis.folder):
                plan = [kind for kind in kinds for _ in range(rounds)]
                self.source.shuffle(plan)
                for kind in plan:
                    if self.source.random() < 0.7:  # else before all is well again
                        before = lines_of("wA")
                        self.assertTrue(
                            eventually(lambda: lines_of("wA") > before + 3, 40),
                            f"it goes on: {speakers[0].errors_shown()}{servers['A'].log()}"
                            f"{third.log()}")
                    time.sleep(self.source.uniform(0, 0.5))
                    what = self.source.sample(kinds[kind], len(kinds[kind]))
                    for victim in what:
                        redis.kill() if victim == "r" else servers.kill(victim)
                    time.sleep(self.source.uniform(0, 0.5))
                    for victim in reversed(what):
                        redis.start() if victim == "r" else servers.start(victim)
            count, given_up = self.assert_all_heard(onlooker, listeners, speakers)
            self.saw(f"{', '.join(kinds)} killed: {count} lines, once, in one order for all; "
                     f"left (timeout): {given_up}")
            self.assertEqual(given_up["wC"], 0)

    def test_rd_02_while_redis_does_not_answer_what_is_said_waits(self):
        seconds = self.scaled(3, 30, "s in which Redis is stopped")
        with Redis() as redis, self.watched_server(redis) as third, \
                Servers(redis, "A") as servers, Onlooker(third) as onlooker:
            listeners, speakers = self.company(onlooker, servers.all,
                                               {"A": servers["A"], "C": third})
            self.assertTrue(eventually(lambda: len(onlooker.all("said")) > 50))
            redis.pause()
            began = time.monotonic()
            eventually(lambda: False, seconds)  # the time is what it is about
            heard = len(onlooker.all("said"))
            for number in range(20):
                say(onlooker.peer, b"meanwhile %d" % number)
            redis.go_on()
            self.assertTrue(eventually(lambda: len(onlooker.all("said")) > heard, 20))
            took = time.monotonic() - began - seconds
            self.assertTrue(eventually(
                lambda: len(onlooker.all("said", **{"from": "onlooker"})) == 20, 20))
            notices = [header["code"] for header, _ in onlooker.all("notice")]
            own = [body for _, body in onlooker.all("said", **{"from": "onlooker"})]
            self.assertEqual(own, [b"meanwhile %d" % number for number in range(20)])
            count, given_up = self.assert_all_heard(onlooker, listeners, speakers)
            self.saw(f"what waited came {took:.1f} s after; {count} lines, once, in one order; "
                     f"told: {', '.join(notices) or 'nothing'}")
            self.assertEqual(sum(given_up.values()), 0, "members that were given up")
            self.assertEqual(bool(notices), seconds > 12)

    def test_rd_03_what_cannot_wait_is_refused_and_nothing_is_dropped(self):
        count = self.scaled(2000, 20_000, "messages while Redis is away, 500 of which may wait")
        with Redis() as redis, self.watched_server(redis, "--waiting", 500) as third, \
                Onlooker(third) as onlooker, Onlooker(third, "speaker") as speaker:
            began = len(onlooker.all("said"))
            redis.kill()
            for number in range(count):
                speaker.peer.send({"type": "say", "id": f"{number}"}, b"%d" % number)
            self.assertTrue(eventually(lambda: len(speaker.all("error")) >= count - 500))
            redis.start()

            def answered():
                return len(speaker.all("said")) + len(speaker.all("error"))

            self.assertTrue(eventually(lambda: answered() >= count), f"{answered()} answers")
            self.assertEqual({header["code"] for header, _ in speaker.all("error")},
                             {"unavailable"})
            said = [header["id"] for header, _ in speaker.all("said")]
            refused = [header["id"] for header, _ in speaker.all("error")]
            self.assertEqual(said, sorted(said, key=int), "order")
            self.assertEqual(sorted(map(int, said + refused)), [*range(count)])
            eventually(lambda: len(onlooker.all("said")) == began + len(said))
            self.assertEqual([header["id"] for header, _ in onlooker.all("said")][began:], said)
            self.saw(f"{len(said)} said later, {len(refused)} refused as unavailable, by their "
                     f"ids; none both or neither")

    def test_rd_04_a_server_that_sleeps_is_given_up_and_comes_back(self):
        rounds = self.scaled(2, 10, f"times a server was stopped for longer than its lease of "
                             f"{LEASE} s")
        with Redis() as redis, self.watched_server(redis) as third, \
                Servers(redis, "A") as servers, Onlooker(third) as onlooker:
            listeners, speakers = self.company(onlooker, servers.all,
                                               {"A": servers["A"], "C": third})
            times = []
            for number in range(1, rounds + 1):
                for nick in ("wA", "rA"):
                    self.assertTrue(eventually(
                        lambda: len(onlooker.all("joined", nick=nick)) == number, 20), nick)
                before = len(onlooker.all("said", **{"from": "wA"}))
                self.assertTrue(eventually(
                    lambda: len(onlooker.all("said", **{"from": "wA"})) > before + 3))
                servers["A"].process.send_signal(signal.SIGSTOP)
                began = time.monotonic()
                for nick in ("wA", "rA"):
                    self.assertTrue(eventually(
                        lambda: len(onlooker.all("left", nick=nick)) == number, 4 * LEASE + 2))
                times.append(time.monotonic() - began)
                servers["A"].process.send_signal(signal.SIGCONT)
            self.assertTrue(eventually(
                lambda: len(onlooker.all("joined", nick="rA")) == rounds + 1, 20))
            self.assertIn("lost touch", " ".join(message.get("message", "")
                                                 for message in listeners[0].heard()))
            count, given_up = self.assert_all_heard(onlooker, listeners, speakers)
            self.saw(f"its members left (timeout) after {min(times):.1f} to {max(times):.1f} s, "
                     f"once, were sent away when it went on, and came back; {count} lines, once, "
                     f"in one order for all")
            self.assertEqual(given_up, {"wA": rounds, "rA": rounds, "wC": 0})

    def test_rd_05_a_redis_that_has_lost_everything_is_noticed(self):
        counts = self.scaled(50, 1000, "messages, then Redis is killed and comes back empty")
        for waiting in (0, 2 * counts):
            with Redis() as redis, Servers(redis, "AB") as servers:
                old = [Onlooker(servers[letter], f"o{letter}").__enter__() for letter in "AB"]
                for onlooker in old:
                    self.addCleanup(onlooker.__exit__)
                for number in range(counts):
                    say(old[0].peer, b"%d" % number)
                for onlooker in old:
                    self.assertTrue(eventually(lambda: len(onlooker.all("said")) == counts))
                redis.kill()
                redis.forget()
                for onlooker in old:
                    self.assertTrue(eventually(lambda: onlooker.all("notice", code="store_away")))
                    for number in range(waiting):
                        say(onlooker.peer, b"waits %d" % number)
                    onlooker.peer.send({"type": "done"})
                    self.assertTrue(eventually(
                        lambda: onlooker.all("error", code="unknown_type")))
                redis.start()
                for onlooker in old:
                    self.assertTrue(eventually(lambda: onlooker.all("error", code="unavailable")),
                                    f"members are sent away, {waiting} messages having waited")
                for server in servers.all.values():
                    self.assertIn("Redis has come back without", server.log())
                    self.assertTrue(eventually(lambda: self.has_redis(server)))
                with Onlooker(servers["A"], "nA") as first, Onlooker(servers["B"], "nB") as last:
                    for onlooker in (first, last):
                        say(onlooker.peer, b"anew")
                    for onlooker in (first, last):
                        self.assertTrue(eventually(
                            lambda: len([body for _, body in onlooker.all("said")
                                         if body == b"anew"]) == 2))
                    self.assertEqual(first.numbers()[-1], last.numbers()[-1])
            self.saw(f"{waiting} waiting: both servers said so, sent all away, and went on as one")

    def test_rd_06_a_server_that_looks_last_notices_the_loss_too(self):
        for way in ("killed and empty again", "flushed"):
            with Redis() as redis, Servers(redis, "AB") as servers, \
                    Onlooker(servers["B"], "old") as old, Onlooker(servers["A"], "first") as first:
                for number in range(10):
                    say(first.peer, b"%d" % number)
                self.assertTrue(eventually(lambda: len(old.all("said")) == 10))
                servers["B"].process.send_signal(signal.SIGSTOP)
                if way == "flushed":
                    redis.command("FLUSHALL")
                else:
                    redis.kill()
                    redis.forget()
                    redis.start()
                self.assertTrue(eventually(lambda: first.all("error", code="unavailable")), way)
                self.assertTrue(eventually(lambda: self.has_redis(servers["A"])))
                with Onlooker(servers["A"], "new") as new:
                    for number in range(30):  # so that there are more events than before
                        say(new.peer, b"%d" % number)
                    self.assertTrue(eventually(lambda: len(new.all("said")) == 30))
                    servers["B"].process.send_signal(signal.SIGCONT)
                    self.assertTrue(eventually(lambda: old.all("error", code="unavailable")),
                                    f"{way}: members of the server that slept are sent away")
                    self.assertTrue(eventually(lambda: self.has_redis(servers["B"])))
                    with Onlooker(servers["B"], "last") as last:
                        self.assertEqual((last.welcome["seq"], last.welcome["members"]),
                                         (30, ["last", "new"]))
                        say(last.peer, b"anew")
                        self.assertTrue(eventually(lambda: new.numbers() == [*range(1, 32)]))
            self.saw(f"Redis {way}: the rooms of a server that slept are those of the others again")

    def test_rd_07_what_redis_refuses_waits(self):
        troubles = {"no memory left": ("maxmemory", "1", "0"),
                    "no replica": ("min-replicas-to-write", "1", "0")}
        with Redis("--maxmemory-policy", "noeviction") as redis, \
                self.watched_server(redis) as third, Servers(redis, "A") as servers, \
                Onlooker(third) as onlooker:
            listeners, speakers = self.company(onlooker, servers.all,
                                               {"A": servers["A"], "C": third})
            for setting, value, normal in troubles.values():
                before = len(onlooker.all("said"))
                self.assertTrue(eventually(lambda: len(onlooker.all("said")) > before + 50))
                told = len(onlooker.all("notice", code="store_away"))
                redis.command("CONFIG", "SET", setting, value)
                self.assertTrue(eventually(
                    lambda: len(onlooker.all("notice", code="store_away")) > told), setting)
                eventually(lambda: False, 1.5 * LEASE)  # long enough for leases to end
                redis.command("CONFIG", "SET", setting, normal)
            before = len(onlooker.all("said"))
            self.assertTrue(eventually(lambda: len(onlooker.all("said")) > before + 50))
            count, given_up = self.assert_all_heard(onlooker, listeners, speakers)
            self.saw(f"{', '.join(troubles)}: members were told; {count} lines, once, in one order")
            self.assertEqual(sum(given_up.values()), 0, "members that were given up")

    def test_rd_08_a_server_starts_without_redis(self):
        with Redis(running=False) as redis, Servers(redis, "A") as servers:
            with servers["A"].enter() as peer:
                peer.send({"type": "join", "nick": "early"})
                first = peer.receive()[0]["code"]
                self.assertEqual(first, "unavailable")
                redis.start()
                self.assertTrue(eventually(lambda: self.has_redis(servers["A"])))
                peer.send({"type": "join", "nick": "early"})
                self.assertEqual(peer.until("welcome")[-1][0]["nick"], "early")
                say(peer, b"hello")
                peer.until("said")
            self.assertLess(servers["A"].probe(), 1)
        self.saw(f"{first}, then all works")

    def test_rd_09_a_server_that_comes_late_knows_what_it_must(self):
        count = self.scaled(25_000, 100_000, "messages")
        with Redis() as redis, self.watched_server(redis) as third:
            with Onlooker(third, "quiet", room="quiet") as quiet, Onlooker(third) as speaker:
                for number in range(3):
                    say(quiet.peer, b"%d" % number)
                self.assertTrue(eventually(lambda: len(quiet.all("said")) == 3))
                (spoken, _), = redis.command("XREVRANGE", "{framing-chat}:log", "+", "-",
                                             "COUNT", 1)
                start = 0
                while start < count or not self.is_history(redis, spoken):
                    self.assertLess(start, 4 * count, "messages, and the rooms are not saved")
                    speaker.peer.socket.sendall(b"".join(
                        frame({"type": "say"}, b"%d" % number)
                        for number in range(start, start + 1000)))
                    start += 1000
                    self.assertTrue(eventually(
                        lambda: len(speaker.all("said")) >= start, 20))
                last = speaker.numbers()[-1]
                texts = {header["seq"]: body for header, body in speaker.all("said")}
                length = redis.command("XLEN", "{framing-chat}:log")
                kept = redis.command("HMGET", "{framing-chat}:rooms", "old_number", "number")
                began = time.monotonic()
                with Servers(redis, "D") as servers:
                    started = time.monotonic() - began
                    late = servers["D"]
                    for since in (0, last - 20_000, last - 10, last):
                        self.assert_replay(late, {"since": since}, since + 1, last, texts)
                    self.assert_replay(late, {"history": 10}, last - 9, last, texts)
                    peer, welcome = enter(late, "new", room="quiet", since=1)
                    with peer:
                        self.assertEqual((welcome["seq"], welcome["members"]),
                                         (3, ["new", "quiet"]))
                        header, _ = peer.receive()
                        self.assertEqual((header["type"], header.get("from"), header.get("to")),
                                         ("gap", 2, 3))
                        with late.connect() as rival:
                            rival.send({"type": "join", "nick": "Quiet", "room": "quiet"})
                            self.assertEqual(rival.receive()[0]["code"], "nick_taken")
            self.saw(f"rooms saved after entries {kept[0]} and {kept[1]}, {length:,} left in "
                     f"Redis; a server that started then took {started:.1f} s, knew rooms, seq and "
                     f"members, and replayed or told a gap")
            self.assertLess(length, 45_000)

    def test_rd_10_of_what_redis_was_killed_at_no_half_stays(self):
        rounds = self.scaled(6, 100, "places at which what it wrote last was cut")
        with Redis() as redis, Servers(redis, "A", lease=60) as servers:  # which writes seldom
            file, = pathlib.Path(redis.folder).glob("appendonlydir/*.incr.aof")
            with Onlooker(servers["A"]) as member:
                sizes = []
                for text in (b"confirmed", b"not confirmed"):
                    say(member.peer, text)
                    self.assertTrue(eventually(lambda: member.all("said")[-1:] and
                                               member.all("said")[-1][1] == text))
                    sizes.append(file.stat().st_size)
                redis.kill()
            servers.kill("A")
            written = file.read_bytes()
            for end in self.source.sample(range(*sizes), rounds):
                file.write_bytes(written[:end])
                said = [b"confirmed"]
                for text in (b"one", b"two", b"three"):
                    redis.start()
                    servers.start("A")
                    peer, _ = enter(servers["A"], text.decode(), history=10)
                    with peer:
                        heard = [peer.until("said")[-1] for _ in said]
                        say(peer, text)
                        heard.append(peer.until("said")[-1])
                    said.append(text)
                    self.assertEqual([body for _, body in heard], said, f"cut at {end}")
                    self.assertEqual([header["seq"] for header, _ in heard],
                                     [*range(1, len(said) + 1)])
                    redis.kill()
                    servers.kill("A")
            redis.start()
            servers.start("A")
        self.saw("what was confirmed came, and what was said since, once and in order, however "
                 "often all were killed again")

    def is_history(self, redis, entry):
        """Whether servers that start load rooms that were saved after an entry."""
        old = redis.command("HGET", "{framing-chat}:rooms", "old_number")
        return old is not None and int(old) >= int(entry.partition("-")[0])

    def assert_replay(self, server, wish, first, last, texts):
        """Whether who joins hears the messages from a first to the last one, or of a gap."""
        peer, welcome = enter(server, "late", **wish)
        with peer:
            self.assertEqual(welcome["seq"], last)
            self.assertEqual(welcome["members"], ["late", "onlooker"])
            expected = first
            while expected <= last:
                header, body = peer.receive()
                if header["type"] == "gap":
                    self.assertEqual(header["from"], expected)
                    expected = header["to"] + 1
                    continue
                self.assertEqual((header["type"], header["seq"]), ("said", expected))
                self.assertEqual(body, texts.get(expected, body))
                expected += 1
            peer.send({"type": "who"})
            after = [header["type"] for header, _ in peer.until("members")]
            self.assertNotIn("said", after)
            peer.send({"type": "quit"})
            peer.until("bye")


if __name__ == "__main__":
    scenario.main()
