# SPDX-License-Identifier: MIT
"""Reads the pages: their blocks of code, headings and links.

Behind the language of a block, where no reader sees it, stands what a test does with it:

    ```cpp            compiled: a whole program, or a fragment in the function around it (below)
    ```cpp run        ... built and run, too; so ```python run
    ```cpp server     ... started by whom a `client` below it on the page talks to
    ```python module frames   ... is what others of the page import
    ```text output    what the last program above it prints; of ```console, the lines without a $
    ```text printed   lines that a program of the page prints
    ```text frame     bytes in hexadecimal, and below them what they are
    ```console run    commands, and what they print

A comment before a fragment is what stands around it; a line `...` is its place.
"""

import pathlib
import re
import unicodedata
from typing import Iterator, List, NamedTuple, Set

ROOT = pathlib.Path(__file__).resolve().parents[2]
BESIDE = [ROOT / name for name in (
    "README.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md",
    "docs/playground/README.md", "examples/peers/README.md", "examples/wireshark/README.md",
    "tests/vectors/README.md")]
ENGLISH = [*BESIDE, *sorted((ROOT / "docs").glob("*.md"))]
CHINESE = [*(page.with_suffix(".zh-CN.md") for page in BESIDE),
           *sorted((ROOT / "docs" / "zh-CN").glob("*.md"))]

BLOCK = re.compile(r"(?:^<!--\n(?P<around>(?:(?!-->).)*?)^-->\n)?"
                   r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
COMMENT = {"cpp": r" *//[^\n]*", "python": r" *(?<!\S)#[^\n]*", "cmake": r" *(?<!\S)#[^\n]*",
           "console": r" *(?<!\S)#[^\n]*"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    page: pathlib.Path
    line: int
    language: str
    use: str
    around: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def is_program(self) -> bool:
        return self.language == "python" or re.search(r"^int main\(", self.text, re.M) is not None

    def without_comments(self) -> str:
        """What is the same in all languages."""
        text = self.around + self.text
        if self.language in COMMENT:
            return re.sub(COMMENT[self.language], "", text)
        return text if self.use else ""


def twin_of(page: pathlib.Path) -> pathlib.Path:
    if page in BESIDE:
        return page.with_suffix(".zh-CN.md")
    return page.parent / "zh-CN" / page.name


def blocks_of(page: pathlib.Path) -> List[Block]:
    text = page.read_text(encoding="utf-8")
    blocks = []
    for match in BLOCK.finditer(text):
        language, _, use = match["info"].partition(" ")
        line = text.count("\n", 0, match.start("info")) + 1
        blocks.append(Block(page, line, language, use, match["around"] or "", match["text"]))
    return blocks


def prose_of(page: pathlib.Path) -> str:
    """The page without its code."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", lambda code: "`" * len(code[0]), text)


def links_of(page: pathlib.Path) -> Iterator[str]:
    return (match[1] for match in LINK.finditer(prose_of(page)))


def headings_of(page: pathlib.Path) -> List[str]:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"^#+ .*$", text, re.M)


def anchors_of(page: pathlib.Path) -> Set[str]:
    """As GitHub makes them of headings."""
    anchors: Set[str] = set()
    for heading in headings_of(page):
        words = LINK.sub(lambda link: link[0][1:link[0].index("]")], heading.lstrip("# "))
        kept = "".join(c for c in words.lower()
                       if c in "-_ " or unicodedata.category(c)[0] in "LNM")
        anchors.add(kept.replace(" ", "-"))
    return anchors
