#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the pages to what can be checked without a compiler.

    python3 -B tests/pages/text.py [FOLDER]

Links lead to what is there, the pages of both languages have the same code, commands have the
options that are shown (of the programs in FOLDER), and bytes are the frames that they are said to
be.
"""

import functools
import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import pages
from pages import CHINESE, ENGLISH, ROOT

sys.path.append(str(ROOT / "tests" / "vectors"))
from decode import Decoder, Limits  # noqa: E402: where it is was said just before

PROGRAMS = None


def pages_of_the_tree():
    for page in sorted(ROOT.rglob("*.md")):
        parts = page.relative_to(ROOT).parts
        if parts[0] != "build" and not any(part.startswith(".") for part in parts):
            yield page


class Links(unittest.TestCase):
    def test_each_leads_to_a_file_and_an_anchor(self):
        for page in pages_of_the_tree():
            for link in pages.links_of(page):
                if re.match(r"[a-z]+:", link):
                    continue
                with self.subTest(page=str(page.relative_to(ROOT)), link=link):
                    name, _, anchor = link.partition("#")
                    target = (page.parent / name).resolve() if name else page
                    self.assertTrue(target.exists(), "no such file")
                    if anchor:
                        self.assertIn(anchor, pages.anchors_of(target))

    def test_each_page_can_be_reached_from_the_readme(self):
        for first, all_of_them in ((ENGLISH[0], ENGLISH), (CHINESE[0], CHINESE)):
            reached, to_do = set(), [first]
            while to_do:
                page = to_do.pop()
                if page in reached or page.suffix != ".md":
                    continue
                reached.add(page)
                to_do += [(page.parent / link.partition("#")[0]).resolve()
                          for link in pages.links_of(page) if not link.startswith("#")]
            self.assertEqual([page.name for page in all_of_them if page not in reached], [])


class Twins(unittest.TestCase):
    def test_each_page_has_one(self):
        for page in ENGLISH:
            self.assertTrue(pages.twin_of(page).exists(), page.name)
        names = {pages.twin_of(page) for page in ENGLISH}
        self.assertEqual([page.name for page in CHINESE if page not in names], [])

    def test_both_have_the_same_code_and_as_many_headings_and_name_each_other(self):
        for page in ENGLISH:
            twin = pages.twin_of(page)
            with self.subTest(page=page.name):
                for one, other in ((page, twin), (twin, page)):
                    first = one.read_text(encoding="utf-8").partition("\n")[0]
                    linked = [(one.parent / link).resolve() for link in
                              re.findall(r"\]\(([^)]*)\)", first)]
                    self.assertEqual(linked, [other], first)
                levels = [[heading.split(" ")[0] for heading in pages.headings_of(each)]
                          for each in (page, twin)]
                self.assertEqual(*levels)
                ours, theirs = pages.blocks_of(page), pages.blocks_of(twin)
                self.assertEqual(len(ours), len(theirs))
                for one, other in zip(ours, theirs):
                    with self.subTest(one=one.place, other=other.place):
                        self.assertEqual((one.language, one.use), (other.language, other.use))
                        self.assertEqual(one.without_comments(), other.without_comments())


class Length(unittest.TestCase):
    def judge(self, page, most):
        with self.subTest(page=str(page.relative_to(ROOT))):
            self.assertLessEqual(page.read_text(encoding="utf-8").count("\n"), most)

    def test_the_readme_has_at_most_five_screens(self):
        for readme in (ENGLISH[0], CHINESE[0]):
            self.judge(readme, 200)

    def test_any_other_page_has_at_most_four(self):
        for page in ENGLISH[1:] + CHINESE[1:]:
            self.judge(page, 160)


@functools.lru_cache(maxsize=None)
def help_of(program, subcommand):
    words = [PROGRAMS / program] + ([subcommand] if subcommand else []) + ["--help"]
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=30).stdout.decode()


def commands_of(block):
    """The words of each command that a console shows, of a pipe of each of its parts."""
    text = re.sub(r" \\\n", " ", block.text)
    for line in re.findall(r"^\$ (.*)$", text, re.M):
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        words.commenters = "#"
        command = []
        for word in list(words) + [";"]:
            if re.fullmatch(r"[|&;()<>]+", word):
                if command:
                    yield command
                command = []
            else:
                command.append(word)


class Consoles(unittest.TestCase):
    def test_the_options_of_our_programs_are_there(self):
        if PROGRAMS is None:
            self.skipTest("no folder of programs was given")
        for block in (block for page in ENGLISH + CHINESE for block in pages.blocks_of(page)
                      if block.language == "console"):
            for command in commands_of(block):
                program = pathlib.PurePath(command[0]).name
                if not (PROGRAMS / program).exists():
                    continue
                sub = command[1] if program == "framecat" and len(command) > 1 else None
                end = command.index("--") if "--" in command else len(command)
                for word in command[1:end]:
                    option = re.match(r"--?[a-z][a-z-]*", word)
                    if option:
                        with self.subTest(place=block.place, command=command):
                            self.assertRegex(help_of(program, sub), rf"{option[0]}\b")

    def test_the_scripts_and_presets_are_there(self):
        presets = {preset["name"] for preset in json.loads(
            (ROOT / "CMakePresets.json").read_text(encoding="utf-8"))["configurePresets"]}
        for block in (block for page in ENGLISH + CHINESE for block in pages.blocks_of(page)
                      if block.language == "console"):
            for command in commands_of(block):
                with self.subTest(place=block.place, command=command):
                    if re.match(r"(tests|examples|benchmarks)/", command[0]):
                        self.assertTrue((ROOT / command[0]).exists())
                    if command[:2] == ["cmake", "--preset"]:
                        self.assertIn(command[2], presets)


def decoded(stream):
    decoder = Decoder(Limits())
    frames = decoder.feed(stream)
    fault = decoder.finish()
    return frames, fault.code if fault else None


class WireFormat(unittest.TestCase):
    PAGES = [ROOT / "docs" / "wire-format.md", ROOT / "docs" / "zh-CN" / "wire-format.md"]
    CODES = {"empty_header", "header_too_large", "invalid_header", "header_too_deep",
             "invalid_body_size", "body_too_large", "truncated", "trailing_data"}

    def judge(self, stream, frames, code):
        self.assertEqual(decoded(stream), (frames, code))
        if PROGRAMS is not None and (PROGRAMS / "framecat").exists():
            result = subprocess.run([PROGRAMS / "framecat", "decode"], input=stream, timeout=30,
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual([line["error"] for line in lines if "error" in line],
                             [code] if code else [])
            self.assertEqual(len([line for line in lines if "header" in line]), len(frames))

    def test_the_frames_that_are_drawn_are_what_they_say(self):
        drawn = [block for page in ENGLISH + CHINESE for block in pages.blocks_of(page)
                 if block.use == "frame"]
        self.assertNotEqual(drawn, [])
        for block in drawn:
            with self.subTest(place=block.place):
                parts = re.split(r" {2,}", block.text.splitlines()[0])
                names = re.split(r" {2,}", block.text.splitlines()[1])
                data = [bytes.fromhex(part) for part in parts]
                self.assertEqual(names, [str(int.from_bytes(data[0], "big"))] +
                                 [part.decode() for part in data[1:]])
                self.judge(b"".join(data), [(data[1], b"".join(data[2:]))], None)

    def test_the_examples_in_tables_come_to_what_they_say(self):
        for page in self.PAGES:
            rows = re.findall(r"^\| `([^`|]+)` \| ([^|]*) \|$",
                              page.read_text(encoding="utf-8"), re.M)
            seen = set()
            for shown, comes in rows:
                code = next((word for word in re.findall(r"`(\w+)`", comes) if word in self.CODES),
                            None)
                if re.fullmatch(r"[0-9a-f]{2}( [0-9a-f]{2})*", shown):
                    stream = bytes.fromhex(shown)
                elif shown.startswith(("{", "[")):
                    stream = len(shown.encode()).to_bytes(4, "big") + shown.encode()
                else:
                    continue
                with self.subTest(page=str(page.relative_to(ROOT)), shown=shown):
                    self.judge(stream, decoded(stream)[0], code)
                seen.add(code)
            self.assertGreater(len(seen), 4)


if __name__ == "__main__":
    if len(sys.argv) > 1 and pathlib.Path(sys.argv[1]).is_dir():
        PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
