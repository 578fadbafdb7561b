"""What `cdk` prints is turned into progress, and a failure into its first cause."""

import os
import sys
from pathlib import Path

import pytest

from local.cdk import LastLine, Progress, run_command
from local.console import LocalError


def test_events_tell_how_far_a_stack_is() -> None:
    progress = Progress([], [])
    progress.read("slipway-local-fleet |  4/19 | 10:21:07 AM | CREATE_COMPLETE | AWS::EC2::SecurityGroup | x (y)\n")
    assert progress.latest == "slipway-local-fleet 4/19 AWS::EC2::SecurityGroup create_complete"


def test_finished_stacks_are_told_apart_from_unchanged_ones() -> None:
    progress = Progress([], [])
    progress.read(" ✅  slipway-local-dns (no changes)\n")
    progress.read(" ✅  slipway-local-fleet\n")
    assert (progress.changed, progress.unchanged) == (["slipway-local-fleet"], ["slipway-local-dns"])


def never() -> bool:
    return False


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_failure_names_its_first_cause_and_the_log(tmp_path: Path) -> None:
    log = tmp_path / "cdk-deploy.log"
    failing = script("print('ok'); print('a: fail: no access'); print('‣ AggregateError'); raise SystemExit(3)")
    with pytest.raises(LocalError) as caught:
        run_command(failing, log=log, environment=os.environ, on_progress=lambda _: None, is_pointless=never)
    assert "ended with 3:\n    a: fail: no access\n    ‣ AggregateError" in str(caught.value)
    assert str(log) in caught.value.next_step


def test_a_failure_without_a_known_word_shows_the_end_of_the_output(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="something else"):
        run_command(
            script("print('something else'); raise SystemExit(1)"),
            log=tmp_path / "log",
            environment=os.environ,
            on_progress=lambda _: None,
            is_pointless=never,
        )


def test_what_a_command_leaves_in_its_temporary_folder_goes_with_it(tmp_path: Path) -> None:
    leaving = script("import tempfile; print(tempfile.mkdtemp(), flush=True)")
    run_command(leaving, log=tmp_path / "log", environment=os.environ, on_progress=lambda _: None, is_pointless=never)
    assert not Path((tmp_path / "log").read_text().strip()).exists()


def test_each_line_is_reported_as_it_comes(tmp_path: Path) -> None:
    seen: list[str] = []
    run_command(
        script("print(' ✅  a'); print(' ✅  b (no changes)')"),
        log=tmp_path / "log",
        environment={**os.environ, "PYTHONIOENCODING": "utf-8"},
        on_progress=lambda progress: seen.append(progress.latest),
        is_pointless=never,
    )
    assert seen == ["a done", "b done"]


def test_events_count_as_failures_by_their_status_only(tmp_path: Path) -> None:
    fine = "fleet |  1/19 | 10:21:07 AM | CREATE_COMPLETE | AWS::CloudWatch::Alarm | ErrorAlarm"
    bad = "fleet |  2/19 | 10:21:08 AM | CREATE_FAILED | AWS::S3::Bucket | Pages (Bucket is not empty)"
    with pytest.raises(LocalError) as caught:
        run_command(
            script(f"print({fine!r}); print({bad!r}); raise SystemExit(1)"),
            log=tmp_path / "log",
            environment=os.environ,
            on_progress=lambda _: None,
            is_pointless=never,
        )
    assert "Bucket is not empty" in str(caught.value)
    assert "ErrorAlarm" not in str(caught.value)


def test_a_command_that_has_become_pointless_is_ended(tmp_path: Path) -> None:
    asked: list[bool] = []

    def from_the_second_time() -> bool:
        asked.append(True)
        return len(asked) > 1

    with pytest.raises(LocalError, match="ended with -15"):
        run_command(
            script("import time; time.sleep(600)"),
            log=tmp_path / "log",
            environment=os.environ,
            on_progress=lambda _: None,
            is_pointless=from_the_second_time,
            pause_seconds=0.05,
        )


def test_of_a_command_that_says_where_it_stands_the_last_line_counts_that_is_not_indented() -> None:
    progress = LastLine([], [])
    for line in ("step 1\n", "image 1.2.3/1 is there already\n", "  us-east-1  ami-1\n", "\n"):
        progress.read(line)

    assert progress.latest == "image 1.2.3/1 is there already"
