"""The records stack: names lead to the load balancers of healthy regions, and tell where the functions are."""

from __future__ import annotations

import pytest

from tests.synth.assemblies import Assembly, Template, synthesise

TWO_REGIONS = (
    "regions=[us-east-1, eu-west-1]",
    "network.zones=[us-east-1a, us-east-1b, eu-west-1b, eu-west-1c]",
    "regional.eu-west-1.network.cidr=10.78.0.0/16",
    "dns.visibility=public",
    "dns.zone_name=example.org",
)
FAILOVER = (
    "records.routing=failover",
    "records.primary_region=eu-west-1",
    "records.health.kind=alarm",
    "records.health.failure_threshold=4",
    "records.function_names=true",
    "records.ttl_seconds=77",
    "records.subdomains=[proxy, example.org]",
    "observability.runbook_url=https://wiki.example.org/alarms",
)
ENDPOINT = (
    "records.health.kind=endpoint",
    "records.health.interval_seconds=10",
    "records.weights.us-east-1=7",
    "records.subdomains=[proxy, another]",
    "fleet.scheme=internet-facing",
    "fleet.listeners=[{port: 3128}]",
    "proxy.authentication.required=true",
)


@pytest.fixture(scope="module")
def failover(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise("test", tmp_path_factory.mktemp("failover"), overrides=(*TWO_REGIONS, *FAILOVER))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return synthesise("test", tmp_path_factory.mktemp("endpoint"), overrides=ENDPOINT).template("records")


def records(template: Template, kind: str = "A") -> dict[str, dict]:
    """Return the record sets of a type by their name."""
    return {each["Name"]: each for each in template.properties("AWS::Route53::RecordSet") if each["Type"] == kind}


def default_of(template, value):
    """Return a value with the names of SSM parameters in place of the references to them."""
    match value:
        case {"Ref": name}:
            return template.body["Parameters"][name]["Default"]
        case {"Fn::Join": ["", parts]}:
            return "".join(default_of(template, part) for part in parts)
    return value


def test_the_proxy_has_a_name_that_leads_to_the_load_balancer(production):
    template = production("records")
    record = template.only("AWS::Route53::RecordSet")

    assert (record["Name"], record["Type"]) == ("proxy.slipway.internal.", "A")
    assert {key: default_of(template, value) for key, value in record["AliasTarget"].items()} == {
        "DNSName": "dualstack./slipway/production/fleet/load-balancer/dns-name",
        "HostedZoneId": "/slipway/production/fleet/load-balancer/zone-id",
        "EvaluateTargetHealth": True,
    }
    assert template.outputs() == {"ProxyDomainName": "proxy.slipway.internal"}


def test_another_region_can_be_added_without_touching_the_record_that_is_there(production):
    record = production("records").only("AWS::Route53::RecordSet")

    assert (record["SetIdentifier"], record["Weight"]) == ("us-east-1", 100)


def test_a_simple_record_stands_alone(tmp_path):
    overrides = ("records.routing=simple", "records.health.kind=alarm")
    template = synthesise("test", tmp_path, overrides=overrides).template("records")

    record = template.only("AWS::Route53::RecordSet")
    assert {"SetIdentifier", "Weight", "Failover", "HealthCheckId"} & set(record) == set()
    # The only answer is given whether it is healthy or not.
    assert template.resources("AWS::Route53::HealthCheck") == {}


@pytest.mark.parametrize(("component", "role"), [("records", "SECONDARY"), ("records-eu-west-1", "PRIMARY")])
def test_with_failover_each_region_has_its_part_in_every_name(failover, component, role):
    found = records(failover.template(component))

    assert set(found) == {"proxy.example.org.", "example.org."}
    assert {record["Failover"] for record in found.values()} == {role}
    assert len({record["SetIdentifier"] for record in found.values()}) == 1


def test_all_regions_write_into_the_one_zone_and_do_not_hold_it(failover):
    home, abroad = failover.template("records"), failover.template("records-eu-west-1")

    for record in home.properties("AWS::Route53::RecordSet"):
        parameter = home.body["Parameters"][record["HostedZoneId"]["Ref"]]
        assert parameter["Default"] == "/slipway/test/dns/hosted-zone-id"
    for record in abroad.properties("AWS::Route53::RecordSet"):
        assert (record["HostedZoneName"], "HostedZoneId" in record) == ("example.org.", False)


def test_each_region_is_judged_by_an_alarm_of_its_own(failover):
    for component, region in (("records", "us-east-1"), ("records-eu-west-1", "eu-west-1")):
        template = failover.template(component)
        (check_id,) = template.resources("AWS::Route53::HealthCheck")
        alarm = template.only("AWS::CloudWatch::Alarm")

        configuration = template.only("AWS::Route53::HealthCheck")["HealthCheckConfig"]
        assert (configuration["Type"], configuration["AlarmIdentifier"]["Region"]) == ("CLOUDWATCH_METRIC", region)
        assert alarm["EvaluationPeriods"] == 4
        # Route 53 goes on watching what an alarm was when its check was made, so what can change is in its name.
        parts = alarm["AlarmName"]["Fn::Join"][1]
        assert parts[0] == "slipway-test-region-health-4-"
        assert [default_of(template, part["Fn::Select"][1]["Fn::Split"][1]) for part in parts[1::2]] == [
            "/slipway/test/fleet/load-balancer/full-name",
            "/slipway/test/fleet/target-group/full-name",
        ]
        assert alarm["AlarmDescription"].endswith("runbook: https://wiki.example.org/alarms/no-healthy-instances.md")
        assert {record["HealthCheckId"]["Ref"] for record in records(template).values()} == {check_id}


def test_functions_can_be_looked_up_by_region(failover):
    for component, region in (("records", "us-east-1"), ("records-eu-west-1", "eu-west-1")):
        template = failover.template(component)
        found = records(template, "TXT")

        assert set(found) == {
            f"{name}.{region}.example.org."
            for name in ("html-service", "semantic-text-service", "cache-service", "proxy-management")
        }
        record = found[f"cache-service.{region}.example.org."]
        assert record["TTL"] == "77"
        assert [default_of(template, value) for value in record["ResourceRecords"]] == [
            '"/slipway/test/functions/cache-service/url"'
        ]


def test_an_endpoint_check_connects_to_the_load_balancers_port(endpoint):
    configuration = endpoint.only("AWS::Route53::HealthCheck")["HealthCheckConfig"]

    assert (configuration["Type"], configuration["Port"], configuration["RequestInterval"]) == ("TCP", 3128, 10)
    assert default_of(endpoint, configuration["FullyQualifiedDomainName"]) == (
        "/slipway/test/fleet/load-balancer/dns-name"
    )


def test_every_name_has_a_record_of_its_own_that_does_not_move_with_the_others(endpoint):
    assert set(records(endpoint)) == {"proxy.slipway.internal.", "another.slipway.internal."}
    assert {record["Weight"] for record in records(endpoint).values()} == {7}
    names = {name: entry["Properties"]["Name"] for name, entry in endpoint.resources("AWS::Route53::RecordSet").items()}
    assert {name[:5]: record for name, record in names.items()} == {
        "Proxy": "proxy.slipway.internal.",
        "Anoth": "another.slipway.internal.",
    }
