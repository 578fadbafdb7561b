"""CloudFormation acts for the role that it was given, or for its caller, and does not do more than these may."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.paths import EMULATOR_PYTHON, ROOT, VENVS
from emulator.rights.resource_types import RIGHTS
from tests.emulated.conftest import Stack, eventually
from tests.emulated.people import allow, patient

QUEUE = {"Type": "AWS::SQS::Queue"}


def create(stack: Stack, cloudformation: Any, resources: dict[str, Any], **more: Any) -> None:
    template = json.dumps({"Resources": resources})
    patient(
        lambda: cloudformation.create_stack(
            StackName=stack.name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"], **more
        )
    )
    eventually(lambda: not str(stack.status()).endswith("_IN_PROGRESS"), "the end of the creation", seconds=120)


@pytest.mark.behaviour("CloudFormation", "a stack's role may not make a resource: the resource fails with AccessDenied")
def test_role_of_the_stack_limits_what_it_makes(stack, client, people):
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stack.name}-topic"}}
    role = people.role("deploy", allow("sqs:*"))

    create(stack, client("cloudformation"), {"Queue": QUEUE, "Topic": topic}, RoleARN=role)

    assert stack.status() == "ROLLBACK_COMPLETE"
    (reason,) = [reason for reason in stack.reasons() if "sns:" in reason]
    assert f"assumed-role/{stack.name}-deploy/AWSCloudFormation is not authorized to perform: sns:CreateTopic" in reason
    assert f":{stack.name}-topic" in reason
    assert "AccessDenied" in reason


@pytest.mark.behaviour("CloudFormation", "a stack keeps its role for later operations, whoever calls them")
def test_role_is_remembered_for_later_operations(stack, client, people):
    role = people.role("deploy", allow("sqs:*"))
    cloudformation = client("cloudformation")
    create(stack, cloudformation, {"Queue": QUEUE}, RoleARN=role)
    assert cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]["RoleARN"] == role

    people.let("deploy", allow("sqs:Get*"))

    def has_failed() -> bool:
        # AWS needs some seconds until a policy counts.
        stack.apply({"Resources": {"Queue": QUEUE, "Other": QUEUE}})
        return stack.status() == "UPDATE_ROLLBACK_COMPLETE"

    eventually(has_failed, "the refusal", seconds=60)
    assert any("sqs:createqueue" in reason.lower() for reason in stack.reasons())
    assert stack.delete() == "DELETE_FAILED"
    people.let("deploy", allow("sqs:*"))
    eventually(lambda: stack.delete() is None or stack.status() == "DELETE_COMPLETE", "the deletion", seconds=60)


@pytest.mark.behaviour("CloudFormation", "without a role a stack is deployed with the rights of its caller")
def test_without_a_role_the_caller_s_rights_count(stack, people):
    caller = people.user(allow("cloudformation:*", "sqs:*"))
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}

    create(stack, caller("cloudformation"), {"Queue": QUEUE, "Parameter": parameter})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert any(":user/" in reason and "ssm:PutParameter" in reason for reason in stack.reasons())


@pytest.mark.behaviour("CloudFormation", "giving a stack a role needs iam:PassRole on it")
def test_caller_must_be_allowed_to_pass_the_role(stack, people):
    role = people.role("deploy", allow("sqs:*"))
    passing = allow("iam:PassRole", resource=role)
    passing["Condition"] = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    may_not, may = people.user(allow("cloudformation:*")), people.user(allow("cloudformation:*"), passing)

    with pytest.raises(ClientError, match=f"not authorized to perform: iam:PassRole on resource: {role}"):
        create(stack, may_not("cloudformation"), {"Queue": QUEUE}, RoleARN=role)
    create(stack, may("cloudformation"), {"Queue": QUEUE}, RoleARN=role)
    assert stack.status() == "CREATE_COMPLETE"


@pytest.mark.behaviour("CloudFormation", "a role that CloudFormation may not assume is refused at once")
def test_role_must_trust_cloudformation(stack, client, people):
    role = people.role("deploy", allow("sqs:*"), trusted="ec2.amazonaws.com")

    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        client("cloudformation").create_stack(
            StackName=stack.name, TemplateBody=json.dumps({"Resources": {"Queue": QUEUE}}), RoleARN=role
        )


@pytest.mark.behaviour("CloudFormation", "a change set's role becomes the stack's, as cdk deploy uses it")
def test_change_set_brings_its_role(stack, client, people):
    role = people.role("deploy", allow("sqs:*"))
    cloudformation = client("cloudformation")
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    patient(
        lambda: cloudformation.create_change_set(
            StackName=stack.name,
            ChangeSetName="first",
            ChangeSetType="CREATE",
            Description="the first one",
            TemplateBody=template,
            RoleARN=role,
        )
    )
    name = {"StackName": stack.name, "ChangeSetName": "first"}
    eventually(lambda: cloudformation.describe_change_set(**name)["Status"] == "CREATE_COMPLETE", "the change set")

    cloudformation.execute_change_set(**name)

    eventually(lambda: stack.status() == "ROLLBACK_COMPLETE", "the refusal", seconds=60)
    assert cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]["RoleARN"] == role
    assert any("sns:CreateTopic" in reason.replace("SNS", "sns") for reason in stack.reasons())


@pytest.mark.behaviour("CloudFormation", "a resource that gets a role needs iam:PassRole for whoever deploys it")
def test_deployer_must_be_allowed_to_pass_a_function_its_role(stack, client, people):
    execution = people.role("execution", allow("logs:*"), trusted="lambda.amazonaws.com")
    role = people.role("deploy", allow("lambda:*"))
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Role": execution, "Runtime": "python3.12", "Handler": "index.handler",
            "Code": {"ZipFile": "def handler(event, context): pass"},
        },
    }  # fmt: skip

    create(stack, client("cloudformation"), {"Function": function}, RoleARN=role)

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert any("iam:PassRole" in reason and execution in reason for reason in stack.reasons())


SESSIONS = """
import time
from emulator.plugin import clock, deployer
for name, moment in (("of-yesterday", time.time() - 86400), ("of-today", time.time())):
    clock.use(lambda: moment)
    deployer._session_of(f"arn:aws:iam::000000000000:role/{name}")
print(*(session["Arn"].split("/")[1] for session in deployer._sts._sessions.values()))
"""


def test_session_of_a_stack_s_role_expires():
    # In a process of its own: from outside nobody can see which sessions the emulator keeps.
    run = subprocess.run(
        [EMULATOR_PYTHON, "-c", SESSIONS], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert run.stdout.split() == ["of-today"], run.stderr


def registry_permissions(type_name: str) -> set[str]:
    (folder,) = (VENVS / "emulator").glob("lib/python*/site-packages/cfnlint/data/schemas")
    schema = json.loads((folder / "providers" / "us-east-1.json").read_text())[type_name]
    handlers = json.loads((folder / "resources" / f"{schema}.json").read_text())["handlers"]
    return {permission for handler in handlers.values() for permission in handler.get("permissions", [])}


def test_every_action_of_the_table_is_one_of_the_type_s_handlers_in_the_registry():
    unknown = {
        f"{name} {action}"
        for name, rights in RIGHTS.items()
        for entry in (rights.create, rights.change, rights.delete, *rights.sets.values(), *rights.changes.values())
        if (action := entry.partition(" ")[0]) and action not in registry_permissions(name)
    }
    assert unknown == set()


@pytest.mark.difference(
    "CloudFormation", aws="the role of a stack needs the reading actions of each type, too",
    here="it needs the actions that make, change and delete",
)  # fmt: skip
def test_role_of_the_stack_needs_no_reading_actions(stack, client, people):
    role = people.role("deploy", allow("sqs:CreateQueue", "sqs:DeleteQueue"))

    create(stack, client("cloudformation"), {"Queue": QUEUE}, RoleARN=role)

    assert stack.status() == "CREATE_COMPLETE"
