"""The components as they are build an image: all phases pass, a second time changes nothing."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from local.image import builds
from local.image.awstoe import Status
from local.image.builds import Hearing, Workshop
from local.image.documents import Document
from tests.image.conftest import Image

# What notes by itself when it was changed, and what this machine lends while it builds.
NOT_COMPARED = r"/etc/resolv\.conf|/var/lib/(systemd|dpkg|apt|private|chrony|dbus)/.*|/etc/\w+-|/(etc|var)/\.updated"


def content(folder: Path) -> dict[str, str]:
    """Return a digest of every file of the system, but for logs and caches, which tell of the second time."""
    found = {}
    for place, folders, names in folder.walk():
        here = "/" + str(place.relative_to(folder)).removeprefix(".")
        folders[:] = [
            name
            for name in folders
            if f"{here}/{name}".lstrip("/") not in ("var/log", "var/cache", "tmp", "run", "dev", "proc", "sys")
        ]
        for path in (place / name for name in names):
            if path.is_file() and not path.is_symlink():
                found[f"{here}/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_every_step_of_build_and_validate_succeeds(image: Image, components: list[Document]) -> None:
    wanted = [
        (document.name, phase, step.name)
        for phase in ("build", "validate")
        for document in components
        for found in document.phases
        if found.name == phase
        for step in found.steps
    ]
    assert [(each.document, each.phase, each.step) for each in image.results] == wanted
    assert {each.status for each in image.results} == {Status.SUCCESS}
    assert sum(each.grown for each in image.results) > 0


def test_every_test_phase_succeeds_on_an_instance(shop: Workshop, image: Image, components: list[Document]) -> None:
    # On an instance of its own: these phases rehearse a deployment, and what they set up stays.
    with shop.instance("tested", image.folder, hearing=Hearing()) as machine:
        results = shop.executor(machine, Hearing()).run(components, "test")
    assert results
    assert {each.status for each in results} == {Status.SUCCESS}


def test_building_again_changes_nothing(shop: Workshop, image: Image, components: list[Document]) -> None:
    with shop.builder("again", image.folder, hearing=Hearing()) as machine:
        shop.executor(machine, Hearing()).run(components, "build")
        first, second = content(image.folder), content(machine.view)

    changed = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    assert {name for name in changed if not re.fullmatch(NOT_COMPARED, name)} == set()


def test_the_sources_are_there_to_be_fetched(shop: Workshop) -> None:
    assert shop.outside.get_object(builds.BUCKET, builds.KEY) == builds.sources()


def test_the_version_of_mitmproxy_is_the_locks() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", builds.mitmproxy_version())
