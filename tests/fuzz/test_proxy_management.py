"""Proxy management against requests that its own OpenAPI document allows, and forbids."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

EXAMPLES = 15
# What varies in a path becomes part of a key, minutes have to be of today, and a change may come too late.
EXCLUDED = [positive_data_acceptance]


def _service():
    history = SettingsHistory(MemoryStore())
    return build_application(
        ServiceSettings("proxy-management", "1", "test"),
        Statistics(MemoryStore(), timedelta(seconds=5)),
        history,
        FreshSettings(history, lambda: 0.0),
        clock=lambda: datetime.now(UTC),
        logger=Logger(service="management-fuzzed", stream=io.StringIO()),
    )


@schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(_service())).parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_proxy_management(case):
    case.call_and_validate(excluded_checks=EXCLUDED)
