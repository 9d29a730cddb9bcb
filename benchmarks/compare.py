#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs two builds of framing_bench in turns and prints new / old, the medians of each benchmark."""

import argparse
import collections
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left between the sources
import report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", help="the framing_bench to compare with")
    parser.add_argument("new", help="the framing_bench in question")
    parser.add_argument("filter", nargs="?", default="/framing",
                        help="a regular expression on names (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each (default: %(default)s)")
    arguments = parser.parse_args()

    times = collections.defaultdict(lambda: collections.defaultdict(list))
    programs = [arguments.old, arguments.new]
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "results.json"
        for number in range(arguments.rounds):
            # In turns, and each first as often as the other.
            for program in programs if number % 2 == 0 else reversed(programs):
                subprocess.run([program, f"--benchmark_filter={arguments.filter}",
                                "--benchmark_min_time=0.05", f"--benchmark_out={output}",
                                "--benchmark_out_format=json"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
                _, rows, failed = report.load(output)
                if failed:
                    sys.exit(f"failed in {program}: {', '.join(failed)}")
                for (work, values), row in rows.items():
                    for implementation, result in row.items():
                        name = "/".join([work, implementation, *values])
                        times[name][program] += result.times

    lines = [["ns/frame", "old", "new", "new / old", "spread of old"]]
    for name, measured in times.items():
        if len(measured) < 2:
            continue
        old, new = measured[arguments.old], measured[arguments.new]
        spread = (max(old) - min(old)) / statistics.median(old)
        lines.append([name, report.number(statistics.median(old)),
                      report.number(statistics.median(new)),
                      f"{statistics.median(new) / statistics.median(old):.3f}", f"{spread:.0%}"])
    report.print_table(lines)


if __name__ == "__main__":
    main()
