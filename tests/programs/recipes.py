# SPDX-License-Identifier: MIT
"""The pages about framing::net show programs as they are, and what they print."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from helpers.program import environment, programs

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["net.md", "net-calls.md", "net-limits.md", "net-servers.md", "net-transports.md",
         "five-ways.md"]
RECIPES = sorted((ROOT / "examples/net").glob("*.cpp"))

# A link to a source, or a block: its language and its text.
PART = re.compile(r"\]\(([^)]*\.cpp)\)|^```(\w+)\n(.*?)^```$", re.M | re.S)


def pages(name):
    """A page, and its translation where there is one."""
    return [page for page in (ROOT / "docs" / name, ROOT / "docs/zh-CN" / name) if page.exists()]


def parts(page):
    """The links and blocks of a page, each as (source, language, text)."""
    return PART.findall(page.read_text(encoding="utf-8"))


class Pages(unittest.TestCase):
    def test_code_is_that_of_the_program_named_before_it(self):
        for name in NAMES:
            for page in pages(name):
                source = None
                for link, language, text in parts(page):
                    if link:
                        source = (page.parent / link).read_text(encoding="utf-8")
                    elif language == "cpp":
                        self.assertIn(text, source, page)

    def test_each_recipe_is_shown_in_every_language(self):
        for language in ("docs", "docs/zh-CN"):
            shown = {(page.parent / link).resolve() for name in NAMES for page in pages(name)
                     if page.parent == ROOT / language for link, _, _ in parts(page) if link}
            if shown:
                self.assertLessEqual(set(RECIPES), shown)

    def test_programs_print_what_is_shown(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(ROOT / "examples", os.path.join(folder, "examples"))
            for recipe in RECIPES:
                os.symlink(os.path.join(programs, "framing_recipes"),
                           os.path.join(folder, f"net_{recipe.stem}"))
            path = {**environment, "PATH": folder + os.pathsep + os.environ["PATH"]}
            for page in filter(pathlib.Path.exists, (ROOT / "docs" / name for name in NAMES)):
                told = "".join(text for _, language, text in parts(page) if language == "console")
                for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", told, re.M):
                    with self.subTest(command):
                        run = subprocess.run(command, shell=True, cwd=folder, env=path, timeout=50,
                                             capture_output=True, text=True)
                        self.assertEqual((run.stdout, run.stderr), (expected, ""))


if __name__ == "__main__":
    unittest.main()
