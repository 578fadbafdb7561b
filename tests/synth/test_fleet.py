"""The fleet stack: how instances start, how many there are, and who finds out that one does not work."""

from __future__ import annotations

import subprocess

import pytest

from config import load
from contract.proxy_settings import ProxySettings
from stacks.proxy_platform.fleet import proxy_settings, user_data
from tests.synth.assemblies import synthesise


def launch_template(template):
    return template.only("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]


def test_an_instance_starts_locked(production):
    data = launch_template(production("fleet"))

    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert "KeyName" not in data
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"] == {"DeleteOnTermination": True, "Encrypted": True, "VolumeSize": 12, "VolumeType": "gp3"}


def test_the_image_is_read_from_its_parameter_at_each_deployment(production):
    template = production("fleet")
    parameter = template.body["Parameters"][launch_template(template)["ImageId"]["Ref"]]

    assert parameter == {
        "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        "Default": "/slipway/production/image/ami-id",
    }


def test_user_data_only_boots(local):
    settings = proxy_settings(load("local").proxy, environment="local", version="0.1.0")

    assert launch_template(local("fleet"))["UserData"] == {"Fn::Base64": user_data("/slipway/local", settings)}


def test_changed_settings_change_the_launch_template_so_that_instances_are_replaced(local, tmp_path):
    changed = synthesise("local", tmp_path, overrides=("proxy.fail_closed=true",)).template("fleet")

    assert launch_template(changed)["UserData"] != launch_template(local("fleet"))["UserData"]


def test_new_instances_start_after_the_settings_that_they_read(local):
    (settings,) = (
        name
        for name, entry in local("fleet").resources("AWS::SSM::Parameter").items()
        if entry["Properties"]["Name"].endswith("/proxy/settings")
    )
    (group,) = local("fleet").resources("AWS::AutoScaling::AutoScalingGroup").values()

    assert settings in group["DependsOn"]


def test_user_data_runs_in_a_plain_shell(tmp_path):
    boot = tmp_path / "slipway-boot"
    boot.write_text('#!/bin/sh\necho "$@"\n')
    boot.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    script = user_data("/a/b", proxy_settings(load("local").proxy, environment="local", version="1"))

    result = subprocess.run(["/bin/sh", "-c", script], env=environment, capture_output=True, text=True)

    assert (result.returncode, result.stdout) == (0, "--parameter-prefix /a/b\n"), result.stderr


def test_the_load_balancer_asks_the_health_application(production):
    group = production("fleet").only("AWS::ElasticLoadBalancingV2::TargetGroup")

    assert (group["Protocol"], group["Port"]) == ("TCP", 8080)
    assert (group["HealthCheckProtocol"], group["HealthCheckPort"], group["HealthCheckPath"]) == (
        "HTTP",
        "8081",
        "/info/health",
    )
    attributes = {item["Key"]: item["Value"] for item in group["TargetGroupAttributes"]}
    assert attributes == {
        "deregistration_delay.timeout_seconds": "150",
        "target_health_state.unhealthy.connection_termination.enabled": "false",
    }


def test_one_tcp_listener(production):
    listener = production("fleet").only("AWS::ElasticLoadBalancingV2::Listener")

    assert (listener["Protocol"], listener["Port"]) == ("TCP", 8080)


@pytest.mark.parametrize(("environment", "protected"), [("production", "true"), ("development", "false")])
def test_the_load_balancer_logs_and_is_protected_where_it_matters(environment, protected, assembly):
    balancer = assembly(environment).template("fleet").only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = {item["Key"]: item["Value"] for item in balancer["LoadBalancerAttributes"]}

    assert attributes["deletion_protection.enabled"] == protected
    assert attributes["access_logs.s3.enabled"] == "true"
    assert balancer["Type"] == "network"
    assert balancer["Scheme"] == "internal"


def test_the_group_follows_the_load_and_replaces_what_fails(production):
    template = production("fleet")
    group = template.only("AWS::AutoScaling::AutoScalingGroup")
    policy = template.only("AWS::AutoScaling::ScalingPolicy")["TargetTrackingConfiguration"]

    assert (group["MinSize"], group["DesiredCapacity"], group["MaxSize"]) == ("2", "2", "10")
    assert group["HealthCheckType"] == "ELB"
    assert group["HealthCheckGracePeriod"] == 300
    assert len(group["VPCZoneIdentifier"]) == 2
    assert len(group["TargetGroupARNs"]) == 1
    assert policy["PredefinedMetricSpecification"] == {"PredefinedMetricType": "ASGAverageCPUUtilization"}
    assert policy["TargetValue"] == 55


@pytest.mark.parametrize(("environment", "in_service"), [("production", 2), ("local", 1)])
def test_a_change_replaces_one_instance_after_the_other(environment, in_service, assembly):
    (group,) = assembly(environment).template("fleet").resources("AWS::AutoScaling::AutoScalingGroup").values()
    update = group["UpdatePolicy"]["AutoScalingRollingUpdate"]

    assert (update["MaxBatchSize"], update["MinInstancesInService"]) == (1, in_service)
    assert in_service < int(group["Properties"]["MaxSize"])


def test_the_settings_that_instances_read(local):
    parameters = {item["Name"]: item["Value"] for item in local("fleet").properties("AWS::SSM::Parameter")}
    settings = ProxySettings.from_json(parameters["/slipway/local/proxy/settings"])

    assert settings == proxy_settings(load("local").proxy, environment="local", version="0.1.0")
    assert settings.allowed_destination_networks == ("127.0.0.0/8",)
    assert settings.allowed_destination_ports == (80, 443, 8000, 8443)
    assert settings.statistics_interval_seconds == 1.0


def test_what_other_stacks_read_of_the_load_balancer(production):
    attributes = {
        item["Name"]: item["Value"]["Fn::GetAtt"][1]
        for item in production("fleet").properties("AWS::SSM::Parameter")
        if "/fleet/" in item["Name"]
    }

    assert attributes == {
        "/slipway/production/fleet/load-balancer/dns-name": "DNSName",
        "/slipway/production/fleet/load-balancer/zone-id": "CanonicalHostedZoneID",
        "/slipway/production/fleet/load-balancer/full-name": "LoadBalancerFullName",
        "/slipway/production/fleet/target-group/full-name": "TargetGroupFullName",
    }


def test_nothing_is_exported_so_that_load_balancer_and_targets_can_be_replaced(production):
    outputs = production("fleet").body["Outputs"].values()

    assert [output for output in outputs if "Export" in output] == []


def test_what_it_tells(production):
    assert set(production("fleet").outputs()) == {"LoadBalancerDnsName", "TargetGroupArn", "AutoScalingGroupName"}
