"""Settings that templates make and that the API of their service then tells."""

from __future__ import annotations

import pytest

TAGS = [{"Key": "slipway:test", "Value": "dropped"}]
BODY = '{"widgets":[]}'


@pytest.mark.behaviour("CloudWatch", "a dashboard from a template has its tags, and those of its stack")
def test_dashboard_has_its_tags(stack, client, account):
    dashboard = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": BODY, "Tags": TAGS}}
    name = stack.put({"Dashboard": dashboard}, {"Name": {"Ref": "Dashboard"}})["Name"]
    cloudwatch, arn = client("cloudwatch"), f"arn:aws:cloudwatch::{account}:dashboard/{name}"

    assert {"Key": "slipway:test", "Value": "dropped"} in cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]


@pytest.mark.behaviour("SNS", "a topic from a template is encrypted with the key that it names, until it names none")
def test_topic_has_its_key(stack, client):
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns"}}
    arn = stack.put({"Topic": topic}, {"Arn": {"Ref": "Topic"}})["Arn"]
    sns = client("sns")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["KmsMasterKeyId"] == "alias/aws/sns"

    topic["Properties"] = {"DisplayName": "open"}
    stack.put({"Topic": topic})
    assert not sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId")


@pytest.mark.behaviour("EC2", "a flow log tells the log group it writes to and the role it writes with")
def test_flow_log_tells_where_it_delivers(stack, client):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.98.0.0/16"}},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "FlowLog": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {
                "ResourceId": {"Ref": "Vpc"}, "ResourceType": "VPC", "TrafficType": "REJECT",
                "LogGroupName": {"Ref": "Logs"}, "DeliverLogsPermissionArn": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    }  # fmt: skip
    made = stack.put(resources, {"Logs": {"Ref": "Logs"}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}})

    (found,) = client("ec2").describe_flow_logs(FlowLogIds=[stack.physical_id("FlowLog")])["FlowLogs"]
    assert found["LogGroupName"] == made["Logs"]
    assert found["DeliverLogsPermissionArn"] == made["Role"]


@pytest.mark.behaviour("Auto Scaling", "a group tells which of its metrics are collected: all, if it names none")
def test_group_tells_its_metrics(stack, client):
    image = client("ssm").get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
    data = {"ImageId": image["Parameter"]["Value"], "InstanceType": "t3.nano"}
    resources = {
        "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}},
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "MinSize": "0", "MaxSize": "0", "AvailabilityZones": {"Fn::GetAZs": ""},
                "LaunchTemplate": {
                    "LaunchTemplateId": {"Ref": "Template"},
                    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
                },
                "MetricsCollection": [{"Granularity": "1Minute"}],
            },
        },
    }  # fmt: skip
    stack.put(resources)

    groups = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[stack.physical_id("Group")])
    enabled = groups["AutoScalingGroups"][0]["EnabledMetrics"]
    assert {"Metric": "GroupInServiceInstances", "Granularity": "1Minute"} in enabled
