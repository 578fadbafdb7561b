"""What tests of Auto Scaling share: a group without load balancer, in a stack or by the API, and how to watch it."""

from __future__ import annotations

from typing import Any

from tests.emulated.conftest import eventually
from tests.emulated.test_scaling import SPECIFICATION, TEMPLATE

MINUTES = 300.0
"""How long a change may take on AWS; here it takes seconds."""
ZONES = {"Fn::GetAZs": ""}
OUTPUTS = {"Name": {"Ref": "Group"}, "Template": {"Ref": "Template"}}


def resources(**properties: Any) -> dict[str, Any]:
    """Return a launch template and a group in the default network."""
    base = {"MinSize": "0", "MaxSize": "4", "LaunchTemplate": SPECIFICATION, "AvailabilityZones": ZONES}
    return {
        "Template": TEMPLATE,
        "Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {**base, **properties}},
    }


class Watched:
    """A group as the API shows it."""

    def __init__(self, name: str, autoscaling: Any) -> None:
        self.name = name
        self.api = autoscaling

    def shown(self) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return self.api.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"]

        # A stack that has only begun may not have it yet.
        return eventually(found, f"the group {self.name}")[0]

    def states(self) -> dict[str, str]:
        return {member["InstanceId"]: member["LifecycleState"] for member in self.shown()["Instances"]}

    def await_states(self, *wanted: str) -> list[str]:
        """Wait until the group's instances are in these states, and return their ids."""
        eventually(lambda: sorted(self.states().values()) == sorted(wanted), f"{self.name}: {wanted}", MINUTES)
        return list(self.states())

    def activities(self) -> list[dict[str, Any]]:
        return self.api.describe_scaling_activities(AutoScalingGroupName=self.name)["Activities"]

    def await_activity(self, text: str) -> dict[str, Any]:
        """Wait for an activity whose cause or description has a text, to be over, and return it."""

        def find() -> dict[str, Any] | None:
            found = [each for each in self.activities() if text in each["Cause"] + each["Description"]]
            return next((each for each in found if each["StatusCode"] not in ("InProgress", "PreInService")), None)

        return eventually(find, f"an activity about {text!r}", MINUTES)
