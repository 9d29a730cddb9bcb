# SPDX-License-Identifier: MIT
"""What can befall servers and clients over UDP (reliability table, udp-01 to udp-07)."""

import contextlib
import os
import pathlib
import random
import socket
import struct
import subprocess
import time

from helpers import scenario
from helpers.datagrams import Client, Door, Proxy, endpoint, parsed
from helpers.peer import frame
from helpers.scenario import MIB, eventually, long

JOIN = {"type": "join", "nick": "alice", "room": "lobby"}


class Server(Door, scenario.Server):
    """udp_echo_server or udp_chat_server under watch."""

    def probe(self):
        """Has one datagram answered, however many of those asking get lost."""
        began = time.monotonic()
        with self.peer() as peer:
            peer.socket.settimeout(0.05)
            while time.monotonic() < began + 20:
                peer.send({"type": "who"})
                with contextlib.suppress(TimeoutError, BlockingIOError):
                    answer = peer.receive()[0]
                    assert "echo" in answer or answer["code"] == "not_joined", answer
                    return time.monotonic() - began
        raise TimeoutError("a probe was not answered")

    def __exit__(self, *error):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        self.last_words = self.log()
        super().__exit__(*error)

    def dropped(self):
        """How many datagrams were no frame, as it said at its end."""
        return int(self.last_words.partition(" datagrams were no frame")[0].split()[-1])


class Spoofer:
    """Sends datagrams that seem to be another's, within a network of our own."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, source, target, wire):
        """`source` and `target` are (host, port)."""
        size = 8 + len(wire)
        packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + size, 0, 0, 64, socket.IPPROTO_UDP, 0,
                             socket.inet_aton(source[0]), socket.inet_aton(target[0]))
        packet += struct.pack("!HHHH", source[1], target[1], size, 0) + wire
        self.socket.sendto(packet, (target[0], 0))


def datagrams_in_this_network():
    """How many have come to sockets so far."""
    lines = pathlib.Path("/proc/thread-self/net/snmp").read_text("ascii").splitlines()
    names, values = (line.split() for line in lines if line.startswith("Udp:"))
    counts = dict(zip(names, values))
    return int(counts["InDatagrams"]) + int(counts["NoPorts"])


class Chaos:
    """Loses 30 % of the datagrams, lets 15 % come after the next one, and doubles 10 %; of four in
    a row one comes at once. A rule of a proxy for one client."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.kept = {True: [], False: []}
        self.missing = {True: 0, False: 0}  # in a row
        self.counts = {"passed": 0, "lost": 0, "doubled": 0, "delayed": 0}

    def __call__(self, from_server, wire):
        chance = self.random.random()
        what = "lost" if chance < 0.3 else "delayed" if chance < 0.45 else "passed"
        if self.missing[from_server] == 3:
            what = "passed"
        self.counts[what] += 1
        if what != "passed":
            self.missing[from_server] += 1
            self.kept[from_server] += [wire] * (what == "delayed")
            return []
        doubled = self.random.random() < 0.1
        self.counts["doubled"] += doubled
        kept, self.kept[from_server] = self.kept[from_server], []
        self.missing[from_server] = 0
        return [wire] * (1 + doubled) + kept


class Udp(scenario.Scenario):

    @contextlib.contextmanager
    def watched(self, program, *arguments, events=0, warm_up=None, **options):
        """A server that must be as before after the block, with no more than `events` lines in its
        log beside those of members that come and go."""
        with Server(program, *arguments, **options) as server:
            for _ in range(20):
                server.probe()  # what is made at the first use is no leak
            if warm_up:
                warm_up(server)
            descriptors, resident = server.descriptors(), server.resident()
            logged = len(server.log())
            yield server
            self.assertLess(server.probe(), 1, "seconds until a probe was answered")
            self.assertEqual(server.descriptors(), descriptors, "descriptors")
            others = [line for line in server.log()[logged:].splitlines()
                      if not line.endswith(" joined") and " left: " not in line]
            self.assertLessEqual(len(others), events, "lines, such as\n" + "\n".join(others[:5]))
            if not scenario.sanitized:  # whose quarantine grows
                self.assertLessEqual(server.resident(), resident * 1.1 + 2 * MIB,
                                     f"bytes of memory, {resident} before")
            began = server.cpu()
            time.sleep(0.3)
            self.assertLess(server.cpu() - began, 0.15, "seconds of processor time at rest")

    def enter(self, context):
        """A with block to the end of the test."""
        result = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return result

    def crowd(self, server, count, prefix="m"):
        members = []
        for n in range(count):
            members.append(self.enter(server.member(f"{prefix}{n}")))
            for each in members if n % 50 == 49 else ():
                each.come()  # before their buffers are full
        for each in members:
            each.come()
        return members

    def test_udp_01_servers_that_are_set_upon_each_other_fall_silent_at_once(self):
        texts = [frame({"type": kind, "nick": "a", "room": "b", "cookie": "c" * 40}, body)
                 for kind in ("join", "say", "who", "ping", "nick", "quit", "echo", "x", "error",
                              "challenge", "welcome", "said", "pong", "bye")
                 for body in (b"", b"text")] + [frame({}), frame({"a": 1}), b"", b"x"]
        with self.own_network(), Spoofer() as spoofer, contextlib.ExitStack() as stack:
            servers = [stack.enter_context(self.watched(program)) for program in
                       2 * ["udp_echo_server"] + 2 * ["udp_chat_server"]]
            places = [endpoint(server.address) for server in servers]
            began, before = time.monotonic(), datagrams_in_this_network()
            for target in places:
                for source in [*places, ("127.0.0.1", 0)]:  # itself and nowhere among them
                    for text in texts:
                        spoofer.send(source, target, text)
            sent = len(places) * (len(places) + 1) * len(texts)

            def silent():
                first = datagrams_in_this_network()
                time.sleep(0.1)
                return datagrams_in_this_network() == first

            self.assertTrue(eventually(silent, 5), "they go on")
            seen = datagrams_in_this_network() - before
            self.saw(f"4 servers, {sent} first datagrams that seem to be each other's, "
                     f"{seen} in all; silent within {time.monotonic() - began:.1f} s")
            self.assertGreater(seen, sent)
            self.assertLess(seen, 3 * sent)

    def test_udp_02_random_bytes_are_counted_and_not_answered(self):
        seconds = self.scaled(2, 10, "s of random bytes")
        source = random.Random(2)
        wires = [source.randbytes(source.choice([0, 1, 4, 20, 100, 1200, 1300]))
                 for _ in range(1000)]
        for program in ("udp_echo_server", "udp_chat_server"):
            with self.watched(program) as server:
                worst, probes = 0, 0
                with flood(server, wires, seconds) as (running, result):
                    while running():
                        worst, probes = max(worst, server.probe()), probes + 1
                        time.sleep(0.01)
            sent, answered = result()
            self.saw(f"{program}: {sent / seconds / 1000:.0f}k/s sent, "
                     f"{server.dropped() / sent:.0%} of them taken; {probes} probes meanwhile, "
                     f"{worst * 1000:.0f} ms at most")
            self.assertEqual(answered, 0)
            self.assertGreater(server.dropped(), seconds * 1000)
            self.assertLessEqual(server.dropped(), sent)
            self.assertLess(worst, 1)

    def test_udp_03_datagrams_of_odd_sizes_change_nothing(self):
        say = {"type": "say", "nick": "a"}
        bad = [b"", b"x", bytes(3), bytes(4), bytes(65507), b"\xff" * 65507,
               frame(say) * 2, frame(say) + b"x", frame(say)[:-1], frame(say, bytes(1300)),
               frame({}) + frame({})]
        good = [frame({**say, "x": "y" * size}) for size in (1100, 1154)]
        good += [frame(say, bytes(size)) for size in (1, 1000)]
        long_ones = [frame({"a": "y" * size}) for size in range(1190, 1220)]  # no room is left
        times = self.scaled(20, 1000, "times each size")
        for program in ("udp_echo_server", "udp_chat_server"):
            def send(server, wires, answers):
                with server.peer() as peer:
                    for wire in wires:
                        peer.socket.send(wire)
                        if answers:
                            peer.socket.recv(65536)
                    server.probe()
                    self.assertEqual(len(peer.come()), 0, "answers")

            with self.watched(program) as server:
                for _ in range(times):
                    send(server, bad, False)
                    send(server, good, True)
                if program == "udp_echo_server":
                    with server.peer() as peer:
                        for wire in long_ones:
                            peer.socket.send(wire)
                        server.probe()
                        self.saw(f"{len(peer.come())} of {len(long_ones)} echoed that have hardly "
                                 f"room for the mark")
            self.saw(f"{program}: {server.dropped():,} dropped")
            self.assertEqual(server.dropped(), times * len(bad))

    def test_udp_04_a_closed_port_is_one_members_affair(self):
        count, texts = self.scaled(100, 500, "members, half of them gone"), 50
        with self.watched("udp_chat_server", "--per-address", 0, "--rate", 0, "--connections", 0,
                          warm_up=lambda server: self.wave(server, count)) as server:
            members = self.crowd(server, count)
            speaker = self.enter(server.member("zoe"))  # told last
            gone, staying = members[::2], members[1::2]
            heard = {each: [] for each in [*staying, speaker]}

            def listen():
                for each, headers in heard.items():
                    headers += [parsed(wire)[0] for wire in each.come()]

            def count_of(kind):
                return sum(header["type"] == kind for header in heard[speaker])

            server.probe()
            listen()
            for each in gone:
                each.socket.close()
            began = time.monotonic()
            for n in range(texts):
                speaker.send({"type": "say"}, b"x")
                self.assertTrue(eventually(lambda: listen() or count_of("said") > n))
            self.assertTrue(eventually(lambda: listen() or count_of("left") >= len(gone)))
            self.saw(f"{texts} texts to the others without a gap; all that are gone had left "
                     f"after {time.monotonic() - began:.2f} s")
            server.probe()
            listen()
            for headers in heard.values():
                self.assertEqual([h["seq"] for h in headers if h["type"] == "said"],
                                 list(range(1, texts + 1)))
                self.assertEqual(sorted((h["nick"], h["reason"]) for h in headers
                                        if h["type"] == "left"),
                                 sorted((f"m{n}", "closed") for n in range(0, count, 2)))
            for each in [*staying, speaker]:
                each.send({"type": "quit"})

        # Strangers whose ports are closed: what is answered to our answers fills no buffer.
        each_second, seconds = 1000 if scenario.sanitized else 5000, 1
        with self.own_network(), Spoofer() as spoofer, \
                self.watched("udp_chat_server", "--rate", 0) as server:
            with server.member("alice") as alice:
                alice.socket.settimeout(0.05)
                unheard, sent, pings, began = 0, 0, 0, time.monotonic()
                while (now := time.monotonic() - began) < seconds:
                    while sent < now * each_second:
                        spoofer.send(("127.0.0.1", 5), endpoint(server.address),
                                     frame({"type": "who"}))
                        sent += 1
                    pings += 1
                    try:
                        alice.ask({"type": "ping"})
                    except TimeoutError:
                        unheard += 1
                self.saw(f"{sent:,} datagrams from closed ports in {seconds} s: "
                         f"{unheard} of {pings} pings unheard")
                self.assertLessEqual(unheard, 2)
                alice.socket.settimeout(20)
                alice.send({"type": "quit"})
                alice.until("bye")

    def wave(self, server, count):
        """Members that come and go, for what is made at the first use."""
        for each in self.crowd(server, count, "w"):
            each.send({"type": "quit"})
        server.probe()

    def test_udp_05_what_a_bad_network_does_shows_and_nobody_is_thrown_out(self):
        talkers, silent = self.scaled(4, 8, "members that talk"), self.scaled(6, 12, "that listen")
        texts = [[f"{who}: {n}" for n in range(5)] for who in range(talkers)]
        seconds = 40 if long else 22  # two and more of 10, after which the silent have left
        rules = []

        def client(server, nick, *options):
            rules.append(Chaos(len(rules)))
            proxy = self.enter(Proxy(server.address, rules[-1]))
            return self.enter(Client(proxy.address, nick, *options))

        with self.watched("udp_chat_server", "--rate", 0) as server:
            truth = self.enter(server.member("truth"))
            listening = [client(server, f"silent{n}", "--stay", "--patience", 60)
                         for n in range(silent)]
            firsts = [each.until("welcome") for each in listening]
            began = time.monotonic()
            talking = [client(server, f"talker{n}", "--patience", 60) for n in range(talkers)]
            for each, lines in zip(talking, texts):
                each.type(*lines)
                each.process.stdin.close()
            headers, said, beat = [], [], 0
            truth.socket.settimeout(0.1)

            def listen():
                nonlocal beat
                if time.monotonic() >= beat:
                    truth.send({})
                    beat = time.monotonic() + 1
                with contextlib.suppress(TimeoutError):
                    header, body = truth.receive()
                    headers.append(header)
                    if header["type"] == "said":
                        said.append(body.decode())

            while time.monotonic() < began + seconds or \
                    any(each.process.poll() is None for each in talking):
                listen()
            self.assertEqual([h for h in headers if h["type"] == "left"
                              and h["nick"].startswith("silent")], [])
            for each in listening:
                each.process.terminate()  # which takes two seconds where the goodbye is lost
            shown = [each.rest() for each in talking]
            shown += [(first + rest, code) for first, (rest, code) in
                      zip(firsts, [each.rest() for each in listening])]
            truth.send({"type": "quit"})
        counts = {what: sum(rule.counts[what] for rule in rules) for what in rules[0].counts}
        self.saw(", ".join(f"{count} {what}" for what, count in counts.items()))
        self.assertEqual(len(said), len(set(said)), "said twice")
        notices = [self.check(stream, len(said)) for stream, _ in shown]
        self.saw(f"{len(said)} of {talkers * 5} texts said; " + ", ".join(
            f"{sum(each[what] for each in notices)} {what}" for what in notices[0]))
        for (stream, _), lines in zip(shown, texts):
            told = " ".join(each["message"] for each in stream if each["type"] == "notice")
            sure = [line for line in lines if line not in told]
            self.assertEqual([text for text in said if text in sure], sure, "the order")

    def check(self, stream, last):
        """Whether what a client shows is consistent: each number shown once, or told to be lost.
        Returns: how many of each notice there were."""
        counts = {"lost": 0, "late": 0, "duplicate": 0}
        start, missing, seen = None, set(), set()
        for message in stream:
            kind = message["type"]
            self.assertNotIn(kind, ("disconnected", "reconnected"))
            if kind == "welcome" and start is None:
                start = message["seq"]
            elif kind == "said":
                self.assertNotIn(message["seq"], seen, "shown twice")
                self.assertNotIn(message["seq"], missing, "shown as if it were next")
                seen.add(message["seq"])
            elif kind in counts:
                numbers = set(range(message["from"], message["to"] + 1))
                counts[kind] += len(numbers)
                if kind == "lost":
                    missing |= numbers
                elif kind == "late":
                    self.assertLessEqual(numbers, missing)
                    missing -= numbers
                else:
                    self.assertLessEqual({n for n in numbers if n > start}, seen)
        if seen:
            self.assertEqual(seen | missing, set(range(start + 1, max(seen) + 1)))
            self.assertLessEqual(max(seen), last)
        return counts

    def test_udp_06_who_falls_silent_has_left_once_whatever_the_clock_says(self):
        limit = self.scaled(2, 10, "s of silence")
        for hours in (1, -1):
            with self.preloaded() as (options, controls), self.watched(
                    "udp_chat_server", "--idle-timeout", limit, **options) as server:
                alice, bob = self.enter(server.member("alice")), self.enter(server.member("bob"))
                began = time.monotonic()
                first = alice.say("x")[-1]["time"]
                struct.pack_into("q", controls, 0, hours * 3600)
                second = alice.say("x")[-1]["time"]
                alice.socket.settimeout(0.05)
                left, beat = [], began
                while time.monotonic() < began + limit + 1:
                    if time.monotonic() > beat:
                        alice.send({"type": "ping"})
                        beat += 0.2
                    with contextlib.suppress(TimeoutError):
                        header = alice.receive()[0]
                        if header["type"] == "left":
                            left.append((time.monotonic() - began, header))
                bob.send({"type": "ping"})
                bob.socket.settimeout(20)
                self.assertEqual(bob.until("error")[-1][0]["code"], "not_joined")
                self.assertEqual([(header["nick"], header["reason"]) for _, header in left],
                                 [("bob", "timeout")])
                self.saw(f"{hours:+d} h ({first[11:16]}, then {second[11:16]}): gone after "
                         f"{left[0][0]:.1f} s")
                self.assertNotEqual(first[:13], second[:13])
                self.assertLess(abs(left[0][0] - limit - 0.1), 0.6)

    def test_udp_07_a_flood_of_strangers_leaves_nothing_and_is_not_made_bigger(self):
        count = 10_000
        wires = [frame(JOIN), frame({**JOIN, "cookie": "0" * 40}), frame({"type": "who"}),
                 b'\0\0\0\x1a{"type":"join","nick":"a"}', b'\0\0\0\x0e{"type":"say"}',
                 frame({"type": "join"}), frame({**JOIN, "room": ""})]
        with self.own_network(), Spoofer() as spoofer:
            def attack(server, sources):
                """Returns: bytes and datagrams sent, and those that came back to the sources."""
                sent = answered = answers = 0
                for n in range(sources):
                    wire = wires[n % len(wires)]
                    spoofer.send((f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 5000),
                                 endpoint(server.address), wire)
                    sent += len(wire)
                    if n % 100 == 99:
                        server.probe()  # so that no buffer gets full
                        while True:
                            try:
                                answered += len(victims.recv(65536, socket.MSG_DONTWAIT))
                                answers += 1
                            except BlockingIOError:
                                break
                return sent, answered, answers

            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victims:
                victims.bind(("0.0.0.0", 5000))
                ip = [self.tool("ip"), "route", "add", "local", "10.0.0.0/8", "dev", "lo"]
                subprocess.run(ip, check=True)
                with self.watched("udp_chat_server",
                                  warm_up=lambda server: attack(server, 500)) as server:
                    before = server.resident()
                    sent, answered, answers = attack(server, count)
                    self.saw(f"{count:,} sources, {sent:,} bytes; {answers:,} answers, "
                             f"{answered:,} bytes ({answered / sent:.2f} for one); memory "
                             f"{(server.resident() - before) / 1024:+.0f} KiB")
                    self.assertEqual(answers, count)
                    self.assertLessEqual(answered, 3 * sent)
                    if not scenario.sanitized:
                        self.assertLess(server.resident() - before, MIB / 4)
                    with server.member("alice") as alice:
                        self.assertEqual(alice.ask({"type": "who"})["members"], ["alice"])
                        alice.send({"type": "quit"})
                        alice.until("bye")

@contextlib.contextmanager
def flood(server, wires, seconds):
    """A process that sends datagrams, up to 100,000 a second. Gives two functions: whether it is
    still running; and then how many it sent, and how many were answered."""
    reading, writing = os.pipe()
    with server.peer() as peer:
        child = os.fork()
        if child == 0:
            sent, answered, began = 0, 0, time.monotonic()
            while (now := time.monotonic() - began) < seconds:
                while sent < now * 100_000:
                    with contextlib.suppress(BlockingIOError):
                        peer.socket.send(wires[sent % len(wires)])
                    sent += 1
                    if sent % 500 == 0:
                        break
                answered += len(peer.come())
            os.write(writing, struct.pack("qq", sent, answered))
            os._exit(0)
        os.close(writing)
        with open(reading, "rb") as result:
            done = []

            def running():
                if not done and os.waitpid(child, os.WNOHANG)[0]:
                    done.append(struct.unpack("qq", result.read(16)))
                return not done

            try:
                yield running, lambda: done[0]
            finally:
                if not done:
                    os.kill(child, 9)
                    os.waitpid(child, 0)


if __name__ == "__main__":
    scenario.main()
