"""What is protected stays: load balancers and tables with deletion protection, which the emulator deletes.

Buckets with objects are the business of :mod:`emulator.plugin.storage`; here only the reason is put in AWS's words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Delete, Properties, amend

_alb = borrow("services.alb", "_ACTION_MAP", "_error", "_lb_attrs", "_p")
_ddb = borrow("services.dynamodb", "_delete_table", "_tables")
_provisioners = borrow("services.cloudformation.provisioners", "_ddb_delete")
_responses = borrow("core.responses", "error_response_json", "new_uuid")

Call = Callable[[dict[str, Any]], Any]
_PROTECTED_TABLE = (
    "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
)
_NOT_EMPTY = "The bucket you tried to delete is not empty"


def _refused(service: str, message: str, *, status: int = 400, code: str = "InvalidRequest") -> ValueError:
    """Return the error of a resource whose service refused the request, as CloudFormation passes it on."""
    identifier = _responses.new_uuid()
    return ValueError(
        f'Resource handler returned message: "{message} (Service: {service}, Status Code: {status}, Request ID: '
        f'{identifier})" (RequestToken: {_responses.new_uuid()}, HandlerErrorCode: {code})'
    )


def _balancer_refusal(arn: str) -> str | None:
    attributes = {each["Key"]: each["Value"] for each in _alb._lb_attrs.get(arn) or []}
    if str(attributes.get("deletion_protection.enabled", "false")).lower() != "true":
        return None
    return f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"


def _keep_balancer(original: Delete) -> Delete:
    def delete(arn: str, properties: Properties) -> None:
        refusal = _balancer_refusal(arn)
        if refusal:
            raise _refused("ElasticLoadBalancingV2", refusal)
        original(arn, properties)

    return delete


def _keep_balancer_of_call(original: Call) -> Call:
    def delete(params: dict[str, Any]) -> Any:
        refusal = _balancer_refusal(_alb._p(params, "LoadBalancerArn"))
        return _alb._error("OperationNotPermitted", refusal, 400) if refusal else original(params)

    return delete


def _is_protected(table: str) -> bool:
    enabled = (_ddb._tables.get(table) or {}).get("DeletionProtectionEnabled", False)
    return str(enabled).lower() == "true"


def _keep_table(original: Delete) -> Delete:
    def delete(table: str, properties: Properties) -> None:
        if _is_protected(table):
            raise _refused("DynamoDb", _PROTECTED_TABLE)
        original(table, properties)

    return delete


def _keep_table_of_call(original: Call) -> Call:
    def delete(data: dict[str, Any]) -> Any:
        table = str(data.get("TableName", "")).rpartition("table/")[2]
        if _is_protected(table):
            return _responses.error_response_json("ValidationException", _PROTECTED_TABLE, 400)
        return original(data)

    return delete


def _tell_of_contents(original: Delete) -> Delete:
    def delete(bucket: str, properties: Properties) -> None:
        try:
            original(bucket, properties)
        except ValueError as error:
            if "BucketNotEmpty" not in str(error):
                raise
            raise _refused("S3", _NOT_EMPTY, status=409, code="GeneralServiceException") from error

    return delete


def install() -> None:
    """Apply the corrections of this module."""
    amend("AWS::ElasticLoadBalancingV2::LoadBalancer", delete=_keep_balancer)
    _alb._ACTION_MAP["DeleteLoadBalancer"] = _keep_balancer_of_call(_alb._ACTION_MAP["DeleteLoadBalancer"])
    amend("AWS::DynamoDB::Table", delete=_keep_table)
    # A table that is replaced is deleted by its own update.
    replace(_provisioners, "_ddb_delete", _keep_table)
    replace(_ddb, "_delete_table", _keep_table_of_call)
    amend("AWS::S3::Bucket", delete=_tell_of_contents)
