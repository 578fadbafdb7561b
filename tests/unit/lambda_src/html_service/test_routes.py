import base64
import gzip
import json

import pytest

from contract import routes
from contract.modes import Engine, Mode, Parameters
from lambda_src.html_service.logic import MAX_PAGE_BYTES
from lambda_src.html_service.routes import LONGEST_PLAIN_REPLY_BYTES, build_application
from lambda_src.html_service.text_service import Caller, Transformed
from lambda_src.shared.errors import UnavailableError

PAGE = b"<p title='a&amp;b'>Hi <b>there</b><!-- c -->"


class Texts:
    """Puts an exclamation mark behind each text, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.failed, self.error = [], 0, None

    def transform(self, mode, texts, parameters, caller):
        self.asked.append((mode, list(texts), parameters, caller))
        if self.error:
            raise self.error
        return Transformed([f"{text}!" for text in texts], self.failed)


@pytest.fixture
def texts():
    return Texts()


@pytest.fixture
def call(caller, texts):
    return caller(build_application, texts)


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
        ({"html": "", "charset": "no-such"}, "body.charset"),
        ({"html": "", "charset": ""}, "body.charset"),
        ({"html": "", "charset": "utf-8\0"}, "body.charset"),
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


def transformed(call, page=PAGE, query=None, **headers):
    return call("POST", routes.TRANSFORM_PAGE, page, query={"mode": "xxx", **(query or {})}, headers=headers)


def test_a_whole_page_in_one_call(call, texts):
    reply = transformed(call, query={"charset": "utf-8"}, **{"x-correlation-id": "id-1", "x-amzn-trace-id": "Root=1"})
    assert (reply.status, reply.headers["content-type"]) == (200, "application/octet-stream")
    assert reply.data == b"<p title='a&amp;b!'>Hi !<b>there!</b><!-- c -->"
    assert "x-slipway-failed-texts" not in reply.headers
    assert texts.asked == [(Mode.XXX, ["a&b", "Hi ", "there"], Parameters(), Caller("id-1", "Root=1"))]


def test_parameters_are_handed_on(call, texts):
    transformed(call, query={"mode": "hide-positive", "rating": "0.5", "model": "embedded"})
    assert texts.asked[0][0] is Mode.HIDE_POSITIVE
    assert texts.asked[0][2] == Parameters(0.5, Engine.EMBEDDED)


def test_an_unknown_charset_of_an_origin_does_not_count(call):
    assert transformed(call, b"<meta charset=koi8-r><p>\xc1", query={"charset": "no-such"}).data[-1:] == b"!"


def test_a_page_without_texts_asks_nobody(call, texts):
    assert transformed(call, b"<script>x</script>").data == b"<script>x</script>"
    assert texts.asked == []


def test_texts_that_failed_are_counted(call, texts):
    texts.failed = 2
    assert transformed(call).headers["x-slipway-failed-texts"] == "2"


@pytest.mark.parametrize(
    ("page", "left"),
    [
        (PAGE, None),
        (b"<frameset>", None),
        (b"<p>a<frameset><p>b", "from-byte 14"),
        ("\ufeff<p>a".encode("utf-16le"), "charset"),
        (b"<svg></p><![CDATA[>]]>t", "from-byte 19"),
    ],
)
def test_what_was_left_alone_is_said(call, page, left):
    assert transformed(call, page).headers.get("x-slipway-left") == left


def test_a_packed_page(call):
    reply = transformed(call, gzip.compress(b"<p>a"), **{"content-encoding": "gzip"})
    assert reply.data == b"<p>a!"
    assert "content-encoding" not in reply.headers


def test_a_long_page_comes_back_packed_for_who_can_unpack_it(call):
    page = b"<p>a" + b"<br>" * (LONGEST_PLAIN_REPLY_BYTES // 4)
    reply = transformed(call, page, **{"accept-encoding": "br, GZIP"})
    assert reply.headers["content-encoding"] == "gzip"
    assert gzip.decompress(reply.data).startswith(b"<p>a!<br>")
    assert "content-encoding" not in transformed(call, page, **{"accept-encoding": "br"}).headers


def test_a_page_of_ten_megabytes_passes_and_one_more_byte_does_not(call):
    page = ((b"<p>" + b"text " * 100) * (MAX_PAGE_BYTES // 500))[:MAX_PAGE_BYTES]
    assert len(page) == MAX_PAGE_BYTES
    both = {"content-encoding": "gzip", "accept-encoding": "gzip"}
    assert transformed(call, gzip.compress(page, 1), **both).status == 200
    reply = transformed(call, gzip.compress(page + b"x", 1), **both)
    assert (reply.status, reply.error["code"]) == (422, "too-large")
    assert reply.error["details"][0]["allowed"] == MAX_PAGE_BYTES


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"mode": "yyy"}, "query.mode"),
        ({"mode": ""}, "query.mode"),
        ({"charset": "x" * 101}, "query.charset"),
        ({"rating": "2"}, "query.rating"),
        ({"rating": "nan"}, "query.rating"),
        ({"model": "gpt"}, "query.model"),
        ({"colour": "red"}, "query.colour"),
    ],
)
def test_wrong_parameters_are_422_and_say_what_is_allowed(call, texts, query, path):
    reply = transformed(call, query=query)
    assert (reply.status, reply.error["details"][0]["path"]) == (422, path)
    assert texts.asked == []


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", b"x"), ("gzip", gzip.compress(PAGE, mtime=0)[:-3]), ("br", b"x")]
)
def test_what_cannot_be_unpacked_is_422(call, coding, body):
    assert transformed(call, body, **{"content-encoding": coding}).status == 422


def test_a_service_that_does_not_answer_is_503(call, texts):
    texts.error = UnavailableError("texts-unavailable", "down")
    assert (transformed(call).status, transformed(call).error["code"]) == (503, "texts-unavailable")


def test_a_page_as_nodes_and_back(call):
    found = call("POST", routes.HTML_TO_DICT, {"html": encoded(PAGE)}).json
    assert set(found) == {"charset", "html_dict", "hash_mapping", "node_count", "max_depth", "total_text_hashes"}
    assert found["html_dict"]["nodes"][0]["attrs"] == {"title": "a&b"}
    assert (found["node_count"], found["max_depth"], found["total_text_hashes"]) == (5, 2, 3)
    back = call("POST", routes.DICT_TO_HTML, {"html_dict": found["html_dict"], "charset": found["charset"]})
    assert base64.b64decode(back.json["html"]) == PAGE


def test_a_page_with_hashes_and_back(call):
    found = call("POST", routes.HTML_TO_DICT_HASHES, {"html": encoded(PAGE)}).json
    assert "there" not in [node.get("data") for node in found["html_dict"]["nodes"][0]["nodes"][1]["nodes"]]
    body = {name: found[name] for name in ("html_dict", "hash_mapping", "charset")}
    assert base64.b64decode(call("POST", routes.HASHES_TO_HTML, body).json["html"]) == PAGE


def test_hashes_of_a_page(call):
    listed = call("POST", routes.HTML_TO_TEXT_HASHES, {"html": encoded(PAGE)}).json
    assert list(listed["hash_mapping"].values()) == ["a&b", "Hi ", "there"]
    assert listed["total_text_hashes"] == 3
    page = call("POST", routes.HTML_TO_HTML_HASHES, {"html": encoded(PAGE)}).json
    assert page["hash_mapping"] == listed["hash_mapping"]
    first, second, third = (name.encode() for name in listed["hash_mapping"])
    assert base64.b64decode(page["html"]) == b"<p title='%b'>%b<b>%b</b><!-- c -->" % (first, second, third)


def test_texts_and_trees_of_pages_and_of_nodes(call):
    page = {"html": encoded(PAGE)}
    nodes = {"html_dict": call("POST", routes.HTML_TO_DICT, page).json["html_dict"]}
    listed = call("POST", routes.HTML_TO_TEXT_NODES, page).json
    assert [(each["text"], each["tag"], each["place"]) for each in listed["text_nodes"]] == [
        ("a&b", "p", "attribute"), ("Hi ", "p", "text"), ("there", "b", "text"),
    ]  # fmt: skip
    assert call("POST", routes.DICT_TO_TEXT_NODES, nodes).json == listed
    tree = call("POST", routes.HTML_TO_TREE_VIEW, page).json
    assert tree["tree"].splitlines()[0] == 'p title="a&b"'
    assert call("POST", routes.DICT_TO_TREE_VIEW, nodes).json == tree


def test_a_page_to_itself_and_to_its_mask(call, texts):
    page = {"html": encoded(PAGE), "charset": "utf-8"}
    assert base64.b64decode(call("POST", routes.HTML_TO_HTML, page).json["html"]) == PAGE
    masked = call("POST", routes.HTML_TO_HTML_XXX, page).json["html"]
    assert base64.b64decode(masked) == b"<p title='a&amp;b!'>Hi !<b>there!</b><!-- c -->"
    assert texts.asked[0][0] is Mode.XXX


@pytest.mark.parametrize(
    ("route", "body", "path"),
    [
        (routes.DICT_TO_HTML, {}, "body.html_dict"),
        (routes.DICT_TO_HTML, {"html_dict": []}, "body.html_dict"),
        (routes.DICT_TO_HTML, {"html_dict": {"nodes": []}, "charset": "klingon"}, "body.charset"),
        (routes.DICT_TO_TREE_VIEW, {"html_dict": {"nodes": [{"tag": "a b"}]}}, "body.html_dict.nodes.0"),
        (routes.HASHES_TO_HTML, {"html_dict": {"nodes": []}}, "body.hash_mapping"),
        (routes.HASHES_TO_HTML, {"html_dict": {"nodes": []}, "hash_mapping": {"a": 1}}, "body.hash_mapping.a"),
    ],
)
def test_nodes_that_are_none_are_422(call, route, body, path):
    reply = call("POST", route, body)
    assert reply.status == 422
    assert reply.error["details"][0]["path"].startswith(path)


@pytest.mark.parametrize("levels", [201, 100_000])
def test_json_that_is_nested_too_deeply_is_422(call, levels):
    body = b'{"html_dict":' + b'{"nodes":[' * levels + b"]}" * levels + b"}"
    assert call("POST", routes.DICT_TO_HTML, body).status == 422


def test_a_page_that_is_nested_a_hundred_thousand_times_is_answered(call):
    page = b"<b>" * 100_000 + b"x" + b"</b>" * 100_000
    assert transformed(call, page).data == page.replace(b"x", b"x!")


def test_what_a_reply_cannot_hold_is_422(call):
    reply = call("POST", routes.HTML_TO_HTML, {"html": encoded(b"x" * 6_000_000)})
    assert (reply.status, reply.error["code"]) == (422, "reply-too-large")


def test_every_route_of_the_specification_is_there(call):
    paths = call("GET", "/openapi.json").json["paths"]
    conversions = "dict html text/nodes text/hashes tree/view html/hashes html/xxx dict/hashes"
    wanted = {f"/html/to/{each}" for each in conversions.split()}
    wanted |= {f"/dict/to/{each}" for each in ("html", "text/nodes", "tree/view")} | {"/hashes/to/html"}
    wanted |= {"/html/to/segments", "/segments/to/html", "/html/transform"}
    assert wanted | {"/info/health", "/info/status", "/openapi.json"} == set(paths)
