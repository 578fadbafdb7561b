"""What things are called: services as boto3 and as the emulator's router name them, operations, resource types."""

from __future__ import annotations

import functools
import re

from emulator.faults.reading import Known
from emulator.plugin.borrowed import borrow

_app = borrow("app", "SERVICE_HANDLERS")
_iam = borrow("core.iam_actions", "_BOTOCORE_SERVICE_MAP", "_load_botocore_model", "_load_botocore_routes")
_responses = borrow("core.responses", "_BOTOCORE_NAME")
_provisioners = borrow("services.cloudformation.provisioners", "_RESOURCE_HANDLERS")

_MORE_NAMES = {
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "service-quotas": "servicequotas",
}


def known() -> Known:
    """Return which services, operations and resource types there are."""
    services = {name: name for name in _app.SERVICE_HANDLERS}
    for router_name in list(services):
        services.update(dict.fromkeys(_client_names(router_name), router_name))
    return Known({**services, **_MORE_NAMES}, _operations, frozenset(_provisioners._RESOURCE_HANDLERS))


def _client_names(service: str) -> list[str]:
    mapped = _iam._BOTOCORE_SERVICE_MAP.get(service)
    return list(mapped) if mapped else [_responses._BOTOCORE_NAME.get(service, service)]


@functools.cache
def _operations(service: str) -> frozenset[str]:
    models = [_iam._load_botocore_model(name) for name in _client_names(service)]
    return frozenset(operation for model in models for operation in model.get("operations", {}))


@functools.cache
def routes(service: str) -> list[tuple[str, re.Pattern[str], str, int, dict[str, str]]]:
    """Return the addresses of a REST service's operations: method, pattern, operation, how literal it is, and query."""
    return [route for name in _client_names(service) for route in _iam._load_botocore_routes(name)]
