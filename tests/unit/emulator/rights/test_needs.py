"""What CloudFormation needs for what it does with a resource."""

from __future__ import annotations

from emulator.rights.needs import Need, Subject, arns, decisive_action, needs, passed


def subject(type_name: str, identifier: str | None = None, name: str = "stack-Thing-1") -> Subject:
    return Subject(type_name, identifier, name, "000000000000", "us-east-1")


def actions(found: list[Need]) -> set[str]:
    return {need.action for need in found}


def test_bucket_with_its_settings():
    properties = {"BucketName": "pages", "VersioningConfiguration": {"Status": "Enabled"}, "Tags": [{"Key": "k"}]}
    found = needs(subject("AWS::S3::Bucket"), "create", {}, properties)
    assert actions(found) == {"s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutBucketTagging"}
    assert {need.resource for need in found} == {"arn:aws:s3:::pages"}


def test_resource_without_a_name_gets_the_one_that_it_will_have():
    (need,) = needs(subject("AWS::S3::Bucket"), "create", {}, {})
    assert need == Need("s3:CreateBucket", "arn:aws:s3:::stack-Thing-1")


def test_only_what_changes_is_asked_for():
    before = {"Code": {"S3Key": "a"}, "Timeout": 3, "Role": "r"}
    changed = {**before, "Code": {"S3Key": "b"}}
    function = subject("AWS::Lambda::Function", "web")
    assert needs(function, "update", before, changed) == [
        Need("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:000000000000:function:web")
    ]
    assert actions(needs(function, "update", before, {**before, "Timeout": 5})) == {
        "lambda:UpdateFunctionConfiguration"
    }
    assert needs(function, "update", before, before) == []


def test_deletion_is_checked_on_the_resource_itself():
    topic = "arn:aws:sns:us-east-1:000000000000:alarms"
    assert needs(subject("AWS::SNS::Topic", topic), "delete", {"TopicName": "alarms"}, {}) == [
        Need("sns:DeleteTopic", topic)
    ]


def test_each_role_of_a_policy_is_a_resource():
    found = needs(subject("AWS::IAM::Policy"), "create", {}, {"Roles": ["a", "b"], "PolicyName": "p"})
    assert [need.resource for need in found] == [
        "arn:aws:iam::000000000000:role/a", "arn:aws:iam::000000000000:role/b"
    ]  # fmt: skip


def test_role_tells_its_boundary():
    properties = {"PermissionsBoundary": "arn:aws:iam::000000000000:policy/boundary"}
    (need,) = needs(subject("AWS::IAM::Role"), "create", {}, properties | {"AssumeRolePolicyDocument": {}})[:1]
    assert need.context == (("iam:PermissionsBoundary", "arn:aws:iam::000000000000:policy/boundary"),)


def test_custom_resource_calls_its_function():
    token = "arn:aws:lambda:us-east-1:000000000000:function:provider"
    assert needs(subject("Custom::Thing"), "create", {}, {"ServiceToken": token}) == [
        Need("lambda:InvokeFunction", token)
    ]


def test_type_that_the_table_lacks_has_no_entry():
    assert needs(subject("AWS::SQS::Queue"), "create", {}, {}) == []


def test_decisive_action_of_a_handler_does_more_than_read():
    assert decisive_action(["sqs:GetQueueUrl", "sqs:TagQueue", "sqs:CreateQueue", "sqs:SetQueueAttributes"]) == (
        "sqs:CreateQueue"
    )
    assert decisive_action(["sqs:GetQueueUrl", "iam:PassRole"]) is None


def test_role_is_passed_when_it_is_new_or_another_one():
    function = subject("AWS::Lambda::Function", "web")
    assert passed(function, {}, {"Role": "r"}) == [("r", "lambda.amazonaws.com")]
    assert passed(function, {"Role": "r"}, {"Role": "r", "Timeout": 5}) == []


def test_name_of_a_parameter_brings_its_own_slash():
    assert arns("arn:aws:ssm:::parameter/{name}", {"name": "/a/b"}) == ["arn:aws:ssm:::parameter/a/b"]


def test_path_of_a_role_stands_before_its_name():
    found = needs(subject("AWS::IAM::Role"), "create", {}, {"RoleName": "proxy", "Path": "/teams/web/"})

    assert {need.resource for need in found} == {"arn:aws:iam::000000000000:role/teams/web/proxy"}


def test_address_of_a_provider_stands_without_its_scheme():
    found = needs(subject("AWS::IAM::OIDCProvider"), "create", {}, {"Url": "https://token.example.org"})

    assert {need.resource for need in found} == {"arn:aws:iam::000000000000:oidc-provider/token.example.org"}
