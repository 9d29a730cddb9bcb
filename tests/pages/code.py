#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles the code of the pages, runs what is to be run, and compares what it prints.

    python3 -B tests/pages/code.py [--programs FOLDER] [--keep FOLDER] COMPILER [FLAG...]

What is the same in both languages is compiled once, and run once. What stands in a source of
`examples` is compiled there. Sources that begin with the same include share it precompiled, so that
each is compiled as it stands, in a fraction of the time; fragments that have no names in namespace
framing are compiled together.
"""

import argparse
import ast
import concurrent.futures
import hashlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from typing import Dict, Iterator, List, NamedTuple, Optional

import pages
from pages import CHINESE, ENGLISH, ROOT, Block

INCLUDE = re.compile(r"^#include [^\n]*\n", re.M)
CORE = "#include <framing/framing.hpp>\n"
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
FRAGMENT_WARNINGS = ["-Wall", "-Werror", "-Wno-unused"]
SECONDS = 30


def is_built(block: Block) -> bool:
    return block.use in ("run", "server", "client")


def name_of(block: Block) -> str:
    return hashlib.sha256(block.without_comments().encode()).hexdigest()[:16]


class Source(NamedTuple):
    """A translation unit: its includes, and the rest."""
    includes: List[str]
    text: str
    block: Block  # the first of those that are in it


def source_of(block: Block) -> Source:
    """With the lines of the page, so that a compiler names these."""
    marked = f'#line {block.line + 1} "{block.page}"\n' + INCLUDE.sub("\n", block.text)
    if block.is_program():
        return Source(INCLUDE.findall(block.text), marked, block)
    before, _, behind = INCLUDE.sub("", block.around).partition("...\n")
    return Source(INCLUDE.findall(block.around) or [CORE], before + marked + behind, block)


def sources_of(blocks: List[Block]) -> Iterator[Source]:
    together: Dict[str, List[Source]] = {}
    for source in map(source_of, blocks):
        if source.block.is_program() or "framing::header_traits" in source.text:
            yield source
        else:
            together.setdefault(source.includes[0], []).append(source)
    for fragments in together.values():
        text = "".join(f"namespace fragment_{number} {{\n{fragment.text}}}\n"
                       for number, fragment in enumerate(fragments))
        includes = dict.fromkeys(line for fragment in fragments for line in fragment.includes)
        yield Source(list(includes), text, fragments[0].block)


class Compiler:
    def __init__(self, command: List[str], folder: pathlib.Path):
        self.command = command + ["-std=c++20", "-O0", "-I", str(ROOT / "include")]
        self.folder = folder
        version = subprocess.run([command[0], "--version"], stdout=subprocess.PIPE, check=True)
        is_clang = b"clang" in version.stdout
        self.suffix = ".pch" if is_clang else ".gch"
        self.for_headers = ["-fpch-instantiate-templates"] if is_clang else []

    def run(self, *words: str) -> Optional[str]:
        """What it has to say, if it fails."""
        result = subprocess.run([*self.command, *words], stderr=subprocess.STDOUT,
                                stdout=subprocess.PIPE)
        return result.stdout.decode() if result.returncode != 0 else None

    def precompile(self, include: str) -> pathlib.Path:
        header = self.folder / (hashlib.sha256(include.encode()).hexdigest()[:16] + ".hpp")
        header.write_text(include, encoding="utf-8")
        self.run(*self.for_headers, "-x", "c++-header", str(header), "-o",
                 str(header) + self.suffix)
        return header

    def compile(self, source: Source, header: Optional[pathlib.Path]) -> Optional[str]:
        path = self.folder / (name_of(source.block) + ".cpp")
        path.write_text("".join([*source.includes[1 if header else 0:], source.text]),
                        encoding="utf-8")
        words = ["-include", str(header)] if header else []
        words += WARNINGS if source.block.is_program() else FRAGMENT_WARNINGS
        words += ["-o", str(path.with_suffix(""))] if is_built(source.block) else ["-fsyntax-only"]
        return self.run(*words, str(path))


def compile_all(compiler: Compiler, blocks: List[Block]) -> List[str]:
    groups: Dict[str, List[Source]] = {}
    for source in sources_of(blocks):
        groups.setdefault(source.includes[0], []).append(source)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        headers = {include: pool.submit(compiler.precompile, include)
                   for include, group in groups.items() if len(group) > 1}
        headers = {include: header.result() for include, header in headers.items()}
        sources = [source for group in groups.values() for source in group]
        said = pool.map(lambda source: compiler.compile(source, headers.get(source.includes[0])),
                        sources)
        return [f"{source.block.place}: does not compile:\n{text}"
                for source, text in zip(sources, said) if text is not None]


def code_of(all_pages: List[pathlib.Path]) -> List[Block]:
    """What is to be compiled."""
    elsewhere = "".join(path.read_text(encoding="utf-8")
                        for path in sorted((ROOT / "examples").rglob("*.cpp")))
    code: Dict[str, Block] = {}
    for page in all_pages:
        for block in pages.blocks_of(page):
            if block.language == "cpp" and (block.use or block.text not in elsewhere):
                code.setdefault(block.without_comments(), block)
    return list(code.values())


class Server:
    """Runs as long as the context."""

    def __init__(self, command: List[str], environment: Dict[str, str]):
        self.process = subprocess.Popen([*command, "127.0.0.1:0"], env=environment,
                                        stdout=subprocess.PIPE)
        self.line = self.process.stdout.readline().decode()

    def __enter__(self) -> str:
        return self.line.rpartition(" ")[2].strip()

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.returncode = self.process.wait(SECONDS)
        self.process.stdout.close()


class Page:
    """Runs the programs of a page, from its first block to its last."""

    def __init__(self, page: pathlib.Path, folder: pathlib.Path, programs: Optional[str]):
        self.page = page
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(folder)}
        if programs is not None:
            self.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
        self.programs = programs
        self.failures: List[str] = []

    def command(self, block: Block) -> List[str]:
        if block.language == "python":
            return [sys.executable, "-B", "-c", block.text]
        return [str(self.folder / name_of(block))]

    def output_of(self, block: Block, *arguments: str) -> str:
        result = subprocess.run([*self.command(block), *arguments], env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        if result.returncode != 0:
            self.failures.append(f"{block.place}: ended with {result.returncode}")
        return result.stdout.decode()

    def outputs_of(self, block: Block, servers: List[Block]) -> List[str]:
        if block.use == "run":
            return [self.output_of(block)]
        outputs = []
        for server in servers:
            process = Server(self.command(server), self.environment)
            with process as address:
                outputs.append(self.output_of(block, address))
            if process.returncode != 0 and server.language == "cpp":
                self.failures.append(f"{server.place}: ended with {process.returncode}")
        return outputs

    def compare(self, block: Block, outputs: List[str]) -> None:
        lines = block.text.splitlines()
        if block.language == "console":
            lines = [line for line in lines if not re.match(r"\$ |listening on ", line)]
        if not outputs:
            self.failures.append(f"{block.place}: nothing above it prints anything")
        for output in outputs:
            if output.splitlines() != lines:
                self.failures.append(f"{block.place}: printed is\n{output}")

    def run_console(self, block: Block) -> None:
        for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
            command, _, expected = part.partition("\n")
            with tempfile.TemporaryDirectory() as empty:
                result = subprocess.run(["sh", "-c", command], cwd=empty, timeout=SECONDS,
                                        env=self.environment, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
            if result.stdout.decode() != expected:
                self.failures.append(f"{block.place}: {command}\n{result.stdout.decode()}")

    def check(self) -> List[str]:
        servers: List[Block] = []
        outputs: List[str] = []
        all_outputs: List[str] = []
        blocks = pages.blocks_of(self.page)
        for block in blocks:
            if block.use.startswith("module "):
                name = block.use.partition(" ")[2]
                (self.folder / f"{name}.py").write_text(block.text, encoding="utf-8")
            elif block.use == "server":
                servers.append(block)
            elif block.use in ("run", "client") and block.language != "console":
                outputs = self.outputs_of(block, servers)
                all_outputs += outputs
            elif block.use == "output":
                self.compare(block, outputs)
            elif block.use == "run" and self.programs is not None:
                self.run_console(block)
            elif block.language == "python" and not block.use:
                ast.parse(block.text)
        printed = {line for output in all_outputs for line in output.splitlines()}
        for block in blocks:
            if block.use == "printed" and not printed.issuperset(block.text.splitlines()):
                self.failures.append(f"{block.place}: is printed by no program of the page")
        return self.failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", help="the folder of those that commands run")
    parser.add_argument("--keep", type=pathlib.Path, help="where what is compiled is left")
    parser.add_argument("compiler", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        code = code_of(ENGLISH + CHINESE)
        failures = compile_all(Compiler(arguments.compiler, folder), code)
        if not failures:
            for page in ENGLISH:
                failures += Page(page, folder, arguments.programs).check()
    for failure in failures:
        print(failure)
    print(f"{len(code)} blocks of C++, {len(failures)} failures")
    return 1 if failures or not code else 0


if __name__ == "__main__":
    sys.exit(main())
