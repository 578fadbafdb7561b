"""How the name of a host is written where somebody allows or blocks it: in configuration and in fleet settings."""

import re

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""One part of a name, between two dots (RFC 1123, section 2.1)."""

PATTERN = rf"(\*\.)?({LABEL}\.)*{LABEL}"
"""A name in lower case and ASCII, or `*.` and a name for all names below it."""

LONGEST = 253
"""Characters of a name (RFC 1035, section 2.3.4)."""

EXAMPLE = "*.example.org"


def problem_of_address(text: str) -> str | None:
    """Return why a name could be taken for an address, or None: browsers take one that ends in a number for IPv4.

    Source: https://url.spec.whatwg.org/#ends-in-a-number-checker
    """
    if text.rpartition(".")[2].isdecimal():
        return "ends in a number, so it is an address or nothing at all; write a name like www.example.org"
    return None


def problem_of(pattern: str) -> str | None:
    """Return why a pattern cannot be used, or None if it can."""
    if len(pattern) > LONGEST:
        return f"has {len(pattern)} characters, {LONGEST} are allowed"
    if not re.fullmatch(PATTERN, pattern):
        return f"is no host's name in lower case, perhaps after *. for all names below it, for example {EXAMPLE}"
    return problem_of_address(pattern)
