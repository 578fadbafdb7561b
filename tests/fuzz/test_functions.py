"""Each function against requests that its own OpenAPI document allows, and forbids.

Whatever is sent: never a status from 500, no answer that the document does not name, nothing accepted that it forbids,
and nothing refused that it allows.
"""

from __future__ import annotations

import io

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from lambda_src.html_service.routes import build_application
from lambda_src.html_service.text_service import Transformed
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi

EXAMPLES = 15


class Echo:
    """Gives each text back."""

    def transform(self, mode, texts, parameters, caller):  # noqa: ARG002 - takes what the real one takes
        return Transformed(list(texts))


def html_service():
    logger = Logger(service="html-service-fuzzed", stream=io.StringIO())
    return build_application(ServiceSettings("html-service", "1", "test"), Echo(), logger=logger)


DEPENDS_ON_CONTENT = {
    "/segments/to/html": "there have to be as many segments as the page has",
    "/dict/to/html": "charset has to be an encoding that pages are written in",
    "/dict/to/text/nodes": "charset has to be an encoding that pages are written in",
    "/hashes/to/html": "charset has to be an encoding that pages are written in",
}
"""Where something may be refused that a schema cannot forbid, and why."""

schema = schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(html_service()))


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_html_service(case):
    """Judged by all checks of schemathesis."""
    excluded = [positive_data_acceptance] if case.operation.path in DEPENDS_ON_CONTENT else []
    case.call_and_validate(excluded_checks=excluded)
