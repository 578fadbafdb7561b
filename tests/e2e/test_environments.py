"""Every environment deploys, lives through realistic changes, and goes again without a trace.

They stand side by side in one account, as an old account has it. What only takes its time (draining, baking) is cut
short by configuration, as an operator might.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e import inventory
from tests.e2e.accounts import ABROAD, BRISK, HOME, Account
from tests.e2e.conftest import ROOT

ENVIRONMENTS = ("development", "staging", "production", "test")
EXPENDABLE = (
    "removal=destroy",
    "termination_protection=false",
    "fleet.deletion_protection=false",
    "exceptions.retention=a rehearsal of the tests",
    "exceptions.termination-protection=a rehearsal of the tests",
    "exceptions.deletion-protection=a rehearsal of the tests",
)
OVERRIDES = {
    "production": (*BRISK, *EXPENDABLE, "dns.visibility=public", "dns.zone_name=production.example.org"),
    "staging": (*BRISK, "fleet.minimum=1", "network.cidr=10.78.0.0/16", "dns.zone_name=staging.internal"),
    "test": (*BRISK, "fleet.minimum=1", "network.cidr=10.79.0.0/16", "dns.zone_name=test.internal"),
    "development": (*BRISK, "network.cidr=10.80.0.0/16", "dns.zone_name=development.internal"),
}

OTHER_IMAGE = "ami-3a43a49d6784fb02d"
"""The emulator's public Ubuntu 24.04 for arm64, an image that is not of ours; production's machines can run it."""


def everything(account: Account) -> dict[str, dict[str, set[str]]]:
    return {region: inventory.everything(account.session(region)) for region in (HOME, ABROAD)}


def in_parallel(work: Callable[[str], object], environments: Iterable[str] = ENVIRONMENTS) -> None:
    with ThreadPoolExecutor(len(ENVIRONMENTS)) as threads:
        list(threads.map(work, environments))


def test_environments_are_deployed_changed_and_gone(account: Account, tmp_path: Path) -> None:
    empty = everything(account)
    settings: dict[str, dict[str, str | None]] = {each: dict(FIRST.get(each, {})) for each in ENVIRONMENTS}
    assemblies = synthesise(account, ENVIRONMENTS, settings)

    in_parallel(lambda environment: account.deploy(assemblies[environment]))
    for environment in ENVIRONMENTS:
        assert list(account.stacks(environment).values()) == ["CREATE_COMPLETE"] * 9, environment

    for name in BUCKETS:
        account.session().client("s3").put_object(Bucket=name, Key="page", Body=b"kept")
    root = ROOT
    for changes in zip_longest(*CHANGES.values()):
        now = {environment: change for environment, change in zip(CHANGES, changes, strict=True) if change}
        if any(change.what == "changed function code" for change in now.values()):
            root = with_changed_function(tmp_path)
        assemblies |= change_all(account, now, settings, root)

    in_parallel(lambda environment: account.destroy(assemblies[environment]))
    left = {region: inventory.difference(empty[region], found) for region, found in everything(account).items()}
    assert left == {HOME: {}, ABROAD: {}}


def synthesise(
    account: Account, which: Iterable[str], settings: Mapping[str, Mapping[str, str | None]], root: Path = ROOT
) -> dict[str, Path]:
    """Return assemblies by environment; one after another, as jsii's kernel is one per process."""
    overrides = {each: [f"{path}={value}" for path, value in settings[each].items() if value] for each in which}
    return {each: account.synthesise(each, *OVERRIDES[each], *overrides[each], root=root) for each in overrides}


def change_all(
    account: Account, now: Mapping[str, Change], settings: Mapping[str, dict[str, str | None]], root: Path
) -> dict[str, Path]:
    """Deploy a change to each of some environments, look what comes of it, and return the assemblies."""
    before = {environment: change.look(account) for environment, change in now.items()}
    for environment, change in now.items():
        settings[environment] |= change.settings
    assemblies = synthesise(account, now, settings, root)
    in_parallel(lambda environment: account.deploy(assemblies[environment]), now)
    for environment, change in now.items():
        assert set(account.stacks(environment).values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, change.what
        found = change.look(account)
        assert found != before[environment], change.what
        assert change.expected in (OTHER, found), change.what
    for name in BUCKETS:
        kept = account.session().client("s3").get_object(Bucket=name, Key="page")["Body"].read()
        assert kept == b"kept", (name, [change.what for change in now.values()])
    return assemblies


def with_changed_function(folder: Path) -> Path:
    """Return a copy of the sources in which one function's code differs."""
    root = folder / "sources"
    root.mkdir()
    for name in ("ami_build", "contract", "lambda_src"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".slipway", "node_modules"):
        (root / name).symlink_to(ROOT / name)
    handler = root / "lambda_src" / "html_service" / "handler.py"
    handler.write_text(handler.read_text() + "\n# changed\n")
    return root


class Change(NamedTuple):
    """What happens to a deployment in its life.

    :param settings: over the earlier ones; one without a value is taken out.
    :param look: returns what the change is about, which differs before and after.
    :param expected: what it returns afterwards, where that can be said beforehand.
    """

    what: str
    settings: Mapping[str, str | None]
    look: Callable[[Account], Any]
    expected: Any


OTHER = object()
"""Something else than before, whatever that is."""


def group_of(account: Account, environment: str) -> dict[str, Any]:
    groups = account.session().client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    [group] = [group for group in groups if environment in str(group["Tags"])]
    return group


def sizes(environment: str) -> Callable[[Account], tuple[int, int]]:
    def look(account: Account) -> tuple[int, int]:
        group = group_of(account, environment)
        return group["MinSize"], group["MaxSize"]

    return look


def running_images(account: Account) -> set[str]:
    """Return the images of production's instances that serve."""
    serving = [
        each["InstanceId"]
        for each in group_of(account, "production")["Instances"]
        if each["LifecycleState"] == "InService"
    ]
    reservations = account.session().client("ec2").describe_instances(InstanceIds=serving)["Reservations"]
    return {instance["ImageId"] for reservation in reservations for instance in reservation["Instances"]}


def published(environment: str, setting: str) -> Callable[[Account], Any]:
    """Return what looks at a setting of the version of a function that is called."""

    def look(account: Account) -> Any:
        function = f"slipway-{environment}-html-service"
        client = account.session().client("lambda")
        version = client.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
        return client.get_function_configuration(FunctionName=function, Qualifier=version)[setting]

    return look


def names_in_the_zone(account: Account) -> list[tuple[str, str]]:
    client = account.session().client("route53")
    [zone] = [zone for zone in client.list_hosted_zones()["HostedZones"] if zone["Name"] == "production.example.org."]
    records = client.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return [(record["Name"], record.get("SetIdentifier", "")) for record in records if record["Type"] == "A"]


def subdomains(account: Account) -> set[str]:
    return {name for name, _ in names_in_the_zone(account)}


def regions(account: Account) -> tuple[int, set[str]]:
    return len(account.stacks("production", ABROAD)), {identifier for _, identifier in names_in_the_zone(account)}


def own_tags(account: Account) -> list[dict[str, str]]:
    """Return the tags of production's caches that are not ours or of AWS."""
    found = []
    for region in (HOME, ABROAD):
        client = account.session(region).client("s3")
        tags = client.get_bucket_tagging(Bucket=f"slipway-production-cache-000000000000-{region}")["TagSet"]
        found.append({tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith(("slipway:", "aws"))})
    return found


def subscribers(account: Account) -> set[str]:
    return {each["Endpoint"] for each in account.session().client("sns").list_subscriptions()["Subscriptions"]}


def caches(account: Account) -> int:
    return len(account.session().client("elasticache").describe_serverless_caches()["ServerlessCaches"])


BUCKETS = tuple(f"slipway-{environment}-cache-000000000000-{HOME}" for environment in ENVIRONMENTS)
"""Buckets with something that every change has to keep."""

FIRST = {"production": {"tags.team": "web"}}
"""What is said from the first deployment on, and may be taken out."""

CHANGES: dict[str, tuple[Change, ...]] = {
    "production": (
        Change("bigger group", {"fleet.minimum": "3", "fleet.maximum": "12"}, sizes("production"), (3, 12)),
        Change("changed function code", {}, published("production", "CodeSha256"), OTHER),
        Change(
            "added subdomain",
            {"records.subdomains": "[proxy, read]"},
            subdomains,
            {"proxy.production.example.org.", "read.production.example.org."},
        ),
        Change(
            "added region",
            {
                "regions": f"[{HOME}, {ABROAD}]",
                "network.zones": f"[{HOME}a, {HOME}b, {ABROAD}a, {ABROAD}b]",
                f"regional.{ABROAD}.network.cidr": "10.81.0.0/16",
            },
            regions,
            (7, {HOME, ABROAD}),
        ),
        Change("renamed tag", {"tags.team": None, "tags.crew": "web"}, own_tags, [{"crew": "web"}] * 2),
        Change("new image", {f"regional.{HOME}.image.ami_id": OTHER_IMAGE}, running_images, {OTHER_IMAGE}),
    ),
    "staging": (
        Change(
            "cache in memory and alarms by mail",
            {"cache.backend": "valkey", "observability.alarm_emails": "[a@example.org]"},
            lambda account: (caches(account), subscribers(account)),
            (1, {"a@example.org"}),
        ),
    ),
    "development": (
        Change(
            "more memory and a bigger group",
            {"functions.html_service.memory_mb": "1536", "fleet.maximum": "4"},
            lambda account: (published("development", "MemorySize")(account), sizes("development")(account)),
            (1536, (1, 4)),
        ),
    ),
    "test": (Change("smaller group", {"fleet.maximum": "1"}, sizes("test"), (1, 1)),),
}
"""The changes of all environments; the first ones are made side by side, then the second ones, and so on."""
