"""The entry point: what it says, and how it ends, when the context or the configuration is wrong."""

from __future__ import annotations

import json

import pytest

from tests.synth.assemblies import ENVIRONMENTS, ROOT
from tests.synth.processes import run


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({}, ["no environment is named", *ENVIRONMENTS, "next: "]),
        ({"env": "prod"}, ["prod", *ENVIRONMENTS]),
        ({"env": "test", "set": "fleet.desired=30"}, ["desired 30", "ascending order"]),
        ({"env": "test", "set": "fleet.colour=red"}, ["colour"]),
        (
            {"env": "production", "set": "removal=destroy,project=aws,tags=[a],image.schedule=weekly"},
            [
                "has 4 problems",
                "removal destroy: protected environment production would lose data",
                "project: is \"aws\": begins with 'aws'",
                "to mend it: choose another",
                "tags: must be a mapping of keys to values",
                "image.schedule: must be a cron expression of six fields",
                "to mend it: write one like cron(0 3 ? * SUN *)",
            ],
        ),
    ],
)
def test_a_mistake_gets_a_message_and_no_traceback(tmp_path, context, words):
    status, stdout, stderr = run(tmp_path, context)

    assert status == 1
    assert stdout == ""
    assert [word for word in words if word not in stderr] == []
    assert "Traceback" not in stderr


def test_an_override_reaches_the_template(tmp_path):
    status, _, stderr = run(tmp_path, {"env": "test", "set": "fleet.maximum=7,fleet.minimum=2"})

    assert status == 0, stderr
    fleet = json.loads((tmp_path / "slipway-test-fleet.template.json").read_text())
    (group,) = [item for item in fleet["Resources"].values() if item["Type"] == "AWS::AutoScaling::AutoScalingGroup"]
    assert (group["Properties"]["MinSize"], group["Properties"]["MaxSize"]) == ("2", "7")


def test_analytics_are_off():
    settings = json.loads((ROOT / "cdk.json").read_text())

    assert settings["versionReporting"] is False
