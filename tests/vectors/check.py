#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that decode.py does what the vectors say, fed whole and byte by byte.

    python3 check.py
"""

import json
import pathlib
import sys
from typing import Iterator, List, Optional, Tuple

from decode import Decoder, Fault, Frame, Limits, decode_datagram

Result = Tuple[List[Frame], Optional[Fault]]

FIELDS = {"name", "why", "limits", "stream", "datagram", "frames", "error"}
REQUIRED = {"name", "why", "frames", "error"}


def bytes_of(piece) -> bytes:
    """The bytes that a piece of a vector stands for; see README.md."""
    if isinstance(piece, str):
        return piece.encode()
    if isinstance(piece, list):
        return b"".join(map(bytes_of, piece))
    if "hex" in piece:
        return bytes.fromhex(piece["hex"])
    if "header" in piece:
        header = bytes_of(piece["header"])
        return len(header).to_bytes(4, "big") + header
    return bytes_of(piece["repeat"]) * piece["times"]


def limits_of(vector: dict) -> Limits:
    return Limits(**{name: int(value) for name, value in vector.get("limits", {}).items()})


def load_vectors() -> Iterator[dict]:
    for path in sorted(pathlib.Path(__file__).parent.glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["vectors"]


def decode_in(pieces: List[bytes], limits: Limits) -> Result:
    decoder = Decoder(limits)
    frames = [frame for piece in pieces for frame in decoder.feed(piece)]
    return frames, decoder.finish()


def results(vector: dict) -> Iterator[Tuple[str, Result]]:
    """What decode.py makes of a vector, by each way of feeding it."""
    limits = limits_of(vector)
    if "datagram" in vector:
        frame, fault = decode_datagram(bytes_of(vector["datagram"]), limits)
        yield "as a datagram", ([frame] if frame else [], fault)
        return
    stream = bytes_of(vector["stream"])
    yield "whole", decode_in([stream], limits)
    yield "byte by byte", decode_in([stream[i:i + 1] for i in range(len(stream))], limits)


def difference(vector: dict, result: Result) -> Optional[str]:
    frames, fault = result
    expected = [Frame(bytes_of(frame["header"]), bytes_of(frame.get("body", "")))
                for frame in vector["frames"]]
    if frames != expected:
        return f"frames {frames!r:.500}"
    if vector["error"] is None or fault is None:
        return None if vector["error"] is fault else f"{fault}"
    for name, value in vector["error"].items():
        actual = getattr(fault, name)
        if str(actual) != str(value):
            return f"{name} {actual}"
    return None


def mistakes_in_writing(vectors: List[dict]) -> Iterator[str]:
    names = set()
    for vector in vectors:
        name = vector.get("name", "a vector without a name")
        fields = set(vector)
        if name in names:
            yield f"{name}: there twice"
        if fields - FIELDS or REQUIRED - fields or ("stream" in fields) == ("datagram" in fields):
            yield f"{name}: its members are {sorted(fields)}"
        if vector.get("error") and not {"code", "offset", "frame"} <= set(vector["error"]):
            yield f"{name}: its error needs code, offset and frame"
        names.add(name)


def main() -> int:
    vectors = list(load_vectors())
    failed = list(mistakes_in_writing(vectors))
    for vector in [] if failed else vectors:
        for way, result in results(vector):
            found = difference(vector, result)
            if found:
                failed.append(f"{vector['name']}, {way}: {found}\n    {vector['why']}")
    for failure in failed:
        print(failure)
    print(f"{len(vectors)} vectors, {len(failed)} failures")
    return 1 if failed or not vectors else 0


if __name__ == "__main__":
    sys.exit(main())
