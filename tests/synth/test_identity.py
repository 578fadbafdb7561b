"""The identity stack: each role may do what its bearer does, and nothing else."""

from __future__ import annotations

import json

import pytest


def statements(template, role):
    """Return the statements of a role's policy by their ids."""
    for entry in template.resources("AWS::IAM::Policy").values():
        if any(reference["Ref"].startswith(role) for reference in entry["Properties"]["Roles"]):
            return {item["Sid"]: item for item in entry["Properties"]["PolicyDocument"]["Statement"]}
    raise AssertionError(f"no policy for {role}")


def text(value):
    return json.dumps(value)


def test_the_secret_of_the_certificate_authority_is_created_empty(production):
    secret = production("identity").only("AWS::SecretsManager::Secret")

    assert secret.keys() == {"Description", "Tags"}


@pytest.mark.parametrize(
    ("environment", "policies"),
    [("production", ("RetainExceptOnCreate", "Retain")), ("development", ("Delete", "Delete"))],
)
def test_what_becomes_of_the_secret(environment, policies, assembly):
    (secret,) = assembly(environment).template("identity").resources("AWS::SecretsManager::Secret").items()

    assert secret[0] == "CertificateAuthority"
    assert (secret[1]["DeletionPolicy"], secret[1]["UpdateReplacePolicy"]) == policies


def test_what_an_instance_may_do(production):
    found = statements(production("identity"), "InstanceRole")

    assert {sid: item["Action"] for sid, item in found.items()} == {
        "ReadParameters": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
        "KeepCertificateAuthority": ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
        "CallFunctionUrls": "lambda:InvokeFunctionUrl",
        "CallFunctionsThroughUrls": "lambda:InvokeFunction",
        "SessionManager": [
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
    }
    assert found["KeepCertificateAuthority"]["Resource"] == {"Ref": "CertificateAuthority"}
    assert all("parameter/slipway/production" in text(item) for item in found["ReadParameters"]["Resource"])
    assert all(text(item).endswith(':live"]]}') for item in found["CallFunctionUrls"]["Resource"])
    assert found["CallFunctionUrls"]["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
    assert found["CallFunctionsThroughUrls"]["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


@pytest.mark.parametrize(
    ("role", "extra"),
    [
        ("HtmlServiceRole", {}),
        ("SemanticTextServiceRole", {}),
        ("CacheServiceRole", {"Objects": ["s3:GetObject", "s3:PutObject"], "List": "s3:ListBucket"}),
        ("ProxyManagementRole", {"Objects": ["s3:GetObject", "s3:PutObject"], "List": "s3:ListBucket"}),
    ],
)
def test_what_a_function_may_do(role, extra, production):
    found = statements(production("identity"), role)

    assert {sid: item["Action"] for sid, item in found.items()} == {
        "Logs": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Traces": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        **extra,
    }


def test_each_function_reaches_its_own_bucket_only(production):
    cache = statements(production("identity"), "CacheServiceRole")
    management = statements(production("identity"), "ProxyManagementRole")

    assert "slipway-production-cache-" in text(cache["Objects"]["Resource"])
    assert "slipway-production-artifacts-" in text(management["Objects"]["Resource"])
    assert text(management["Objects"]["Resource"]).endswith('/statistics/*"]]}')
    assert "slipway-production-artifacts-" in text(management["List"]["Resource"])


def test_it_says_where_the_secret_is(production):
    template = production("identity")

    assert template.outputs() == {"CertificateAuthoritySecretArn": {"Ref": "CertificateAuthority"}}
    assert template.only("AWS::SSM::Parameter")["Name"] == "/slipway/production/proxy/ca-secret-arn"
