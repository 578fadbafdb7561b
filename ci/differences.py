"""Read what `cdk diff` prints, and write it as one comment that says first what a reviewer must not miss.

It decides nothing: what is replaced, and which permissions change, is the CDK's word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

COMMENT_LIMIT = 65_536
"""Characters that a comment may have. Source: https://github.com/orgs/community/discussions/27190"""

_STACK = re.compile(r"^Stack (?P<name>[\w-]+)(?: \(.*\))?$")
# `[~] AWS::S3::Bucket Cache Cache1234 replace`
_RESOURCE = re.compile(r"^\[(?P<sign>[-+~])\] (?P<type>[\w:]+) (?P<words>.+)$")
_NOTE = {"replace": "replaced", "may be replaced": "perhaps replaced", "destroy": "deleted", "orphan": "left behind"}
_TITLE = re.compile(r"^(?P<kind>IAM Statement|IAM Policy|Security Group) Changes$")
_ROW = re.compile(r"^│ (?P<sign>[-+]) │ (?P<cells>.+) │$")
# ` ├─ [-] PermissionsBoundary`
_PROPERTY = re.compile(r"^[ │]*[├└]─ \[(?P<sign>[-+~])\] (?P<what>.+)$")
_FENCES = {"PermissionsBoundary", "PublicAccessBlockConfiguration"}
"""Properties that only ever take permissions away, and which the CDK's tables leave out."""
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Outcome(StrEnum):
    """What became of the comparison of one environment."""

    SAME = "no difference"
    DIFFERENT = "differs"
    SKIPPED = "not compared"
    FAILED = "comparison failed"


@dataclass(frozen=True)
class Differences:
    """What a deployment to one environment would change.

    :param environment: its name.
    :param text: what `cdk diff` printed, or why it was not run; without colours and account numbers.
    :param changed: stacks that differ.
    :param losses: resources that are replaced, deleted or left behind: stack, resource, and what becomes of it.
    :param wider: permissions that are added, and what forbade some and goes: stack, and the row of the CDK's table or
        the property.
    """

    environment: str
    outcome: Outcome
    text: str
    changed: tuple[str, ...] = ()
    losses: tuple[tuple[str, str, str], ...] = ()
    wider: tuple[tuple[str, str], ...] = ()


def read(environment: str, text: str, *, status: int = 0) -> Differences:
    """Read what `cdk diff --no-color` printed.

    :param status: the command's exit status.
    """
    shown = _ACCOUNT.sub("<account>", _COLOUR.sub("", text)).strip()
    if status:
        return Differences(environment, Outcome.FAILED, shown)
    stack, kind, resource, above = "", "", "", ""
    changed: dict[str, None] = {}
    losses, wider = [], []
    for line in _whole_rows(shown.splitlines()):
        if found := _STACK.match(line):
            stack, kind = found["name"], ""
        elif found := _TITLE.match(line):
            changed[stack], kind = None, found["kind"]
        elif found := _RESOURCE.match(line):
            changed[stack], kind = None, ""
            resource = f"{found['type']} {found['words'].split(' ')[0]}"
            words, fate = _fate(found["words"])
            if fate:
                losses.append((stack, f"{found['type']} {words}", fate))
        elif kind and (found := _ROW.match(line)):
            if words := _widened(found["sign"], [cell.strip() for cell in found["cells"].split("│")]):
                wider.append((stack, f"{kind}{words}"))
        elif found := _PROPERTY.match(line):
            if words := _opened(found["sign"], found["what"], above):
                wider.append((stack, f"{resource}: {words}"))
            above = found["what"] if found["sign"] == "~" else above
        elif line.strip() in ("Outputs", "Parameters", "Conditions", "Mappings"):
            changed[stack] = None
    outcome = Outcome.DIFFERENT if changed else Outcome.SAME
    return Differences(environment, outcome, shown, tuple(changed), tuple(losses), tuple(wider))


def _whole_rows(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines, but each row of a table that takes several of them as one."""
    row = ""
    for line in lines:
        if row and line.startswith("│   │"):
            cells = zip(row.split("│"), line.split("│"), strict=False)
            row = "│".join(f" {cell.strip()} {more.strip()}".rstrip() + " " for cell, more in cells)[1:-1]
            continue
        if row:
            yield row
        row = line if _ROW.match(line) else ""
        if not row:
            yield line
    if row:
        yield row


def skipped(environment: str, reason: str) -> Differences:
    """Return that an environment was not compared, and why."""
    return Differences(environment, Outcome.SKIPPED, reason)


def _widened(sign: str, cells: list[str]) -> str:
    """Return what is said of a row of the CDK's tables, nothing where it takes permissions away."""
    if ("Deny" in cells[1:2]) is (sign == "+"):
        return ""
    return f"{' removed' if sign == '-' else ''}: {', '.join(filter(None, cells))}"


def _opened(sign: str, what: str, above: str) -> str:
    """Return what is said of a property, nothing where it permits no more than before.

    :param above: the changed property that it may be the new value of.
    """
    if what in _FENCES and sign != "+":
        return f"{what} {'removed' if sign == '-' else 'changed'}"
    return "AuthType NONE" if (above, sign, what) == ("AuthType", "+", "NONE") else ""


def _fate(words: str) -> tuple[str, str]:
    for note, fate in _NOTE.items():
        if words.endswith(f" {note}"):
            path = words.removesuffix(f" {note}").split(" ")[0]
            # A function's version is made anew with each change of it; nobody loses anything.
            return ("", "") if path.endswith("/CurrentVersion") else (path, fate)
    return "", ""


def comment(found: Iterable[Differences]) -> str:
    """Return a comment in Markdown: a table of all environments, what is lost or widened, and the whole text folded.

    It never exceeds what a comment may hold; what does not fit is cut, and said to be.
    """
    all_of_them = list(found)
    rows = "\n".join(_row(each) for each in all_of_them)
    head = (
        f"### What a deployment would change\n\n| environment | | replaced, deleted | wider |\n"
        f"|---|---|---|---|\n{rows}\n"
    )
    warnings = "\n".join(filter(None, map(_warnings, all_of_them)))
    room = COMMENT_LIMIT - len(head) - len(warnings) - 200
    details = "\n".join(_details(each, room // max(1, len(all_of_them))) for each in all_of_them if each.text)
    whole = f"{head}\n{warnings}\n{details}\n"
    cut = "\n\n... cut here; the artifact differences-* of the run holds all of it\n"
    return whole if len(whole) <= COMMENT_LIMIT else whole[: COMMENT_LIMIT - len(cut)] + cut


def _row(found: Differences) -> str:
    stacks = f": {len(found.changed)} stack{'s' * (len(found.changed) != 1)}" if found.changed else ""
    return f"| {found.environment} | {found.outcome.value}{stacks} | {len(found.losses)} | {len(found.wider)} |"


def _warnings(found: Differences) -> str:
    lines = [f"- **{fate}**: `{resource}` in {stack}" for stack, resource, fate in found.losses]
    lines += [f"- **wider permission**: {_code(row)} in {stack}" for stack, row in found.wider]
    return f"#### {found.environment}\n" + "\n".join(lines) + "\n" if lines else ""


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _details(found: Differences, room: int) -> str:
    text = found.text.replace("```", "'''")
    if found.outcome is Outcome.SKIPPED:
        return f"**{found.environment}** was not compared: {text}\n"
    if len(text) > room:
        text = f"{text[: max(0, room - 100)]}\n... cut here; the artifact differences-* of the run holds all of it"
    return f"<details><summary>{found.environment}: {found.outcome.value}</summary>\n\n```\n{text}\n```\n\n</details>\n"
