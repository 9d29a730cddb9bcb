# SPDX-License-Identifier: MIT
"""A Redis of our own, which keeps what it confirms, and which can be killed."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time


def free_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


class Redis:
    """A redis-server on a free port, with its files in a folder of its own, for the time of a with
    block. It can be killed and started again on the same port."""

    def __init__(self, *arguments, running=True):
        self.folder = tempfile.mkdtemp()
        self.arguments = arguments
        self.process = None
        self.port = free_port()
        while running and not self.start():
            self.port = free_port()  # another program was faster

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        """Returns: whether it runs, with all that it had before."""
        with open(os.path.join(self.folder, "redis.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                 "--dir", self.folder, "--appendonly", "yes", "--appendfsync", "always",
                 "--save", "", *self.arguments], stdout=log, stderr=log)
        while self.process.poll() is None:
            try:
                answer = self.command("PING")
                if "LOADING" not in str(answer):
                    return True
            except OSError:
                pass
            time.sleep(0.02)
        self.process = None
        return False

    def kill(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def forget(self):
        """Deletes all that a Redis that is not running had kept."""
        shutil.rmtree(os.path.join(self.folder, "appendonlydir"), ignore_errors=True)
        for name in os.listdir(self.folder):
            if name.endswith((".aof", ".rdb")):
                os.remove(os.path.join(self.folder, name))

    def wait_for(self, name, count):
        """Waits until somebody has asked for that so often from now on."""
        with socket.create_connection(("127.0.0.1", self.port), 20) as client:
            client.sendall(b"MONITOR\r\n")
            with client.makefile("rb") as commands:
                while count:
                    line = commands.readline()
                    assert line, "Redis has gone"
                    count -= f'"{name}"' in line.decode()

    def command(self, *words):
        """Returns: what Redis answers; an error is an Exception."""
        with socket.create_connection(("127.0.0.1", self.port), 20) as client:
            client.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(word), word) for word in
                (w if isinstance(w, bytes) else str(w).encode() for w in words)))
            with client.makefile("rb") as stream:
                return answer_in(stream)


class FalseRedis:
    """Something that says to XREAD what it is told to, and to all else what is due, for the time of
    a with block."""

    ANSWERS = {"HMGET": b"*3\r\n$-1\r\n$-1\r\n$-1\r\n", "SCRIPT": b"$4\r\nhash\r\n",
               "EVAL": b"$-1\r\n", "EVALSHA": b"$5\r\nalive\r\n", "EXISTS": b":1\r\n",
               "HGET": b"$-1\r\n", "EXPIRE": b":1\r\n", "CONFIG": b"*0\r\n",
               "INFO": b"$0\r\n\r\n", "XREVRANGE": b"*0\r\n", "XRANGE": b"*0\r\n"}

    def __init__(self, to_xread, **answers):
        self.answers = {**self.ANSWERS, "XREAD": to_xread, **answers}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"
        self.reads = 0
        self.read = threading.Condition()
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def wait_for_reads(self, count):
        with self.read:
            assert self.read.wait_for(lambda: self.reads >= count, 20), self.reads

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client):
        with client, client.makefile("rb") as stream:
            try:
                while True:
                    name = answer_in(stream)[0]
                    if name == "XREAD":
                        with self.read:
                            self.reads += 1
                            self.read.notify()
                    client.sendall(self.answers[name])
            except OSError:
                pass


def answer_in(stream):
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionResetError("Redis has gone")
    kind, rest = line[:1], line[1:-2]
    if kind == b"*":
        return [answer_in(stream) for _ in range(int(rest))]
    if kind == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2].decode()
    if kind == b":":
        return int(rest)
    return Exception(rest.decode()) if kind == b"-" else rest.decode()
