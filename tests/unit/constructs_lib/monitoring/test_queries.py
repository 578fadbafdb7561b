"""Saved queries."""

from __future__ import annotations

from constructs_lib.monitoring import Question, SavedQuery


def test_a_saved_query(stack, template):
    SavedQuery(stack, "Errors", question=Question("mine/errors", ["g", "h"], ("filter x = 1", "limit 3")))

    assert template("AWS::Logs::QueryDefinition") == [
        {"Name": "mine/errors", "LogGroupNames": ["g", "h"], "QueryString": "filter x = 1\n| limit 3"}
    ]
