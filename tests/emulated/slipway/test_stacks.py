"""What a stack puts out, and whose credentials these are."""

from __future__ import annotations

import boto3

from contract import outputs
from slipway.adapters.stacks import Stacks
from tests.emulated.slipway.workshop import HOME


def test_outputs_are_read_and_the_absence_of_a_stack_is_no_error(workshop, account):
    stacks = Stacks(boto3.Session(), HOME)

    assert stacks.outputs(HOME, workshop.stack.name)[outputs.IMAGE_VERSION] == "1.0.0"
    assert stacks.outputs(HOME, "none") is None
    assert stacks.account() == account
