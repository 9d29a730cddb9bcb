# SPDX-License-Identifier: MIT
"""The printers for gdb: what they show of the variables of program.cpp.

    python3 -B tests/package/gdb/printers.py PROGRAM PRINTERS
"""

import subprocess
import sys

WANTED = {
    "header": '{"type":"chat","body_size":5}',
    "type": '"chat"',
    "absent": "absent",
    "frame": '{header = {"type":"chat","body_size":5}, body = "hello"}',
    "none": "no error",
    "stranger": "header_too_large: frame 0 at offset 0 = {part = length, declared = 1195725856, "
                "limit = 65536, position = 0}",
    "misfit": 'header_mismatch: frame 0 at offset 0 = {part = header, declared = 12, limit = 65536, '
              'position = 12, member = "age", expected = "an integer from -2147483648 to 2147483647", '
              'found = a string}',
    "incoming": "frame 1 at offset 38 = {buffered = 22, needed = 28, head_size = 19, body_size = 9, "
                "limits = {max_header_size = 65536, max_body_size = 16777216, max_depth = 64}, "
                "error = no error}",
}


def main(program, printers):
    commands = ["set width 0", f"source {printers}", "break look_here", "run", "up"]
    for expression in WANTED:
        commands += [f'printf "{expression}: "', f"output {expression}", 'printf "\\n"']
    options = [word for command in commands for word in ("-ex", command)]
    said = subprocess.run(["gdb", "-nx", "-batch", *options, program], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)
    if "Breakpoint 1, look_here" not in said.stdout:
        print(f"skipped: gdb cannot run a program here: {said.stderr.strip()}")
        sys.exit(77)
    status = 0
    for expression, wanted in WANTED.items():
        shown = next((line.partition(": ")[2] for line in said.stdout.splitlines()
                      if line.startswith(expression + ": ")), None)
        if shown != wanted:
            print(f"{expression}\n  is      {shown}\n  and not {wanted}\n{said.stderr}")
            status = 1
    sys.exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
