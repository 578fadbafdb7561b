"""Stack policies, as the user guide of CloudFormation describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.strict.stack_policy import Action, refusal

ALLOW_ALL = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def decide(*statements: dict[str, Any], action: Action = "Update:Modify", name: str = "Data") -> str | None:
    return refusal(json.dumps({"Statement": list(statements)}), action, name, "AWS::DynamoDB::Table")


def deny(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*", **elements}


def test_without_a_policy_all_may_change() -> None:
    assert refusal("", "Update:Delete", "Data", "AWS::DynamoDB::Table") is None


def test_with_a_policy_only_what_it_allows_may_change() -> None:
    allowed = {**ALLOW_ALL, "Resource": "LogicalResourceId/Other"}

    assert decide(allowed, name="Other") is None
    assert decide(allowed) == "Action not allowed by stack policy"


def test_a_denial_wins_and_tells_its_statement() -> None:
    assert decide(ALLOW_ALL, deny(Resource="LogicalResourceId/Da*")) == (
        "Action denied by stack policy: "
        "Statement [#2] does not allow [Update:Modify] for resource [LogicalResourceId/Data];"
    )


@pytest.mark.parametrize(
    ("statement", "is_refused"),
    [
        (deny(Action=["Update:Replace", "Update:Delete"]), True),
        (deny(Action="Update:Modify"), False),
        ({"Effect": "Deny", "NotAction": "Update:Modify", "Principal": "*", "Resource": "*"}, True),
        ({"Effect": "Deny", "Action": "Update:*", "Principal": "*", "NotResource": "LogicalResourceId/Data"}, False),
        (deny(Condition={"StringEquals": {"ResourceType": ["AWS::DynamoDB::Table"]}}), True),
        (deny(Condition={"StringEquals": {"ResourceType": ["AWS::S3::Bucket"]}}), False),
        (deny(Condition={"StringLike": {"ResourceType": "AWS::DynamoDB::*"}}), True),
    ],
)
def test_statements_are_about_actions_resources_and_types(statement: dict[str, Any], is_refused: bool) -> None:
    assert (decide(ALLOW_ALL, statement, action="Update:Replace") is not None) is is_refused
