"""A stack to put constructs in, and the Node.js of the virtual environment to run them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
os.environ.setdefault("JSII_NODE", str(Path(sys.prefix) / "bin" / "node"))


@pytest.fixture
def app(tmp_path):
    """Return an empty application, without CloudFormation's validation, which costs more than all the rest."""
    from aws_cdk import App

    return App(
        outdir=str(tmp_path / "assembly"),
        context=json.loads((ROOT / "cdk.json").read_text())["context"],
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
    )


@pytest.fixture
def stack(app):
    """Return an empty stack with two zones."""
    from aws_cdk import Environment, Stack

    class TwoZones(Stack):
        @property
        def availability_zones(self):
            return ["us-east-1a", "us-east-1b"]

    return TwoZones(app, "Stack", env=Environment(account="123456789012", region="us-east-1"))


@pytest.fixture
def template(stack):
    """Return a function that synthesises the stack and returns its template's resources of a type."""
    from aws_cdk.assertions import Template

    def resources(kind):
        return [entry.get("Properties", {}) for entry in Template.from_stack(stack).find_resources(kind).values()]

    return resources
