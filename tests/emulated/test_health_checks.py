"""Route 53's health checks: endpoints of this machine are really asked, and failover follows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_dns import ask, values
from tests.emulated.test_zones import ZONE_ID, change, record_of, zone_of


class Endpoint(BaseHTTPRequestHandler):
    """Answers with what its server's `status` says."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers["User-Agent"]))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@contextmanager
def serving(status: int = 200) -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Endpoint)
    server.status, server.seen = status, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check_on(port: int, **more: Any) -> dict[str, Any]:
    endpoint = {"Type": "HTTP", "IPAddress": "127.0.0.1", "Port": port, "ResourcePath": "/info/health"}
    configuration = {**endpoint, "RequestInterval": 10, "FailureThreshold": 1, **more}
    return {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": configuration}}


def reports(client, identifier: str) -> list[str]:
    told = client("route53").get_health_check_status(HealthCheckId=identifier)["HealthCheckObservations"]
    return [each["StatusReport"]["Status"] for each in told]


def report_with(client, identifier: str, text: str) -> str:
    return eventually(
        lambda: next((each for each in reports(client, identifier) if text in each), None), f"a report of {text}"
    )


@pytest.mark.behaviour("Route 53", "failover answers with the secondary while the primary is unhealthy", aws=False)
def test_failover_follows_the_endpoint(stack, client, emulator):
    name = f"www.{stack.name}.slipway.test"
    with serving() as server:
        outputs = stack.put(
            {
                "Zone": zone_of(stack),
                "Check": check_on(server.server_port),
                "First": record_of(
                    stack, "www", "A", "127.0.0.1",
                    SetIdentifier="first", Failover="PRIMARY", HealthCheckId={"Ref": "Check"},
                ),
                "Second": record_of(stack, "www", "A", "127.0.0.2", SetIdentifier="second", Failover="SECONDARY"),
            },
            {"Check": {"Ref": "Check"}},
        )  # fmt: skip
        assert report_with(client, outputs["Check"], "Success") == "Success: HTTP Status Code 200, OK"
        assert values(ask(emulator, name)) == [("A", "127.0.0.1")]
        assert server.seen[0][0] == "/info/health"
        assert server.seen[0][1].startswith("Amazon-Route53-Health-Check-Service")

        server.status = 503
        assert "503" in report_with(client, outputs["Check"], "Failure")
        assert values(ask(emulator, name)) == [("A", "127.0.0.2")]

        server.status = 302
        report_with(client, outputs["Check"], "Success")
        assert values(ask(emulator, name)) == [("A", "127.0.0.1")]
    # At first a check may have been on its way: it is cut off and not refused.
    report_with(client, outputs["Check"], "refused")
    last = client("route53").get_health_check_last_failure_reason(HealthCheckId=outputs["Check"])
    assert "refused" in last["HealthCheckObservations"][0]["StatusReport"]["Status"].lower()


@pytest.mark.difference(
    "Route 53",
    aws="some 15 checkers around the world ask an endpoint, each every 10 or 30 s; addresses of no network are refused",
    here="one asks as often as they do together, and only endpoints on loopback; others are unhealthy",
)
def test_only_endpoints_of_this_machine_are_asked(stack, client):
    outside = check_on(80, IPAddress="192.0.2.1")
    unknown = check_on(80, FullyQualifiedDomainName="health.example.com")
    del unknown["Properties"]["HealthCheckConfig"]["IPAddress"]
    outputs = stack.put({"A": outside, "B": unknown}, {"A": {"Ref": "A"}, "B": {"Ref": "B"}})

    assert "no loopback address" in report_with(client, outputs["A"], "Failure")
    assert "in no zone of the embedded AWS" in report_with(client, outputs["B"], "Failure")


def test_an_endpoint_that_cannot_be_asked_has_failed(stack, client):
    with serving() as server:
        outputs = stack.put({"A": check_on(server.server_port, ResourcePath="/h\u00e4lth")}, {"A": {"Ref": "A"}})

        assert "codec can't encode" in report_with(client, outputs["A"], "Failure")


@pytest.mark.behaviour("Route 53", "inverted, disabled and calculated health checks decide what is answered", aws=False)
def test_checks_that_follow_others(stack, client, emulator):
    domain = f"{stack.name}.slipway.test"
    with serving(500) as server:
        calculated = {"Type": "CALCULATED", "ChildHealthChecks": [{"Ref": "Sick"}, {"Ref": "Inverted"}]}

        def counting(needed: int) -> dict[str, Any]:
            configuration = {**calculated, "HealthThreshold": needed}
            return {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": configuration}}

        resources = {
            "Zone": zone_of(stack),
            "Sick": check_on(server.server_port),
            "Inverted": check_on(server.server_port, Inverted=True),
            "Disabled": check_on(server.server_port),
            "One": counting(1),
            "Both": counting(2),
        }
        checks = ("Sick", "Inverted", "Disabled", "One", "Both")
        for number, name in enumerate(checks, 1):
            label = name.lower()
            routing = {"SetIdentifier": "1", "Failover": "PRIMARY", "HealthCheckId": {"Ref": name}}
            resources[f"{name}First"] = record_of(stack, label, "A", f"127.0.0.{number}", **routing)
            spare = {"SetIdentifier": "2", "Failover": "SECONDARY"}
            resources[f"{name}Second"] = record_of(stack, label, "A", "127.0.0.99", **spare)
        outputs = stack.put(resources, {name: {"Ref": name} for name in checks})
        client("route53").update_health_check(HealthCheckId=outputs["Disabled"], Disabled=True)
        for name in ("Sick", "Inverted"):
            report_with(client, outputs[name], "Failure")

        found = {name: values(ask(emulator, f"{name}.{domain}"))[0][1] for name in ("sick", "inverted", "disabled")}
        assert found == {"sick": "127.0.0.99", "inverted": "127.0.0.2", "disabled": "127.0.0.3"}
        assert values(ask(emulator, f"one.{domain}")) == [("A", "127.0.0.4")]
        assert values(ask(emulator, f"both.{domain}")) == [("A", "127.0.0.99")]


@pytest.mark.behaviour("Route 53", "a name of a zone can be the endpoint of a health check", aws=False)
def test_the_endpoint_may_be_a_name_of_a_zone(stack, client):
    with serving() as server:
        named = check_on(server.server_port, FullyQualifiedDomainName=f"end.{stack.name}.slipway.test")
        del named["Properties"]["HealthCheckConfig"]["IPAddress"]
        end = record_of(stack, "end", "A", "127.0.0.1")
        check = stack.put({"Zone": zone_of(stack), "End": end, "Check": named}, {"Check": {"Ref": "Check"}})["Check"]

        report_with(client, check, "Success: HTTP Status Code 200")


@pytest.mark.behaviour("Route 53", "GetHealthCheck shows what was left out, and a changed check has a new version")
def test_a_check_as_it_is_shown(stack, client):
    calculated = {"Type": "CALCULATED", "ChildHealthChecks": [], "HealthThreshold": 0}
    tags = [{"Key": "a", "Value": "b"}]
    check = {
        "Type": "AWS::Route53::HealthCheck",
        "Properties": {"HealthCheckConfig": calculated, "HealthCheckTags": tags},
    }
    identifier = stack.put({"Check": check}, {"Check": {"Ref": "Check"}})["Check"]
    route53 = client("route53")

    shown = route53.get_health_check(HealthCheckId=identifier)["HealthCheck"]
    assert (shown["HealthCheckConfig"]["Inverted"], shown["HealthCheckConfig"]["Disabled"]) == (False, False)
    listed = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=identifier)["ResourceTagSet"]["Tags"]
    assert {"Key": "a", "Value": "b"} in listed

    changed = route53.update_health_check(HealthCheckId=identifier, Inverted=True)["HealthCheck"]
    assert changed["HealthCheckConfig"]["Inverted"] is True
    assert changed["HealthCheckVersion"] > shown["HealthCheckVersion"]


@pytest.mark.behaviour("Route 53", "a health check made by the API can be asked for, and is gone after its deletion")
def test_a_check_of_the_api(stack, client):
    route53 = client("route53")
    calculated = {"Type": "CALCULATED", "ChildHealthChecks": [], "HealthThreshold": 0}
    made = route53.create_health_check(CallerReference=stack.name, HealthCheckConfig=calculated)["HealthCheck"]["Id"]

    assert route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]["Type"] == "CALCULATED"
    route53.delete_health_check(HealthCheckId=made)
    with pytest.raises(route53.exceptions.NoSuchHealthCheck):
        route53.get_health_check_status(HealthCheckId=made)


@pytest.mark.behaviour("Route 53", "CloudWatch has the status of each health check: 1 healthy, 0 not", aws=False)
def test_the_status_is_a_metric(stack, client):
    with serving(500) as server:
        resources = {"Sick": check_on(server.server_port), "Well": check_on(server.server_port, Inverted=True)}
        outputs = stack.put(resources, {name: {"Ref": name} for name in resources})

        def latest(name: str) -> float | None:
            now = datetime.now(UTC)
            points = client("cloudwatch").get_metric_statistics(
                Namespace="AWS/Route53", MetricName="HealthCheckStatus", Period=60, Statistics=["Minimum"],
                Dimensions=[{"Name": "HealthCheckId", "Value": outputs[name]}],
                StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=1),
            )["Datapoints"]  # fmt: skip
            return min((point["Minimum"] for point in points), default=None)

        eventually(lambda: latest("Sick") == 0.0, "the status of the sick one")
        eventually(lambda: latest("Well") is not None, "the status of the other one")


def followed(name: Any, namespace: str, **more: Any) -> dict[str, dict[str, Any]]:
    """Return an alarm of a name, and a health check that follows it."""
    alarm = {
        "AlarmName": name, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Period": 60,
        "MetricName": "Errors", "Namespace": namespace, "Statistic": "Sum", "Threshold": 0, **more,
    }  # fmt: skip
    configuration = {
        "Type": "CLOUDWATCH_METRIC", "InsufficientDataHealthStatus": "Healthy",
        "AlarmIdentifier": {"Region": {"Ref": "AWS::Region"}, "Name": {"Ref": "Alarm"}},
    }  # fmt: skip
    return {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "Check": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": configuration}},
    }


@pytest.mark.behaviour("Route 53", "a health check that is to follow another alarm stays the same check")
def test_a_check_can_follow_another_alarm(stack, client):
    """Route 53 sees no change of an alarm, so one that has to change has another name."""

    def follow(target_group: str, periods: int) -> tuple[str, str]:
        own_id = {"Fn::Select": [2, {"Fn::Split": ["/", target_group]}]}
        name = {"Fn::Join": ["", [f"{stack.name}-{periods}-", own_id]]}
        made = stack.put(followed(name, stack.name, EvaluationPeriods=periods), {"Check": {"Ref": "Check"}})["Check"]
        configuration = client("route53").get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
        return made, configuration["AlarmIdentifier"]["Name"]

    check, before = follow("targetgroup/proxy/1", 2)
    same_check, after = follow("targetgroup/proxy/2", 3)

    assert (before, after, same_check) == (f"{stack.name}-2-1", f"{stack.name}-3-2", check)
    alarms = client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack.name}-")["MetricAlarms"]
    assert [(alarm["AlarmName"], alarm["EvaluationPeriods"]) for alarm in alarms] == [(after, 3)]


@pytest.mark.behaviour("Route 53", "a health check on an alarm follows its state", aws=False)
def test_a_check_follows_an_alarm(stack, client, emulator):
    zone_id = stack.put(
        {"Zone": zone_of(stack), **followed(f"{stack.name}-errors", stack.name)}, {**ZONE_ID, "Check": {"Ref": "Check"}}
    )
    name = f"www.{stack.name}.slipway.test"
    first = {"SetIdentifier": "1", "Failover": "PRIMARY", "HealthCheckId": zone_id["Check"]}
    second = {"SetIdentifier": "2", "Failover": "SECONDARY"}
    change(client, zone_id["Zone"], "CREATE", name, "A", "127.0.0.1", **first)
    change(client, zone_id["Zone"], "CREATE", name, "A", "127.0.0.2", **second)
    assert values(ask(emulator, name)) == [("A", "127.0.0.1")]

    client("cloudwatch").set_alarm_state(AlarmName=f"{stack.name}-errors", StateValue="ALARM", StateReason="test")

    assert values(ask(emulator, name)) == [("A", "127.0.0.2")]
    change(client, zone_id["Zone"], "DELETE", name, "A", "127.0.0.1", **first)
    change(client, zone_id["Zone"], "DELETE", name, "A", "127.0.0.2", **second)
