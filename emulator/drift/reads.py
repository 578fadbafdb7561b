"""By resource type, the calls of its service that tell how it is, as CloudFormation's own read handlers make them.

What a call answers becomes properties by JMESPath expressions; where the resource itself is not found it is gone.
Beside JMESPath's own functions there are those of :mod:`emulator.drift.shape`.

Source: the read handlers of the CloudFormation registry. Types without one (`AWS::IAM::Policy`,
`AWS::SNS::TopicPolicy`, custom resources) have no drift detection on AWS either, and write-only properties, such as the
data of a launch template, are not compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.drift import computing, keeping, network
from emulator.drift.calls import Read

READS: Mapping[str, tuple[Read, ...]] = {**network.READS, **computing.READS, **keeping.READS}

NOT_READABLE: Mapping[str, str] = {
    "AWS::IAM::Policy": "has no read handler in the registry",
    "AWS::SNS::TopicPolicy": "has no read handler in the registry",
}
"""Types of our stacks that have no drift detection on AWS either, and why."""
