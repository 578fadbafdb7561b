"""S3 buckets as templates describe them: configuration that the emulator drops, and contents that it would lose.

CloudFormation refuses to delete a bucket that holds objects. The emulator would delete them with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Delete, Properties, ResourceType, after, amend, expect_success, register
from emulator.plugin.resources import tag_map as tags_of

_s3 = borrow(
    "services.s3",
    "_SSE_STORED_HEADERS",
    "_bucket_default_sse_headers",
    "_bucket_encryption",
    "_bucket_lifecycle",
    "_bucket_tags",
    "_bucket_versioning",
    "_buckets",
    "_delete_bucket",
    "_delete_bucket_encryption",
    "_delete_object",
    "_lifecycle_rules_error",
    "_object_versions",
    "_put_bucket_encryption",
    "_put_bucket_logging",
    "_put_bucket_ownership_controls",
    "_resolve_sse_write_headers",
)
_responses = borrow("core.responses", "get_account_id", "get_region")
_cfn = borrow("services.cloudformation.provisioners", "_STACK_TAG_PROPERTY")
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def to_xml(root: str, content: dict[str, Any]) -> bytes:
    """Return nested values as the XML that the S3 API takes; a list becomes repeated elements."""
    element = Element(root, xmlns=_NAMESPACE)
    _fill(element, content)
    return tostring(element)


def _fill(element: Element, content: dict[str, Any]) -> None:
    for name, value in content.items():
        for item in value if isinstance(value, list) else [value]:
            child = SubElement(element, name)
            match item:
                case dict():
                    _fill(child, item)
                case bool():
                    child.text = str(item).lower()
                case _:
                    child.text = str(item)


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a template's lifecycle rule in the form of the S3 API."""
    built: dict[str, Any] = {"ID": rule.get("Id", ""), "Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
    expiration = {
        "Days": rule.get("ExpirationInDays"),
        "Date": rule.get("ExpirationDate"),
        "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
    }
    noncurrent = rule.get("NoncurrentVersionExpiration", {})
    if "NoncurrentVersionExpirationInDays" in rule:
        noncurrent = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    built["Expiration"] = _present(expiration)
    built["NoncurrentVersionExpiration"] = noncurrent
    built["AbortIncompleteMultipartUpload"] = rule.get("AbortIncompleteMultipartUpload", {})
    built["Transitions"] = [_transition(move, "Days") for move in _moves(rule, "Transition")]
    noncurrent_moves = _moves(rule, "NoncurrentVersionTransition")
    built["NoncurrentVersionTransitions"] = [_transition(move, "NoncurrentDays") for move in noncurrent_moves]
    return {key: value for key, value in built.items() if value or key == "Filter"}


def _with_managed_key(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Let a write that asks for KMS without a key use the account's own key for S3, as AWS does."""
    algorithm, key = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"

    def resolved(headers: dict[str, str], bucket: str) -> Any:
        if headers.get(algorithm) == "aws:kms" and not headers.get(key):
            managed = f"arn:aws:kms:{_responses.get_region()}:{_responses.get_account_id()}:alias/aws/s3"
            headers = {**headers, key: managed}
        return resolve(headers, bucket)

    return resolved


replace(_s3, "_resolve_sse_write_headers", _with_managed_key)


_BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"


def _with_bucket_key(original: Callable[[str], dict[str, str]]) -> Callable[[str], dict[str, str]]:
    """What is written to a bucket with a bucket key says so, and so it does when it is read."""

    def headers(bucket: str) -> dict[str, str]:
        found = original(bucket)
        if found.get("x-amz-server-side-encryption") == "aws:kms":
            is_used = "<BucketKeyEnabled>true</BucketKeyEnabled>" in _s3._bucket_encryption.get(bucket, "")
            found |= {_BUCKET_KEY: "true"} if is_used else {}
        return found

    return headers


replace(_s3, "_bucket_default_sse_headers", _with_bucket_key)
setattr(_s3, "_SSE_STORED_HEADERS", (*_s3._SSE_STORED_HEADERS, _BUCKET_KEY))  # noqa: B010 - mypy knows no such name


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _moves(rule: dict[str, Any], name: str) -> list[dict[str, Any]]:
    moves: list[dict[str, Any]] = rule.get(f"{name}s", [])
    return moves + ([rule[name]] if name in rule else [])


def _transition(move: dict[str, Any], days: str) -> dict[str, Any]:
    return _present(
        {days: move.get("TransitionInDays"), "Date": move.get("TransitionDate"), "StorageClass": move["StorageClass"]}
    )


def _lifecycle_filter(rule: dict[str, Any]) -> dict[str, Any]:
    parts = _present({name: rule.get(name) for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")})
    tags = rule.get("TagFilters", [])
    if len(parts) + len(tags) <= 1:
        return parts | ({"Tag": tags[0]} if tags else {})
    return {"And": parts | ({"Tags": tags} if tags else {})}


def _configure(created: Created, properties: Properties) -> Created:
    bucket = created[0]
    _set_or_drop(_s3._bucket_tags, bucket, tags_of(properties))
    _configure_lifecycle(bucket, properties)
    _configure_encryption(bucket, properties)
    if "OwnershipControls" in properties:
        rules = [{"ObjectOwnership": rule["ObjectOwnership"]} for rule in properties["OwnershipControls"]["Rules"]]
        body = to_xml("OwnershipControls", {"Rule": rules})
        expect_success(bucket, _s3._put_bucket_ownership_controls(bucket, body))
    _configure_logging(bucket, properties)
    if properties.get("VersioningConfiguration", {}).get("Status") == "Suspended":
        _s3._bucket_versioning[bucket] = "Suspended"
    dual_stack = created[1]["RegionalDomainName"].replace(".s3.", ".s3.dualstack.")
    return bucket, {**created[1], "DualStackDomainName": dual_stack}


def _set_or_drop(store: Any, key: str, value: Any) -> None:
    if value:
        store[key] = value
    else:
        store.pop(key, None)


def _configure_lifecycle(bucket: str, properties: Properties) -> None:
    rules = [lifecycle_rule(rule) for rule in properties.get("LifecycleConfiguration", {}).get("Rules", [])]
    refusal = _s3._lifecycle_rules_error(rules)
    if refusal is not None:
        expect_success(bucket, refusal)
    _set_or_drop(_s3._bucket_lifecycle, bucket, rules)


def _configure_encryption(bucket: str, properties: Properties) -> None:
    wanted = properties.get("BucketEncryption")
    if wanted is None:
        _s3._delete_bucket_encryption(bucket)
        return
    rules = [
        _present(
            {
                "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
                "BucketKeyEnabled": rule.get("BucketKeyEnabled"),
            }
        )
        for rule in wanted["ServerSideEncryptionConfiguration"]
    ]
    body = to_xml("ServerSideEncryptionConfiguration", {"Rule": rules})
    expect_success(bucket, _s3._put_bucket_encryption(bucket, body))


def _configure_logging(bucket: str, properties: Properties) -> None:
    wanted = properties.get("LoggingConfiguration")
    content: dict[str, Any] = {}
    if wanted:
        target = {
            "TargetBucket": wanted.get("DestinationBucketName", bucket),
            "TargetPrefix": wanted.get("LogFilePrefix", ""),
        }
        content = {"LoggingEnabled": target}
    expect_success(bucket, _s3._put_bucket_logging(bucket, to_xml("BucketLoggingStatus", content)))


def _refuse_contents(_original: Delete) -> Delete:
    def delete(bucket: str, _properties: Properties) -> None:
        if bucket in _s3._buckets:
            expect_success(bucket, _s3._delete_bucket(bucket))

    return delete


def empty_bucket(bucket: str) -> None:
    """Remove all objects of a bucket, all versions of them included."""
    for (owner, key), versions in list(_s3._object_versions.items()):
        if owner == bucket:
            for version in list(versions):
                _s3._delete_object(bucket, key, {}, {"versionId": [version["version_id"]]})
    for key in list(_s3._buckets.get(bucket, {}).get("objects", {})):
        _s3._delete_object(bucket, key, {}, {"versionId": ["null"]})


class _AutoDelete:
    """`Custom::S3AutoDeleteObjects` of the CDK, whose own function needs an SDK that the emulator has not."""

    def create(self, logical_id: str, properties: Properties, _stack: str) -> Created:
        return f"{properties.get('BucketName', logical_id)}-auto-delete", {}

    def update(self, physical_id: str, _old: Properties, _new: Properties, _stack: str) -> Created:
        return physical_id, {}

    def delete(self, _physical_id: str, properties: Properties) -> None:
        bucket = properties.get("BucketName", "")
        # As the CDK's function does: a bucket that has lost its mark is none of its business any more.
        if _s3._bucket_tags.get(bucket, {}).get("aws-cdk:auto-delete-objects") == "true":
            empty_bucket(bucket)


def install() -> None:
    """Add the types and corrections of this module."""
    auto = _AutoDelete()
    register(
        (
            ResourceType(
                "Custom::S3AutoDeleteObjects", auto.create, auto.update, auto.delete, ("BucketName",), tags=None
            ),
        )
    )
    _cfn._STACK_TAG_PROPERTY["AWS::S3::Bucket"] = ("Tags", "list")
    amend("AWS::S3::Bucket", **after(_configure), delete=_refuse_contents)
