#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints what framing_bench wrote: medians, and ratios to the floors and to each peer.

A benchmark is named work/implementation/arguments. Implementations that begin with "framing" are
ours and get a row; those that begin with "floor", and all others, get a column: ours / theirs.
"""

import argparse
import collections
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

OURS = "framing"


class Result:
    """The repetitions of one benchmark."""

    def __init__(self):
        self.times = []  # ns a frame
        self.rates = []  # bytes a second
        self.allocations = None  # a frame

    @property
    def time(self):
        return statistics.median(self.times)

    @property
    def rate(self):
        return statistics.median(self.rates)


def split(name):
    """"work/implementation/a:1/b:2/real_time" as ((work, arguments), implementation)."""
    work, implementation, *rest = name.split("/")
    arguments = tuple(part for part in rest if ":" in part and not part.startswith("iterations:"))
    return (work, arguments), implementation


def load(path):
    """Returns the context, {(work, arguments): {implementation: Result}} and the names that failed."""
    text = pathlib.Path(path).read_text()
    if not text:
        sys.exit("nothing was measured: no benchmark has such a name")
    data = json.loads(text)
    rows = collections.defaultdict(lambda: collections.defaultdict(Result))
    failed = {}
    for run in data["benchmarks"]:
        if run.get("run_type") == "aggregate":
            continue
        name = run["run_name"]
        if run.get("error_occurred"):
            failed[name] = run.get("error_message", "")
            continue
        key, implementation = split(name)
        result = rows[key][implementation]
        time = run["real_time"] if name.endswith("/real_time") else run["cpu_time"]
        result.times.append(time / run["frames"])
        result.rates.append(run["bytes_per_second"])
        result.allocations = run.get("allocs")
    return data["context"], rows, failed


def size(text):
    """"chunk:65536" as "64 KiB"."""
    name, number = text.split(":")
    number = int(number)
    if number == 0 and name in ("chunk", "batch"):
        return {"chunk": "whole", "batch": "each"}[name]
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number and number % factor == 0:
            return f"{number // factor} {unit}"
    return str(number)


def number(value):
    """Three digits, the rest says nothing."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def print_table(lines):
    """Columns of the same width, as Markdown; the first line is the heading."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]

    def show(cells):
        print("| " + " | ".join(cells) + " |")

    for at, line in enumerate(lines):
        show([cell.ljust(width) if i == 0 else cell.rjust(width)
              for i, (cell, width) in enumerate(zip(line, widths))])
        if at == 0:
            show(["-" * width if i == 0 else "-" * (width - 1) + ":"
                  for i, width in enumerate(widths)])
    print()


def others(rows, work):
    """The implementations of a work that are not ours, floors first."""
    names = {name for key, row in rows.items() if key[0] == work for name in row}
    return sorted((name for name in names if not name.startswith(OURS)),
                  key=lambda name: (not name.startswith("floor"), name))


def print_work(rows, work):
    columns = others(rows, work)
    keys = [key for key in rows if key[0] == work]
    names = list(dict.fromkeys(part.split(":")[0] for key in keys for part in key[1]))
    ours = sorted({name for key in keys for name in rows[key] if name.startswith(OURS)})
    lines = [[work, *names, "ns/frame", "GB/s", "allocs", *columns]]
    for name in ours:
        for key in sorted(keys, key=lambda key: [int(part.split(":")[1]) for part in key[1]]):
            row = rows[key]
            if name not in row:
                continue
            mine = row[name]
            allocations = "" if mine.allocations is None else f"{mine.allocations:.3g}"
            lines.append([name, *map(size, key[1]), number(mine.time), number(mine.rate / 1e9),
                          allocations,
                          *(number(mine.time / row[column].time) if column in row else "-"
                            for column in columns)])
    if len(lines) > 1:
        print_table(lines)


def print_goals(rows, path):
    """Each line of the file: our benchmark, whom it is beside, at most which ratio."""
    lines = [["goal", "beside", "ratio", "at most", ""]]
    for line in pathlib.Path(path).read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, peer, goal = line.split()
        key, implementation = split(name)
        row = rows.get(key, {})
        if implementation not in row or peer not in row:
            continue
        ratio = row[implementation].time / row[peer].time
        verdict = "" if goal == "-" else "reached" if ratio <= float(goal) else "missed"
        lines.append([name, peer, number(ratio), goal, verdict])
    if len(lines) > 1:
        print_table(lines)


TERMINAL = """
set terminal svg size 800,450 background "#ffffff" font "sans-serif,13"
set output "{output}"
set title "{title}"
set grid ytics lc rgb "#dddddd"
set key outside right top
set border 3
set tics nomirror
"""

# A name has one colour in all plots; whoever is not named here, a floor above all, is grey.
COLORS = {"tokio": "#d95f02", "protobuf": "#7b3294", "capnp": "#1b9e77", "beast": "#a6761d",
          "beast-masked": "#d8b365", "append-erase": "#e7298a"}
OUR_COLORS = ["#1f6fb4", "#6baed6", "#b3d4ea"]

# Of the floors, a plot has those that do the same work, by the number of their dashes.
FLOORS = {"floor": 2, "floor-view": 2, "floor-copy": 3}


def lines_plot(rows, work, chunk):
    """Time by the size of the body, both logarithmic."""
    series = collections.defaultdict(list)
    for (name, arguments), row in rows.items():
        parts = dict(part.split(":") for part in arguments)
        if name == work and parts.get("chunk") == chunk and int(parts["body"]) > 0:
            for implementation, result in row.items():
                if implementation in FLOORS or not implementation.startswith("floor"):
                    series[implementation].append((int(parts["body"]), result.time))
    if not any(len(points) > 1 for points in series.values()):
        return None
    script = ["set logscale xy", 'set ylabel "ns a frame"', 'set xlabel "bytes of body"',
              'set format y "%.0s%c"', "set xrange [12:1400000]", "set yrange [1:*]",
              'set xtics ("16" 16, "64" 64, "256" 256, "1 KiB" 1024, "16 KiB" 16384, '
              '"1 MiB" 1048576)']
    ours = [name for name in sorted(series) if name.startswith(OURS)]
    plots = []
    for number, name in enumerate(ours + sorted(set(series) - set(ours))):
        data = f"$series{number}"
        script += [f"{data} << END", *(f"{x} {y}" for x, y in sorted(series[name])), "END"]
        color = OUR_COLORS[number % 3] if name in ours else COLORS.get(name, "#888888")
        style = "lw 3" if name in ours else f"lw 1.5 dt {FLOORS.get(name, 1)}"
        plots.append(f'{data} with linespoints lc rgb "{color}" {style} pt {number + 4} ps 0.5 '
                     f'title "{name}"')
    return "\n".join(script) + "\nplot " + ", ".join(plots)


def bars_plot(row, label, value):
    """A bar for each implementation, with its number above."""
    if len(row) < 2:
        return None
    data = []
    for name in sorted(row, key=lambda name: value(row[name])):
        color = 0x1f6fb4 if name.startswith(OURS) else 0xb8b8b8
        data.append(f'"{name}" {value(row[name])} {color} "{number(value(row[name]))}"')
    return "\n".join([
        f'set ylabel "{label}"', "set yrange [0:*]", "set offsets 0,0,graph 0.1,0",
        "set style fill solid", "set boxwidth 0.7", "unset key", "set xtics rotate by -25",
        "$data << END", *data, "END",
        "plot $data using 0:2:3:xtic(1) with boxes lc rgb variable, "
        "$data using 0:2:4 with labels offset 0,0.7"])


def draw(rows, folder):
    if not shutil.which("gnuplot"):
        print("plots skipped: gnuplot not found (Debian: gnuplot-nox)")
        return
    chat = rows.get(("chat", ("header:58", "body:64", "chunk:65536")), {})
    link = rows.get(("loopback", ("body:64", "batch:65536")), {})
    plots = {
        "reassemble": ("Receiving frames in chunks of 64 KiB",
                       lines_plot(rows, "reassemble", "65536")),
        "encode": ("Encoding frames", lines_plot(rows, "encode", None)),
        "chat": ("Receiving chat messages: 58 bytes of JSON header, 64 of body",
                 bars_plot(chat, "ns a frame", lambda result: result.time)),
        "loopback": ("64-byte bodies over loopback TCP, sent by 64 KiB",
                     bars_plot(link, "million frames a second",
                               lambda result: 1e3 / result.time)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, script) in plots.items():
        if script is None:
            continue
        output = folder / f"{name}.svg"
        head = TERMINAL.format(output=output, title=title)
        subprocess.run(["gnuplot"], input=head + script + "\n", text=True, check=True)
        print(f"drawn: {output}")


def main():
    here = pathlib.Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", help="what --benchmark_out wrote")
    parser.add_argument("--goals", default=here / "goals.txt", type=pathlib.Path)
    parser.add_argument("--plots", type=pathlib.Path, help="draw the plots into this folder")
    arguments = parser.parse_args()

    context, rows, failed = load(arguments.results)
    for name in ("cpu", "system", "compiler"):
        if name in context:
            print(f"{name}: {context[name]}")
    repetitions = max((len(result.times) for row in rows.values() for result in row.values()),
                      default=0)
    print(f"medians of {repetitions}; a column that is named after an implementation is "
          "our time / its time\n")
    for work in dict.fromkeys(key[0] for key in sorted(rows)):
        print_work(rows, work)
    print_goals(rows, arguments.goals)
    if arguments.plots:
        draw(rows, arguments.plots)
    for name, message in failed.items():
        print(f"failed: {name}: {message}", file=sys.stderr)
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
