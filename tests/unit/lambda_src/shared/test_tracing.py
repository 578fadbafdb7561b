"""What the X-Ray daemon is told: each route and call, as AWS documents its subsegments, and nothing that users send."""

from __future__ import annotations

import http.server
import io
import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.session import get_session

from contract.components import Function
from lambda_src.shared.application import Application, json_reply
from lambda_src.shared.errors import NotFoundError, UnavailableError
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.tracing import DAEMON_ADDRESS, LONGEST_NAME, PROTOCOL, TRACE_HEADER, Tracer, trace_client

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
SAMPLED = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=1:a87bd80c:0"
NAME = re.compile(r"[\w\s.:/%&#=+\\@-]{1,200}")
"""Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html"""


class Daemon:
    """Takes datagrams as the X-Ray daemon does."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def take(self):
        """Return the next document, which has to be one that AWS accepts."""
        data = self._socket.recv(65536)
        assert data.startswith(PROTOCOL)
        document = json.loads(data.removeprefix(PROTOCOL))
        assert NAME.fullmatch(document["name"])
        assert re.fullmatch("[0-9a-f]{16}", document["id"])
        assert re.fullmatch("[0-9a-f]{16}", document["parent_id"])
        assert (document["trace_id"], document["type"]) == (ROOT, "subsegment")
        assert 1.7e9 < document["start_time"] <= document["end_time"]
        assert document.get("namespace") in (None, "aws", "remote")
        return document

    def close(self):
        self._socket.close()


@pytest.fixture
def daemon():
    made = Daemon()
    yield made
    made.close()


@pytest.fixture
def variables(daemon):
    return {DAEMON_ADDRESS: daemon.address, TRACE_HEADER: SAMPLED}


def application(variables, answer):
    settings = ServiceSettings.read(Function.CACHE_SERVICE, variables, time.time)
    app = Application(settings, max_body_bytes=10, logger=Logger(service="traced", stream=io.StringIO()))
    app.route("GET", "/{namespace}/retrieve/{key}", "Try.")(lambda **_: answer(settings.tracer))
    return app


def ask(app, path="/secret-namespace/retrieve/secret-key"):
    http_ = {"method": "GET", "path": path}
    event = {"rawPath": path, "headers": {"x-correlation-id": "abc"}, "queryStringParameters": {"text": "secret"}}
    return app({**event, "requestContext": {"http": http_, "requestId": "1", "stage": "$default"}}, None)


def test_a_route_and_what_it_calls(daemon, variables):
    seen = []

    def answer(tracer):
        with tracer.call("semantic-text-service") as part:
            seen.append(part.header)
            part.answered(429)
        return json_reply({})

    ask(application(variables, answer))

    called, route = daemon.take(), daemon.take()
    assert (route["name"], route["parent_id"]) == ("GET /-namespace-/retrieve/-key-", PARENT)
    assert route["http"] == {"response": {"status": 200}}
    assert called["parent_id"] == route["id"]
    assert (called["namespace"], called["error"], called["throttle"]) == ("remote", True, True)
    assert seen == [f"Root={ROOT};Parent={called['id']};Sampled=1"]
    assert "secret" not in json.dumps([called, route])


@pytest.mark.parametrize(
    ("error", "mark"),
    [
        (NotFoundError("no", "no secret-key"), "error"),
        (UnavailableError("away", "secret-key"), "fault"),
        (ValueError("secret text"), "fault"),
    ],
)
def test_an_error_is_told_by_its_kind(daemon, variables, error, mark):
    def answer(_tracer):
        raise error

    ask(application(variables, answer))

    route = daemon.take()
    assert route[mark] is True
    assert route["cause"]["exceptions"][0]["type"] == type(error).__name__
    assert "secret" not in json.dumps(route)


@pytest.mark.parametrize(
    "changed",
    [
        {DAEMON_ADDRESS: ""}, {DAEMON_ADDRESS: "nonsense"}, {TRACE_HEADER: ""}, {TRACE_HEADER: f"Root={ROOT}"},
        {TRACE_HEADER: f"Root={ROOT};Parent={PARENT};Sampled=0"},
    ],
)  # fmt: skip
def test_nothing_is_sent_where_nothing_is_traced(daemon, variables, changed):
    def answer(tracer):
        with tracer.call("s3") as part:
            assert part.header == ""
        return json_reply({})

    assert ask(application({**variables, **changed}, answer))["statusCode"] == 200

    ask(application(variables, lambda _: json_reply({})))
    assert daemon.take()["name"].startswith("GET")  # and it is the first to arrive


def test_each_call_of_the_function_has_its_own_trace(daemon, variables):
    app = application(variables, lambda _: Response(200))
    for parent in ("1" * 16, "2" * 16):
        variables[TRACE_HEADER] = f"Root={ROOT};Parent={parent};Sampled=1"
        ask(app)
        assert daemon.take()["parent_id"] == parent


def test_a_daemon_that_cannot_be_reached_costs_nothing():
    def refuse(_data):
        raise OSError

    with Tracer(lambda: SAMPLED, refuse).call("x" * 300) as part:
        assert part.header


def test_names_are_made_to_fit():
    sent = []
    with Tracer(lambda: SAMPLED, sent.append).call("<é{}>" + "x" * 300):
        pass
    assert json.loads(sent[0].removeprefix(PROTOCOL))["name"] == ("-é---" + "x" * 300)[:LONGEST_NAME]


class Storage(http.server.BaseHTTPRequestHandler):
    """Answers as S3 does: 404 for one key, 200 for all others."""

    def do_GET(self):
        missing = "missing" in self.path
        body = b"<Error><Code>NoSuchKey</Code><Message>secret</Message></Error>" if missing else b"page"
        self.send_response(404 if missing else 200)
        self.send_header("x-amz-request-id", "4442587FB7D0A2F9")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def storage():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Storage) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def traced_client(tracer, endpoint):
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    client = get_session().create_client(
        "s3", endpoint_url=endpoint, region_name="eu-west-1", config=config,
        aws_access_key_id="x", aws_secret_access_key="x",
    )  # fmt: skip
    trace_client(client, tracer)
    return client


def test_calls_of_aws_are_traced(daemon, variables, storage):
    tracer = Tracer.read(variables, time.time)
    client = traced_client(tracer, storage)

    with tracer.request("GET /pages", "abc"):
        client.get_object(Bucket="pages", Key="secret")
        with pytest.raises(ClientError):
            client.get_object(Bucket="pages", Key="missing-secret")
    found, missing, route = daemon.take(), daemon.take(), daemon.take()

    assert (found["name"], found["namespace"], found["parent_id"]) == ("S3", "aws", route["id"])
    told = {"operation": "GetObject", "region": "eu-west-1", "request_id": "4442587FB7D0A2F9", "retries": 0}
    assert found["aws"] == told
    assert (found["http"]["response"]["status"], missing["http"]["response"]["status"]) == (200, 404)
    assert missing["error"] is True
    assert "secret" not in json.dumps([found, missing, route])


def test_calls_of_several_threads_do_not_mix(daemon, variables, storage):
    tracer = Tracer.read(variables, time.time)
    client = traced_client(tracer, storage)

    with tracer.request("GET /pages", "abc"), ThreadPoolExecutor(4) as threads:
        for _ in threads.map(lambda number: client.get_object(Bucket="pages", Key=str(number)), range(8)):
            pass
    told = [daemon.take() for _ in range(9)]

    assert len({each["id"] for each in told}) == 9
    assert {each["parent_id"] for each in told[:8]} == {told[8]["id"]}


def test_a_call_without_an_answer_is_a_fault(daemon, variables):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = traced_client(Tracer.read(variables, time.time), f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(EndpointConnectionError):
            client.get_object(Bucket="pages", Key="secret")

    told = daemon.take()
    assert told["fault"] is True
    assert told["cause"]["exceptions"][0]["type"] == "EndpointConnectionError"
