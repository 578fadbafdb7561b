"""What an API answers, in the shape that a template has."""

from __future__ import annotations

import json

from emulator.drift.shape import compared, filled, pascal, plain, rules, same_rule, statement


def test_keys_of_tags_keep_their_letters():
    assert pascal({"amiTags": {"a:b": "c"}, "ebs": [{"volumeSize": 8}]}) == {
        "AmiTags": {"a:b": "c"}, "Ebs": [{"VolumeSize": 8}],
    }  # fmt: skip


def test_whole_numbers_are_such_and_what_is_not_set_is_left_out():
    assert plain({"Threshold": 1.0, "Ratio": 0.5, "Unit": None, "Names": [2.0]}) == {
        "Threshold": 1, "Ratio": 0.5, "Names": [2],
    }  # fmt: skip


def test_rules_of_a_security_group_are_listed_one_by_one():
    permission = {
        "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "web"}, {"CidrIp": "192.168.0.0/16"}],
        "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "000000000000"}],
    }  # fmt: skip
    base = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    assert rules([permission], "Source") == [
        {**base, "CidrIp": "10.0.0.0/8", "Description": "web"},
        {**base, "CidrIp": "192.168.0.0/16"},
        {**base, "SourceSecurityGroupId": "sg-1"},
    ]


def test_rule_is_the_same_whatever_it_is_described_as():
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}
    assert same_rule({**rule, "FromPort": "80", "Description": "web", "GroupId": "sg-1"}, rule)
    assert not same_rule({**rule, "ToPort": 81}, rule)


def test_members_that_the_template_does_not_set_are_not_compared():
    template = {"LaunchTemplateId": "lt-1", "Version": "1"}
    assert compared(template, {**template, "LaunchTemplateName": "n"}) == template


def test_object_that_is_added_to_a_list_is_compared_whole():
    wanted = [{"Id": "a", "Status": "Enabled"}]
    added = {"Id": "b", "Status": "Disabled", "Prefix": "x"}
    assert compared(wanted, [{"Id": "a", "Status": "Enabled", "Prefix": ""}, added]) == [*wanted, added]


def test_of_attributes_only_those_of_the_template_count():
    actual = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert compared([{"Key": "b", "Value": "3"}], actual, "TargetGroupAttributes") == [actual[1]]


def test_policies_are_compared_whole():
    wanted = {"Statement": [{"Effect": "Allow"}]}
    actual = {"Statement": [{"Effect": "Allow", "Condition": {}}]}
    assert compared(wanted, actual, "KeyPolicy") == actual


def test_names_are_the_same_with_and_without_the_dot_of_the_root():
    assert compared("a.internal.", "a.internal", "Name") == "a.internal."


def test_parameters_are_filled_and_those_without_a_value_left_out():
    pattern = {"Ids": ["{id}"], "Arn": "arn:{region}:{id}", "Qualifier": "{Qualifier}"}
    assert filled(pattern, {"id": "x", "region": "r"}) == {"Ids": ["x"], "Arn": "arn:r:x"}


def test_permission_of_a_function_is_one_statement_of_its_policy():
    one = {"Sid": "s", "Action": "lambda:InvokeFunction", "Principal": {"Service": "sns.amazonaws.com"}}
    policy = json.dumps({"Statement": [{"Sid": "other"}, one]})
    assert statement(policy, "s") == {"Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    assert statement(policy, "none") is None
