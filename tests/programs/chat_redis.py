# SPDX-License-Identifier: MIT
import contextlib
import json
import os
import socket
import subprocess
import unittest
from unittest import mock

from helpers.peer import frame
from helpers.program import environment, eventually, programs, run, scratch
from helpers.redis_server import FalseRedis, Redis
from helpers.server import Server

LEASE = "1"
LOG, ROOMS = "{framing-chat}:log", "{framing-chat}:rooms"


def save_rooms(redis, old_number, number):
    """A lobby where seven messages were said, as servers save it."""
    lobby = {"room": "lobby", "seq": 7, "first": 0, "last_used": 0, "members": []}
    rooms = json.dumps({"rooms": [lobby], "given_up": 0})
    redis.command("HSET", ROOMS, "old_number", old_number, "old_rooms", rooms, "number", number,
                  "rooms", rooms)


class TestCase(unittest.TestCase):
    """A Redis, and two servers that are one."""

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.servers = [cls.server(), cls.server()]

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            server.__exit__(None)
        cls.redis.__exit__()

    @classmethod
    def server(cls, *arguments):
        return Server("chat_server", "--redis", cls.redis.url, "--rate", "0", "--lease", LEASE,
                      *arguments).__enter__()

    def join(self, server, nick, room=None, **members):
        """A member of a room of this test. Returns: it, and its welcome."""
        peer = server.connect()
        self.addCleanup(peer.__exit__)
        peer.send({"type": "join", "nick": nick, "room": room or self.room(), **members})
        header, _ = peer.receive()
        self.assertEqual(header["type"], "welcome", header)
        return peer, header

    def room(self):
        return self.id().rpartition(".")[2][-32:]

    def pair(self):
        """alice at one server and bob at the other, who know of each other."""
        alice, _ = self.join(self.servers[0], "alice")
        bob, _ = self.join(self.servers[1], "bob")
        self.assertEqual(alice.until("joined")[-1][0]["nick"], "bob")
        return alice, bob

    def refused(self, peer, header, body=b""):
        """What a wish that cannot be is answered with."""
        peer.send(header, body)
        return peer.until("error")[-1][0]["code"]


class Rooms(TestCase):

    def test_all_hear_the_same_in_the_same_order(self):
        peers = self.pair()
        for n in range(100):
            for peer in peers:
                peer.send({"type": "say", "id": f"{n}"}, b"%d" % n)
        heard = [[peer.until("said")[-1] for _ in range(200)] for peer in peers]
        self.assertEqual(heard[0], heard[1])
        self.assertEqual([header["seq"] for header, _ in heard[0]], [*range(1, 201)])
        for nick in ("alice", "bob"):
            self.assertEqual([body for header, body in heard[0] if header["from"] == nick],
                             [b"%d" % n for n in range(100)])

    def test_a_welcome_and_who_name_the_members_of_all_servers(self):
        alice, bob = self.pair()
        _, welcome = self.join(self.servers[0], "carol")
        self.assertEqual(welcome["members"], ["alice", "bob", "carol"])
        for peer in (alice, bob):
            peer.until("joined")
            peer.send({"type": "who"})
            self.assertEqual(peer.until("members")[-1][0]["members"], ["alice", "bob", "carol"])

    def test_what_is_said_to_one_member_is_heard_by_the_two_alone(self):
        alice, bob = self.pair()
        carol, _ = self.join(self.servers[1], "carol")
        alice.until("joined"), bob.until("joined")
        alice.send({"type": "say", "to": "bob"}, b"psst")
        alice.send({"type": "say"}, b"aloud")
        for peer in (alice, bob):
            header, body = peer.until("said")[-1]
            self.assertEqual((header["from"], header["to"], body), ("alice", "bob", b"psst"))
            self.assertNotIn("seq", header)
        for peer in (alice, bob, carol):
            self.assertEqual([(header.get("seq"), body) for header, body in peer.until("said")],
                             [(1, b"aloud")])
        self.assertEqual(self.refused(alice, {"type": "say", "to": "dora"}, b"x"), "no_such_nick")
        later = self.server()
        self.addCleanup(later.__exit__, None)
        dora, _ = self.join(later, "dora", history=10)
        self.assertEqual([body for _, body in dora.until("said")], [b"aloud"])

    def test_a_nickname_is_one_members_on_all_servers(self):
        alice, bob = self.pair()
        with self.servers[1].connect() as late:
            wish = {"type": "join", "nick": "ALICE", "room": self.room()}
            self.assertEqual(self.refused(late, wish), "nick_taken")
            alice.send({"type": "quit"})
            bob.until("left")
            late.send(wish)
            self.assertEqual(late.receive()[0]["type"], "welcome")
        self.assertEqual(self.refused(bob, {"type": "nick", "nick": "a b"}), "bad_nick")

    def test_a_new_nickname_is_told_on_all_servers(self):
        alice, bob = self.pair()
        self.assertEqual(self.refused(alice, {"type": "nick", "nick": "Bob"}), "nick_taken")
        alice.send({"type": "nick", "nick": "al"})
        for peer in (alice, bob):
            header, _ = peer.until("renamed")[-1]
            self.assertEqual((header["from"], header["nick"]), ("alice", "al"))

    def test_who_moves_has_left_on_all_servers(self):
        alice, bob = self.pair()
        alice.send({"type": "join", "room": "elsewhere"})
        self.assertEqual(alice.until("welcome")[-1][0]["nick"], "alice")
        self.assertEqual(bob.until("left")[-1][0],
                         {"type": "left", "nick": "alice", "room": self.room(), "reason": "moved"})
        bob.send({"type": "join", "room": "elsewhere"})
        self.assertEqual(bob.until("welcome")[-1][0]["members"], ["alice", "bob"])

    def test_why_one_left_is_told_on_all_servers(self):
        alice, bob = self.pair()
        alice.send({"type": "quit"})
        alice.until("bye")
        self.assertEqual(bob.until("left")[-1][0]["reason"], "quit")
        alice, _ = self.join(self.servers[0], "alice")
        alice.__exit__()
        self.assertEqual(bob.until("left")[-1][0]["reason"], "closed")

    def test_a_member_that_comes_back_to_another_server_hears_what_it_missed(self):
        alice, bob = self.pair()
        bob.send({"type": "say"}, b"one")
        last = alice.until("said")[-1][0]["seq"]
        alice.__exit__()
        bob.until("left")
        for text in (b"two", b"three"):
            bob.send({"type": "say"}, text)
            bob.until("said")
        alice, welcome = self.join(self.servers[1], "alice", since=last)
        self.assertEqual([alice.receive()[1] for _ in range(2)], [b"two", b"three"])
        self.assertEqual(welcome["seq"], last + 2)


class Servers(TestCase):
    """Servers that come and go."""

    def test_a_server_that_comes_later_knows_who_is_there_and_what_was_said(self):
        alice, bob = self.pair()
        for text in (b"one", b"two", b"three"):
            alice.send({"type": "say"}, text)
            bob.until("said")
        later = self.server("--history", "2")
        try:
            carol, welcome = self.join(later, "carol")
            self.assertEqual((welcome["seq"], welcome["members"]), (3, ["alice", "bob", "carol"]))
            self.assertEqual([carol.receive()[1] for _ in range(2)], [b"two", b"three"])
            bob.until("joined")
            bob.send({"type": "say"}, b"four")
            self.assertEqual(carol.until("said")[-1][1], b"four")
        finally:
            later.__exit__(None)
        header, _ = bob.until("left")[-1]
        self.assertEqual((header["nick"], header["reason"]), ("carol", "closed"))

    def test_members_of_a_server_that_is_killed_have_left_after_its_lease(self):
        alice, _ = self.join(self.servers[0], "alice")
        victim = self.server()
        self.join(victim, "mallory")
        self.assertEqual(alice.until("joined")[-1][0]["nick"], "mallory")
        victim.process.kill()
        victim.process.communicate()
        with self.servers[1].connect() as late:
            wish = {"type": "join", "nick": "mallory", "room": self.room()}
            self.assertEqual(self.refused(late, wish), "nick_taken")
            header, _ = alice.until("left")[-1]
            self.assertEqual((header["nick"], header["reason"]), ("mallory", "timeout"))
            late.send(wish)
            self.assertEqual(late.receive()[0]["type"], "welcome")

    def test_servers_with_another_key_are_another_chat(self):
        self.join(self.servers[0], "alice")
        other = self.server("--redis-key", "another")
        try:
            _, welcome = self.join(other, "alice")
            self.assertEqual(welcome["members"], ["alice"])
        finally:
            other.__exit__(None)


class Usage(unittest.TestCase):

    def test_what_is_no_address_of_redis_is_bad_usage(self):
        for url in ("127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://127.0.0.1:port",
                    "redis://127.0.0.1:99999"):
            with self.subTest(url):
                result = run("chat_server", "--redis", url)
                self.assertEqual((result.stdout, result.returncode), (b"", 2))
                self.assertIn(b"redis://HOST:PORT", result.stderr)

    def test_redis_and_a_log_are_bad_usage(self):
        result = run("chat_server", "--redis", "redis://127.0.0.1:1", "--log",
                     scratch.name + "/log")
        self.assertEqual((result.stdout, result.returncode), (b"", 2))
        self.assertIn(b"--log", result.stderr)

    def test_a_redis_with_a_password_asks_for_it(self):
        with Redis("--requirepass", "open sesame") as redis:
            for password, answer in (("open sesame", "welcome"), ("wrong", "unavailable"),
                                     ("", "unavailable")):
                with self.subTest(password), mock.patch.dict(environment, REDISCLI_AUTH=password):
                    with Server("chat_server", "--redis", redis.url) as server:
                        with server.connect() as peer:
                            peer.send({"type": "join", "nick": "alice"})
                            header, _ = peer.receive()
                            self.assertEqual(header.get("code", header["type"]), answer)

    def test_nonsense_from_redis_is_named_and_asked_for_with_pauses(self):
        log = b"*1\r\n*2\r\n$3\r\nlog\r\n"
        for nonsense in (b"*0\r\n", b":5\r\n", b"*1\r\n:5\r\n", b"*1\r\n*0\r\n",
                         b"*1\r\n*1\r\n$3\r\nlog\r\n", log + b":7\r\n",
                         log + b"*1\r\n*1\r\n$3\r\n1-0\r\n",
                         log + b"*1\r\n*2\r\n$3\r\n1-0\r\n:3\r\n",
                         log + b"*1\r\n*2\r\n$3\r\n5-0\r\n*0\r\n",
                         b"*2147483647\r\n", b"nonsense\r\n"):
            with self.subTest(nonsense), FalseRedis(nonsense) as redis:
                with Server("chat_server", "--redis", redis.url) as server:
                    with server.connect() as peer:
                        peer.send({"type": "join", "nick": ""})
                        self.assertEqual(peer.until("error")[-1][0]["code"], "bad_nick")
                    redis.wait_for_reads(3)
                self.assertRegex(server.log, "Redis is away: |all members are sent away")
                self.assertLess(redis.reads, 30)

    def test_a_redis_that_may_lose_what_it_has_confirmed_is_named(self):
        for settings, version, named in (
                (("yes", "always"), "7.0.15", ()), (("yes", "always"), "10.1", ()),
                (("yes", "everysec"), "6.2.14", ("appendfsync everysec", "version 6"))):
            words = ["appendonly", settings[0], "appendfsync", settings[1]]
            answers = {"CONFIG": b"*4\r\n" + b"".join(b"+%s\r\n" % word.encode() for word in words),
                       "INFO": b"+redis_version:%s\r\n" % version.encode()}
            with self.subTest(version), FalseRedis(b"*0\r\n", **answers) as redis:
                with Server("chat_server", "--redis", redis.url) as server:
                    redis.wait_for_reads(1)
                self.assertEqual("Redis may lose" in server.log, bool(named))
                for each in named:
                    self.assertIn(each, server.log)

    def test_what_somebody_else_writes_is_named_and_gone_past(self):
        with Redis() as redis, Server("chat_server", "--redis", redis.url) as server:
            for nick, skipped in (("alice", 50), ("bob", 0), ("carol", 2)):
                with self.subTest(skipped), server.connect() as peer:
                    peer.send({"type": "join", "nick": nick})
                    self.assertEqual(peer.receive()[0]["type"], "welcome")
                    (entry, _), = redis.command("XREVRANGE", LOG, "+", "-", "COUNT", 1)
                    number = int(entry.partition("-")[0]) + skipped
                    redis.command("XADD", LOG, f"{number}-5", "a", "b")
                    if skipped:
                        self.assertEqual(peer.until("error")[-1][0]["code"], "unavailable")
                    else:
                        peer.send({"type": "say"}, b"on")
                        self.assertEqual(peer.until("said")[-1][1], b"on")
            lives = redis.command("KEYS", "{framing-chat}:server:*")
            self.assertLess(len(lives), 4, "no more than one for each hole")
        self.assertIn(f"somebody else writes to {LOG}", server.log)

    def test_a_log_that_somebody_deletes_is_missed(self):
        with Redis() as redis, Server("chat_server", "--redis", redis.url, "--lease",
                                      LEASE) as server:
            for nick in ("alice", "bob"):
                self.assertEqual(self.welcomed(server, nick)["members"], [nick])
                with self.member as peer:
                    redis.command("DEL", LOG)
                    self.assertEqual(peer.until("error")[-1][0]["code"], "unavailable")

    def test_what_is_said_after_somebody_has_deleted_the_log_is_not_lost_unnoticed(self):
        with Redis() as redis, Server("chat_server", "--redis", redis.url, "--lease",
                                      "600") as server, server.connect() as peer:
            peer.send({"type": "join", "nick": "alice"})
            self.assertEqual(peer.receive()[0]["type"], "welcome")
            redis.command("DEL", LOG)
            peer.send({"type": "say"}, b"into the void")
            self.assertEqual(peer.until("error")[-1][0]["code"], "unavailable")

    def test_saved_rooms_whose_log_is_no_more_are_forgotten(self):
        with Redis() as redis:
            save_rooms(redis, 40, 50)
            with Server("chat_server", "--redis", redis.url, "--lease", LEASE) as server:
                self.assertEqual(self.welcomed(server, "alice")["seq"], 0)
            self.assertEqual(redis.command("EXISTS", ROOMS), 0)

    def test_saved_rooms_that_somebody_deletes_are_missed_by_all(self):
        with Redis() as redis:
            for number in (1, 2, 3):
                redis.command("XADD", LOG, f"{number}-0", "frames", "")
            save_rooms(redis, 2, 3)
            redis.command("XTRIM", LOG, "MINID", "2-0")
            arguments = ("chat_server", "--redis", redis.url, "--lease", LEASE)
            with Server(*arguments) as server:
                with server.connect() as peer:
                    peer.send({"type": "join", "nick": "alice"})
                    self.assertEqual(peer.receive()[0]["seq"], 7)
                    redis.command("DEL", ROOMS)
                    self.assertEqual(peer.until("error")[-1][0]["code"], "unavailable")
                with Server(*arguments) as later:
                    for each, nick in ((server, "bob"), (later, "carol")):
                        self.assertEqual(self.welcomed(each, nick)["seq"], 0)

    def test_rooms_that_another_server_has_saved_are_missed_too(self):
        with Redis() as redis, Server("chat_server", "--redis", redis.url, "--lease",
                                      LEASE) as server, server.connect() as peer:
            peer.send({"type": "join", "nick": "alice"})
            self.assertEqual(peer.receive()[0]["type"], "welcome")
            save_rooms(redis, 1, 1)
            redis.wait_for("HGET", 2)
            redis.command("DEL", ROOMS)
            self.assertEqual(peer.until("error")[-1][0]["code"], "unavailable")

    def test_nobody_waits_for_entries_that_somebody_has_deleted(self):
        with Redis() as redis, Server("chat_server", "--redis", redis.url, "--lease",
                                      LEASE) as server:
            with server.connect() as peer:
                peer.send({"type": "join", "nick": "alice"})
                self.assertEqual(peer.receive()[0]["type"], "welcome")
                name, = redis.command("KEYS", "*:server:*")
                redis.command("SET", name, "gone")
                # The new life has been let in, and has still to read.
                self.assertTrue(eventually(
                    lambda: len(redis.command("KEYS", "*:server:*")) == 2))
                redis.command("XTRIM", LOG, "MAXLEN", 0)
            self.welcomed(server, "bob")

    def test_holes_are_holes_after_all_was_deleted(self):
        with Redis() as redis, Server("chat_server", "--redis", redis.url, "--lease",
                                      LEASE) as server:
            for nick, number in (("alice", 1000), ("bob", None), ("carol", 500)):
                self.welcomed(server, nick)
                with self.member as peer:
                    if number:
                        redis.command("XADD", LOG, f"{number}-0", "a", "b")
                    else:
                        redis.command("FLUSHALL")
                    self.assertEqual(peer.until("error")[-1][0]["code"], "unavailable")

    def test_an_entry_that_cannot_happen_is_gone_past(self):
        who = {"server": "x", "number": 1, "nick": "n" * 40_000}
        with Redis() as redis, Server("chat_server", "--redis", redis.url) as server:
            with server.connect() as peer:
                peer.send({"type": "join", "nick": "alice"})
                self.assertEqual(peer.receive()[0]["type"], "welcome")
                redis.command("XADD", LOG, "2-0", "frames",
                              frame({"type": "join", "room": "lobby", **who}) +
                              frame({"type": "nick", **who, "nick": "m" * 40_000}))
                codes = [peer.until("notice")[-1][0]["code"] for _ in range(2)]
                self.assertEqual(codes, ["store_away", "store_back"])
                peer.send({"type": "say"}, b"on")
                self.assertEqual(peer.until("said")[-1][1], b"on")

    def joined(self, server, nick):
        """Whether somebody could join, who is `member` then. Returns: the welcome."""
        self.member = server.connect()
        with contextlib.suppress(OSError):
            self.member.send({"type": "join", "nick": nick})
            said = iter(self.member.receive, None)
            header = next((header for header, _ in said if header), {})  # no keep-alive
            if header.get("type") == "welcome":
                self.addCleanup(self.member.__exit__)
                return header
        self.member.__exit__()  # a server takes 64 of one address
        return None

    def welcomed(self, server, nick):
        """The welcome of somebody who tries until it may join."""
        welcome = eventually(lambda: self.joined(server, nick), 30)
        self.assertTrue(welcome, nick)
        return welcome

    def test_a_signal_ends_a_server_that_still_waits_for_redis(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
            process = subprocess.Popen([os.path.join(programs, "chat_server"), "--redis", url],
                                       stdout=subprocess.PIPE, env=environment)
            links = [silent.accept()[0] for _ in range(2)]
            links[0].recv(1)
            process.terminate()
            self.assertEqual(process.communicate(timeout=10)[0], b"")
            self.assertEqual(process.returncode, 0)
            for link in links:
                link.close()

    def test_without_redis_nobody_can_join_but_wrong_wishes_are_answered(self):
        with Redis(running=False) as redis, Server("chat_server", "--redis", redis.url) as server:
            with server.connect() as peer:
                for header, code in (({"type": "join", "nick": "alice"}, "unavailable"),
                                     ({"type": "join", "nick": ""}, "bad_nick"),
                                     ({"type": "say"}, "not_joined"), ({"type": "x"},
                                                                       "unknown_type")):
                    peer.send(header)
                    self.assertEqual(peer.receive()[0]["code"], code)


if __name__ == "__main__":
    unittest.main()
