"""The workflows do what they say: their own steps are run, with the embedded AWS as the account."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.launcher import Emulator
from local import up
from local.page_server import PageServer
from local.platform import Workspace
from tests.e2e.conftest import EmulatedSession
from tests.e2e.workflows import Job, check_out, environment_of_a_job
from tests.emulated.issuer import GITHUB, Issuer

REPOSITORY = "example-org/example-repository"
ENVIRONMENT = "local"


ALREADY_DONE = ("checkout", "setup-python", "upload-artifact", "download-artifact")
"""Actions whose work is there already, since all jobs run in one place."""


def done_already(_inputs: dict[str, str], _environment: dict[str, str]) -> None:
    """Stand for an action of which nothing is left to do."""


@dataclass
class Account:
    """An account that was bootstrapped, whose identity stack trusts the repository's jobs.

    :param settings: environment variables that stand for what an operator would write into the environment's file.
    """

    emulator: Emulator
    issuer: Issuer
    pages: PageServer
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def cdk(self, *arguments: str) -> str:
        command = [str(Path(sys.prefix) / "bin" / "cdk"), *arguments, "-c", f"env={ENVIRONMENT}"]
        output = ["--output", str(self.folder / "cdk.out")]
        environment = {**os.environ, **self.emulator.environment(), **self.settings}
        result = subprocess.run(
            [*command, *output], env=environment, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def output(self, component: str, key: str) -> str:
        client: Any = EmulatedSession(self.emulator.endpoint_url).client("cloudformation")
        stack = client.describe_stacks(StackName=f"slipway-{ENVIRONMENT}-{component}")["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}[key]

    def credentials(self, subject: str):
        """Return a stand-in for the action that trades a job's token for credentials of a role."""

        def act(given: dict[str, str], environment: dict[str, str]) -> None:
            token = self.issuer.token(f"repo:{REPOSITORY}:{subject}")
            sts: Any = EmulatedSession(self.emulator.endpoint_url).client("sts")
            made = sts.assume_role_with_web_identity(
                RoleArn=given["role-to-assume"], RoleSessionName="GitHubActions", WebIdentityToken=token
            )["Credentials"]
            environment |= {
                "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
                "AWS_SESSION_TOKEN": made["SessionToken"],
                "AWS_REGION": given["aws-region"],
                "AWS_DEFAULT_REGION": given["aws-region"],
            }

        return act

    def job(self, name: str, subject: str, **variables: str) -> Job:
        actions = {f"actions/{name}": done_already for name in ALREADY_DONE}
        actions["aws-actions/configure-aws-credentials"] = self.credentials(subject)
        chosen = {"environment": ENVIRONMENT}
        return Job(check_out(self.folder / name), actions, variables, inputs=chosen, matrix=chosen)

    def run(self, job: Job, workflow: str, name: str, **more: str) -> bool:
        environment = environment_of_a_job(self.emulator.endpoint_url)
        return job.run(workflow, name, {**environment, **self.settings, **more})


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    workspace = Workspace(tmp_path_factory.mktemp("workflows"))
    emulator = up.start_emulator(workspace)
    pages = up.start_page_server(workspace)
    try:
        up.bootstrap(workspace, up.cdk_environment(emulator))
        issuer = Issuer(GITHUB)
        issuer.publish(emulator)
        settings = {
            "SLIPWAY__identity__github__repository": REPOSITORY,
            "SLIPWAY__identity__github__diff_on_pull_requests": "true",
        }
        account = Account(emulator, issuer, pages, workspace.folder, settings)
        account.cdk("deploy", f"slipway-{ENVIRONMENT}-identity", "--require-approval", "never")
        yield account
    finally:
        pages.stop()
        emulator.stop()


def test_an_environment_without_credentials_is_skipped_with_a_notice_and_fails_nothing(account):
    job = account.job("skipped", "environment:local")

    assert account.run(job, "deploy", "deploy"), job.output

    assert job.ran == ["actions/checkout", "Look for credentials"]
    assert "::notice title=Nothing was deployed to local::" in job.output
    assert "it has no credentials" in job.summary


def test_a_job_of_another_environment_gets_no_credentials(account):
    role = account.output("identity", "GitHubDeployRoleArn")
    job = account.job("stranger", "environment:staging", SLIPWAY_DEPLOY_ROLE_ARN=role)

    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        account.run(job, "deploy", "deploy")


def test_a_job_deploys_shows_what_a_change_would_do_and_fails_with_the_smoke_test(account):
    role = account.output("identity", "GitHubDeployRoleArn")
    job = account.job("deployed", "environment:local", SLIPWAY_DEPLOY_ROLE_ARN=role)
    assert account.run(job, "deploy", "deploy"), job.output
    assert job.ran[-3:] == ["Build the machine image", "Deploy", "Smoke test"]
    assert "the smoke test passed" in job.summary

    assert_the_page_is_part_of_the_smoke_test(account, role)
    assert_the_comment_marks_what_is_lost(account)


def assert_the_page_is_part_of_the_smoke_test(account: Account, role: str) -> None:
    [balancer] = account.emulator.control("load-balancers")["LoadBalancers"]
    proxy = f"http://{balancer['Address']}:{balancer['Listeners'][0]['LocalPort']}"
    page = f"{account.pages.http_url}/python-whatsnew.html"
    variables = {"SLIPWAY_DEPLOY_ROLE_ARN": role, "SLIPWAY_SMOKE_PROXY": proxy, "SLIPWAY_SMOKE_PAGE": page}
    good = account.job("smoke", "environment:local", **variables)
    assert account.run(good, "deploy", "deploy"), good.output
    assert f"{page} came back" in good.output

    variables["SLIPWAY_SMOKE_PAGE"] = f"{account.pages.http_url}/missing"
    bad = account.job("broken", "environment:local", **variables)
    assert not account.run(bad, "deploy", "deploy")
    assert bad.ran[-1] == "Smoke test"
    assert "came back with status 404" in bad.output


def assert_the_comment_marks_what_is_lost(account: Account) -> None:
    role = account.output("identity", "GitHubDiffRoleArn")
    job = account.job("diff", "pull_request", SLIPWAY_DIFF_ROLE_ARN_LOCAL=role)
    change = {"SLIPWAY__dns__zone_name": "renamed.internal", "SLIPWAY__fleet__listeners": "[{port: 8090}]"}
    assert account.run(job, "pull-request", "diff", **change), job.output

    commented = job.checkout / "commented"
    gh = job.checkout / "tools" / "gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {commented}\n')
    gh.chmod(0o755)
    path = f"{gh.parent}{os.pathsep}{os.environ['PATH']}"
    assert account.run(job, "pull-request", "comment", PATH=path), job.output

    asked = commented.read_text().splitlines()
    assert asked[:3] == ["pr", "comment", "https://github.com/o/r/pull/1"]
    assert {"--edit-last", "--create-if-none", "--body-file"} <= set(asked)
    written = (job.checkout / "comment.md").read_text()
    assert "- **replaced**: `AWS::Route53::HostedZone" in written
    assert "- **wider permission**: `Security Group" in written
    assert job.summary.endswith(written)
