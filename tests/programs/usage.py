# SPDX-License-Identifier: MIT
"""What all programs say of themselves: help, manual pages, completions, and what was meant."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from helpers.program import EVERY_PROGRAM, environment, run

COMMANDS = {"file_client": ["put", "get", "ls", "rm", "mkdir", "sum", "stat"],
            "framecat": ["decode", "encode", "connect", "listen", "watch"]}


class Help(unittest.TestCase):

    def test_it_is_written_for_people(self):
        for program in EVERY_PROGRAM:
            for command in [(), *[(name,) for name in COMMANDS.get(program, [])]]:
                with self.subTest(program, command=command):
                    result = run(program, *command, "--help")
                    self.assertEqual((result.returncode, result.stderr), (0, b""))
                    text = result.stdout.decode("ascii")
                    self.assertNotRegex(text, r"TEXT:|UINT|FLOAT|INT |:FILE|Needs|Excludes|\[\]")
                    self.assertNotRegex(text, r"repeatable\s+\(repeatable")
                    self.assertEqual([line for line in text.split("\n") if len(line) > 80], [])
                    examples = text[text.index("\nExamples:\n"):]
                    self.assertGreaterEqual(examples.count("\n  " + program) +
                                            examples.count(f"| {program}"), 2, examples)

    def test_sizes_and_times_are_shown_as_they_are_typed(self):
        for program, options in {
                "chat_server": ["--keep-bytes SIZE", "--lease TIME", "16K to 1G", "100ms to 1h",
                                "default 2m", "default 4K"],
                "framecat": ["--max-body SIZE", "default 64K"],
                "file_server": ["--keep-parts TIME", "default 1d"]}.items():
            command = ["decode"] if program == "framecat" else []
            text = " ".join(run(program, *command, "--help").stdout.decode("ascii").split())
            for option in options:
                with self.subTest(program, option=option):
                    self.assertIn(option, text)


class Mistakes(unittest.TestCase):

    def test_say_what_was_meant(self):
        for command, expected in {
                "chat_client h:1 --nik alice": "there is no option --nik; did you mean --nick?",
                "chat_client --nick a --rom=tea": "there is no option --rom; did you mean --room? "
                                                  "ADDRESS is required;",
                "chat_client h:1 --nick a --unheard-of": "there is no option --unheard-of;",
                "framecat decod": "there is no command decod; did you mean decode?",
                "framecat decode --txt": "there is no option --txt; did you mean --text?",
                "framecat paint": "there is no command paint;",
                "file_client h:1 ptu a": "there is no command ptu; did you mean put?",
                "file_client h:1 put -x a": "there is no option -x;",
                "shell_client --tlss h:1 ls": "there is no option --tlss; did you mean --tls?",
                "echo_client h:1 hello world": "world is one word too many;"}.items():
            with self.subTest(command):
                self.assert_refused(command, expected)

    def test_say_what_is_missing(self):
        for command, expected in {
                "chat_client": "ADDRESS and --nick are required;",
                "chat_client h:1": "--nick is required;",
                "chat_client h:1 --nick": "--nick needs a NAME;",
                "chat_client h:1 --nick a --nick b": "--nick is given more than once;",
                "chat_client h:1 --nick a --history many": "--history: many is not a whole number;",
                "chat_server --queue 1": "--queue: 1 is not in the range 16K to 1G;",
                "file_client h:1 put --sum md5 a":
                    "--sum: md5 is not among: sha256, xxh128, none;",
                "file_client h:1 put": "FILE is required;",
                "framecat":
                    "a command (decode, encode, connect, listen, watch) is required;"}.items():
            with self.subTest(command):
                self.assert_refused(command, expected)

    def assert_refused(self, command, expected):
        program, *arguments = command.split()
        result = run(program, *arguments)
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith(f"{program}: {expected} ".encode()), result.stderr)


class Manual(unittest.TestCase):

    @unittest.skipUnless(shutil.which("man"), "man not found (Debian: man-db)")
    def test_pages_have_no_mistakes(self):
        for program in EVERY_PROGRAM:
            with self.subTest(program), tempfile.NamedTemporaryFile(suffix=".1") as page:
                page.write(run(program, "--describe-for", "man").stdout)
                page.flush()
                shown = subprocess.run(["man", "--warnings", "-l", page.name], capture_output=True,
                                       env={**environment, "MANWIDTH": "80"}, timeout=50)
                self.assertEqual((shown.returncode, shown.stderr), (0, b""))
                text = shown.stdout.decode("utf-8")
                self.assertEqual("128 + N" in text, program == "shell_client")
                for option in re.findall(r"--[a-z-]+", run(program, "--help").stdout.decode()):
                    self.assertIn(option, text)


@unittest.skipUnless(shutil.which("bash"), "bash not found")
class Bash(unittest.TestCase):

    def completions(self, line):
        """What bash offers for the last word."""
        program, *words = line.split(" ")
        script = run(program, "--describe-for", "bash").stdout.decode("ascii") + f"""
            COMP_WORDS=({program} {" ".join(word or "''" for word in words)})
            COMP_CWORD={len(words)}
            _framing_{program}
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "a folder"))
            open(os.path.join(folder, "a file"), "wb").close()
            result = subprocess.run(["bash", "--norc", "-c", script], cwd=folder, timeout=50,
                                    capture_output=True)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return sorted(result.stdout.decode().split("\n")[:-1])

    def test_completes_options_commands_files_and_words(self):
        both, none = ["a file", "a folder"], [""]
        for line, expected in {
                "chat_client --ni": ["--nick"],
                "chat_client h:1 --tls-c": ["--tls-ca", "--tls-cert"],
                "chat_client --nick ": none,
                "chat_client --tls-ca a": both,
                "chat_client --tls-ca = a": both,
                "file_server --root a": ["a folder"],
                "framecat ": ["connect", "decode", "encode", "listen", "watch"],
                "framecat decode --max-b": ["--max-body"],
                "framecat encode --max-b": none,
                "framecat decode a": both,
                "file_client h:1 s": ["stat", "sum"],
                "file_client h:1 put a": both,
                "file_client h:1 put --sum ": ["none", "sha256", "xxh128"],
                "file_client h:1 sum --sum ": ["sha256", "xxh128"]}.items():
            with self.subTest(line):
                self.assertEqual(self.completions(line), expected)


@unittest.skipUnless(shutil.which("zsh"), "zsh not found")
class Zsh(unittest.TestCase):

    def test_completions_are_well_formed(self):
        for program in EVERY_PROGRAM:
            with self.subTest(program):
                text = run(program, "--describe-for", "zsh").stdout
                self.assertTrue(text.startswith(f"#compdef {program}\n".encode()))
                checked = subprocess.run(["zsh", "-n"], input=text, capture_output=True, timeout=50)
                self.assertEqual((checked.returncode, checked.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
