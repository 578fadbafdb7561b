"""The rights that CloudFormation needs to deploy assemblies, and no more.

Which actions a type of resources takes, the CloudFormation registry says; on which resources, the names that the
deployment gives, where AWS lets actions be bounded so. Statements and policies only: nothing here asks AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract import tags
from emulator.strict.registry import FALLBACK_REGION, Registry

LONGEST_POLICY = 6144
"""Characters of a managed policy, white space apart; a role has at most ten of them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

PARTITIONS = {
    "cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f",
}  # fmt: skip
"""By the beginning of a region's name; all others are in `aws`."""

SERVICES = {"ElasticLoadBalancingV2": ("elasticloadbalancing",), "Budgets": ("budgets", "billing")}
"""What the actions of a type begin with, where it is not the second part of its name in small letters."""

ROLE_BEARERS = (
    "ec2.amazonaws.com", "lambda.amazonaws.com", "imagebuilder.amazonaws.com", "vpc-flow-logs.amazonaws.com",
)  # fmt: skip
"""The services that roles of the platform are handed to."""

WITHOUT_NAMES = frozenset({"ec2", "elasticloadbalancing", "kms"})
"""Services whose resources have ids only, so that the region is all that can bound their actions."""

GLOBAL = frozenset({"route53", "billing"})
"""Services that stand in no region and whose resources have ids only."""

WITHOUT_RESOURCE = frozenset(
    {"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:PutQueryDefinition", "logs:DeleteQueryDefinition",
     "secretsmanager:GetRandomPassword"}
)  # fmt: skip
"""Further actions for which AWS defines no resource. Source: the Service Authorization Reference."""

LOOKING = ("Describe", "List")
LOOKED_THROUGH = frozenset({"autoscaling", "cloudwatch", "elasticache", "logs"})
"""Services that let nobody bound such actions, which only tell what there is."""

WRITABLE = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+\*?")
"""Actions as a policy takes them. The registry also lists a few that are none, such as `s3:REST.PUT.OBJECT`."""

FOR_BOUNDED_ROLES = frozenset(
    {"iam:AttachRolePolicy", "iam:CreateRole", "iam:DetachRolePolicy", "iam:DeleteRolePolicy",
     "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
)  # fmt: skip
"""Actions that know the condition key `iam:PermissionsBoundary`."""

LOOSENING = frozenset({"iam:DeleteRolePermissionsBoundary"})
"""Actions that would take a boundary off."""

Statement = dict[str, Any]


class AssemblyError(Exception):
    """There is nothing to derive rights from; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Deployment:
    """What an assembly says of the deployment that it is of.

    :param name: what the names of its resources begin with, for example `slipway-production`.
    :param parameters: where its SSM parameters stand, for example `/slipway/production`.
    :param regions: where its stacks stand.
    :param templates: their templates.
    """

    name: str
    parameters: str
    regions: frozenset[str]
    templates: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, folder: Path) -> Deployment:
        """Read an assembly.

        :raises AssemblyError: if the folder holds none of ours.
        """
        try:
            artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"].values()
            stacks = [each for each in artifacts if each["type"] == "aws:cloudformation:stack"]
            first = stacks[0]["properties"]["tags"]
            name, environment = first[tags.DEPLOYMENT_ID], first[tags.ENVIRONMENT]
            files = [folder / stack["properties"]["templateFile"] for stack in stacks]
            return cls(
                name,
                f"/{name.removesuffix(f'-{environment}')}/{environment}",
                frozenset(stack["environment"].rpartition("/")[2] for stack in stacks),
                tuple(json.loads(file.read_text(encoding="utf-8")) for file in files),
            )
        except (OSError, ValueError, LookupError) as error:
            why = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else repr(error)
            raise AssemblyError(
                f"{folder} holds no assembly of this application ({why}); make one with 'cdk synth -c env=...'"
            ) from error

    def resources(self, *kinds: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield logical id and properties of the resources of some types, of all without one."""
        for template in self.templates:
            for logical_id, resource in template.get("Resources", {}).items():
                if not kinds or resource["Type"] in kinds:
                    yield logical_id, resource.get("Properties", {})

    @property
    def types(self) -> set[str]:
        """Types of its resources."""
        return {resource["Type"] for template in self.templates for resource in template.get("Resources", {}).values()}

    @property
    def role_names(self) -> set[str]:
        """Paths and names of its roles, with a `*` behind the deployment's name; a name cut too short for it alone."""
        found = set()
        for _, properties in self.resources("AWS::IAM::Role"):
            name = str(properties.get("RoleName", self.name))
            start, own, _ = name.partition(self.name)
            found.add(f"{properties.get('Path', '/')}" + (f"{start}{own}-*" if own else name))
        return found

    @property
    def boundaries(self) -> set[str]:
        """ARNs of the managed policies that bound its roles."""
        found = (properties.get("PermissionsBoundary") for _, properties in self.resources("AWS::IAM::Role"))
        return {arn for arn in found if isinstance(arn, str)}

    @property
    def existing_roles(self) -> set[str]:
        """ARNs of the roles of somebody else's that its functions have."""
        found = (properties.get("Role") for _, properties in self.resources("AWS::Lambda::Function"))
        return {arn for arn in found if isinstance(arn, str)}


Permissions = Callable[[str], Iterable[str]]
"""Returns the actions that the registry's handlers of a type take."""


def registered(registry: Registry) -> Permissions:
    """Return what reads a type's actions from the registry."""

    def permissions(kind: str) -> set[str]:
        handlers = (registry.schema(kind, FALLBACK_REGION) or {}).get("handlers", {})
        return {
            action
            for operation in ("create", "read", "update", "delete")
            for action in handlers.get(operation, {}).get("permissions", [])
        }

    return permissions


def services_of(kind: str) -> tuple[str, ...]:
    """Return what the actions of a type's own service begin with."""
    name = kind.split("::")[1]
    return SERVICES.get(name, (name.lower(),))


def actions_of(deployments: Sequence[Deployment], permissions: Permissions) -> set[str]:
    """Return the actions that the types of deployments take.

    Handlers also serve properties that concern services of which a deployment has nothing, such as CodeDeploy; what
    they would do there is left out.
    """
    kinds = {kind for each in deployments for kind in each.types if kind.startswith("AWS::")}
    own = {service for kind in kinds for service in services_of(kind)}
    found = {action for kind in kinds for action in permissions(kind)}
    custom = any(kind.startswith("Custom::") for each in deployments for kind in each.types)
    kept = {action for action in found if action.partition(":")[0] in own and WRITABLE.fullmatch(action)}
    return kept | ({"lambda:InvokeFunction"} if custom else set())


@dataclass(frozen=True)
class Account:
    """Where the deployments stand, for ARNs."""

    partition: str
    number: str

    def arn(self, service: str, resource: str, *, is_global: bool = False) -> str:
        """Return an ARN in any region, or in none."""
        return f"arn:{self.partition}:{service}:{'' if is_global else '*'}:{self.number}:{resource}"

    def resources(self, service: str, deployments: Sequence[Deployment]) -> list[str]:
        """Return the resources of deployments that a service's actions may concern."""
        return sorted({arn for each in deployments for arn in self._resources(service, each)})

    def _resources(self, service: str, deployment: Deployment) -> Iterator[str]:
        name = deployment.name
        match service:
            case "iam":
                yield from (self.arn(service, f"role{path}", is_global=True) for path in deployment.role_names)
                yield from (
                    self.arn(service, f"instance-profile{path}", is_global=True) for path in deployment.role_names
                )
                yield self.arn(service, "oidc-provider/token.actions.githubusercontent.com", is_global=True)
            case "s3":
                yield f"arn:{self.partition}:s3:::{name}-*"
                yield from (
                    f"arn:{self.partition}:s3:::cdk-*-assets-{self.number}-{region}/*" for region in deployment.regions
                )
            case "ssm":
                yield self.arn(service, f"parameter{deployment.parameters}/*")
                yield self.arn(service, "parameter/cdk-bootstrap/*")
                yield f"arn:{self.partition}:ssm:*::parameter/aws/service/*"
            case "secretsmanager":
                # CloudFormation begins the name of a secret with its logical id.
                for logical_id, _ in deployment.resources("AWS::SecretsManager::Secret"):
                    yield self.arn(service, f"secret:{logical_id}-*")
                yield self.arn(service, f"secret:{name}-*")
            case "lambda":
                yield self.arn(service, f"function:{name}-*")
                yield f"arn:{self.partition}:lambda:*:*:layer:*"
            case "logs":
                yield self.arn(service, f"log-group:{deployment.parameters}/*")
                yield self.arn(service, f"log-group:/aws/*/{name}-*")
            case "sns":
                yield self.arn(service, f"{name}-*")
            case "cloudwatch":
                yield self.arn(service, f"alarm:{name}-*")
                yield self.arn(service, f"dashboard/{name}-*", is_global=True)
            case "autoscaling":
                yield self.arn(service, f"autoScalingGroup:*:autoScalingGroupName/{name}-*")
            case "imagebuilder":
                yield self.arn(service, f"*/{name}-*")
                yield f"arn:{self.partition}:imagebuilder:*:aws:*"
            case "elasticache":
                yield self.arn(service, f"serverlesscache:{name}-*")
            case "budgets":
                yield self.arn(service, f"budget/{name}-*", is_global=True)
            case _:
                raise AssemblyError(
                    f"nobody has said yet which resources of {service} are a deployment's own; add it to {__name__}"
                )


def statements(deployments: Sequence[Deployment], account: Account, permissions: Permissions) -> Iterator[Statement]:
    """Yield what CloudFormation has to be allowed.

    :raises AssemblyError: if nobody has said yet how a service's resources are named.
    """
    actions = actions_of(deployments, permissions)
    regions = sorted({region for each in deployments for region in each.regions})
    in_regions = {"StringEquals": {"aws:RequestedRegion": regions}}
    handed_on = {"iam:PassRole", "iam:CreateServiceLinkedRole"}
    by_service: dict[str, set[str]] = {}
    for action in actions - handed_on:
        by_service.setdefault(action.partition(":")[0], set()).add(action)
    unbounded = {action for service in WITHOUT_NAMES for action in by_service.pop(service, ())}
    worldwide = {action for service in GLOBAL for action in by_service.pop(service, ())}
    for service, own in by_service.items():
        alone = {each for each in own if service in LOOKED_THROUGH and each.partition(":")[2].startswith(LOOKING)}
        unbounded |= alone | (own & WITHOUT_RESOURCE)
        own.difference_update(unbounded)
    yield _allow("Regional", unbounded, ["*"], in_regions)
    yield _allow("Global", worldwide, ["*"])
    for service, own in sorted(by_service.items()):
        if service == "iam":
            yield from _identity(own, account.resources("iam", deployments), deployments)
        elif own:
            yield _allow(service.capitalize(), own, account.resources(service, deployments))
    stacks = sorted(account.arn("cloudformation", f"stack/{each.name}-*/*") for each in deployments)
    yield _allow("ReadOutputs", {"cloudformation:DescribeStacks"}, stacks)
    roles = [arn for arn in account.resources("iam", deployments) if ":role/" in arn]
    roles += sorted({arn for each in deployments for arn in each.existing_roles})
    passed = {"StringEquals": {"iam:PassedToService": list(ROLE_BEARERS)}}
    yield _allow("PassRoles", {"iam:PassRole"}, roles, passed)
    linked = account.arn("iam", "role/aws-service-role/*", is_global=True)
    yield _allow("ServiceLinkedRoles", {"iam:CreateServiceLinkedRole"}, [linked])


def _identity(actions: set[str], resources: list[str], deployments: Sequence[Deployment]) -> Iterator[Statement]:
    """Yield what concerns roles; where all of them are bounded, none can be made or widened without its boundary."""
    boundaries = sorted({arn for each in deployments for arn in each.boundaries})
    if not boundaries or not all(each.boundaries for each in deployments):
        yield _allow("Iam", actions, resources)
        return
    yield _allow("Iam", actions - FOR_BOUNDED_ROLES - LOOSENING, resources)
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundaries}}
    yield _allow("IamWithBoundary", actions & FOR_BOUNDED_ROLES, resources, bounded)


def _allow(sid: str, actions: Iterable[str], resources: Sequence[str], condition: object = None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def policies(allowed: Iterable[Statement]) -> list[str]:
    """Return policy documents that together hold the statements, each within what IAM allows."""
    documents: list[list[Statement]] = []
    for statement in (part for each in allowed for part in _parts(each)):
        if not documents or _size([*documents[-1], statement]) > LONGEST_POLICY:
            documents.append([])
        documents[-1].append(statement)
    return [json.dumps(_document(each), indent=1) + "\n" for each in documents]


def _parts(statement: Statement) -> Iterator[Statement]:
    """Yield a statement, in halves as long as it fits no policy of its own."""
    actions = statement["Action"]
    if not actions:
        return
    if _size([statement]) <= LONGEST_POLICY:
        yield statement
        return
    middle = len(actions) // 2
    for number, half in enumerate((actions[:middle], actions[middle:]), start=1):
        yield from _parts({**statement, "Sid": f"{statement['Sid']}{number}", "Action": half})


def _document(parts: list[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": parts}


def _size(parts: list[Statement]) -> int:
    return len("".join(json.dumps(_document(parts)).split()))


def partition_of(region: str) -> str:
    """Return the partition that a region is in."""
    return next((name for beginning, name in PARTITIONS.items() if region.startswith(beginning)), "aws")


def derive(folders: Sequence[Path], account: str, permissions: Permissions) -> list[str]:
    """Return the policies for the assemblies of one or more environments of an account.

    :raises AssemblyError: if nothing can be derived.
    """
    deployments = [Deployment.read(folder) for folder in folders]
    partitions = {partition_of(region) for each in deployments for region in each.regions}
    if len(partitions) > 1:
        raise AssemblyError(f"the assemblies are for several partitions ({', '.join(sorted(partitions))}); do one each")
    return policies(statements(deployments, Account(partitions.pop(), account), permissions))
