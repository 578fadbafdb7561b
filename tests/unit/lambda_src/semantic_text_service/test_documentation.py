"""What the page about the service says: its table of modes, its examples, its figures."""

import json
import re

import pytest

from contract import routes
from contract.modes import RULES, Engine
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.routes import build_application
from tests.unit.lambda_src.semantic_text_service.documentation import MARKED, PAGE, table

EXAMPLE = re.compile(r"```http\n(\w+) (\S+)\n\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
EXAMPLES = [match.groups() for match in EXAMPLE.finditer(PAGE.read_text())]


@pytest.mark.parametrize(("method", "path", "body", "reply"), EXAMPLES, ids=[example[1] for example in EXAMPLES])
def test_each_example_answers_as_the_page_says(caller, method, path, body, reply):
    call = caller(build_application, {Engine.EMBEDDED: EmbeddedEngine()})

    answer = call(method, path, body).json

    assert rounded(answer) == json.loads(reply)


def rounded(value):
    match value:
        case float():
            return round(value, 3)
        case dict():
            return {key: rounded(each) for key, each in value.items()}
        case list():
            return [rounded(each) for each in value]
    return value


def test_every_route_has_an_example():
    documented = {path for _, path, _, _ in EXAMPLES}
    wanted = {
        routes.TRANSFORM_TEXTS, routes.RATE_TEXTS, routes.RATE_TEXTS_FULLY, routes.FILTER_TEXTS,
        routes.FILTER_TEXTS_FULLY, routes.CLASSIFY_TOPICS, routes.FILTER_TOPICS,
    }  # fmt: skip

    assert {path.format(engine="embedded") for path in wanted} <= documented


def test_the_table_of_modes_is_what_the_service_does():
    (written,) = MARKED.finditer(PAGE.read_text())

    hint = "run `python -m tests.unit.lambda_src.semantic_text_service.documentation`"
    assert written[0] == f"<!-- modes -->\n{table()}<!-- end of modes -->", hint


def test_every_threshold_is_named():
    for mode, rule in RULES.items():
        assert re.search(rf"\| `{mode}` \|.*\| {rule.sentiment} ≥ {rule.at_least} \|", PAGE.read_text()), mode
