"""A rollout whose new instances do not work is undone by an alarm, and whoever browses notices nothing."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.lifecycle import DRAINING_HOOK
from emulator.faults.client import injected
from emulator.launcher import Emulator
from local.up import cdk_environment
from tests.e2e.conftest import ROOT, Platform
from tests.e2e.test_draining import wait_for

ALARM = "slipway-local-rollout"
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


def test_a_rollout_that_does_not_work_is_undone_and_pages_come_all_along(platform: Platform, tmp_path: Path) -> None:
    before = platform.instance
    wait_for(before.is_healthy, "a healthy instance")
    wait_for(lambda: platform.load_balancer_now.healthy_targets == 1, "a target that gets connections")
    scaling, cloudwatch = platform.aws.client("autoscaling"), platform.aws.client("cloudwatch")

    def states() -> dict[str, str]:
        found = scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        return {each["InstanceId"]: each["LifecycleState"] for each in found}

    # A new instance gets no key for its certificates, so it never serves; the old one has had it for long.
    secrets = injected(Emulator(platform.workspace.emulator), "deny", service="secretsmanager", action="GetSecretValue")
    with reading(platform) as reader, secrets, deploying(platform, tmp_path, "proxy.fail_closed=true") as deployment:
        wait_for(lambda: list(states().values()) == ["InService", "InService"], "a new instance beside the old one")
        cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="the new instance is unhealthy")
        # It never lived, so it says nothing while it drains: its group would wait out the hook's timeout.
        wait_for(lambda: "Terminating:Wait" in states().values(), "the end of the new instance")
        [new] = states().keys() - {before.instance_id}
        scaling.complete_lifecycle_action(
            AutoScalingGroupName=platform.stack_output("fleet", "AutoScalingGroupName"),
            LifecycleHookName=DRAINING_HOOK,
            InstanceId=new,
            LifecycleActionResult="CONTINUE",
        )
        output, _ = deployment.communicate(timeout=60)

    assert deployment.returncode != 0
    assert ALARM in output
    [stack] = platform.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    wait_for(lambda: states() == {before.instance_id: "InService"}, "the old instance alone")
    assert set(reader.statuses) == {200}
