#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A member of a chat room, over asyncio: lines of standard input are said, and what is said is
printed.

    python3 chat_client.py 127.0.0.1:7000 alice
"""

import asyncio
import sys

from framing import AsyncConnection, FramingError, visible


async def say_lines(room: AsyncConnection) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if text := line.rstrip("\n"):
            await room.send({"type": "say"}, text.encode())
    await room.send({"type": "quit"})


async def keep_alive(room: AsyncConnection) -> None:
    while True:
        await asyncio.sleep(30)
        await room.send({})


async def main(address: str, nick: str) -> int:
    host, _, port = address.rpartition(":")
    async with AsyncConnection(*await asyncio.open_connection(host.strip("[]"), int(port))) as room:
        await room.send({"type": "join", "nick": nick, "room": "lobby"})
        tasks = [asyncio.create_task(keep_alive(room))]
        async for message in room:
            header, text = message.header, visible(message.body.decode(errors="replace"))
            kind = header.get("type")
            if kind == "welcome":
                tasks.append(asyncio.create_task(say_lines(room)))
            elif kind == "said":
                print(f"{visible(str(header.get('from')))}: {text}", flush=True)
            elif kind in ("joined", "left"):
                print(f"* {visible(str(header.get('nick')))} has {kind}", flush=True)
            elif kind == "error":
                print(visible(f"{header.get('code')}: {header.get('message')}"), file=sys.stderr)
            elif kind == "bye":
                return 0
    print("chat_client.py: the server has gone", file=sys.stderr)
    return 255


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print("usage: chat_client.py HOST:PORT NICK", file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(asyncio.run(main(*sys.argv[1:])))
    except (FramingError, OSError) as error:
        print(f"chat_client.py: {error}", file=sys.stderr)
        sys.exit(255)
