"""The words for a template that is refused on its arrival; the findings are as cfn-lint gives them."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.strict.linter import Finding
from emulator.strict.refusals import refusal

PSEUDO = "'Nix' is not one of ['T', 'AWS::AccountId', 'AWS::Region']"
TEMPLATE: dict[str, Any] = {"Resources": {"T": {"Properties": {"A": {"Fn::GetAtt": ["U", "Nix"]}}}}}
ATTRIBUTE = ("Resources", "T", "Properties", "A", "Fn::GetAtt", 1)


@pytest.mark.parametrize(
    ("rule", "message", "path", "words"),
    [
        (
            "E1001",
            "Additional properties are not allowed ('Foo' was unexpected)",
            ("Foo",),
            "Invalid template property or properties [Foo]",
        ),
        (
            "E3001",
            "Additional properties are not allowed ('Typ' was unexpected. Did you mean 'Type'?)",
            ("Resources", "T", "Typ"),
            "Invalid template resource property 'Typ'",
        ),
        (
            "E3001",
            "'Type' is a required property",
            ("Resources", "T"),
            "Template format error: [/Resources/T] Every Resources object must contain a Type member.",
        ),
        (
            "E3001",
            "'T-1' does not match any of the regexes: '^[a-zA-Z0-9]+$'",
            ("Resources", "T-1"),
            "Template format error: Resource name T-1 is non alphanumeric.",
        ),
        (
            "E1020",
            PSEUDO,
            ("Resources", "T", "Properties", "A", "Ref"),
            "Template format error: Unresolved resource dependencies [Nix] in the Resources block of the template",
        ),
        (
            "E1019",
            PSEUDO,
            ("Resources", "T", "Properties", "A", "Fn::Sub"),
            "Template format error: Unresolved resource dependencies [Nix] in the Resources block of the template",
        ),
        (
            "E6101",
            PSEUDO,
            ("Outputs", "O", "Value", "Ref"),
            "Template format error: Unresolved resource dependencies [Nix] in the Outputs block of the template",
        ),
        (
            "E3015",
            "'Nix' is not one of []",
            ("Resources", "T", "Condition"),
            "Template format error: Unresolved condition dependency Nix in the Resources block of the template",
        ),
        (
            "E1010",
            "'Nix' is not one of ['T']",
            (*ATTRIBUTE[:-1], 0),
            "Template error: instance of Fn::GetAtt references undefined resource Nix",
        ),
        (
            "E1010",
            "'Nix' is not one of ['TopicArn']",
            ATTRIBUTE,
            "Template error: resource U does not support attribute type Nix in Fn::GetAtt",
        ),
        (
            "E1022",
            "expected minimum item count: 2, found: 1",
            ("Resources", "T", "Properties", "A", "Fn::Join"),
            "Template error: expected minimum item count: 2, found: 1 (at /Resources/T/Properties/A/Fn::Join)",
        ),
        ("E1002", "The template is too large", (), "Template error: The template is too large (at /)"),
    ],
)
def test_words(rule: str, message: str, path: tuple[str | int, ...], words: str) -> None:
    assert refusal([Finding(rule, message, path)], TEMPLATE) == words


def test_a_circle_is_told_once() -> None:
    found = [Finding("E3004", f"Circular Dependencies for resource {name}", ("Resources", name)) for name in "UT"]

    assert refusal(found, {}) == "Circular dependency between resources: [T, U]"


def test_nothing_is_told_twice_and_nothing_left_out() -> None:
    missing = Finding("E1020", PSEUDO, ("Resources", "T", "Properties", "A", "Ref"))
    other = Finding("E1001", "Additional properties are not allowed ('Foo' was unexpected)", ("Foo",))

    assert refusal([missing, missing, other], {}).count(";") == 1
