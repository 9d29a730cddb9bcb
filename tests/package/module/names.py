# SPDX-License-Identifier: MIT
"""The module exports every public name of the core, and no other.

    python3 -B tests/package/module/names.py
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[3]
DECLARATION = re.compile(
    r"^(?!template\b)(?:(?:class|struct|enum class|concept|using) (?P<type>\w+)\b(?! *<)(?!::)"
    r"|inline constexpr [^(]*?(?P<constant>\w+) ="
    r"|(?:\[\[nodiscard\]\] )?(?:FRAMING_SHARED )?(?:inline|constexpr|std::optional)\b[^(]*?[ &>](?P<function>\w+)\()")


def public_names():
    """Those of headers that are no details, declared in framing, or in framing::formats."""
    names = set()
    for header in sorted((ROOT / "include/framing").glob("*.hpp")):
        text = re.sub(r"(?m)^namespace detail \{\nstruct \w+;\n\}$", "", header.read_text())
        text = re.sub(r"(?ms)^namespace detail \{.*?^\} // namespace detail", "", text)
        for line in text.splitlines():
            if found := DECLARATION.match(line):
                names.add(next(filter(None, found.groups())))
    return names


def exported_names():
    text = (ROOT / "modules/framing.cppm").read_text()
    return set(re.findall(r"^using framing::(?:formats::)?(\w+);", text, re.M))


if __name__ == "__main__":
    missing = public_names() ^ exported_names()
    if missing:
        sys.exit("modules/framing.cppm and the headers do not have the same names: " + ", ".join(sorted(missing)))
