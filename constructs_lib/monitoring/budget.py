"""A bound on what a deployment costs in a month, and who is told when it is reached."""

import hashlib

from aws_cdk import aws_budgets as budgets
from constructs import Construct

ACTUAL_PERCENT = (80, 100)
FORECAST_PERCENT = (100,)


class MonthlyBudget(Construct):
    """A budget over everything that carries a tag.

    AWS Budgets sees a tag only once it is activated as a cost allocation tag in the paying account, by hand; until then
    the budget stays at zero. Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html

    :param name: beginning of its name, unique within the account.
    :param usd: US dollars in a month.
    :param tag: key and value that what it counts carries.
    :param topic_arn: whom it tells.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, usd: int, tag: tuple[str, str], topic_arn: str
    ) -> None:
        super().__init__(scope, construct_id)
        budget = budgets.CfnBudget
        notifications = [
            budget.NotificationWithSubscribersProperty(
                notification=budget.NotificationProperty(
                    comparison_operator="GREATER_THAN", notification_type=kind, threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[budget.SubscriberProperty(subscription_type="SNS", address=topic_arn)],
            )
            for kind, percents in (("ACTUAL", ACTUAL_PERCENT), ("FORECASTED", FORECAST_PERCENT))
            for percent in percents
        ]  # fmt: skip
        # CloudFormation can only replace the notifications together with the budget, and two cannot have one name.
        digest = hashlib.sha256(repr((ACTUAL_PERCENT, FORECAST_PERCENT)).encode()).hexdigest()[:6]
        budget(
            self,
            "Budget",
            budget=budget.BudgetDataProperty(
                budget_name=f"{name}-{digest}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budget.SpendProperty(amount=usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:{tag[0]}${tag[1]}"]},
            ),
            notifications_with_subscribers=notifications,
        )
