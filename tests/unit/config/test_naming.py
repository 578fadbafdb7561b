"""Names are the same for the same configuration, and never longer than AWS allows."""

from __future__ import annotations

import pytest

from config.models import Configuration
from config.naming import Names, fitted
from contract.components import Function, Stack

NAMES = Names("slipway", "staging", "123456789012", "eu-west-1")
LONGEST_PROJECT = "a" * 12
LONGEST_REGION = "us-isof-south-1"
"""No region's name has more characters."""


def longest() -> Names:
    return Names(LONGEST_PROJECT, "e" * 11, "123456789012", LONGEST_REGION)


def test_what_things_are_called():
    assert NAMES.stack(Stack.FLEET) == "slipway-staging-fleet"
    assert NAMES.bucket("cache") == "slipway-staging-cache-123456789012-eu-west-1"
    assert NAMES.role("instance") == "slipway-staging-instance-eu-west-1"
    assert NAMES.function(Function.HTML_SERVICE) == "slipway-staging-html-service"
    assert NAMES.resource("alarms") == "slipway-staging-alarms"
    assert NAMES.dashboard == "slipway-staging-proxy-eu-west-1"
    assert NAMES.function_logs(Function.HTML_SERVICE) == "/aws/lambda/slipway-staging-html-service"
    assert (NAMES.flow_logs, NAMES.image_logs) == (
        "/slipway/staging/flow-logs",
        "/aws/imagebuilder/slipway-staging-proxy",
    )
    assert NAMES.parameter("proxy/settings") == "/slipway/staging/proxy/settings"
    assert NAMES.parameter_prefix == "/slipway/staging"


def test_a_stack_beyond_the_first_region_is_told_apart_by_its_name():
    abroad = Names("slipway", "staging", "123456789012", "eu-west-1", is_home=False)

    assert abroad.stack(Stack.FLEET) == "slipway-staging-fleet-eu-west-1"
    assert abroad.function(Function.HTML_SERVICE) == NAMES.function(Function.HTML_SERVICE)


def test_names_come_from_the_configuration():
    configuration = Configuration(environment="local", account="000000000000", project="other")

    assert Names.of(configuration, account="000000000000") == Names("other", "local", "000000000000", "us-east-1")


def test_the_longest_project_is_the_longest_that_configuration_allows():
    Configuration(environment="test", project=LONGEST_PROJECT)

    with pytest.raises(ValueError, match="project"):
        Configuration(environment="test", project=LONGEST_PROJECT + "a")


@pytest.mark.parametrize("purpose", ["artifacts", "config", "cache"])
def test_the_longest_bucket_name_fits(purpose):
    # The account may be a token when the name is made; it always becomes twelve digits.
    longest_name = longest().bucket(purpose)

    assert len(longest_name) <= 63, f"{longest_name} has {len(longest_name)} characters"


@pytest.mark.parametrize("short", ["instance", *Function])
def test_the_longest_role_and_function_names_fit(short):
    assert len(longest().role(short)) <= 64
    assert len(longest().resource(short)) <= 64


def test_two_environments_share_no_name():
    other = Names("slipway", "production", "123456789012", "eu-west-1")

    assert NAMES.bucket("cache") != other.bucket("cache")
    assert NAMES.role("instance") != other.role("instance")
    assert NAMES.parameter_prefix != other.parameter_prefix


def test_roles_begin_as_the_account_asks():
    configuration = Configuration(environment="staging", identity={"role_name_prefix": "acme-"})

    assert Names.of(configuration, account="1").role("instance") == "acme-slipway-staging-instance-us-east-1"


def test_a_name_that_is_too_long_ends_in_a_hash_of_its_own():
    long, other = (fitted(f"{'a' * 80}{end}", 64) for end in "xy")

    assert fitted("short", 64) == "short"
    assert len(long) == len(other) == 64
    assert long[:55] == other[:55]
    assert long != other
    assert fitted("a" * 64, 64) == "a" * 64


def test_the_longest_role_with_the_longest_beginning_fits():
    names = Names(LONGEST_PROJECT, "e" * 11, "1", LONGEST_REGION, role_prefix="p" * 32)
    roles = {names.role(short) for short in ("instance", *Function)}

    assert {len(role) for role in roles} == {64}
    assert len(roles) == 1 + len(Function)
