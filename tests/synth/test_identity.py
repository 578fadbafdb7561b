"""The identity stack: each role may do what its bearer does, and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.synth.assemblies import synthesise

BOOTSTRAP = "arn:aws:iam::<AWS::AccountId>:role/cdk-hnb659fds-{}-role-<AWS::AccountId>-{}"


def statements(template, role):
    """Return the statements of a role's policy by their ids."""
    for entry in template.resources("AWS::IAM::Policy").values():
        if any(reference["Ref"].startswith(role) for reference in entry["Properties"]["Roles"]):
            return {item["Sid"]: item for item in entry["Properties"]["PolicyDocument"]["Statement"]}
    raise AssertionError(f"no policy for {role}")


def text(value):
    return json.dumps(value)


def flat(value):
    """Return a value with its references in angle brackets, and nothing joined."""
    match value:
        case {"Fn::Join": ["", parts]}:
            return "".join(map(flat, parts))
        case {"Ref": name}:
            return f"<{name}>"
    return value


@pytest.fixture(scope="module")
def borrowed(tmp_path_factory):
    """Return the development environment with roles of somebody else's, a prefix, a path, users and GitHub."""
    overrides = (
        "identity.existing.instance.role_arn=arn:aws:iam::123456789012:role/theirs/instance",
        "identity.existing.instance.profile_arn=arn:aws:iam::123456789012:instance-profile/theirs/instance",
        "identity.existing.functions.html-service=arn:aws:iam::123456789012:role/html",
        "identity.role_name_prefix=acme-",
        "identity.role_path=/proxy/",
        "identity.session_duration_seconds=7200",
        "identity.github.repository=octo-org/octo-repo",
        "identity.github.environment=live",
        "identity.github.diff_on_pull_requests=true",
        "proxy.authentication.required=true",
        "regions=[us-east-1, eu-west-1]",
        "network.zones=[us-east-1a, us-east-1b, eu-west-1a, eu-west-1b]",
        "regional.eu-west-1.network.cidr=10.78.0.0/16",
        "dns.visibility=public",
        "dns.zone_name=example.org",
    )
    return synthesise("development", tmp_path_factory.mktemp("borrowed"), overrides=overrides)


def test_the_secret_of_the_certificate_authority_is_created_empty(production):
    secret = production("identity").resources("AWS::SecretsManager::Secret")["CertificateAuthority"]["Properties"]

    assert secret.keys() == {"Description", "Tags"}


def test_the_secret_of_the_dashboard_has_a_key_that_no_template_holds_and_no_users(production):
    secret = production("identity").resources("AWS::SecretsManager::Secret")["DashboardUsers"]["Properties"]

    assert secret["GenerateSecretString"] == {
        "SecretStringTemplate": '{"users": {}}',
        "GenerateStringKey": "session_key",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }


@pytest.mark.parametrize(
    ("environment", "policies"),
    [("production", ("RetainExceptOnCreate", "Retain")), ("development", ("Delete", "Delete"))],
)
def test_what_becomes_of_the_secret(environment, policies, assembly):
    found = assembly(environment).template("identity").resources("AWS::SecretsManager::Secret")

    assert found.keys() == {"CertificateAuthority", "DashboardUsers"}
    assert [(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in found.values()] == [policies] * 2


def test_what_an_instance_may_do(production):
    found = statements(production("identity"), "InstanceRole")

    assert {sid: item["Action"] for sid, item in found.items()} == {
        "ReadParameters": "ssm:GetParametersByPath",
        "KeepCertificateAuthority": ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
        "CallFunctionUrls": "lambda:InvokeFunctionUrl",
        "CallFunctionsThroughUrls": "lambda:InvokeFunction",
        "Lifecycle": ["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat"],
        "RegisterWithSystemsManager": "ssm:UpdateInstanceInformation",
        "SessionManager": [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        "WriteLogs": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "WriteMetrics": "cloudwatch:PutMetricData",
    }
    assert text(found["WriteLogs"]["Resource"]).endswith(':log-group:/slipway/production/instances:*"]]}')
    assert found["WriteMetrics"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Slipway"}}
    assert found["KeepCertificateAuthority"]["Resource"] == {"Ref": "CertificateAuthority"}
    assert all("parameter/slipway/production" in text(item) for item in found["ReadParameters"]["Resource"])
    assert all(text(item).endswith(':live"]]}') for item in found["CallFunctionUrls"]["Resource"])
    assert found["CallFunctionUrls"]["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
    assert found["CallFunctionsThroughUrls"]["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert text(found["RegisterWithSystemsManager"]["Resource"]).endswith(':instance/*"]]}')
    assert text(found["Lifecycle"]["Resource"]).endswith(':autoScalingGroupName/slipway-production-proxy"]]}')


@pytest.mark.parametrize(
    ("role", "extra"),
    [
        (
            "HtmlServiceRole",
            {"CallFunctionUrls": "lambda:InvokeFunctionUrl", "CallFunctionsThroughUrls": "lambda:InvokeFunction"},
        ),
        ("SemanticTextServiceRole", {}),
        (
            "CacheServiceRole",
            {
                "Objects": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                "List": "s3:ListBucket",
            },
        ),
        (
            "ProxyManagementRole",
            {
                "Objects": ["s3:GetObject", "s3:PutObject"],
                "List": "s3:ListBucket",
                "ReadFleetSettings": "s3:GetObject",
                "AddFleetSettings": "s3:PutObject",
                "ListFleetSettings": "s3:ListBucket",
                "ReadDashboardUsers": "secretsmanager:GetSecretValue",
            },
        ),
    ],
)
def test_what_a_function_may_do(role, extra, production):
    found = statements(production("identity"), role)

    assert {sid: item["Action"] for sid, item in found.items()} == {
        "Logs": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Traces": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        **extra,
    }


def test_the_html_service_calls_the_semantic_text_service_only(production):
    found = statements(production("identity"), "HtmlServiceRole")

    for statement in (found["CallFunctionUrls"], found["CallFunctionsThroughUrls"]):
        assert text(statement["Resource"]).endswith('function:slipway-production-semantic-text-service:live"]]}')
        assert statement["Condition"]


def test_the_audit_trail_can_be_added_to_and_not_be_changed(production):
    found = statements(production("identity"), "ProxyManagementRole")

    for sid in ("ReadFleetSettings", "AddFleetSettings"):
        place = text(found[sid]["Resource"])
        assert "slipway-production-config-" in place
        assert place.endswith('/fleet-settings/*"]]}')
    assert found["AddFleetSettings"]["Condition"] == {"Null": {"s3:if-none-match": "false"}}
    assert "slipway-production-config-" in text(found["ListFleetSettings"]["Resource"])


def test_each_function_reaches_its_own_bucket_only(production):
    cache = statements(production("identity"), "CacheServiceRole")
    management = statements(production("identity"), "ProxyManagementRole")

    assert "slipway-production-cache-" in text(cache["Objects"]["Resource"])
    assert "slipway-production-artifacts-" in text(management["Objects"]["Resource"])
    assert text(management["Objects"]["Resource"]).endswith('/statistics/*"]]}')
    assert "slipway-production-artifacts-" in text(management["List"]["Resource"])
    assert management["ReadDashboardUsers"]["Resource"] == {"Ref": "DashboardUsers"}


def test_it_says_where_the_secret_is(production):
    template = production("identity")

    assert template.outputs() == {
        "CertificateAuthoritySecretArn": {"Ref": "CertificateAuthority"},
        "DashboardUsersSecretArn": {"Ref": "DashboardUsers"},
    }
    assert template.only("AWS::SSM::Parameter")["Name"] == "/slipway/production/proxy/ca-secret-arn"


def test_users_have_a_secret_of_their_own(borrowed):
    template = borrowed.template("identity")

    assert template.resources("AWS::SecretsManager::Secret").keys() == {
        "CertificateAuthority",
        "DashboardUsers",
        "Users",
    }
    assert template.outputs()["UsersSecretArn"] == {"Ref": "Users"}


def test_existing_roles_are_used_as_they_are(borrowed):
    roles = {name.rpartition("Role")[0] for name in borrowed.template("identity").resources("AWS::IAM::Role")}
    launch = borrowed.template("fleet").only("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    functions = borrowed.template("functions").properties("AWS::Lambda::Function")
    callers = {
        text(permission["Principal"])
        for permission in borrowed.template("functions").properties("AWS::Lambda::Permission")
    }

    assert roles == {"SemanticTextService", "CacheService", "ProxyManagement", "GitHubDeploy", "GitHubDiff"}
    assert borrowed.template("identity").resources("AWS::IAM::InstanceProfile") == {}
    assert launch["IamInstanceProfile"] == {"Arn": "arn:aws:iam::123456789012:instance-profile/theirs/instance"}
    assert "arn:aws:iam::123456789012:role/html" in {text(function["Role"]).strip('"') for function in functions}
    assert callers == {'"arn:aws:iam::123456789012:role/theirs/instance"', '"arn:aws:iam::123456789012:role/html"'}


def test_roles_have_the_path_and_the_names_that_the_account_asks_for(borrowed):
    found = [role for name in ("identity", "network") for role in borrowed.template(name).properties("AWS::IAM::Role")]

    assert {role["Path"] for role in found} == {"/proxy/"}
    assert {role["RoleName"] for role in found} == {
        f"acme-slipway-development-{short}-us-east-1"
        for short in (
            "semantic-text-service", "cache-service", "proxy-management", "github-deploy", "github-diff", "flow-logs",
        )
    }  # fmt: skip


def test_only_jobs_of_the_repository_in_the_environment_may_deploy(borrowed):
    template = borrowed.template("identity")
    (deploy,) = (role for role in template.properties("AWS::IAM::Role") if "github-deploy" in role["RoleName"])
    (trust,) = deploy["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:environment:live",
        }
    }
    assert deploy["MaxSessionDuration"] == 7200
    allowed = statements(template, "GitHubDeployRole")
    assert allowed["AssumeBootstrapRoles"]["Action"] == "sts:AssumeRole"
    assert "StartBuilds" in allowed
    assert {flat(arn) for arn in allowed["AssumeBootstrapRoles"]["Resource"]} == {
        BOOTSTRAP.format(kind, region)
        for region in ("us-east-1", "eu-west-1")
        for kind in ("deploy", "file-publishing", "lookup")
    }


def test_jobs_of_pull_requests_read_templates_and_nothing_else(borrowed):
    template = borrowed.template("identity")
    (diff,) = (role for role in template.properties("AWS::IAM::Role") if "github-diff" in role["RoleName"])

    assert "repo:octo-org/octo-repo:pull_request" in text(diff["AssumeRolePolicyDocument"])
    assert {sid: item["Action"] for sid, item in statements(template, "GitHubDiffRole").items()} == {
        "ReadStacks": ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]
    }
    assert {"GitHubDeployRoleArn", "GitHubDiffRoleArn"} < template.outputs().keys()


def test_one_region_alone_trusts_github(borrowed):
    home, abroad = borrowed.template("identity"), borrowed.template("identity-eu-west-1")

    assert home.only("AWS::IAM::OIDCProvider")["Url"] == "https://token.actions.githubusercontent.com"
    assert "GitHub" not in text(abroad.body)


def test_nobody_deploys_from_github_unless_asked_for(production):
    assert "GitHub" not in text(production("identity").body)


def test_an_instance_may_start_and_drain_in_its_own_group(production):
    group = production("fleet").only("AWS::AutoScaling::AutoScalingGroup")["AutoScalingGroupName"]
    lifecycle = statements(production("identity"), "InstanceRole")["Lifecycle"]

    assert text(lifecycle["Resource"]).endswith(f':autoScalingGroupName/{group}"]]}}')
