"""Policies are enforced: a role may do what its policy names, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator.launcher import Emulator, EmulatorError, describe
from tests.emulated.conftest import eventually
from tests.emulated.people import allow, patient, trust
from tests.emulated.test_functions import function
from tests.emulated.test_storage import bucket

AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

READER: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                    "Action": "sts:AssumeRole",
                },
            ],
        },
        "Policies": [
            {
                "PolicyName": "own",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["ssm:GetParametersByPath", "ssm:GetParameter"],
                            "Resource": [
                                "arn:aws:ssm:us-east-1:000000000000:parameter/mine",
                                "arn:aws:ssm:us-east-1:000000000000:parameter/mine/*",
                            ],
                        }
                    ],
                },
            }
        ],
    },
}


def passing(role: str, service: str) -> dict[str, Any]:
    """Return the right to pass one role to one service."""
    return {
        **allow("iam:PassRole", resource=role),
        "Condition": {"StringEquals": {"iam:PassedToService": service}},
    }


@pytest.fixture
def reader(stack, client, emulator):
    """Return SSM as the role of the stack may use it."""
    arn = stack.put({"Role": READER}, {"Arn": {"Fn::GetAtt": ["Role", "Arn"]}})["Arn"]
    session = client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.client(
        "ssm", endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )  # fmt: skip


@pytest.mark.behaviour("IAM", "a public parameter belongs to no account, and a policy names it so", aws=False)
def test_a_public_parameter_belongs_to_no_account(people):
    public = people.user(allow("ssm:GetParameter", resource="arn:aws:ssm:us-east-1::parameter/aws/service/*"))("ssm")
    own = people.user(allow("ssm:GetParameter", resource="arn:aws:ssm:us-east-1:000000000000:parameter/*"))("ssm")

    assert patient(lambda: public.get_parameter(Name=AMAZON_LINUX))["Parameter"]["Value"].startswith("ami-")
    with pytest.raises(ClientError, match="is not authorized to perform: ssm:GetParameter"):
        own.get_parameter(Name=AMAZON_LINUX)


@pytest.mark.behaviour(
    "IAM", "a role may read parameters below the path that its policy names, and no others", aws=False
)
def test_role_reads_below_its_own_path_only(reader, client):
    for name in ("/mine/a", "/other/a"):
        client("ssm").put_parameter(Name=name, Value="v", Type="String", Overwrite=True)

    found = reader.get_parameters_by_path(Path="/mine", Recursive=True)["Parameters"]

    assert [parameter["Name"] for parameter in found] == ["/mine/a"]
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_parameters_by_path(Path="/other", Recursive=True)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_parameter(Name="/other/a")


@pytest.mark.behaviour("IAM", "a function may do what its role may, and nothing else", aws=False)
def test_function_may_do_what_its_role_may(stack, client):
    code = """
import boto3
def handler(event, context):
    try:
        boto3.client("s3").put_object(Bucket=event["bucket"], Key="k", Body=b"b")
    except Exception as error:
        return type(error).__name__ + " " + str(error)
    return "stored"
"""
    made = {"Role": json.loads(json.dumps(READER)), "Bucket": bucket(), "Function": function(Code={"ZipFile": code})}
    outputs = stack.put(made, {"Function": {"Ref": "Function"}, "Bucket": {"Ref": "Bucket"}})

    def call() -> str:
        payload = json.dumps({"bucket": outputs["Bucket"]})
        reply = client("lambda").invoke(FunctionName=outputs["Function"], Payload=payload)
        return json.loads(reply["Payload"].read())

    assert "AccessDenied" in call()
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}
    made["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(statement)
    stack.put(made)
    assert call() == "stored"
    client("s3").delete_object(Bucket=outputs["Bucket"], Key="k")


@pytest.mark.behaviour("IAM", "requests count as made over TLS for a policy that demands it")
def test_policy_that_wants_tls_does_not_lock_everyone_out(stack, client):
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    }
    name = stack.put({"Bucket": bucket(), "Policy": policy}, {"Name": {"Ref": "Bucket"}})["Name"]
    s3 = client("s3")

    s3.put_object(Bucket=name, Key="k", Body=b"b")
    s3.delete_object(Bucket=name, Key="k")


@pytest.mark.behaviour("IAM", "handing a function its role needs iam:PassRole for lambda.amazonaws.com on that role")
def test_function_s_role_must_be_passed(stack, people):
    role = people.role("execution", allow("logs:*"), trusted="lambda.amazonaws.com")
    other = people.role("other", allow("logs:*"), trusted="lambda.amazonaws.com")
    caller = people.user(allow("lambda:*"), passing(role, "lambda.amazonaws.com"))("lambda")
    code = {"S3Bucket": f"{stack.name}-none", "S3Key": "none.zip"}
    wanted = {"FunctionName": stack.name, "Runtime": "python3.12", "Handler": "index.handler", "Code": code}

    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {other}") as refused:
        patient(lambda: caller.create_function(**wanted, Role=other))
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.behaviour("IAM", "giving a function another role needs iam:PassRole on that one")
def test_function_s_new_role_must_be_passed(stack, people):
    other = people.role("other", allow("logs:*"), trusted="lambda.amazonaws.com")
    made = {"Role": json.loads(json.dumps(READER)), "Function": function()}
    name = stack.put(made, {"Name": {"Ref": "Function"}})["Name"]
    caller = people.user(allow("lambda:*"))("lambda")

    with pytest.raises(ClientError, match="iam:PassRole"):
        patient(lambda: caller.update_function_configuration(FunctionName=name, Role=other))


@pytest.mark.behaviour("IAM", "the service that a role is passed to counts: a right for another service is none")
def test_right_to_pass_is_for_one_service(stack, people):
    role = people.role("execution", allow("logs:*"), trusted="lambda.amazonaws.com")
    caller = people.user(allow("lambda:*"), passing(role, "ec2.amazonaws.com"))("lambda")

    with pytest.raises(ClientError, match="iam:PassRole"):
        patient(
            lambda: caller.create_function(
                FunctionName=stack.name, Runtime="python3.12", Handler="index.handler", Role=role,
                Code={"S3Bucket": "none", "S3Key": "none"},
            )
        )  # fmt: skip


@pytest.fixture
def template_with_role(stack, client):
    """Make a launch template with an instance profile; return its id and the ARN of the profile's role."""
    image = client("ssm").get_parameter(Name=AMAZON_LINUX)["Parameter"]["Value"]
    return stack.put(
        {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "ec2.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    }
                },
            },
            "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
            "Template": {
                "Type": "AWS::EC2::LaunchTemplate",
                "Properties": {
                    "LaunchTemplateData": {
                        "ImageId": image,
                        "InstanceType": "t3.nano",
                        "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}},
                    }
                },
            },
        },
        {"Template": {"Ref": "Template"}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Profile": {"Ref": "Profile"}},
    )


@pytest.mark.behaviour("IAM", "launching an instance with a profile needs iam:PassRole on the profile's role")
def test_role_of_an_instance_must_be_passed(template_with_role, people):
    role = template_with_role["Role"]
    caller = people.user(allow("ec2:*"))("ec2")
    wanted = {"MinCount": 1, "MaxCount": 1, "DryRun": True}

    for launch in (
        {"LaunchTemplate": {"LaunchTemplateId": template_with_role["Template"]}},
        {"ImageId": "ami-1", "IamInstanceProfile": {"Name": template_with_role["Profile"]}},
    ):
        with pytest.raises(ClientError) as refused:
            patient(lambda launch=launch: caller.run_instances(**wanted, **launch))
        assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
    assert f"iam:PassRole on resource: {role}" in refused.value.response["Error"]["Message"]


@pytest.mark.behaviour("IAM", "an Auto Scaling group whose template has a profile needs iam:PassRole on its role")
def test_role_of_a_group_s_instances_must_be_passed(stack, template_with_role, people):
    caller = people.user(allow("autoscaling:*", "ec2:*"))("autoscaling")
    template = {"LaunchTemplateId": template_with_role["Template"]}

    with pytest.raises(ClientError, match=r"iam:PassRole") as refused:
        patient(
            lambda: caller.create_auto_scaling_group(
                AutoScalingGroupName=stack.name, LaunchTemplate=template, MinSize=0, MaxSize=0,
                AvailabilityZones=[caller.meta.region_name + "a"],
            )
        )  # fmt: skip
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.behaviour("IAM", "a rule's target with a role needs iam:PassRole for events.amazonaws.com")
def test_role_of_a_target_must_be_passed(stack, client, people, account):
    role = people.role("target", allow("lambda:InvokeFunction"), trusted="events.amazonaws.com")
    caller = people.user(allow("events:*"))("events")
    events = client("events")
    events.put_rule(Name=stack.name, ScheduleExpression="rate(1 hour)", State="DISABLED")
    queue = f"arn:aws:sqs:{caller.meta.region_name}:{account}:{stack.name}"
    try:
        with pytest.raises(ClientError, match=f"iam:PassRole on resource: {role}"):
            patient(lambda: caller.put_targets(Rule=stack.name, Targets=[{"Id": "1", "Arn": queue, "RoleArn": role}]))
    finally:
        events.delete_rule(Name=stack.name)


@pytest.mark.behaviour("IAM", "ec2:InstanceType limits which sizes may be launched")
def test_condition_on_the_instance_type(client, people):
    small = allow("ec2:RunInstances")
    small["Condition"] = {"StringEquals": {"ec2:InstanceType": "t3.nano"}}
    caller = people.user(small)("ec2")
    image = client("ssm").get_parameter(Name=AMAZON_LINUX)["Parameter"]["Value"]
    wanted = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "DryRun": True}

    with pytest.raises(ClientError) as refused:
        patient(lambda: caller.run_instances(**wanted, InstanceType="m7i.large"))
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"


@pytest.mark.behaviour("IAM", "s3:if-none-match lets a policy allow new objects and no changes of old ones", aws=False)
def test_who_may_only_add_objects_changes_none(stack, client, people):
    name = stack.put({"Bucket": bucket()}, {"Name": {"Ref": "Bucket"}})["Name"]
    may_add = allow("s3:PutObject", resource=f"arn:aws:s3:::{name}/*")
    may_add["Condition"] = {"Null": {"s3:if-none-match": "false"}}
    caller = people.user(may_add)("s3")
    place = {"Bucket": name, "Key": "1"}
    patient(lambda: caller.put_object(**place, Body=b"first", IfNoneMatch="*"))

    with pytest.raises(ClientError, match="PreconditionFailed"):
        caller.put_object(**place, Body=b"second", IfNoneMatch="*")
    with pytest.raises(ClientError, match="AccessDenied"):
        caller.put_object(**place, Body=b"second")
    etag = client("s3").head_object(**place)["ETag"]
    with pytest.raises(ClientError, match="AccessDenied"):
        caller.put_object(**place, Body=b"second", IfMatch=etag)
    assert client("s3").get_object(**place)["Body"].read() == b"first"
    client("s3").delete_object(**place)


@pytest.mark.behaviour("STS", "a trust policy that names a user is enough: the user needs no policy of its own")
def test_trust_in_a_user_is_enough(stack, client, people):
    iam = client("iam")
    caller, stranger = people.user(), people.user()
    arn = patient(lambda: caller("sts").get_caller_identity())["Arn"]
    role = people.role("trusting", allow("logs:*"))
    patient(lambda: iam.update_assume_role_policy(RoleName=f"{stack.name}-trusting", PolicyDocument=trust(AWS=arn)))

    def assumed() -> bool:
        # AWS needs some seconds until a trust policy counts.
        try:
            caller("sts").assume_role(RoleArn=role, RoleSessionName="test")
        except ClientError:
            return False
        return True

    eventually(assumed, "the role", seconds=60)
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        stranger("sts").assume_role(RoleArn=role, RoleSessionName="test")


@pytest.mark.behaviour("EC2 Image Builder", "its calls are checked against the caller's policies")
def test_image_builder_asks_for_rights(people, account):
    caller = people.user(allow("imagebuilder:ListComponents"))("imagebuilder")

    patient(lambda: caller.list_components(owner="Self"))
    with pytest.raises(ClientError, match="imagebuilder:ListImagePipelines"):
        caller.list_image_pipelines()


@pytest.mark.difference(
    "IAM", aws="a request needs the secret of its access key", here="the key test is root, whatever its secret"
)
def test_key_test_is_root_whatever_its_secret(emulator):
    caller = boto3.client(
        "sts", endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="anything",
    )  # fmt: skip
    assert caller.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"


def test_without_iam_every_call_goes_through_until_it_is_wanted_again(tmp_path):
    unchecked = Emulator(tmp_path / "state", enforce_iam=False)
    try:
        unchecked.start()
        assert topics_of_a_user_without_rights(unchecked) == []
        assert describe(unchecked)["iam_enforced"] is False
        with pytest.raises(EmulatorError, match=r"does not enforce IAM[\s\S]*next:"):
            Emulator(unchecked.state, enforce_iam=True).start()

        unchecked.stop()
        remembered = Emulator(unchecked.state)
        remembered.start()
        assert topics_of_a_user_without_rights(remembered) == []

        remembered.stop()
        checked = Emulator(unchecked.state, enforce_iam=True)
        checked.start()
        with pytest.raises(ClientError, match="not authorized"):
            topics_of_a_user_without_rights(checked)
    finally:
        unchecked.destroy()


def topics_of_a_user_without_rights(emulator: Emulator) -> list[Any]:
    made = emulator.control("deployer")
    sns = boto3.client(
        "sns", endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id=made["AWS_ACCESS_KEY_ID"], aws_secret_access_key=made["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    return sns.list_topics()["Topics"]
