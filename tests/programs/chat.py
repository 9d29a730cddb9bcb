# SPDX-License-Identifier: MIT
import json
import os
import random
import resource
import signal
import socket
import struct
import tempfile
import threading
import time
import unittest

from helpers.peer import Peer, frame
from helpers.program import run, scratch, stop_signal, windows
from helpers.server import Server


class Member(Peer):
    """A peer that chats."""

    def join(self, nick, room=None, **more):
        """Joins a room. Returns the welcome."""
        self.send({"type": "join", "nick": nick, **({"room": room} if room else {}), **more})
        return self.until("welcome")[-1][0]

    def say(self, text, **more):
        self.send({"type": "say", **more}, text.encode() if isinstance(text, str) else text)

    def headers_until(self, wanted):
        return [header for header, _ in self.until(wanted)]

    def said(self, count):
        """The next messages, as [(seq, from, text)], whatever else comes between."""
        return [(header["seq"], header["from"], body.decode())
                for header, body in (self.until("said")[-1] for _ in range(count))]

    def settle(self):
        """Everything that came before an answer that the server gives now."""
        self.send({"type": "settle"})
        messages = self.until("error")
        while messages[-1][0]["code"] != "unknown_type":
            messages += self.until("error")
        return messages[:-1]

    def rest(self):
        """All messages up to the end of the stream."""
        messages = []
        while (message := self.receive()) is not None:
            if message[0]:
                messages.append(message)
        return messages

    def vanish(self):
        """Closes with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.__exit__()


class Deaf(Member):
    """A member for whom the system holds little."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(20)
        self.socket.connect((host, int(port)))
        self.file = self.socket.makefile("rb")


class Test(unittest.TestCase):
    """A server of its own for each test, with the options that the test needs."""

    def serve(self, *options):
        self.server = Server("chat_server", *options)
        self.addCleanup(self.stop)
        return self.server

    def stop(self):
        if self.server.process.poll() is None:
            self.server.__exit__(None)
        else:
            self.server.process.communicate()
            self.assertIn(self.server.process.returncode, (0, -signal.SIGKILL))

    def connect(self, kind=Member):
        peer = kind(self.server.address)
        self.addCleanup(peer.__exit__)
        return peer

    def member(self, nick, room=None, **more):
        peer = self.connect()
        self.assertEqual(peer.join(nick, room, **more)["nick"], nick)
        return peer

    def assert_error(self, peer, code):
        header, body = peer.receive()
        self.assertEqual((header["type"], header["code"], body), ("error", code, b""))
        self.assertTrue(header["message"])


class Room(Test):
    """What goes over the wire in a room."""

    def setUp(self):
        self.serve("--rate", "0")

    def test_members_hear_each_other_and_themselves(self):
        alice = self.connect()
        self.assertEqual(alice.join("alice"), {
            "type": "welcome", "nick": "alice", "room": "lobby", "members": ["alice"], "seq": 0,
            "private": True})
        bob = self.connect()
        welcome = bob.join("bob", "lobby")
        self.assertEqual(sorted(welcome["members"]), ["alice", "bob"])
        self.assertEqual(alice.receive()[0], {"type": "joined", "nick": "bob", "room": "lobby"})
        alice.say("你好, all\n", id="n°1")
        for peer in (alice, bob):
            header, body = peer.receive()
            self.assertRegex(header.pop("time"), r"\A20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
            self.assertEqual(body.decode(), "你好, all\n")
            self.assertEqual(header, {"type": "said", "from": "alice", "room": "lobby", "seq": 1,
                                      "id": "n°1", "body_size": len(body)})
        bob.say("hi")
        header, body = alice.receive()
        self.assertEqual((header["from"], header["seq"], body), ("bob", 2, b"hi"))
        self.assertNotIn("id", header)

    def test_what_is_said_to_one_member_is_heard_by_the_two_alone(self):
        alice, bob, carol = self.member("alice"), self.member("bob"), self.member("carol")
        alice.until("joined")
        alice.until("joined")
        bob.until("joined")
        alice.say("psst", to="Bob", id="n1")
        for peer in (alice, bob):
            header, body = peer.receive()
            self.assertTrue(header.pop("time"))
            self.assertEqual(header, {"type": "said", "from": "alice", "to": "bob",
                                      "room": "lobby", "id": "n1", "body_size": 4})
            self.assertEqual(body, b"psst")
        self.assertEqual(carol.settle(), [])
        bob.say("aloud")
        self.assertEqual(carol.said(1), [(1, "bob", "aloud")])
        self.assertEqual([body for _, body in self.newcomer(history=10).settle()], [b"aloud"])

    def newcomer(self, **members):
        peer = self.connect()
        peer.join("newcomer", **members)
        return peer

    def test_who_says_the_members_and_the_others_do_not_hear_of_it(self):
        alice, bob = self.member("alice"), self.member("bob")
        bob.send({"type": "who"})
        self.assertEqual(bob.receive()[0], {
            "type": "members", "room": "lobby", "members": ["alice", "bob"]})
        alice.until("joined")
        self.assertEqual(alice.settle(), [])

    def test_a_long_list_of_members_comes_in_parts(self):
        alice = self.member("alice")
        nicks = {"alice"}
        for n in range(60):  # 32 characters of 4 bytes each
            nick = "".join(chr(0x20000 + int(digit)) for digit in f"{n:032}")
            self.member(nick)
            nicks.add(nick)
        self.assertEqual(len(alice.settle()), 60)
        alice.send({"type": "who"})
        self.assertEqual(set(alice.receive()[0]["members"]), nicks)

    def test_a_new_nickname_is_told_to_all(self):
        alice, bob = self.member("alice"), self.member("bob")
        alice.until("joined")
        alice.send({"type": "nick", "nick": "al"})
        for peer in (alice, bob):
            self.assertEqual(peer.receive()[0], {
                "type": "renamed", "from": "alice", "nick": "al", "room": "lobby"})
        bob.send({"type": "nick", "nick": "AL"})
        self.assert_error(bob, "nick_taken")
        self.member("alice")  # is free again

    def test_a_move_leaves_the_old_room_and_joins_the_new_one(self):
        alice, bob, carol = self.member("alice"), self.member("bob"), self.member("carol", "other")
        alice.until("joined")
        alice.send({"type": "join", "room": "other"})
        self.assertEqual(alice.receive()[0], {
            "type": "welcome", "nick": "alice", "room": "other", "members": ["alice", "carol"],
            "seq": 0, "private": True})
        self.assertEqual(bob.receive()[0], {
            "type": "left", "nick": "alice", "room": "lobby", "reason": "moved"})
        self.assertEqual(carol.receive()[0], {"type": "joined", "nick": "alice", "room": "other"})
        bob.say("for the lobby")
        carol.say("for the others")
        self.assertEqual(alice.receive()[1], b"for the others")

    def test_nothing_of_the_old_room_comes_after_the_welcome_of_the_new_one(self):
        alice, bob = self.member("alice", "old"), self.member("bob", "old")
        for n in range(200):
            bob.say(f"{n}")
            if n % 20 == 0:
                alice.send({"type": "join", "room": "new" if n % 40 == 0 else "old"})
        bob.said(200)
        alice.say("end")
        room, last = "old", {"old": 0, "new": 0}
        while True:
            header, body = alice.receive()
            if header["type"] == "welcome":
                room = header["room"]
                last[room] = header["seq"]
            elif header["type"] == "said":
                self.assertEqual((header["room"], header["seq"]), (room, last[room] + 1))
                last[room] += 1
                if body == b"end":
                    break

    def test_each_room_counts_for_itself_and_across_members(self):
        alice, bob = self.member("alice", "one"), self.member("bob", "two")
        for n in range(1, 4):
            alice.say("x")
            bob.say("y")
            self.assertEqual(alice.said(1), [(n, "alice", "x")])
            self.assertEqual(bob.said(1), [(n, "bob", "y")])
        alice.send({"type": "quit"})
        alice.rest()
        self.assertEqual(self.connect().join("carol", "one")["seq"], 3)

    def test_all_hear_the_same_in_the_same_order(self):
        members = [self.member(f"m{n}") for n in range(20)]
        for peer in members:
            peer.settle()
        wire = [b"".join(frame({"type": "say"}, f"{n} {i}".encode()) for i in range(20))
                for n in range(20)]
        senders = [threading.Thread(target=peer.socket.sendall, args=(bytes,))
                   for peer, bytes in zip(members, wire)]
        for sender in senders:
            sender.start()
        heard = [peer.said(400) for peer in members]
        for sender in senders:
            sender.join()
        self.assertEqual([seq for seq, _, _ in heard[0]], list(range(1, 401)))
        for each in heard:
            self.assertEqual(each, heard[0])
        for n in range(20):  # what one says stays in its order
            self.assertEqual([text for _, nick, text in heard[0] if nick == f"m{n}"],
                             [f"{n} {i}" for i in range(20)])

    def test_bytes_cut_anyhow_do_the_same(self):
        alice = self.connect()
        alice.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame({"type": "join", "nick": "alice"}) + frame({"type": "say"}, "é".encode()):
            alice.socket.sendall(bytes([byte]))
        self.assertEqual(alice.said(1), [(1, "alice", "é")])

    def test_one_of_many_gets_a_nickname(self):
        peers = [self.connect() for _ in range(40)]
        for peer in peers:
            peer.send({"type": "join", "nick": "Alice" if random.random() < 0.5 else "aLICE"})
        answers = [peer.receive()[0] for peer in peers]
        self.assertEqual([answer["type"] for answer in answers].count("welcome"), 1)
        self.assertEqual([answer.get("code") for answer in answers].count("nick_taken"), 39)

    def test_one_joined_and_one_left_however_members_come_and_go(self):
        alice = self.member("alice")
        ends = {"quit": "quit", "half": "closed", "close": "closed", "reset": "closed",
                "fault": "closed", "inside": "closed"}
        peers = []
        for n in range(5):
            for end in ends:
                peer = self.member(f"{end}{n}")
                peers.append((end, peer))
                if n % 2:
                    peer.say("x")
        random.Random(3).shuffle(peers)
        for end, peer in peers:
            if end == "quit":
                peer.send({"type": "quit"})
            elif end == "half":
                peer.socket.shutdown(socket.SHUT_WR)
            elif end == "close":
                peer.__exit__()
            elif end == "reset":
                peer.vanish()
            elif end == "fault":
                peer.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
            elif end == "inside":
                peer.socket.sendall(frame({"type": "say"}, b"never")[:-1])
                peer.__exit__()
        joined, left, said = {}, {}, []
        while len(left) < len(peers):
            header = alice.receive()[0]
            if header["type"] == "joined":
                self.assertIsNone(joined.setdefault(header["nick"]))
            elif header["type"] == "left":
                self.assertIn(header["nick"], joined)
                self.assertNotIn(header["nick"], left)
                left[header["nick"]] = header["reason"]
            elif header["type"] == "said":
                said.append(header["seq"])
        self.assertEqual(left, {f"{end}{n}": why for n in range(5) for end, why in ends.items()})
        self.assertEqual(said, list(range(1, 13)))
        self.assertEqual(alice.settle(), [])
        alice.send({"type": "who"})
        self.assertEqual(alice.receive()[0]["members"], ["alice"])

    def test_quit_is_answered_with_bye_and_the_end(self):
        alice, bob = self.member("alice"), self.member("bob")
        bob.say("last words")
        bob.send({"type": "quit"})
        bob.say("never said")
        self.assertEqual([header["type"] for header, _ in bob.rest()], ["said", "bye"])
        self.assertEqual([header["type"] for header in alice.headers_until("left")],
                         ["joined", "said", "left"])
        stranger = self.connect()
        stranger.send({"type": "quit"})
        self.assertEqual(stranger.rest(), [({"type": "bye"}, b"")])
        self.assertEqual(alice.settle(), [])

    def test_a_keep_alive_is_never_answered(self):
        alice = self.member("alice")
        alice.socket.sendall(frame({}) * 1000)
        self.assertEqual(alice.settle(), [])

    def test_what_came_before_is_told_to_who_asks(self):
        alice = self.member("alice")
        for n in range(1, 6):
            alice.say(f"{n}")
        alice.said(5)

        def past(**ask):
            peer = self.connect()
            peer.join("bob", **ask)
            messages = [(header["seq"], body.decode()) for header, body in peer.settle()]
            peer.send({"type": "quit"})
            peer.rest()
            return messages
        self.assertEqual(past(), [])
        self.assertEqual(past(history=2), [(4, "4"), (5, "5")])
        self.assertEqual(past(since=3), [(4, "4"), (5, "5")])
        self.assertEqual(past(since=5), [])
        self.assertEqual(len(past(since=0)), 5)
        self.assertEqual(len(past(since=2**64 - 1)), 5)
        self.assertEqual(past(since=-1), [])
        self.assertEqual(past(since="3", history=None), [])

    def test_who_comes_back_misses_nothing_while_others_talk(self):
        alice, bob = self.member("alice"), self.member("bob")
        heard = []
        for n in range(10):
            for i in range(10):
                alice.say(f"{n}.{i}")
            heard += bob.said(5)
            bob.vanish()
            alice.until("left")
            bob = self.member("bob", since=heard[-1][0])
            heard += bob.said(5)
        self.assertEqual(heard, [(10 * n + i + 1, "alice", f"{n}.{i}")
                                 for n in range(10) for i in range(10)])


class Refusals(Test):
    """What a server does not take, and goes on."""

    def test_a_bad_message_is_answered_and_the_connection_goes_on(self):
        self.serve("--rate", "0")
        alice = self.connect()
        bob = self.member("bob")
        for header, code in [
                ({"no": "type"}, "bad_request"), ({"type": 1}, "bad_request"),
                ({"type": None}, "bad_request"), ({"type": "dance"}, "unknown_type"),
                ({"type": "welcome"}, "unknown_type"), ({"type": "said"}, "unknown_type"),
                ({"type": "who"}, "not_joined"), ({"type": "nick", "nick": "al"}, "not_joined"),
                ({"type": "say"}, "not_joined"),
                ({"type": "join"}, "bad_nick"), ({"type": "join", "nick": ""}, "bad_nick"),
                ({"type": "join", "nick": 7}, "bad_nick"),
                ({"type": "join", "nick": ["alice"]}, "bad_nick"),
                ({"type": "join", "nick": "a b"}, "bad_nick"),
                ({"type": "join", "nick": "a\0b"}, "bad_nick"),
                ({"type": "join", "nick": "a\x1b[2J"}, "bad_nick"),
                ({"type": "join", "nick": "a\u202eb"}, "bad_nick"),
                ({"type": "join", "nick": "a\u200bb"}, "bad_nick"),
                ({"type": "join", "nick": "中" * 33}, "bad_nick"),
                ({"type": "join", "nick": "x" * 4000}, "bad_nick"),
                ({"type": "join", "nick": "a", "room": ""}, "bad_room"),
                ({"type": "join", "nick": "a", "room": 7}, "bad_room"),
                ({"type": "join", "nick": "a", "room": "a\nb"}, "bad_room"),
                ({"type": "join", "nick": "a", "room": "\ufeff"}, "bad_room"),
                ({"type": "join", "nick": "BOB"}, "nick_taken")]:
            with self.subTest(header):
                alice.send(header)
                self.assert_error(alice, code)
        alice.join("中" * 32, "聊天室")
        for header, body, code in [
                ({"type": "say"}, b"", "bad_text"), ({"type": "say"}, b"\xff", "bad_text"),
                ({"type": "say"}, "é".encode()[:1], "bad_text"),
                ({"type": "say"}, b"\xed\xa0\x80", "bad_text"),
                ({"type": "say", "to": "nobody"}, b"x", "no_such_nick"),
                ({"type": "say", "to": ""}, b"x", "bad_nick"),
                ({"type": "say", "to": None}, b"x", "bad_nick"),
                ({"type": "say", "to": ["bob"]}, b"x", "bad_nick"),
                ({"type": "say", "to": "bob"}, b"", "bad_text"),
                ({"type": "say"}, b"x" * 4097, "too_long"),
                ({"type": "say"}, bytes(1024 * 1024), "too_long"),
                ({"type": "say"}, b"\xff" * 5000, "too_long"),
                ({"type": "nick"}, b"", "bad_nick"), ({"type": "nick", "nick": " "}, b"", "bad_nick"),
                ({"type": "join", "nick": None}, b"", "bad_nick"),
                ({"type": "join", "room": "a b"}, b"", "bad_room")]:
            with self.subTest(header, size=len(body)):
                alice.send(header, body)
                self.assert_error(alice, code)
        longest = "é" * 2048
        alice.say(longest)
        self.assertEqual(alice.said(1), [(1, "中" * 32, longest)])
        self.assertEqual(bob.settle(), [])

    def test_an_identifier_that_is_too_long_or_none_does_not_come_back(self):
        self.serve()
        alice = self.member("alice")
        for bad in ("x" * 65, 7, ["a"], None):
            alice.say("x", id=bad)
            self.assertNotIn("id", alice.until("said")[-1][0])
        alice.say("x", id="\"\x01" * 32)
        self.assertEqual(alice.until("said")[-1][0]["id"], "\"\x01" * 32)

    def test_a_protocol_fault_is_named_and_ends_the_connection(self):
        self.serve()
        alice = self.member("alice")
        for wire, code in [(b"\0\0\0\0", "empty_header"), (b"GET / HTTP/1.1\r\n", "header_too_large"),
                           (b"\0\0\0\2[]", "invalid_header"),
                           (b"\0\0\0\x10{\"body_size\":-1}", "invalid_body_size"),
                           (frame({"type": "say", "body_size": 2**60}), "body_too_large")]:
            with self.subTest(code):
                bob = self.member("bob")
                bob.socket.sendall(frame({"type": "say"}, b"before") + wire)
                self.assertEqual(bob.said(1)[0][2], "before")
                self.assert_error(bob, code)
                self.assertIsNone(bob.receive())
                self.assertEqual(alice.headers_until("left")[-1]["reason"], "closed")

    def test_a_full_room_takes_nobody(self):
        self.serve("--max-members", "2")
        self.member("alice")
        bob = self.member("bob")
        carol = self.connect()
        carol.send({"type": "join", "nick": "carol"})
        self.assert_error(carol, "room_full")
        carol.join("carol", "elsewhere")
        bob.send({"type": "quit"})
        bob.rest()
        carol.join("carol", "lobby")

    def test_the_longest_text_is_the_servers_choice(self):
        self.serve("--max-text", "10")
        alice = self.member("alice")
        alice.say("x" * 11)
        self.assert_error(alice, "too_long")
        alice.say("x" * 10)
        alice.said(1)

    def test_a_token_is_asked_for_where_one_is_given(self):
        path = os.path.join(scratch.name, "chat-token")
        self.serve("--token-file", path)
        stranger = self.connect()
        stranger.send({"type": "join", "nick": "alice"})
        self.assert_error(stranger, "unauthorized")
        self.assertIsNone(stranger.receive())
        alice = self.connect()
        with open(path, encoding="ascii") as token:
            alice.send({"type": "auth", "token": token.read().strip()})
        self.assertEqual(alice.receive()[0], {"type": "welcome", "server": "chat", "version": 1})
        self.assertEqual(alice.join("alice")["members"], ["alice"])
        alice.send({"type": "auth", "token": "again"})
        self.assert_error(alice, "unknown_type")

    def test_where_no_token_is_asked_for_one_may_be_shown(self):
        self.serve()
        alice = self.connect()
        alice.send({"type": "auth", "token": "whatever"})
        self.assertEqual(alice.receive()[0], {"type": "welcome", "server": "chat", "version": 1})
        alice.join("alice")

    def test_bad_options_are_said(self):
        for options in (["--max-text", "0"], ["--max-text", "9999999"], ["--rate", "-1"],
                        ["--rate", "nan"], ["--idle-timeout", "inf"], ["--lease", "nan"],
                        ["--queue", "1"], ["--sync"], ["--history", "x"], ["--listen", "nowhere"]):
            with self.subTest(options):
                result = run("chat_server", *options)
                self.assertEqual((result.returncode, result.stdout), (2, b""))
                self.assertTrue(result.stderr)


class Trouble(Test):
    """Members that are silent, slow or too loud."""

    def test_who_says_nothing_at_all_has_left(self):
        self.serve("--idle-timeout", "1")
        alice = self.member("alice")
        self.member("bob")
        beating = threading.Event()

        def beat():
            while not beating.wait(0.2):
                alice.send({})
        heart = threading.Thread(target=beat)
        heart.start()
        try:
            self.assertEqual(alice.headers_until("left")[-1], {
                "type": "left", "nick": "bob", "room": "lobby", "reason": "timeout"})
        finally:
            beating.set()
            heart.join()
        self.assertEqual(alice.settle(), [])

    def test_who_does_not_end_a_message_has_left(self):
        self.serve("--frame-timeout", "0.5")
        alice = self.member("alice")
        bob = self.member("bob")
        bob.socket.sendall(frame({"type": "who"})[:-1])
        self.assertEqual(alice.headers_until("left")[-1]["reason"], "timeout")

    def test_who_reads_too_slowly_is_dropped_and_nobody_waits_for_it(self):
        self.serve("--rate", "0", "--queue", "131072", "--max-text", "16384")
        alice, deaf = self.member("alice"), self.connect(Deaf)
        deaf.join("deaf")
        alice.until("joined")
        text = "x" * 16384
        for n in range(1, 4000):
            alice.say(text)
            messages = alice.until("said")
            self.assertEqual(messages[-1][0]["seq"], n)
            if len(messages) > 1:
                break
        self.assertEqual(messages[0][0], {
            "type": "left", "nick": "deaf", "room": "lobby", "reason": "too_slow"})
        self.assertEqual(alice.settle(), [])
        # What it got is whole messages, without a gap; the last may be cut.
        data = b""
        try:
            while piece := deaf.socket.recv(65536):
                data += piece
        except ConnectionResetError:
            pass
        seqs = []
        while len(data) >= 4:
            size = struct.unpack("!I", data[:4])[0]
            if len(data) < 4 + size:
                break
            header = json.loads(data[4:4 + size])
            seqs.append(header["seq"])
            data = data[4 + size + header["body_size"]:]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.assertGreater(len(seqs), 0)
        self.assertLess(len(seqs), n)

    def test_who_reads_is_not_too_slow_for_what_comes_at_once(self):
        refused = run("chat_server", "--max-text", "1048576")  # four of which fill a queue
        self.assertEqual(refused.returncode, 2)
        self.assertIn(b"--queue of 4194304", refused.stderr)
        self.serve("--max-text", "262144")
        alice, bob = self.member("alice"), self.member("bob")
        alice.until("joined")
        alice.say("x" * 262144)
        self.assertEqual(len(bob.said(1)[0][2]), 262144)
        self.stop()

        self.serve("--queue", "16384", "--per-address", "0", "--rate", "0", "--history", "100")
        for n in range(150):  # 32 characters of 4 bytes each
            last = self.member("".join(chr(0x20000 + int(digit)) for digit in f"{n:032}"))
            last.say("x" * 1000)
            last.said(1)
        last.socket.sendall(frame({"type": "join", "room": "lobby"}) * 10)
        for _ in range(10):
            last.until("welcome")

    def test_who_never_takes_its_answers_is_dropped_too(self):
        self.serve("--rate", "0", "--write-timeout", "1")
        alice, deaf = self.member("alice"), self.connect(Deaf)
        for _ in range(50):
            alice.say("x" * 4096)
        alice.said(50)
        deaf.socket.sendall(frame({"type": "join", "nick": "deaf", "history": 50}) * 200)
        self.assertEqual(alice.headers_until("left")[-1]["reason"], "too_slow")
        alice.say("goes on")
        alice.said(1)

    def test_who_says_too_much_is_slowed_then_told_then_dropped(self):
        self.serve("--rate", "10")
        alice, bob = self.member("alice"), self.member("bob")
        alice.until("joined")
        bob.socket.sendall(frame({"type": "say"}, b"x") * 200)
        answers = [header.get("code", header["type"]) for header, _ in bob.rest()]
        self.assertEqual(answers, ["said"] * 39 + ["rate_limited"] * 21)  # and its join
        messages = alice.until("left")
        self.assertEqual(len(messages), 40)
        self.assertEqual(messages[-1][0]["reason"], "flood")
        alice.say("goes on")
        self.assertEqual(alice.said(1), [(40, "alice", "goes on")])

    def test_other_messages_count_as_well(self):
        self.serve("--rate", "10")
        alice, bob = self.member("alice"), self.member("bob")
        bob.socket.sendall(b"".join(
            frame(header) for n in range(50) for header in (
                {"type": "nick", "nick": f"bob{n}"}, {"type": "who"}, {"no": "type"},
                {"type": "join", "nick": f"bob{n}"})))
        self.assertEqual(len(bob.rest()), 60)
        self.assertEqual(alice.headers_until("left")[-1]["reason"], "flood")

    def test_what_was_said_is_not_shed_by_coming_again(self):
        self.serve("--rate", "10")
        began = time.monotonic()
        for _ in range(2):
            with self.connect() as mallory:
                mallory.socket.sendall(frame({"type": "join", "nick": "mallory"}) +
                                       12 * frame({"type": "say"}, b"again") +
                                       frame({"type": "quit"}))
                heard = [header["type"] for header, _ in mallory.until("bye")]
                self.assertEqual(heard.count("said"), 12)
        self.assertGreater(time.monotonic() - began, 0.5)  # 20 at once, then 10 a second

    def test_what_was_said_is_not_shed_by_going_while_one_is_held_back(self):
        self.serve("--rate", "10")
        alice = self.member("alice")
        began = time.monotonic()
        for n in range(5):
            mallory = self.connect()
            mallory.socket.sendall(frame({"type": "join", "nick": f"mallory{n}"}) +
                                   100 * frame({"type": "say"}, b"again"))
            mallory.until("said")
            mallory.vanish()
        said = [header["type"] for header, _ in alice.settle()].count("said")
        self.assertLessEqual(said, 20 + 10 * (time.monotonic() - began))

    def test_a_member_that_is_within_the_rate_is_left_alone(self):
        self.serve("--rate", "50")
        alice = self.member("alice")
        for n in range(1, 100):
            alice.say("x")
        self.assertEqual(alice.said(99)[-1][0], 99)
        self.assertEqual(alice.settle(), [])


class Stop(Test):
    """A server that stops, and one that is killed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = os.path.join(folder.name, "log")

    def kill(self):
        self.server.process.kill()
        self.server.process.communicate()

    def kept(self):
        """What the log has, as framecat reads it: [(room, seq, text)]."""
        result = run("framecat", "decode", "--text", self.log)
        self.assertEqual(result.returncode, 0, result.stdout[-200:])
        return [(line["header"]["room"], line["header"]["seq"], line.get("text", ""))
                for line in map(json.loads, result.stdout.splitlines())]

    def test_all_that_was_said_comes_before_the_bye(self):
        self.serve("--rate", "0", "--queue", "8000000", "--max-text", "65536")
        alice, deaf = self.member("alice"), self.connect(Deaf)
        deaf.join("deaf")
        text = "x" * 65536
        for _ in range(90):
            alice.say(text)
            alice.until("said")
        self.server.process.send_signal(stop_signal)
        messages = deaf.rest()
        self.assertEqual([header.get("seq") for header, _ in messages[:-1]], list(range(1, 91)))
        self.assertEqual(messages[-1], ({"type": "bye"}, b""))
        self.assertEqual(alice.rest(), [({"type": "bye"}, b"")])
        self.assertEqual(self.server.process.wait(timeout=6), 0)

    def test_a_second_signal_ends_it_while_a_member_is_held_back(self):
        self.serve()
        alice = self.member("alice")
        for number in range(60):  # more than the rate allows: the server reads no more for a while
            alice.say(str(number))
        alice.said(40)
        self.server.process.send_signal(stop_signal)
        alice.until("bye")
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(timeout=6), 0)

    def test_a_stop_in_the_middle_of_a_storm_leaves_no_gap(self):
        self.serve("--rate", "0", "--log", self.log)
        members = [self.member(f"m{n}") for n in range(10)]
        for peer in members:
            peer.settle()
        storm = frame({"type": "say"}, b"x" * 500) * 300
        senders = [threading.Thread(target=self.send_what_goes, args=(peer, storm))
                   for peer in members[:5]]
        for sender in senders:
            sender.start()
        members[9].said(50)
        self.server.process.send_signal(stop_signal)
        for n, peer in enumerate(members):
            messages = peer.rest()
            self.assertEqual([header for header, _ in messages if header["type"] != "said"],
                             [{"type": "bye"}])
            self.assertEqual(messages[-1][0]["type"], "bye")
            first = 51 if n == 9 else 1
            seqs = [header["seq"] for header, _ in messages[:-1]]
            self.assertEqual(seqs, list(range(first, first + len(seqs))))
            last = first + len(seqs) - 1
        for sender in senders:
            sender.join()
        self.assertEqual(self.server.process.wait(timeout=6), 0)
        kept = [seq for _, seq, _ in self.kept()]
        self.assertEqual(kept, list(range(1, len(kept) + 1)))
        self.assertGreaterEqual(len(kept), last)

    @staticmethod
    def send_what_goes(peer, wire):
        try:
            peer.socket.sendall(wire)
        except OSError:
            pass

    def test_half_a_message_is_not_said_because_the_server_stops(self):
        self.serve("--log", self.log)
        alice = self.member("alice")
        alice.socket.sendall(frame({"type": "say"}, b"before") +
                             frame({"type": "say"}, b"give bob 1000 euros")[:-6])
        alice.said(1)
        self.server.process.send_signal(stop_signal)
        self.assertEqual(alice.rest(), [({"type": "bye"}, b"")])
        self.assertEqual(self.server.process.wait(timeout=6), 0)
        self.assertEqual(self.kept(), [("lobby", 1, "before")])

    def test_who_quits_while_the_server_stops_is_told_one_bye(self):
        self.serve("--rate", "0", "--queue", "8000000", "--max-text", "65536")
        alice, deaf = self.member("alice"), self.connect(Deaf)
        deaf.join("deaf")
        for _ in range(90):
            alice.say("x" * 65536)
            alice.until("said")
        deaf.send({"type": "quit"})
        alice.settle()
        self.server.process.send_signal(stop_signal)
        alice.until("bye")
        self.assertEqual([header["type"] for header, _ in deaf.rest()][-2:], ["said", "bye"])
        self.assertEqual(self.server.process.wait(timeout=6), 0)

    @unittest.skipIf(windows, "no limit of a file's size there")
    def test_where_messages_cannot_be_kept_they_are_refused_until_they_can(self):
        self.serve("--log", self.log)
        alice = self.member("alice")
        alice.say("a")
        alice.said(1)
        pid, size = self.server.process.pid, os.path.getsize(self.log)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))
        for _ in range(3):
            alice.say("x" * 1000)
            self.assert_error(alice, "unavailable")
        self.assertEqual(os.path.getsize(self.log), size)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        alice.say("b")
        self.assertEqual(alice.said(1), [(2, "alice", "b")])
        self.assertEqual(self.kept(), [("lobby", 1, "a"), ("lobby", 2, "b")])

    def test_what_was_heard_is_there_after_a_kill(self):
        for options in ([], ["--sync"]):
            with self.subTest(options):
                log = ["--rate", "0", "--log", self.log, *options]
                self.serve(*log)
                alice, bob = self.member("alice"), self.member("bob", "elsewhere")
                alice.socket.sendall(b"".join(
                    frame({"type": "say"}, f"{n}".encode()) for n in range(1, 1000)))
                bob.say("there")
                heard = alice.said(300)
                bob.said(1)
                self.kill()
                self.serve(*log)
                carol = self.connect()
                seq = carol.join("carol", since=0)["seq"]
                self.assertGreaterEqual(seq, 300)
                again = carol.said(seq)
                self.assertEqual(again[:300], heard)
                self.assertEqual([n for n, _, _ in again], list(range(1, seq + 1)))
                carol.say("goes on")
                self.assertEqual(carol.said(1), [(seq + 1, "carol", "goes on")])
                carol.join("carol", "elsewhere", since=0)
                self.assertEqual(carol.said(1), [(1, "bob", "there")])
                self.stop()
                os.remove(self.log)

    def test_who_was_there_before_a_kill_goes_on_where_it_stood(self):
        self.serve("--log", self.log)
        alice = self.member("alice")
        for n in range(1, 6):
            alice.say(f"{n}")
        alice.said(5)
        self.kill()
        self.serve("--log", self.log)
        alice = self.member("alice", since=3)
        self.assertEqual([seq for seq, _, _ in alice.said(2)], [4, 5])

    def test_a_torn_end_is_cut_off_with_a_warning(self):
        self.serve("--log", self.log)
        alice = self.member("alice")
        alice.say("whole")
        alice.said(1)
        self.kill()
        size = os.path.getsize(self.log)
        with open(self.log, "ab") as log:
            log.write(frame({"type": "said", "room": "lobby", "seq": 2}, b"torn")[:-1])
        self.serve("--log", self.log)
        self.assertEqual(os.path.getsize(self.log), size)
        self.assertEqual(self.connect().join("bob")["seq"], 1)
        self.server.__exit__(None)
        self.assertIn("warning", self.server.log)
        self.assertIn("cut off after 1 messages", self.server.log)

    def test_a_damaged_log_is_refused_and_left_alone(self):
        with open(self.log, "wb") as log:
            log.write(frame({"type": "said", "room": "lobby", "seq": 1}, b"x") + b"\0\0\0\2[]more")
        before = os.path.getsize(self.log)
        result = run("chat_server", "--log", self.log)
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"damaged", result.stderr)
        self.assertEqual(os.path.getsize(self.log), before)

    def test_a_log_has_one_server(self):
        self.serve("--log", self.log)
        result = run("chat_server", "--log", self.log)
        self.assertEqual((result.returncode, result.stdout), (1, b""))
        self.assertIn(b"another server", result.stderr)

    def test_framecat_reads_the_log(self):
        self.serve("--log", self.log)
        alice = self.member("alice")
        alice.say("你好")
        alice.send({"type": "nick", "nick": "al"})
        alice.join("al", "二")
        alice.say("again")
        alice.said(1)
        self.assertEqual(self.kept(), [("lobby", 1, "你好"), ("二", 1, "again")])

    def test_newcomers_are_told_what_was_said_before_a_restart(self):
        self.serve("--log", self.log)
        alice = self.member("alice")
        for n in range(1, 6):
            alice.say(f"{n}")
        alice.said(5)
        self.server.__exit__(None)
        self.serve("--log", self.log, "--history", "3", "--keep", "4")
        bob = self.member("bob")
        self.assertEqual([seq for seq, _, _ in bob.said(3)], [3, 4, 5])
        carol = self.member("carol", since=0)
        self.assertEqual([header.get("seq") or (header["from"], header["to"])
                          for header, _ in carol.settle()], [(1, 1), 2, 3, 4, 5])

    def test_what_is_kept_of_all_rooms_is_bounded(self):
        self.serve("--keep-bytes", "2000", "--rate", "0")
        alice, bob = self.member("alice", "a"), self.member("bob", "b")
        alice.say("old")
        alice.said(1)
        for _ in range(20):
            bob.say("x" * 100)
        bob.said(20)
        self.assertEqual([header.get("seq") or (header["from"], header["to"])
                          for header, _ in self.member("carol", "a", since=0).settle()],
                         [(1, 1)])
        self.assertLess(len(self.member("dora", "b", history=20).settle()), 10)

    def test_a_second_signal_stops_at_once(self):
        self.serve("--rate", "0", "--queue", "8000000", "--max-text", "65536")
        alice, deaf = self.member("alice"), self.connect(Deaf)
        deaf.join("deaf")
        for _ in range(90):
            alice.say("x" * 65536)
            alice.until("said")
        self.server.process.send_signal(stop_signal)
        alice.until("bye")
        self.server.process.send_signal(stop_signal)
        self.assertEqual(self.server.process.wait(timeout=2), 0)


if __name__ == "__main__":
    unittest.main()
