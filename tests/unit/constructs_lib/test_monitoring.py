"""Alarms look at one metric each and tell one topic."""

from __future__ import annotations

from constructs_lib.monitoring import Alarms, AlarmTopic, balancer_metric, function_metric, graph


def topic_in(stack, email=None):
    return AlarmTopic(stack, "Topic", name="alarms", email=email, destroy=True)


def test_an_alarm(stack, template):
    alarms = Alarms(stack, "Alarms", prefix="mine", topic=topic_in(stack).topic, minutes=7)
    alarms.add(
        "Errors", name="errors", metric=function_metric("f", "Errors"), threshold=3, severity="high", todo="look at it"
    )

    (alarm,) = template("AWS::CloudWatch::Alarm")
    assert alarm["AlarmName"] == "mine-errors"
    assert alarm["AlarmDescription"] == "severity: high. look at it"
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 7, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": "f"}]
    assert (alarm["Namespace"], alarm["Statistic"], alarm["Period"]) == ("AWS/Lambda", "Sum", 60)


def test_mail_is_sent_to_whom_it_should(stack, template):
    topic_in(stack, "someone@example.org")

    (subscription,) = template("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "someone@example.org")


def test_the_topic_refuses_what_is_not_encrypted(stack, template):
    topic_in(stack)

    (policy,) = template("AWS::SNS::TopicPolicy")
    (refusal,) = (item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Deny")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert template("AWS::KMS::Key")[0]["PendingWindowInDays"] == 7


def test_alarms_of_this_account_may_publish(stack, template):
    topic_in(stack)

    (policy,) = template("AWS::SNS::TopicPolicy")
    (permission,) = (item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Allow")
    assert permission["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert permission["Action"] == "sns:Publish"
    assert permission["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_metrics_of_a_load_balancer_have_its_dimensions():
    of_balancer = balancer_metric("net/balancer/1", "NewFlowCount", statistic="Sum")
    of_targets = balancer_metric(
        "net/balancer/1", "UnHealthyHostCount", target_group="targetgroup/targets/2", statistic="Maximum"
    )

    assert of_balancer.dimensions == {"LoadBalancer": "net/balancer/1"}
    assert of_targets.dimensions == {"LoadBalancer": "net/balancer/1", "TargetGroup": "targetgroup/targets/2"}
    assert (of_targets.namespace, of_targets.statistic) == ("AWS/NetworkELB", "Maximum")


def test_a_graph_is_as_wide_as_it_should_be():
    widget = graph("Errors", [function_metric("f", "Errors")], width=12)

    assert (widget.width, widget.height) == (12, 6)
