"""Each role may do what its bearer's code really does: nothing is missing, and nothing is spare.

What code calls is read out of it. What AWS itself does with a role, and what agents do that are not ours, no code of
ours shows: that is declared here, with its source.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from constructs_lib.policy.findings import flatten
from contract.components import Function
from tests.architecture.repository import files
from tests.synth.assemblies import COMPONENTS, Assembly, Template, synthesise
from tests.synth.calls import UnreadableError, actions_in, actions_of, closure

DOCS = "https://docs.aws.amazon.com"


@dataclass(frozen=True)
class Bearer:
    """Who has a role.

    :param code: returns the files of ours that run with it.
    :param declared: what is done with it beside what these call, by the source that says so.
    :param managed: names of AWS's own policies that it has.
    """

    code: Callable[[], Iterable[str]] = tuple
    declared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    managed: tuple[str, ...] = ()

    def needs(self) -> frozenset[str]:
        return actions_of(self.code()).union(*self.declared.values())


FUNCTION = {
    f"{DOCS}/lambda/latest/dg/lambda-intro-execution-role.html": ("logs:CreateLogStream", "logs:PutLogEvents"),
    f"{DOCS}/lambda/latest/dg/services-xray.html": ("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
}
IN_NETWORK = {
    f"{DOCS}/lambda/latest/dg/configuration-vpc.html": (
        "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
    ),
}  # fmt: skip
MISSING_OBJECTS = {f"{DOCS}/AmazonS3/latest/API/API_GetObject.html": ("s3:ListBucket",)}
"""Without it S3 answers 403, not 404, for what is not there."""
ENCRYPTED = {f"{DOCS}/AmazonS3/latest/userguide/UsingKMSEncryption.html": ("kms:Decrypt", "kms:GenerateDataKey")}
AGENT = {
    f"{DOCS}/systems-manager/latest/userguide/getting-started-add-permissions-to-existing-profile.html": (
        "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ),
}  # fmt: skip
OBSERVING = {
    f"{DOCS}/AmazonCloudWatch/latest/monitoring/create-iam-roles-for-cloudwatch-agent.html": (
        "cloudwatch:PutMetricData", "logs:CreateLogStream", "logs:PutLogEvents",
    ),
}  # fmt: skip
"""The CloudWatch agent, without what it does to groups and disks: the group is the stack's, and disks have no names."""
DELIVERY = {
    f"{DOCS}/vpc/latest/userguide/flow-logs-iam-role.html": (
        "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
    ),
}  # fmt: skip
BUILD = {
    f"{DOCS}/imagebuilder/latest/userguide/toe-action-modules.html#action-modules-s3download": ("s3:GetObject",),
    f"{DOCS}/imagebuilder/latest/userguide/create-infra-config.html": ("s3:PutObject",),
}
DISTRIBUTE = {
    f"{DOCS}/imagebuilder/latest/APIReference/API_DistributeImage.html": (
        "ec2:CopyImage", "ec2:CreateTags", "ec2:DescribeImages", "ssm:PutParameter",
    ),
}  # fmt: skip
DEPLOY = {f"{DOCS}/cdk/v2/guide/bootstrapping-env.html": ("sts:AssumeRole",)}
IMAGES = {
    f"{DOCS}/AWSEC2/latest/APIReference/API_DeregisterImage.html": ("ec2:DeleteSnapshot",),
    f"{DOCS}/imagebuilder/latest/APIReference/API_DistributeImage.html": ("iam:PassRole",),
}
COMPARE = {
    f"{DOCS}/cdk/v2/guide/ref-cli-cmd-diff.html": ("cloudformation:DescribeStacks", "cloudformation:GetTemplate")
}


def instance() -> list[str]:
    return [name for name in files(".py") if name.startswith("ami_build/proxy/slipway_proxy/")]


def function(which: Function) -> Callable[[], set[str]]:
    return lambda: closure(f"lambda_src/{which.package}/handler.py")


def embedded_text_service() -> set[str]:
    """Return the code of the semantic text service that runs without Comprehend: one may not ask it by accident."""
    return function(Function.SEMANTIC_TEXT_SERVICE)() - {"lambda_src/semantic_text_service/comprehend.py"}


def image_commands() -> frozenset[str]:
    """Return what `slipway image` calls; whoever asks, may ask who it is."""
    adapters = [name for name in files(".py") if name.startswith("slipway/adapters/") and "pricing" not in name]
    # Each by itself: operations of several services have the same name.
    return frozenset[str]().union(*(actions_of([name]) for name in adapters)) - {"sts:GetCallerIdentity"}


BEARERS = {
    "InstanceRole": Bearer(instance, AGENT | OBSERVING),
    "HtmlServiceRole": Bearer(function(Function.HTML_SERVICE), FUNCTION),
    "SemanticTextServiceRole": Bearer(embedded_text_service, FUNCTION),
    "CacheServiceRole": Bearer(function(Function.CACHE_SERVICE), FUNCTION | MISSING_OBJECTS),
    "ProxyManagementRole": Bearer(function(Function.PROXY_MANAGEMENT), FUNCTION),
    "VpcFlowLogRole": Bearer(declared=DELIVERY),
    "BuildRole": Bearer(declared=BUILD, managed=("AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder")),
    "DistributionRole": Bearer(declared=DISTRIBUTE),
    "LifecycleRole": Bearer(managed=("service-role/EC2ImageBuilderLifecycleExecutionPolicy",)),
}
"""By role, without the hash at the end of its logical id."""

MADE_BY_THE_CDK = {"CustomS3AutoDeleteObjectsCustomResourceProviderRole"}
"""Roles of the CDK's own helpers, which no code of ours asks for anything."""

EVERYTHING = (
    "storage.cache.encryption=kms",
    "storage.configuration.encryption=kms",
    "cache.backend=valkey",
    "proxy.authentication.required=true",
    "identity.github.repository=octo-org/octo-repo",
    "identity.github.diff_on_pull_requests=true",
    "network.egress=nat",
    "proxy.semantic_engine=comprehend",
)
WITH_EVERYTHING = {
    "SemanticTextServiceRole": Bearer(function(Function.SEMANTIC_TEXT_SERVICE), FUNCTION),
    "CacheServiceRole": Bearer(function(Function.CACHE_SERVICE), FUNCTION | MISSING_OBJECTS | ENCRYPTED | IN_NETWORK),
    "ProxyManagementRole": Bearer(function(Function.PROXY_MANAGEMENT), FUNCTION | ENCRYPTED),
    "GitHubDeployRole": Bearer(declared=DEPLOY | IMAGES | {"slipway/adapters": tuple(image_commands())}),
    "GitHubDiffRole": Bearer(declared=COMPARE),
}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def statements(template: Template, role: str) -> Iterator[dict[str, Any]]:
    """Yield what a role's policies say, by its logical id."""
    documents = [
        entry["PolicyDocument"]
        for entry in template.resources("AWS::IAM::Role")[role]["Properties"].get("Policies", [])
    ]
    documents += [
        policy["PolicyDocument"]
        for policy in template.properties("AWS::IAM::Policy")
        if {"Ref": role} in policy["Roles"]
    ]
    for document in documents:
        yield from document["Statement"]


def allowed(template: Template, role: str) -> frozenset[str]:
    return frozenset(
        action
        for statement in statements(template, role)
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
    )


def managed(template: Template, role: str) -> set[str]:
    arns = template.resources("AWS::IAM::Role")[role]["Properties"].get("ManagedPolicyArns", [])
    return {flatten(arn).partition(":policy/")[2] for arn in arns}


def roles(assembly: Assembly) -> dict[str, tuple[Template, str]]:
    """Return every role of an assembly: by its name without a hash, its template and its logical id."""
    templates = [assembly.template(component) for component in COMPONENTS]
    found = [(template, role) for template in templates for role in template.resources("AWS::IAM::Role")]
    named = {re.sub(r"[0-9A-F]{8}$", "", role): (template, role) for template, role in found}
    assert len(named) == len(found)
    return {name: place for name, place in named.items() if name not in MADE_BY_THE_CDK}


def differences(role: str, needed: frozenset[str], granted: frozenset[str]) -> list[str]:
    """Return what is wrong with a role's rights, in words."""
    return [
        *(f"{role} lacks {action}, which its code calls" for action in sorted(needed - granted)),
        *(f"{role} may {action}, which nothing calls" for action in sorted(granted - needed)),
    ]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the development environment with every setting that gives a role more."""
    return synthesise("development", tmp_path_factory.mktemp("everything"), overrides=EVERYTHING)


def check(assembly: Assembly, bearers: Mapping[str, Bearer]) -> None:
    found = roles(assembly)
    wrong = [
        text
        for name, (template, role) in found.items()
        if name in bearers
        for text in differences(name, bearers[name].needs(), allowed(template, role))
    ]
    policies = {name: managed(*place) for name, place in found.items()}

    assert wrong == []
    assert found.keys() == bearers.keys()
    assert policies == {name: set(bearer.managed) for name, bearer in bearers.items()}


def test_each_role_may_do_what_its_bearer_does(assembly):
    check(assembly("production"), BEARERS)


def test_each_role_may_do_what_its_bearer_does_with_everything_on(everything):
    check(everything, {**BEARERS, **WITH_EVERYTHING})


def test_no_action_is_a_wildcard(everything):
    wild = [
        f"{name}: {action}"
        for name, (template, role) in roles(everything).items()
        for action in allowed(template, role)
        if "*" in action
    ]

    assert wild == []


def reasons(assembly: Assembly, component: str) -> dict[str, set[str]]:
    """Return the accepted findings of a stack's constructs, with those that they have from above, by logical id."""
    name = f"slipway-{assembly.environment}-{component}"
    metadata = json.loads((assembly.folder / f"{name}.metadata.json").read_text())
    found: dict[str, set[str]] = {}
    for path, entries in metadata.items():
        for logical_id in (entry["data"] for entry in entries if entry["type"] == "aws:cdk:logicalId"):
            found[logical_id] = {
                rule
                for other, above in metadata.items()
                if path == other or path.startswith(f"{other}/")
                for entry in above
                if entry["type"] == "aws:cdk:acknowledged-rules"
                for rule in entry["data"]
            }
    return found


def test_each_resource_with_a_wildcard_has_a_reason_in_the_code(everything):
    bare = []
    for component in COMPONENTS:
        accepted = reasons(everything, component)
        for name, document in documents(everything.template(component)):
            for statement in document["Statement"]:
                wild = [flatten(each) for each in as_list(statement["Resource"]) if "*" in str(each)]
                bare += [
                    f"{name}: {text}"
                    for text in wild
                    if statement["Effect"] == "Allow"
                    and f"AwsSolutions::AwsSolutions-IAM5[Resource::{text}]" not in accepted[name]
                ]

    assert bare == []


def documents(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is allowed by each policy and in each role, with the logical id of the resource that says it."""
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, entry in template.resources(kind).items():
            yield name, entry["Properties"]["PolicyDocument"]
    for name, entry in template.resources("AWS::IAM::Role").items():
        for policy in entry["Properties"].get("Policies", []):
            yield name, policy["PolicyDocument"]


def test_a_policy_within_a_role_is_looked_at_too(everything):
    inline = [
        name
        for component in COMPONENTS
        for name, _ in documents(everything.template(component))
        if name in everything.template(component).resources("AWS::IAM::Role")
    ]

    assert inline


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def test_a_call_that_is_added_is_missed_and_an_action_that_is_added_is_spare():
    code = {
        "some.py": ast.parse("c = boto3.client('s3')\nc.get_object(Bucket=b, Key=k)\nc.delete_object(Bucket=b, Key=k)")
    }
    granted = frozenset({"s3:GetObject", "s3:PutObject"})

    assert differences("Role", actions_in(code), granted) == [
        "Role lacks s3:DeleteObject, which its code calls",
        "Role may s3:PutObject, which nothing calls",
    ]


@pytest.mark.parametrize(
    ("code", "actions"),
    [
        ("s.client('s3').get_paginator('list_objects_v2').paginate()", {"s3:ListBucket"}),
        ("self._client('ssm').get_parameter(Name=n)", {"ssm:GetParameter"}),
        ("boto3.client('s3').upload_file(a, b, c)", {"s3:PutObject"}),
        ("boto3.client('s3').head_object(Bucket=b, Key=k)", {"s3:GetObject"}),
        ("boto3.client('elbv2').describe_target_health()", {"elasticloadbalancing:DescribeTargetHealth"}),
        ("SERVICE = 'lambda'\nSigV4Auth(c, SERVICE, r)", {"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}),
        ("def put_object(): ...\nput_object()", set()),
        ("store.put_object()", set()),
    ],
)
def test_calls_are_read(code, actions):
    assert actions_in({"some.py": ast.parse(code)}) == actions


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("boto3.client(name).put_object()", "some.py:1.*write the service's name"),
        ("boto3.resource('s3').Bucket(b)", "some.py:1.*use a client"),
        ("getattr(boto3.client('s3'), name)()", "some.py: s3.*call their methods plainly"),
        ("c = boto3.client('ec2')\nc.get_waiter('instance_running').wait()", "waiter hides"),
        ("SigV4Auth(c, pick(), r)", "SigV4Auth"),
        ("SigV4Auth(c, UNKNOWN, r)", "UNKNOWN is no constant"),
    ],
)
def test_what_cannot_be_read_is_an_error(code, words):
    with pytest.raises(UnreadableError, match=words):
        actions_in({"some.py": ast.parse(code)})


def test_a_service_has_the_files_that_it_imports():
    found = closure("lambda_src/cache_service/handler.py")

    assert {"lambda_src/cache_service/s3_store.py", "lambda_src/shared/s3.py"} <= found
    assert not any("html_service" in name for name in found)
