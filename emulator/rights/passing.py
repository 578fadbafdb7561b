"""Which calls hand a role on to a service, and in which parameter; the caller needs `iam:PassRole` for each.

Source: "Actions with iam:PassRole" of each service in the Service Authorization Reference. What an instance profile or
a launch template stands for is looked up by the caller of this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

Parameters = Mapping[str, object]

_CLOUDFORMATION = "cloudformation.amazonaws.com"
_EC2 = "ec2.amazonaws.com"
_IMAGE_BUILDER = "imagebuilder.amazonaws.com"

PASSED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "autoscaling:CreateAutoScalingGroup": (("LaunchTemplate", _EC2),),
    "autoscaling:UpdateAutoScalingGroup": (("LaunchTemplate", _EC2),),
    "cloudformation:ContinueUpdateRollback": (("RoleARN", _CLOUDFORMATION),),
    "cloudformation:CreateChangeSet": (("RoleARN", _CLOUDFORMATION),),
    "cloudformation:CreateStack": (("RoleARN", _CLOUDFORMATION),),
    "cloudformation:DeleteStack": (("RoleARN", _CLOUDFORMATION),),
    "cloudformation:RollbackStack": (("RoleARN", _CLOUDFORMATION),),
    "cloudformation:UpdateStack": (("RoleARN", _CLOUDFORMATION),),
    "ec2:AssociateIamInstanceProfile": (("IamInstanceProfile", _EC2),),
    "ec2:CreateFlowLogs": (("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),),
    "ec2:RunInstances": (("IamInstanceProfile", _EC2), ("LaunchTemplate", _EC2)),
    "events:PutRule": (("RoleArn", "events.amazonaws.com"),),
    "events:PutTargets": (("Targets.RoleArn", "events.amazonaws.com"),),
    "iam:AddRoleToInstanceProfile": (("RoleName", _EC2),),
    "imagebuilder:CreateImage": (("executionRole", _IMAGE_BUILDER),),
    "imagebuilder:CreateImagePipeline": (("executionRole", _IMAGE_BUILDER),),
    "imagebuilder:CreateInfrastructureConfiguration": (("instanceProfileName", _EC2),),
    "imagebuilder:CreateLifecyclePolicy": (("executionRole", _IMAGE_BUILDER),),
    "imagebuilder:DistributeImage": (("executionRole", _IMAGE_BUILDER),),
    "imagebuilder:UpdateImagePipeline": (("executionRole", _IMAGE_BUILDER),),
    "imagebuilder:UpdateInfrastructureConfiguration": (("instanceProfileName", _EC2),),
    "imagebuilder:UpdateLifecyclePolicy": (("executionRole", _IMAGE_BUILDER),),
    "lambda:CreateFunction": (("Role", "lambda.amazonaws.com"),),
    "lambda:UpdateFunctionConfiguration": (("Role", "lambda.amazonaws.com"),),
    "scheduler:CreateSchedule": (("Target.RoleArn", "scheduler.amazonaws.com"),),
    "scheduler:UpdateSchedule": (("Target.RoleArn", "scheduler.amazonaws.com"),),
}
"""By IAM action the parameters that hold a role, an instance profile or a launch template, and who gets the role."""


def parameters(body: bytes, query: Mapping[str, list[str]]) -> dict[str, object]:
    """Return the parameters of a call in whatever protocol: JSON as it is, a form nested at its dots."""
    text = body.decode(errors="replace").strip()
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    flat = {name: values[0] for name, values in query.items() if values} | dict(parse_qsl(text))
    return _nested(flat)


def _nested(flat: Mapping[str, str]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        branch = tree
        for part in path:
            below = branch.setdefault(part, {})
            if not isinstance(below, dict):
                break
            branch = below
        else:
            branch[last] = value
    return tree


def passed_by(action: str, call: Parameters) -> list[tuple[object, str]]:
    """Return what names the roles that a call hands on, and the service that gets them."""
    return [(value, service) for path, service in PASSED.get(action, ()) for value in _at(call, path.split("."))]


def _at(value: object, path: list[str]) -> Iterator[object]:
    if isinstance(value, list):
        for each in value:
            yield from _at(each, path)
    elif not path:
        if value:
            yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])
