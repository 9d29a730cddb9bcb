#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints how many frames a second each language decodes and encodes. See languages.sh."""

import os
import pathlib
import re
import subprocess
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "tests" / each) for each in ("", "peers")]
runs = int(sys.argv.pop(1))
from helpers.program import programs
from languages import LANGUAGES


def rates(command, **options):
    """The best of some runs, since what else a machine does only ever takes time."""
    best = {}
    for _ in range(runs):
        said = subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout
        for rate, work in re.findall(r"^(\d+) frames/s (\w+)$", said, re.M):
            best[work] = max(best.get(work, 0), int(rate))
    return best


def row(name, best):
    print(f"| {name} | {best['decoded']:,} | {best['encoded']:,} |", flush=True)


def main():
    print("| language | decoded | encoded |\n| --- | ---: | ---: |")
    ours = os.path.join(programs, "framing_languages")
    row("C++, headers unread but for one member", rates([ours, "view"]))
    row("C++, headers as nlohmann/json", rates([ours, "json"]))
    for language in (each() for each in LANGUAGES.values()):
        if reason := language.missing():
            print(f"{language.name} skipped: {reason}", file=sys.stderr)
            continue
        language.build()
        row(language.name, rates(language.bench(), cwd=language.folder, env=language.environment))


if __name__ == "__main__":
    main()
