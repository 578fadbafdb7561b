"""Settings that an operator changes while the deployed platform runs, as a program that signs its calls."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from contract import parameters, routes
from contract.components import Function
from contract.headers import Result
from tests.e2e.conftest import Platform
from tests.e2e.test_pages import fresh, wait_for

# Environment local has one instance.
PROCESSES = 2
# Environment local reports every second; a busy machine takes longer for everything.
SECONDS_UNTIL_THEY_HOLD = 10


def ask(platform: Platform, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Ask proxy management at its URL, signed."""
    name = f"{parameters.prefix('slipway', 'local')}/{parameters.function_url(Function.PROXY_MANAGEMENT)}"
    base = platform.aws.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    data = json.dumps(body).encode() if body else None
    headers = {"content-type": "application/json"} if body else {}
    request = AWSRequest(method, base.rstrip("/") + path, headers=headers, data=data)
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    reply = httpx.request(method, request.url, content=data, headers=dict(request.headers), trust_env=False, timeout=30)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def test_a_change_reaches_all_processes_within_seconds_and_is_in_the_audit_trail(platform: Platform) -> None:
    base = ask(platform, "GET", routes.FLEET_SETTINGS)["version"]
    page = f"{platform.server.http_url}/{platform.server.main_page}"
    with platform.browser() as kept:
        assert kept.fetch(fresh(page)).result == Result.TRANSFORMED
        # Processes that a test before this one has killed count as alive for a while.
        wait_for(lambda: len(versions(platform)) == PROCESSES, "no process but those that run")
        began = time.monotonic()
        change = {"base": base, "settings": {"default_mode": "off"}, "note": "nothing today"}
        assert ask(platform, "PUT", routes.FLEET_SETTINGS, change)["version"] == base + 1
        try:
            wait_for(lambda: versions(platform) == [base + 1] * PROCESSES, "all processes have the change")
            assert time.monotonic() - began < SECONDS_UNTIL_THEY_HOLD
            with platform.browser() as another:
                assert another.fetch(fresh(page)).reason == "mode off"
            assert kept.fetch(fresh(page)).reason == "mode off"
        finally:
            ask(platform, "PUT", routes.FLEET_SETTINGS, {"base": base + 1, "settings": {}, "note": "as before"})
        wait_for(lambda: kept.fetch(fresh(page)).result == Result.TRANSFORMED, "the mode of the configuration")
    newest, before = ask(platform, "GET", f"{routes.FLEET_SETTINGS}/history?limit=2")["entries"]
    assert (newest["note"], before["note"]) == ("as before", "nothing today")
    assert before["changes"] == [{"what": "default_mode", "before": None, "after": "off"}]
    assert before["who"]


def versions(platform: Platform) -> list[int]:
    """Return which settings each living process uses, as it says itself."""
    instances = ask(platform, "GET", routes.READ_STATISTICS)["instances"]
    return [process["settings_version"] for instance in instances for process in instance["processes"]]
