"""No stack holds another back: each is removed and added again while the others stand."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.accounts import BRISK, Account

ENVIRONMENT = "test"
ALONE = ("observability", "image", "functions", "storage", "identity")
PAIRS = (("records", "dns"), ("fleet", "network"))
"""The second goes while all others but the first stand: a zone with records and a network with machines cannot go."""


def name(component: str) -> str:
    return f"slipway-{ENVIRONMENT}-{component}"


def assert_sound(account: Account, *, without: tuple[str, ...] = ()) -> None:
    stacks = account.stacks(ENVIRONMENT)
    assert set(stacks.values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, stacks
    assert len(stacks) == 9 - len(without)
    assert not stacks.keys() & {name(component) for component in without}


def take_out(account: Account, assembly: Path, component: str, *, gone: tuple[str, ...] = ()) -> None:
    account.destroy(assembly, name(component), "--exclusively")
    assert_sound(account, without=(*gone, component))


def put_back(account: Account, assembly: Path, component: str, *, gone: tuple[str, ...] = ()) -> None:
    account.deploy(assembly, name(component), "--exclusively")
    assert_sound(account, without=gone)


def test_each_stack_goes_and_comes_while_the_others_stand(account: Account) -> None:
    assembly = account.synthesise(ENVIRONMENT, *BRISK, "fleet.minimum=1", "dns.zone_name=apart.internal")
    account.deploy(assembly)

    for component in ALONE:
        take_out(account, assembly, component)
        put_back(account, assembly, component)
    for guest, host in PAIRS:
        take_out(account, assembly, guest)
        take_out(account, assembly, host, gone=(guest,))
        put_back(account, assembly, host, gone=(guest,))
        put_back(account, assembly, guest)

    # The network is another one now: who read the old one's ids follows when it is deployed whether it differs or not.
    account.deploy(assembly, "--all", "--force")
    assert_sound(account)
    assert_in_the_new_network(account)
    account.destroy(assembly)


def assert_in_the_new_network(account: Account) -> None:
    ec2, route53 = account.session().client("ec2"), account.session().client("route53")
    tagged = [{"Name": "tag:slipway:environment", "Values": [ENVIRONMENT]}]
    [vpc] = ec2.describe_vpcs(Filters=tagged)["Vpcs"]
    [zone] = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == "apart.internal."]
    served = route53.get_hosted_zone(Id=zone["Id"])["VPCs"]
    assert [each["VPCId"] for each in served] == [vpc["VpcId"]]
