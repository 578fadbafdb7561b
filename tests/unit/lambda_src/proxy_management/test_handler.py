import importlib
import re

from contract import environment


def test_handler_is_wired_from_the_environment(monkeypatch):
    monkeypatch.setenv(environment.STATISTICS_BUCKET, "bucket")
    monkeypatch.setenv(environment.STATISTICS_PREFIX, "statistics")
    monkeypatch.setenv(environment.STATISTICS_INTERVAL_SECONDS, "5.0")
    monkeypatch.setenv(environment.FLEET_SETTINGS_BUCKET, "other")
    monkeypatch.setenv(environment.FLEET_SETTINGS_PREFIX, "fleet-settings")
    monkeypatch.setenv(environment.DEFAULT_MODE, "xxx")
    monkeypatch.setenv(environment.DASHBOARD_SECRET_ARN, "arn:aws:secretsmanager:eu-west-1:1:secret:d-a1B2c3")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    # Without credentials of its own the client would ask the metadata service for some.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    module = importlib.import_module("lambda_src.proxy_management.handler")
    handler = module.handler
    event = {
        "rawPath": "/info/health",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/info/health"}, "requestId": "1", "stage": "$default"},
    }
    reply = handler(event, None)
    assert reply["statusCode"] == 200
    assert '"proxy-management"' in reply["body"]

    event["rawPath"] = event["requestContext"]["http"]["path"] = "/dashboard/static/none.css"
    assert "There is no such file" in handler(event, None)["body"]
    # By more than the environment's name, which deployments in two regions share.
    assert re.fullmatch("slipway-local-[0-9a-f]{8}-session", module._gate.session_cookie)
