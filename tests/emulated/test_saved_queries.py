"""Saved queries of Logs Insights."""

from __future__ import annotations

from typing import Any

import pytest


def query(name: str, text: str = "fields @message") -> dict[str, Any]:
    properties = {"Name": name, "QueryString": text, "LogGroupNames": ["g"]}
    return {"Type": "AWS::Logs::QueryDefinition", "Properties": properties}


def found(logs: Any, prefix: str) -> list[dict[str, Any]]:
    return logs.describe_query_definitions(queryDefinitionNamePrefix=prefix)["queryDefinitions"]


@pytest.mark.behaviour(
    "CloudWatch Logs", "a saved query of a template is shown by the API, changed in place, and deleted"
)
def test_saved_query_of_a_template(client, stack):
    logs, name = client("logs"), f"{stack.name}/errors"
    made = stack.put(
        {"Query": query(name)}, {"Ref": {"Ref": "Query"}, "Id": {"Fn::GetAtt": ["Query", "QueryDefinitionId"]}}
    )

    [saved] = found(logs, stack.name)
    assert made["Ref"] == made["Id"] == saved["queryDefinitionId"]
    assert (saved["name"], saved["queryString"], saved["logGroupNames"]) == (name, "fields @message", ["g"])
    stack.put({"Query": query(name, "fields @timestamp")})
    [changed] = found(logs, stack.name)
    assert (changed["queryDefinitionId"], changed["queryString"]) == (saved["queryDefinitionId"], "fields @timestamp")
    stack.delete()
    assert found(logs, stack.name) == []


@pytest.mark.behaviour("CloudWatch Logs", "saved queries are put, listed by prefix, changed and deleted by the API")
def test_saved_query_of_the_api(client, stack):
    logs = client("logs")
    saved = logs.put_query_definition(name=f"{stack.name}/a", queryString="fields @message")["queryDefinitionId"]

    again = logs.put_query_definition(name=f"{stack.name}/b", queryString="limit 1", queryDefinitionId=saved)
    assert again["queryDefinitionId"] == saved
    assert [definition["name"] for definition in found(logs, stack.name)] == [f"{stack.name}/b"]
    assert logs.delete_query_definition(queryDefinitionId=saved)["success"] is True
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_query_definition(queryDefinitionId=saved)
