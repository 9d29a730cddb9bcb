#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one command at a shell server, and exits as it does. The token is in a file.

    python3 shell_client.py 127.0.0.1:5000 "$XDG_RUNTIME_DIR/framing-token" 'ls -l; exit 3'
"""

import pathlib
import signal
import socket
import sys

from framing import Connection, FramingError


def main(address: str, token_file: str, command: str) -> int:
    host, _, port = address.rpartition(":")
    with Connection(socket.create_connection((host.strip("[]"), int(port)))) as server:
        server.send({"type": "auth", "token": pathlib.Path(token_file).read_text().strip()})
        server.send({"type": "exec", "id": 0, "command": command})
        server.send({"type": "stdin_close", "id": 0})
        for message in server:
            header = message.header
            if header.get("type") in ("stdout", "stderr"):
                stream = getattr(sys, header["type"]).buffer
                stream.write(message.body)
                stream.flush()
            elif header.get("type") == "error" and header.get("code") != "unknown_id":
                print(f"shell_client.py: {header.get('code')!r}", file=sys.stderr)
                return 1
            elif header.get("type") == "exit":
                if "signal" in header:
                    return 128 + signal.Signals[f"SIG{header['signal']}"]
                return int(header["status"])
    print("shell_client.py: the server has gone", file=sys.stderr)
    return 255


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print("usage: shell_client.py HOST:PORT TOKEN_FILE COMMAND", file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (FramingError, OSError) as error:
        print(f"shell_client.py: {error}", file=sys.stderr)
        sys.exit(255)
