#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the doc comments of the public headers to what docs/reference/main.md promises of them.

    python3 tests/reference.py DOXYGEN FOLDER

Doxygen itself says what has no comment. Beyond that, of each public function:

- what it returns is said: by `Returns:`, or the comment begins with what that is ("The bytes ...",
  "Whether ..."); an operation that takes a completion token says its signature, `void(...)`;
- unless it is noexcept, `Throws:` says what: by itself, or for all functions of its class;
- of a view, a pointer or an iterator that it gives is said how long it lives, or its class says by
  `Invalidates:` which of its functions end it;
- what waits says what a cancellation does, or its class does; a class that changes says what threads
  may do.

"As `f`" stands for what is said of f, "As above" for what is said of the function before. No comment
only repeats a name; of the values of an enum each has one, or none.
"""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from typing import Dict, Iterator, List, Set, Tuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"

# How a comment begins that says what a function gives.
THINGS = set("a all an as how nothing one room the those what when where whether which".split())
FILLERS = THINGS | set("and are at be by for from has have in is it its of on or that this to with".split())
GIVES_VIEW = re.compile(r"\*|\b(span|\w+_view|iterator|frames)\b")
SAYS_LIFE = re.compile(r"\b(lives?|outlives?|views?|static|owns|not copied)\b", re.IGNORECASE)
SAYS_WHAT = re.compile(r"std::\w+|_error\b|\bnothing\b|\bwhat\b.*\b(throws?|thrown|does)\b|^as\b")
LIKE_ANOTHER = re.compile(r"\b[Aa]s (?:in |of |for )?(?:above|`([\w:]+)`)")


@dataclasses.dataclass
class Comment:
    """What is said of a name."""

    text: str = ""
    sections: Dict[str, str] = dataclasses.field(default_factory=dict)

    def begins_with_thing(self) -> bool:
        return self.text.split(" ", 1)[0].lower() in THINGS


def read_comment(node: xml.Element) -> Comment:
    """The text of a comment, code in backquotes, and the sections in it."""
    comment = Comment()

    def flat(element: xml.Element) -> str:
        if element.tag == "simplesect":
            title = element.findtext("title") or element.get("kind", "")
            body = " ".join(flat(part) for part in element.findall("para"))
            comment.sections[title.lower()] = " ".join(body.split())
            return f"{body}{element.tail or ''}"
        inner = (element.text or "") + "".join(flat(child) for child in element)
        if element.tag == "computeroutput":
            inner = f"`{inner}`"
        elif element.tag == "para":
            inner += " "
        return inner + (element.tail or "")

    for tag in ("briefdescription", "detaileddescription"):
        found = node.find(tag)
        if found is not None:
            comment.text += flat(found)
    comment.text = " ".join(comment.text.split())
    return comment


@dataclasses.dataclass
class Function:
    name: str
    arguments: str
    result: str
    place: str
    changes: bool  # the object that it is called on
    comment: Comment

    def gives(self) -> str:
        """The types of what it gives, also by a completion token, but for references."""
        result = "" if self.result.endswith("&") else self.result
        return result + "".join(re.findall(r"`void\(.*?\)`", self.comment.text))

    def is_awaited(self) -> bool:
        return "awaitable<" in self.result

    def takes_token(self) -> bool:
        return "Token &&token" in self.arguments

    def is_noexcept(self) -> bool:
        return bool(re.search(r"\bnoexcept\b|=default$", self.arguments)) or self.name.startswith("~")

    def gives_nothing(self) -> bool:
        done = re.fullmatch(r"(constexpr|void|explicit| )*|asio::awaitable<void>", self.result)
        return bool(done) or self.name == "operator="


@dataclasses.dataclass
class Scope:
    """A class, or a namespace."""

    name: str
    is_class: bool
    comment: Comment
    functions: List[Function]

    def changes(self) -> bool:
        return self.is_class and any(function.changes for function in self.functions)


def read_scopes(folder: pathlib.Path) -> Iterator[Scope]:
    for path in sorted(folder.glob("*.xml")):
        for compound in xml.parse(path).getroot().findall("compounddef"):
            kind = compound.get("kind")
            if kind in ("class", "struct", "namespace") and compound.get("prot") != "private":
                functions = [
                    read_function(member)
                    for member in sorted(compound.iter("memberdef"), key=place_of)
                    if member.get("prot") == "public"
                    and member.get("kind") in ("function", "friend")
                ]
                name = compound.findtext("compoundname", "")
                yield Scope(name, kind != "namespace", read_comment(compound), functions)


def place_of(member: xml.Element) -> Tuple[str, int]:
    location = member.find("location")
    assert location is not None
    return location.get("file", ""), int(location.get("line", "0"))


def read_function(member: xml.Element) -> Function:
    def text(tag: str) -> str:
        found = member.find(tag)
        return "".join(found.itertext()) if found is not None else ""

    result = re.sub(r"\s*([<>])\s*", r"\1", text("type"))
    name = text("name")
    if name.startswith("operator ") and not result:  # a conversion
        result = name.removeprefix("operator ")
    place = "include/{}:{}: ".format(*place_of(member)) + name
    changes = (
        member.get("kind") == "function"
        and member.get("const") == member.get("static") == "no"
        and name != "operator="
        and name.removeprefix("~") not in re.sub("<.*>", "", text("qualifiedname")).split("::")[:-1]
    )
    return Function(name, text("argsstring"), result, place, changes, read_comment(member))


class Judge:
    """Says what is missing."""

    def __init__(self, scopes: List[Scope]) -> None:
        self.scopes = scopes
        self.functions = sum(len(scope.functions) for scope in scopes)
        self.missing: List[str] = []

    def judge(self) -> None:
        for scope in self.scopes:
            self.judge_scope(scope)
            for number, function in enumerate(scope.functions):
                self.judge_function(scope, function, self.known_of(scope, number))

    def known_of(self, scope: Scope, number: int) -> List[Comment]:
        """All that is said of a function: by itself, and by those that it refers to."""
        result: List[Comment] = []
        waiting = [(scope, number)]
        while waiting:
            scope, number = waiting.pop()
            comment = scope.functions[number].comment
            if comment in result:
                continue
            result.append(comment)
            for match in LIKE_ANOTHER.finditer(comment.text):
                if match[1] is not None:
                    waiting += self.find(scope, match[1])
                elif number != 0:
                    waiting.append((scope, number - 1))
        return result

    def find(self, scope: Scope, name: str) -> List[Tuple[Scope, int]]:
        """The functions of that name, in the same scope or in the one that is named."""
        for other in [scope, *self.scopes]:
            found = [
                (other, number)
                for number, function in enumerate(other.functions)
                if f"::{other.name}::{function.name}".endswith(f"::{name}")
            ]
            if found:
                return found
        return []

    def judge_scope(self, scope: Scope) -> None:
        if "invalidates" in scope.comment.sections:
            names = re.findall(r"`(\w+)`", scope.comment.sections["invalidates"])
            changing = {function.name for function in scope.functions if function.changes}
            if not changing.intersection(names):
                self.missing.append(f"{scope.name}: names no function that invalidates")
            for name in set(names) - {function.name for function in scope.functions}:
                self.missing.append(f"{scope.name}: has no {name} to invalidate")
        is_nested = any(other.is_class and scope.name.startswith(f"{other.name}::") for other in self.scopes)
        if scope.changes() and not is_nested and not re.search(r"\bthreads?\b", scope.comment.text):
            self.missing.append(f"{scope.name}: says nothing of threads")

    def judge_function(self, scope: Scope, function: Function, known: List[Comment]) -> None:
        own = function.comment
        said = " ".join(comment.text for comment in known)
        everything = f"{said} {scope.comment.text}"

        if not own.text:
            self.complain(function, "has no comment")
            return
        if function.takes_token() and "`void(" not in said:
            self.complain(function, "says no `void(...)` that it completes with")
        if not (function.gives_nothing() or function.takes_token()):
            if not any(c.begins_with_thing() or "return" in c.sections for c in known):
                self.complain(function, "does not say what it returns")

        throws = [comment.sections.get("throws", "") for comment in [*known, scope.comment]]
        if function.is_noexcept():
            if "throws" in own.sections:
                self.complain(function, "is noexcept, and says that it throws")
        elif not any(throws):
            self.complain(function, "does not say what it throws")
        elif not any(SAYS_WHAT.search(what) for what in throws):
            self.complain(function, "names nothing that it throws")

        if GIVES_VIEW.search(function.gives()) and "invalidates" not in scope.comment.sections:
            if not SAYS_LIFE.search(said if scope.changes() else everything):
                self.complain(function, "does not say how long lives what it gives")
        if function.is_awaited() or function.takes_token():
            if "ancel" not in everything:
                self.complain(function, "does not say what a cancellation does")
        if not words(own.text.split(". ")[0]) - words(function.name):
            self.complain(function, "says no more than its name")

    def complain(self, function: Function, what: str) -> None:
        self.missing.append(f"{function.place} {what}")


def words(text: str) -> Set[str]:
    found = {re.sub(r"(e?s|ed|ing)$", "", word) for word in re.findall(r"[a-z]+", text.lower())}
    return found - FILLERS


def run_doxygen(doxygen: str, output: pathlib.Path) -> str:
    """Writes XML in place of HTML. Returns: the warnings."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    settings = (FOLDER / "Doxyfile").read_text(encoding="utf-8") + f"""
        OUTPUT_DIRECTORY = "{output}"
        GENERATE_HTML = NO
        GENERATE_XML = YES
        XML_PROGRAMLISTING = NO
        """
    done = subprocess.run(
        [doxygen, "-"], cwd=ROOT, input=settings, capture_output=True, text=True, timeout=60
    )
    return done.stderr or ("doxygen failed" if done.returncode else "")


def half_described_enums(folder: pathlib.Path) -> Iterator[str]:
    for path in sorted(folder.glob("namespace*.xml")):
        for enum in xml.parse(path).getroot().iter("memberdef"):
            values = [bool(read_comment(value).text) for value in enum.findall("enumvalue")]
            if any(values) and not all(values):
                yield f"{enum.findtext('qualifiedname')}: some values have a comment, others have none"


def unlisted_headers() -> Iterator[str]:
    page = (FOLDER / "main.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\(@ref (framing/[\w/]+\.hpp)\)", page))
    include = ROOT / "include"
    public = {
        path.relative_to(include).as_posix()
        for path in include.rglob("*.hpp")
        if "detail" not in path.parts
    }
    for header in sorted(listed ^ public):
        yield f"docs/reference/main.md: {header} " + ("is none" if header in listed else "is missing")


def main() -> None:
    doxygen, folder = sys.argv[1:]
    output = pathlib.Path(folder).resolve()
    missing = run_doxygen(doxygen, output).splitlines()
    judge = Judge(list(read_scopes(output / "xml")))
    judge.judge()
    missing += judge.missing
    missing += [*half_described_enums(output / "xml"), *unlisted_headers()]
    for line in missing:
        print(line)
    if missing or judge.functions < 100:
        sys.exit(f"{len(missing)} faults, {judge.functions} functions")
    print(f"{judge.functions} functions say what they promise.")


if __name__ == "__main__":
    main()
