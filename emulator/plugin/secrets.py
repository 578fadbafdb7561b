"""Secrets Manager: secrets without a value or with one made up, what `Ref` gives, and writing that can be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Create, Created, Properties, amend, rename_physical_ids

_sm = borrow("services.secretsmanager", "_get_random_password", "_put_secret_value", "_resolve", "_secrets")
_provisioners = borrow("services.cloudformation.provisioners", "_sm_secret_string")
_responses = borrow("core.responses", "error_response_json", "json_response")

Call = Callable[[dict[str, Any]], Any]


def _without_value(original: Create) -> Create:
    """A template that gives no value makes a secret that has none; the emulator gives it an empty one."""

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        created = original(logical_id, properties, stack)
        if not properties.keys() & {"SecretString", "GenerateSecretString"}:
            _sm._secrets[created[0]]["Versions"].clear()
        return created

    return create


def _made_up(original: Callable[[Properties], str]) -> Callable[[Properties], str]:
    """A value that a template lets be made up is made as GetRandomPassword does; the emulator minds few of its options.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
    """

    def value(properties: Properties) -> str:
        wanted = properties.get("GenerateSecretString")
        if not isinstance(wanted, dict) or "SecretString" in properties:
            return original(properties)
        status, _headers, body = _sm._get_random_password(wanted)
        if status >= 400:
            raise ValueError(json.loads(body).get("message", "a password cannot be made up"))
        password = str(json.loads(body)["RandomPassword"])
        if "GenerateStringKey" not in wanted:
            return password
        return json.dumps({**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: password})

    return value


def _name(arn: str) -> str:
    name, _secret = _sm._resolve(arn)
    return str(name) if name else arn


def _repeatable(original: Call) -> Call:
    """The same token with the same value changes nothing; with another value it is refused."""

    def put(request: dict[str, Any]) -> Any:
        _key, secret = _sm._resolve(request.get("SecretId"))
        token = request.get("ClientRequestToken")
        version = secret["Versions"].get(token) if secret else None
        if version is None:
            return original(request)
        if any(version.get(field) != request.get(field) for field in ("SecretString", "SecretBinary")):
            message = (
                "You can't use ClientRequestToken {} because that value is already in use for a version of secret {}."
            )
            return _responses.error_response_json("ResourceExistsException", message.format(token, secret["ARN"]), 400)
        facts = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token, "VersionStages": version["Stages"]}
        return _responses.json_response(facts)

    return put


def install() -> None:
    """Apply the corrections of this module."""
    amend("AWS::SecretsManager::Secret", create=_without_value)
    rename_physical_ids("AWS::SecretsManager::Secret", lambda _name, attributes: attributes["Arn"], native=_name)
    replace(_provisioners, "_sm_secret_string", _made_up)
    replace(_sm, "_put_secret_value", _repeatable)
