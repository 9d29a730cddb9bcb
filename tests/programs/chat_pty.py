# SPDX-License-Identifier: MIT
import json
import os
import signal
import socket
import subprocess
import threading
import unittest

from helpers.peer import Peer
from helpers.program import environment, programs, run, scratch
from helpers.screen import Screen
from helpers.server import Server

UTF8 = {"LC_ALL": "C.UTF-8", "TERM": "xterm"}
CLOCK = r"\d\d:\d\d"


class TestCase(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.server = Server("chat_server", "--rate", "0").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def room(self):
        return self.id().rpartition(".")[2][-32:]

    def member(self, nick, **members):
        """A client by hand, in a room of this test."""
        peer = self.server.connect()
        self.addCleanup(peer.__exit__)
        peer.send({"type": "join", "nick": nick, "room": self.room(), **members})
        self.assertEqual(peer.receive()[0]["type"], "welcome")
        return peer

    def arguments(self, nick="alice"):
        return self.server.address, "--nick", nick, "--room", self.room()

    def screen(self, *arguments, variables=None, **options):
        """alice on a terminal, in the room."""
        screen = Screen("chat_client", *(arguments or self.arguments()),
                        variables={**UTF8, **(variables or {})}, **options).__enter__()
        self.addCleanup(screen.__exit__)
        screen.until(b"you are alice in")
        return screen

    def program(self, *arguments, **options):
        """A client whose input is a pipe, and so is its output."""
        process = subprocess.Popen(
            [os.path.join(programs, "chat_client"), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **options)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        return process


class Terminal(TestCase):
    """A person in a room."""

    def test_what_others_say_is_shown_with_the_time_and_who_says_it(self):
        bob = self.member("bob")
        screen = self.screen()
        bob.send({"type": "say"}, "héllo 世界".encode())
        screen.until_seen(f"{CLOCK} <bob> héllo 世界", "> ")

    def test_what_is_half_typed_stays_whole(self):
        bob = self.member("bob")
        screen = self.screen()
        screen.type_in("你好 wor".encode())
        screen.until_seen("> 你好 wor")
        bob.send({"type": "say"}, b"in between")
        screen.until_seen(f"{CLOCK} <bob> in between", "> 你好 wor")
        bob.send({"type": "say"}, "再一次".encode())
        screen.until_seen(f"{CLOCK} <bob> in between", f"{CLOCK} <bob> 再一次", "> 你好 wor")
        screen.type_in(b"\x01" + "我：".encode() + b"\x05ld!\x7f")
        screen.until_seen("> 我：你好 world")
        bob.send({"type": "quit"})
        screen.until_seen(f"-!- bob has left {self.room()} \\(quit\\)", "> 我：你好 world")
        carol = self.member("carol")
        screen.type_in(b"\r")
        self.assertEqual(carol.until("said")[-1][1].decode(), "我：你好 world")
        screen.until_seen(f"{CLOCK} <alice> 我：你好 world", "> ")

    def test_a_half_typed_line_that_is_longer_than_the_screen_is_wide_stays_whole(self):
        bob = self.member("bob")
        screen = self.screen(cols=40)
        screen.type_in(b"0123456789" * 6)
        whole = ("> " + "0123456789" * 3 + "01234567", "89" + "0123456789" * 2)
        screen.until_seen(*whole)
        bob.send({"type": "say"}, b"in between")
        screen.until_seen(f"{CLOCK} <bob> in between", *whole)

    def test_there_is_colour_unless_it_is_not_wanted(self):
        for wanted in ("", "1"):
            with self.subTest(wanted):
                bob = self.member("bob")
                screen = self.screen(variables={"NO_COLOR": wanted})
                bob.send({"type": "say"}, b"hello")
                shown = screen.until(b"hello")
                self.assertEqual(b"\x1b[" in shown.replace(b"\x1b[K", b""), wanted == "")
                screen.type_in(b"/quit\r")
                screen.process.wait(10)
                bob.__exit__()

    def test_times_are_local(self):
        for zone, clock in (("UTC0", "14:00"), ("CST-8", "22:00"), ("NST3:30", "10:30")):
            with self.subTest(zone), FakeServer() as fake:
                screen = Screen("chat_client", fake.address, "-n", "alice",
                                variables={**UTF8, "TZ": zone})
                with screen, fake.accept() as peer:
                    peer.send({"type": "said", "from": "bob", "room": "lobby", "seq": 1,
                               "time": "2026-11-20T14:00:00.000Z"}, b"hello")
                    screen.until_seen(f"{clock} <bob> hello", "> ")

    def test_commands(self):
        bob = self.member("bob")
        screen = self.screen()
        bob.until("joined")
        screen.type_in(b"/who\r")
        screen.until_seen(f"in {self.room()}: alice, bob", "> ")
        screen.type_in(b"/help\r")
        screen.until(b"/join ROOM")
        screen.type_in(b"/nonsense\r")
        screen.until(b"/nonsense is no command")
        screen.type_in(b"/nick\r")
        screen.until(b"needs a name")
        screen.type_in(b"/nick  al \r")
        self.assertEqual(bob.until("renamed")[-1][0]["nick"], "al")
        screen.until_seen("-!- alice is now al", "> ")
        screen.type_in(b"/nick bob\r")
        screen.until(b"-!- somebody in this room has this nickname")
        screen.type_in(b"//not a command\r")
        self.assertEqual(bob.until("said")[-1][1], b"/not a command")
        screen.type_in(b"/join another\r")
        self.assertEqual(bob.until("left")[-1][0]["reason"], "moved")
        screen.until_seen("-!- you are al in another, with al", "> ")
        screen.type_in(b"/quit\r")
        self.assertEqual(screen.process.wait(10), 0)
        self.assertTrue(screen.restored())

    def test_what_one_says_is_dim_until_it_has_its_place_and_is_there_once(self):
        for no_colour, dim in (("1", "{}"), ("", "\x1b[2m{}\x1b[0m")):
            with self.subTest(no_colour), FakeServer() as fake, Screen(
                    "chat_client", fake.address, "-n", "alice",
                    variables={**UTF8, "NO_COLOR": no_colour}) as screen, fake.accept() as peer:
                screen.until(b"you are")
                screen.type_in("你好".encode() + b"\rsecond\rthird\rhalf")
                screen.until(dim.format("--:-- <alice> 你好 (2 more wait)").encode())
                screen.until_seen(r"--:-- <alice> 你好 \(2 more wait\)", "> half")
                fake.hear(peer, 2, "bob", "in between")
                screen.until_seen(f"{CLOCK} <bob> in between",
                                  r"--:-- <alice> 你好 \(2 more wait\)", "> half")
                for n, rest in enumerate((r"--:-- <alice> second \(1 more waits?\)",
                                          "--:-- <alice> third"), 3):
                    fake.echo(peer, n)
                    screen.until_seen(f"{CLOCK} <alice> .*", rest, "> half")
                fake.echo(peer, 5)
                screen.until_seen(f"{CLOCK} <bob> in between", f"{CLOCK} <alice> 你好",
                                  f"{CLOCK} <alice> second", f"{CLOCK} <alice> third", "> half")
                rows = [row for row in screen.view.rows if "third" in row or "second" in row]
                self.assertEqual(len(rows), 2, screen.view.rows)

    def test_what_is_on_its_way_takes_one_row_however_long_it_is(self):
        with FakeServer() as fake, Screen("chat_client", fake.address, "-n", "alice", cols=40,
                                          variables=UTF8) as screen, fake.accept() as peer:
            screen.until(b"you are")
            screen.type_in("很长".encode() * 40 + b"\rnext\r")
            screen.until_seen(r"--:-- <alice> (很长)*很?\.\.\. \(1 more waits?\)", "> ")
            fake.echo(peer, 2)
            screen.until_seen("--:-- <alice> next", "> ")

    def test_lines_are_broken_between_words(self):
        bob = self.member("bob")
        screen = self.screen(cols=40)
        bob.send({"type": "say"}, b"The quick brown fox jumps over the lazy dog again")
        screen.until_seen(f"{CLOCK} <bob> The quick brown fox jumps", "      over the lazy dog again",
                          "> ")
        bob.send({"type": "say"}, "这是一个很长的句子，用来看看换行是不是正确的。".encode())
        screen.until_seen(f"{CLOCK} <bob> 这是一个很长的句子，用来看看", "      换行是不是正确的。",
                          "> ")

    def test_one_member_alone_is_told_something(self):
        bob, carol = self.member("bob"), self.member("carol")
        screen = self.screen()
        screen.type_in(b"/MSG  Bob  psst: 1  2\r/Me waves\r")
        screen.until_seen(f"{CLOCK} \\[alice -> bob\\] psst: 1  2", f"{CLOCK} \\* alice waves",
                          "> ")
        self.assertEqual(bob.until("said")[-1][1], b"psst: 1  2")
        bob.send({"type": "say", "to": "alice"}, b"what?")
        screen.until_seen(f"{CLOCK} \\[bob -> alice\\] what\\?", "> ")
        self.assertEqual(carol.until("said")[-1][1], b"/me waves")
        for line, answer in ((b"/msg dora hi", b"not said: hi: nobody in this room is called dora"),
                             (b"/msg bob", b"/msg needs a nickname and a text"),
                             (b"/me", b"/me needs a text")):
            screen.type_in(line + b"\r")
            screen.until(answer)

    def test_what_is_for_one_is_not_told_to_a_server_that_would_tell_it_to_all(self):
        with FakeServer() as fake, Screen("chat_client", fake.address, "-n", "alice",
                                          variables=UTF8) as screen, fake.accept() as peer:
            screen.type_in(b"/msg bob psst\raloud\r")
            screen.until(b"not said: psst: this server would tell it to all")
            header, body = peer.receive()
            self.assertEqual((header["type"], header.get("to"), body), ("say", None, b"aloud"))

    def test_a_mention_rings_and_stands_out_where_that_is_wanted(self):
        bob = self.member("bob")
        for options, rings in (((), False), (("--bell",), True)):
            with self.subTest(options):
                screen = self.screen(*self.arguments(), *options, variables={"NO_COLOR": ""})
                bob.send({"type": "say"}, b"malice")
                self.assertNotIn(b"\x1b[0;1m", plain := screen.until(b"malice"))
                bob.send({"type": "say"}, b"hi Alice")
                bob.send({"type": "say"}, b"the end")
                shown = plain + screen.until(b"the end")
                self.assertIn(b"\x1b[0;1mhi Alice\x1b[0m", shown)
                self.assertEqual(shown.count(b"\a"), 1 if rings else 0)
                bob.send({"type": "say", "to": "alice"}, b"psst")
                bob.send({"type": "say"}, b"really")
                self.assertEqual(screen.until(b"really").count(b"\a"), 1 if rings else 0)
                screen.type_in(b"/quit\r")
                screen.process.wait(10)

    def test_what_was_typed_is_there_the_next_time_but_what_was_for_one_alone(self):
        state = {"XDG_STATE_HOME": os.path.join(scratch.name, self.room())}
        file = os.path.join(state["XDG_STATE_HOME"], "framing", "chat_history")
        bob = self.member("bob")
        screen = self.screen(variables=state)
        screen.type_in("first 你好\r/msg bob psst\r in a corner\rlast\r".encode())
        screen.until_seen(f"{CLOCK} <alice> last", "> ")
        screen.type_in(b"\x1b[A\x1b[A\x1b[A")
        screen.until_seen("> /msg bob psst")
        screen.type_in(b"\x15/quit\r")
        self.assertEqual(screen.process.wait(10), 0)
        with open(file, encoding="utf-8") as kept:
            self.assertEqual(kept.read(), "first 你好\nlast\n/quit\n")
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        bob.until("left")
        screen = self.screen(*self.arguments(), "--forget", variables=state)
        screen.type_in(b"not this\r")
        screen.until_seen(f"{CLOCK} <alice> not this", "> ")
        screen.type_in(b"/quit\r")
        screen.process.wait(10)
        screen = self.screen(variables=state)
        screen.type_in(b"\x1b[A\x1b[A\x1b[A")
        screen.until_seen("> first 你好")

    def test_where_what_is_typed_cannot_be_kept_it_is_said_once(self):
        screen = self.screen(variables={"XDG_STATE_HOME": "/proc/none"})
        screen.type_in(b"one\rtwo\r")
        screen.until_seen(f"{CLOCK} <alice> two", "> ")
        self.assertEqual(sum("is not kept" in row for row in screen.view.rows), 1)

    def test_lines_that_are_pasted_at_once_are_said_line_by_line(self):
        bob = self.member("bob")
        screen = self.screen()
        screen.type_in(b"\x1b[200~one\ntwo\n\nthree\x1b[201~")
        screen.until_seen("> one", "two", "", "three")
        screen.type_in(b"!\r")
        self.assertEqual([bob.until("said")[-1][1] for _ in range(3)], [b"one", b"two", b"three!"])
        screen.until_seen(f"{CLOCK} <alice> one", f"{CLOCK} <alice> two", f"{CLOCK} <alice> three!",
                          "> ")

    def test_who_leaves_is_told_how_much_was_not_said(self):
        with FakeServer() as fake, Screen("chat_client", fake.address, "-n", "alice",
                                          variables=UTF8) as screen, fake.accept() as peer:
            screen.until(b"you are")
            screen.type_in(b"one\rtwo\rthree\r/quit\r")
            screen.until(b"not said, as they had to wait: 2 lines")
            self.assertEqual([peer.receive()[0]["type"] for _ in range(2)], ["say", "quit"])

    def test_tab_completes_commands_at_the_beginning_of_a_line(self):
        screen = self.screen()
        screen.type_in(b"/WH\t")
        screen.until_seen("> /who ?")
        screen.type_in(b"\x15say /wh\t")
        screen.until_seen("> say /wh")

    def test_tab_completes_nicknames(self):
        self.member("bartholomew")
        screen = self.screen()
        self.member("薛定谔")
        screen.until(b"has joined")
        screen.type_in(b"hi @BAR\t")
        screen.until_seen("> hi @bartholomew ?")
        screen.type_in(b"\x15hi bar\t")
        screen.until_seen("> hi bartholomew ?")
        screen.type_in(b"\x15" + "薛".encode() + b"\t")
        screen.until_seen("> 薛定谔: ?")

    def test_keys_that_end_it_leave_the_terminal_as_it_was(self):
        for keys, status, reason in ((b"\x03", 130, "quit"), (b"\x04", 0, "quit"),
                                     (b"half\x03", 130, "quit")):
            with self.subTest(keys):
                bob = self.member("bob")
                screen = self.screen()
                screen.until_seen("> ")
                self.assertFalse(screen.restored())
                screen.type_in(keys)
                self.assertEqual(screen.process.wait(10), status)
                self.assertTrue(screen.restored())
                self.assertEqual(bob.until("left")[-1][0]["reason"], reason)
                bob.__exit__()

    def test_a_command_typed_before_the_welcome_is_not_lost(self):
        with FakeServer() as fake, Screen("chat_client", fake.address, "-n", "alice",
                                          variables=UTF8) as screen:
            with fake.accept(welcome=False) as peer:
                screen.type_in(b"/nick al\r")
                screen.until(b"/nick al\r\n")
                peer.send({"type": "notice", "message": "wait"})
                screen.until(b"wait")
                fake.welcome(peer)
                self.assertEqual(peer.receive()[0], {"type": "nick", "nick": "al"})

    def test_a_server_that_is_gone_leaves_the_terminal_as_it_was(self):
        with FakeServer() as fake:
            with Screen("chat_client", fake.address, "-n", "alice", "--retry", "0") as screen:
                fake.accept().__exit__()
                self.assertEqual(screen.process.wait(10), 255)
                self.assertTrue(screen.restored())

    def test_a_screen_of_another_size_is_taken_up(self):
        screen = self.screen(cols=100)
        screen.type_in(b"x" * 60)
        screen.until_seen("> " + "x" * 60)
        screen.resize(20, 40)
        screen.view.columns = 40
        screen.process.send_signal(signal.SIGWINCH)
        screen.type_in(b"y\r")
        screen.until(b"<alice> " + b"x" * 20)


HOSTILE = ["\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x1b[31mred", "\x9b31m", "\x9d0;title\x9c",
           "\x1bP$q\x1b\\", "\x1b[6n", "a\rb", "a\nb", "a\bb", "\x0e", "\x7f", "\u202egnp", "\u2066x",
           "\u200fx", "\ufeffx", "\u2028x", "\U000e0041", "\x00x"]


class FakeServer:
    """A server that says what no server of ours would."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self, members=("alice",), welcome=True):
        """A client that has joined, or wants to."""
        peer = Peer.__new__(Peer)
        peer.socket, _ = self.listener.accept()
        peer.socket.settimeout(10)
        peer.file = peer.socket.makefile("rb")
        assert peer.receive()[0]["type"] == "join"
        if welcome:
            self.welcome(peer, members)
        return peer

    def welcome(self, peer, members=("alice",)):
        peer.send({"type": "welcome", "nick": "alice", "room": "lobby", "members": [*members],
                   "seq": 0})

    @staticmethod
    def hear(peer, seq, nick, text, **members):
        peer.send({"type": "said", "from": nick, "room": "lobby", "seq": seq - 1,
                   "time": "2026-11-20T14:00:00.000Z", **members}, text.encode())

    def echo(self, peer, seq):
        """The next text of a client, which is alice, comes back to it."""
        header, body = peer.until("say")[-1]
        self.hear(peer, seq, "alice", body.decode(), id=header["id"])


class Hostile(unittest.TestCase):
    """A View accepts nothing but what readline tells a terminal and characters to be drawn."""

    def test_nothing_that_a_server_says_reaches_the_terminal_raw(self):
        with FakeServer() as fake, Screen("chat_client", fake.address, "-n", "alice",
                                          variables=UTF8) as screen:
            with fake.accept(["alice", *HOSTILE]) as peer:
                for number, text in enumerate(HOSTILE, 1):
                    for message in ({"type": "joined", "nick": text, "room": text},
                                    {"type": "renamed", "from": text, "nick": text, "room": text},
                                    {"type": "error", "code": text, "message": text},
                                    {"type": "notice", "code": text, "message": text},
                                    {"type": "members", "room": text, "members": [text]},
                                    {"type": "left", "nick": text, "room": text, "reason": text},
                                    {"type": text}):
                        peer.send(message)
                    peer.send({"type": "said", "from": text, "room": text, "seq": number,
                               "time": text}, text.encode() + b"\xff\xc0")
                peer.send({"type": "notice", "message": "the end"})
                screen.until_seen("-!- the end", "> ")

    def test_nor_what_it_refuses_with(self):
        for text in HOSTILE:
            with self.subTest(text), FakeServer() as fake:
                with Screen("chat_client", fake.address, "-n", "alice", variables=UTF8) as screen:
                    with fake.accept(welcome=False) as peer:
                        peer.send({"type": "error", "code": text, "message": f"{text}, no"})
                        self.assertEqual(screen.process.wait(10), 1)
                        screen.until(b"chat_client: ")

    def test_nor_nicknames_that_are_completed(self):
        for text in HOSTILE:
            with self.subTest(text), FakeServer() as fake:
                with Screen("chat_client", fake.address, "-n", "alice",
                            variables=UTF8) as screen, fake.accept(
                                ["alice", f"one{text}x", f"two{text}a", f"two{text}b"]) as peer:
                    screen.until(b"you are")
                    screen.type_in(b"two\t\t")
                    peer.send({"type": "notice", "message": "first"})
                    screen.until(b"first")
                    screen.type_in(b"\x15one\t")
                    screen.type_in(b"!\x15/help\r")
                    screen.until(b"//...")

    def test_nor_on_a_pipe(self):
        for text in HOSTILE:
            with self.subTest(text), FakeServer() as fake:
                process = subprocess.Popen(
                    [os.path.join(programs, "chat_client"), fake.address, "-n", "alice"],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    env=environment)
                with fake.accept() as peer:
                    peer.send({"type": "said", "from": text, "room": text, "seq": 1}, text.encode())
                    peer.receive()
                    peer.send({"type": "bye"})
                    shown = process.communicate(timeout=10)[0].decode()
                self.assertEqual(process.returncode, 0)
                self.assertTrue(all(c == "\n" or c.isprintable() for c in shown), ascii(shown))


class Pipe(TestCase):
    """A script in a room."""

    def test_lines_are_said_in_order_and_it_ends_when_the_last_has_come_back(self):
        bob = self.member("bob")
        lines = [b"%d \xe4\xbd\xa0" % n for n in range(500)]
        result = run("chat_client", *self.arguments(), stdin=b"\n".join(lines) + b"\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([line.partition(b"<alice> ")[2] for line in result.stdout.splitlines()],
                         lines)
        self.assertEqual([bob.until("said")[-1][1] for _ in lines], lines)
        self.assertEqual(bob.until("left")[-1][0]["reason"], "quit")

    def test_the_last_line_needs_no_end_and_empty_ones_are_not_said(self):
        bob = self.member("bob")
        result = run("chat_client", *self.arguments(), stdin=b"one\n\n\ntwo\nlast")
        self.assertEqual(result.returncode, 0)
        said = [body for header, body in bob.until("left") if header["type"] == "said"]
        self.assertEqual(said, [b"one", b"two", b"last"])

    def test_commands_have_their_turn_among_the_lines(self):
        bob = self.member("bob")
        with self.server.connect() as carol:
            carol.send({"type": "join", "nick": "carol", "room": "elsewhere"})
            carol.until("welcome")
            result = run("chat_client", *self.arguments(),
                         stdin=b"one\n/join elsewhere\ntwo\n/nick al\nthree\n/quit\nnever\n")
            self.assertEqual(result.returncode, 0)
            self.assertEqual([(header["type"], header.get("nick"), body)
                              for header, body in bob.until("left")],
                             [("joined", "alice", b""), ("said", None, b"one"),
                              ("left", "alice", b"")])
            self.assertEqual([(header["type"], header.get("from"), body)
                              for header, body in carol.until("left")],
                             [("joined", None, b""), ("said", "alice", b"two"),
                              ("renamed", "alice", b""), ("said", "al", b"three"),
                              ("left", None, b"")])

    def test_json_is_one_object_a_line(self):
        bob = self.member("bob")
        bob.send({"type": "say"}, b"before")
        bob.until("said")
        result = run("chat_client", *self.arguments(), "--json", "--history", "5",
                     stdin='日本\n"quoted" \\ \t\n'.encode())
        messages = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([message["type"] for message in messages],
                         ["welcome", "said", "said", "said", "bye"][:len(messages)])
        self.assertEqual([(message["seq"], message["from"], message["text"])
                          for message in messages if message["type"] == "said"],
                         [(1, "bob", "before"), (2, "alice", "日本"),
                          (3, "alice", '"quoted" \\ \t')])
        self.assertEqual(result.stderr, b"")

    def test_what_is_refused_is_said_and_the_rest_goes_on(self):
        bob = self.member("bob")
        result = run("chat_client", *self.arguments(), stdin=b"one\n" + b"x" * 5000 + b"\ntwo\n")
        self.assertRegex(result.stderr, rb"not said: x+\.\.\.: .*5000.*4096")
        self.assertEqual(result.returncode, 1)
        self.assertEqual([bob.until("said")[-1][1] for _ in range(2)], [b"one", b"two"])

    def test_it_ends_with_1_where_not_all_was_done(self):
        for line in (b"\xff\xfe", b"x" * 5000, b"/dance", b"/nick a b", b"/msg dora hi", b"/msg bob",
                     b"/nick bob", b"/nick"):
            with self.subTest(line[:20]):
                bob = self.member("bob")
                result = run("chat_client", *self.arguments(), stdin=line + b"\nlast\n")
                self.assertEqual((bob.until("said")[-1][1], result.returncode), (b"last", 1))
                self.assertTrue(result.stderr)
                as_json = run("chat_client", *self.arguments(), "--json", stdin=line + b"\nlast\n")
                self.assertEqual(as_json.returncode, 1)
                bob.__exit__()

    def test_what_was_too_much_at_once_is_said_later_and_not_called_unsaid(self):
        with FakeServer() as fake:
            process = self.program(fake.address, "-n", "alice")
            with fake.accept() as peer:
                process.stdin.write(b"one\ntwo\n")
                process.stdin.close()
                process.stdin = None
                header, body = peer.receive()
                peer.send({"type": "error", "code": "rate_limited", "message": "not said",
                           "id": header["id"]})
                fake.echo(peer, 2)
                fake.echo(peer, 3)
                peer.until("quit")
                peer.send({"type": "bye"})
                self.assertEqual(process.wait(10), 0)
                self.assertNotIn(b"not said", process.stderr.read())
                self.assertEqual(body, b"one")

    def test_a_signal_ends_it_politely(self):
        bob = self.member("bob")
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.program(*self.arguments())
                bob.until("joined")
                process.send_signal(number)
                self.assertEqual(process.wait(10), 128 + number)
                self.assertEqual(bob.until("left")[-1][0]["reason"], "quit")


class Ends(TestCase):
    """What it ends with."""

    def test_no_server_is_255(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        result = run("chat_client", f"127.0.0.1:{port}", "-n", "alice", stdin=b"x\n")
        self.assertEqual((result.stdout, result.returncode), (b"", 255))
        self.assertRegex(result.stderr, rb"\A[^\n]+\n\Z")

    def test_a_server_that_will_not_have_us_is_1(self):
        self.member("Alice")
        result = run("chat_client", *self.arguments(), stdin=b"x\n")
        self.assertEqual((result.stdout, result.returncode), (b"", 1))
        self.assertIn(b"nickname", result.stderr)

    def test_bad_usage_is_2(self):
        for arguments in ([], [self.server.address], ["nowhere", "-n", "a"],
                          [self.server.address, "-n", ""], [self.server.address, "-n", "a b"],
                          [self.server.address, "-n", "a\u202eb"],
                          [self.server.address, "-n", "x" * 33],
                          [self.server.address, "-n", "a", "-r", "\n"],
                          [self.server.address, "-n", "a", "--retry", "-1"]):
            with self.subTest(arguments):
                result = run("chat_client", *arguments, stdin=b"x\n")
                self.assertEqual((result.stdout, result.returncode), (b"", 2))
                self.assertTrue(result.stderr)

    def test_without_retries_a_lost_connection_is_255(self):
        with FakeServer() as fake:
            process = self.program(fake.address, "-n", "alice", "--retry", "0")
            with fake.accept() as peer:
                process.stdin.write(b"x\n")
                process.stdin.flush()
                self.assertEqual(peer.receive()[0]["type"], "say")
            self.assertEqual(process.wait(10), 255)

    def test_retries_end(self):
        with FakeServer() as fake:
            process = self.program(fake.address, "-n", "alice", "--retry", "0.6")
            fake.accept().__exit__()
        self.assertEqual(process.wait(20), 255)


class Reconnect(unittest.TestCase):
    """A server that is killed and starts again where it was."""

    def setUp(self):
        self.log = os.path.join(scratch.name, self.id().rpartition(".")[2])
        self.address = "127.0.0.1:0"
        self.start()
        self.addCleanup(lambda: self.server.__exit__(None))

    def start(self):
        self.server = Server("chat_server", "--rate", "0", "--log", self.log, listen=self.address)
        self.address = self.server.address

    def kill(self):
        self.server.process.kill()
        self.server.process.communicate()

    def member(self, nick):
        peer = self.server.connect()
        self.addCleanup(peer.__exit__)
        peer.send({"type": "join", "nick": nick})
        self.assertEqual(peer.receive()[0]["type"], "welcome")
        return peer

    def test_what_was_missed_comes_and_what_was_typed_meanwhile_is_said_once(self):
        bob = self.member("bob")
        with Screen("chat_client", self.address, "-n", "alice", variables=UTF8) as screen:
            bob.until("joined")
            bob.send({"type": "say"}, b"before")
            screen.until_seen(f"{CLOCK} <bob> before", "> ")
            self.kill()
            screen.until(b"trying again")
            for line in (b"first\r", b"second\r", b"third, half typed"):
                screen.type_in(line)
            screen.until(b"half typed")
            self.start()
            bob = self.member("bob")
            bob.send({"type": "say"}, b"missed")
            said = [bob.until("said")[-1][1] for _ in range(3)]
            self.assertEqual(sorted(said), [b"first", b"missed", b"second"])
            self.assertLess(said.index(b"first"), said.index(b"second"))
            last = "<alice> second" if said[-1] == b"second" else "<bob> missed"
            screen.until_seen(f"{CLOCK} {last}", "> third, half typed", seconds=30)
            rows = [row.partition("> ")[2] for row in screen.view.rows if "<" in row]
            self.assertEqual(sorted(rows), ["before", "first", "missed", "second"])
            screen.type_in(b"\r")
            self.assertEqual(bob.until("said")[-1][1], b"third, half typed")

    def test_lines_of_a_pipe_are_said_once_however_often_the_server_is_killed(self):
        process = subprocess.Popen(
            [os.path.join(programs, "chat_client"), self.address, "-n", "alice", "--json"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment)
        lines = [f"{n}" for n in range(3000)]
        feeding = threading.Thread(target=lambda: (
            process.stdin.write("".join(f"{line}\n" for line in lines).encode()),
            process.stdin.close()))
        feeding.start()
        heard, kills = [], 0
        for line in process.stdout:
            message = json.loads(line)
            if message["type"] == "said":
                heard.append((message["seq"], message["text"]))
                if len(heard) == 1000 * (kills + 1) and kills < 2:
                    kills += 1
                    self.kill()
                    self.start()
        feeding.join()
        self.assertEqual(process.wait(10), 0)
        process.stdout.close()
        self.assertEqual(kills, 2)
        self.assertEqual(heard, [*enumerate(lines, 1)])


if __name__ == "__main__":
    unittest.main()
