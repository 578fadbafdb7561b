"""How far a deployment is, and what it did, in a few words."""

import pytest

from local.cdk import Progress
from local.console import LocalError
from local.up import require_sound_stacks, summary, under_way


def test_until_the_first_event_the_templates_are_made() -> None:
    assert under_way(Progress([], [])) == "synthesise the templates and publish them"


def test_then_stacks_are_counted() -> None:
    progress = Progress(["a"], ["b"], "c 4/19 AWS::S3::Bucket create_complete")
    assert under_way(progress) == "2 stacks done; c 4/19 AWS::S3::Bucket create_complete"


@pytest.mark.parametrize(
    ("changed", "unchanged", "words"),
    [
        ([], [], ""),
        (["a"], [], "1 stack deployed"),
        (["a", "b"], ["c"], "2 stacks deployed, 1 unchanged"),
        ([], ["a", "b"], "2 unchanged"),
    ],
)
def test_summary(changed: list[str], unchanged: list[str], words: str) -> None:
    assert summary(Progress(changed, unchanged)) == words


class Stacks:
    """Stands for the emulator, which knows the state of each stack."""

    def __init__(self, **statuses: str) -> None:
        self._statuses = statuses

    def control(self, command: str) -> dict[str, object]:
        assert command == "stacks"
        return {
            "stacks": [{"name": f"slipway-local-{name}", "status": self._statuses[name]} for name in self._statuses]
        }


def test_a_stack_that_is_stuck_is_an_error_with_its_mend() -> None:
    with pytest.raises(LocalError) as refusal:
        require_sound_stacks(Stacks(dns="CREATE_COMPLETE", fleet="UPDATE_ROLLBACK_FAILED"))

    assert refusal.value.args[0] == "slipway-local-fleet is UPDATE_ROLLBACK_FAILED"
    assert "cdk rollback -c env=local slipway-local-fleet" in refusal.value.next_step


def test_stacks_that_are_sound_are_passed_over() -> None:
    require_sound_stacks(Stacks(dns="CREATE_COMPLETE", fleet="UPDATE_ROLLBACK_COMPLETE"))
