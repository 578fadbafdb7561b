"""What travels is what runs; what only people and their tools read may change without a deployment."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from contract.sources import travels


@pytest.mark.parametrize(
    "path",
    [
        "ami_build/README.md",
        "ami_build/proxy/requirements/proxy-dev.txt",
        "ami_build/proxy/requirements/proxy.in",
        "ami_build/proxy/slipway_proxy/.boot.py.swp",
        "ami_build/proxy/slipway_proxy/boot.py~",
        "ami_build/proxy/slipway_proxy/#boot.py#",
        "ami_build/.env",
        "ami_build/.idea/workspace.xml",
        "contract/.DS_Store",
    ],
)
def test_what_people_and_their_tools_read_does_not_travel(path):
    assert not travels(PurePath(path))


@pytest.mark.parametrize(
    "path",
    [
        "ami_build/proxy/requirements/proxy.txt",
        "ami_build/proxy/slipway_proxy/boot.py",
        "ami_build/files/etc/systemd/system.conf.d/60-slipway.conf",
        "contract/__init__.py",
        "lambda_src/proxy_management/templates/macros.html",
    ],
)
def test_what_runs_travels(path):
    assert travels(PurePath(path))
