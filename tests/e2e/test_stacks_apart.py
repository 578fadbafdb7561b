"""No stack holds another back: each is removed, added again and changed while the others stand as they are."""

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


def change(account: Account, changed: Path, component: str) -> None:
    """Change one stack, which was new, and look that no other is changed with it."""
    before = account.stacks(ENVIRONMENT)
    account.deploy(changed, name(component), "--exclusively")
    assert before[name(component)] == "CREATE_COMPLETE"
    assert account.stacks(ENVIRONMENT) == before | {name(component): "UPDATE_COMPLETE"}


def test_each_stack_goes_and_comes_and_changes_while_the_others_stand(account: Account) -> None:
    settings = (*BRISK, "fleet.minimum=1", "dns.zone_name=apart.internal")
    assembly = account.synthesise(ENVIRONMENT, *settings)
    changed = account.synthesise(ENVIRONMENT, *settings, "tags.team=web")
    account.deploy(assembly)

    for component in ALONE:
        take_out(account, assembly, component)
        put_back(account, assembly, component)
        change(account, changed, component)
    for guest, host in PAIRS:
        take_out(account, assembly, guest)
        take_out(account, assembly, host, gone=(guest,))
        put_back(account, assembly, host, gone=(guest,))
        put_back(account, assembly, guest)
        change(account, changed, host)
        change(account, changed, guest)

    # The network is another one now: who read the old one's ids follows when it is deployed whether it differs or not.
    account.deploy(changed, "--all", "--force")
    assert_sound(account)
    assert_in_the_new_network(account)
    account.destroy(changed)


def assert_in_the_new_network(account: Account) -> None:
    ec2, route53 = account.session().client("ec2"), account.session().client("route53")
    tagged = [{"Name": "tag:slipway:environment", "Values": [ENVIRONMENT]}]
    [vpc] = ec2.describe_vpcs(Filters=tagged)["Vpcs"]
    [zone] = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == "apart.internal."]
    served = route53.get_hosted_zone(Id=zone["Id"])["VPCs"]
    assert [each["VPCId"] for each in served] == [vpc["VpcId"]]
