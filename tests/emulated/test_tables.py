"""DynamoDB tables: items whose time is over go."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.emulated.conftest import eventually


def table(**more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            **more,
        },
    }


EXPIRING = table(TimeToLiveSpecification={"AttributeName": "until", "Enabled": True})


@pytest.mark.behaviour("DynamoDB", "time to live and backups of a template are in force, and can be taken back")
def test_expiry_and_backups_are_in_force(stack, client):
    dynamodb = client("dynamodb")
    backups = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    expiry = EXPIRING["Properties"]["TimeToLiveSpecification"]
    stack.put({"Table": table(TimeToLiveSpecification=expiry, **backups)})
    name = stack.physical_id("Table")

    told = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert told == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    kept = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert kept["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"

    stack.put({"Table": table(TimeToLiveSpecification={**expiry, "Enabled": False}, **backups)})
    told = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert told["TimeToLiveStatus"] in ("DISABLED", "DISABLING")


# On AWS it takes up to some days.
@pytest.mark.behaviour("DynamoDB", "an item whose time is over goes; others and those without a number stay", aws=False)
def test_items_expire(stack, client):
    dynamodb = client("dynamodb")
    stack.put({"Table": EXPIRING})
    name = stack.physical_id("Table")
    moments = {
        "past": {"N": str(int(time.time()) - 5)},
        "future": {"N": "99999999999"},
        "old": {"N": "1"},
        "text": {"S": "1"},
    }
    for key, until in moments.items():
        dynamodb.put_item(TableName=name, Item={"id": {"S": key}, "until": until})

    def left() -> set[str]:
        return {item["id"]["S"] for item in dynamodb.scan(TableName=name)["Items"]}

    eventually(lambda: "past" not in left(), "expiry")
    assert left() == {"future", "old", "text"}
