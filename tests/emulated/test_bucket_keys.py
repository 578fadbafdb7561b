"""The platform's buckets with a key of KMS: what the functions' roles may do is enough for their objects."""

from __future__ import annotations

import json

import pytest

from contract import buckets
from tests.emulated.test_execution_rights import settled, without_bootstrap
from tests.emulated.test_functions import function
from tests.synth.assemblies import synthesise

CODE = """
import boto3
def handler(event, context):
    s3, place = boto3.client("s3"), {"Bucket": event["bucket"], "Key": event["key"]}
    s3.put_object(**place, Body=b"kept", IfNoneMatch="*")
    read = s3.get_object(**place)
    return [read["Body"].read().decode(), read["SSEKMSKeyId"]]
"""
# Whatever empties a bucket that goes is a function with code of its own, which nobody has uploaded here.
OVERRIDES = ("removal=retain", "storage.cache.encryption=kms", "storage.configuration.encryption=kms")
STACKS = ("slipway-test-identity", "slipway-test-storage")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory, client):
    """Deploy what has roles, keys and buckets, and return the physical ids by logical id, without its hash."""
    assembly = synthesise("test", tmp_path_factory.mktemp("keys"), overrides=OVERRIDES)
    cloudformation, ids = client("cloudformation"), {}
    try:
        for name in STACKS:
            body = json.dumps(without_bootstrap(assembly.template(name.rpartition("-")[2]).body))
            cloudformation.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
            assert settled(cloudformation, name) == "CREATE_COMPLETE"
            found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
            ids |= {each["LogicalResourceId"][:-8]: each["PhysicalResourceId"] for each in found}
        yield ids
    finally:
        for name in reversed(STACKS):
            cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
            cloudformation.delete_stack(StackName=name)
            waiter = cloudformation.get_waiter("stack_delete_complete")
            waiter.wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 2400})
        remove_what_is_kept(client, ids)


def remove_what_is_kept(client, ids):
    """Remove what stays when the stacks go, for other tests of this account."""
    s3 = client("s3")
    for name in (ids.get(bucket) for bucket in ("Artifacts", "Configuration", "Cache")):
        for version in s3.list_object_versions(Bucket=name).get("Versions", []) if name else []:
            s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
        if name:
            s3.delete_bucket(Bucket=name)
    if "Key" in ids:
        client("kms").schedule_key_deletion(KeyId=ids["Key"])


@pytest.fixture
def kept(deployed, client, account, stack):
    """Return what a function with one of the platform's roles reads from a bucket where it has just written."""

    def run(role: str, bucket: str, key: str) -> list[str]:
        made = function(
            Role=f"arn:aws:iam::{account}:role/{deployed[role]}", Code={"ZipFile": CODE}, MemorySize=256, Timeout=60
        )
        name = stack.put({"Function": made}, {"Name": {"Ref": "Function"}})["Name"]
        asked = json.dumps({"bucket": deployed[bucket], "key": key})
        answer: list[str] = json.load(client("lambda").invoke(FunctionName=name, Payload=asked)["Payload"])
        return answer

    return run


@pytest.mark.parametrize(
    ("role", "bucket", "key"),
    [
        ("CacheServiceRole", "Cache", "page"),
        ("ProxyManagementRole", "Configuration", f"{buckets.FLEET_SETTINGS}/1.json"),
    ],
)
@pytest.mark.behaviour("CDK", "the roles of the platform's functions may use the key of their buckets", aws=False)
def test_functions_use_the_key_of_their_bucket(role, bucket, key, kept, deployed):
    text, used = kept(role, bucket, key)

    assert (text, used.rpartition("/")[2]) == ("kept", deployed["Key"])
