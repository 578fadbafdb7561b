"""A picture shows what the templates say: stacks, what they hold, and what refers to what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.diagram import inside, main, overview, read

SHOP = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "One": {"Type": "AWS::SQS::Queue", "Properties": {"Policy": {"Fn::GetAtt": ["Policy", "Arn"]}}},
        "Two": {"Type": "AWS::SQS::Queue"},
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Text": {"Fn::Sub": "${Role.Arn}/${AWS::Region}/x"}},
        },
        "Role": {"Type": "AWS::IAM::Role"},
        "Gate": {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": {"A": {"Ref": "Topic"}, "B": {"Ref": "Role"}}},
        "Published": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/shop/topic", "Value": {"Ref": "Topic"}}},
    },
    "Outputs": {"Role": {"Value": {"Ref": "Role"}}},
}
TILL = {
    "Parameters": {"FromShop": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/topic"}},
    "Resources": {"Lamp": {"Type": "AWS::IoT::Thing", "Properties": {"Topic": {"Ref": "FromShop"}}}},
}
DOOR = {
    "Resources": {
        "Bell": {
            "Type": "AWS::IoT::Thing",
            "Properties": {"Role": {"Fn::GetStackOutput": {"StackName": "p-e-shop", "OutputName": "Role"}}},
        }
    }
}
BOLT: dict[str, Any] = {"Resources": {}}


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    stacks = {
        "p-e-shop": (SHOP, []),
        "p-e-till": (TILL, ["p-e-shop", "p-e-till.assets"]),
        "p-e-door": (DOOR, ["p-e-shop"]),
        "p-e-bolt": (BOLT, ["p-e-door", "p-e-shop"]),
    }
    artifacts: dict[str, Any] = {"p-e-till.assets": {"type": "cdk:asset-manifest"}}
    for name, (template, after) in stacks.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(template))
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "dependencies": after,
            "properties": {"templateFile": f"{name}.json"},
        }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return tmp_path


def test_stacks_are_named_without_what_they_share(assembly: Path) -> None:
    assert [stack.name for stack in read(assembly)] == ["shop", "till", "door", "bolt"]


def test_the_overview_shows_stacks_what_they_hold_and_how_they_depend(assembly: Path) -> None:
    assert overview(read(assembly)).splitlines() == [
        "flowchart LR",
        '    n_shop["<b>shop</b><br/>SQS Queue (2)<br/>IAM Role<br/>SNS Topic"]',
        '    n_till["<b>till</b><br/>IoT Thing"]',
        '    n_door["<b>door</b><br/>IoT Thing"]',
        '    n_bolt["<b>bolt</b>"]',
        "    n_door -.-> n_bolt",
        "    n_shop --> n_door",
        "    n_shop -->|SSM parameter| n_till",
    ]


def test_a_stack_shows_types_references_through_joints_and_other_stacks(assembly: Path) -> None:
    shop, till, door, _ = stacks = read(assembly)

    assert inside(shop, stacks).splitlines() == [
        "flowchart LR",
        '    n_AWS__IAM__Role["IAM Role"]',
        '    n_AWS__SNS__Topic["SNS Topic"]',
        '    n_AWS__SQS__Queue["SQS Queue (2)"]',
        "    n_AWS__SQS__Queue --> n_AWS__IAM__Role",
        "    n_AWS__IAM__Role --- n_AWS__SNS__Topic",
    ]
    assert "    n_AWS__IoT__Thing --> n_shop" in inside(till, stacks)
    assert '    n_shop(["shop"])' in inside(door, stacks)


def test_the_command_prints_an_assembly_or_one_stack(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(assembly)]) == 0
    assert capsys.readouterr().out.startswith('flowchart LR\n    n_shop["')
    assert main([str(assembly), "till"]) == 0
    assert "n_shop([" in capsys.readouterr().out


def test_what_is_not_there_is_said_so(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(assembly), "cellar"]) == 1
    assert "allowed: shop, till, door, bolt" in capsys.readouterr().err


@pytest.mark.parametrize("manifest", [None, "{", "[]", '{"artifacts": {"a": {}}}'])
def test_a_folder_without_an_assembly_is_told_in_words(
    manifest: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)

    assert main([str(tmp_path)]) == 1

    told = capsys.readouterr().err
    assert "holds no cloud assembly" in told
    assert "next: make one with 'cdk synth" in told
    assert "Errno" not in told


def test_a_reader_that_goes_away_ends_it_in_silence(assembly: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "local.diagram", str(assembly)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    command.stdout.close()

    assert command.communicate()[1] == ""
    assert command.returncode == 141
