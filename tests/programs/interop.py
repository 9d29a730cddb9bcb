# SPDX-License-Identifier: MIT
import json
import random
import struct
import unittest

from helpers.peer import output
from helpers.program import run
from helpers.server import Server


def random_value(pick, depth=0):
    kind = pick.randrange(9 if depth < 5 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return pick.random() < 0.5
    if kind == 2:
        return pick.randrange(-2**63, 2**64)
    if kind == 3:
        return pick.uniform(-1e300, 1e300)
    if kind < 6:
        return "".join(chr(pick.choice([pick.randrange(0x80), pick.randrange(0xd800),
                                        pick.randrange(0xe000, 0x110000)])) for _ in range(pick.randrange(9)))
    if kind < 8:
        return [random_value(pick, depth + 1) for _ in range(pick.randrange(4))]
    return {str(n): random_value(pick, depth + 1) for n in range(pick.randrange(4))}


class Python(unittest.TestCase):
    """What Python writes we read as Python does, and the other way round."""

    def test_random_frames_of_python_are_read_as_they_were_meant(self):
        pick = random.Random(20261120)
        sent = []
        stream = b""
        for number in range(500):
            header = {"n": number, "v": random_value(pick)}
            body = pick.randbytes(pick.choice([0, 1, 17, 3000]))
            text = json.dumps({"body_size": len(body), **header} if body else header,
                              ensure_ascii=pick.random() < 0.5,
                              indent=pick.choice([None, 1])).encode("utf-8", "surrogatepass")
            stream += struct.pack("!I", len(text)) + text + body
            sent.append((header, len(body)))
        result = run("framecat", "decode", "--no-body", stdin=stream)
        self.assertEqual(result.stderr, b"")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        for line in lines:
            line["header"].pop("body_size", None)
        self.assertEqual([(line["header"], line["body_size"]) for line in lines], sent)

    def test_random_lines_become_frames_that_python_reads(self):
        pick = random.Random(20261121)
        headers = [{"v": random_value(pick)} for _ in range(200)]
        bodies = ["".join(chr(pick.randrange(1, 0xd800)) for _ in range(pick.randrange(20)))
                  for _ in headers]
        lines = b"".join(json.dumps({"header": header, "text": body}).encode() + b"\n"
                         for header, body in zip(headers, bodies))
        stream = run("framecat", "encode", stdin=lines).stdout
        for header, body in zip(headers, bodies):
            size = struct.unpack("!I", stream[:4])[0]
            read = json.loads(stream[4:4 + size])
            length = read.pop("body_size", 0)
            self.assertEqual(read, header)
            self.assertEqual(stream[4 + size:4 + size + length].decode(), body)
            stream = stream[4 + size + length:]
        self.assertEqual(stream, b"")

    def test_a_remote_command_takes_struct_and_json_and_no_more(self):
        with Server("shell_server") as server, server.connect() as peer:
            peer.authenticate()
            peer.send({"type": "exec", "id": 0, "command": "printf '你好'; exit 3"})
            messages = peer.until("exit")
            self.assertEqual(output(messages).decode(), "你好")
            header = messages[-1][0]
            self.assertEqual((header["type"], header["id"], header["status"]), ("exit", 0, 3))

    def test_the_little_endian_recipe_is_named(self):
        text = b'{"cmd":"ls"}'
        result = run("framecat", "decode", stdin=struct.pack("<I", len(text)) + text)
        self.assertIn(b"little-endian", result.stderr)
        self.assertIn(b" 12 ", result.stderr)


if __name__ == "__main__":
    unittest.main()
