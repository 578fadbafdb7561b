import base64

import pytest

from bench.calls import Call, answered
from bench.measure import BenchmarkError
from bench.routes import application
from contract.components import Function


def test_an_event_has_what_the_call_says():
    call = Call("PUT", "/{a}/b", {"a": "x"}, {"q": "1"}, b"body", {"origin": "o"}, ["c=1"])
    event = call.event()

    assert call.name == "PUT /{a}/b"
    assert (event["rawPath"], event["queryStringParameters"], event["cookies"]) == ("/x/b", {"q": "1"}, ["c=1"])
    assert event["headers"] == {"content-type": "application/json", "origin": "o"}
    assert base64.b64decode(event["body"]) == b"body"


def test_another_status_than_expected_is_an_error():
    app = application(Function.HTML_SERVICE)

    assert answered(app, Call("GET", "/info/health"))["statusCode"] == 200
    assert answered(app, Call("GET", "/no/such", status=404))["statusCode"] == 404
    with pytest.raises(BenchmarkError, match="GET /no/such answered 404"):
        answered(app, Call("GET", "/no/such"))
