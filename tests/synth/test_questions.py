"""Saved queries ask logs that exist, for fields that are written."""

from __future__ import annotations

import io
import re

import pytest
from aws_lambda_powertools import Logger

from config import load
from config.naming import Names
from contract import routes
from lambda_src.shared.application import Application
from lambda_src.shared.settings import ServiceSettings
from stacks.proxy_platform.questions import questions
from tests.synth.assemblies import ENVIRONMENTS
from tests.synth.watched import log_groups
from tests.unit.lambda_src.conftest import Caller

NAMES = Names.of(load("production"), account="123456789012")


OF_OTHERS = ("RejectedFlows", "ImageBuildProblems", "InstanceProblems")
"""Questions about logs that no function writes."""


def texts(**what) -> dict[str, str]:
    settings = {"flow_logs": True, "image_builds": True} | what
    return {name: " | ".join(question.commands) for name, question in questions(NAMES, **settings)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_saved_query_asks_logs_that_the_environment_has(environment, assembly):
    saved = assembly(environment).template("observability").properties("AWS::Logs::QueryDefinition")
    asked = {group for query in saved for group in query["LogGroupNames"]}

    assert asked - log_groups(assembly(environment)).keys() == set()
    assert {query["Name"].partition("/")[0] for query in saved} == {f"slipway-{environment}"}
    assert len({query["Name"] for query in saved}) == len(saved) == 7


def test_logs_that_the_platform_does_not_keep_are_not_asked():
    assert "RejectedFlows" not in texts(flow_logs=False)
    assert "ImageBuildProblems" not in texts(image_builds=False)


def test_fields_that_queries_ask_for_are_written_by_the_functions():
    """A field that nobody writes finds nothing, and Logs Insights does not say so."""
    log = io.StringIO()
    settings = ServiceSettings(name="some-service", version="1.2.3", environment="test")
    application = Application(settings, max_body_bytes=100, logger=Logger(service="questions", stream=log))

    @application.resolver.get("/fails")
    def fail():
        raise OSError("as you like")

    caller = Caller(application, log)
    assert caller("GET", "/fails").status == 500
    written = {key for line in caller.log_lines for key in line}

    of_functions = [text for name, text in texts().items() if name not in OF_OTHERS]
    asked = {word for text in of_functions for word in re.findall(r"(?<!@)\b[a-z_]+\b", without_commands(text))}
    assert asked <= written, asked - written
    assert {"correlation_id", "service", "status", "error", "path"} <= asked


def without_commands(text: str) -> str:
    """Return a query without the texts in it, its own words, and the names that it gives."""
    text = re.sub(r'"[^"]*"', "", re.sub(r"\bas \w+", "", text))
    named = r"errors|answers|newest|kind|megabytes"
    own = r"filter|fields|stats|sort|limit|by|and|like|asc|desc|count|latest|initDuration|maxMemoryUsed|requestId"
    return re.sub(rf"@\w+|\b({named}|{own})\b", "", text)


def test_answers_of_the_cache_are_found_by_the_path_that_the_proxy_asks():
    path = routes.CACHE_RETRIEVE_BY_KEY.format(namespace=routes.CACHE_NAMESPACE, strategy="key_based", key="k")

    (asked,) = re.findall(r'path like "([^"]+)"', texts()["CacheAnswers"])

    assert asked in path
