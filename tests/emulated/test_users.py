"""Whoever deploys is a user of its own that may assume the CDK's roles, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]


def test_the_deployer_may_do_nothing_by_itself(emulator):
    given = emulator.control("deployer")
    sns = boto3.client(
        "sns", endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"], aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip

    with pytest.raises(ClientError, match="user/slipway-deployer is not authorized to perform: sns:ListTopics"):
        sns.list_topics()
    assert emulator.control("deployer") == given


APP = """
import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs, aws_ssm as ssm
app = cdk.App(context={{"@aws-cdk/core:bootstrapQualifier": "narrow"}})
stack = cdk.Stack(app, "{name}", env=cdk.Environment(account="000000000000", region="us-east-1"))
sqs.Queue(stack, "Queue")
ssm.StringParameter(stack, "Parameter", string_value="v", parameter_name="/{name}/p")
app.synth()
"""


@pytest.fixture
def cdk(tmp_path):
    """Return a function that runs `cdk` with an environment, and returns what came of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept["PATH"] = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{kept.get('PATH', '')}"

    def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [ROOT / ".venv" / "bin" / "cdk", "--no-notices", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={**kept, **environment}, capture_output=True, text=True, check=False
        )  # fmt: skip

    return run


def allowing(*actions: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


@pytest.mark.behaviour("CDK", "cdk deploy works as a user that may only assume the CDK's roles", aws=False)
@pytest.mark.behaviour("CDK", "what the bootstrap's execution policy does not allow fails the stack", aws=False)
def test_cdk_deploys_with_the_rights_of_its_bootstrap(emulator, client, stack, cdk, tmp_path):
    administrator = emulator.environment()
    deployer = {**administrator, **emulator.control("deployer")}
    iam, toolkit = client("iam"), f"{stack.name}-toolkit"
    policy = iam.create_policy(PolicyName=toolkit, PolicyDocument=allowing("sqs:*"))["Policy"]["Arn"]
    made = cdk(
        "bootstrap", "aws://000000000000/us-east-1", "--app", "", "--qualifier", "narrow",
        "--toolkit-stack-name", toolkit, "--cloudformation-execution-policies", policy, environment=administrator,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (tmp_path / "app.py").write_text(APP.format(name=stack.name))

    refused = cdk("deploy", "--app", "python app.py", "--require-approval", "never", environment=deployer)
    assert refused.returncode != 0
    assert "cdk-narrow-cfn-exec-role" in refused.stderr + refused.stdout
    assert "ssm:PutParameter" in refused.stderr + refused.stdout
    stack.delete()

    iam.create_policy_version(PolicyArn=policy, PolicyDocument=allowing("sqs:*", "ssm:*"), SetAsDefault=True)
    allowed = cdk("deploy", "--app", "cdk.out", "--require-approval", "never", environment=deployer)
    assert allowed.returncode == 0, allowed.stderr
    assert stack.status() == "CREATE_COMPLETE"
