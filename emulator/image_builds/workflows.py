"""The workflows that Image Builder runs where a pipeline names none of its own.

Names of workflows, steps and actions from the EC2 Image Builder User Guide, "Manage build and test workflows" and
"Supported step actions".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ManagedStep:
    """One step of a managed workflow.

    :param phases: phases of component documents that it executes.
    """

    name: str
    action: str
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class ManagedWorkflow:
    """One of AWS's own workflows.

    :param kind: as the API calls it: BUILD, TEST or DISTRIBUTION.
    """

    kind: str
    name: str
    steps: tuple[ManagedStep, ...]


CREATE_AMI = "CreateOutputAMI"
DISTRIBUTE_AMI = "DistributeImage"
INTEGRATE = "ApplyImageConfigurations"
LAUNCH_STEPS = ("LaunchBuildInstance", "LaunchTestInstance")
CONFIGURE_STEP = "PUT_SSM_PARAMETERS"
"""How the API calls the part of that step that writes parameters."""

BUILD = ManagedWorkflow(
    "BUILD",
    "build-image",
    (
        ManagedStep("LaunchBuildInstance", "LaunchInstance"),
        ManagedStep("ApplyBuildComponents", "ExecuteComponents", ("build", "validate")),
        ManagedStep("InventoryCollection", "CollectImageMetadata"),
        ManagedStep("RunSanitizeScript", "SanitizeInstance"),
        ManagedStep(CREATE_AMI, "CreateImage"),
        ManagedStep("TerminateBuildInstance", "TerminateInstance"),
    ),
)
TEST = ManagedWorkflow(
    "TEST",
    "test-image",
    (
        ManagedStep("LaunchTestInstance", "LaunchInstance"),
        ManagedStep("ApplyTestComponents", "ExecuteComponents", ("test",)),
        ManagedStep("TerminateTestInstance", "TerminateInstance"),
    ),
)
DISTRIBUTION = ManagedWorkflow(
    "DISTRIBUTION",
    "distribute-image",
    (ManagedStep(DISTRIBUTE_AMI, "DistributeImage"), ManagedStep(INTEGRATE, "ApplyImageConfigurations")),
)
STEP_NAMES = tuple(step.name for workflow in (BUILD, TEST, DISTRIBUTION) for step in workflow.steps)


def course(*, tests: bool, builds: bool = True) -> tuple[ManagedWorkflow, ...]:
    """Return the workflows of one run.

    :param tests: whether the image is tested.
    :param builds: False to distribute an image that exists already.
    """
    return ((BUILD,) if builds else ()) + ((TEST,) if tests and builds else ()) + (DISTRIBUTION,)


PHASES = tuple(dict.fromkeys(phase for workflow in (BUILD, TEST) for step in workflow.steps for phase in step.phases))
"""The phases of component documents."""


def phases_of(step: str) -> tuple[str, ...]:
    """Return the phases of component documents that a step executes."""
    found = (known.phases for workflow in (BUILD, TEST, DISTRIBUTION) for known in workflow.steps if known.name == step)
    return next(found, ())
