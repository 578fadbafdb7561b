"""What the trial of another version of the emulator found, read from pytest's own report. It runs nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Failure:
    """One test that did not pass.

    :param test: as pytest takes it: file, then name.
    :param reason: the first line of what it says.
    :param difference: what AWS does, if the test shows where the emulator does otherwise.
    """

    test: str
    reason: str
    difference: str | None = None


@dataclass(frozen=True)
class Trial:
    """One run of the tests.

    :param passed: how many passed.
    :param failures: the others.
    :param together: those that failed among the others, but pass when they run alone.
    """

    passed: int
    failures: tuple[Failure, ...]
    together: tuple[str, ...] = ()

    def confirmed_by(self, alone: Trial) -> Trial:
        """Return what is left when the failures have been run once more, alone."""
        again = {each.test for each in alone.failures}
        together = tuple(each.test for each in self.failures if each.test not in again)
        return Trial(self.passed, alone.failures, together)


def read(report: Path) -> Trial:
    """Read a JUnit report of pytest's."""
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - our own pytest wrote it
    failures = tuple(failure for case in cases if (failure := _failure(case)))
    return Trial(len(cases) - len(failures), failures)


def _failure(case: ET.Element) -> Failure | None:
    problem = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
    if problem is None:
        return None
    properties = {each.get("name"): each.get("value") for each in case.iter("property")}
    file = str(case.get("classname")).replace(".", "/") + ".py"
    reason = str(problem.get("message")).strip().splitlines()[0] if problem.get("message") else "no reason given"
    return Failure(f"{file}::{case.get('name')}", reason, properties.get("difference"))


def missing_names(message: str) -> list[str]:
    """Return the findings of the emulator's start-up check, one each."""
    found = re.search(r"this version of ministack (.*)", message)
    if found is None:
        return []
    parts = re.split(r"; and it |; (?=ministack\.)", found[1])
    return [entry for part in parts for entry in _entries(part)]


def _entries(part: str) -> list[str]:
    if part.startswith("lacks "):
        return [f"gone: {name}" for name in part.removeprefix("lacks ").split(", ")]
    return [f"changed: {part.removeprefix('has changed: ')}"]


def describe(version: str, pinned: str, names: list[str], trial: Trial | None, also: frozenset[str]) -> str:
    """Return the report as text.

    :param version: what was tried.
    :param pinned: the version that the plug-in was written for.
    :param names: findings of the start-up check.
    :param trial: the tests; None if they could not be run.
    :param also: tests that fail with the pinned version, too.
    """
    lines = [f"ministack {version}, tried with the plug-in for {pinned}", ""]
    lines += _block(
        "start-up check", names, "every borrowed name exists, every replaced function takes what ours takes"
    )
    if trial is None:
        return "\n".join([*lines, "tests: not run, since it does not start", ""])
    new = [each for each in trial.failures if each.test not in also]
    broken = [f"{each.test}\n      {each.reason}" for each in new if not each.difference]
    gone = [f"{each.difference}\n      {each.test}" for each in new if each.difference]
    lines += _block(f"tests: {trial.passed} pass; fail now", broken, "none")
    lines += _block("differences that may be gone: the test that shows them fails", gone, "none")
    if trial.together:
        lines += _block("fail among the others, pass alone; that says nothing of this version", [*trial.together], "")
    if also:
        lines += _block(f"fail with {pinned}, too", sorted(also), "none")
    return "\n".join(lines)


def _block(heading: str, entries: list[str], nothing: str) -> list[str]:
    if not entries:
        return [f"{heading}: {nothing}", ""]
    return [f"{heading}:", *(f"  - {entry}" for entry in entries), ""]
