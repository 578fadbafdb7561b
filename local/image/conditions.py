"""The conditions of component documents: comparison and logical operators, for `if` and for the action `Assert`.

It decides; what it has to know of the machine (is there such a file, such a program) it is handed.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-comparison-operators.html and
toe-logical-operators.html, toe-conditional-constructs.html beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Protocol

from pydantic import AfterValidator

DEEPEST = 4
"""Levels to which logical operators may be nested."""


class Facts(Protocol):
    """What conditions ask of the machine."""

    def file_exists(self, path: str) -> bool: ...

    def binary_exists(self, name: str) -> bool: ...

    def digest(self, path: str, algorithm: str) -> str | None:
        """Return the digest of a file in lower-case hexadecimal digits, or None if there is no such file."""


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[object, object], bool]:
    def compared(value: object, baseline: object) -> bool:
        left, right = _number(value), _number(baseline)
        return left is not None and right is not None and compare(left, right)

    return compared


COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    "stringEquals": lambda value, baseline: str(value) == str(baseline),
    "stringLessThan": lambda value, baseline: str(value) < str(baseline),
    "stringLessThanEquals": lambda value, baseline: str(value) <= str(baseline),
    "stringGreaterThan": lambda value, baseline: str(value) > str(baseline),
    "stringGreaterThanEquals": lambda value, baseline: str(value) >= str(baseline),
    "patternMatches": lambda value, baseline: re.search(str(baseline), str(value)) is not None,
    "numberEquals": _numeric(lambda value, baseline: value == baseline),
    "numberLessThan": _numeric(lambda value, baseline: value < baseline),
    "numberLessThanEquals": _numeric(lambda value, baseline: value <= baseline),
    "numberGreaterThan": _numeric(lambda value, baseline: value > baseline),
    "numberGreaterThanEquals": _numeric(lambda value, baseline: value >= baseline),
}
"""By operator, of `value` and the baseline."""

DIGESTS = {"fileMD5Equals": "md5", "fileSHA1Equals": "sha1", "fileSHA256Equals": "sha256", "fileSHA512Equals": "sha512"}
"""By operator, the algorithm; it is given the digest, and the file as `path`."""

SINGLE = ("stringIsEmpty", "stringIsWhitespace", "fileExists", "binaryExists")
LOGICAL = ("and", "or", "not")


def checked(expression: dict[str, object], depth: int = 0) -> dict[str, object]:
    """Return an expression that is one.

    :raises ValueError: with what is wrong with it.
    """
    if depth > DEEPEST:
        raise ValueError(f"conditions are nested more than {DEEPEST} levels deep")
    operator, operands = _operator(expression)
    for part in operands:
        checked(part, depth + 1)
    second = "value" if operator in COMPARISONS else "path" if operator in DIGESTS else None
    if second and second not in expression:
        raise ValueError(f"{operator} compares with '{second}', which is missing")
    if extra := sorted(set(expression) - {operator, second}):
        raise ValueError(f"{operator} does not go with {', '.join(extra)}; join conditions with 'and' or 'or'")
    return expression


def holds(expression: dict[str, object], facts: Facts) -> bool:
    """Tell whether an expression, with its references resolved, is true."""
    operator, operands = _operator(expression)
    given = expression[operator]
    if operator in COMPARISONS:
        return COMPARISONS[operator](expression["value"], given)
    if operator in DIGESTS:
        return facts.digest(str(expression["path"]), DIGESTS[operator]) == str(given).lower()
    match operator:
        case "and":
            return all(holds(part, facts) for part in operands)
        case "or":
            return any(holds(part, facts) for part in operands)
        case "not":
            return not holds(operands[0], facts)
        case "stringIsEmpty":
            return str(given) == ""
        case "stringIsWhitespace":
            return bool(str(given)) and not str(given).strip(" ")
        case "fileExists":
            return facts.file_exists(str(given))
        case _:
            return facts.binary_exists(str(given))


def _operator(expression: dict[str, object]) -> tuple[str, list[dict[str, object]]]:
    """Return the one operator of an expression, and the expressions that it joins, of which it may have none."""
    known = (*COMPARISONS, *DIGESTS, *SINGLE, *LOGICAL)
    found = [key for key in expression if key in known]
    if len(found) != 1:
        there = ", ".join(map(str, expression)) or "nothing"
        raise ValueError(f"a condition has exactly one operator, and here is {there}; known are {', '.join(known)}")
    operator = found[0]
    if operator not in LOGICAL:
        return operator, []
    given = expression[operator]
    parts = [part for part in (given if isinstance(given, list) else [given]) if isinstance(part, dict)]
    if not parts or len(parts) != (len(given) if isinstance(given, list) else 1):
        raise ValueError(f"'{operator}' joins conditions, and here is {given!r}")
    if operator == "not" and len(parts) != 1:
        raise ValueError("'not' turns one condition round")
    return operator, parts


Expression = Annotated[dict[str, object], AfterValidator(checked)]
"""A condition as a document gives it, known to be one."""
