#!/usr/bin/env python3
"""Shows that the tests notice small mistakes in the core.

Makes each change of mutants/*.txt to a copy of the tree, one at a time, and runs the tests named
beside it, then, if those see nothing, all tests of the core. A change that none notices survives:
a test is missing. Exit status 0: none does, and all can be made. See build/mutation/results.txt.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORE = "include/framing/"
WORK = ROOT / "build/mutation"
SOURCE = WORK / "source"
BUILD = WORK / "build"
OBJECTS = "tests/CMakeFiles/framing_tests.dir/"
DOCTEST = BUILD / "tests/CMakeFiles/framing_doctest.dir/helpers/doctest_main.cpp.o"
FLAGS = "-O0 -D_GLIBCXX_ASSERTIONS -fsanitize=address"
PACKAGES = "clang libclang-rt-dev cmake ninja-build nlohmann-json3-dev doctest-dev"

# A change may loop for ever, or ask for all the memory.
SECONDS_A_FILE = 120
SECONDS_A_TEST = 600
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "hard_rss_limit_mb=4096"}

CTEST = ["ctest", "--test-dir", BUILD, "--output-on-failure", "--timeout", str(SECONDS_A_TEST)]
ALL_TESTS = [*CTEST, "--stop-on-failure", "--label-regex", "core"]


@dataclasses.dataclass
class Mutant:
    """One change to a file of the core, and what is to notice it."""

    name: str
    file: str
    tests: list
    original: str = ""
    replacement: str = ""
    equivalent: str = ""

    def __str__(self):
        return f"{self.file}: {self.name}"


def read_mutants(path):
    """The mutants of a file: of each what goes wrong (mutant), the text that is there once (-) and
    what stands there then (+); before them, where (file) and which tests look at it first (tests).
    One that changes nothing a test could see has the reason (equivalent)."""
    mutants, file, tests = [], "", []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        word, _, rest = line.partition(" ")
        if word == "file":
            file = rest
        elif word == "tests":
            tests = rest.split()
        elif word == "mutant":
            mutants.append(Mutant(rest, file, tests))
        elif word == "-":
            mutants[-1].original += rest + "\n"
        elif word == "+":
            mutants[-1].replacement += rest + "\n"
        elif word == "equivalent":
            mutants[-1].equivalent = rest
        elif word and not word.startswith("#"):
            sys.exit(f"{path}:{number}: what is a line of '{word}'?")
    for mutant in mutants:
        mutant.original = mutant.original.removesuffix("\n")
        mutant.replacement = mutant.replacement.removesuffix("\n")
    return mutants


def run(command, seconds=None):
    """Returns: whether it succeeded, and what it printed."""
    try:
        done = subprocess.run(command, cwd=SOURCE, env=ENVIRONMENT, timeout=seconds, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired:
        return False, "timeout"


def must_run(command):
    good, output = run(command)
    if not good:
        sys.exit(f"{output[-3000:]}\nfailed before anything was changed: {command}")


def copy_tree():
    """Leaves alone what is the same, so that it is not built again."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    wanted = {path for path in listed.split("\0") if path and (ROOT / path).is_file()}
    for path in wanted:
        content, target = (ROOT / path).read_bytes(), SOURCE / path
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    for target in SOURCE.rglob("*"):
        if target.is_file() and str(target.relative_to(SOURCE)) not in wanted:
            target.unlink()


def build_of(target):
    return ["cmake", "--build", BUILD, "--target", target]


def prepare():
    print(f"Building {BUILD.relative_to(ROOT)}, unchanged", flush=True)
    copy_tree()
    must_run(["cmake", "--preset", "dev", "-B", BUILD, "-D", "CMAKE_CXX_FLAGS=-w",
              "-D", "CMAKE_BUILD_TYPE=Mutation", "-D", f"CMAKE_CXX_FLAGS_MUTATION={FLAGS}",
              "-D", "FRAMING_BUILD_EXAMPLES=OFF", "-D", "FRAMING_INSTALL=OFF",
              "-D", "CMAKE_UNITY_BUILD=OFF",  # judge_alone builds and runs one file of them
              "-D", "CMAKE_PROJECT_framing_INCLUDE=tests/mutation/precompile.cmake"])
    must_run(build_of("framing_core_tests"))
    must_run(ALL_TESTS)


SURVIVED = "survived", "no test has noticed"


def first_complaint(output):
    """The line of a test's output that says best what it has noticed."""
    if failed := re.search(r"([\w.]+:\d+): (?:FATAL )?ERROR: ", output):
        cases = re.findall(r"TEST CASE: +(.*)", output[:failed.start()])
        return f'"{cases[-1]}" ({failed[1]})'
    if bad := re.search(r"AddressSanitizer: ([\w-]+)", output):
        places = re.findall(r" in (framing::[\w:~]+)", output)
        return " in ".join([bad[1], *places[:1]])
    found = re.search(r"Assertion .*|timeout|\*\*\*.*", output, re.IGNORECASE)
    return found[0] if found else "it crashed"


def verdict_of_build(output):
    """A compiler may notice too: by a static_assert, or where a constant is computed."""
    noticed = re.search(r"([\w.]+:\d+):.* error: .*(static.assert.*|constant expression)", output)
    if noticed:
        return "compiler", f"{noticed[1]}: {noticed[2]}"
    return "broken", f"does not compile: {re.search('error: .*|$', output)[0]}"


def judge_alone(test):
    """Builds and runs one file of the unit tests, or runs a test that needs no build."""
    if not (SOURCE / f"tests/core/{test}.cpp").exists():
        good, output = run([*CTEST, "--tests-regex", f"^{test}$"])
        return SURVIVED if good else ("killed", f"{test}: {first_complaint(output)}")
    program = BUILD / "alone"
    objects = [BUILD / OBJECTS / f"{name}.cpp.o"
               for name in ("helpers/counting_allocator", f"core/{test}")]
    good, output = run(build_of(f"{OBJECTS}core/{test}.cpp.o"))
    if not good:
        return verdict_of_build(output)
    must_run(["clang++", *FLAGS.split(), DOCTEST, *objects, "-o", program])
    good, output = run([program, "--abort-after=1", "--no-colors"], SECONDS_A_FILE)
    return SURVIVED if good else ("killed", f"{test}: {first_complaint(output)}")


def judge_by_all():
    good, output = run(build_of("framing_core_tests"))
    if not good:
        return verdict_of_build(output)
    good, output = run(ALL_TESTS)
    if good:
        return SURVIVED
    failed = re.search(r"Test +#\d+: (\w+) \.*\*\*\*", output)
    return "killed", f"{failed[1] if failed else 'ctest'}: {first_complaint(output)}"


def judge(mutant, quick):
    """What becomes of a mutant: one word, and the reason."""
    for test in mutant.tests:
        outcome = judge_alone(test)
        if outcome is not SURVIVED:
            return ("broken", f"not equivalent: {outcome[1]}") if mutant.equivalent else outcome
    # That an equivalent one changes nothing is for its reason to show, not for all the tests.
    if mutant.equivalent:
        return "equivalent", mutant.equivalent
    return SURVIVED if quick else judge_by_all()


def text_to_change(mutant, root):
    """The text of the mutant's file; nothing where the mutant cannot be made."""
    path = root / CORE / mutant.file
    text = path.read_text() if path.exists() else ""
    return text if mutant.original and text.count(mutant.original) == 1 else ""


def try_out(mutant, quick):
    path = SOURCE / CORE / mutant.file
    text = text_to_change(mutant, SOURCE)
    if not text:
        return "broken", "does not apply: its original text is not there once"
    path.write_text(text.replace(mutant.original, mutant.replacement))
    try:
        return judge(mutant, quick)
    finally:
        path.write_text(text)


def without_mutants(mutants):
    """Files of the core that no mutant changes; the umbrellas hold nothing to change, and net/ is
    no part of it."""
    files = {str(path.relative_to(ROOT / CORE)) for path in (ROOT / CORE).rglob("*.hpp")
             if "net" not in path.relative_to(ROOT / CORE).parts}
    return sorted(files - {mutant.file for mutant in mutants} - {"framing.hpp", "net.hpp"})


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*",
                        help="only those whose file and name, as listed, hold this text")
    parser.add_argument("--list", action="store_true",
                        help="say which mutants there are and whether they can be made, and stop")
    parser.add_argument("--quick", action="store_true",
                        help="run no more than the tests that are named beside a mutant")
    parser.add_argument("--no-install", action="store_true",
                        help="leave the system alone: say what to type, and go on if possible")
    arguments = parser.parse_args()

    all_mutants = [mutant for path in sorted((ROOT / "tests/mutation/mutants").glob("*.txt"))
                   for mutant in read_mutants(path)]
    mutants = [mutant for mutant in all_mutants
               if not arguments.names or any(name in str(mutant) for name in arguments.names)]
    if arguments.list:
        broken = [mutant for mutant in mutants if not text_to_change(mutant, ROOT)]
        for mutant in mutants:
            print(f"{mutant} | cannot be made" if mutant in broken else mutant)
        return 1 if broken else 0

    install = "no" if arguments.no_install else "yes"
    subprocess.run(["sh", "-euc", f". scripts/shared.sh; install={install}; packages {PACKAGES}"],
                   cwd=ROOT, check=True)
    prepare()
    counts = dict.fromkeys(("killed", "compiler", "equivalent", "survived", "broken"), 0)
    begin = time.monotonic()
    with (WORK / "results.txt").open("w") as results:
        def report(line):
            print(line, flush=True)
            print(line, file=results, flush=True)

        for file in without_mutants(all_mutants):
            counts["broken"] += 1
            report(f"broken      no mutant changes {file}")
        for mutant in mutants:
            start = time.monotonic()
            word, reason = try_out(mutant, arguments.quick)
            counts[word] += 1
            report(f"{word:10} {time.monotonic() - start:5.1f} s  {mutant} | {reason}")
        report(f"{len(mutants)} mutants in {time.monotonic() - begin:.0f} s: " +
               ", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["survived"] or counts["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
