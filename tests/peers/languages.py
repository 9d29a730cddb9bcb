# SPDX-License-Identifier: MIT
"""The peers in other languages: what they need, how each is built, checked and started."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from helpers.program import environment, programs

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77  # what ctest takes for a test that did not run
PACKAGES = "FRAMING_PEER_PACKAGES" in os.environ  # whether packages are built, too; some are slow


class Language:
    """A peer in a language of its own, built in a copy, so that nothing is left in the sources."""

    name = ""
    tools = {}  # the program: its Debian package

    def __init__(self):
        self.source = ROOT / "examples" / "peers" / self.name
        self.folder = pathlib.Path(programs).parent / "peers" / self.name
        self.environment = {**environment, "FRAMING_VECTORS": str(ROOT / "tests" / "vectors")}

    def missing(self):
        """What is not installed, or None."""
        for tool, package in self.tools.items():
            if not shutil.which(tool):
                return f"{tool} not found (Debian: {package})"
        return None

    def build(self):
        """Builds it once; what has not changed is not built again."""
        shutil.copytree(self.source, self.folder, dirs_exist_ok=True)
        for command in self.building():
            self.run(*command)

    def run(self, *command, **options):
        """Runs a command that must succeed and, of what its language's tools say, print it."""
        result = subprocess.run(command, cwd=self.folder, env=self.environment, timeout=120,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        assert result.returncode == 0, f"{command}\n{result.stdout.decode(errors='replace')}"
        return result.stdout.decode()

    def building(self):
        """The commands that build it."""
        return []

    def checks(self):
        """The commands by which its own tools judge it; its package is built, too."""
        return []

    def command(self, what):
        """How `what` is started: decode, bench, echo_client, echo_server, chat_client,
        shell_client."""
        raise NotImplementedError

    def bench(self):
        """How its benchmark is started, in its folder."""
        return self.command("bench")

    def start(self, what, *arguments, **options):
        return subprocess.Popen([*self.command(what), *map(str, arguments)],
                                env=self.environment, **options)

    def output(self, what, *arguments, stdin=b""):
        return subprocess.run([*self.command(what), *map(str, arguments)], input=stdin,
                              capture_output=True, env=self.environment, timeout=50)


class Python(Language):
    name = "python"
    tools = {"python3": "python3"}

    def checks(self):
        sources = sorted(path.name for path in self.source.glob("*.py"))
        yield [sys.executable, "-W", "error", "-m", "py_compile", *sources]
        if installed("pyflakes"):
            yield [sys.executable, "-m", "pyflakes", *sources]
        if is_version("black", 23):
            yield ["black", "--check", "-q", "."]
        if is_version("mypy", 1, 0):
            yield ["mypy"]
        yield [sys.executable, "-W", "error", "-m", "unittest", "-q"]
        if PACKAGES and installed("setuptools", "wheel", "pip"):
            yield [sys.executable, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps",
                   "--no-build-isolation", "-w", "wheel", "."]

    def command(self, what):
        if what in ("bench", "decode"):
            return [sys.executable, str(self.folder / "framing.py"), what]
        return [sys.executable, str(self.folder / f"{what}.py")]


class JavaScript(Language):
    name = "javascript"
    tools = {"node": "nodejs"}

    def checks(self):
        for path in sorted(self.source.glob("*.js")):
            yield ["node", "--check", path.name]
        yield ["node", "--test"]
        if PACKAGES and shutil.which("npm"):
            yield ["npm", "pack", "--dry-run", "--offline"]

    def command(self, what):
        if what in ("bench", "decode"):
            return ["node", str(self.folder / "cli.js"), what]
        return ["node", str(self.folder / f"{what}.js")]


class Go(Language):
    name = "go"
    tools = {"go": "golang-go"}

    def __init__(self):
        super().__init__()
        self.environment.update(GOPROXY="off", GOTOOLCHAIN="local")

    def building(self):
        yield ["go", "build", "-o", "peer", "./cmd/peer"]

    def checks(self):
        yield ["sh", "-c", "test -z \"$(gofmt -d . | tee /dev/stderr)\""]
        yield ["go", "vet", "./..."]
        yield ["go", "test", "."]

    def command(self, what):
        return [str(self.folder / "peer"), what]


class Rust(Language):
    name = "rust"
    tools = {"cargo": "cargo", "rustc": "rustc"}

    def building(self):
        yield ["cargo", "build", "--offline", "-q"]

    def checks(self):
        if shutil.which("rustfmt"):
            yield ["cargo", "fmt", "--check"]
        if is_version("cargo-clippy", 0, 1, 63):
            yield ["cargo", "clippy", "--offline", "-q", "--all-targets", "--", "-D", "warnings"]
        yield ["cargo", "test", "--offline", "-q"]
        if PACKAGES:
            yield ["cargo", "package", "--offline", "-q", "--allow-dirty"]

    def command(self, what):
        return [str(self.folder / "target" / "debug" / "peer"), what]

    def bench(self):
        return ["cargo", "run", "--offline", "-q", "--release", "--", "bench"]


class Java(Language):
    name = "java"
    tools = {"javac": "openjdk-17-jdk-headless", "java": "openjdk-17-jre-headless"}
    # A program that runs for less than a second has no use for the second compiler.
    run_by = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]

    def __init__(self):
        super().__init__()
        self.environment["LC_ALL"] = "C.UTF-8"  # what the arguments are in

    def building(self):
        sources = sorted(path.relative_to(self.source) for path in self.source.rglob("*.java"))
        classes = self.folder / "classes"
        newest = max((self.source / path).stat().st_mtime for path in sources)
        if not classes.exists() or classes.stat().st_mtime < newest:
            shutil.rmtree(classes, ignore_errors=True)
            yield ["javac", "-Xlint:all", "-Werror", "-encoding", "UTF-8", "--release", "17",
                   "-d", "classes", *map(str, sources)]

    def checks(self):
        yield [*self.run_by, "-cp", "classes", "framing.FramingTest",
               self.environment["FRAMING_VECTORS"]]
        if PACKAGES and shutil.which("mvn"):
            yield ["mvn", "-q", "-s", str(ROOT / "tests" / "peers" / "maven-settings.xml"),
                   f"-Dmaven.repo.local={self.folder / 'repository'}", "package"]

    def command(self, what):
        return [*self.run_by, "-cp", str(self.folder / "classes"), "framing.peer.Main", what]

    def bench(self):
        return ["java", "-cp", "classes", "framing.peer.Main", "bench"]


def is_version(tool, *version):
    """Whether it is there in the version of Debian 12: each has its own taste."""
    if not shutil.which(tool):
        return False
    said = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"[0-9]+(\.[0-9]+)+", said)
    return bool(found) and found[0].split(".")[:len(version)] == [str(n) for n in version]


def installed(*modules):
    return subprocess.run([sys.executable, "-c", f"import {', '.join(modules)}"],
                          stderr=subprocess.DEVNULL).returncode == 0


LANGUAGES = {language.name: language for language in (Python, JavaScript, Go, Rust, Java)}


