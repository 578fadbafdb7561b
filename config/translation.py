"""Put pydantic's findings into words that help: where the value stands, what is allowed, what was probably meant.

It explains and never judges: whether a value is good is the models' affair.
"""

from __future__ import annotations

import datetime
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.models.rules import BrokenRulesError
from config.positions import Document, Path, Source, dotted, may_be_secret
from config.problems import Problem
from config.reference import Reference
from config.wording import words

_LONGEST_SHOWN = 120
_NOWHERE = Source("")


@dataclass(frozen=True)
class Finding:
    """A problem together with what has to do with it.

    :param paths: the keys that are bad, or that the broken rule names; a list stands for its items.
    """

    problem: Problem
    paths: frozenset[Path]


_YAML_KINDS = {bool: "a yes-or-no value", int: "a number", float: "a number", datetime.date: "a date"}


def translate(error: ValidationError, document: Document, reference: Reference) -> list[Finding]:
    """Return a finding for each place and rule that pydantic's errors are about.

    :param error: what validating `document.values` raised.
    :param document: the merged values with their places.
    :param reference: what the models say, for descriptions and known keys.
    """
    explain = _Explainer(document, reference)
    found = error.errors(include_url=False)
    inside_others = {details["loc"][:length] for details in found for length in range(len(details["loc"]))}
    told = [item for item in found if item["type"] != "too_short" or item["loc"] not in inside_others]
    return explain.findings(told)


class _Explainer:
    """Knows the merged values, where they stand, and what the models say."""

    def __init__(self, document: Document, reference: Reference) -> None:
        self._document = document
        self._reference = reference

    def findings(self, found: Iterable[ErrorDetails]) -> list[Finding]:
        """Return the findings; what several kinds of value would do at one place is told once.

        What a bad key holds is not judged.
        """
        findings: list[Finding] = []
        single: dict[Path, list[ErrorDetails]] = {}
        placed = [(_path_in(self._document.values, details["loc"]), details) for details in found]
        bad_keys = {path for path, details in placed if details["loc"][-1:] == ("[key]",)}
        for path, details in placed:
            is_key = details["loc"][-1:] == ("[key]",)
            match details["type"]:
                case _ if not is_key and any(path[: len(key)] == key for key in bad_keys):
                    continue
                case _ if is_key:
                    findings.append(_finding(self._bad_key(path, details), path))
                case "extra_forbidden":
                    findings.append(_finding(self._unknown_key(path), path))
                case "missing":
                    findings.append(_finding(self._missing(path), path))
                case "value_error" | "assertion_error":
                    findings += self._broken_rules(path, details)
                case _:
                    single.setdefault(path, []).append(details)
        return [*findings, *(_finding(self._bad_value(path, about), path) for path, about in single.items())]

    def _unknown_key(self, path: Path) -> Problem:
        known = self._reference.keys(path[:-1]) or self._reference.key_choices(path[:-1])
        nearest = _nearest(path[-1], known)
        nested = (*path[:-1], *str(path[-1]).split("."))
        elsewhere = [dotted(place) or "the top level" for place in self._reference.places(str(path[-1]))]
        if len(nested) > len(path) and self._reference.at(nested):
            nearest, mend = None, f"nest it, with each key on a line of its own: {_nested(nested)}"
        elif nearest:
            mend = f'write "{nearest}"'
        elif elsewhere:
            mend = f"it may belong below {' or '.join(elsewhere)}"
        else:
            mend = "take it out"
        return self._at(
            path,
            f'unknown key "{path[-1]}"',
            value=self._written(path),
            allowed=", ".join(known) or None,
            nearest=nearest,
            mend=mend,
        )

    def _bad_key(self, path: Path, details: ErrorDetails) -> Problem:
        """Tell what is wrong with a key of a mapping whose keys are free, or of which only some make sense."""
        if self._reference.key_choices(path[:-1]):
            return self._unknown_key(path)
        error = details.get("ctx", {}).get("error")
        told = words(details["type"], details.get("ctx", {}))
        what, _, mend = str(error).rpartition("; ") if error else (f"must {told.must}", "", told.mend)
        return self._at(
            path,
            f'the key "{path[-1]}" {what}',
            value=_shown(path[-1], path),
            allowed=self._reference.key_constraint(path[:-1]),
            meaning=self._reference.description(path[:-1]),
            mend=mend,
        )

    def _missing(self, path: Path) -> Problem:
        below = f" below {dotted(path[:-1])}" if len(path) > 1 else ""
        return self._at(
            path,
            "is missing and has no default",
            allowed=self._reference.constraint(path),
            meaning=self._reference.description(path),
            mend=f'add "{path[-1]}: …"{below}',
        )

    def _broken_rules(self, path: Path, details: ErrorDetails) -> Iterator[Finding]:
        error = details.get("ctx", {}).get("error", details["msg"])
        messages = error.messages if isinstance(error, BrokenRulesError) else (str(error),)
        for message in messages:
            yield self._broken_rule(path, message, details["input"])

    def _broken_rule(self, path: Path, message: str, value: object) -> Finding:
        """Tell a rule of the models in their own words; one over several keys has the place of the strongest.

        What follows the last semicolon of a rule's message is its cure.
        """
        named = self._named_paths(message, path) or [path]
        first = dotted(named[0][len(path) :])
        if path and first and message.startswith((f"{first} ", f"{first}:")):
            message = f"{dotted(path)}.{message}"
        what, _, mend = message.rpartition("; ") if "; " in message else (message, "", "change one of the values")
        if isinstance(value, Mapping | BaseModel):
            strongest = max(self._named_paths(what, path) or named, key=self._strength)
            at = strongest if self._strength(strongest) > self._strength(named[0]) else named[0]
            problem = self._at(named[0], what, at=at, value=self._written(named[0]), mend=mend)
        else:
            shown = _shown(value, path)
            problem = self._at(
                path,
                f"is {shown}: {what}" if shown else what,
                value=shown,
                allowed=self._reference.constraint(path),
                meaning=self._reference.description(path),
                mend=mend,
            )
        return _finding(problem, *(key for key in named if not self._reference.is_required(key)))

    def _bad_value(self, path: Path, about: Sequence[ErrorDetails]) -> Problem:
        """Tell what a value must be, where there are several ways, all of them."""
        first = about[0]
        shown = _shown(first["input"], path)
        ways = [words(details["type"], details.get("ctx", {})) for details in about]
        must = " or ".join(dict.fromkeys(way.must for way in ways)).replace(" or be ", " or ")
        nearest = _nearest(first["input"], self._reference.choices(path))
        source = self._document.sources.get(path, _NOWHERE)
        cure = (_quotes(first, source) or _brackets(first, source)) if shown else None
        usual = ways[0].inline if source.line is None and ways[0].inline else ways[0].mend
        return self._at(
            path,
            f"must {must}" + ("" if shown is None else f", but is {shown}"),
            value=shown,
            allowed=self._reference.constraint(path),
            meaning=self._reference.description(path),
            nearest=nearest,
            mend=cure or (f'write "{nearest}"' if nearest else usual),
        )

    def _strength(self, path: Path) -> int:
        """Return how much the source wins over that a path stands in; the least where nobody wrote it."""
        return self._document.strengths.get(self._document.sources.get(path, _NOWHERE).name, -1)

    def _written(self, path: Path) -> str | None:
        """Return the value at a path for people, or the default where nobody wrote one."""
        values: Any = self._document.values
        for step in path:
            inside = (isinstance(values, dict) and step in values) or (
                isinstance(values, list) and isinstance(step, int)
            )
            if not inside:
                return _shown((self._reference.at(path) or {}).get("default"), path)
            values = values[step]
        return _shown(values, path)

    def _named_paths(self, message: str, path: Path) -> list[Path]:
        """Return the keys below `path` that a rule's message names, in its order; whole sections do not count."""
        words = re.findall(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*", message)
        paths: list[Path] = [(*path, *word.split(".")) for word in words] if self._reference.keys(path) else []
        return [named for named in paths if self._reference.at(named) and not self._reference.keys(named)]

    def _at(self, path: Path, message: str, *, at: Path | None = None, **help_: str | None) -> Problem:
        """Return a problem placed where a path stands, or the nearest one around it that stands anywhere.

        :param at: another path, whose place is meant.
        """
        sources, place = self._document.sources, path if at is None else at
        around = (place[:length] for length in range(len(place), -1, -1))
        source = next((sources[part] for part in around if part in sources), _NOWHERE)
        return Problem(message, dotted(path), source.name, source.line, source.column, **help_)


def _finding(problem: Problem, *paths: Path) -> Finding:
    return Finding(problem, frozenset(_without_index(path) for path in paths))


def _without_index(path: Path) -> Path:
    """Return the path of the outermost list that a path leads into, as lists are judged as a whole."""
    first = next((index for index, step in enumerate(path) if isinstance(step, int)), len(path))
    return path[:first]


def _nearest(written: object, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    words, text = list(known), str(written)
    longer = [word for word in words if len(text) > 2 and word.startswith(text)]
    close = difflib.get_close_matches(text, words, n=1) or (longer if len(longer) == 1 else [])
    return close[0] if close else None


def _nested(path: Path) -> str:
    """Return a path as YAML has it in one line."""
    *around, last = map(str, path)
    return "".join(f"{key}: {{" for key in around) + f"{last}: …" + "}" * len(around)


def _quotes(details: ErrorDetails, source: Source) -> str | None:
    """Return the one mistake with a mechanical cure: text that YAML took for something else."""
    if details["type"] != "string_type" or source.text is None or details["input"] is None:
        return None
    kind = _YAML_KINDS.get(type(details["input"]), "something else")
    return f'put it in quotes: "{source.text}"; without them YAML reads {kind}'


def _brackets(details: ErrorDetails, source: Source) -> str | None:
    """Return the cure of a single item that stands where a list belongs."""
    is_item = details["type"] in ("tuple_type", "list_type") and source.text
    return f"write [{source.text}]" if is_item else None


def _path_in(values: Any, location: Sequence[str | int]) -> Path:
    """Return pydantic's location without the steps that name a union's member or a mapping's key."""
    path: list[str | int] = []
    for index, step in enumerate(location):
        if (isinstance(values, dict) and step in values) or (isinstance(values, list) and isinstance(step, int)):
            values = values[step]  # type: ignore[index]
        elif index < len(location) - 1 or not isinstance(values, dict) or step == "[key]":
            continue
        path.append(step)
    return tuple(path)


def _shown(value: Any, path: Path) -> str | None:
    """Return a value for people: short, and nothing that may be a secret."""
    if may_be_secret(path):
        return None
    if isinstance(value, dict):
        return f"a mapping with {', '.join(map(str, value))}" if value else "an empty mapping"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return f"a list of {len(value)} mappings or lists"
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
