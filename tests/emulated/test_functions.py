"""Functions, their addresses, and what they can see."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import zipfile
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    },
}
CODE = """
import importlib.util, json, os, sys
def handler(event, context):
    names = ("boto3", "emulator", "contract")
    seen = {
        "path": event.get("rawPath"), "query": event.get("rawQueryString"), "version": sys.version_info[:2],
        "imports": {name: importlib.util.find_spec(name) is not None for name in names},
        "environment": sorted(os.environ), "caller": event["requestContext"].get("authorizer"),
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(seen)}
"""


def function(**properties: Any) -> dict[str, Any]:
    base = {"Runtime": "python3.12", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    return {"Type": "AWS::Lambda::Function", "Properties": {**base, "Code": {"ZipFile": CODE}, **properties}}


def url_resources() -> dict[str, Any]:
    return {
        "Role": ROLE,
        "Function": function(ReservedConcurrentExecutions=7, Tags=[{"Key": "a", "Value": "b"}]),
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "Name": "live",
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            },
        },
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {
                "AuthType": "AWS_IAM",
                "TargetFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]},
                "Qualifier": "live",
            },
            "DependsOn": ["Alias"],
        },
    }


def call(url: str, signed: bool, body: bytes | None = None) -> tuple[int, Any]:
    request = AWSRequest("POST" if body else "GET", url, data=body)
    if signed:
        SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, dict(request.headers))) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.behaviour("Lambda", "the address of an alias works with a signed request, and only so", aws=False)
def test_address_of_an_alias_works_signed_and_only_so(stack, emulator):
    outputs = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}, "Arn": {"Ref": "Url"}})

    assert outputs["Url"].startswith(f"{emulator.endpoint_url}/_aws/lambda-url/")
    assert outputs["Url"].endswith("/")
    assert outputs["Arn"].endswith(":live")
    status, seen = call(f"{outputs['Url']}info/health?a=1", signed=True)
    assert status == 200
    assert (seen["path"], seen["query"]) == ("/info/health", "a=1")
    assert call(outputs["Url"], signed=False)[0] == 403


@pytest.mark.behaviour("Lambda", "an address hands a path on with its escapes", aws=False)
def test_an_address_hands_a_path_on_as_it_was_sent(stack):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"].removesuffix("/")

    for path in ("/a%2Fb/%2E%2E", "/%2541%20%C3%A9", "/"):
        _status, seen = call(url + path, signed=True)
        assert seen["path"] == path


@pytest.mark.behaviour("Lambda", "an address for signed requests tells its function who has signed", aws=False)
def test_an_address_tells_who_has_signed(stack):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    _status, seen = call(url, signed=True)

    assert seen["caller"]["iam"]["userArn"] == "arn:aws:iam::000000000000:root"
    assert seen["caller"]["iam"]["accountId"] == "000000000000"


def test_function_sees_boto3_and_nothing_of_ours(stack):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    _status, seen = call(url, signed=True)

    assert seen["version"] == [3, 12]
    assert seen["imports"] == {"boto3": True, "emulator": False, "contract": False}
    assert not [name for name in seen["environment"] if name.startswith("SLIPWAY")]


@pytest.mark.behaviour("Lambda", "an address survives an update of its function, and goes with the stack", aws=False)
def test_address_survives_an_update_and_goes_with_the_stack(stack):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]
    changed = url_resources()
    changed["Function"]["Properties"]["Description"] = "changed"

    assert stack.put(changed, {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"] == url
    stack.delete()
    assert call(url, signed=True)[0] in (403, 404)


@pytest.mark.behaviour("Lambda", "reserved concurrency and tags of a template are kept")
def test_reserved_concurrency_and_tags_are_kept(stack, client):
    name = stack.put(url_resources(), {"Name": {"Ref": "Function"}})["Name"]
    lambda_ = client("lambda")

    assert lambda_.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 7
    assert lambda_.get_function(FunctionName=name)["Tags"]["a"] == "b"


@pytest.mark.behaviour("Lambda", "reserved concurrency bounds all versions and aliases together", aws=False)
def test_reserved_concurrency_bounds_aliases_too(stack, client):
    outputs = {"Name": {"Ref": "Function"}, "Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}}
    created = stack.put(url_resources(), outputs)

    client("lambda").put_function_concurrency(FunctionName=created["Name"], ReservedConcurrentExecutions=0)

    assert call(created["Url"], signed=True)[0] == 429


@pytest.fixture
def bucket(stack, client):
    name = f"{stack.name}-code"
    client("s3").create_bucket(Bucket=name)
    yield name
    for listed in client("s3").list_objects_v2(Bucket=name).get("Contents", []):
        client("s3").delete_object(Bucket=name, Key=listed["Key"])
    client("s3").delete_bucket(Bucket=name)


@pytest.mark.behaviour("Lambda", "code that is not in its bucket fails the stack")
def test_code_that_is_not_there_fails_the_stack(stack, bucket):
    with pytest.raises(AssertionError, match="NoSuchKey"):
        stack.put({"Role": ROLE, "Function": function(Code={"S3Bucket": bucket, "S3Key": "none.zip"})})


@pytest.mark.behaviour("Lambda", "modules of a layer can be imported")
def test_layer_is_importable(stack, client, bucket):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("python/lib/python3.12/site-packages/layered.py", "ANSWER = 42\n")
    client("s3").put_object(Bucket=bucket, Key="layer.zip", Body=archive.getvalue())
    layer = {"Content": {"S3Bucket": bucket, "S3Key": "layer.zip"}, "CompatibleRuntimes": ["python3.12"]}
    code = "import layered\ndef handler(event, context):\n    return layered.ANSWER\n"
    resources = {
        "Role": ROLE,
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
        "Function": function(Code={"ZipFile": code}, Layers=[{"Ref": "Layer"}]),
    }
    name = stack.put(resources, {"Name": {"Ref": "Function"}})["Name"]

    assert json.loads(client("lambda").invoke(FunctionName=name)["Payload"].read()) == 42


def test_function_for_another_python_gets_dependencies_that_can_be_loaded(stack, client):
    """The layer of a runtime that this machine does not have holds nothing here; the machine's own build helps out."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("python/lib/python3.99/site-packages/nothing.py", "")
    s3 = client("s3")
    s3.create_bucket(Bucket="strange-layers")
    s3.put_object(Bucket="strange-layers", Key="layer.zip", Body=archive.getvalue())
    code = "import pydantic_core\ndef handler(event, context):\n    return pydantic_core.__name__\n"
    resources = {
        "Role": ROLE,
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": "strange-layers", "S3Key": "layer.zip"}},
        },
        "Function": function(Runtime="python3.14", Code={"ZipFile": code}, Layers=[{"Ref": "Layer"}]),
    }
    name = stack.put(resources, {"Name": {"Ref": "Function"}})["Name"]

    assert json.loads(client("lambda").invoke(FunctionName=name)["Payload"].read()) == "pydantic_core"
