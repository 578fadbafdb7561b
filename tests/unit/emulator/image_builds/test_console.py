"""The lines that the executor of component documents leaves in the log of a build."""

from __future__ import annotations

from emulator.image_builds.console import FAILED, SUCCEEDED, lines_of
from emulator.image_builds.documents import DocumentStep

FETCH = DocumentStep("arn:one", "build", "Fetch", "S3Download")
INSTALL = DocumentStep("arn:one", "build", "Install", "ExecuteBash")
CHECK = DocumentStep("arn:one", "validate", "Check", "ExecuteBash")
OTHER = DocumentStep("arn:two", "validate", "Other", "ExecuteBash")
STEPS = [FETCH, INSTALL, CHECK, OTHER]


def test_each_document_phase_and_step_is_named_once():
    lines = lines_of(STEPS)

    headings = [line for line in lines if line.split(" ")[0] in ("Document", "Phase", "Step")]
    assert headings == [
        "Document arn:one", "Phase build", "Step Fetch", "Step Install", "Phase validate", "Step Check",
        "Document arn:two", "Phase validate", "Step Other",
    ]  # fmt: skip
    assert lines.count("CmdExecution: ExitCode 0") == 3
    assert lines[-1] == SUCCEEDED


def test_the_last_step_prints_what_it_is_told_to():
    lines = lines_of(STEPS, output=["one", "two"])

    at = lines.index("Step Other")
    assert lines[at + 2 : at + 4] == ["CmdExecution: Stdout: one", "CmdExecution: Stdout: two"]
    assert sum("Stdout" in line for line in lines) == 2


def test_what_fails_prints_why_and_nothing_comes_after_it():
    lines = lines_of(STEPS, output=["E: no such package"], culprit=INSTALL, reason="exit status 100")

    assert lines[-6:] == [
        "Step Install", "ExecuteBash: STARTED EXECUTION", "CmdExecution: Stderr: E: no such package",
        "CmdExecution: ExitCode 100", "ExecuteBash: FINISHED EXECUTION", FAILED,
    ]  # fmt: skip


def test_without_other_output_the_reason_is_what_is_printed():
    assert "CmdExecution: Stderr: no space" in lines_of(STEPS, culprit=CHECK, reason="no space")
    assert not any("Stderr" in line for line in lines_of(STEPS, culprit=CHECK, reason="exit status 1"))


def test_an_action_that_runs_no_command_has_no_exit_code():
    lines = lines_of(STEPS, culprit=FETCH, reason="404")

    assert lines[3:] == ["S3Download: STARTED EXECUTION", "S3Download: 404", "S3Download: FINISHED EXECUTION", FAILED]
