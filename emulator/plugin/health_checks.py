"""Route 53's health checks at work: endpoints are asked for real, and the API tells what was seen."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from emulator.dns.checks import ENDPOINT_KINDS, Check, Health, Seen, after, check_of, completed
from emulator.dns.probe import look
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.metrics import emit
from emulator.plugin.resources import Created, Properties, amend, tag_map
from emulator.plugin.resources import after as afterwards
from emulator.plugin.zones import Response, located

_route53 = borrow(
    "services.route53",
    "_build_health_check_el",
    "_create_health_check",
    "_delete_health_check",
    "_error_response",
    "_hc_caller_refs",
    "_health_checks",
    "_parse_body",
    "_tags",
    "_text",
    "_xml_response",
    "handle_request",
)
_cw = borrow("services.cloudwatch", "_alarms")
_responses = borrow("core.responses", "request_scope")
_cfn = borrow("services.cloudformation.provisioners", "_STACK_TAG_PROPERTY")

TICK_SECONDS = 0.1
MEASURE_SECONDS = 2.0
_MOST_AT_ONCE = 8
_STATUS_PATH = re.compile(r"/2013-04-01/healthcheck/([^/]+)/(status|lastfailurereason)")
TYPE = "AWS::Route53::HealthCheck"

_seen: dict[str, Seen] = {}
"""What each check has seen, by its id. Not saved: after a restart the endpoints are asked anew."""

Resolve = Callable[[str], list[str]]
"""Returns the addresses of a name in the zones of the emulator."""


def health() -> Health:
    """Return what is known of the health checks of all accounts; their ids are unique."""
    records = {identifier: record["config"] for (_, identifier), record in list(_route53._health_checks._data.items())}
    checks = {identifier: check_of(identifier, found) for identifier, found in records.items() if "Type" in found}
    alarms = {(region, name): str(alarm["StateValue"]) for (_, region, name), alarm in _cw._alarms.all_items()}
    return Health(checks, _seen, alarms)


async def run(resolve: Resolve, now: Callable[[], datetime]) -> None:
    """Ask all endpoints, each at its own pace, for ever."""
    pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="health-check")
    due: dict[str, float] = {}
    running: dict[str, asyncio.Task[None]] = {}
    measured = 0.0
    while True:
        current = {check.identifier: check for check in health().checks.values() if _is_asked(check)}
        for gone in (due.keys() | _seen.keys()) - current.keys():
            due.pop(gone, None)
            _seen.pop(gone, None)
        running = {identifier: task for identifier, task in running.items() if not task.done()}
        for identifier, check in current.items():
            if identifier not in running and due.get(identifier, 0.0) <= time.monotonic():
                due[identifier] = time.monotonic() + check.interval_seconds
                running[identifier] = asyncio.create_task(_ask(check, pool, resolve, now))
        if measured + MEASURE_SECONDS <= time.monotonic():
            measured = time.monotonic()
            _measure()
        await asyncio.sleep(TICK_SECONDS)


def _measure() -> None:
    """Tell CloudWatch how each check stands, in the region in which Route 53 does.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-cloudwatch.html
    """
    known = health()
    for account, identifier in list(_route53._health_checks._data):
        with _responses.request_scope(account, "us-east-1"):
            status = float(known.is_healthy(identifier))
            emit("AWS/Route53", "HealthCheckStatus", status, "None", {"HealthCheckId": identifier})


def _is_asked(check: Check) -> bool:
    return check.kind in ENDPOINT_KINDS and not check.is_disabled


async def _ask(check: Check, pool: ThreadPoolExecutor, resolve: Resolve, now: Callable[[], datetime]) -> None:
    try:
        addresses = [] if check.address else resolve(check.domain)
        problem, report = await asyncio.get_running_loop().run_in_executor(pool, look, check, addresses)
    except Exception as error:  # whatever it is, whoever looks at the check is to read it there
        problem, report = f"The endpoint cannot be asked: {error or type(error).__name__}", ""
    _seen[check.identifier] = after(_seen.get(check.identifier, Seen()), check.threshold, problem, report, now())


def _with_defaults(original: Callable[[Element, dict[str, Any]], None]) -> Callable[[Element, dict[str, Any]], None]:
    """Show everything that AWS fills in, and truth values in lower case, as the SDKs read them."""

    def build(parent: Element, record: dict[str, Any]) -> None:
        shown = {key: _as_xml(value) for key, value in completed(record["config"]).items()}
        original(parent, {**record, "config": shown})

    return build


def _as_xml(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) or value in ("True", "False") else value


def _with_status(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        found = _STATUS_PATH.fullmatch(path)
        if found and method == "GET":
            return _status(found[1], last_failure=found[2] == "lastfailurereason")
        return await original(method, path, headers, body, query)

    return handle


def _status(identifier: str, *, last_failure: bool) -> Any:
    if identifier not in _route53._health_checks:
        text = f"No health check exists with the specified ID {identifier}."
        return _route53._error_response("NoSuchHealthCheck", text, 404)
    check = health().checks[identifier]
    if check.kind not in ENDPOINT_KINDS:
        text = f"The status of a {check.kind} health check is not that of an endpoint; look at what it follows."
        return _route53._error_response("InvalidInput", text, 400)
    seen = _seen.get(identifier, Seen())

    def build(root: Element) -> None:
        observations = SubElement(root, "HealthCheckObservations")
        text = seen.failure if last_failure else seen.report
        if seen.at is not None and text:
            _observation(SubElement(observations, "HealthCheckObservation"), text, seen.at)

    name = "GetHealthCheckLastFailureReasonResponse" if last_failure else "GetHealthCheckStatusResponse"
    return _route53._xml_response(name, build)


def _observation(parent: Element, text: str, at: datetime) -> None:
    SubElement(parent, "Region").text = "us-east-1"
    SubElement(parent, "IPAddress").text = "127.0.0.1"
    report = SubElement(parent, "StatusReport")
    SubElement(report, "Status").text = text
    SubElement(report, "CheckedTime").text = at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _located(original: Callable[[bytes], Response]) -> Callable[[bytes], Response]:
    def create(body: bytes) -> Response:
        root = _route53._parse_body(body)
        reference = "" if root is None else _route53._text(root, "CallerReference")
        return located(original(body), "healthcheck", _route53._hc_caller_refs.get(reference))

    return create


def _tagged(created: Created, properties: Properties) -> Created:
    tags = tag_map({"Tags": properties.get("HealthCheckTags", [])})
    _route53._tags["healthcheck", created[0]] = tags
    return created


def _forgetting_tags(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete(identifier: str, *rest: Any) -> Any:
        _route53._tags.pop(("healthcheck", identifier), None)
        return original(identifier, *rest)

    return delete


def install() -> None:
    """Apply the corrections of this module."""
    replace(_route53, "_build_health_check_el", _with_defaults)
    replace(_route53, "_create_health_check", _located)
    replace(_route53, "_delete_health_check", _forgetting_tags)
    replace(_route53, "handle_request", _with_status)
    _cfn._STACK_TAG_PROPERTY[TYPE] = ("HealthCheckTags", "list")
    amend(TYPE, **afterwards(_tagged))
    amend(TYPE, delete=_forgetting_tags)
