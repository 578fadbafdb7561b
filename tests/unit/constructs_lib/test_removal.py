"""What holds data stays where it should, but not after a creation that failed."""

from __future__ import annotations

import pytest
from aws_cdk import CfnResource

from constructs_lib.removal import removal_policy


@pytest.mark.parametrize(
    ("destroy", "on_delete", "on_replace"),
    [(True, "DELETE", "DELETE"), (False, "RETAIN_EXCEPT_ON_CREATE", "RETAIN")],
)
def test_what_becomes_of_a_resource(stack, destroy, on_delete, on_replace):
    resource = CfnResource(stack, "Resource", type="AWS::SNS::Topic")
    resource.apply_removal_policy(removal_policy(destroy=destroy))

    options = resource.cfn_options
    assert (options.deletion_policy.name, options.update_replace_policy.name) == (on_delete, on_replace)
