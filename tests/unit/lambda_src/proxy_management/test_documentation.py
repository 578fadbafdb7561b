"""The examples of the service's page, sent to the service one after the other."""

import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from contract import routes
from contract.fleet_settings import FleetSettings
from lambda_src.proxy_management.overview import Window
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "services" / "proxy-management.md"
EXAMPLE = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
NOW = datetime(2026, 11, 21, 22, 40, 30, tzinfo=UTC)
ADA = "arn:aws:sts::111122223333:assumed-role/operator/ada"


def holds(answer, told):
    """Return whether an answer has everything that the page tells of it."""
    match told:
        case dict():
            return isinstance(answer, dict) and all(key in answer and holds(answer[key], told[key]) for key in told)
        case list():
            return isinstance(answer, list) and all(any(holds(each, one) for each in answer) for one in told)
    return answer == told


def test_each_example_answers_as_the_page_says(caller):
    history = SettingsHistory(MemoryStore())
    fresh = FreshSettings(history, itertools.count(0.0, 10.0).__next__)
    statistics = Statistics(MemoryStore(), timedelta(seconds=5))
    call = caller(build_application, statistics, history, fresh, clock=lambda: NOW, identify=lambda _: ADA)
    examples = EXAMPLE.findall(PAGE.read_text())
    for method, target, body, told in examples:
        path, _, query = target.partition("?")
        reply = call(method, path, body.strip() or None, query=dict(parse_qsl(query)))
        assert holds(reply.json, json.loads(told)), f"{method} {target} answers {json.dumps(reply.json)}"
    assert len(examples) == PAGE.read_text().count("```http")


def test_every_route_is_told():
    text = PAGE.read_text()
    for route in (routes.READ_STATISTICS, routes.FLEET_SETTINGS, routes.FLEET_SETTINGS_HISTORY):
        assert f"### `GET {route}`" in text
    assert f"### `PUT {routes.REPORT_STATISTICS}`" in text
    assert f"### `PUT {routes.FLEET_SETTINGS}`" in text


def test_every_window_and_setting_is_told():
    names = {*Window, *FleetSettings.__dataclass_fields__} - {"version"}
    assert {name for name in names if f"| `{name}`" not in PAGE.read_text()} == set()


def test_figures_mean_the_same_on_the_page_and_in_its_documentation():
    template = (ROOT / "lambda_src/proxy_management/templates/figures.html").read_text()
    told = (ROOT / "docs/services/dashboard.md").read_text()
    meanings = re.findall(r'^  \("([^"]+)", [^"]+, "([^"]+)"\),$', template, re.MULTILINE)
    assert len(meanings) == 9
    assert [meaning for meaning in meanings if "| {} | {} |".format(*meaning) not in told] == []


def test_what_is_not_told_does_not_hold():
    assert not holds({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not holds({"a": 1}, {"b": 1})
