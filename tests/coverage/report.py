#!/usr/bin/env python3
"""Prints how much of include/framing a profile covers: report.py PROFILE PROGRAM...

A line or branch counts as reached when it is in any instantiation of its template, in any of the
programs. A branch has two ways; one that the compiler knows beforehand has none.
"""

import collections
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CORE = HERE.parent.parent / "include" / "framing"
LEAST_BRANCHES = 98  # per cent


def export(program: str, profile: str, format_: str) -> str:
    command = ["llvm-cov", "export", f"-format={format_}", program, f"-instr-profile={profile}"]
    return subprocess.run([*command, str(CORE)], check=True, capture_output=True, text=True).stdout


def count_lines(lcov: str, counts: collections.Counter) -> None:
    for record in lcov.splitlines():
        kind, _, value = record.partition(":")
        if kind == "SF":
            file = str(pathlib.Path(value).relative_to(CORE))
        elif kind == "DA":
            line, count = map(int, value.split(","))
            counts[file, line] += count


def count_branches(report: str, counts: collections.Counter) -> None:
    for file in json.loads(report)["data"][0]["files"]:
        name = str(pathlib.Path(file["filename"]).relative_to(CORE))
        for line, column, _, _, true_count, false_count, *_ in file["branches"]:
            counts[name, line, column, True] += true_count
            counts[name, line, column, False] += false_count


def excused_places() -> set[tuple[str, str]]:
    """Where lines begin that cannot be reached: file and text."""
    found = set()
    for line in (HERE / "unreached.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            file, text, _ = (part.strip() for part in line.split(" | ", 2))
            found.add((file, text))
    return found


def main() -> int:
    profile, *programs = sys.argv[1:]
    lines: collections.Counter = collections.Counter()
    branches: collections.Counter = collections.Counter()
    for program in programs:
        count_lines(export(program, profile, "lcov"), lines)
        count_branches(export(program, profile, "text"), branches)
    for file, line, column, way in list(branches):
        if branches[file, line, column, True] == branches[file, line, column, False] == 0:
            del branches[file, line, column, way], branches[file, line, column, not way]

    source = {file: (CORE / file).read_text().splitlines() for file in {key[0] for key in lines}}
    excused = excused_places()
    used = set()
    excused_line = ("", 0)  # the last one
    table = {file: [0, 0, 0, 0] for file in sorted(source)}
    unreached = []
    for (file, line), count in sorted(lines.items()):
        text = source[file][line - 1].strip()
        if count == 0 and ((file, text) in excused or excused_line == (file, line - 1)):
            used.add((file, text))
            excused_line = (file, line)
            continue
        table[file][0] += count != 0
        table[file][1] += 1
        if count == 0:
            unreached.append(f"{file}:{line}: {text}")
    for (file, line, column, way), count in sorted(branches.items()):
        if lines[file, line] == 0:
            continue
        table[file][2] += count != 0
        table[file][3] += 1
        if count == 0:
            text = source[file][line - 1][column - 1 :]
            unreached.append(f"{file}:{line}: never {str(way).lower()}: {text}")

    table["in all"] = [sum(row[i] for row in table.values()) for i in range(4)]
    print(f"{'include/framing':28}{'lines':>14}{'branches':>22}")
    for file, (line, of_lines, branch, of_branches) in table.items():
        share = f"{100 * branch / of_branches:.1f} %" if of_branches else ""
        print(f"{file:28}{line:>7} of {of_lines:<4}{branch:>9} of {of_branches:<5}{share:>8}")
    for place in unreached:
        print(place)
    for file, text in excused - used:
        print(f"unreached.txt excuses what is reached or gone: {file}: {text}")
    line, of_lines, branch, of_branches = table["in all"]
    good = line == of_lines and 100 * branch >= LEAST_BRANCHES * of_branches
    return 0 if good and excused <= used else 1


if __name__ == "__main__":
    sys.exit(main())
