"""The proxy's own settings: what is refused, and that all of it fits where it has to travel."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from pydantic import ValidationError

from config.models.proxy import LONGEST_LISTS, Authentication, Proxy
from stacks.proxy_platform.fleet import proxy_settings

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:users-a1B2c3"
STANDARD_PARAMETER = 4096
"""Characters. Source: https://docs.aws.amazon.com/general/latest/gr/ssm.html"""


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"authentication": {"secret_arn": ARN}}, "nobody would look at it; set required to true"),
        ({"authentication": {"required": True, "secret_arn": "users"}}, "the ARN of a secret"),
        ({"authentication": {"required": True, "failures_per_minute": 0}}, "greater than or equal to 1"),
        ({"processes": -1}, "greater than or equal to 0"),
        ({"drain_seconds": 3601}, "less than or equal to 3600"),
        ({"client_requests_per_second": -1}, "greater than or equal to 0"),
        ({"blocked_destination_hosts": ["Bad.Example"]}, "a host's name in lower case"),
        ({"blocked_destination_hosts": ["*.*.example"]}, "a host's name in lower case"),
        ({"allowed_destination_hosts": ["bücher.example"]}, "a host's name in lower case"),
        ({"allowed_destination_hosts": ["93.184.215.14"]}, "ends in a number"),
        (
            {"blocked_destination_hosts": [f"host-{number}.example.org" for number in range(200)]},
            f"characters together, {LONGEST_LISTS} are allowed; join networks, or write",
        ),
    ],
)
def test_a_mistake_is_refused(settings, problem):
    with pytest.raises(ValidationError, match=problem.replace("*", r"\*")):
        Proxy.model_validate(settings)


def test_users_may_stand_in_a_secret_of_ones_own_or_in_a_new_one():
    assert Proxy(authentication=Authentication(required=True, secret_arn=ARN)).authentication.secret_arn == ARN
    assert Proxy(authentication=Authentication(required=True)).authentication.secret_arn is None


def test_the_longest_settings_fit_a_standard_parameter():
    long = 240 * "a"
    hosts = tuple(f"*.{long[:57]}.{number}.example" for number in range(LONGEST_LISTS // 74))
    proxy = Proxy(blocked_destination_hosts=hosts, allowed_destination_ports=tuple(range(65000, 65059)))

    settings = proxy_settings(proxy, environment="e" * 20, version="v" * 64)

    assert 3400 < len(settings.to_json()) <= STANDARD_PARAMETER


def test_each_setting_arrives_at_the_instance_as_itself():
    proxy = Proxy(
        default_mode="roundtrip",
        semantic_engine="comprehend",
        port=9080,
        health_port=9081,
        admin_port=9082,
        processes=3,
        memory_percent=50,
        drain_seconds=170,
        function_timeout_seconds=1.5,
        fail_closed=True,
        max_page_bytes=1_000_001,
        cache_ttl_seconds=61,
        statistics_interval_seconds=11,
        allowed_client_networks=("192.0.2.0/24",),
        authentication=Authentication(required=True, failures_per_minute=7),
        client_requests_per_second=50,
        allowed_destination_networks=("10.0.0.0/8",),
        allowed_destination_ports=(8443,),
        allowed_destination_hosts=("*.example",),
        blocked_destination_hosts=("bad.example",),
    )

    settings = asdict(proxy_settings(proxy, environment="test", version="1"))

    written = proxy.model_dump(mode="json", exclude={"authentication", "port", "semantic_engine"})
    assert {name: settings[name] for name in written} == {
        name: tuple(value) if isinstance(value, list) else value for name, value in written.items()
    }
    assert settings["engines"] == ("comprehend", "embedded")
    assert (settings["proxy_port"], settings["environment"], settings["version"]) == (9080, "test", "1")
    assert (settings["authentication_required"], settings["authentication_failures_per_minute"]) == (True, 7)
    assert written.keys() == Proxy.model_fields.keys() - {"authentication", "port", "semantic_engine"}
    assert all(getattr(proxy, name) != getattr(Proxy(), name) for name in Proxy.model_fields)


@pytest.mark.parametrize(
    ("chosen", "engines"), [("embedded", ["embedded"]), ("comprehend", ["comprehend", "embedded"])]
)
def test_nobody_asks_comprehend_where_it_was_not_chosen(chosen, engines):
    assert list(Proxy(semantic_engine=chosen).semantic_engines) == engines
