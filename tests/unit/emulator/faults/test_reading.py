"""From what a user asks for to a rule: what is understood, and how mistakes are named."""

from __future__ import annotations

import pytest

from emulator.faults.catalogue import BY_NAME
from emulator.faults.reading import Known, RuleError, read_rule
from emulator.faults.rules import Effect, Rule, Target, When

KNOWN = Known(
    services={"lambda": "lambda", "cloudwatch": "monitoring", "monitoring": "monitoring"},
    actions=lambda service: {"lambda": ["CreateFunction", "DeleteFunction", "Invoke"]}.get(service, []),
    types=["AWS::EC2::NatGateway", "AWS::Lambda::Function"],
)


def test_everything_said_is_in_the_rule() -> None:
    rule = read_rule(
        {
            "fault": "throttle", "service": "lambda", "action": "Create*", "resource": "render", "stack": "web",
            "type": "AWS::Lambda::*", "nth": "2", "times": "3", "probability": "0.5", "seed": "9", "after": "1.5",
            "lasting": 60, "code": "Busy", "status": "503", "message": "later",
        },
        KNOWN,
    )  # fmt: skip

    assert rule == Rule(
        BY_NAME["throttle"],
        Target("lambda", "Create*", "render", "web", "AWS::Lambda::*"),
        When(2, 3, 0.5, 9, 1.5, 60.0),
        Effect("Busy", 503, "later"),
    )


def test_a_service_may_be_called_as_boto3_calls_it() -> None:
    assert read_rule({"fault": "throttle", "service": "cloudwatch"}, KNOWN).target == Target(service="monitoring")


@pytest.mark.parametrize(
    "code", ["AWS.SimpleQueueService.NonExistentQueue", "KMS.NotFoundException", "SlowDown", "503"]
)
def test_codes_of_aws_are_understood(code: str) -> None:
    assert read_rule({"fault": "error", "code": code}, KNOWN).effect.code == code


def test_custom_types_are_called_as_their_templates_call_them() -> None:
    assert read_rule({"fault": "fail-create", "type": "Custom::Mine"}, KNOWN).target.type == "Custom::Mine"


@pytest.mark.parametrize(
    ("asked", "times"),
    [
        ({"fault": "throttle"}, None),
        ({"fault": "throttle", "nth": 3}, 1),
        ({"fault": "throttle", "nth": 3, "times": 2}, 2),
        ({"fault": "vanish"}, 1),
        ({"fault": "vanish", "times": None}, 1),
    ],
)
def test_how_often_it_strikes_when_that_is_not_said(asked: dict[str, object], times: int | None) -> None:
    assert read_rule(asked, KNOWN).when.times == times


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"fault": "throtle"}, ["no fault 'throtle'", "did you mean 'throttle'?", "lost-response", "faults names"]),
        ({}, ["no fault ''", "throttle"]),
        ({"fault": "deny", "service": "lamda"}, ["no service 'lamda'", "did you mean 'lambda'?", "cloudwatch"]),
        (
            {"fault": "deny", "service": "lambda", "action": "createfunction"},
            ["no action of lambda 'createfunction'", "did you mean 'CreateFunction'?", "Invoke"],
        ),
        ({"fault": "deny", "action": "Invoke"}, ["say --service with --action Invoke"]),
        (
            {"fault": "fail-create", "type": "AWS::EC2::NatGatway"},
            ["no resource type 'AWS::EC2::NatGatway'", "did you mean 'AWS::EC2::NatGateway'?", "AWS::Lambda::Function"],
        ),
        ({"fault": "deny", "tims": 2}, ["no setting 'tims'", "did you mean 'times'?"]),
        ({"fault": "throttle", "seconds": 2}, ["throttle has no setting 'seconds'", "code, status, message"]),
        ({"fault": "vanish", "code": "x"}, ["vanish has no setting 'code'", "it takes none of"]),
        ({"fault": "deny", "times": "twice"}, ["times is 'twice'", "a whole number of at least 1"]),
        ({"fault": "deny", "times": 0}, ["times is 0", "of at least 1"]),
        ({"fault": "deny", "probability": "1.5"}, ["probability is '1.5'", "of at least 0 and of at most 1"]),
        ({"fault": "delay", "seconds": "nan"}, ["seconds is 'nan'", "a number of at least 0"]),
        ({"fault": "delay", "seconds": "inf"}, ["seconds is 'inf'", "of at most 604800"]),
        ({"fault": ["deny"]}, ["fault is ['deny'], but must be a text"]),
        ({"fault": "error", "code": ["x"]}, ["code is ['x'], but must be an error code"]),
        ({"fault": "error", "code": "a b\r\nX: y"}, ["code is 'a b\\r\\nX: y'", "letters, digits, dots"]),
        ({"fault": "error", "code": ""}, ["code is ''", "must be an error code"]),
        ({"fault": "error", "code": "a" * 129}, ["128 at most"]),
        ({"fault": "error", "status": True}, ["status is True", "a whole number"]),
        ({"fault": "error", "status": 200}, ["status is 200", "of at least 400 and of at most 599"]),
        ({"fault": "function-crash", "service": "lambda"}, ["function-crash is about functions", "--resource"]),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(asked: dict[str, object], named: list[str]) -> None:
    with pytest.raises(RuleError) as raised:
        read_rule(asked, KNOWN)

    assert [words for words in named if words not in str(raised.value)] == []


def test_a_long_list_of_names_is_cut_to_the_nearest() -> None:
    many = Known({"ec2": "ec2"}, lambda _service: [f"Describe{number}" for number in range(300)], [])

    with pytest.raises(RuleError, match=r"did you mean 'Describe\d+'.*\(300 in all\)$") as raised:
        read_rule({"fault": "deny", "service": "ec2", "action": "Describ7"}, many)

    assert len(str(raised.value)) < 1000
