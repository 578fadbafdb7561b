"""What is measured, who is told when it goes wrong, and where to look: metrics, alarms, widgets, queries and budget.

Each module makes one of these and knows no other stack; which of them a deployment has is the stacks' affair.
"""

from constructs_lib.monitoring.alarms import AlarmCheck, Alarms, Severity, described
from constructs_lib.monitoring.budget import MonthlyBudget
from constructs_lib.monitoring.metrics import balancer_metric, function_metric, group_metric, measured
from constructs_lib.monitoring.queries import Question, SavedQuery
from constructs_lib.monitoring.topic import AlarmTopic
from constructs_lib.monitoring.widgets import graph, heading, log_table, states

__all__ = [
    "AlarmCheck",
    "AlarmTopic",
    "Alarms",
    "MonthlyBudget",
    "Question",
    "SavedQuery",
    "Severity",
    "balancer_metric",
    "described",
    "function_metric",
    "graph",
    "group_metric",
    "heading",
    "log_table",
    "measured",
    "states",
]
