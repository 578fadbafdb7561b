"""Calls an application as Lambda does: with a function URL event, payload format 2.0."""

import base64
import io
import json
from dataclasses import dataclass, field

import pytest
from aws_lambda_powertools import Logger

from lambda_src.shared.settings import ServiceSettings


@dataclass
class Reply:
    status: int
    headers: dict
    data: bytes

    @property
    def json(self):
        return json.loads(self.data)

    @property
    def error(self):
        return self.json["error"]


@dataclass
class Caller:
    app: object
    log: io.StringIO
    headers: dict = field(default_factory=dict)

    def __call__(self, method, path, body=None, *, query=None, headers=None, encoded=False):
        if isinstance(body, dict):
            body = json.dumps(body)
        if isinstance(body, bytes):
            body, encoded = base64.b64encode(body).decode(), True
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "queryStringParameters": query,
            "headers": {"content-type": "application/json", **(headers or {})},
            "requestContext": {
                "domainName": "id.lambda-url.eu-west-1.on.aws",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
                "requestId": "request-id-of-lambda",
                "stage": "$default",
            },
            "body": body,
            "isBase64Encoded": encoded,
        }
        reply = self.app({key: value for key, value in event.items() if value is not None}, None)
        text = reply["body"] or ""
        data = base64.b64decode(text) if reply["isBase64Encoded"] else text.encode()
        headers = {name.lower(): value for name, value in reply["headers"].items()}
        return Reply(reply["statusCode"], headers, data)

    @property
    def log_lines(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def settings():
    return ServiceSettings(name="some-service", version="1.2.3", environment="test")


@pytest.fixture
def caller(settings, request):
    """Return a function that builds an application and what calls it."""

    def make(build, *args, **options):
        log = io.StringIO()
        logger = Logger(service=f"{settings.name}-{request.node.nodeid}", stream=log)
        return Caller(build(settings, *args, logger=logger, **options), log)

    return make
