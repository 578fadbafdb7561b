"""What the architecture tests look at: the files that git knows or would add, and what Python files import."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROXY_SOURCES = "ami_build/proxy/"
"""Folder that stands on the Python path beside the root; packages below it are named without it."""


@functools.cache
def files(suffix: str = "") -> tuple[str, ...]:
    """Return the paths, relative to the root, of all files that are not ignored and whose name ends so."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = {name for name in listing.split("\0") if name}
    return tuple(sorted(name for name in known if name.endswith(suffix) and (ROOT / name).is_file()))


def sources() -> tuple[str, ...]:
    """Return all Python files outside `tests/`."""
    return tuple(name for name in files(".py") if not name.startswith("tests/"))


@functools.cache
def text(name: str) -> str:
    """Return a file's text; bytes that are no UTF-8 are replaced."""
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


@functools.cache
def tree(name: str) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(text(name), filename=name)


def module(name: str) -> str:
    """Return a file's dotted module name, for example `config.loader`."""
    return name.removeprefix(PROXY_SOURCES).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True)
class Import:
    """One imported name, as a dotted path; `from a import b` gives `a.b`, which may be a module or a name in it."""

    file: str
    line: int
    target: str

    def is_of(self, *packages: str) -> bool:
        """Return whether it comes from one of the packages."""
        return any(self.target == package or self.target.startswith(f"{package}.") for package in packages)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target}"


def imports(name: str) -> Iterator[Import]:
    """Yield what a Python file imports, anywhere in it."""
    package = module(name).split(".") if name.endswith("__init__.py") else module(name).split(".")[:-1]
    for node in ast.walk(tree(name)):
        match node:
            case ast.Import():
                targets = [alias.name for alias in node.names]
            case ast.ImportFrom():
                above = package[: len(package) - node.level + 1] if node.level else []
                start = ".".join([*above, *([node.module] if node.module else [])])
                targets = [f"{start}.{alias.name}" for alias in node.names]
            case _:
                continue
        yield from (Import(name, node.lineno, target) for target in targets)


def listed(findings: object) -> str:
    """Return findings as an assertion's message shows them best: one per line."""
    return "\n" + "\n".join(sorted(map(str, findings)))  # type: ignore[call-overload]
