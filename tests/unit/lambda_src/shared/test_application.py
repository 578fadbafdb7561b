import base64
import json

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from contract import metrics
from lambda_src.shared.application import MAX_REPLY_BYTES, Application, json_reply, route_rule
from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.operations import BINARY


class Body(BaseModel):
    number: int


class Query(BaseModel):
    limit: int = 3


@pytest.fixture
def call(caller):
    def build(settings, logger):
        app = Application(settings, max_body_bytes=100, facts={"colour": "red"}, logger=logger)

        @app.resolver.post("/double")
        def double():
            return json_reply({"number": 2 * app.json_body(Body).number})

        @app.resolver.post("/echo")
        def echo():
            return json_reply({"body": app.raw_body().decode(), "header": app.header("x-thing", "none")})

        @app.resolver.get("/limit")
        def limit():
            return json_reply({"limit": app.query(Query).limit})

        @app.resolver.get("/crash")
        def crash():
            raise ValueError("text of a page")

        @app.resolver.get("/down")
        def down():
            raise UnavailableError("storage-unavailable", "S3 does not answer")

        return app

    return caller(build)


def test_health_names_service_and_version(call):
    reply = call("GET", "/info/health")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json == {"status": "ok", "service": "some-service", "version": "1.2.3"}


def test_status_tells_environment_and_limits(call):
    status = call("GET", "/info/status").json
    assert status["environment"] == "test"
    assert status["facts"] == {"max_body_bytes": 100, "colour": "red"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("GET", "/info"), ("GET", "/info/health/")])
def test_unknown_route_is_404_in_json(call, method, path):
    reply = call(method, path)
    assert reply.status == 404
    assert reply.error["code"] == "no-such-route"
    assert f"{method} {path}" in reply.error["message"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/info/health"), ("DELETE", "/metres/double")])
def test_another_method_is_405_and_says_which_there_are(routed, method, path):
    reply = routed(method, path)
    assert (reply.status, reply.error["code"]) == (405, "wrong-method")
    assert reply.headers["allow"] == ("GET" if "info" in path else "POST")


def test_a_name_that_can_be_none_is_404_and_no_wrong_method(routed):
    reply = routed("POST", "/¿/double")
    assert (reply.status, reply.error["code"]) == (404, "no-such-route")


def test_json_body_reaches_the_route(call):
    assert call("POST", "/double", {"number": 21}).json == {"number": 42}


def test_base64_body_is_decoded(call):
    assert call("POST", "/double", b'{"number": 21}').json == {"number": 42}


def test_wrong_value_is_422_with_path_and_value(call):
    reply = call("POST", "/double", {"number": "many"})
    assert reply.status == 422
    (detail,) = reply.error["details"]
    assert detail["path"] == "body.number"
    assert detail["value"] == "many"


@pytest.mark.parametrize("body", [None, "", "{", "[1]", "null", b"\xff"])
def test_body_that_is_no_json_object_is_422(call, body):
    assert call("POST", "/double", body).status == 422


def test_query_is_checked(call):
    assert call("GET", "/limit", query={"limit": "7"}).json == {"limit": 7}
    assert call("GET", "/limit", query={"limit": "x"}).error["details"][0]["path"] == "query.limit"
    assert call("GET", "/limit").json == {"limit": 3}


def test_body_announced_as_base64_and_not_is_422(call):
    reply = call("POST", "/echo", "!", encoded=True)
    assert (reply.status, reply.error["code"]) == (422, "invalid-body")


@pytest.mark.parametrize("body", ["x" * 101, b"x" * 110])
def test_too_large_a_body_is_422_and_says_the_limit(call, body):
    reply = call("POST", "/echo", body)
    assert (reply.status, reply.error["code"]) == (422, "too-large")
    assert "100" in reply.error["message"]


def test_body_at_the_limit_is_accepted(call):
    assert call("POST", "/echo", "x" * 100).json["body"] == "x" * 100


def test_size_of_text_counts_bytes(call):
    assert call("POST", "/echo", "é" * 51).status == 422


def test_header_has_a_default(call):
    assert call("POST", "/echo", "").json["header"] == "none"
    assert call("POST", "/echo", "", headers={"x-thing": "red"}).json["header"] == "red"


def test_unforeseen_error_is_500_and_quotes_nothing(call):
    reply = call("GET", "/crash")
    assert reply.status == 500
    assert reply.error["code"] == "internal"
    assert "request-id-of-lambda" in reply.error["message"]
    assert "text of a page" not in reply.data.decode() + call.log.getvalue()
    errors = [line for line in call.log_lines if line["level"] == "ERROR"]
    assert errors[0]["error"] == "ValueError"
    assert any("crash" in passed for passed in errors[0]["passed"])


def test_service_error_keeps_its_status(call):
    reply = call("GET", "/down")
    assert (reply.status, reply.error["message"]) == (503, "S3 does not answer")


def test_correlation_id_is_echoed_and_logged(call):
    reply = call("GET", "/info/health", headers={"x-correlation-id": "abc-1"})
    assert reply.headers["x-correlation-id"] == "abc-1"
    (line,) = call.log_lines
    assert line["correlation_id"] == "abc-1"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/info/health", 200)
    assert (line["environment"], line["version"]) == ("test", "1.2.3")


@pytest.mark.parametrize("given", ["", "a b", "x\r\ny: z", "x" * 129, "é"])
def test_harmful_correlation_id_is_replaced(call, given):
    reply = call("GET", "/info/health", headers={"x-correlation-id": given})
    assert reply.headers["x-correlation-id"] == "request-id-of-lambda"


def test_body_is_never_logged(call):
    call("POST", "/echo", base64.b64encode(b"page").decode())
    assert base64.b64encode(b"page").decode() not in call.log.getvalue()


def test_route_rule_turns_braces():
    assert route_rule("/{a}/x/{b_c}") == "/<a>/x/<b_c>"


class Answer(BaseModel):
    number: int


@pytest.fixture
def routed(caller):
    def build(settings, logger):
        app = Application(settings, max_body_bytes=100, logger=logger)

        @app.route("POST", "/{unit}/double", "Double a number.", body=Body, query=Query, reply=Answer)
        def double(unit, body, query):
            return Answer(number=2 * body.number + query.limit + len(unit))

        @app.route("GET", "/count", "Count.")
        def count():
            app.measure(metrics.TRANSFORMED_TEXTS, 3)
            app.measure(metrics.FAILED_TEXTS, 0)
            return json_reply({})

        @app.route("GET", "/long", "Give much.", query=Query)
        def long(query):
            return json_reply({"text": '"' * query.limit})

        @app.route("POST", "/echo", "Give bytes back.", body=BINARY)
        def echo(body):
            return json_reply({"body": body.decode()})

        return app

    return caller(build)


def test_a_route_gets_what_it_says_it_takes(routed):
    assert routed("POST", "/metres/double", {"number": 1}, query={"limit": "10"}).json == {"number": 18}
    assert routed("POST", "/echo", b"abc").json == {"body": "abc"}


@pytest.mark.parametrize(
    ("body", "query", "path"), [({}, {}, "body.number"), ({"number": 1}, {"limit": "x"}, "query.limit")]
)
def test_what_a_route_does_not_take_is_422(routed, body, query, path):
    reply = routed("POST", "/m/double", body, query=query)
    assert (reply.status, reply.error["details"][0]["path"]) == (422, path)


def test_each_function_describes_all_its_routes(routed):
    paths = routed("GET", "/openapi.json").json["paths"]
    assert set(paths) == {"/info/health", "/info/status", "/openapi.json", "/{unit}/double", "/echo", "/long", "/count"}
    assert paths["/{unit}/double"]["post"]["summary"] == "Double a number."


@pytest.mark.parametrize("body", [b"[" * 90, b'{"number":1e999}', b"\0", b'"\\ud800"'])
def test_hostile_json_is_422(routed, body):
    assert routed("POST", "/m/double", body).status == 422


def test_an_answer_that_lambda_would_not_let_through_is_422_and_says_so(routed):
    # In the reply's own JSON, each quotation mark is `\\"`, and in what Lambda makes of that four bytes.
    most = MAX_REPLY_BYTES // 4
    assert routed("GET", "/long", query={"limit": str(most - 100)}).status == 200
    reply = routed("GET", "/long", query={"limit": str(most)})
    assert (reply.status, reply.error["code"]) == (422, "reply-too-large")
    assert str(MAX_REPLY_BYTES) in reply.error["message"]
    assert reply.headers["x-correlation-id"] == "request-id-of-lambda"


def test_what_is_counted_stands_in_the_log_as_cloudwatch_reads_it(routed, capsys):
    routed("GET", "/count")
    routed("GET", "/info/health")
    (line,) = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == metrics.OWN_NAMESPACE
    assert [sorted(each) for each in directive["Dimensions"]] == [sorted(metrics.TRANSFORMED_TEXTS.dimensions)]
    assert {each["Name"]: each["Unit"] for each in directive["Metrics"]} == {
        metrics.TRANSFORMED_TEXTS.name: "Count", metrics.FAILED_TEXTS.name: "Count"
    }  # fmt: skip
    assert (written["TransformedTexts"], written["FailedTexts"]) == ([3.0], [0.0])
    assert (written["environment"], written["service"]) == ("test", "some-service")
    routed("GET", "/count")
    assert json.loads(capsys.readouterr().out)["TransformedTexts"] == [3.0]


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [("/pages", 500, "internal"), ("/pages/down", 503, "down"), ("/pages/nowhere", 404, "no-such-route"),
     ("/pagesnot", 404, None), ("/info/nowhere", 404, None)],
)  # fmt: skip
def test_errors_below_a_path_may_be_told_otherwise(caller, path, status, told):
    def build(settings, logger):
        app = Application(settings, max_body_bytes=100, logger=logger)

        @app.route("GET", "/pages", "Fail unforeseen.")
        def crash():
            raise ValueError("text of a page")

        @app.route("GET", "/pages/down", "Fail foreseen.")
        def down():
            raise UnavailableError("down", "S3 does not answer")

        app.tell_errors("/pages", lambda error: Response(error.status.value, "text/html", f"<p>{error.code}"))
        return app

    reply = caller(build)("GET", path)
    assert reply.status == status
    assert reply.data.decode() == f"<p>{told}" if told else reply.error["code"] == "no-such-route"
