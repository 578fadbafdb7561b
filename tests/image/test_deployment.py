"""The group that waits for an instance: it waits until the instance has told it that it serves."""

from __future__ import annotations

import pytest

from local.console import LocalError
from local.image.deployment import SERVING, WAITING
from local.image.root import Root
from local.image.surroundings import Launched


def test_the_instance_tells_its_group_when_it_serves_and_not_before(launched: Launched, instance: Root) -> None:
    launched.await_state(SERVING, 30)
    said = instance.run(["journalctl", "--no-pager", "--output=cat", "--unit=slipway-health"]).stdout
    serves, told = said.find("this instance serves"), said.find("the group has been told")
    assert 0 <= serves < told, said


def test_a_state_that_does_not_come_is_told_with_the_one_that_is(launched: Launched) -> None:
    launched.await_state(SERVING, 30)
    with pytest.raises(LocalError, match=f"{launched.deployment.instance_id} {SERVING} after 0 s, .* {WAITING}"):
        launched.await_state(WAITING, 0)


def test_the_instance_is_the_one_that_the_group_has_launched(launched: Launched, instance: Root) -> None:
    said = instance.run(["journalctl", "--no-pager", "--output=cat", "--unit=slipway-boot"]).stdout
    assert f"this is {launched.deployment.instance_id} in us-east-1" in said
