"""The call to the semantic text service, with a real server on loopback behind the URL."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contract.modes import Engine, Mode, Parameters
from lambda_src.html_service.text_service import MOST_CHARACTERS, MOST_TEXTS, Caller, TextService, Transformed
from lambda_src.shared.errors import InvalidInputError, UnavailableError
from lambda_src.shared.tracing import PROTOCOL, Tracer

CALLER = Caller("id-1", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")


class Server(ThreadingHTTPServer):
    """Answers with what a test puts in, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.answer, self.closes, self.asked = 200, {"texts": ["x"]}, 0, []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        if self.server.closes:
            self.server.closes -= 1
            self.close_connection = True
            return
        answer = self.server.answer
        if answer == "echo":
            answer = {"texts": json.loads(body)["texts"], "failures": [{"index": 0}]}
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def service(server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return TextService(f"http://127.0.0.1:{server.server_port}/")


def ask(service, parameters=None, texts=("é",)):
    return service.transform(Mode.XXX, texts, parameters or Parameters(), CALLER)


def test_all_texts_go_in_one_signed_call(server, service):
    server.answer = {"texts": ["x", "y"], "failures": [{"index": 0}]}
    assert ask(service, texts=["é", "b"]) == Transformed(["x", "y"], failed=1)
    ((path, head, body),) = server.asked
    assert path == "/text-transformation/transform"
    assert json.loads(body) == {"mode": "xxx", "texts": ["é", "b"]}
    assert "é".encode() in body
    assert "Credential=AKIDEXAMPLE/" in head["authorization"]
    assert "/eu-west-1/lambda/aws4_request" in head["authorization"]
    assert head["x-correlation-id"] == "id-1"
    assert head["x-amzn-trace-id"] == CALLER.trace


def test_parameters_are_sent_where_there_are_any(server, service):
    ask(service, Parameters(0.25, Engine.EMBEDDED))
    assert json.loads(server.asked[0][2]) == {"mode": "xxx", "texts": ["é"], "rating": 0.25, "model": "embedded"}


def test_a_lone_half_of_a_character_does_not_break_it(service):
    assert ask(service, texts=["\ud800"]).texts == ["x"]


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server, service):
    ask(service)
    server.closes = 1
    assert ask(service).texts == ["x"]
    server.closes = 2
    with pytest.raises(UnavailableError, match="cannot be reached"):
        ask(service)


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (500, {}, "it answered 500"),
        (403, {"Message": "Forbidden"}, "it answered 403"),
        (200, b"<html>", "something else"),
        (200, [], "something else"),
        (200, {"texts": 1}, "something else"),
        (200, {"texts": []}, "other texts"),
        (200, {"texts": [1]}, "other texts"),
        (422, {"error": 1}, "something else"),
    ],
)
def test_whatever_it_answers_is_said_plainly(server, service, status, answer, words):
    server.status, server.answer = status, answer
    with pytest.raises(UnavailableError, match=words):
        ask(service)


def test_wrong_parameters_are_told_in_its_own_words(server, service):
    details = [
        {"path": "body.model", "message": "not here", "value": "comprehend", "allowed": "embedded"},
        {"path": "body.texts.0", "message": "odd", "value": "words of a page", "allowed": None},
    ]
    server.status, server.answer = 422, {"error": {"code": "unknown-engine", "message": "no", "details": details}}
    with pytest.raises(InvalidInputError) as caught:
        ask(service)
    assert caught.value.code == "unknown-engine"
    assert [each.path for each in caught.value.details] == ["body.model"]


def test_nobody_there(service, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(UnavailableError, match="cannot be reached"):
        ask(service)


@pytest.mark.parametrize(
    ("texts", "calls"),
    [
        (["a"] * MOST_TEXTS, [MOST_TEXTS]),
        (["a"] * (MOST_TEXTS + 1), [MOST_TEXTS, 1]),
        (["a" * (MOST_CHARACTERS // 2)] * 3, [2, 1]),
        (["a", "b" * (2 * MOST_CHARACTERS), "c"], [1, 1, 1]),
    ],
)
def test_more_than_lambda_lets_through_goes_in_several_calls(server, service, texts, calls):
    server.answer = "echo"
    assert ask(service, texts=texts) == Transformed(texts, failed=len(calls))
    assert [len(json.loads(body)["texts"]) for _, _, body in server.asked] == calls


def test_a_text_that_lambda_does_not_let_through_is_no_failure_of_the_service(server, service):
    server.status, server.answer = 413, b"Request must be smaller than 6291456 bytes"
    with pytest.raises(InvalidInputError, match="longer than the semantic text service takes"):
        ask(service)


def test_a_traced_call_is_part_of_this_function_s_trace(server, service):
    sent = []
    traced = TextService(f"http://127.0.0.1:{server.server_port}/", Tracer(lambda: CALLER.trace, sent.append))
    server.status = 503

    with pytest.raises(UnavailableError):
        ask(traced)

    (told,) = [json.loads(each.removeprefix(PROTOCOL)) for each in sent]
    assert (told["name"], told["parent_id"], told["namespace"]) == (
        "semantic-text-service", "53995c3f42cd8ad8", "remote"
    )  # fmt: skip
    assert (told["fault"], told["http"]) == (True, {"response": {"status": 503}})
    _, head, _ = server.asked[0]
    assert head["x-amzn-trace-id"] == f"Root={told['trace_id']};Parent={told['id']};Sampled=1"
