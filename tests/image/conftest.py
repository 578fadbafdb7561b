"""One image for all tests: built once, from the components as they are, in a fresh root. Needs Linux and root."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from contract import parameters
from contract.components import Function
from contract.proxy_settings import ProxySettings
from emulator.launcher import Emulator
from local.image import builds, host
from local.image.awstoe import BuildFailed, StepResult
from local.image.builds import Hearing, Workshop
from local.image.documents import Document
from local.image.root import Root
from tests.image.internet import FUNCTIONS, INSTANCE, METADATA, ORIGIN

PREFIX = "/slipway/test"
CERTIFICATE = "/run/origin.pem"
"""The web site's, in memory on the instance, whose proxy trusts it."""
ROOT = Path(__file__).resolve().parents[2]
AUTHORITY = {
    "Resources": {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Description": "authority"}}},
    "Outputs": {"Arn": {"Value": {"Ref": "Secret"}}},
}
"""A secret without a value, as the identity stack makes it; the first instance fills it."""
Launch = Callable[[str], AbstractContextManager[Root]]


@dataclass(frozen=True)
class Image:
    """What was built.

    :param folder: its root folder; nobody changes it.
    :param results: how each step of its build went.
    """

    folder: Path
    results: list[StepResult]

    def path(self, inside: str) -> Path:
        return self.folder / inside.lstrip("/")


@pytest.fixture(scope="session")
def shop() -> Iterator[Workshop]:
    reason = host.can_build(platform.system(), os.geteuid())
    assert not reason, f"{reason}; or: python -m local.image test, which ends well where there is no way"
    with builds.workshop(os.environ) as made:
        yield made


@pytest.fixture(scope="session")
def components() -> list[Document]:
    return builds.read_components()


@pytest.fixture(scope="session")
def image(shop: Workshop, components: list[Document]) -> Image:
    lines: list[str] = []
    hearing = Hearing(line=lines.append)
    try:
        return Image(*shop.build(components, hearing=hearing))
    except BuildFailed as error:
        pytest.fail(f"{error}\n" + "\n".join(lines[-30:]))


@pytest.fixture(scope="session")
def machine(shop: Workshop, image: Image) -> Iterator[Root]:
    """An instance that nobody has told what it is for, as for the test phase."""
    with shop.instance("idle", image.folder, hearing=Hearing()) as running:
        yield running


@pytest.fixture
def bare(shop: Workshop, request: pytest.FixtureRequest) -> Iterator[Root]:
    """A bare system, as it is before the first document; after the test nothing of it runs or is mounted."""
    name = f"bare-{request.node.name.partition('[')[0]}-{time.monotonic_ns()}"
    with shop.builder(name, shop.base, hearing=Hearing()) as machine:
        yield machine
    assert left_of(shop.folder / name) == []


def left_of(place: Path) -> list[str]:
    """Return what still runs or is mounted of a system, and its control groups."""
    processes = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (folder / "cmdline").read_bytes().decode() + str((folder / "root").readlink())
            processes += [told] if str(place) in told else []
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(place) in line]
    groups = map(str, Path("/sys/fs/cgroup").rglob(f"slipway-image-*-{place.name}"))
    return [*processes, *mounts, *groups]


def settings() -> ProxySettings:
    return ProxySettings(
        environment="test",
        version="1",
        default_mode="xxx",
        proxy_port=8080,
        health_port=8081,
        admin_port=8082,
        processes=2,
        memory_percent=60,
        drain_seconds=0.0,
        function_timeout_seconds=5.0,
        fail_closed=False,
        max_page_bytes=4_000_000,
        cache_ttl_seconds=60,
        statistics_interval_seconds=3600.0,
        allowed_client_networks=(),
        authentication_required=False,
        authentication_failures_per_minute=10,
        client_requests_per_second=0,
        allowed_destination_networks=(),
        allowed_destination_ports=(80, 443),
        allowed_destination_hosts=(),
        blocked_destination_hosts=(),
    )


def deploy(emulator: Emulator) -> None:
    """Put there what the stacks put there for an instance."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    stacks = session.client("cloudformation", endpoint_url=emulator.endpoint_url)
    stacks.create_stack(StackName="identity", TemplateBody=json.dumps(AUTHORITY))
    stacks.get_waiter("stack_create_complete").wait(StackName="identity", WaiterConfig={"Delay": 1})
    outputs = stacks.describe_stacks(StackName="identity")["Stacks"][0]["Outputs"]
    ssm = session.client("ssm", endpoint_url=emulator.endpoint_url)
    values = {
        parameters.PROXY_SETTINGS: settings().to_json(),
        parameters.CA_SECRET_ARN: outputs[0]["OutputValue"],
        **{parameters.function_url(each): f"http://{FUNCTIONS}/f/" for each in Function},
    }
    for name, value in values.items():
        ssm.put_parameter(Name=f"{PREFIX}/{name}", Value=value, Type="String")


@pytest.fixture(scope="session")
def launch(shop: Workshop, image: Image) -> Launch:
    """Return what launches an instance of the image into a network with AWS, an internet and a deployment."""

    @contextmanager
    def launched(name: str) -> Iterator[Root]:
        port = 4566
        where = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "SSL_CERT_FILE": CERTIFICATE}
        emulator = Emulator(shop.folder / f"aws-of-{name}", enforce_iam=False)
        emulator.state.mkdir()
        (emulator.state / "port").write_text(str(port))
        with shop.instance(name, image.folder, hearing=Hearing(), settings=where) as running:
            for address in (INSTANCE, METADATA, ORIGIN, FUNCTIONS):
                running.run(["ip", "address", "add", f"{address}/32", "dev", "lo"])
            running.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=origin",
                         "-addext", f"subjectAltName=IP:{ORIGIN}", "-keyout", f"{CERTIFICATE}.key", "-out", CERTIFICATE,
                         ])  # fmt: skip
            running.run(["bash", "-c", 'cat "$1" >> "$1.key"', "bash", CERTIFICATE])
            with running.network():
                internet = subprocess.Popen(
                    [sys.executable, "-m", "tests.image.internet", f"{running.view}{CERTIFICATE}.key"],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                )
                try:
                    emulator.start()
                    deploy(emulator)
                    assert internet.stdout is not None
                    assert internet.stdout.readline() == b"ready\n"
                    yield running
                finally:
                    emulator.destroy()
                    internet.kill()
                    internet.communicate()

    return launched
