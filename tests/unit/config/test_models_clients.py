"""Who may use the proxy: what is no allow list, and what lets nobody in."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.models import LOCAL_ACCOUNT, Configuration

OF_LOCAL = {
    "account": LOCAL_ACCOUNT,
    "image": {"architecture": "x86_64", "build_instance_type": "t3.medium"},
    "fleet": {"instance_types": ["t3.small"]},
}


def make(*networks: str, environment: str = "development", **values: object) -> Configuration:
    return Configuration(environment=environment, proxy={"allowed_client_networks": networks}, **values)


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        (["0.0.0.0/0"], "0.0.0.0/0"),
        (["0.0.0.0/1", "128.0.0.0/1"], "0.0.0.0/0"),
        (["12.0.0.0/7"], "12.0.0.0/7"),
        (["203.0.113.0/24", "2000::/8"], "2000::/8"),
        (["203.0.113.0/24", "2600::/15"], "2600::/15"),
        (["203.0.113.0/24", "2600::/16", "2601::/16"], "2600::/15"),
    ],
)
def test_a_part_of_the_internet_is_no_allow_list(networks: list[str], told: str) -> None:
    with pytest.raises(ValidationError, match=f"allowed_client_networks {told}: that lets in whole parts"):
        make(*networks, fleet={"scheme": "internet-facing"})


@pytest.mark.parametrize("network", ["17.0.0.0/8", "10.0.0.0/8", "2600::/16", "fd00::/8", "2001:db8::/32"])
def test_what_one_organisation_has_is_one(network: str) -> None:
    configuration = make("203.0.113.0/24", network, fleet={"scheme": "internet-facing"})

    assert network in configuration.proxy.allowed_client_networks


@pytest.mark.parametrize("networks", [["127.0.0.0/8"], ["::1/128"], ["2001:db8::/32"], ["127.0.0.1/32", "fd00::/8"]])
def test_an_allow_list_that_lets_nobody_in_is_refused(networks: list[str]) -> None:
    with pytest.raises(ValidationError, match="the load balancer has IPv4 addresses alone"):
        make(*networks)


def test_clients_of_other_networks_may_stand_beside_them() -> None:
    assert make("127.0.0.0/8", "2001:db8::/32", "10.0.0.0/8")


def test_in_the_embedded_aws_clients_come_from_the_same_machine() -> None:
    assert make("127.0.0.0/8", environment="local", **OF_LOCAL)
