"""One image for all tests: built once, from the components as they are, in a fresh root. Needs Linux and root."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.image import builds, host, surroundings
from local.image.awstoe import BuildFailed, StepResult
from local.image.builds import Hearing, Workshop
from local.image.documents import Document
from local.image.internet import INSTANCE
from local.image.root import Root
from local.image.surroundings import Launched

ROOT = Path(__file__).resolve().parents[2]


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


@pytest.fixture(scope="session")
def launched(shop: Workshop, image: Image) -> Iterator[Launched]:
    """An instance that serves, booted as user data boots it, with AWS and an internet around it."""
    with surroundings.launched(shop, "serving", image.folder, internet_module="tests.image.internet") as made:
        booted = made.machine.run(made.deployment.boot, seconds=90)
        deadline = time.monotonic() + 60
        asked = ["curl", "--silent", "--fail-with-body", f"http://{INSTANCE}:8081/info/health"]
        while (health := made.machine.run(asked)).status and booted.status == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        journal = made.machine.run(["journalctl", "--no-pager", "--output=cat", "--unit=slipway-[bhp]*"]).stdout
        assert health.status == 0, f"{booted.stderr}\n{health.stdout}\n{journal}"
        yield made


@pytest.fixture(scope="session")
def instance(launched: Launched) -> Root:
    return launched.machine
