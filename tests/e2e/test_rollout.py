"""A rollout whose new instances do not start is undone by an alarm, and whoever browses notices nothing."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.lifecycle import DRAINING_HOOK
from emulator.faults.client import injected
from emulator.launcher import Emulator
from emulator.paths import StatePaths
from local.up import cdk_environment
from tests.e2e.conftest import ROOT, Platform
from tests.e2e.test_draining import wait_for

ALARM = "slipway-local-rollout-start"
STACK = "slipway-local-fleet"


class Reader(threading.Thread):
    """Fetches one page after another through the load balancer and the proxy."""

    def __init__(self, platform: Platform) -> None:
        super().__init__()
        self._platform = platform
        self._stopping = threading.Event()
        self.statuses: list[int] = []

    def run(self) -> None:
        with self._platform.browser() as browser:
            while not self._stopping.wait(0.2):
                self.statuses.append(browser.fetch(f"{self._platform.server.http_url}/").status)

    def stop(self) -> None:
        self._stopping.set()
        self.join()


@contextmanager
def reading(platform: Platform) -> Iterator[Reader]:
    reader = Reader(platform)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()


@contextmanager
def deploying(platform: Platform, folder: Path, *overrides: str) -> Iterator[subprocess.Popen[str]]:
    """Deploy the fleet with other values, meanwhile."""
    emulator = Emulator(platform.workspace.emulator)
    chosen = [word for override in overrides for word in ("-c", f"set={override}")]
    command = [str(ROOT / ".venv" / "bin" / "cdk"), "deploy", STACK, "--exclusively", "-c", "env=local", *chosen]
    command += ["--require-approval", "never", "--output", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, env=cdk_environment(emulator), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def complete_terminations(platform: Platform) -> None:
    """Complete the hook of instances that end without having lived: they say nothing, and the group would wait."""
    scaling = platform.aws.client("autoscaling")
    for each in scaling.describe_auto_scaling_instances()["AutoScalingInstances"]:
        if each["LifecycleState"] == "Terminating:Wait":
            scaling.complete_lifecycle_action(
                AutoScalingGroupName=each["AutoScalingGroupName"],
                LifecycleHookName=DRAINING_HOOK,
                InstanceId=each["InstanceId"],
                LifecycleActionResult="CONTINUE",
            )


def test_a_rollout_whose_instances_never_serve_is_undone_and_pages_come_all_along(
    platform: Platform, tmp_path: Path
) -> None:
    before = platform.instance
    wait_for(before.is_healthy, "a healthy instance")
    wait_for(lambda: platform.load_balancer_now.healthy_targets == 1, "a target that gets connections")
    scaling, balancing = platform.aws.client("autoscaling"), platform.aws.client("elbv2")
    group, targets = platform.stack_output("fleet", "AutoScalingGroupName"), set()

    def given_up() -> list[str]:
        found = balancing.describe_target_health(TargetGroupArn=platform.stack_output("fleet", "TargetGroupArn"))
        targets.update(each["Target"]["Id"] for each in found["TargetHealthDescriptions"])
        activities = scaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
        abandoned = [each for each in activities if "abandoned" in each.get("StatusMessage", "")]
        return [each["Description"].removeprefix("Launching a new EC2 instance: ") for each in abandoned]

    # A new instance gets no key for its certificates, so it never serves; the old one has had it for long.
    secrets = injected(Emulator(platform.workspace.emulator), "deny", service="secretsmanager", action="GetSecretValue")
    with reading(platform) as reader, secrets, deploying(platform, tmp_path, "proxy.fail_closed=true") as deployment:
        wait_for(lambda: bool(given_up()), "a new instance that gives itself up")
        platform.aws.client("cloudwatch").set_alarm_state(
            AlarmName=ALARM, StateValue="ALARM", StateReason="an instance has been pending for seven minutes"
        )

        def is_over() -> bool:
            complete_terminations(platform)
            return deployment.poll() is not None

        wait_for(is_over, "the end of the deployment")
        output, _ = deployment.communicate()

    assert deployment.returncode != 0
    assert ALARM in output
    [stack] = platform.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert set(reader.statuses) == {200}
    # Whoever debugs it finds the cause through the API; no service of it ever ran, and no client ever came to it.
    gone = given_up()[-1]
    console = platform.aws.client("ec2").get_console_output(InstanceId=gone, Latest=True)
    assert "slipway-boot: error: cannot read the secret" in console["Output"]
    root = StatePaths(platform.workspace.emulator).instances / gone
    assert {path.stem for path in (root / "processes").iterdir()} <= {"machine", "user-data", "slipway-boot.service"}
    assert targets == {before.instance_id}

    def is_alone() -> bool:
        complete_terminations(platform)
        found = scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        return [(each["InstanceId"], each["LifecycleState"]) for each in found] == [(before.instance_id, "InService")]

    wait_for(is_alone, "the old instance alone")
