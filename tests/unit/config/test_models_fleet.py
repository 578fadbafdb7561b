"""What the settings of the fleet allow, and what they refuse, with the cure."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from config import ConfigurationError, load
from config.models import Fleet

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"minimum": 3, "maximum": 2}, "minimum 3, maximum 2.*ascending"),
        ({"minimum": 3, "desired": 2}, "minimum 3, desired 2.*ascending"),
        ({"health_check": {"path": "info/health"}}, "health_check.path"),
        ({"health_check": {"interval_seconds": 5}}, "timeout_seconds 6 is more than interval_seconds 5"),
        ({"listeners": []}, "listeners"),
        ({"listeners": [{"port": 443}, {"port": 443, "protocol": "udp"}]}, "port 443 more than once.*tcp_udp"),
        ({"listeners": [{"port": 443, "protocol": "udp"}]}, "udp only; the proxy speaks TCP"),
        ({"listeners": [{"port": 443, "protocol": "tls"}]}, "certificate_arn null and listeners of tls.*both or"),
        ({"certificate_arn": CERTIFICATE}, "listeners of tcp.*both or neither"),
        ({"instance_types": []}, "instance_types"),
        ({"instance_types": ["t4g.small", "t4g.small"]}, "t4g.small is there twice; name it once"),
        ({"on_demand_base": 11, "spot_percent": 50}, "on_demand_base 11 is more than maximum 10"),
        ({"on_demand_base": 1}, "without spot_percent.*take on_demand_base out"),
        ({"scaling": {"cpu_target_percent": 85}}, "surge_cpu_percent 85 is not above cpu_target_percent 85.*null"),
        ({"rollout": {"minimum_healthy_percent": 100, "maximum_healthy_percent": 100}}, "has to be greater"),
        ({"rollout": {"minimum_healthy_percent": 0, "maximum_healthy_percent": 150}}, "by 100 at most"),
        ({"rollout": {"alarms": [f"alarm-{number}" for number in range(10)]}}, "alarms"),
        ({"drain_timeout_seconds": 60}, "drain_timeout_seconds"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError) as caught:
        Fleet.model_validate(values)

    assert re.search(words, str(caught.value), re.DOTALL), caught.value


def test_browsers_may_speak_https_to_the_proxy():
    listeners = [{"port": 8080}, {"port": 443, "protocol": "tls"}]

    assert Fleet.model_validate({"listeners": listeners, "certificate_arn": CERTIFICATE}).listeners[1].port == 443


def test_sudden_load_can_be_left_to_the_target():
    scaling = {"cpu_target_percent": 90, "surge_cpu_percent": None}

    assert Fleet.model_validate({"scaling": scaling}).scaling.surge_cpu_percent is None


def test_all_instances_serve_during_a_rollout_unless_asked_otherwise():
    assert Fleet().rollout.minimum_healthy_percent == 100


TWO_REGIONS = (
    "regions=[us-east-1, eu-west-1]",
    "network.zones=[us-east-1a, us-east-1b, eu-west-1a, eu-west-1b]",
    "regional.eu-west-1.network.cidr=10.78.0.0/16",
    "dns.visibility=public",
    "fleet.listeners=[{port: 443, protocol: tls}]",
    f"fleet.certificate_arn={CERTIFICATE}",
)


def test_a_certificate_is_of_the_region_that_uses_it():
    with pytest.raises(ConfigurationError, match=r"not of region eu-west-1(?s:.*)regional\.eu-west-1\.fleet\.cert"):
        load("development", overrides=TWO_REGIONS)


def test_each_region_may_have_a_certificate_of_its_own():
    european = CERTIFICATE.replace("us-east-1", "eu-west-1")
    overrides = (*TWO_REGIONS, f"regional.eu-west-1.fleet.certificate_arn={european}")

    assert load("development", overrides=overrides).in_region("eu-west-1").fleet.certificate_arn == european
