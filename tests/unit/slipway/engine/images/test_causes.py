"""The first real cause of a failed build is found, with the lines that tell of it, and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.domain.images import ComponentFailure, Failure, RegionFailure, Status
from slipway.engine.images import finding
from slipway.engine.images.causes import SHOWN_LINES, cause_of, excerpt
from tests.unit.slipway.engine.images.world import fails

COMPONENT = "arn:aws:imagebuilder:us-east-1:123456789012:component/shop-blue-proxy-30-proxy/1.0.0/1"
LOG = [
    "Step Prepare", "ExecuteBash: STARTED EXECUTION", "CmdExecution: ExitCode 0",
    "Step Install", "ExecuteBash: STARTED EXECUTION", "CmdExecution: Stdout: Reading package lists",
    "CmdExecution: Stderr: E: Unable to locate package nftablse", "CmdExecution: ExitCode 100",
    "ExecuteBash: FINISHED EXECUTION", "TOE has completed execution with failure - Execution failed!",
]  # fmt: skip


def failure(message="exit status 100", state="BUILDING"):
    return Failure(
        state, "ApplyBuildComponents", "wf-1", "step-1",
        ComponentFailure(COMPONENT, "build", "Install", "ExecuteBash", message),
    )  # fmt: skip


def cause(world, **changes):
    image = replace(world.finished(), status=Status.FAILED, **changes)
    world._put(image)
    site = world.site()
    return cause_of(site, image, finding.workshop(site))


def test_a_failed_component_is_told_with_the_lines_before_its_end(world):
    world.log = LOG

    found = cause(world, failure=failure())

    assert found.where == "component shop-blue-proxy-30-proxy 1.0.0, phase build, step Install (ExecuteBash)"
    assert found.lines == tuple(LOG[3:8])
    assert str(found).count("\n    | ") == 5
    assert found.transient == ""
    assert found.next_step.startswith("mend that step, deploy the image stack, then slipway image build blue")


def test_a_long_log_is_shown_up_to_the_failure_only():
    log = [*LOG[:4], *(f"CmdExecution: Stdout: {number}" for number in range(100)), *LOG[6:]]

    shown = excerpt(log, failure())

    assert len(shown) == SHOWN_LINES
    assert shown[-1] == "CmdExecution: ExitCode 100"


def test_of_a_step_that_a_log_does_not_name_only_a_distribution_shows_nothing():
    building, distributing = (Failure(state, "Nowhere", "wf-1", "step-1") for state in ("BUILDING", "DISTRIBUTING"))

    assert excerpt(LOG, building) == tuple(LOG[:8])
    assert excerpt(LOG, distributing) == ()


@pytest.mark.parametrize(("log", "shown"), [([], ()), (["a", "b"], ("a", "b"))])
def test_a_log_without_any_sign_is_shown_from_its_end(log, shown):
    assert excerpt(log, None) == shown


def test_the_region_that_refuses_is_named(world):
    regions = (RegionFailure("eu-west-1", "PUT_SSM_PARAMETERS", "AccessDenied"),)

    world.log = [*LOG, "DISTRIBUTION: DistributeImage (DistributeImage)", "failed with reason: AccessDenied"]

    found = cause(world, failure=Failure("DISTRIBUTING", "DistributeImage", "wf-1", "step-1", None, regions))

    assert (found.where, found.what) == ("distribution to eu-west-1", "AccessDenied")
    assert found.lines == tuple(world.log[-2:])
    assert found.can_go_on
    assert found.next_step == "see what the role of the build may do, in the image stack"


def test_without_a_failed_component_the_failed_step_is_named(world):
    found = cause(world, reason="launch failed")

    assert found.where == "step ApplyBuildComponents (ExecuteComponents) of its build workflow"
    assert found.what == "launch failed"


def test_a_cancelled_build_failed_nowhere(world):
    image = replace(world.finished(), status=Status.CANCELLED, reason="")
    site = world.site()

    found = cause_of(site, image, finding.workshop(site))

    assert str(found) == "cancelled: somebody cancelled it"


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("An error occurred (InsufficientInstanceCapacity) when calling RunInstances", "no such machine free"),
        (
            "An error occurred (InvalidInstanceId) when calling the SendCommand operation",
            "did not reach Systems Manager",
        ),
        ("Rate exceeded", "too many calls"),
        ("InternalError: we encountered an internal error", "an error of its own"),
        ("E: Failed to fetch http://x  Temporary failure resolving 'mirror.example'", "did not answer well"),
        ("E: Failed to fetch http://x  503  Service Unavailable", "did not answer well"),
        (
            "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(): Read timed out.",
            "did not answer well",
        ),
        ("curl: (22) The requested URL returned error: 503", "did not answer well"),
        ("E: Unable to locate package nftablse", ""),
        ("hash mismatch: expected sha256 0123", ""),
        ("No space left on device", ""),
    ],
)
def test_only_what_may_go_well_next_time_is_transient(world, message, why):
    # As Image Builder has it: what a component says is no reason of Image Builder's.
    is_tool = message.startswith(("E:", "curl", "pip", "hash", "No space"))
    found = cause(world, failure=fails(message)(world.finished()).failure) if is_tool else cause(world, reason=message)

    assert (why in found.transient) if why else found.transient == ""
    assert found.next_step


def test_the_log_tells_of_bad_luck_where_the_message_does_not(world):
    world.log = [
        "Step Install",
        "CmdExecution: Stderr: curl: (6) Could not resolve host: packages.example",
        "CmdExecution: ExitCode 1",
    ]

    assert cause(world, failure=failure("exit status 1")).transient


@pytest.mark.parametrize(
    ("phase", "line"),
    [
        ("test", "curl: (7) Failed to connect to localhost port 8080: Connection refused"),
        ("test", "slipway-proxy[812]: Connection refused"),
        ("build", "slipway-proxy[812]: upstream: Connection refused"),
        ("build", "throttling is on; InternalError pages are served by us"),
        ("build", "RequestLimitExceeded"),
    ],
)
def test_what_the_machine_says_of_itself_is_no_bad_luck(world, phase, line):
    world.log = ["Step Install", f"CmdExecution: Stderr: {line}", "CmdExecution: ExitCode 1"]

    assert cause(world, failure=fails("exit status 1", phase=phase)(world.finished()).failure).transient == ""
