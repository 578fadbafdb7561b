"""The report of a trial says what is gone, what fails now, and which differences may be gone."""

from __future__ import annotations

from pathlib import Path

from local.trial_report import Failure, Trial, describe, missing_names, read

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite>
<testcase classname="tests.emulated.test_a" name="test_fine"/>
<testcase classname="tests.emulated.test_a" name="test_broken[x]">
  <failure message="AssertionError: 1 != 2&#10; more">…</failure></testcase>
<testcase classname="tests.emulated.test_b" name="test_difference">
  <properties><property name="difference" value="Lambda: AWS ends it; here it goes on"/></properties>
  <failure message="AssertionError"/></testcase>
<testcase classname="tests.emulated.test_b" name="test_set_up"><error message="failed on setup"/></testcase>
</testsuite></testsuites>
"""
MESSAGE = (
    "error: the embedded AWS cannot start: this version of ministack lacks ministack.a._x, ministack.b (the whole "
    "module); and it has changed: ministack.c.f takes (a, b) and our replacement (a); ministack.d.g takes (a) and our "
    "replacement (a, b)\n  next: install the version …"
)


def test_failures_are_read_with_their_reason_and_their_difference(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)

    trial = read(tmp_path / "report.xml")

    assert trial.passed == 1
    assert trial.failures == (
        Failure("tests/emulated/test_a.py::test_broken[x]", "AssertionError: 1 != 2"),
        Failure("tests/emulated/test_b.py::test_difference", "AssertionError", "Lambda: AWS ends it; here it goes on"),
        Failure("tests/emulated/test_b.py::test_set_up", "failed on setup"),
    )


def test_every_finding_of_the_start_up_check_is_listed() -> None:
    assert missing_names(MESSAGE) == [
        "gone: ministack.a._x",
        "gone: ministack.b (the whole module)",
        "changed: ministack.c.f takes (a, b) and our replacement (a)",
        "changed: ministack.d.g takes (a) and our replacement (a, b)",
    ]
    assert missing_names("some other error") == []


def test_a_version_that_does_not_start_is_described_by_its_names() -> None:
    text = describe("1.6.0", "1.5.33", ["gone: ministack.a._x"], None, frozenset())

    assert "ministack 1.6.0, tried with the plug-in for 1.5.33" in text
    assert "start-up check:\n  - gone: ministack.a._x\n" in text
    assert "tests: not run" in text


def test_a_version_that_starts_is_described_by_what_changes() -> None:
    failures = (
        Failure("a.py::test_1", "broken"),
        Failure("b.py::test_2", "x", "AWS so; here so"),
        Failure("c.py::old", "y"),
    )

    text = describe("1.6.0", "1.5.33", [], Trial(7, failures), frozenset({"c.py::old"}))

    assert "tests: 7 pass; fail now:\n  - a.py::test_1\n      broken\n" in text
    assert (
        "differences that may be gone: the test that shows them fails:\n  - AWS so; here so\n      b.py::test_2" in text
    )
    assert "fail with 1.5.33, too:\n  - c.py::old" in text


def test_what_fails_only_among_the_others_is_not_counted_as_broken() -> None:
    first = Trial(7, (Failure("a.py::broken", "x"), Failure("b.py::unstable", "y")))

    confirmed = first.confirmed_by(Trial(1, (Failure("a.py::broken", "x"),)))

    assert confirmed == Trial(7, (Failure("a.py::broken", "x"),), ("b.py::unstable",))
    text = describe("1.6.0", "1.5.33", [], confirmed, frozenset())
    assert "fail among the others, pass alone; that says nothing of this version:\n  - b.py::unstable" in text


def test_nothing_found_is_said() -> None:
    text = describe("1.6.0", "1.5.33", [], Trial(7, ()), frozenset())

    assert "start-up check: every borrowed name exists" in text
    assert "tests: 7 pass; fail now: none" in text
