"""The application, whose version is as new as its sources, and snaps."""

from __future__ import annotations

from pathlib import Path

from contract.bills import Place
from contract.versions import APPLICATION
from slipway_proxy.bill import application
from tests.unit.ami_build.bill import roots


def version(folder: Path) -> str:
    return application.part(folder, ()).version


def test_the_version_changes_with_the_sources_and_nothing_else(tmp_path: Path) -> None:
    source = roots.write(tmp_path, "app/a.py", "one")
    first = version(tmp_path)
    roots.write(tmp_path, "app/__pycache__/a.pyc", "bytecode")
    roots.write(tmp_path, "bill.cdx.json", "the bill itself")
    assert version(tmp_path) == first
    assert first.startswith(f"{APPLICATION}+")

    source.write_text("two")
    second = version(tmp_path)
    source.rename(source.with_name("b.py"))
    third = version(tmp_path)
    roots.write(tmp_path, "bin/slipway-boot", "#!/bin/sh")

    assert len({first, second, third, version(tmp_path)}) == 4


def test_a_snap_is_told_by_its_current_revision(tmp_path: Path) -> None:
    text = "name: agent\nversion: '3.3'\nsummary: Manages\nlicense: Apache-2.0\napps:\n  x:\n    version: 9\n"
    roots.write(tmp_path, "snap/agent/7993/meta/snap.yaml", text)
    (tmp_path / "snap/agent/current").symlink_to("7993")
    roots.write(tmp_path, "snap/bare/5/meta/other", "")
    (tmp_path / "snap/bare/current").symlink_to("5")

    agent, bare = application.snaps(tmp_path)

    assert (agent.reference, agent.version, agent.licences, agent.place) == (
        "snap/agent",
        "3.3",
        ("Apache-2.0",),
        Place.SNAP,
    )
    assert (bare.name, bare.version) == ("bare", "5")
    assert list(application.snaps(tmp_path / "absent")) == []
