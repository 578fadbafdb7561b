"""A queue that gets events of the event bus, for tests that ask what the bus hears."""

from __future__ import annotations

from typing import Any


def queue_of_events(pattern: dict[str, Any]) -> dict[str, Any]:
    """Return resources: `Queue`, the rule that fills it with the events of a pattern, and the policy that allows it."""
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    statement = {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn,
    }  # fmt: skip
    return {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventPattern": pattern, "Targets": [{"Id": "queue", "Arn": arn}]},
        },
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            },
        },
    }
