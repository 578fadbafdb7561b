"""Secrets without a value, and writes that race."""

from __future__ import annotations

import json
import re
import uuid

import pytest

EMPTY = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Description": "filled by the first instance"}}


@pytest.fixture
def secret(stack):
    return stack.put({"Secret": EMPTY}, {"Arn": {"Ref": "Secret"}})["Arn"]


@pytest.mark.behaviour("Secrets Manager", "Ref of a secret is its ARN")
def test_ref_is_the_arn(secret, client):
    assert client("secretsmanager").describe_secret(SecretId=secret)["ARN"] == secret


@pytest.mark.behaviour("Secrets Manager", "a secret without a value has none")
def test_secret_without_value_has_none(secret, client):
    manager = client("secretsmanager")

    with pytest.raises(manager.exceptions.ResourceNotFoundException):
        manager.get_secret_value(SecretId=secret)


@pytest.mark.behaviour(
    "Secrets Manager",
    "a value that a template lets be made up has what it asks for, and stays until the template asks anew",
)
def test_what_is_made_up(stack, client):
    wanted = {
        "SecretStringTemplate": '{"users": {}}',
        "GenerateStringKey": "session_key",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }
    secret = {"Type": EMPTY["Type"], "Properties": {"GenerateSecretString": wanted, "Description": "first"}}
    arn = stack.put({"Secret": secret}, {"Arn": {"Ref": "Secret"}})["Arn"]
    manager = client("secretsmanager")

    made = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
    assert made.keys() == {"users", "session_key"}
    assert made["users"] == {}
    assert re.fullmatch(r"[A-Za-z0-9]{64}", made["session_key"])

    kept = json.dumps({**made, "users": {"alice": "hash"}})
    manager.put_secret_value(SecretId=arn, SecretString=kept)
    stack.put({"Secret": {**secret, "Properties": {**secret["Properties"], "Description": "second"}}})
    assert manager.get_secret_value(SecretId=arn)["SecretString"] == kept
    stack.put({"Secret": {**secret, "Properties": {"GenerateSecretString": {**wanted, "PasswordLength": 32}}}})
    again = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
    assert (again["users"], len(again["session_key"])) == ({}, 32)


@pytest.mark.behaviour(
    "Secrets Manager", "a token is for one value: the same again changes nothing, another is refused"
)
def test_first_writer_wins_and_the_second_learns_of_it(secret, client):
    manager = client("secretsmanager")
    token = str(uuid.uuid5(uuid.NAMESPACE_URL, secret))
    manager.put_secret_value(SecretId=secret, SecretString="first", ClientRequestToken=token)

    manager.put_secret_value(SecretId=secret, SecretString="first", ClientRequestToken=token)
    with pytest.raises(manager.exceptions.ResourceExistsException):
        manager.put_secret_value(SecretId=secret, SecretString="second", ClientRequestToken=token)

    assert manager.get_secret_value(SecretId=secret)["SecretString"] == "first"


@pytest.mark.behaviour(
    "Secrets Manager", "an update keeps the value of a secret, and a secret goes with its stack", aws=False
)
def test_update_and_delete_find_the_secret_by_its_arn(stack, client):
    arn = stack.put({"Secret": EMPTY}, {"Arn": {"Ref": "Secret"}})["Arn"]
    manager = client("secretsmanager")
    manager.put_secret_value(SecretId=arn, SecretString="kept")
    changed = {"Type": EMPTY["Type"], "Properties": {"Description": "changed"}}

    assert stack.put({"Secret": changed}, {"Arn": {"Ref": "Secret"}})["Arn"] == arn
    assert manager.describe_secret(SecretId=arn)["Description"] == "changed"
    assert manager.get_secret_value(SecretId=arn)["SecretString"] == "kept"
    stack.delete()
    with pytest.raises(manager.exceptions.ResourceNotFoundException):
        manager.describe_secret(SecretId=arn)
