"""Settings of functions that cost money or time on AWS: environments kept ready, snapshots, networks, disks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_caches import network
from tests.emulated.test_drift import Drift
from tests.emulated.test_functions import function
from tests.emulated.test_service_roles import NETWORK_RIGHTS, role_for

CONNECTED = role_for("lambda.amazonaws.com", *NETWORK_RIGHTS)
"""The role of a function that may be in a network."""


def published(alias: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
    live = {
        "Name": "live",
        "FunctionName": {"Ref": "Function"},
        "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
        **(alias or {}),
    }
    return {
        "Role": CONNECTED,
        "Function": function(**properties),
        "Version": version,
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": live},
    }


OUTPUTS = {"Name": {"Ref": "Function"}, "Version": {"Fn::GetAtt": ["Version", "Version"]}}


@pytest.fixture
def drift(stack, client):
    return Drift(stack, client("cloudformation"))


@pytest.mark.behaviour("Lambda", "an alias keeps as many environments ready as its template says, or none any more")
def test_provisioned_concurrency(stack, client):
    lambda_client = client("lambda")
    config = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}
    name = stack.put(published(config, ReservedConcurrentExecutions=5), OUTPUTS)["Name"]

    def ready() -> dict[str, Any]:
        return lambda_client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")

    found = eventually(lambda: (seen := ready())["Status"] == "READY" and seen, "the environments are ready")
    assert found["RequestedProvisionedConcurrentExecutions"] == 2
    stack.put(published(ReservedConcurrentExecutions=5), OUTPUTS)
    with pytest.raises(lambda_client.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        ready()


@pytest.mark.behaviour("Lambda", "a published version begins from a snapshot if its function is set so")
def test_snap_start(stack, client):
    lambda_client = client("lambda")
    outputs = stack.put(published(SnapStart={"ApplyOn": "PublishedVersions"}), OUTPUTS)

    def setting(qualifier: str) -> dict[str, Any]:
        return lambda_client.get_function_configuration(FunctionName=outputs["Name"], Qualifier=qualifier)["SnapStart"]

    assert setting("$LATEST") == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert setting(outputs["Version"]) == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}


@pytest.mark.behaviour("Lambda", "a function has the network and the disk of its template, and loses them with it")
def test_network_and_disk(stack, client):
    lambda_client = client("lambda")
    place = {
        "SubnetIds": [{"Ref": "Subnet1"}, {"Ref": "Subnet2"}],
        "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
    }
    resources = {**network(), **published(VpcConfig=place, EphemeralStorage={"Size": 1024})}
    outputs = stack.put(resources, {**OUTPUTS, "Vpc": {"Ref": "Vpc"}, "Subnet": {"Ref": "Subnet1"}})

    found = lambda_client.get_function_configuration(FunctionName=outputs["Name"])
    assert found["VpcConfig"]["VpcId"] == outputs["Vpc"]
    assert outputs["Subnet"] in found["VpcConfig"]["SubnetIds"]
    assert len(found["VpcConfig"]["SecurityGroupIds"]) == 1
    assert found["EphemeralStorage"] == {"Size": 1024}
    stack.put({**network(), **published()}, OUTPUTS)
    found = lambda_client.get_function_configuration(FunctionName=outputs["Name"])
    assert found.get("VpcConfig", {}).get("SubnetIds", []) == []
    assert found["EphemeralStorage"] == {"Size": 512}


@pytest.mark.behaviour("Lambda", "a function in a network that is not there fails its stack")
@pytest.mark.parametrize(
    ("place", "words"),
    [
        (
            {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": []},
            "subnet-0123456789abcdef0' does not exist",
        ),
        (
            {"SubnetIds": [{"Ref": "Subnet1"}], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
            "sg-0123456789abcdef0' does not exist",
        ),
    ],
)
def test_a_network_that_is_not_there(stack, place, words):
    stack.apply({"Resources": {**network(), **published(VpcConfig=place)}})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert words in str(stack.reasons())


@pytest.mark.behaviour(
    "CloudFormation", "drift of a function's network, disk, snapshots and ready environments is seen"
)
def test_drift_of_a_function(stack, client, drift):
    lambda_client = client("lambda")
    place = {"SubnetIds": [{"Ref": "Subnet1"}], "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}]}
    ready = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2}}
    settings = {"VpcConfig": place, "EphemeralStorage": {"Size": 1024}}
    name = stack.put({**network(), **published(ready, **settings)}, OUTPUTS)["Name"]
    assert drift.detect() == "IN_SYNC"

    changes = {"EphemeralStorage": {"Size": 2048}, "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}}
    lambda_client.update_function_configuration(FunctionName=name, **changes)
    lambda_client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="live", ProvisionedConcurrentExecutions=3
    )

    drift.detect()
    found = {logical_id: {path for path, _ in paths} for logical_id, paths in drift.differences().items()}
    assert found["Live"] == {"/ProvisionedConcurrencyConfig/ProvisionedConcurrentExecutions"}
    assert {path.split("/")[1] for path in found["Function"]} == {"EphemeralStorage", "VpcConfig"}
