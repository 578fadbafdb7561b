"""What is protected against deletion is not deleted: by its stack, by an update, or through the service's own API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def subnet(zone: int) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": f"10.0.{zone}.0/24",
            "AvailabilityZone": {"Fn::Select": [zone, {"Fn::GetAZs": ""}]},
        },
    }


def balancer(kind: str) -> dict[str, Any]:
    protection = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "A": subnet(0),
        "B": subnet(1),
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {
                "Type": kind,
                "Scheme": "internal",
                "Subnets": [{"Ref": "A"}, {"Ref": "B"}],
                "LoadBalancerAttributes": protection,
            },
        },
    }


@pytest.mark.behaviour("Elastic Load Balancing", "a load balancer with deletion protection is not deleted")
@pytest.mark.parametrize("kind", ["network", "application"])
def test_a_protected_load_balancer_stays(stack, client, kind):
    arn = stack.put(balancer(kind), {"Arn": {"Ref": "Balancer"}})["Arn"]
    elb = client("elbv2")
    message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"

    with pytest.raises(ClientError) as refused:
        elb.delete_load_balancer(LoadBalancerArn=arn)
    assert refused.value.response["Error"]["Code"] == "OperationNotPermitted"
    assert refused.value.response["Error"]["Message"] == message
    assert stack.delete() == "DELETE_FAILED"
    assert any(message in reason for reason in stack.reasons())
    assert elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]

    off = [{"Key": "deletion_protection.enabled", "Value": "false"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=off)
    assert stack.delete() in (None, "DELETE_COMPLETE")


def table(key: str = "id") -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        },
    }


@pytest.mark.behaviour("DynamoDB", "a table with deletion protection is not deleted")
def test_a_protected_table_stays(stack, client):
    name = stack.put({"Table": table()}, {"Name": {"Ref": "Table"}})["Name"]
    dynamodb = client("dynamodb")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "kept"}})
    message = "Resource cannot be deleted as it is currently protected against deletion."

    with pytest.raises(ClientError, match=message):
        dynamodb.delete_table(TableName=name)
    assert stack.delete() == "DELETE_FAILED"
    assert any(message in reason for reason in stack.reasons())
    assert dynamodb.get_item(TableName=name, Key={"id": {"S": "kept"}})["Item"]

    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    assert stack.delete() in (None, "DELETE_COMPLETE")


def test_a_protected_table_outlives_its_removal_from_the_template(stack, client):
    topic = {"Type": "AWS::SNS::Topic"}
    name = stack.put({"Table": table(), "T": topic}, {"Name": {"Ref": "Table"}})["Name"]

    stack.put({"T": topic})

    assert client("dynamodb").describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"
    assert any("protected against deletion" in reason for reason in stack.reasons())
    client("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=False)


@pytest.mark.behaviour("CloudWatch Logs", "a log group with deletion protection is not deleted")
def test_a_protected_log_group_stays(stack, client):
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"DeletionProtectionEnabled": True}}
    name = stack.put({"Group": group}, {"Name": {"Ref": "Group"}})["Name"]
    logs = client("logs")

    with pytest.raises(ClientError) as refused:
        logs.delete_log_group(logGroupName=name)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert stack.delete() == "DELETE_FAILED"
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["deletionProtectionEnabled"] is True

    logs.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=False)
    assert stack.delete() in (None, "DELETE_COMPLETE")


@pytest.mark.behaviour("S3", "a bucket with objects is not deleted when its stack replaces it")
def test_a_bucket_with_objects_outlives_its_replacement(stack, client):
    def bucket(number: int) -> dict[str, Any]:
        return {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{stack.name}-{number}"}}}

    stack.put(bucket(1))
    s3 = client("s3")
    s3.put_object(Bucket=f"{stack.name}-1", Key="kept", Body=b"data")

    stack.put(bucket(2))

    assert s3.get_object(Bucket=f"{stack.name}-1", Key="kept")["Body"].read() == b"data"
    assert any("The bucket you tried to delete is not empty" in reason for reason in stack.reasons())
    s3.delete_object(Bucket=f"{stack.name}-1", Key="kept")
    s3.delete_bucket(Bucket=f"{stack.name}-1")


@pytest.mark.behaviour("CloudFormation", "a stack with termination protection is not deleted")
def test_a_stack_with_termination_protection_stays(stack, client):
    stack.put({"T": {"Type": "AWS::SNS::Topic"}})
    cloudformation = client("cloudformation")
    cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=True)

    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName=stack.name)

    assert stack.status() == "CREATE_COMPLETE"
    cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)


@pytest.mark.behaviour("KMS", "a key whose stack is deleted is kept for some days, in which it can be had back")
def test_a_key_outlives_its_stack_for_some_days(stack, client, account):
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy, "PendingWindowInDays": 7}}
    identifier = stack.put({"Key": key}, {"Id": {"Ref": "Key"}})["Id"]

    assert stack.delete() in (None, "DELETE_COMPLETE")

    assert client("kms").describe_key(KeyId=identifier)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    client("kms").cancel_key_deletion(KeyId=identifier)
    client("kms").schedule_key_deletion(KeyId=identifier, PendingWindowInDays=7)


@pytest.mark.behaviour("Secrets Manager", "a secret that is deleted can be had back until its time is over")
def test_a_deleted_secret_can_be_had_back(stack, client):
    secrets, name = client("secretsmanager"), f"{stack.name}-secret"
    secrets.create_secret(Name=name, SecretString="kept")

    secrets.delete_secret(SecretId=name)

    with pytest.raises(ClientError) as refused:
        secrets.get_secret_value(SecretId=name)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "kept"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
