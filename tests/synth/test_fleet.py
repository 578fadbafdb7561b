"""The fleet stack: how instances start, how many there are, and who finds out that one does not work."""

from __future__ import annotations

import hashlib

import pytest

from config import load
from constructs_lib.user_data import boot_script
from contract.lifecycle import DRAINING_HOOK, LONGEST_START_SECONDS
from contract.proxy_settings import ProxySettings
from stacks.proxy_platform.fleet import proxy_settings
from tests.synth.assemblies import ALL_RULES, synthesise


def launch_template(template):
    return template.only("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]


def test_an_instance_starts_locked(production):
    data = launch_template(production("fleet"))

    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert "KeyName" not in data
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"] == {"DeleteOnTermination": True, "Encrypted": True, "VolumeSize": 12, "VolumeType": "gp3"}


def test_the_image_is_read_from_the_parameter_of_its_recipe_at_each_deployment(production):
    template = production("fleet")
    parameter = template.body["Parameters"][launch_template(template)["ImageId"]["Ref"]]

    assert parameter == {
        "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
        "Default": production("image").outputs()["ImageParameterName"],
    }


def test_user_data_names_the_deployment_and_the_group(local):
    settings = proxy_settings(load("local").proxy, environment="local", version="0.1.0")
    digest = hashlib.sha256(settings.to_json().encode()).hexdigest()[:16]
    script = boot_script(parameter_prefix="/slipway/local", group="slipway-local-proxy", digest=digest)

    assert launch_template(local("fleet"))["UserData"] == {"Fn::Base64": script}
    assert local("fleet").only("AWS::AutoScaling::AutoScalingGroup")["AutoScalingGroupName"] == "slipway-local-proxy"


def test_changed_settings_change_the_launch_template_so_that_instances_are_replaced(local, tmp_path):
    changed = synthesise("local", tmp_path, overrides=("proxy.fail_closed=true",), without=ALL_RULES).template("fleet")

    assert launch_template(changed)["UserData"] != launch_template(local("fleet"))["UserData"]


def test_an_alarm_rings_when_launches_come_to_nothing_and_not_when_a_batch_starts(production):
    """No target is unhealthy then: an instance that has not said that it serves is no target."""
    template = production("fleet")
    (alarm,) = [
        each for each in template.properties("AWS::CloudWatch::Alarm") if each["AlarmName"].endswith("-rollout-start")
    ]
    (hook,) = group_of(template)["Properties"]["LifecycleHookSpecificationList"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/AutoScaling", "GroupPendingInstances")
    # By its name: the group refers to the alarm, so that the alarm cannot refer to the group.
    name = template.only("AWS::AutoScaling::AutoScalingGroup")["AutoScalingGroupName"]
    assert alarm["Dimensions"] == [{"Name": "AutoScalingGroupName", "Value": name}]
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (7, 10)
    assert alarm["DatapointsToAlarm"] * 60 > max(int(hook["HeartbeatTimeout"]), LONGEST_START_SECONDS)


def test_new_instances_start_after_the_settings_that_they_read(local):
    (settings,) = (
        name
        for name, entry in local("fleet").resources("AWS::SSM::Parameter").items()
        if entry["Properties"]["Name"].endswith("/proxy/settings")
    )
    (group,) = local("fleet").resources("AWS::AutoScaling::AutoScalingGroup").values()

    assert settings in group["DependsOn"]


def attributes_of(entry, key="TargetGroupAttributes"):
    return {item["Key"]: item["Value"] for item in entry[key]}


def test_the_load_balancer_asks_the_health_application(production):
    group = production("fleet").only("AWS::ElasticLoadBalancingV2::TargetGroup")

    assert (group["Protocol"], group["Port"]) == ("TCP", 8080)
    assert (group["HealthCheckProtocol"], group["HealthCheckPort"], group["HealthCheckPath"]) == (
        "HTTP",
        "8081",
        "/info/health",
    )
    assert attributes_of(group) == {
        "deregistration_delay.timeout_seconds": "150",
        "preserve_client_ip.enabled": "true",
        "target_health_state.unhealthy.connection_termination.enabled": "false",
    }


def test_one_tcp_listener(production):
    listener = production("fleet").only("AWS::ElasticLoadBalancingV2::Listener")

    assert (listener["Protocol"], listener["Port"]) == ("TCP", 8080)


@pytest.mark.parametrize(("environment", "protected"), [("production", "true"), ("development", "false")])
def test_the_load_balancer_logs_and_is_protected_where_it_matters(environment, protected, assembly):
    balancer = assembly(environment).template("fleet").only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    attributes = attributes_of(balancer, "LoadBalancerAttributes")

    assert attributes["deletion_protection.enabled"] == protected
    assert attributes["access_logs.s3.enabled"] == "true"
    assert balancer["Type"] == "network"
    assert balancer["Scheme"] == "internal"


def test_a_load_balancer_elsewhere_shares_nothing_with_the_one_that_still_stands(production, local, tmp_path):
    on_internet = ("fleet.scheme=internet-facing", "proxy.authentication.required=true")
    public = synthesise("test", tmp_path, overrides=on_internet, without=ALL_RULES).template("fleet")
    in_private_subnets, in_public_subnets = production("fleet"), local("fleet")

    for kind in ("LoadBalancer", "TargetGroup", "Listener"):
        templates = (in_private_subnets, in_public_subnets, public)
        names = [set(each.resources(f"AWS::ElasticLoadBalancingV2::{kind}")) for each in templates]
        assert len(set.union(*names)) == sum(len(each) for each in names) == 3


def group_of(template):
    (found,) = template.resources("AWS::AutoScaling::AutoScalingGroup").values()
    return found


def test_the_group_has_its_name_and_replaces_what_fails(production):
    template = production("fleet")
    group = group_of(template)["Properties"]

    assert group["AutoScalingGroupName"] == "slipway-production-proxy"
    assert (group["MinSize"], group["MaxSize"]) == ("2", "10")
    assert group["HealthCheckType"] == "ELB"
    assert group["HealthCheckGracePeriod"] == 300
    assert len(group["VPCZoneIdentifier"]) == 2
    assert len(group["TargetGroupARNs"]) == 1
    assert "MixedInstancesPolicy" not in group


@pytest.mark.parametrize("environment", ["local", "development", "test", "staging", "production"])
def test_a_deployment_leaves_the_number_of_instances_to_scaling(environment, assembly):
    group = group_of(assembly(environment).template("fleet"))

    assert "DesiredCapacity" not in group["Properties"]


def test_the_group_follows_the_load_up_and_down_and_a_surge_at_once(production):
    policies = production("fleet").properties("AWS::AutoScaling::ScalingPolicy")
    (tracking,) = [policy for policy in policies if policy["PolicyType"] == "TargetTrackingScaling"]
    (surge,) = [policy for policy in policies if policy["PolicyType"] == "StepScaling"]

    assert tracking["TargetTrackingConfiguration"] == {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 55,
    }
    assert [step["ScalingAdjustment"] for step in surge["StepAdjustments"]] == [50, 100]
    assert {policy["EstimatedInstanceWarmup"] for policy in policies} == {180}


def test_a_group_of_one_size_has_nothing_to_scale(tmp_path):
    template = synthesise("test", tmp_path, overrides=("fleet.minimum=2,fleet.maximum=2",)).template("fleet")

    assert template.resources("AWS::AutoScaling::ScalingPolicy") == {}


def test_the_group_has_no_warm_up_that_would_go_before_its_grace_period(production):
    assert "DefaultInstanceWarmup" not in group_of(production("fleet"))["Properties"]
    refresh = group_of(production("fleet"))["UpdatePolicy"]["AutoScalingInstanceRefresh"]
    assert "InstanceWarmup" not in refresh["Preferences"]


@pytest.mark.parametrize(("environment", "baked"), [("production", 300), ("local", 0)])
def test_a_change_launches_new_instances_before_old_ones_go_and_an_alarm_undoes_it(environment, baked, assembly):
    template = assembly(environment).template("fleet")
    refresh = group_of(template)["UpdatePolicy"]["AutoScalingInstanceRefresh"]
    alarms = {
        entry["Properties"]["AlarmName"]: {"Ref": name}
        for name, entry in template.resources("AWS::CloudWatch::Alarm").items()
    }
    unhealthy, never = (alarms[f"slipway-{environment}-{name}"] for name in ("rollout", "rollout-start"))

    assert refresh == {
        "Strategy": "Rolling",
        "Preferences": {
            "MinHealthyPercentage": 100,
            "MaxHealthyPercentage": 150,
            "BakeTime": baked,
            "AlarmSpecification": {"Alarms": [unhealthy, never]},
            "ScaleInProtectedInstances": "Refresh",
            "StandbyInstances": "Ignore",
        },
    }


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_an_instance_that_never_serves_is_left_alone_for_long_enough_to_ring_the_alarm(environment, assembly):
    template = assembly(environment).template("fleet")
    (alarm,) = [
        each for each in template.properties("AWS::CloudWatch::Alarm") if each["AlarmName"].endswith("-rollout")
    ]
    checks = template.only("AWS::ElasticLoadBalancingV2::TargetGroup")
    until_unhealthy = checks["HealthCheckIntervalSeconds"] * checks["UnhealthyThresholdCount"]
    grace = group_of(template)["Properties"]["HealthCheckGracePeriod"]

    assert alarm["DatapointsToAlarm"] * alarm["Period"] <= grace - until_unhealthy


def test_an_instance_may_drain_before_it_ends(production):
    hook = production("fleet").only("AWS::AutoScaling::LifecycleHook")

    assert hook["LifecycleHookName"] == DRAINING_HOOK
    assert hook["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert (hook["DefaultResult"], hook["HeartbeatTimeout"]) == ("CONTINUE", 120)


EVERYTHING = (
    "fleet.listeners=[{port: 3128}, {port: 443, protocol: tls}, {port: 53, protocol: udp}]",
    "fleet.certificate_arn=arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "fleet.instance_types=[t4g.small, c7g.large]",
    "fleet.spot_percent=75",
    "fleet.on_demand_base=1",
    "fleet.desired=2",
    "fleet.cross_zone=false",
    "fleet.health_check.path=/alive",
    "fleet.scaling={surge_cpu_percent: null, network_mib_per_second: 40, warmup_seconds: 60}",
    "fleet.rollout={undo_on_alarm: true, alarms: [my-own-alarm], bake_minutes: 1}",
)


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """Return the assembly of an environment with every setting of the fleet set."""
    return synthesise("development", tmp_path_factory.mktemp("rich"), overrides=EVERYTHING)


def test_types_and_markets_are_mixed(rich):
    group = group_of(rich.template("fleet"))["Properties"]
    policy = group["MixedInstancesPolicy"]

    assert (group["CapacityRebalance"], "LaunchTemplate" in group) == (True, False)
    assert [each["InstanceType"] for each in policy["LaunchTemplate"]["Overrides"]] == ["t4g.small", "c7g.large"]
    assert policy["InstancesDistribution"] == {
        "OnDemandAllocationStrategy": "prioritized",
        "OnDemandBaseCapacity": 1,
        "OnDemandPercentageAboveBaseCapacity": 25,
        "SpotAllocationStrategy": "price-capacity-optimized",
    }
    assert group["DesiredCapacity"] == "2"


def test_each_protocol_has_its_targets_and_what_speaks_tcp_shares_them(rich):
    template = rich.template("fleet")
    listeners = {entry["Port"]: entry for entry in template.properties("AWS::ElasticLoadBalancingV2::Listener")}
    groups = template.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    used = {port: entry["DefaultActions"][0]["TargetGroupArn"]["Ref"] for port, entry in listeners.items()}

    assert {port: entry["Protocol"] for port, entry in listeners.items()} == {3128: "TCP", 443: "TLS", 53: "UDP"}
    assert listeners[443]["Certificates"][0]["CertificateArn"].startswith("arn:aws:acm:")
    assert listeners[443]["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2")
    assert used[3128] == used[443] != used[53]
    assert {groups[name]["Properties"]["Protocol"] for name in used.values()} == {"TCP", "UDP"}
    assert len(group_of(template)["Properties"]["TargetGroupARNs"]) == len(groups) == 2
    # Another port or protocol makes another group, which a name of ours would get in the way of.
    assert not any("Name" in entry["Properties"] for entry in groups.values())


def test_security_groups_open_what_the_listeners_need(rich):
    rules = rich.template("network").properties("AWS::EC2::SecurityGroup")
    opened = {
        (rule["IpProtocol"], rule["FromPort"]) for group in rules for rule in group.get("SecurityGroupIngress", [])
    }

    assert {("tcp", 3128), ("tcp", 443), ("udp", 53)} <= opened


def test_the_rest_of_what_can_be_set(rich):
    template = rich.template("fleet")
    policies = template.properties("AWS::AutoScaling::ScalingPolicy")
    targets = [policy["TargetTrackingConfiguration"] for policy in policies]
    refresh = group_of(template)["UpdatePolicy"]["AutoScalingInstanceRefresh"]["Preferences"]
    balancer = template.only("AWS::ElasticLoadBalancingV2::LoadBalancer")
    checks = template.properties("AWS::ElasticLoadBalancingV2::TargetGroup")

    assert {target["TargetValue"] for target in targets} == {55, 60 * 40 * 1024 * 1024}
    assert {policy["EstimatedInstanceWarmup"] for policy in policies} == {60}
    assert refresh["AlarmSpecification"]["Alarms"][2] == "my-own-alarm"
    assert attributes_of(balancer, "LoadBalancerAttributes")["load_balancing.cross_zone.enabled"] == "false"
    assert {check["HealthCheckPath"] for check in checks} == {"/alive"}


def test_a_fleet_whose_alarm_rings_can_be_repaired(tmp_path):
    template = synthesise(
        "test", tmp_path, overrides=("fleet.rollout.undo_on_alarm=false",), without=ALL_RULES
    ).template("fleet")

    assert "AlarmSpecification" not in group_of(template)["UpdatePolicy"]["AutoScalingInstanceRefresh"]["Preferences"]


def test_the_settings_that_instances_read(local):
    parameters = {item["Name"]: item["Value"] for item in local("fleet").properties("AWS::SSM::Parameter")}
    settings = ProxySettings.from_json(parameters["/slipway/local/proxy/settings"])

    assert settings == proxy_settings(load("local").proxy, environment="local", version="0.1.0")
    assert settings.allowed_destination_networks == ("127.0.0.0/8",)
    assert settings.allowed_destination_ports == (80, 443, 8000, 8443)
    assert settings.statistics_interval_seconds == 1.0


def test_what_other_stacks_read_of_the_load_balancer(production):
    published = {
        item["Name"]: item["Value"]
        for item in production("fleet").properties("AWS::SSM::Parameter")
        if "/fleet/" in item["Name"]
    }
    assert "Ref" in published.pop("/slipway/production/fleet/auto-scaling-group/name")
    attributes = {name: value["Fn::GetAtt"][1] for name, value in published.items()}

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
