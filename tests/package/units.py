# SPDX-License-Identifier: MIT
"""The units for systemd: each is understood, and lets its server as near to the machine as docs/services.md says.

    python3 -B tests/package/units.py
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [page for page in (ROOT / "docs/services.md", ROOT / "docs/zh-CN/services.md") if page.exists()]


def main():
    status = 0
    for unit in sorted((ROOT / "packaging/systemd").glob("*.service")):
        result = subprocess.run(["systemd-analyze", "--no-pager", "security", "--offline=yes", str(unit)],
                                capture_output=True, text=True, timeout=60)
        if "unrecognized option" in result.stderr:
            print("skipped: systemd-analyze is older than 250")
            sys.exit(77)
        said = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)
        if result.stderr or not said:
            print(f"{unit.name} is not understood: {result.stderr}")
            status = 1
            continue
        for page in PAGES:
            row = rf"^\| `{re.escape(unit.name)}` \|.*\| {re.escape(said[1])} \|$"
            if not re.search(row, page.read_text(), re.M):
                print(f"{page.relative_to(ROOT)} does not say {said[1]} of {unit.name}")
                status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
