"""What CloudFormation refuses when a template arrives, and that it takes all of ours."""

from __future__ import annotations

import json
import signal
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.strict.rules import moments
from tests.emulated.conftest import Client, Stack, eventually
from tests.emulated.test_persistence import client_of, own, process_of

__all__ = ["own"]

TOPIC = {"Type": "AWS::SNS::Topic"}


def topic(name: object) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}}


REFUSALS = [
    ({}, "Template format error: At least one Resources member must be defined."),
    ({"Resources": {}}, "Template format error: At least one Resources member must be defined."),
    ({"Resources": {"T": TOPIC}, "Outputz": {}}, "Invalid template property or properties [Outputz]"),
    ({"Resources": {"T": {**TOPIC, "Propertys": {}}}}, "Invalid template resource property 'Propertys'"),
    (
        {"Resources": {"T": topic({"Ref": "Nix"})}},
        "Template format error: Unresolved resource dependencies [Nix] in the Resources block of the template",
    ),
    (
        {"Resources": {"T": topic({"Fn::GetAtt": ["Nix", "Arn"]})}},
        "Template error: instance of Fn::GetAtt references undefined resource Nix",
    ),
    (
        {"Resources": {"T": TOPIC, "A": {**TOPIC, "DependsOn": "B"}, "B": {**TOPIC, "DependsOn": "A"}}},
        "Circular dependency between resources: [A, B]",
    ),
]


@pytest.mark.behaviour("CloudFormation", "a template that is wrong in itself is refused, and leaves no stack behind")
@pytest.mark.parametrize(("template", "message"), REFUSALS)
@pytest.mark.parametrize("operation", ["create_stack", "create_change_set", "validate_template"])
def test_a_wrong_template_is_refused_on_its_arrival(stack, client, operation, template, message):
    cloudformation = client("cloudformation")
    request: dict[str, Any] = {"TemplateBody": json.dumps(template)}
    if operation != "validate_template":
        request["StackName"] = stack.name
    if operation == "create_change_set":
        request |= {"ChangeSetName": "wrong", "ChangeSetType": "CREATE"}

    with pytest.raises(ClientError) as refused:
        getattr(cloudformation, operation)(**request)

    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert message in refused.value.response["Error"]["Message"]
    assert stack.status() is None


@pytest.mark.behaviour("CloudFormation", "a template that is wrong in itself does not change the stack it is to update")
def test_a_wrong_template_changes_nothing(stack, client):
    stack.put({"T": topic("before")})

    with pytest.raises(ClientError, match="Unresolved resource dependencies"):
        stack.apply({"Resources": {"T": topic({"Ref": "Nix"})}})

    assert stack.status() == "CREATE_COMPLETE"


ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]}},
}  # fmt: skip


@pytest.mark.behaviour("CloudFormation", "IAM resources need a capability, and named ones the stronger")
@pytest.mark.parametrize(
    ("name", "capabilities", "missing"),
    [
        (None, [], "CAPABILITY_IAM"),
        (None, ["CAPABILITY_IAM"], None),
        ("named", ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        ("named", ["CAPABILITY_NAMED_IAM"], None),
    ],
)
def test_capabilities_are_demanded(stack, client, name, capabilities, missing):
    own = {"RoleName": f"{stack.name}-{name}"} if name else {}
    role = {**ROLE, "Properties": {**ROLE["Properties"], **own}}
    request = {
        "StackName": stack.name,
        "TemplateBody": json.dumps({"Resources": {"R": role}}),
        "Capabilities": capabilities,
    }

    if missing is None:
        client("cloudformation").create_stack(**request)
        eventually(lambda: stack.status() == "CREATE_COMPLETE", "the stack", 60)
    else:
        with pytest.raises(ClientError) as refused:
            client("cloudformation").create_stack(**request)
        assert refused.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
        assert refused.value.response["Error"]["Message"] == f"Requires capabilities : [{missing}]"
        assert stack.status() is None


@pytest.mark.behaviour("CloudFormation", "macros need CAPABILITY_AUTO_EXPAND")
def test_macros_are_to_be_allowed(stack, client):
    template = {"Transform": "AWS::LanguageExtensions", "Resources": {"T": TOPIC}}

    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        client("cloudformation").create_stack(StackName=stack.name, TemplateBody=json.dumps(template))


@pytest.mark.behaviour("CloudFormation", "the address of a nested template may have the bucket in its host or its path")
@pytest.mark.parametrize("form", ["https://{b}.s3.{r}.amazonaws.com/nested", "https://s3.{r}.amazonaws.com/{b}/nested"])
def test_nested_templates_are_found_in_either_form(stack, client, bucket_of_templates, form):
    s3 = client("s3")
    s3.put_object(Bucket=bucket_of_templates, Key="nested", Body=json.dumps({"Resources": {"T": TOPIC}}))
    url = form.format(b=bucket_of_templates, r=s3.meta.region_name)

    stack.put({"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}})

    assert stack.physical_id("Nested").startswith("arn:")


@pytest.fixture
def bucket_of_templates(stack, client):
    s3 = client("s3")
    name = f"{stack.name}-templates"
    s3.create_bucket(Bucket=name)
    yield name
    stack.delete()
    for content in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=content["Key"])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def looked_up(client, path):
    """The SSM parameters that a template of ours looks up when it arrives."""
    ssm = client("ssm")
    template = json.loads(_text(path)) if path.suffix == ".json" else {}
    names = {
        parameter["Default"]
        for parameter in template.get("Parameters", {}).values()
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value")
    }
    present = {
        one["Name"] for page in ssm.get_paginator("describe_parameters").paginate() for one in page["Parameters"]
    }
    missing = sorted(names - present)
    # The CDK's bootstrap is of version 30, and no two ids are the same.
    for number, name in enumerate(missing, start=30):
        ssm.put_parameter(Name=name, Type="String", Value=str(number))
    yield
    for name in missing:
        ssm.delete_parameter(Name=name)


ROOT = Path(__file__).resolve().parents[2]
OURS = sorted((ROOT / "tests" / "synth" / "snapshots").glob("*/*.template.json"))
BOOTSTRAP = ROOT / "node_modules" / "aws-cdk" / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml"


def _text(path: Path) -> str:
    """Return a template with something for what snapshots leave open, and as short as it can be written."""
    text = path.read_text()
    # Versions of a function and of a recipe; the latter is part of a logical id, too.
    text = text.replace("<version>", "1").replace("<content>amiid", "1amiid").replace("<content>", "1.0.0")
    return json.dumps(json.loads(text), separators=(",", ":")) if text.startswith("{") else text


@pytest.mark.parametrize("path", [*OURS, BOOTSTRAP], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_template_of_ours_is_accepted(stack: Stack, client: Client, looked_up, path):
    """A change set meets all that AWS checks before a deployment, and deploys nothing."""
    cloudformation = client("cloudformation")
    # Another test may have bootstrapped this account; what it made has other names.
    own = [{"ParameterKey": "Qualifier", "ParameterValue": stack.name[-8:]}] if path == BOOTSTRAP else []
    change_set = cloudformation.create_change_set(
        StackName=stack.name, ChangeSetName="ours", Parameters=own, ChangeSetType="CREATE",
        TemplateBody=_text(path),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )["Id"]  # fmt: skip

    described = cloudformation.describe_change_set(ChangeSetName=change_set)

    events = cloudformation.describe_events(ChangeSetName=change_set)["OperationEvents"]
    wrong = [(event["ValidationPath"], event["ValidationStatusReason"]) for event in events]
    assert (described["Status"], wrong) == ("CREATE_COMPLETE", [])


def test_each_error_that_cfn_lint_knows_is_decided(cfn_lint_errors):
    """An update of cfn-lint brings new rules; each is to be put into the table, with its reason."""
    assert cfn_lint_errors - moments().keys() == set()


@pytest.fixture
def cfn_lint_errors() -> set[str]:
    """The ids of all errors, from the sources of the installed cfn-lint; importing it would take its environment."""
    rules = next((ROOT / ".slipway" / "venvs" / "emulator" / "lib").glob("python*/site-packages/cfnlint/rules"))
    lines = (line.strip() for path in rules.rglob("*.py") for line in path.read_text().splitlines())
    ids = {line.split('"')[1] for line in lines if line.startswith(('id = "E', 'id: str = "E'))}
    return {name for name in ids if name[1:].isdigit()}


def processes() -> list[tuple[int, int, str]]:
    """Process id, parent and command of all processes."""
    listed = subprocess.run(["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = (line.split(maxsplit=2) for line in listed.splitlines())
    return [(int(pid), int(parent), command) for pid, parent, command in rows]


def test_cfn_lint_runs_in_a_process_of_its_own_that_ends_with_the_emulator(own):
    template = {"Description": uuid.uuid4().hex, "Resources": {"T": TOPIC}}
    client_of(own, "cloudformation").validate_template(TemplateBody=json.dumps(template))
    server = process_of(own)
    [worker] = [pid for pid, parent, command in processes() if parent == server.pid and "strict/worker.py" in command]

    server.signal_group(signal.SIGKILL)

    eventually(lambda: worker not in [pid for pid, _parent, _command in processes()], "the end of the process")
