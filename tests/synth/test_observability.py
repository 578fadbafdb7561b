"""The observability stack: alarms on metrics that somebody emits, each with a page, and a topic that they reach."""

from __future__ import annotations

import re

import pytest

from config import load
from config.cost import ALARMS_PER_TARGET, monthly_estimate
from config.models import Configuration
from config.prices import read_catalogue
from config.reference import Reference
from contract.components import Function
from contract.metrics import EMITTED
from tests.synth.assemblies import ALL_RULES, ENVIRONMENTS, ROOT, synthesise
from tests.synth.watched import alarms, identity, log_groups, shown_by_widgets, watched_by_alarms, widgets

RUNBOOKS = ROOT / "docs" / "runbooks"
HEADINGS = ["What it means", "How to see it", "What to do"]
DESCRIPTION = re.compile(r"severity: (high|low)\. (\S.*)\. runbook: (\S+)\.md")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_is_watched_that_nobody_emits(environment, assembly):
    watched = watched_by_alarms(assembly(environment)) | shown_by_widgets(assembly(environment))

    assert watched - {identity(metric) for metric in EMITTED} == set()


def test_whatever_is_listed_as_emitted_is_watched_by_an_alarm_or_the_dashboard(assembly):
    watched = watched_by_alarms(assembly("production")) | shown_by_widgets(assembly("production"))

    assert {identity(metric) for metric in EMITTED} - watched == set()


def test_each_function_is_watched(production):
    found = {
        (dimension["Value"], alarm["MetricName"])
        for alarm in production("observability").properties("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }

    assert found == {
        (f"slipway-production-{function.value}", metric)
        for function in Function
        for metric in ("Errors", "Throttles", "Url5xxCount", "Duration")
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_alarm_says_how_bad_it_is_what_happens_and_where_to_read_on(environment, assembly):
    for alarm in alarms(assembly(environment)):
        said = DESCRIPTION.fullmatch(alarm["AlarmDescription"])
        assert said, alarm
        assert len(said[2].split()) > 3
        assert (ROOT / f"{said[3]}.md").is_file(), f"write {said[3]}.md"
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching"}


def test_each_alarm_has_a_page_and_each_page_an_alarm(assembly):
    pages = {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"}
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")

    said = [DESCRIPTION.fullmatch(alarm["AlarmDescription"]) for alarm in alarms(assembly("production"))]

    assert {match[3].rpartition("/")[2] for match in said if match} == pages
    assert [page for page in pages if f"({page}.md)" not in index] == []


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_says_what_it_means_how_to_see_it_and_what_to_do(page):
    text = page.read_text(encoding="utf-8")

    assert page.stem == "README" or re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS


@pytest.mark.parametrize(
    "page", [*sorted(RUNBOOKS.glob("*.md")), ROOT / "docs" / "cost.md"], ids=lambda page: page.stem
)
def test_settings_that_a_page_names_exist(page):
    """Somebody who is woken by an alarm has no time for a setting that is called otherwise by now."""
    text = page.read_text(encoding="utf-8").replace("<function>", "cache_service")
    sections = "|".join(Configuration.model_fields)
    named = set(re.findall(rf"[`=]((?:{sections})(?:\.[a-z_]+)+)[`=]", text))

    assert [name for name in named if not Reference(Configuration).at(tuple(name.split(".")))] == []


def test_graphs_and_queries_that_a_page_names_exist(assembly):
    saved = assembly("production").template("observability").properties("AWS::Logs::QueryDefinition")
    known = {query["Name"].partition("/")[2] for query in saved} | {"Concurrent executions"}
    for widget in widgets(assembly("production")):
        known |= {widget["properties"].get("title"), widget["properties"].get("markdown", "").removeprefix("## ")}

    pages = [page.read_text(encoding="utf-8") for page in RUNBOOKS.glob("*.md") if page.stem != "README"]
    named = {" ".join(words.split()) for page in pages for words in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", page)}

    assert len(named) > 10
    assert named - known == set()


def test_whoever_names_the_place_of_the_pages_finds_it_in_each_alarm_and_is_told(tmp_path):
    overrides = (
        "observability.runbook_url=https://wiki.example.org/",
        "observability.alarm_emails=[a@example.org, b@example.org]",
        "observability.alarm_urls=[https://example.org/page]",
        "observability.evaluation_minutes=9",
        "observability.cpu_threshold_percent=91",
        "budget.monthly_usd=1234",
    )
    assembly = synthesise("test", tmp_path, overrides=overrides)
    template = assembly.template("observability")

    assert {"https://wiki.example.org/" in alarm["AlarmDescription"] for alarm in alarms(assembly)} == {True}
    assert {each["Endpoint"] for each in template.properties("AWS::SNS::Subscription")} == {
        "a@example.org",
        "b@example.org",
        "https://example.org/page",
    }
    (busy,) = (each for each in template.properties("AWS::CloudWatch::Alarm") if "busy" in each["AlarmName"])
    assert (busy["EvaluationPeriods"], busy["Threshold"]) == (9, 91)
    assert template.only("AWS::Budgets::Budget")["Budget"]["BudgetLimit"]["Amount"] == 1234


def test_people_are_told_of_every_alarm_of_this_stack(production):
    for alarm in production("observability").properties("AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"] == alarm["OKActions"] != []


def test_an_empty_group_is_as_bad_as_an_unhealthy_one(production):
    silent = {
        alarm["AlarmName"].removeprefix("slipway-production-"): alarm["TreatMissingData"]
        for alarm in production("observability").properties("AWS::CloudWatch::Alarm")
    }

    assert {name for name, rule in silent.items() if rule == "breaching"} == {"no-healthy-instances"}


def test_a_fleet_of_one_size_is_not_said_to_be_at_its_maximum(tmp_path):
    assembly = synthesise("test", tmp_path, overrides=("fleet.minimum=2,fleet.maximum=2",), without=ALL_RULES)

    assert [each["AlarmName"] for each in alarms(assembly) if each["AlarmName"].endswith("-at-maximum")] == []


def test_what_can_be_replaced_is_known_by_parameters(production):
    template = production("observability")
    values = {
        dimension["Name"]: dimension["Value"]["Ref"]
        for alarm in template.properties("AWS::CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] != "FunctionName"
    }

    assert {name: template.body["Parameters"][reference]["Default"] for name, reference in values.items()} == {
        "LoadBalancer": "/slipway/production/fleet/load-balancer/full-name",
        "TargetGroup": "/slipway/production/fleet/target-group/full-name",
        "AutoScalingGroupName": "/slipway/production/fleet/auto-scaling-group/name",
    }


def test_nobody_is_told_who_was_not_named(production):
    assert production("observability").resources("AWS::SNS::Subscription") == {}


def test_the_topic_is_encrypted(production):
    assert "KmsMasterKeyId" in production("observability").only("AWS::SNS::Topic")
    assert production("observability").only("AWS::KMS::Key")["EnableKeyRotation"] is True


def test_the_budget_counts_what_carries_the_deployments_tag(production):
    budget = production("observability").only("AWS::Budgets::Budget")["Budget"]

    assert budget["CostFilters"] == {"TagKeyValue": ["user:slipway:deployment-id$slipway-production"]}
    assert budget["BudgetLimit"]["Amount"] > 100


def test_the_budget_is_made_when_it_may_publish_to_its_topic(production):
    template = production("observability")
    (budget,) = template.resources("AWS::Budgets::Budget").values()

    assert set(template.resources("AWS::SNS::TopicPolicy")) <= set(budget["DependsOn"])


def test_the_cost_estimate_counts_all_alarms(assembly):
    (line,) = (
        line for line in monthly_estimate(load("production"), read_catalogue()).lines if line.what.startswith("alarms")
    )

    # Scaling makes its own, which stand in no template.
    assert line.quantity == len(list(alarms(assembly("production")))) + ALARMS_PER_TARGET


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_log_is_kept_for_ever(environment, assembly):
    groups = log_groups(assembly(environment))

    assert len(groups) > len(Function)
    assert [name for name, group in groups.items() if not group.get("RetentionInDays")] == []
