"""Every environment deploys, production lives through realistic changes, and all of them go again without a trace.

They stand side by side in one account, as an old account has it. What only takes its time (draining, baking) is cut
short by configuration, as an operator might.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.launcher import Emulator
from local.platform import Workspace
from local.up import bootstrap, cdk_environment
from tests.e2e import inventory
from tests.e2e.conftest import ROOT
from tests.synth.assemblies import synthesise

HOME, ABROAD = "us-east-1", "eu-west-1"
ENVIRONMENTS = ("development", "staging", "production", "test")
BRISK = (
    "fleet.deregistration_delay_seconds=0",
    "proxy.drain_seconds=0",
    "proxy.processes=1",
    "fleet.rollout.bake_minutes=0",
    "fleet.scaling.warmup_seconds=0",
    "fleet.health_check.interval_seconds=5",
    "fleet.health_check.timeout_seconds=5",
    "fleet.health_check.unhealthy_threshold=10",
    "fleet.health_check.healthy_threshold=2",
)
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


@dataclass
class Account:
    """A bootstrapped account, and the assemblies that are deployed into it."""

    workspace: Workspace
    emulator: Emulator

    def session(self, region: str = HOME) -> boto3.Session:
        return Regional(self.emulator.endpoint_url, region)

    def synthesise(self, environment: str, *overrides: str, root: Path = ROOT) -> Path:
        # A new one each time: in one process the CDK believes that an asset is still where it once put it.
        folder = Path(tempfile.mkdtemp(prefix=f"{environment}-", dir=self.workspace.folder))
        return synthesise(environment, folder, overrides=(*OVERRIDES[environment], *overrides), root=root).folder

    def cdk(self, command: str, assembly: Path, *arguments: str) -> str:
        result = subprocess.run(
            [str(Path(sys.prefix) / "bin" / "cdk"), command, "--all", "--app", str(assembly), *arguments],
            cwd=self.workspace.folder,
            env=cdk_environment(self.emulator),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert result.returncode == 0, f"{command} {assembly.name}: {result.stdout[-3000:]}{result.stderr[-6000:]}"
        return result.stderr

    def deploy(self, assembly: Path) -> str:
        return self.cdk("deploy", assembly, "--require-approval", "never", "--concurrency", "4")

    def destroy(self, assembly: Path) -> str:
        return self.cdk("destroy", assembly, "--force")


class Regional(boto3.Session):
    """A session whose clients talk to the embedded AWS only."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        super().__init__(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        self._endpoint_url = endpoint_url

    def client(self, service_name: str, **arguments: Any) -> Any:  # type: ignore[override]
        return super().client(service_name, endpoint_url=self._endpoint_url, **arguments)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    workspace = Workspace(tmp_path_factory.mktemp("environments"))
    emulator = Emulator(workspace.emulator)
    emulator.start()
    try:
        for region in (HOME, ABROAD):
            (workspace.emulator / "bootstrapped").unlink(missing_ok=True)
            bootstrap(workspace, {**cdk_environment(emulator), "CDK_DEFAULT_REGION": region})
        yield Account(workspace, emulator)
    finally:
        emulator.stop()


def everything(account: Account) -> dict[str, dict[str, set[str]]]:
    return {region: inventory.everything(account.session(region)) for region in (HOME, ABROAD)}


def in_parallel(work: Callable[[str], object]) -> None:
    with ThreadPoolExecutor(len(ENVIRONMENTS)) as threads:
        list(threads.map(work, ENVIRONMENTS))


def test_environments_are_deployed_changed_and_gone(account: Account, tmp_path: Path) -> None:
    empty = everything(account)
    # One after another: jsii's kernel is one per process.
    assemblies = {environment: account.synthesise(environment) for environment in ENVIRONMENTS}

    in_parallel(lambda environment: account.deploy(assemblies[environment]))
    for environment in ENVIRONMENTS:
        assert list(stacks_of(account, environment).values()) == ["CREATE_COMPLETE"] * 9, environment

    assemblies["production"] = live_through_changes(account, tmp_path)

    in_parallel(lambda environment: account.destroy(assemblies[environment]))
    left = {region: inventory.difference(empty[region], found) for region, found in everything(account).items()}
    assert left == {HOME: {}, ABROAD: {}}


def stacks_of(account: Account, environment: str, region: str = HOME) -> dict[str, str]:
    client = account.session(region).client("cloudformation")
    found = [stack for page in client.get_paginator("describe_stacks").paginate() for stack in page["Stacks"]]
    return {
        stack["StackName"]: stack["StackStatus"]
        for stack in found
        if stack["StackName"].startswith(f"slipway-{environment}-")
    }


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
        assembly = account.synthesise("production", *overrides, root=root)
        account.deploy(assembly)
        assert set(stacks_of(account, "production").values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, change
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
    (root / ".slipway").symlink_to(ROOT / ".slipway")
    handler = root / "lambda_src" / "html_service" / "handler.py"
    handler.write_text(handler.read_text() + "\n# changed\n")
    return root


def group_is_bigger(account: Account) -> None:
    client = account.session().client("autoscaling")
    groups = client.describe_auto_scaling_groups()["AutoScalingGroups"]
    [group] = [group for group in groups if "production" in str(group["Tags"])]
    assert (group["MinSize"], group["MaxSize"]) == (3, 12)


def image_is_new(account: Account) -> None:
    assert launched_image(account) == "ami-0123456789abcdef0"


def launched_image(account: Account) -> str:
    name = "/slipway/production/image/ami-id"
    return str(account.session().client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


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
    assert len(stacks_of(account, "production", ABROAD)) == 8
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
    ("new image", {f"regional.{HOME}.image.ami_id": "ami-0123456789abcdef0"}, image_is_new),
)
"""What happens to a deployment in its life, each over the earlier ones; a setting without a value is taken out."""
