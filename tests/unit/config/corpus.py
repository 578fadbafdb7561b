"""Read the corpus of broken configurations in `tests/unit/config/broken`, and load one of them as `cdk synth` would.

A file holds cases one after another: lines `=== path: words` for each problem that has to be reported, no more and no
less, with `.` for the file as a whole, then the text of the environment's file. Lines `=== @…` set the scene: the name
of an environment, `@set path=value`, or `@variable NAME=value`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import ConfigurationError, load
from config.loader import ENVIRONMENTS

FOLDER = Path(__file__).parent / "broken"


@dataclass
class Case:
    """One broken configuration.

    :param expected: path and words of each problem that has to be told.
    """

    name: str
    text: str = ""
    environment: str = "development"
    expected: list[tuple[str, str]] = field(default_factory=list)
    assignments: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def error(self, folder: Path) -> ConfigurationError | None:
        """Load it, and return what it is refused with, if it is.

        :param folder: an empty one, which the files are written to.
        """
        shutil.copy(ENVIRONMENTS / "base.yaml", folder)
        (folder / f"{self.environment}.yaml").write_text(self.text, encoding="utf-8")
        try:
            load(self.environment, overrides=self.assignments, environ=self.variables, folder=folder)
        except ConfigurationError as error:
            return error
        return None


def cases() -> Iterator[Case]:
    """Yield all cases of all files."""
    for file in sorted(FOLDER.glob("*.txt")):
        case: Case | None = None
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(keepends=True), 1):
            if not line.startswith("=== "):
                if case:
                    case.text += line
                continue
            if case is None or case.text:
                if case:
                    yield case
                case = Case(f"{file.name}:{number}")
            _read(case, line.removeprefix("=== ").rstrip("\n"))
        if case:
            yield case


def _read(case: Case, line: str) -> None:
    match line.split(" ", 1):
        case ["@set", assignment]:
            case.assignments.append(assignment)
        case ["@variable", assignment]:
            name, _, value = assignment.partition("=")
            case.variables[name] = value
        case [environment] if environment.startswith("@"):
            case.environment = environment.removeprefix("@")
        case _:
            path, _, words = line.partition(": ")
            case.expected.append((path if path != "." else "", words))
