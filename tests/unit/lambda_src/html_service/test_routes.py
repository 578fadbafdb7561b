import base64
import json

import pytest

from contract import routes
from lambda_src.html_service.logic import MAX_PAGE_BYTES
from lambda_src.html_service.routes import build_application

PAGE = b"<p title='a&amp;b'>Hi <b>there</b><!-- c -->"


@pytest.fixture
def call(caller):
    return caller(build_application)


def encoded(page):
    return base64.b64encode(page).decode()


def test_page_to_segments(call):
    reply = call("POST", routes.HTML_TO_SEGMENTS, {"html": encoded(PAGE), "charset": "utf-8"})
    assert reply.status == 200
    assert reply.json == {"charset": "utf-8", "segments": ["a&b", "Hi ", "there"]}


@pytest.mark.parametrize("body", [{"html": ""}, {"html": "", "charset": None}])
def test_charset_may_be_missing(call, body):
    assert call("POST", routes.HTML_TO_SEGMENTS, body).json == {"charset": "windows-1252", "segments": []}


def test_body_in_base64(call):
    body = json.dumps({"html": encoded(PAGE)}).encode()
    assert len(call("POST", routes.HTML_TO_SEGMENTS, body).json["segments"]) == 3


def test_segments_to_page(call):
    body = {"html": encoded(PAGE), "charset": None, "segments": ["x<y", None, "there"]}
    reply = call("POST", routes.SEGMENTS_TO_HTML, body)
    assert reply.status == 200
    assert base64.b64decode(reply.json["html"]) == b"<p title='x&lt;y'>Hi <b>there</b><!-- c -->"


def test_round_trip_over_http(call):
    page = b"\xef\xbb\xbf" + bytes(range(256)) * 3 + PAGE
    found = call("POST", routes.HTML_TO_SEGMENTS, {"html": encoded(page)}).json["segments"]
    reply = call("POST", routes.SEGMENTS_TO_HTML, {"html": encoded(page), "segments": found})
    assert base64.b64decode(reply.json["html"]) == page


def test_wrong_number_of_segments_is_422(call):
    reply = call("POST", routes.SEGMENTS_TO_HTML, {"html": encoded(PAGE), "segments": ["a"]})
    assert (reply.status, reply.error["code"]) == (422, "wrong-number-of-segments")
    assert "3 segments and 1 were sent" in reply.error["message"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "body.html"),
        ({"html": None}, "body.html"),
        ({"html": 5}, "body.html"),
        ({"html": "a"}, "body.html"),
        ({"html": "a b="}, "body.html"),
        ({"html": "", "charset": 5}, "body.charset"),
        ({"html": "", "charset": "x" * 101}, "body.charset"),
        ({"html": "", "page": ""}, "body.page"),
    ],
)
def test_bad_body_is_422_and_says_where(call, body, path):
    reply = call("POST", routes.HTML_TO_SEGMENTS, body)
    assert reply.status == 422
    assert reply.error["details"][0]["path"] == path


def test_bad_segments_are_422(call):
    reply = call("POST", routes.SEGMENTS_TO_HTML, {"html": "", "segments": [1]})
    assert reply.error["details"][0]["path"] == "body.segments.0"


def test_page_over_the_limit_is_422(call):
    reply = call("POST", routes.HTML_TO_SEGMENTS, {"html": encoded(bytes(MAX_PAGE_BYTES + 1))})
    assert (reply.status, reply.error["code"]) == (422, "too-large")
    assert reply.error["details"][0]["allowed"] == MAX_PAGE_BYTES


def test_pages_are_never_logged(call):
    call("POST", routes.HTML_TO_SEGMENTS, {"html": encoded(b"<p>private words")})
    call("POST", routes.HTML_TO_SEGMENTS, {"html": "private words"})
    assert "private" not in call.log.getvalue()
    assert encoded(b"private words")[:8] not in call.log.getvalue()
