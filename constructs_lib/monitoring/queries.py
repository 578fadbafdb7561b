"""Questions to the logs that somebody asks when something goes wrong, kept where the console offers them."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_logs as logs
from constructs import Construct


@dataclass(frozen=True)
class Question:
    """What to ask.

    :param name: what it is called in the list of saved queries; a `/` makes a folder.
    :param log_groups: whom to ask.
    :param commands: of Logs Insights, one after another. Syntax:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
    """

    name: str
    log_groups: Sequence[str]
    commands: Sequence[str]


class SavedQuery(Construct):
    """A saved query of Logs Insights."""

    def __init__(self, scope: Construct, construct_id: str, *, question: Question) -> None:
        super().__init__(scope, construct_id)
        logs.CfnQueryDefinition(
            self,
            "Query",
            name=question.name,
            log_group_names=list(question.log_groups),
            query_string="\n| ".join(question.commands),
        )
