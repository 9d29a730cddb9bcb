#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends words to an echo server and prints what comes back.

    python3 echo_client.py 127.0.0.1:4000 hello 你好
"""

import socket
import sys

from framing import Connection, FramingError, visible


def main(address: str, *words: str) -> int:
    host, _, port = address.rpartition(":")
    with Connection(socket.create_connection((host.strip("[]"), int(port)))) as server:
        for number, word in enumerate(words, 1):
            server.send({"type": "word", "number": number}, word.encode())
            answer = server.receive()
            if answer is None:
                print("echo_client.py: the server has gone", file=sys.stderr)
                return 255
            print(f"{answer.header.get('number')}: {visible(answer.body.decode(errors='replace'))}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print("usage: echo_client.py HOST:PORT WORD...", file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (FramingError, OSError) as error:
        print(f"echo_client.py: {error}", file=sys.stderr)
        sys.exit(255)
