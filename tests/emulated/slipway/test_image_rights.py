"""The rights of the role that deploys are enough for all of `slipway image`, and end where its deployment ends."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.policy.findings import flatten
from tests.emulated.slipway.workshop import KEYS, THIRD, Workshop, one_site, shared_site
from tests.synth.assemblies import synthesise
from tests.synth.test_least_privilege import statements


@pytest.fixture(scope="module")
def policy(tmp_path_factory) -> str:
    """Return what the role may that GitHub's jobs deploy with, in the development environment."""
    overrides = (
        "identity.github.repository=octo-org/octo-repo",
        "regions=[us-east-1, eu-west-1]",
        "network.zones=[us-east-1a, us-east-1b, eu-west-1a, eu-west-1b]",
        "regional.eu-west-1.network.cidr=10.78.0.0/16",
        "dns.visibility=public",
        "dns.zone_name=example.org",
    )
    template = synthesise("development", tmp_path_factory.mktemp("rights"), overrides=overrides).template("identity")
    (role,) = (name for name in template.resources("AWS::IAM::Role") if name.startswith("GitHubDeployRole"))
    return json.dumps([_flat(statement) for statement in statements(template, role)])


def _flat(value: Any) -> Any:
    """Return a value with all that CloudFormation fills in as text."""
    match value:
        case dict() if value.keys() & {"Ref", "Fn::Join", "Fn::Sub"}:
            return flatten(value)
        case dict():
            return {key: _flat(inner) for key, inner in value.items()}
        case list():
            return [_flat(inner) for inner in value]
    return value


@pytest.fixture
def limited(workshop, account, policy, client, monkeypatch) -> Iterator[Workshop]:
    """Let the command run as somebody who has these rights only, in this workshop's environment."""
    names = {
        "slipway-development": f"{workshop.project}-blue",
        "/slipway/development": f"/{workshop.project}/blue",
        "<AWS::AccountId>": account,
        "<AWS::Partition>": "aws",
    }
    own = functools.reduce(lambda text, name: text.replace(name, names[name]), names, policy)
    iam, user = client("iam"), f"{workshop.project}-deployer"
    iam.create_user(UserName=user)
    iam.put_user_policy(
        UserName=user,
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": json.loads(own)}),
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    workshop.image_site = one_site()
    yield workshop
    workshop.image_site = shared_site
    # What is made once for all tests may be made while this one is cleared away.
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.delete_user(UserName=user)


def test_the_rights_suffice_for_every_command(limited, order):
    old = limited.built()["image"]
    order(fail_at="TryProxy")
    failure = limited("build", "blue", "--force").err
    assert "phase test, step TryProxy" in failure
    assert "of build 1.0.0/2, was removed" in failure
    limited.built("--force")
    order(hang_at="LaunchTestInstance")
    limited.built("--force", "--no-wait")

    for command in (
        ("cancel", "blue"),
        ("use", "blue", old),
        ("use", "blue", "latest"),
        ("distribute", "blue", "--to", THIRD),
        ("list", "blue"),
        ("delete", "blue", old, "--yes"),
        ("delete", "blue", "--all", "--yes"),
    ):
        result = limited(*command)
        assert result.status == 0, f"{command}: {result.err}{result.out}"
    assert limited.amis() | limited.amis(THIRD) == set()


def test_the_rights_end_where_the_deployment_ends(limited, client, tmp_path, capsys):
    other = Workshop(f"t{uuid.uuid4().hex[:8]}", tmp_path / "other", client, capsys)
    other.image_site = limited.image_site

    result = other("list", "blue")

    assert result.status == 1
    assert "DescribeStacks in us-east-1 was refused: " in result.err
    assert "is not authorized to perform: cloudformation:DescribeStacks" in result.err
    assert "next: use credentials that may do this" in result.err
