"""HTTP APIs: which pages of other origins may call them."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

import pytest


def api(origin: str) -> dict[str, Any]:
    rules = {"AllowOrigins": [origin], "AllowMethods": ["GET"], "AllowHeaders": ["x-token"], "MaxAge": 60}
    return {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {"Name": "api", "ProtocolType": "HTTP", "CorsConfiguration": rules},
    }


def preflight(emulator: Any, identifier: str, origin: str) -> Any:
    """Ask as a browser does before it lets a page of another origin call; return status and answer's headers."""
    headers = {
        "Host": f"{identifier}.execute-api.us-east-1.amazonaws.com",
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
    }
    url = f"{emulator.endpoint_url}/_aws/execute-api/{identifier}/$default/"
    request = urllib.request.Request(url, method="OPTIONS", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


@pytest.mark.behaviour("API Gateway", "an HTTP API has the CORS rules of its template, also after a change")
def test_rules_are_those_of_the_template(stack, client):
    gateway = client("apigatewayv2")
    identifier = stack.put({"Api": api("https://one.example")}, {"Id": {"Ref": "Api"}})["Id"]
    assert gateway.get_api(ApiId=identifier)["CorsConfiguration"] == {
        "AllowOrigins": ["https://one.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-token"], "MaxAge": 60,
    }  # fmt: skip

    stack.put({"Api": api("https://two.example")})
    assert gateway.get_api(ApiId=identifier)["CorsConfiguration"]["AllowOrigins"] == ["https://two.example"]


@pytest.mark.behaviour(
    "API Gateway", "a preflight is answered for the origins of the rules, and for no other", aws=False
)
def test_preflights_are_answered_for_the_origins_of_the_rules(stack, emulator):
    resources = {
        "Api": api("https://one.example"),
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
        },
    }
    identifier = stack.put(resources, {"Id": {"Ref": "Api"}})["Id"]

    _status, headers = preflight(emulator, identifier, "https://one.example")
    assert headers["Access-Control-Allow-Origin"] == "https://one.example"
    _status, headers = preflight(emulator, identifier, "https://evil.example")
    assert headers["Access-Control-Allow-Origin"] != "https://evil.example"
