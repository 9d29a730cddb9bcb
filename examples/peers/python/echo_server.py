#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends every frame back as it came, over asyncio.

    python3 echo_server.py 127.0.0.1:4000
"""

import asyncio
import sys

from framing import AsyncConnection, FramingError


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with AsyncConnection(reader, writer) as peer:
            async for frame in peer:
                await peer.send(frame.header, frame.body)
    except (FramingError, ConnectionError) as error:
        print(f"echo_server.py: {error}", file=sys.stderr)


async def main(address: str) -> None:
    host, _, port = address.rpartition(":")
    server = await asyncio.start_server(serve, host.strip("[]"), int(port))
    host, port = server.sockets[0].getsockname()[:2]
    print(f"listening on {host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: echo_server.py HOST:PORT", file=sys.stderr)
        sys.exit(2)
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        pass
