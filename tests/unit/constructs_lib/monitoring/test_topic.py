"""Alarms and budgets reach the topic, and whoever is named hears of them."""

from __future__ import annotations

from constructs_lib.monitoring import AlarmTopic


def topic_in(stack, **who):
    return AlarmTopic(stack, "Topic", name="alarms", destroy=True, **who)


def test_whoever_should_be_told_is(stack, template):
    topic_in(stack, emails=["someone@example.org"], urls=["https://example.org/alarms"])

    told = {(each["Protocol"], each["Endpoint"]) for each in template("AWS::SNS::Subscription")}
    assert told == {("email", "someone@example.org"), ("https", "https://example.org/alarms")}


def test_the_topic_refuses_what_is_not_encrypted(stack, template):
    topic_in(stack)

    (policy,) = template("AWS::SNS::TopicPolicy")
    (refusal,) = (item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Deny")
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert template("AWS::KMS::Key")[0]["PendingWindowInDays"] == 7


def test_alarms_and_budgets_of_this_account_may_publish_and_use_the_key(stack, template):
    topic_in(stack)

    (policy,) = template("AWS::SNS::TopicPolicy")
    (key,) = template("AWS::KMS::Key")
    may_publish = [item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Allow"]
    may_encrypt = [item for item in key["KeyPolicy"]["Statement"] if "Service" in item["Principal"]]
    for statements, actions in ((may_publish, "sns:Publish"), (may_encrypt, ["kms:Decrypt", "kms:GenerateDataKey*"])):
        # The CDK makes one statement of those that say the same.
        found = [statement["Principal"]["Service"] for statement in statements]
        services = {name for each in found for name in ([each] if isinstance(each, str) else each)}
        assert services == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}
        for statement in statements:
            assert statement["Action"] == actions
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
