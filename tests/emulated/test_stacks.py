"""Stacks that were in progress when the emulator was killed."""

from __future__ import annotations

import json
import signal

import pytest

from emulator.processes import wait_until_gone
from tests.emulated.conftest import Stack
from tests.emulated.test_persistence import client_of, own, process_of, wait_for_save

__all__ = ["own"]

# Nobody ever signals this handle, so the stack waits for as long as it may.
WAITING = {
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "made-before"}},
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": ["Topic"]},
    "Wait": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": ["Topic"],
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": 1},
    },
}


@pytest.mark.behaviour(
    "CloudFormation", "a stack that the end of the emulator interrupted is not in progress for ever", aws=False
)
def test_interrupted_stack_is_not_in_progress_for_ever_and_can_be_deleted(own):
    cloudformation = client_of(own, "cloudformation")
    cloudformation.create_stack(StackName="interrupted", TemplateBody=json.dumps({"Resources": WAITING}))
    wait_for_save(own, "CREATE_IN_PROGRESS")
    process = process_of(own)
    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)

    own.start()

    stack = Stack("interrupted", cloudformation)
    assert stack.status() == "ROLLBACK_FAILED"
    assert stack.delete() in (None, "DELETE_COMPLETE")
    assert client_of(own, "sns").list_topics()["Topics"] == []
