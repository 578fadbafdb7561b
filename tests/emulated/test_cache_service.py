"""The cache service as it is deployed: with a Valkey cache that comes and goes, with a quota, and with its rights."""

from __future__ import annotations

import base64
import io
import json
import random
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

from contract import environment
from contract.quotas import Quota, Quotas
from lambda_src.cache_service.export import PART_BYTES
from lambda_src.cache_service.s3_exports import S3Exports
from tests.emulated.test_caches import OUTPUTS, cache, network
from tests.emulated.test_functions import ROLE, bucket, function

__all__ = ["bucket"]

ROOT = Path(__file__).parents[2]
KEY = "/pages/key_based/{}/page-1"
OBJECTS = ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload")


def archive(sources: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, data in sources.items():
            file.writestr(name, data)
    return content.getvalue()


def service() -> bytes:
    """Return the service's package."""
    folders = ("contract", "lambda_src/shared", "lambda_src/cache_service")
    paths = [path for folder in folders for path in (ROOT / folder).glob("*.py")] + [ROOT / "lambda_src/__init__.py"]
    return archive({str(path.relative_to(ROOT)): path.read_bytes() for path in paths})


def role(bucket: str) -> dict[str, Any]:
    """Return a role that may do with the bucket what the service does."""
    allowed = [
        {"Effect": "Allow", "Action": [f"s3:{each}" for each in OBJECTS], "Resource": f"arn:aws:s3:::{bucket}/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"},
    ]
    policy = {"PolicyName": "Objects", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}
    return {**ROLE, "Properties": {**ROLE["Properties"], "Policies": [policy]}}


@pytest.fixture
def deployed(stack, client, bucket) -> dict[str, str]:
    """The service with a cache and a quota; its dependencies are those that this machine can load."""
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="service.zip", Body=service())
    s3.put_object(Bucket=bucket, Key="layer.zip", Body=archive({"python/lib/python3.99/site-packages/nothing.py": b""}))
    layer = {"Content": {"S3Bucket": bucket, "S3Key": "layer.zip"}}
    variables = {
        environment.CACHE_BUCKET: bucket,
        environment.CACHE_TTL_SECONDS: "600",
        environment.CACHE_QUOTAS: Quotas({"shop": Quota(1, 2)}, None).to_text(),
        environment.CACHE_VALKEY: OUTPUTS["Endpoint"],
    }
    resources = {
        **network(),
        "Role": role(bucket),
        "Cache": cache(f"{stack.name}-a"),
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
        "Function": function(
            Runtime="python3.14",
            Handler="lambda_src.cache_service.handler.handler",
            Code={"S3Bucket": bucket, "S3Key": "service.zip"},
            Layers=[{"Ref": "Layer"}],
            Environment={"Variables": variables},
            Timeout=30,
        ),
    }
    return stack.put(resources, {"Function": {"Ref": "Function"}, "Cache": {"Ref": "Cache"}})


@pytest.fixture
def ask(deployed, client):
    """Return a function that asks the service and returns its status and what it answers."""

    def call(method: str, path: str, body: bytes = b"", **query: str) -> tuple[int, bytes]:
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "queryStringParameters": query,
            "headers": {"content-type": "text/html"},
            "requestContext": {"http": {"method": method, "path": path}, "requestId": "1", "stage": "$default"},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        answer = client("lambda").invoke(FunctionName=deployed["Function"], Payload=json.dumps(event))
        reply = json.loads(answer["Payload"].read())
        text = reply["body"] or ""
        return reply["statusCode"], base64.b64decode(text) if reply["isBase64Encoded"] else text.encode()

    return call


def test_pages_come_from_valkey_and_from_the_bucket_when_that_is_gone(ask, deployed, client, bucket):
    assert json.loads(ask("GET", "/info/status")[1])["facts"]["backend"] == "valkey"
    assert ask("POST", KEY.format("store/binary"), b"<p>text")[0] == 200
    s3 = client("s3")
    name = "pages/key_based/page-1"
    kept = s3.get_object(Bucket=bucket, Key=name)
    s3.delete_object(Bucket=bucket, Key=name)

    assert ask("GET", KEY.format("retrieve")) == (200, b"<p>text"), "Valkey has it, too"

    s3.put_object(
        Bucket=bucket,
        Key=name,
        Body=kept["Body"].read(),
        ContentType=kept["ContentType"],
        Metadata=kept["Metadata"],
    )
    client("elasticache").delete_serverless_cache(ServerlessCacheName=deployed["Cache"])

    assert [ask("GET", KEY.format("retrieve")) for _ in range(2)] == [(200, b"<p>text")] * 2
    assert ask("POST", KEY.format("store/binary"), b"<p>other")[0] == 200
    assert ask("GET", KEY.format("retrieve")) == (200, b"<p>other")


def test_a_namespace_is_exported_deleted_and_kept_within_its_quota(ask, client, bucket):
    large = random.Random(7).randbytes(900_000)  # noqa: S311 - no secret
    stored = [
        json.loads(ask("POST", "/shop/temporal/store/binary", data, key=key)[1])
        for key, data in (("eu/a", large), ("us/b", b"<p>"))
    ]
    status, refusal = ask("POST", "/shop/direct/store/binary", b"x")
    assert (status, json.loads(refusal)["error"]["code"]) == (413, "quota-exceeded")

    status, told = ask("GET", "/shop/export")
    made = json.loads(told)
    assert (status, made["entries"], made["complete"]) == (200, 2, True)
    with urllib.request.urlopen(made["url"]) as answer:
        content = answer.read()
        assert answer.headers["content-disposition"].startswith('attachment; filename="shop-')
    with zipfile.ZipFile(io.BytesIO(content)) as archive_:
        names = [each["name"] for each in json.loads(archive_.read("manifest.json"))["entries"]]
        assert [archive_.read(name) for name in names] == [large, b"<p>"]
    assert not client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads")

    assert ask("DELETE", f"/shop/delete/{stored[0]['cache_id']}")[0] == 200
    assert ask("GET", f"/shop/retrieve/{stored[0]['cache_id']}")[0] == 404
    assert ask("GET", f"/shop/retrieve/{stored[1]['cache_id']}") == (200, b"<p>")


def test_a_file_of_several_parts_is_one_object_and_an_aborted_one_is_none(client, bucket):
    exports = S3Exports(client("s3"), bucket)
    parts = [bytes(PART_BYTES), b"the rest"]
    upload, aborted = (exports.begin(f"_exports/shop/{name}.zip", "application/zip") for name in "12")
    for part in parts:
        upload.add(part)
    aborted.add(parts[0])
    upload.finish()
    aborted.abort()

    kept = client("s3").get_object(Bucket=bucket, Key="_exports/shop/1.zip")
    assert (kept["ContentType"], kept["Body"].read()) == ("application/zip", b"".join(parts))
    assert [each["Key"] for each in client("s3").list_objects_v2(Bucket=bucket)["Contents"]] == ["_exports/shop/1.zip"]
    assert not client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads")
