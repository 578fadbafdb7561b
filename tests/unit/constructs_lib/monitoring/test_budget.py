"""The budget counts one deployment and tells the topic."""

from __future__ import annotations

from constructs_lib.monitoring import MonthlyBudget


def test_a_budget(stack, template):
    MonthlyBudget(stack, "Budget", name="mine", usd=120, tag=("owner", "me"), topic_arn="arn:aws:sns:::alarms")

    (properties,) = template("AWS::Budgets::Budget")
    budget = properties["Budget"]
    assert budget["BudgetLimit"] == {"Amount": 120, "Unit": "USD"}
    assert (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")
    assert budget["CostFilters"] == {"TagKeyValue": ["user:owner$me"]}
    assert budget["BudgetName"].startswith("mine-")


def test_somebody_is_told_before_it_is_spent_and_when_it_will_be(stack, template):
    MonthlyBudget(stack, "Budget", name="mine", usd=120, tag=("owner", "me"), topic_arn="arn:aws:sns:::alarms")

    (properties,) = template("AWS::Budgets::Budget")
    told = [
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in properties["NotificationsWithSubscribers"]
    ]
    assert told == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    for each in properties["NotificationsWithSubscribers"]:
        assert each["Subscribers"] == [{"SubscriptionType": "SNS", "Address": "arn:aws:sns:::alarms"}]
