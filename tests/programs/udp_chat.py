# SPDX-License-Identifier: MIT
import contextlib
import faulthandler
import os
import random
import select
import signal
import socket
import struct
import subprocess
import time
import unittest

from helpers.datagrams import Client, Peer, Proxy, Server, parsed
from helpers.peer import frame
from helpers.program import environment, portable, programs, run

faulthandler.dump_traceback_later(110, exit=True)

JOIN = {"type": "join", "nick": "alice", "room": "lobby"}
ANSWERS = ["bye", "challenge", "error", "joined", "left", "members", "pong", "renamed", "said",
           "welcome"]
NO_FRAMES = [b"", b"x", bytes(4), b"\0\0\0\3[1]", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 1200,
             frame(JOIN)[:-1], frame(JOIN) + b"x", frame(JOIN) * 2,
             frame({"type": "say"}, bytes(1200)), bytes(65507)]


class Test(unittest.TestCase):

    def server(self, *arguments, **options):
        return self.enterContext(Server(*arguments, **options))

    def enterContext(self, context):  # as unittest has it from Python 3.11 on
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def peer(self, server, *arguments):
        return self.enterContext(server.peer(*arguments))

    def member(self, server, *arguments):
        return self.enterContext(server.member(*arguments))

    def have_turns(self, server):
        """Waits until the server has taken all that was sent to it."""
        with server.peer() as last:
            self.assertEqual(last.ask({"type": "who"})["code"], "not_joined")

    def answers(self, server, peer, wire):
        """All datagrams that one is answered with."""
        peer.socket.send(wire)
        self.have_turns(server)
        return peer.come()

    def assert_code(self, answer, code):
        self.assertEqual((answer["type"], answer.get("code")), ("error", code), answer)


class Strangers(Test):
    """Who has not shown that datagrams reach it."""

    def test_a_join_is_answered_with_a_cookie_and_then_a_welcome(self):
        server = self.server()
        peer = self.peer(server)
        challenge = peer.ask(JOIN)
        self.assertEqual(challenge.keys(), {"type", "cookie"})
        self.assertEqual(challenge["type"], "challenge")
        self.assertGreaterEqual(len(challenge["cookie"]), 16)
        self.assertEqual(peer.ask({**JOIN, "cookie": challenge["cookie"]}),
                         {"type": "welcome", "nick": "alice", "room": "lobby",
                          "members": ["alice"], "seq": 0, "private": True})

    def test_a_cookie_is_good_for_its_address_only(self):
        server = self.server()
        cookie = self.peer(server).cookie()
        for host in ("127.0.0.1", "127.0.0.2"):
            other = self.peer(server, host)
            self.assertEqual(other.ask({**JOIN, "cookie": cookie})["type"], "challenge")
        self.assertEqual(self.member(server, "bob").ask({"type": "who"})["members"], ["bob"])

    def test_the_port_alone_or_the_address_alone_is_not_enough(self):
        server = self.server()
        peer = self.peer(server)
        cookie, port = peer.cookie(), peer.socket.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", port))
            other.settimeout(20)
            other.sendto(frame({**JOIN, "cookie": cookie}), peer.socket.getpeername())
            self.assertEqual(parsed(other.recv(2000))[0]["type"], "challenge")
        self.assertEqual(peer.ask({**JOIN, "cookie": cookie})["type"], "welcome")

    def test_a_cookie_is_good_in_whatever_join_and_again(self):
        server = self.server()
        peer = self.peer(server)
        cookie = peer.cookie(nick="somebody", room="elsewhere")
        for nick in ("alice", "bob"):
            self.assertEqual(peer.ask({**JOIN, "nick": nick, "cookie": cookie})["nick"], nick)
            self.assertEqual(peer.ask({"type": "quit"})["type"], "bye")

    def test_no_other_cookie_is_good(self):
        server, source = self.server(), random.Random(1)
        peer = self.peer(server)
        cookie = peer.cookie()
        bad = [cookie[:n] for n in range(len(cookie))] + [cookie + "0", cookie * 2, " " + cookie,
               cookie.upper() if cookie.upper() != cookie else "0", "-" + cookie[1:], "\0" + cookie,
               "f" * len(cookie), "0" * len(cookie), 17, None, [cookie], True]
        for n, old in enumerate(cookie):
            new = source.choice([c for c in "0123456789abcdef" if c != old])
            bad.append(cookie[:n] + new + cookie[n + 1:])
        for each in bad:
            self.assertEqual(peer.ask({**JOIN, "cookie": each})["type"], "challenge", each)
        self.assertEqual(peer.ask({**JOIN, "cookie": cookie})["type"], "welcome")

    def test_another_server_does_not_know_the_cookie(self):
        server = self.server()
        peer = self.peer(server)
        cookie = peer.cookie()
        server.stop()
        again = self.server(listen=server.address)
        self.assertEqual(peer.ask({**JOIN, "cookie": cookie})["type"], "challenge")
        again.stop()

    def test_nothing_is_answered_with_more_than_three_times_its_bytes(self):
        server = self.server()
        self.member(server, "x" * 32, "y" * 32)
        headers = [{}, {"a": 1}, {"type": ""}, {"type": 1}, {"type": "join"}, JOIN,
                   {"type": "join", "nick": "a"}, {"type": "join", "nick": " "},
                   {"type": "join", "nick": "a", "room": ""}, {**JOIN, "cookie": "0" * 40},
                   {**JOIN, "cookie": ""}, {**JOIN, "history": 1000}, {**JOIN, "since": 0},
                   {"type": "join", "nick": "x" * 32, "room": "y" * 32}]
        headers += [{"type": each} for each in
                    ("say", "nick", "who", "ping", "quit", "auth", "exec", "x", *ANSWERS)]
        wires = [frame(header) for header in headers] + [frame(JOIN, b"x")] + NO_FRAMES
        wires += [struct.pack("!I", len(text)) + text for text in  # as short as they can be
                  (b'{"type":"%s"}' % each for each in (b"say", b"who", b"join", b"ping", b"quit"))]
        text = b'{"type":"join","nick":"a"}'
        shortest = struct.pack("!I", len(text)) + text
        for wire in [*wires, shortest]:
            answers = self.answers(server, self.peer(server), wire)
            self.assertLessEqual(sum(map(len, answers)), 3 * len(wire), (wire, answers))
            self.assertLessEqual(len(answers), 1)
            for answer in answers:
                header = parsed(answer)[0]
                self.assertIn(header["type"], ("challenge", "error"))
                self.assertNotIn(b"xxx", answer)
        self.assertEqual(parsed(answers[0])[0]["type"], "challenge")  # the shortest one's, too

    def test_a_stranger_can_only_join(self):
        peer = self.peer(self.server())
        for each in ("say", "nick", "who", "ping", "quit"):
            self.assert_code(peer.ask({"type": each, "nick": "a"}, b"text"), "not_joined")

    def test_bad_names_are_refused_without_a_cookie(self):
        peer = self.peer(self.server())
        for nick in ("", " ", "a b", "a\n", "x" * 33, "\u202e", "a\0b", 1, None):
            self.assert_code(peer.ask({"type": "join", "nick": nick}), "bad_nick")
            self.assert_code(peer.ask({**JOIN, "room": nick}), "bad_room")
        self.assert_code(peer.ask({"type": "join"}), "bad_nick")

    def test_what_is_no_frame_is_counted_and_not_answered(self):
        server = self.server()
        for peer in (self.peer(server), self.member(server, "alice")):
            for wire in NO_FRAMES:
                self.assertEqual(self.answers(server, peer, wire), [], wire[:50])
        self.assertRegex(server.stop()[-2], f"; {2 * len(NO_FRAMES)} datagrams were no frame$")

    def test_answers_are_not_answered(self):
        server = self.server()
        for peer in (self.peer(server), self.member(server, "alice")):
            for each in ANSWERS:
                header = {"type": each, "code": "x", "nick": "a", "room": "b", "cookie": "c" * 40}
                self.assertEqual(self.answers(server, peer, frame(header, b"text")), [], each)

    def test_what_the_server_says_is_not_answered_by_it(self):
        server = self.server()
        alice = self.member(server, "alice")
        for header in ({"type": "say"}, {"type": "who"}, {"type": "ping"}, {"type": "x"}, {"a": 1},
                       {"type": "nick", "nick": " "}, {"type": "nick", "nick": "al"},
                       {"type": "join", "room": "b"}):
            for peer in (self.peer(server), alice):
                for answer in self.answers(server, peer, frame(header, b"x")):
                    self.assertEqual(self.answers(server, self.peer(server), answer), [])
                    self.assertEqual(self.answers(server, alice, answer), [])


class Rooms(Test):
    """What members do."""

    def test_what_is_said_comes_to_all_with_numbers(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        self.assertEqual(alice.receive()[0],
                         {"type": "joined", "nick": "bob", "room": "lobby"})
        for number in range(1, 4):
            alice.send({"type": "say", "id": f"m{number}"}, "hällo\n".encode())
            for peer in (alice, bob):
                header, body = peer.receive()
                self.assertRegex(header.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
                self.assertEqual(header, {"type": "said", "from": "alice", "room": "lobby",
                                          "seq": number, "id": f"m{number}", "body_size": 7})
                self.assertEqual(body.decode(), "hällo\n")
        self.assertEqual(self.peer(server).join("carol")["seq"], 3)

    def test_what_is_said_to_one_member_is_heard_by_the_two_alone_and_once(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        carol = self.member(server, "carol")
        alice.until("joined"), alice.until("joined"), bob.until("joined")
        for _ in range(2):  # the network doubles it
            alice.send({"type": "say", "to": "bob", "id": "n1"}, b"psst")
        for peer in (alice, bob):
            header, body = peer.receive()
            self.assertEqual((header["from"], header["to"], header["id"], body),
                             ("alice", "bob", "n1", b"psst"))
            self.assertNotIn("seq", header)
        self.assertEqual(bob.say("aloud")[0]["seq"], 1)
        self.assertEqual([body for _, body in carol.until("said")], [b"aloud"])
        self.assertEqual([body for _, body in alice.until("said")], [b"aloud"])
        for to, code in (("dora", "no_such_nick"), ("", "bad_nick"), (None, "bad_nick")):
            alice.send({"type": "say", "to": to}, b"psst")
            self.assert_code(alice.receive()[0], code)
        alice.key = None
        alice.send({"type": "say", "to": "bob"}, b"forged")
        self.assertEqual(bob.ask({"type": "ping"}), {"type": "pong"})

    def test_rooms_are_apart(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "alice", "other")
        self.assertEqual(alice.say("x")[0]["seq"], 1)
        self.assertEqual(bob.say("x")[0]["seq"], 1)
        self.assertEqual(alice.come(), [])

    def test_who_leaves_is_told_goodbye_and_the_others_that_it_left(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        self.assertEqual(bob.ask({"type": "quit"}), {"type": "bye"})
        self.assertEqual([header["type"] for header, _ in alice.until("left")], ["joined", "left"])
        self.assert_code(bob.ask({"type": "say"}, b"x"), "not_joined")
        self.assertEqual(alice.ask({"type": "who"})["members"], ["alice"])
        self.assertEqual(bob.join("BOB")["members"], ["alice", "BOB"])

    def test_a_new_nickname_is_told_to_all(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        alice.receive()
        alice.send({"type": "nick", "nick": "al"})
        for peer in (alice, bob):
            self.assertEqual(peer.receive()[0], {"type": "renamed", "from": "alice", "nick": "al",
                                                 "room": "lobby"})
        self.assertEqual(bob.ask({"type": "who"}),
                         {"type": "members", "room": "lobby", "members": ["al", "bob"]})
        self.assert_code(bob.ask({"type": "nick", "nick": "AL"}), "nick_taken")
        for nick in ("", "a b", None):
            self.assert_code(bob.ask({"type": "nick", "nick": nick}), "bad_nick")

    def test_a_member_moves(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        alice.receive()
        self.assertEqual(bob.ask({"type": "join", "room": "attic"}),
                         {"type": "welcome", "nick": "bob", "room": "attic", "members": ["bob"],
                          "seq": 0, "private": True})
        self.assertEqual(alice.receive()[0],
                         {"type": "left", "nick": "bob", "room": "lobby", "reason": "moved"})
        self.assert_code(bob.ask({"type": "join", "room": "a b"}), "bad_room")
        self.assert_code(bob.ask({"type": "join", "room": 1}), "bad_room")
        self.assert_code(bob.ask({"type": "join", "nick": "ALICE", "room": "lobby"}), "nick_taken")
        self.assertEqual(bob.ask({"type": "who"})["room"], "attic")

    def test_a_join_that_comes_again_is_welcomed_again_and_nobody_else_hears_it(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.peer(server)
        join = {**JOIN, "nick": "bob", "cookie": bob.cookie()}
        alice.say("x")
        welcomes = [bob.ask(join) for _ in range(3)]
        self.assertEqual(welcomes, 3 * [{"type": "welcome", "nick": "bob", "room": "lobby",
                                         "members": ["alice", "bob"], "seq": 1, "private": True}])
        del join["cookie"]
        self.assertEqual(bob.ask(join), welcomes[0])
        self.assertEqual([header["type"] for header in alice.say("y")], ["joined", "said"])

    def test_nicknames_are_unique(self):
        server = self.server()
        self.member(server, "Zoë")
        for nick in ("Zoë", "ZOë", "Zoe\u0308"):
            self.assert_code(self.peer(server).join(nick), "nick_taken")
        self.assertEqual(self.peer(server).join("Zoë", "other")["type"], "welcome")

    def test_who_could_not_join_is_no_member(self):
        server = self.server("--per-address", 2)
        self.member(server, "alice")
        for _ in range(5):
            self.assert_code(self.peer(server).join("alice"), "nick_taken")
        self.assertEqual(self.peer(server).join("bob")["type"], "welcome")

    def test_texts_that_cannot_be_are_refused(self):
        alice = self.member(self.server("--max-text", 100), "alice")
        for body in (b"", b"\xff", b"\xed\xa0\x80"):
            answer = alice.ask({"type": "say", "id": "1"}, body)
            self.assert_code(answer, "bad_text")
            self.assertEqual(answer["id"], "1")
        self.assertEqual(alice.say("x" * 100)[-1]["seq"], 1)
        answer = alice.ask({"type": "say", "id": "2"}, b"x" * 101)
        self.assert_code(answer, "too_long")
        self.assertEqual(answer["id"], "2")

    def test_a_text_over_the_datagram_is_too_long(self):
        """Ours fits into one, but not with all that the server says beside it."""
        server = self.server()
        nick, room = 32 * "\U0001f600", 32 * "\U0001f601"
        peer = self.peer(server)
        join = {"type": "join", "nick": nick, "room": room}
        cookie = peer.ask({"type": "join", "nick": "x"})["cookie"]
        welcome = '{"type":"join","cookie":"%s","nick":"%s","room":"%s"}' % (cookie, nick, room)
        peer.socket.send(struct.pack("!I", len(welcome.encode())) + welcome.encode())
        self.assertEqual(peer.receive()[0]["room"], join["room"])
        answer = peer.ask({"type": "say", "id": "i" * 64}, b"x" * 1000)
        self.assert_code(answer, "too_long")
        self.assertEqual(answer["id"], "i" * 64)
        low, high = 1, 1000  # the longest text is somewhere between
        while low + 1 < high:
            middle = (low + high) // 2
            answer = peer.ask({"type": "say"}, b"x" * middle)
            low, high = (middle, high) if answer["type"] == "said" else (low, middle)
        peer.send({"type": "say"}, b"x" * low)
        self.assertEqual(len(peer.socket.recv(65536)), 1200)

    def test_more_names_than_fit_come_in_parts(self):
        server = self.server("--per-address", 0)
        names = [f"{n:02}" + 30 * "\U0001f600" for n in range(9)]
        for name in names:
            cookie = (peer := self.peer(server)).cookie()
            text = f'{{"type":"join","cookie":"{cookie}","nick":"{name}"}}'.encode()
            peer.socket.send(struct.pack("!I", len(text)) + text)
            last = peer.receive()[0]
        self.assertTrue(last["more"])
        self.assertEqual(last["members"], names[:len(last["members"])])
        self.assertEqual(last["next"], names[len(last["members"])])
        heard = [peer.ask({"type": "who"})]
        while heard[-1].get("more"):
            self.have_turns(server)
            self.assertEqual(peer.come(), [])  # one datagram a request
            heard.append(peer.ask({"type": "who", "from": heard[-1]["next"]}))
        self.assertEqual([name for part in heard for name in part["members"]], names)
        self.assertNotIn("next", heard[-1])

    def test_who_says_too_much_is_told_and_then_dropped(self):
        server = self.server("--rate", 5)
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        for n in range(100):
            bob.send({"type": "say", "id": str(n)}, b"x")
        heard = [header for header, _ in alice.until("left")]
        self.assertEqual(heard[-1]["reason"], "flood")
        self.assertEqual(heard[-2]["type"], "said")
        self.have_turns(server)
        codes = [parsed(wire)[0].get("code", "said") for wire in bob.come()]
        counts = {code: codes.count(code) for code in codes}
        self.assertEqual(list(counts), ["said", "rate_limited", "not_joined"])
        self.assertGreaterEqual(counts["said"], 9)  # and its join
        self.assertEqual(counts["rate_limited"], 10)
        self.assertEqual(len(codes), 99)  # the one that was its last is not answered
        refused = [bob.join("bob")]  # it is not shed by coming again, but by time
        until = time.monotonic() + 20
        while refused[-1]["type"] != "welcome":
            self.assertLess(time.monotonic(), until)
            self.assert_code(refused[-1], "rate_limited")
            refused.append(bob.join("bob"))
        self.assertGreater(len(refused), 1)

    def test_what_was_said_is_not_shed_by_coming_from_another_port(self):
        server = self.server("--rate", 10)
        alice = self.member(server, "alice")
        began = time.monotonic()
        for n in range(10):
            with server.member(f"mallory{n}") as mallory:
                for _ in range(20):
                    mallory.send({"type": "say"}, b"again")
                mallory.until("error")
        self.have_turns(server)
        said = [parsed(wire)[0]["type"] for wire in alice.come()].count("said")
        self.assertLessEqual(said, 20 + 10 * (time.monotonic() - began))

    def test_a_join_that_is_repeated_counts_as_well(self):
        server = self.server("--rate", 5)
        alice = self.peer(server)
        again = frame({**JOIN, "cookie": alice.cookie()})
        for _ in range(100):
            alice.socket.send(again)
        self.have_turns(server)
        self.assertLess(len(alice.come()), 20)

    def test_a_refusal_for_too_much_names_the_message(self):
        alice = self.member(self.server("--rate", 1), "alice")
        for n in range(3):
            alice.send({"type": "say", "id": f"{n}"}, b"x")
        answer = alice.until("error")[-1][0]
        self.assert_code(answer, "rate_limited")
        self.assertEqual(answer["id"], "1")

    def test_the_rate_is_forgiven(self):
        alice = self.member(self.server("--rate", 2), "alice")
        for _ in range(2):
            for _ in range(7):
                alice.send({"type": "ping"})
            types = [alice.receive()[0]["type"] for _ in range(7)]
            self.assertEqual(types[:3], 3 * ["pong"])  # a join counts as well
            self.assertIn("error", types)
            time.sleep(2.1)  # the promise is about time
        self.assertEqual(alice.ask({"type": "ping"}), {"type": "pong"})

    def test_there_is_room_for_so_many(self):
        for option in ("--connections", "--per-address", "--max-members"):
            server = self.server(option, 2)
            members = [self.member(server, nick) for nick in ("a", "b")]
            self.assert_code(self.peer(server).join("c"), "room_full")
            self.assertEqual(self.enterContext(server.peer("127.0.0.2")).join("d")["type"],
                             "welcome" if option == "--per-address" else "error")
            self.assertEqual(self.peer(server).join("e", "other")["type"],
                             "welcome" if option == "--max-members" else "error")
            members[0].ask({"type": "quit"})
            members[0].until("bye")
            self.assertEqual(self.peer(server).join("f")["type"], "welcome")

    def test_what_is_not_understood_is_said_to_members(self):
        alice = self.member(self.server(), "alice")
        for header in ({"a": 1}, {"type": 1}, {"type": ""}, {"type": None}):
            self.assert_code(alice.ask(header), "bad_request")
        for name in ("auth", "exec", "Say", "x" * 900):
            self.assert_code(alice.ask({"type": name}), "unknown_type")

    def test_a_ping_is_answered_and_a_keep_alive_is_not(self):
        server = self.server()
        alice = self.member(server, "alice")
        self.assertEqual(alice.ask({"type": "ping"}), {"type": "pong"})
        self.assertEqual(self.answers(server, alice, frame({})), [])

    def test_who_is_silent_has_left_whoever_speaks(self):
        """Nobody speaks here, which is the harder case: only the clock tells."""
        server = self.server("--idle-timeout", 1)
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        began = time.monotonic()
        alice.socket.settimeout(0.1)
        next_beat, left = began, []
        while time.monotonic() < began + 2.2:
            if time.monotonic() >= next_beat:
                alice.send({"type": "ping"})
                bob.socket.send(frame({"type": "ping"}))  # which anyone could send
                bob.socket.send(frame({}))
                next_beat += 0.2
            with contextlib.suppress(TimeoutError):
                header = alice.receive()[0]
                if header["type"] == "left":
                    left.append((time.monotonic() - began, header))
        self.assertEqual([header for _, header in left],
                         [{"type": "left", "nick": "bob", "room": "lobby", "reason": "timeout"}])
        self.assertGreater(left[0][0], 0.9)
        self.assertLess(left[0][0], 2)
        alice.socket.settimeout(20)
        alice.send({"type": "who"})
        self.assertEqual(alice.until("members")[-1][0]["members"], ["alice"])
        bob.send({"type": "who"})
        self.assertEqual({header["code"] for header, _ in map(parsed, bob.come())}, {"not_joined"})

    def test_who_asks_for_a_lost_welcome_is_not_silent(self):
        server = self.server("--idle-timeout", 1)
        watcher, asking = self.member(server, "watcher"), self.peer(server)
        join = {**JOIN, "cookie": asking.cookie()}
        self.assertEqual(asking.ask(join)["type"], "welcome")
        silent = self.member(server, "silent")
        watcher.socket.settimeout(0.1)
        left, deadline = [], time.monotonic() + 20
        while "silent" not in left:
            self.assertLess(time.monotonic(), deadline, "nobody left")
            asking.send(join)
            watcher.send({"type": "ping"})
            with contextlib.suppress(TimeoutError):
                left.append(watcher.until("left")[-1][0]["nick"])
        self.assertEqual(left, ["silent"])

    def test_an_address_alone_is_no_member(self):
        server = self.server()
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        alice.until("joined")
        key, alice.key = alice.key, None
        self.assertGreaterEqual(len(key), 22)
        self.assertNotEqual(key, bob.key)
        spoofed = [{"type": "say"}, {"type": "who"}, {"type": "quit"}, {"type": "ping"},
                   {"type": "nick", "nick": "eve"}, {"type": "dance"}, {}]
        wrong = [{}, {"key": bob.key}, {"key": key[:-1]}, {"key": ""}, {"key": 1}, {"key": None}]
        for header in spoofed:
            for shown in wrong:
                wire = frame({**header, **shown}, b"x" if header.get("type") == "say" else b"")
                self.assertEqual(self.answers(server, alice, wire), [], header)
        # Even a move, which has neither key nor cookie, only asks for one.
        for header in ({"type": "join", "room": "elsewhere"}, {**JOIN, "nick": "eve"}):
            wire = frame({**header, "key": bob.key})
            [challenge] = self.answers(server, alice, wire)
            self.assertLessEqual(len(challenge), 3 * len(wire))
            self.assertEqual(parsed(challenge)[0]["type"], "challenge")
        self.assertEqual(bob.come(), [])
        alice.key = key
        self.assertEqual(alice.ask({"type": "who"})["members"], ["alice", "bob"])
        count = len(spoofed) * len(wrong) + 2
        self.assertIn(f"{count} datagrams had not their member's key", server.stop()[-3])

    def test_a_join_that_the_network_doubles_moves_nobody_back(self):
        server = self.server()
        alice = self.peer(server)
        first = frame({**JOIN, "cookie": alice.cookie()})
        alice.socket.send(first)
        self.assertEqual(alice.receive()[0]["room"], "lobby")
        self.assertEqual(alice.ask({"type": "join", "room": "elsewhere"})["room"], "elsewhere")
        self.assertEqual([parsed(wire)[0]["room"] for wire in self.answers(server, alice, first)],
                         ["elsewhere"])

    def test_who_has_said_too_much_can_go(self):
        server = self.server("--rate", 1)
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        for _ in range(3):
            bob.send({"type": "say"}, b"x")
        bob.send({"type": "quit"})
        bob.until("bye")
        self.assertEqual(alice.until("left")[-1][0]["reason"], "quit")

    def test_a_name_of_a_message_is_free_again_in_another_room(self):
        server = self.server()
        alice = self.member(server, "alice")
        self.assertEqual(alice.say("one", id="1")[-1]["seq"], 1)
        alice.ask({"type": "join", "room": "elsewhere"})
        self.assertEqual(alice.say("two", id="1")[-1]["room"], "elsewhere")

    def test_who_has_lost_its_key_gets_it_again_for_a_cookie(self):
        server = self.server()
        alice = self.member(server, "alice")
        key, alice.key = alice.key, None
        self.assertEqual(alice.join("alice")["type"], "welcome")
        self.assertEqual(alice.key, key)

    def test_a_closed_port_has_left_and_nobody_else_has(self):
        reason = "timeout" if portable else "closed"  # nobody says that it is closed
        for listen in ("127.0.0.1:0", "[::1]:0", "[::]:0"):
            server = self.server("--idle-timeout", 1.5, "--rate", 0, listen=listen)
            server.address = server.address.replace("[::]", "127.0.0.1")  # as IPv6 sees IPv4
            alice, bob, carol = (self.member(server, nick, "lobby") for nick in "abc")
            self.have_turns(server)
            bob.socket.close()
            heard = [header for header in alice.say("x") if header["type"] != "joined"]
            self.assertEqual(len(heard), 1, listen)
            until = time.monotonic() + 20
            while heard[-1]["type"] != "left":
                self.assertLess(time.monotonic(), until)
                select.select([alice.socket], [], [], 0.3)
                heard += [each.ask({"type": "ping"}) for each in (carol, alice)]
            self.assertEqual(heard[-1],
                             {"type": "left", "nick": "b", "room": "lobby", "reason": reason})
            alice.until("pong")
            self.assertEqual(alice.say("y")[-1]["seq"], 2)

    def test_who_is_said_to_be_away_but_speaks_is_not(self):
        server = self.server("--idle-timeout", 6)
        alice, bob = self.member(server, "alice"), self.member(server, "bob")
        here = bob.socket.getsockname()
        bob.socket.close()
        alice.say("x")
        self.have_turns(server)
        bob = self.enterContext(Peer(server.address, *here, key=bob.key))
        self.assertEqual(bob.ask({"type": "ping"}), {"type": "pong"})
        time.sleep(4.5)  # the promise is about time: two thirds of it are over
        bob.send({"type": "who"})
        self.assertEqual(bob.until("members")[-1][0]["members"], ["alice", "bob"])

    def test_closed_ports_do_not_cost_others_a_message(self):
        server = self.server("--per-address", 0, "--rate", 0)
        alice, zoe = self.member(server, "alice"), self.member(server, "zoe")
        gone = [self.member(server, f"x{n}") for n in range(50)]
        self.have_turns(server)
        for peer in gone:
            peer.socket.close()
        for number in range(1, 51):
            self.assertEqual(alice.say("x")[-1]["seq"], number)
        self.have_turns(server)
        heard = [parsed(wire)[0] for wire in zoe.come()]
        self.assertEqual([header["seq"] for header in heard if header["type"] == "said"],
                         list(range(1, 51)))

    def test_a_server_that_stops_says_goodbye(self):
        server = self.server()
        members = [self.member(server, nick, room) for nick, room in
                   (("a", "1"), ("b", "1"), ("c", "2"))]
        lines = server.stop()
        self.assertIn("stopping on signal 15; 0 datagrams were no frame", lines[-2])
        for peer in members:
            self.assertEqual(peer.until("bye")[-1][0], {"type": "bye"})
            self.assertEqual(peer.come(), [])

    def test_its_log_says_who_came_and_went(self):
        server = self.server()
        alice = self.member(server, "alice")
        alice.ask({"type": "quit"})
        where = "%s:%d" % alice.socket.getsockname()
        self.assertEqual([line.split(" info ")[1] for line in server.stop()[:-2]],
                         [f"{where} joined", f"{where} left: quit"])

    def test_a_room_is_one_at_all_addresses_of_a_name(self):
        for listen, hosts in (("localhost:0", ("127.0.0.1", "localhost")),
                              ("0.0.0.0:0", ("127.0.0.2", "127.0.0.1"))):
            if portable and listen.startswith("0"):
                continue  # nobody says which address was asked
            server = self.server(listen=listen)
            port = server.address.rsplit(":", 1)[1]
            alice = self.enterContext(Client(f"{hosts[0]}:{port}", "alice"))
            alice.until("welcome")
            bob = self.enterContext(Client(f"{hosts[1]}:{port}", "bob"))
            alice.until("joined")
            bob.type("hello")
            self.assertEqual(alice.until("said")[-1]["text"], "hello")

    def test_an_address_that_cannot_be_had_is_said(self):
        server = self.server()
        for listen in (server.address, "nowhere", "unix:/tmp/x", "127.0.0.1:99999"):
            result = run("udp_chat_server", "--listen", listen)
            self.assertEqual((result.returncode, result.stdout), (2, b""), listen)
            self.assertEqual(result.stderr.count(b"\n"), 1)


class Clients(Test):
    """udp_chat_client, as it is used."""

    def client(self, *arguments):
        return self.enterContext(Client(*arguments))

    def test_its_exit_code_says_what_happened(self):
        server = self.server()
        self.member(server, "alice")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            nobody = f"127.0.0.1:{silent.getsockname()[1]}"
            for arguments, code, words in (
                    ((nobody, "--nick", "a", "--patience", "1"), 255, "no answer within 1 s"),
                    ((server.address, "--nick", "alice"), 1, "nickname"),
                    ((server.address,), 2, "--nick is required"),
                    ((server.address, "--nick", "a b"), 2, "--nick needs"),
                    ((server.address, "--nick", "a", "--room", ""), 2, "--room needs"),
                    (("nowhere", "--nick", "a"), 2, "nowhere"),
                    ((server.address, "--nick", "a", "--patience", "0"), 2, "--patience")):
                result = run("udp_chat_client", *arguments)
                error = result.stderr.decode()
                self.assertEqual((result.returncode, result.stdout), (code, b""), error)
                self.assertIn(words, error)
                self.assertEqual(error.count("\n"), 1)

    def test_the_lines_of_a_pipe_are_said_in_order(self):
        server = self.server("--rate", 0)
        alice = self.member(server, "alice")
        lines = [f"line {n} ä" for n in range(150)]  # more than it reads ahead
        result = run("udp_chat_client", server.address, "--nick", "bob",
                     stdin="\n".join([*lines, "//who", "last, without an end"]).encode())
        self.assertEqual(result.returncode, 0, result.stderr)
        said = [body.decode() for header, body in alice.until("left") if header["type"] == "said"]
        self.assertEqual(said, [*lines, "/who", "last, without an end"])
        self.assertEqual([line.split("> ", 1)[1] for line in result.stdout.decode().splitlines()],
                         said)

    def test_it_ends_with_1_where_not_all_was_said(self):
        server = self.server()
        for line in (b"x" * 1100, b"x" * 1300, b"\xff", b"/msg dora hi", b"/dance"):
            with self.subTest(line[:20]):
                result = run("udp_chat_client", server.address, "-n", "alice",
                             stdin=line + b"\nlast\n")
                self.assertTrue(result.stdout.endswith(b"<alice> last\n"), result.stdout)
                self.assertEqual(result.returncode, 1)
                self.assertTrue(result.stderr)

    def test_as_json_each_line_is_a_message(self):
        server = self.server()
        alice = self.member(server, "alice")
        bob = self.client(server.address, "bob", "--room", "lobby")
        self.assertEqual(bob.show(), {"type": "welcome", "nick": "bob", "room": "lobby",
                                      "members": ["alice", "bob"], "seq": 0,
                                      "private": True})
        alice.say("hello\n\x1b[2J")
        said = bob.show()
        self.assertEqual((said["type"], said["from"], said["text"], said["seq"]),
                         ("said", "alice", "hello\n\x1b[2J", 1))
        bob.type("/who", "/nick bobby", "/join attic", "hi")
        self.assertEqual([each["type"] for each in bob.until("said")],
                         ["members", "renamed", "welcome", "said"])
        bob.type("/quit")
        self.assertEqual(bob.rest(), ([], 0))
        self.assertEqual(alice.until("left")[-1][0]["reason"], "moved")

    def test_signals_end_it_and_the_room_is_told(self):
        server = self.server()
        alice = self.member(server, "alice")
        bob = self.client(server.address, "bob")
        bob.until("welcome")
        self.assertEqual(bob.stop(), ([], 128 + signal.SIGTERM))
        self.assertEqual(alice.until("left")[-1][0]["reason"], "quit")

    def test_what_others_say_cannot_drive_the_terminal(self):
        server = self.server()
        alice = self.member(server, "alice")
        with subprocess.Popen(
                [os.path.join(programs, "udp_chat_client"), server.address, "--nick", "bob"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=environment) as bob:
            alice.until("joined")
            alice.say("a\x1b[2J\u202eb\nc")
            self.assertIn(b"<alice> a\\u001b[2J\\u202eb\\nc\n", bob.stdout.readline())
            bob.terminate()

    def test_it_asks_again_until_it_is_let_in(self):
        """Of its joins, challenges and welcomes each first one is lost."""
        server = self.server()
        lost = set()

        def rule(_, wire):
            header = parsed(wire)[0]
            kind = header["type"], "cookie" in header
            if kind in lost:
                return [wire]
            lost.add(kind)
            return []

        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob")
        self.assertEqual(bob.show()["type"], "welcome")
        self.assertEqual(lost, {("join", False), ("join", True), ("challenge", True),
                                ("welcome", False)})

    def heard_by_bob(self, alter, texts=5):
        """What he shows of the messages of alice when `alter(seq, wire)` is done to them."""
        server = self.server()

        def rule(from_server, wire):
            header = parsed(wire)[0]
            if from_server and header["type"] == "said":
                return alter(header["seq"], wire)
            return [wire]

        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob")
        bob.until("welcome")
        alice = self.member(server, "alice")
        for n in range(1, texts + 1):
            alice.say(f"text {n}")
        alice.ask({"type": "quit"})
        return [(each["seq"] if each["type"] == "said" else
                 (each["type"], each["from"], each["to"]))
                for each in bob.until("left")[1:-1]]

    def test_what_did_not_come_is_told(self):
        self.assertEqual(self.heard_by_bob(lambda seq, wire: [wire][:seq not in (2, 3)]),
                         [1, ("lost", 2, 3), 4, 5])

    def test_what_came_twice_is_told_and_not_shown_again(self):
        self.assertEqual(self.heard_by_bob(lambda seq, wire: [wire] * (3 if seq == 2 else 1)),
                         [1, 2, ("duplicate", 2, 2), ("duplicate", 2, 2), 3, 4, 5])

    def test_what_came_late_is_told_and_shown_once(self):
        kept = []

        def late(seq, wire):
            if seq == 2:
                kept.append(wire)
            return {2: [], 4: [wire, *kept, *kept]}.get(seq, [wire])

        self.assertEqual(self.heard_by_bob(late),
                         [1, ("lost", 2, 2), 3, 4, ("late", 2, 2), 2, ("duplicate", 2, 2), 5])

    def test_two_that_changed_places_are_told(self):
        kept = []

        def swap(seq, wire):
            if seq == 2:
                kept.append(wire)
            return {2: [], 3: [wire, *kept]}.get(seq, [wire])

        self.assertEqual(self.heard_by_bob(swap, 4),
                         [1, ("lost", 2, 2), 3, ("late", 2, 2), 2, 4])

    def test_what_of_its_own_did_not_come_back_is_told_and_the_next_is_said(self):
        server = self.server()
        dropped = []

        def rule(from_server, wire):
            header, body = parsed(wire)
            if not from_server and body == b"two":
                dropped.append(header["id"])
                return []
            return [wire]

        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob")
        bob.until("welcome")
        bob.type("one", "two", "three")
        shown = bob.until("said") + bob.until("said")
        self.assertEqual([each.get("text", each["type"]) for each in shown],
                         ["one", "notice", "three"])
        self.assertIn("two", shown[1]["message"])
        self.assertEqual(len(dropped), 1)
        bob.process.stdin.close()
        self.assertEqual(bob.rest()[1], 1)

    def test_a_text_that_fits_into_no_datagram_is_told(self):
        server = self.server()
        bob = self.client(server.address, "bob")
        bob.until("welcome")
        bob.type("x" * 1300, "y" * 1050, "z")
        shown = bob.until("said")
        self.assertEqual([each["type"] for each in shown], ["notice", "error", "said"])
        self.assertEqual((shown[1]["code"], shown[2]["text"]), ("too_long", "z"))

    def test_it_joins_again_by_itself_after_the_death_of_the_server(self):
        first = Server().__enter__()
        typing = self.client(first.address, "alice")
        silent = self.client(first.address, "bob")
        for each in (typing, silent):
            each.until("welcome")
        typing.type("before")
        typing.until("said")
        silent.until("said")
        first.process.kill()
        first.process.communicate()
        server = self.server(listen=first.address)
        typing.type("after")
        for each in (typing, silent):  # the one by its text, the other one by a ping
            kinds = [message["type"] for message in each.until("reconnected")]
            self.assertIn("disconnected", kinds)
            self.assertLess(kinds.index("disconnected"), kinds.index("reconnected"))
        observer = self.member(server, "carol")
        typing.type("last")
        said = [body.decode() for header, body in observer.until("said")
                if header["type"] == "said"]
        self.assertEqual(said, ["last"])
        texts = [each["text"] for each in typing.until("said") + typing.until("said")
                 if each["type"] == "said"]
        self.assertEqual(texts, ["after", "last"])

    def test_a_server_that_stops_and_starts_is_joined_again(self):
        first = Server().__enter__()
        bob = self.client(first.address, "bob")
        bob.until("welcome")
        first.stop()
        bob.until("disconnected")
        server = self.server(listen=first.address)
        bob.until("reconnected")
        self.assertEqual(self.member(server, "alice").ask({"type": "who"})["members"],
                         ["alice", "bob"])

    def moving(self, rule):
        """A client that went from a room with five messages to an empty one, where three texts
        were then said. Returns: what it shows from there on."""
        server = self.server()
        alice = self.member(server, "alice", "full")
        for _ in range(5):
            alice.say("old")
        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob", "--room", "full")
        bob.until("welcome")
        alice.say("last old")
        observer = self.member(server, "carol", "new")
        bob.type("/join new")
        before = bob.until("welcome")
        for n in range(3):
            observer.say(f"new {n}")
        observer.ask({"type": "quit"})
        return before + bob.until("left")

    def test_what_comes_late_of_another_room_does_not_count_in_this_one(self):
        kept = []

        def rule(from_server, wire):
            header, body = parsed(wire)
            if body == b"last old":
                kept.append(wire)
                return []
            if from_server and header["type"] == "welcome" and header["room"] == "new":
                return [wire, *kept]
            return [wire]

        shown = self.moving(rule)
        self.assertEqual([each["text"] for each in shown if each["type"] == "said"
                          and each["room"] == "new"], ["new 0", "new 1", "new 2"])
        self.assertNotIn("lost", [each["type"] for each in shown])

    def test_a_welcome_that_is_lost_in_a_move_is_asked_for_again(self):
        lost = []

        def rule(from_server, wire):
            header = parsed(wire)[0]
            if from_server and not lost and header.get("room") == "new":
                lost.append(header["type"])
                return []
            return [wire]

        shown = self.moving(rule)
        self.assertEqual(lost, ["welcome"])
        self.assertEqual([each["text"] for each in shown if each["type"] == "said"
                          and each["room"] == "new"], ["new 0", "new 1", "new 2"])
        self.assertNotIn("lost", [each["type"] for each in shown])

    def test_a_welcome_that_comes_again_moves_nobody_back(self):
        kept = []

        def rule(from_server, wire):
            header = parsed(wire)[0]
            if from_server and header["type"] == "welcome":
                kept.append(wire)
            if from_server and header["type"] == "said" and header["room"] == "new":
                return [kept[0], wire]
            return [wire]

        shown = self.moving(rule)
        self.assertNotIn("lost", [each["type"] for each in shown])
        self.assertNotIn("duplicate", [each["type"] for each in shown])

    def test_what_comes_before_the_welcome_is_not_shown_twice(self):
        server = self.server()
        alice = self.member(server, "alice")
        kept = []

        def rule(from_server, wire):
            header = parsed(wire)[0]
            if not from_server or header["type"] not in ("welcome", "said"):
                return [wire]
            if header["type"] == "welcome":
                kept.append(wire)
                return []
            return [wire, *kept, wire]  # the welcome comes between

        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob")
        alice.until("joined")
        alice.say("once")
        alice.ask({"type": "quit"})
        shown = bob.until("left")
        self.assertEqual([each["text"] for each in shown if each["type"] == "said"], ["once"])
        self.assertNotIn("lost", [each["type"] for each in shown])

    def test_a_text_that_the_network_doubles_is_said_once(self):
        server = self.server()
        alice = self.member(server, "alice")
        proxy = self.enterContext(Proxy(server.address, lambda from_server, wire:
                                        [wire] if from_server else [wire, wire]))
        bob = self.client(proxy.address, "bob")
        bob.until("welcome")
        bob.type("one", "two")
        bob.process.stdin.close()
        heard = [body.decode() for header, body in alice.until("left") if header["type"] == "said"]
        self.assertEqual(heard, ["one", "two"])

    def test_who_leaves_a_server_that_has_forgotten_it_does_not_join_again(self):
        server = self.server("--idle-timeout", "0.5")
        kinds = []

        def rule(from_server, wire):
            if not from_server:
                kinds.append(parsed(wire)[0]["type"])
            return [wire]

        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob", "--stay")
        bob.until("welcome")
        alice = self.member(server, "alice")
        while alice.ask({"type": "ping"})["type"] != "left":  # until the server has forgotten bob
            select.select([alice.socket], [], [], 0.1)
        bob.type("/quit")
        self.assertEqual(bob.rest()[1], 0)
        self.assertEqual(kinds, ["join", "join", "quit"])

    def test_datagrams_of_others_than_the_server_are_not_heard(self):
        server = self.server()
        seen = []

        def rule(from_server, wire):
            seen.append(from_server)
            return [wire]

        proxy = self.enterContext(Proxy(server.address, rule))
        bob = self.client(proxy.address, "bob")
        bob.until("welcome")
        (client, _), = proxy.ways.items()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for header in ({"type": "said", "from": "eve", "room": "lobby", "seq": 1},
                           {"type": "bye"}, {"type": "error", "code": "not_joined"}):
                stranger.sendto(frame(header, b"x"), client)
        alice = self.member(server, "alice")
        alice.say("genuine")
        self.assertEqual([each["type"] for each in bob.until("said")], ["joined", "said"])


if __name__ == "__main__":
    unittest.main()
