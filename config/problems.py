"""What can be wrong with a configuration, and how it is told to people and to programs.

A problem is plain data that says where, what, why and how to mend it. This module only shapes and prints problems; it
does not look for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    :param message: what is wrong, in lower case, without the path and without a full stop.
    :param path: dotted path of the key, for example `fleet.desired`; empty where the whole source is meant.
    :param source: file relative to the repository, `-c set` or `--set` as it was typed, or `environment variable NAME`.
    :param line: line in the file, from 1; `None` where the source is no file.
    :param column: column in the file, from 1; `None` where the source is no file.
    :param value: the bad value as text; `None` where there is none or where it may be a secret.
    :param allowed: the values or the range that would do.
    :param nearest: the known name that was probably meant.
    :param meaning: what the key is for, with its unit.
    :param mend: what to do now.
    """

    message: str
    path: str = ""
    source: str = ""
    line: int | None = None
    column: int | None = None
    value: str | None = None
    allowed: str | None = None
    nearest: str | None = None
    meaning: str | None = None
    mend: str | None = None

    def __str__(self) -> str:
        """Return one line that says where and what, and an indented line for each help there is."""
        where = ":".join(str(part) for part in (self.source, self.line, self.column) if part not in (None, ""))
        path = "" if self.message.startswith((f"{self.path} ", f"{self.path}:")) else self.path
        lines = [": ".join(part for part in (where, path, self.message) if part)]
        if self.nearest:
            lines.append(f'did you mean "{self.nearest}"?')
        if self.allowed:
            lines.append(f"allowed: {self.allowed}")
        if self.meaning:
            lines.append(f"meaning: {self.meaning}")
        if self.mend:
            lines.append(f"to mend it: {self.mend}")
        return "\n    ".join(lines)


class ConfigurationError(Exception):
    """The configuration of an environment cannot be used; carries every problem that was found.

    :param environment: name of the environment that was asked for.
    :param problems: at least one, in any order; they are kept in the order of their places.
    """

    def __init__(self, environment: str, problems: Iterable[Problem]) -> None:
        self.environment = environment
        self.problems = tuple(sorted(problems, key=_place))
        super().__init__(environment, self.problems)

    def __str__(self) -> str:
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        heading = f'the configuration of environment "{self.environment}" has {count}'
        return "\n".join([heading, *(str(problem) for problem in self.problems)])

    def to_json(self) -> str:
        """Return `{"environment": …, "problems": [{…}, …]}` for programs; keys are those of :class:`Problem`."""
        return json.dumps({"environment": self.environment, "problems": [asdict(problem) for problem in self.problems]})


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.source, problem.line or 0, problem.column or 0, problem.path
