"""Every environment deploys, production lives through realistic changes, and all of them go again without a trace.

They stand side by side in one account, as an old account has it. What only takes its time (draining, baking) is cut
short by configuration, as an operator might.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


def in_parallel(work: Callable[[str], object]) -> None:
    with ThreadPoolExecutor(len(ENVIRONMENTS)) as threads:
        list(threads.map(work, ENVIRONMENTS))


def test_environments_are_deployed_changed_and_gone(account: Account, tmp_path: Path) -> None:
    empty = everything(account)
    # One after another: jsii's kernel is one per process.
    assemblies = {environment: account.synthesise(environment, *OVERRIDES[environment]) for environment in ENVIRONMENTS}

    in_parallel(lambda environment: account.deploy(assemblies[environment]))
    for environment in ENVIRONMENTS:
        assert list(account.stacks(environment).values()) == ["CREATE_COMPLETE"] * 9, environment

    assemblies["production"] = live_through_changes(account, tmp_path)

    in_parallel(lambda environment: account.destroy(assemblies[environment]))
    left = {region: inventory.difference(empty[region], found) for region, found in everything(account).items()}
    assert left == {HOME: {}, ABROAD: {}}


def live_through_changes(account: Account, tmp_path: Path) -> Path:
    """Change production again and again, each change over the earlier ones; return its last assembly."""
    bucket = f"slipway-production-cache-000000000000-{HOME}"
    account.session().client("s3").put_object(Bucket=bucket, Key="page", Body=b"kept")
    settings: dict[str, str | None] = {}
    root = ROOT
    assembly = Path()
    for change, more, check in CHANGES:
        settings |= more
        if change == "changed function code":
            root = with_changed_function(tmp_path)
        overrides = [f"{path}={value}" for path, value in settings.items() if value is not None]
        assembly = account.synthesise("production", *OVERRIDES["production"], *overrides, root=root)
        account.deploy(assembly)
        assert set(account.stacks("production").values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, change
        check(account)
        kept = account.session().client("s3").get_object(Bucket=bucket, Key="page")["Body"].read()
        assert kept == b"kept", change
    return assembly


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


def group_is_bigger(account: Account) -> None:
    client = account.session().client("autoscaling")
    groups = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    [group] = [group for group in groups if "production" in str(group["Tags"])]
    assert (group["MinSize"], group["MaxSize"]) == (3, 12)


def image_is_new(account: Account) -> None:
    assert launched_image(account) == OTHER_IMAGE


def launched_image(account: Account) -> str:
    ec2, scaling = account.session().client("ec2"), account.session().client("autoscaling")
    groups = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    [group] = [group for group in groups if "production" in str(group["Tags"])]
    template = group["LaunchTemplate"]
    [version] = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
    )["LaunchTemplateVersions"]
    return str(version["LaunchTemplateData"]["ImageId"])


def function_is_published(account: Account) -> None:
    client = account.session().client("lambda")
    alias = client.get_alias(FunctionName="slipway-production-html-service", Name="live")
    code = client.get_function_configuration(FunctionName="slipway-production-html-service")["CodeSha256"]
    version = client.get_function_configuration(
        FunctionName="slipway-production-html-service", Qualifier=alias["FunctionVersion"]
    )
    assert version["CodeSha256"] == code


def names_in_the_zone(account: Account) -> list[tuple[str, str]]:
    client = account.session().client("route53")
    [zone] = [zone for zone in client.list_hosted_zones()["HostedZones"] if zone["Name"] == "production.example.org."]
    records = client.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return [(record["Name"], record.get("SetIdentifier", "")) for record in records if record["Type"] == "A"]


def subdomain_is_there(account: Account) -> None:
    assert {name for name, _ in names_in_the_zone(account)} == {
        "proxy.production.example.org.",
        "read.production.example.org.",
    }


def region_is_there(account: Account) -> None:
    assert len(account.stacks("production", ABROAD)) == 7
    assert {identifier for _, identifier in names_in_the_zone(account)} == {HOME, ABROAD}


def tag_is_renamed(account: Account) -> None:
    for region in (HOME, ABROAD):
        bucket = f"slipway-production-cache-000000000000-{region}"
        tags = account.session(region).client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]
        own = {tag["Key"] for tag in tags if not tag["Key"].startswith(("slipway:", "aws"))}
        assert own == {"cost-centre"}


CHANGES: tuple[tuple[str, dict[str, str | None], Callable[[Account], None]], ...] = (
    ("bigger group", {"fleet.minimum": "3", "fleet.maximum": "12"}, group_is_bigger),
    ("changed function code", {}, function_is_published),
    ("added subdomain", {"records.subdomains": "[proxy, read]"}, subdomain_is_there),
    (
        "added region",
        {
            "regions": f"[{HOME}, {ABROAD}]",
            "network.zones": f"[{HOME}a, {HOME}b, {ABROAD}a, {ABROAD}b]",
            f"regional.{ABROAD}.network.cidr": "10.81.0.0/16",
        },
        region_is_there,
    ),
    ("renamed tag", {"tags.team": None, "tags.cost-centre": "web"}, tag_is_renamed),
    ("new image", {f"regional.{HOME}.image.ami_id": OTHER_IMAGE}, image_is_new),
)
"""What happens to a deployment in its life, each over the earlier ones; a setting without a value is taken out."""
