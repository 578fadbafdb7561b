"""Which role a call hands on, in whatever protocol it comes."""

from __future__ import annotations

from emulator.rights.passing import parameters, passed_by

ROLE = "arn:aws:iam::000000000000:role/r"


def test_role_of_a_json_call():
    call = parameters(b'{"FunctionName": "f", "Role": "%s"}' % ROLE.encode(), {})
    assert passed_by("lambda:CreateFunction", call) == [(ROLE, "lambda.amazonaws.com")]


def test_roles_of_each_target():
    call = {"Targets": [{"RoleArn": "a"}, {"Id": "2"}, {"RoleArn": "b"}]}
    assert [role for role, _ in passed_by("events:PutTargets", call)] == ["a", "b"]


def test_parameters_of_a_form_are_nested_at_their_dots():
    body = (
        b"Action=RunInstances&IamInstanceProfile.Name=p&LaunchTemplate.LaunchTemplateId=lt-1&LaunchTemplate.Version=2"
    )
    assert passed_by("ec2:RunInstances", parameters(body, {})) == [
        ({"Name": "p"}, "ec2.amazonaws.com"),
        ({"LaunchTemplateId": "lt-1", "Version": "2"}, "ec2.amazonaws.com"),
    ]


def test_call_without_a_role_hands_none_on():
    assert passed_by("cloudformation:CreateStack", parameters(b"StackName=s", {})) == []
    assert passed_by("cloudformation:DescribeStacks", {"RoleARN": ROLE}) == []


def test_body_that_is_no_json_has_no_parameters():
    assert parameters(b"{broken", {}) == {}
    assert parameters(b"{}", {}) == {}


def test_parameter_that_is_both_value_and_branch_is_no_crash():
    assert parameters(b"a=1&a.b=2", {}) == {"a": "1"}
