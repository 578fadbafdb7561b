"""A build's way through its workflows, and how it ends."""

from __future__ import annotations

import itertools

import pytest

from emulator.image_builds import build as builds
from emulator.image_builds.build import Build
from emulator.image_builds.documents import DocumentStep
from emulator.image_builds.workflows import course


def planned(*, tests: bool = True) -> Build:
    numbers = itertools.count()
    return builds.plan(course(tests=tests), {}, lambda: str(next(numbers)))


def run(build: Build, until: str = "") -> list[str]:
    """Do step after step, up to the begin of one; return the states on the way."""
    states = []
    while not builds.is_over(build):
        _workflow, step = builds.begin(build, 1.0)
        states.append(build["status"])
        if step["name"] == until:
            break
        builds.complete(build, 2.0, {})
    return states


def test_a_build_goes_through_all_states():
    build = planned()

    states = run(build)

    assert list(dict.fromkeys(states)) == ["BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"]
    assert build["status"] == "AVAILABLE"
    assert [workflow["status"] for workflow in build["workflows"]] == ["COMPLETED"] * 3


def test_without_tests_nothing_is_tested():
    build = planned(tests=False)

    assert "TESTING" not in run(build)
    assert [workflow["kind"] for workflow in build["workflows"]] == ["BUILD", "DISTRIBUTION"]


def test_a_failure_names_the_step_of_the_document_that_failed():
    build = planned()
    run(build, "ApplyBuildComponents")
    culprit = DocumentStep("arn:component", "build", "InstallPackages", "ExecuteBash")

    builds.fail(build, 3.0, "exit status 1", culprit=culprit)

    assert build["status"] == "FAILED"
    assert build["reason"] == "Workflow Execution ID: 'wf-0' failed with reason: Document arn:component failed!"
    assert build["failure"]["imageStatus"] == "BUILDING"
    assert build["failure"]["failedStep"] == "ApplyBuildComponents"
    assert build["failure"]["componentFailure"]["stepName"] == "InstallPackages"
    assert build["failure"]["componentFailure"]["errorMessage"] == "exit status 1"
    steps = build["workflows"][0]["steps"]
    assert [step["status"] for step in steps] == ["COMPLETED", "FAILED", "PENDING", "PENDING", "PENDING", "PENDING"]
    assert builds.current(build) is None


@pytest.mark.parametrize("step", ["LaunchBuildInstance", "ApplyTestComponents", "DistributeImage"])
def test_a_build_can_be_cancelled_at_any_step(step: str):
    build = planned()
    run(build, step)

    builds.cancel(build, 3.0)

    assert build["status"] == "CANCELLED"
    assert builds.current(build) is None


def test_shown_workflow_counts_its_steps():
    build = planned()
    run(build, "CreateOutputAMI")
    builds.fail(build, 86_400.0, "no space")

    shown = builds.shown_workflow(build["workflows"][0], "eu-west-1")

    assert shown["workflowBuildVersionArn"].startswith("arn:aws:imagebuilder:eu-west-1:aws:workflow/build/build-image/")
    counts = ("totalStepCount", "totalStepsSucceeded", "totalStepsFailed", "totalStepsSkipped")
    assert [shown[name] for name in counts] == [6, 4, 1, 0]
    assert (shown["startTime"], shown["endTime"]) == ("1970-01-01T00:00:01.000Z", "1970-01-02T00:00:00.000Z")
    assert "endTime" not in builds.shown_workflow(build["workflows"][1], "eu-west-1")


def test_shown_step_leaves_out_what_there_is_not():
    build = planned()
    _workflow, step = builds.begin(build, 1.0)

    assert builds.shown_step(step) == {
        "stepExecutionId": "step-1",
        "name": "LaunchBuildInstance",
        "action": "LaunchInstance",
        "status": "RUNNING",
        "startTime": "1970-01-01T00:00:01.000Z",
    }


def test_a_failure_in_a_region_names_it():
    build = planned()
    run(build, "DistributeImage")

    builds.fail(build, 3.0, "no room", region="eu-west-1")

    assert build["failure"]["distributionFailure"] == {
        "errorMessage": "no room",
        "regionFailures": [{"region": "eu-west-1", "status": "FAILED", "errorMessage": "no room"}],
    }


def test_a_parameter_that_cannot_be_written_is_named_as_such():
    build = planned()
    run(build, "ApplyImageConfigurations")

    builds.fail(build, 3.0, "denied", region="eu-west-1")

    assert build["failure"]["imageStatus"] == "INTEGRATING"
    (failure,) = build["failure"]["distributionFailure"]["regionFailures"]
    assert failure["imageConfigurationStep"] == "PUT_SSM_PARAMETERS"


def test_a_build_goes_on_where_it_has_failed():
    build = planned()
    run(build, "ApplyTestComponents")
    builds.fail(build, 3.0, "exit status 1")

    builds.resume(build, course(tests=True), {}, lambda: "again")

    assert [(known["kind"], known["retried"]) for known in build["workflows"]] == [
        ("BUILD", False), ("TEST", True), ("TEST", False), ("DISTRIBUTION", False),
    ]  # fmt: skip
    assert builds.begin(build, 4.0)[1]["name"] == "LaunchTestInstance"
    run(build)
    assert build["status"] == "AVAILABLE"


@pytest.mark.parametrize("step", ["ApplyBuildComponents", ""])
def test_only_a_build_that_has_an_image_and_failed_goes_on(step: str):
    build = planned()
    run(build, step)
    if step:
        builds.cancel(build, 3.0)

    with pytest.raises(ValueError, match="cannot be retried"):
        builds.resume(build, course(tests=True), {}, lambda: "again")
