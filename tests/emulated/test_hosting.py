"""Local instances from end to end: a group in a stack, real processes, and what every API says about them.

What runs on the instances here is a stand-in in the user data, so that these tests are about the emulator alone.
"""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import time
import urllib.request
from typing import Any

import pytest

from emulator.paths import EMULATOR_PYTHON, ROOT, StatePaths
from emulator.processes import ProcessIdentity, wait_until_gone
from tests.emulated.test_balancing import RESOURCES as NETWORK
from tests.emulated.test_balancing import quick_checks
from tests.emulated.test_scaling import IMAGE, OTHER_IMAGE, group

__all__ = ["quick_checks"]

SERVICE = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer
import boto3
caller = boto3.client("sts", region_name="us-east-1").get_caller_identity()["Arn"]
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"caller": caller, "environment": sorted(os.environ)}).encode()
        self.send_response(503 if os.path.exists("broken") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
HTTPServer((os.environ["SLIPWAY_LISTEN_ADDRESS"], 8081), Handler).serve_forever()
"""
USER_DATA = f"""#!/bin/sh
exec "$SLIPWAY_INSTANCE_ROOT/opt/slipway/health/bin/python" - <<'END'
{SERVICE}
END
"""
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "instance-of-test",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
    },
}
PROFILE = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}}


def resources(desired: int, image: str = IMAGE) -> dict[str, Any]:
    template = {
        "ImageId": image,
        "InstanceType": "t3.micro",
        "UserData": base64.b64encode(USER_DATA.encode()).decode(),
        "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}},
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "of-template"}]}],
    }
    targets = json.loads(json.dumps(NETWORK["Group"]))
    targets["Properties"] |= {"HealthCheckProtocol": "HTTP", "HealthCheckPort": "8081", "HealthCheckPath": "/"}
    targets["Properties"] |= {"HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}
    targets["Properties"] |= {"HealthCheckIntervalSeconds": 5}  # AWS takes 5 and more; tests have no time for that
    tags = [{"Key": "team", "Value": "a", "PropagateAtLaunch": True}]
    return {
        **NETWORK,
        "Group": targets,
        "Role": ROLE,
        "Profile": PROFILE,
        "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": template}},
        "Scaling": UPDATE_POLICY
        | group(DesiredCapacity=str(desired), HealthCheckType="ELB", HealthCheckGracePeriod=300, Tags=tags),
    }


UPDATE_POLICY = {"UpdatePolicy": {"AutoScalingRollingUpdate": {"MinInstancesInService": 1, "MaxBatchSize": 1}}}
OUTPUTS = {"Name": {"Ref": "Scaling"}, "Targets": {"Ref": "Group"}}


class Deployed:
    """The group of a test, as the APIs show it."""

    def __init__(self, outputs: dict[str, str], client) -> None:
        self.name = outputs["Name"]
        self._targets = outputs["Targets"]
        self._client = client

    def members(self) -> dict[str, str]:
        groups = self._client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        members = [member for found in groups["AutoScalingGroups"] for member in found["Instances"]]
        return {member["InstanceId"]: member["LifecycleState"] for member in members}

    def health(self) -> dict[str, str]:
        described = self._client("elbv2").describe_target_health(TargetGroupArn=self._targets)
        targets = described["TargetHealthDescriptions"]
        return {target["Target"]["Id"]: target["TargetHealth"]["State"] for target in targets}

    def instance(self, instance_id: str) -> dict[str, Any]:
        found = self._client("ec2").describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]

    def in_service(self) -> list[str]:
        return [name for name, state in self.members().items() if state == "InService"]


def wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def deploy(quick_checks, stack, client):
    def put(desired: int, **changes: str) -> Deployed:
        deployed = Deployed(stack.put(resources(desired, **changes), OUTPUTS), client)
        wait_for(lambda: len(deployed.in_service()) == desired == len(deployed.members()))
        wait_for(lambda: deployed.health() == dict.fromkeys(deployed.members(), "healthy"))
        return deployed

    return put


def machine(emulator, instance_id: str) -> ProcessIdentity:
    path = StatePaths(emulator.state).instances / instance_id / "processes" / "machine.json"
    found = ProcessIdentity.load(path)
    assert found is not None
    return found


def read(deployed: Deployed, instance_id: str) -> dict[str, Any]:
    address = deployed.instance(instance_id)["PrivateIpAddress"]
    with urllib.request.urlopen(f"http://{address}:8081/") as reply:
        return json.loads(reply.read())


@pytest.mark.behaviour("EC2", "an instance has the credentials of its role, and no keys in its environment", aws=False)
def test_instance_has_the_identity_of_its_role_and_no_keys(deploy):
    deployed = deploy(1)
    (instance_id,) = deployed.members()

    seen = read(deployed, instance_id)

    assert seen["caller"] == f"arn:aws:sts::000000000000:assumed-role/instance-of-test/{instance_id}"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} & set(seen["environment"])
    assert not [name for name in seen["environment"] if name.startswith("MINISTACK")]


@pytest.mark.behaviour(
    "Auto Scaling",
    "groups, EC2 and load balancers tell of the same instances, spread over the zones, with their tags",
    aws=False,
)
def test_every_api_tells_of_the_same_instances(deploy):
    deployed = deploy(2)
    members = deployed.members()

    described = [deployed.instance(name) for name in members]
    assert deployed.health() == dict.fromkeys(members, "healthy")
    assert {instance["Placement"]["AvailabilityZone"] for instance in described} == {"us-east-1a", "us-east-1b"}
    assert len({instance["PrivateIpAddress"] for instance in described}) == 2
    assert {(instance["ImageId"][:4], instance["State"]["Name"]) for instance in described} == {("ami-", "running")}
    tags = {tag["Key"]: tag["Value"] for tag in described[0]["Tags"]}
    assert (tags["Name"], tags["team"], tags["aws:autoscaling:groupName"]) == ("of-template", "a", deployed.name)


@pytest.mark.behaviour(
    "Auto Scaling", "instances that a group does not want any more leave no process behind", aws=False
)
def test_group_that_shrinks_and_goes_leaves_no_process(deploy, emulator, stack):
    deployed = deploy(2)
    machines = [machine(emulator, name) for name in deployed.members()]

    deploy(1)
    assert [process.is_alive() for process in machines].count(True) == 1
    stack.delete()
    assert not any(process.is_alive() for process in machines)


@pytest.mark.behaviour(
    "Auto Scaling", "an instance that fails its health checks stays in service during the grace period", aws=False
)
def test_failing_health_shows_and_recovers(deploy, emulator):
    deployed = deploy(1)
    (instance_id,) = deployed.members()
    broken = StatePaths(emulator.state).instances / instance_id / "broken"

    broken.touch()
    wait_for(lambda: deployed.health() == {instance_id: "unhealthy"})
    assert deployed.members() == {instance_id: "InService"}
    broken.unlink()
    wait_for(lambda: deployed.health() == {instance_id: "healthy"})


@pytest.mark.behaviour("Auto Scaling", "an instance whose machine dies is terminated, and replaced", aws=False)
def test_killed_instance_is_replaced(deploy, emulator):
    deployed = deploy(1)
    (first,) = deployed.members()

    machine(emulator, first).signal_group(signal.SIGKILL)

    wait_for(lambda: deployed.in_service() and first not in deployed.members())
    assert deployed.instance(first)["State"]["Name"] == "terminated"
    assert list(deployed.health()) == list(deployed.members())


@pytest.mark.behaviour("EC2", "terminating an instance ends its processes", aws=False)
def test_terminating_through_ec2_ends_the_process_and_brings_another(deploy, emulator, client):
    deployed = deploy(1)
    (first,) = deployed.members()
    process = machine(emulator, first)

    client("ec2").terminate_instances(InstanceIds=[first])

    assert wait_until_gone([process], 30)
    wait_for(lambda: deployed.in_service() and first not in deployed.members())


@pytest.mark.behaviour(
    "CloudFormation",
    "a rolling update launches the new instance before the old one ends, if so many have to serve",
    aws=False,
)
def test_new_launch_template_rolls_the_group(deploy):
    deployed = deploy(1)
    (first,) = deployed.members()

    deploy(1, image=OTHER_IMAGE)
    wait_for(lambda: deployed.in_service() and first not in deployed.members())

    (second,) = deployed.members()
    assert deployed.instance(second)["ImageId"] != deployed.instance(first)["ImageId"]


@pytest.mark.behaviour("Auto Scaling", "a refresh is under way until the new instances are healthy", aws=False)
def test_refresh_is_in_progress_until_the_instances_are_new(deploy, client):
    deployed = deploy(1)
    (first,) = deployed.members()
    autoscaling = client("autoscaling")

    def status() -> str:
        shown = autoscaling.describe_instance_refreshes(AutoScalingGroupName=deployed.name)
        return shown["InstanceRefreshes"][0]["Status"]

    autoscaling.start_instance_refresh(AutoScalingGroupName=deployed.name)
    assert status() in ("Pending", "InProgress")
    wait_for(lambda: status() == "Successful")
    assert first not in deployed.members()


SESSIONS = """
import time
from datetime import UTC, datetime, timedelta
from emulator.instances.hypervisor import Instance, Scope
from emulator.instances.metadata import Identity
from emulator.plugin import clock, hosting
clock.use(time.time)
scope = Scope("000000000000", "us-east-1")
def open_session(name, seconds):
    identity = Identity(name, scope.account, scope.region, "", "", "", "", "", "", "role", "", "", {})
    hosting._open_session(identity, datetime.now(UTC) + timedelta(seconds=seconds))
def sessions():
    print(*sorted(session["UserId"] for session in hosting._sts._sessions.values()))
open_session("i-expired", -1)
open_session("i-ending", 60)
open_session("i-other", 60)
sessions()
hosting._ec2._instances["i-ending"] = {"InstanceId": "i-ending", "State": {"Code": 32, "Name": "shutting-down"}}
hosting._enter(Instance(scope, "i-ending", "shutting-down"), "terminated", "")
sessions()
"""


def test_credentials_end_when_they_expire_and_with_their_instance():
    # In a process of its own: from outside nobody can see which sessions the emulator keeps.
    run = subprocess.run(
        [EMULATOR_PYTHON, "-c", SESSIONS], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert run.stdout.splitlines() == ["role:i-ending role:i-other", "role:i-other"], run.stderr
