"""What a deployment costs: each setting that costs money changes the estimate, and others do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import load
from config.cost import HOURS, budget_region, main, million_pages, monthly_budget, monthly_estimate
from config.estimate import as_text
from config.models import Configuration
from config.models.regions import BUDGET_REGIONS
from config.prices import read_catalogue
from contract.components import Stack

CATALOGUE = read_catalogue()
ROOT = Path(__file__).parents[3]
NOTHING_GOES_THROUGH = {"pages": 0, "other_gigabytes": 0, "log_gigabytes": 0, "image_builds": 0}


def configuration(**values) -> Configuration:
    return Configuration(**{"environment": "development", **values})


def estimate(**values):
    return monthly_estimate(configuration(**values), CATALOGUE)


def quantities(found, text):
    return [line.quantity for line in found.lines if text in line.what]


def test_what_stands_there_costs_without_any_use():
    """By hand: prices of the catalogue for one t4g.small with a disk of 12 GiB, in public subnets of us-east-1."""
    found = estimate(cost=NOTHING_GOES_THROUGH, proxy={"statistics_interval_seconds": 3600})
    fleet = HOURS * (0.0168 + 0.005 + 0.0225) + 12 * 0.08

    assert found.by_component[Stack.FLEET] == pytest.approx(fleet)
    assert found.by_component[Stack.DNS] == 0.5
    assert found.by_component[Stack.IDENTITY] == pytest.approx(2 * 0.4)
    assert found.by_component[Stack.NETWORK] == 0
    assert found.usd == pytest.approx(sum(found.by_component.values()))
    assert found.prices_of == CATALOGUE.date


def test_functions_cost_by_pages_that_the_cache_does_not_have():
    found = estimate(cost={"pages": 2_000_000, "cached_percent": 25})

    assert quantities(found, "html-service: calls") == [1.5]
    assert quantities(found, "semantic-text-service: calls") == [1.5]
    assert quantities(found, "cache-service: calls") == [3.5]
    # 120 ms with 1 GB each.
    assert quantities(found, "html-service: work") == [pytest.approx(180_000)]


RARE_REPORTS = {"statistics_interval_seconds": 3600}
"""So that instances cost next to nothing in calls of the management function."""


@pytest.mark.parametrize(
    ("values", "added"),
    [
        ({"fleet": {"desired": 3}}, {Stack.FLEET: 2 * (HOURS * (0.0168 + 0.005) + 12 * 0.08)}),
        ({"cost": {"mean_instances": 1.5}}, {Stack.FLEET: 0.5 * (HOURS * (0.0168 + 0.005) + 12 * 0.08)}),
        ({"fleet": {"spot_percent": 100}}, {Stack.FLEET: -0.6 * HOURS * 0.0168}),
        ({"fleet": {"spot_percent": 100, "on_demand_base": 1}}, {}),
        (
            {"fleet": {"scheme": "internet-facing"}, "proxy": RARE_REPORTS | {"authentication": {"required": True}}},
            {Stack.FLEET: 2 * HOURS * 0.005 + 200 * 0.09, Stack.IDENTITY: 0.4},
        ),
        (
            {"network": {"egress": "nat", "nat_gateways": 2}},
            {Stack.NETWORK: 2 * HOURS * (0.045 + 0.005) + 200 * 0.045, Stack.FLEET: -HOURS * 0.005},
        ),
        ({"network": {"interface_endpoints": ["ssm", "logs"]}}, {Stack.NETWORK: 2 * 2 * HOURS * 0.01}),
        ({"dns": {"existing_zone_id": "Z0123456789ABC"}}, {Stack.DNS: -0.5}),
        ({"records": {"health": {"kind": "alarm"}}}, {Stack.RECORDS: 0.5, Stack.OBSERVABILITY: 0.1}),
        ({"fleet": {"scaling": {"surge_cpu_percent": None}}}, {Stack.OBSERVABILITY: -0.1}),
        ({"fleet": {"scaling": {"network_mib_per_second": 5}}}, {Stack.OBSERVABILITY: 0.2}),
        ({"fleet": {"maximum": 1}}, {Stack.OBSERVABILITY: -0.4}),
        (
            {"functions": {"cache_service": {"memory_mb": 1024}}},
            {Stack.FUNCTIONS: 1.5e6 * 0.04 * 0.5 * 0.0000133334},
        ),
        (
            {"functions": {"cache_service": {"provisioned_concurrency": 1}}},
            {Stack.FUNCTIONS: 0.5 * HOURS * 3600 * 0.0000033334},
        ),
        ({"cache": {"backend": "valkey"}}, {Stack.FUNCTIONS: 50 / 30 * HOURS * 0.084 + 150 * 0.0023}),
        ({"storage": {"cache": {"encryption": "kms"}}}, {Stack.STORAGE: 1.0}),
        ({"cost": {"log_gigabytes": 7}}, {Stack.OBSERVABILITY: 2 * (0.5 + 0.03)}),
        ({"cost": {"image_builds": 5}}, {Stack.IMAGE: 0.5 * 0.0336}),
    ],
)
def test_what_costs_money_changes_the_estimate_of_its_component(values, added):
    before, after = estimate(proxy=RARE_REPORTS), estimate(**({"proxy": RARE_REPORTS} | values))

    difference = {stack: after.by_component[stack] - before.by_component[stack] for stack in Stack}
    assert difference == pytest.approx({stack: added.get(stack, 0) for stack in Stack}, abs=0.01)


def test_comprehend_costs_by_texts_that_are_rated_and_less_the_more_there_are():
    """By hand: 0.0001 USD for a unit up to ten million of them, half of it up to fifty, a quarter beyond."""
    rated = {"cached_percent": 50, "rated_percent": 50, "comprehend_units_per_page": 100}
    few, many = (
        estimate(proxy={"semantic_engine": "comprehend"}, cost={"pages": pages, **rated})
        for pages in (200_000, 4_000_000)
    )

    (line,) = [line for line in few.lines if "Comprehend" in line.what]
    assert (line.quantity, line.usd) == (5, pytest.approx(500))
    (line,) = [line for line in many.lines if "Comprehend" in line.what]
    assert (line.quantity, line.usd) == (100, pytest.approx(1000 + 2000 + 50 * 25))
    assert quantities(estimate(), "Comprehend") == []


def test_statistics_cost_by_processes_and_interval():
    found = estimate(proxy={"statistics_interval_seconds": 5, "processes": 2}, fleet={"desired": 3})

    assert quantities(found, "statistics written") == [pytest.approx(3 * 2 * HOURS * 3600 / 5 / 1e6)]
    work = quantities(found, "proxy-management: work")
    assert work == [pytest.approx(3 * 2 * HOURS * 3600 / 5 * 0.080 * 1)], "80 ms with 1 GB for each report"


WAYS = {
    "all from the cache": {"cost": {"cached_percent": 100}},
    "half of them from the cache": {},
    "none from the cache": {"cost": {"cached_percent": 0}},
    "none from the cache, 100 KB each rated by Comprehend": {
        "cost": {"cached_percent": 0}, "proxy": {"semantic_engine": "comprehend"}
    },
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_million_pages_cost_what_is_written(way):
    """In the table of docs/cost.md, for an environment that is as it comes."""
    found = million_pages(configuration(**WAYS[way]), CATALOGUE)
    functions = sum(line.usd for line in found.lines if line.component is Stack.FUNCTIONS)
    storage = sum(line.usd for line in found.lines if line.component is Stack.STORAGE)

    row = f"| {way} | {functions:,.2f} | {storage:,.2f} | {found.usd - functions - storage:,.2f} | {found.usd:,.2f} |"
    assert row in (ROOT / "docs" / "cost.md").read_text()


def test_a_million_pages_cost_nothing_that_stands_there_anyway():
    found = million_pages(configuration(), CATALOGUE)
    before, after = (estimate(cost={"pages": pages}) for pages in (1_000_000, 2_000_000))

    assert found.usd == pytest.approx(after.usd - before.usd)
    assert not [line for line in found.lines if "hours" in line.what or "alarms" in line.what]


def test_an_existing_image_costs_nothing_here():
    assert estimate(image={"ami_id": "ami-0123456789abcdef0"}).by_component[Stack.IMAGE] == 0


def test_each_region_costs_at_its_own_prices_and_the_zone_once():
    found = estimate(
        regions=["us-east-1", "eu-west-1"],
        network={"zones": ["us-east-1a", "us-east-1b", "eu-west-1a", "eu-west-1b"]},
        regional={"eu-west-1": {"network": {"cidr": "10.78.0.0/16"}}},
        dns={"visibility": "public", "zone_name": "example.org"},
    )
    balancers = {line.region: line.price.usd for line in found.lines if line.what == "load balancer (hours)"}

    assert balancers == {"us-east-1": 0.0225, "eu-west-1": 0.0252}
    assert found.by_component[Stack.DNS] == 0.5


def test_what_is_approximate_is_said():
    found = estimate(fleet={"instance_types": ["m9g.large"]})

    assert found.approximations == ["m9g.large in us-east-1: 0.1000 USD an hour, by its size alone"]
    assert "approximate: m9g.large" in as_text(found)
    assert estimate().approximations == []


def test_the_budget_is_the_configured_one_or_a_multiple_of_the_estimate():
    of_estimate = configuration(budget={"estimate_percent": 200})

    assert monthly_budget(configuration(budget={"monthly_usd": 77}), CATALOGUE) == 77
    assert monthly_budget(of_estimate, CATALOGUE) == pytest.approx(
        2 * monthly_estimate(of_estimate, CATALOGUE).usd, abs=1
    )


@pytest.mark.parametrize(
    ("regions", "holder"),
    [
        (["us-east-1", "eu-west-1"], "us-east-1"),
        (["eu-north-1", "eu-west-1"], "eu-west-1"),
        (["eu-north-1", "eu-south-1"], None),
    ],
)
def test_the_budget_stands_where_cloudformation_can_make_it(regions, holder):
    found = configuration(
        regions=regions,
        network={"zones": [f"{region}{zone}" for region in regions for zone in "ab"]},
        regional={regions[1]: {"network": {"cidr": "10.78.0.0/16"}}},
        dns={"visibility": "public", "zone_name": "example.org"},
    )

    assert budget_region(found) == holder


def test_regions_that_make_budgets_are_those_of_cloudformations_registry():
    environment = ROOT / ".slipway" / "venvs" / "emulator"
    (folder,) = environment.glob("lib/python3*/site-packages/cfnlint/data/schemas/providers")
    registered = {
        file.stem for file in folder.glob("*.json") if '"AWS::Budgets::Budget"' in file.read_text(encoding="utf-8")
    }

    assert registered == BUDGET_REGIONS


@pytest.mark.parametrize("environment", ["local", "development", "staging", "production", "test"])
def test_each_environment_has_an_estimate(environment):
    found = monthly_estimate(load(environment), CATALOGUE)

    assert 10 < found.usd < 1000
    assert found.approximations == []
    assert {stack for stack, usd in found.by_component.items() if usd} >= {Stack.FLEET, Stack.FUNCTIONS, Stack.DNS}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["production"], 0, "US dollars in a month"),
        (["production", "--help"], 0, "--set PATH=VALUE"),
        ([], 2, "required: environment"),
        (["production", "staging"], 2, "unrecognized arguments: staging"),
        (["nowhere"], 1, 'there is no environment "nowhere"'),
        (["test", "--set", "fleet.desird=3"], 1, 'did you mean "desired"?'),
    ],
)
def test_the_command_shows_it_or_says_what_is_wrong(arguments, status, words, capsys):
    try:
        ended = main(arguments, {})
    except SystemExit as end:
        ended = end.code

    written = capsys.readouterr()
    assert ended == status
    assert words in (written.err if status else written.out)


def test_the_command_takes_overrides_as_the_others_do_and_writes_json(capsys):
    def shown(*arguments, **environ):
        assert main(["test", "--json", *arguments], environ) == 0
        return json.loads(capsys.readouterr().out)

    plain, three = shown(), shown("--set", "fleet.minimum=3", "--set", "fleet.maximum=3")

    assert plain["usd"] == pytest.approx(monthly_estimate(load("test"), CATALOGUE).usd)
    assert sum(line["usd"] for line in plain["lines"]) == pytest.approx(sum(plain["by_component"].values()))
    assert three["by_component"]["fleet"] > plain["by_component"]["fleet"]
    assert shown(SLIPWAY__fleet__minimum="3", SLIPWAY__fleet__maximum="3") == three
