"""What a dashboard is made of."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

HALF = 12
WHOLE = 24
"""Widths, in twenty-fourths of the dashboard."""


def graph(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    *,
    width: int = HALF,
    limit: float | None = None,
    stacked: bool = False,
) -> cloudwatch.GraphWidget:
    """Return a graph of metrics over time.

    :param limit: where an alarm goes off, drawn as a line.
    """
    lines = [] if limit is None else [cloudwatch.HorizontalAnnotation(value=limit, label="alarm")]
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), left_annotations=lines, width=width, height=6, stacked=stacked
    )


def log_table(
    title: str, log_groups: Sequence[str], query: Sequence[str], *, width: int = HALF
) -> cloudwatch.LogQueryWidget:
    """Return a table of what a query finds in logs.

    :param query: commands of Logs Insights, one after another.
    """
    return cloudwatch.LogQueryWidget(
        title=title,
        log_group_names=list(log_groups),
        query_lines=list(query),
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=width,
        height=6,
    )


def states(title: str, alarms: Sequence[cloudwatch.IAlarm]) -> cloudwatch.AlarmStatusWidget:
    """Return the states of alarms, the bad ones first."""
    return cloudwatch.AlarmStatusWidget(
        title=title,
        alarms=list(alarms),
        width=WHOLE,
        height=4,
        sort_by=cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
    )


def heading(markdown: str) -> cloudwatch.TextWidget:
    """Return a line of text over the widgets that follow."""
    return cloudwatch.TextWidget(markdown=f"## {markdown}", width=WHOLE, height=1)
