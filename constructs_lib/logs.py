"""Log groups that belong to a stack, so that none is left behind by what wrote into it."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.policy.findings import acknowledge, in_standards
from constructs_lib.removal import removal_policy


class OwnedLogGroup(logs.LogGroup):
    """A log group with a bounded retention.

    :param retention_days: age, in days, that entries reach at least before they are deleted.
    :param destroy: delete the group with its stack; else keep it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_group_name: str,
        retention_days: int,
        destroy: bool,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=log_group_name,
            retention=retention(retention_days),
            removal_policy=removal_policy(destroy=destroy),
        )
        acknowledge(
            self,
            *in_standards("CloudWatchLogGroupEncrypted"),
            reason="CloudWatch encrypts every log with keys of its own; what people read is never logged, and a key "
            "of ours would be one more thing whose loss makes all logs unreadable",
        )


def retention(days: int) -> logs.RetentionDays:
    """Return the shortest retention that CloudWatch Logs offers and that is not shorter than this.

    :param days: 1 to 3650.
    """
    offered = sorted(RETENTIONS)
    return RETENTIONS[next(limit for limit in offered if limit >= days)]


RETENTIONS = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    400: logs.RetentionDays.THIRTEEN_MONTHS,
    545: logs.RetentionDays.EIGHTEEN_MONTHS,
    731: logs.RetentionDays.TWO_YEARS,
    1096: logs.RetentionDays.THREE_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    2192: logs.RetentionDays.SIX_YEARS,
    2557: logs.RetentionDays.SEVEN_YEARS,
    2922: logs.RetentionDays.EIGHT_YEARS,
    3288: logs.RetentionDays.NINE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}
