"""The hook's name is one that Auto Scaling takes."""

import re

from contract.lifecycle import DRAINING_HOOK, HEARTBEAT_SECONDS


def test_the_name_is_valid() -> None:
    # Source: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html
    assert re.fullmatch(r"[A-Za-z0-9\-_/]{1,255}", DRAINING_HOOK)


def test_three_heartbeats_fit_the_shortest_timeout_that_is_sensible() -> None:
    assert 3 * HEARTBEAT_SECONDS < 90
