"""Which rights an assembly needs: those of its types, on what bears its name, in as few policies as IAM takes."""

from __future__ import annotations

import json

import pytest

from local.execution_rights import LONGEST_POLICY, AssemblyError, Deployment, derive, partition_of, policies

ACCOUNT = "123456789012"
PERMISSIONS = {
    "AWS::IAM::Role": ["iam:CreateRole", "iam:PassRole", "iam:DeleteRolePermissionsBoundary", "iam:GetRole"],
    "AWS::EC2::VPC": ["ec2:CreateVpc", "ec2:DescribeVpcs"],
    "AWS::Lambda::Function": ["lambda:CreateFunction", "codedeploy:GetDeployment", "iam:PassRole"],
    "AWS::Logs::LogGroup": ["logs:CreateLogGroup", "logs:DescribeLogGroups", "s3:REST.PUT.OBJECT"],
    "AWS::Route53::HostedZone": ["route53:CreateHostedZone"],
    "AWS::SecretsManager::Secret": ["secretsmanager:CreateSecret"],
    "AWS::S3::Bucket": ["s3:CreateBucket", "s3:HeadBucket"],
    "AWS::Budgets::Budget": ["budgets:ModifyBudget", "billing:GetBillingViewData"],
    "AWS::Quantum::Computer": ["quantum:Entangle"],
}


def write(folder, *resources, name="slipway-test", region="eu-west-1"):
    """Write an assembly with one stack of resources, each a type or a type with properties."""
    folder.mkdir(exist_ok=True)
    pairs = [(each, {}) if isinstance(each, str) else each for each in resources]
    body = {f"R{number}": {"Type": kind, "Properties": values} for number, (kind, values) in enumerate(pairs)}
    (folder / "one.json").write_text(json.dumps({"Resources": body}))
    marks = {"slipway:deployment-id": name, "slipway:environment": name.partition("-")[2]}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://unknown-account/{region}",
        "properties": {"templateFile": "one.json", "tags": marks},
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"one": stack, "tree": {"type": "cdk:tree"}}}))
    return folder


def statements(*folders):
    found = {}
    for text in derive(folders, ACCOUNT, PERMISSIONS.__getitem__):
        found |= {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}
    return found


def test_actions_are_those_of_the_types_on_what_bears_the_name(tmp_path):
    found = statements(write(tmp_path, "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::S3::Bucket"))

    assert found["Lambda"]["Action"] == ["lambda:CreateFunction"]
    assert "arn:aws:lambda:*:123456789012:function:slipway-test-*" in found["Lambda"]["Resource"]
    assert found["Logs"]["Action"] == ["logs:CreateLogGroup"]
    assert found["Logs"]["Resource"] == [
        "arn:aws:logs:*:123456789012:log-group:/aws/*/slipway-test-*",
        "arn:aws:logs:*:123456789012:log-group:/slipway/test/*",
    ]
    assert found["S3"]["Action"] == ["s3:CreateBucket", "s3:HeadBucket"]
    assert found["S3"]["Resource"] == [
        "arn:aws:s3:::cdk-*-assets-123456789012-eu-west-1/*",
        "arn:aws:s3:::slipway-test-*",
    ]


def test_what_has_no_name_is_bounded_by_the_region(tmp_path):
    found = statements(write(tmp_path, "AWS::EC2::VPC", "AWS::Logs::LogGroup", "AWS::Route53::HostedZone"))

    assert found["Regional"]["Action"] == ["ec2:CreateVpc", "ec2:DescribeVpcs", "logs:DescribeLogGroups"]
    assert found["Regional"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}
    assert found["Global"]["Action"] == ["route53:CreateHostedZone"]
    assert "Condition" not in found["Global"]


def test_roles_are_made_and_handed_on_by_their_names_only(tmp_path):
    role = {"RoleName": "acme-slipway-test-instance-eu-west-1", "Path": "/proxy/"}
    theirs = "arn:aws:iam::123456789012:role/theirs"
    folder = write(tmp_path, ("AWS::IAM::Role", role), "AWS::IAM::Role", ("AWS::Lambda::Function", {"Role": theirs}))

    found = statements(folder)

    roles = [
        "arn:aws:iam::123456789012:role/proxy/acme-slipway-test-*",
        "arn:aws:iam::123456789012:role/slipway-test-*",
    ]
    assert [arn for arn in found["Iam"]["Resource"] if ":role/" in arn] == roles
    assert found["PassRoles"]["Resource"] == [*roles, theirs]
    assert "lambda.amazonaws.com" in found["PassRoles"]["Condition"]["StringEquals"]["iam:PassedToService"]
    assert found["ServiceLinkedRoles"]["Resource"] == ["arn:aws:iam::123456789012:role/aws-service-role/*"]


def test_a_role_whose_name_was_cut_short_is_named_alone(tmp_path):
    found = statements(write(tmp_path, ("AWS::IAM::Role", {"RoleName": "long-beginning-slipw-1a2b3c4d"})))

    assert "arn:aws:iam::123456789012:role/long-beginning-slipw-1a2b3c4d" in found["Iam"]["Resource"]


def test_a_boundary_is_asked_for_where_roles_have_one(tmp_path):
    boundary = "arn:aws:iam::123456789012:policy/boundary"

    found = statements(write(tmp_path, ("AWS::IAM::Role", {"PermissionsBoundary": boundary})))

    assert found["IamWithBoundary"]["Action"] == ["iam:CreateRole"]
    assert found["IamWithBoundary"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": [boundary]}}
    assert found["Iam"]["Action"] == ["iam:GetRole"]


def test_one_deployment_without_a_boundary_leaves_none(tmp_path):
    bounded = write(tmp_path / "a", ("AWS::IAM::Role", {"PermissionsBoundary": "arn:aws:iam::1:policy/b"}))

    found = statements(bounded, write(tmp_path / "b", "AWS::IAM::Role", name="slipway-other"))

    assert "IamWithBoundary" not in found
    assert {"slipway-test-*", "slipway-other-*"} == {
        arn.rpartition("/")[2] for arn in found["Iam"]["Resource"] if ":role/" in arn
    }


def test_secrets_budgets_and_custom_resources(tmp_path):
    kinds = ("AWS::SecretsManager::Secret", "AWS::Budgets::Budget", "Custom::Emptying")

    found = statements(write(tmp_path, *kinds))

    assert "arn:aws:secretsmanager:*:123456789012:secret:R0-*" in found["Secretsmanager"]["Resource"]
    assert found["Budgets"]["Resource"] == ["arn:aws:budgets::123456789012:budget/slipway-test-*"]
    assert found["Global"]["Action"] == ["billing:GetBillingViewData"]
    assert found["Lambda"]["Action"] == ["lambda:InvokeFunction"]


def test_each_policy_is_as_long_as_iam_takes():
    actions = [f"ec2:Action{number:04}" for number in range(1000)]

    documents = policies([{"Sid": "Much", "Effect": "Allow", "Action": actions, "Resource": ["*"]}])

    assert len(documents) > 2
    assert max(len("".join(text.split())) for text in documents) <= LONGEST_POLICY
    parts = [statement for text in documents for statement in json.loads(text)["Statement"]]
    assert sorted(action for part in parts for action in part["Action"]) == actions
    assert len({part["Sid"] for part in parts}) == len(parts)


def test_an_unknown_service_is_an_error(tmp_path):
    with pytest.raises(AssemblyError, match="resources of quantum"):
        statements(write(tmp_path, "AWS::Quantum::Computer"))


def test_a_folder_without_an_assembly_is_an_error(tmp_path):
    with pytest.raises(AssemblyError, match="holds no assembly"):
        Deployment.read(tmp_path)


def test_partitions_do_not_mix(tmp_path):
    folders = write(tmp_path / "a"), write(tmp_path / "b", region="cn-north-1")

    with pytest.raises(AssemblyError, match="several partitions"):
        statements(*folders)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b")],
)
def test_regions_have_partitions(region, partition):
    assert partition_of(region) == partition
