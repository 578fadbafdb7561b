"""The words of CloudFormation; each was seen in a report of a user, or in the notes on what AWS answered."""

from __future__ import annotations

import pytest

from emulator.strict.properties import Violation
from emulator.strict.wording import before_deployment, while_deploying

CASES = [
    (
        Violation((), "additionalProperties", "TopicNam", False),
        "Unsupported property [TopicNam]",
        "#: extraneous key [TopicNam] is not permitted",
    ),
    (
        Violation((), "required", "PolicyDocument", ["PolicyDocument"]),
        "Required property [PolicyDocument] not found",
        "#: required key [PolicyDocument] not found",
    ),
    (
        Violation(("Role",), "type", ["a"], "string"),
        "Property [Role] expected type: String, found: JSONArray",
        "#/Role: expected type: String, found: JSONArray",
    ),
    (
        Violation(("Runtime",), "enum", "python1", ["python3.12", "python3.13"]),
        "python1 is not a valid enum value. Supported values: [python3.12, python3.13]",
        "#/Runtime: python1 is not a valid enum value",
    ),
    (
        Violation(("SamplingRule", "RuleName"), "maxLength", "x" * 33, 32),
        "#/SamplingRule/RuleName: expected maxLength: 32, actual: 33",
        "#/SamplingRule/RuleName: expected maxLength: 32, actual: 33",
    ),
    (
        Violation(("SourceArn",), "pattern", "nonsense", "^arn"),
        "#/SourceArn: failed validation constraint for keyword [pattern]",
        "#/SourceArn: failed validation constraint for keyword [pattern]",
    ),
    (
        Violation(("Names", 0), "uniqueItems", ["a", "a"], True),
        "#/Names/0: array items are not unique",
        "#/Names/0: array items are not unique",
    ),
    (
        Violation(("Share",), "minimum", -8.2, 0),
        "#/Share: -8.2 is not higher or equal to 0",
        "#/Share: -8.2 is not higher or equal to 0",
    ),
]


@pytest.mark.parametrize(("violation", "before", "while_"), CASES)
def test_words(violation: Violation, before: str, while_: str) -> None:
    assert before_deployment(violation) == before
    assert while_deploying("X", [violation]) == f"Properties validation failed for resource X with message:\n{while_}"


def test_several_faults_are_several_lines() -> None:
    text = while_deploying("X", [violation for violation, _, _ in CASES[:2]])

    assert text.splitlines()[1:] == [
        "#: extraneous key [TopicNam] is not permitted",
        "#: required key [PolicyDocument] not found",
    ]
