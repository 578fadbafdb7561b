"""Drift detection over every type of our stacks: each resource is read through the API of its service, as on AWS.

The calls go over the loopback, so they are made on a thread of their own while the emulator goes on answering.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from emulator.drift.calls import Read
from emulator.drift.reads import READS
from emulator.drift.shape import compared, filled, parsed, pascal, plain, rules, same_rule, split, statement, undotted
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Properties, account, region

_app = borrow("app", "SERVICE_HANDLERS")
_cloudformation = borrow("services.cloudformation", "_stacks")
_detection = borrow("services.cloudformation.drift", "_DRIFT_READERS")

Handler = Callable[..., Awaitable[Any]]
_RULES = {
    "SecurityGroupIngress": "AWS::EC2::SecurityGroupIngress",
    "SecurityGroupEgress": "AWS::EC2::SecurityGroupEgress",
}
_TAGS = ("Tags", "HostedZoneTags")
_making_clients = threading.Lock()


class _Service:
    """Reads resources over the loopback.

    :param endpoint_url: where the emulator serves.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    @functools.cache  # noqa: B019 - there is one of it, for the life of the process
    def client(self, service: str, account_id: str, region_name: str) -> Any:
        """Return a client that acts as the root of an account."""
        boto3 = importlib.import_module("boto3")
        with _making_clients:
            return boto3.client(
                service, endpoint_url=self._endpoint_url, region_name=region_name,
                aws_access_key_id=account_id, aws_secret_access_key="test",  # noqa: S106 - no secret: an account is its own root
            )  # fmt: skip

    def read(self, read: Read, values: dict[str, Any]) -> Any:
        """Make one call and return the resource that it tells of, or None where there is none.

        :raises Exception: if the call fails otherwise; the resource's drift is then unknown.
        """
        client = self.client(read.service, account(), region())
        try:
            answer = getattr(client, read.operation)(**filled(read.parameters, values))
        except client.exceptions.ClientError as error:
            if _is_absence(str(error.response["Error"]["Code"]), str(error)):
                return None
            raise
        return _search(filled(read.member, values), answer)


def _is_absence(code: str, message: str) -> bool:
    if code == "ValidationError":
        return "not found" in message or "not exist" in message
    return code == "404" or any(part in code for part in ("NotFound", "NoSuch", "NonExist"))


def _is_told(value: Any, wanted: Any) -> bool:
    """Tell whether a property is set; services tell with something empty that one is not."""
    return value not in (None, "", [], {}) or value == wanted


@functools.cache
def _options() -> Any:
    jmespath = importlib.import_module("jmespath")
    functions = importlib.import_module("jmespath.functions")
    anything: dict[str, list[str]] = {"types": []}

    def offer(function: Callable[..., Any], count: int) -> Any:
        return functions.signature(*[anything] * count)(lambda _self, *arguments: function(*arguments))

    members = {
        f"_func_{function.__name__}": offer(function, count)
        for function, count in ((split, 2), (parsed, 1), (pascal, 1), (undotted, 1), (rules, 2), (statement, 2))
    }
    made = type("Functions", (functions.Functions,), members)
    return jmespath.Options(custom_functions=made())


def _search(expression: str, answer: Any) -> Any:
    return importlib.import_module("jmespath").search(expression, answer, options=_options())


def _reader(service: _Service, reads: tuple[Read, ...]) -> Callable[[str, Properties], Properties | None]:
    def read(identifier: str, wanted: Properties) -> Properties | None:
        values = {**wanted, "id": identifier, "account": account(), "region": region()}
        found: Properties = {}
        for each in reads:
            resource = service.read(each, values)
            if isinstance(resource, list):
                resource = next((rule for rule in resource if same_rule(wanted, rule)), None)
            if resource is None and not each.optional:
                return None
            told = {name: _search(filled(source, values), resource) for name, source in each.properties.items()}
            found |= {name: plain(value) for name, value in told.items() if _is_told(value, wanted.get(name))}
        for name, standalone in _RULES.items():
            if name in found:
                found[name] = _own_rules(found[name], wanted.get(name, []), identifier, standalone)
        return {
            name: value if name in _TAGS else compared(wanted.get(name), value, name) for name, value in found.items()
        }

    return read


def _own_rules(found: list[Any], wanted: list[Any], group: str, standalone: str) -> list[Any]:
    """Leave out of a group's rules those that are resources of their own."""
    others = [
        resource["Properties"]
        for stack in _cloudformation._stacks.values()
        for resource in stack.get("_resources", {}).values()
        if resource["ResourceType"] == standalone and resource["Properties"].get("GroupId") == group
    ]
    return [
        rule
        for rule in found
        if any(same_rule(each, rule) for each in wanted) or not any(same_rule(each, rule) for each in others)
    ]


def _may_detect(headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]) -> bool:
    """Tell whether a request asks for a detection, in whichever of the places where an action may stand."""
    form = parse_qs(body.decode(errors="replace"))
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    return any(name.startswith("DetectStack") for name in (target, *query.get("Action", []), *form.get("Action", [])))


def _on_a_thread(original: Handler) -> Handler:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Any:
        if not _may_detect(headers, body, query):
            return await original(method, path, headers, body, query)
        return await asyncio.to_thread(lambda: asyncio.run(_answer(original, method, path, headers, body, query)))

    return handle


async def _answer(original: Handler, *arguments: Any) -> Any:
    return await original(*arguments)


def install(endpoint_url: str) -> None:
    """Read every type of our stacks, and do so beside the requests.

    :param endpoint_url: where the emulator serves.
    """
    service = _Service(endpoint_url)
    for type_name, reads in READS.items():
        known = frozenset(name for read in reads for name in read.properties)
        _detection._DRIFT_READERS[type_name] = (_reader(service, reads), known)
    _app.SERVICE_HANDLERS["cloudformation"] = _on_a_thread(_app.SERVICE_HANDLERS["cloudformation"])
