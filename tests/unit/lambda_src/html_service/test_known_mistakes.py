"""What earlier systems of this kind got wrong, on every route that writes a page."""

import base64

import pytest

from contract import routes
from lambda_src.html_service.routes import build_application
from lambda_src.html_service.text_service import Transformed

PAGE = (
    "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01//EN'><!--[if IE]> c <![endif]-->"
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;"
    "<p title='caf\xe9 &amp; &lt;b&gt;'>na\xefve \xa9</p>"
    "<svg viewBox='0 0 1 1'><linearGradient id=a><foreignObject></foreignObject></linearGradient></svg>"
)
"""With escaped markup, comments, a doctype, names that have two cases, and characters of Latin-1."""

KEPT = (
    "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01//EN'>",
    "<!--[if IE]> c <![endif]-->",
    "viewBox='0 0 1 1'",
    "<linearGradient id=a>",
    "</foreignObject>",
)


class Changed:
    """Takes the end off each text, so that every one is written anew."""

    def transform(self, mode, texts, parameters, caller):  # noqa: ARG002 - takes what the real one takes
        return Transformed([text[:-1] for text in texts])


@pytest.fixture
def call(caller):
    return caller(build_application, Changed())


def written(call, route, page, charset):
    body = {"html": base64.b64encode(page).decode(), "charset": charset}
    if route in (routes.DICT_TO_HTML, routes.HASHES_TO_HTML):
        way_there = routes.HTML_TO_DICT if route == routes.DICT_TO_HTML else routes.HTML_TO_DICT_HASHES
        found = call("POST", way_there, body).json
        names = ("html_dict", "charset") if route == routes.DICT_TO_HTML else ("html_dict", "charset", "hash_mapping")
        body = {name: found[name] for name in names}
    if route == routes.TRANSFORM_PAGE:
        return call("POST", route, page, query={"mode": "xxx", "charset": charset}).data
    if route == routes.SEGMENTS_TO_HTML:
        body["segments"] = call("POST", routes.HTML_TO_SEGMENTS, body).json["segments"]
    return base64.b64decode(call("POST", route, body).json["html"])


CHANGING = (routes.TRANSFORM_PAGE, routes.HTML_TO_HTML_XXX, routes.HTML_TO_HTML_HASHES)
KEEPING = (routes.HTML_TO_HTML, routes.SEGMENTS_TO_HTML, routes.DICT_TO_HTML, routes.HASHES_TO_HTML)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("route", KEEPING)
def test_what_nobody_changes_stays(call, route, charset):
    page = PAGE.encode(charset)
    assert written(call, route, page, charset) == page


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("route", CHANGING)
def test_escaped_markup_never_comes_alive_and_nothing_else_is_lost(call, route, charset):
    changed = written(call, route, PAGE.encode(charset), charset).decode(charset)
    assert "<script" not in changed
    for kept in KEPT:
        assert kept in changed


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_characters_of_latin_1_survive(call, charset):
    changed = written(call, routes.TRANSFORM_PAGE, PAGE.encode(charset), charset)
    assert "title='caf\xe9 &amp; &lt;b'>na\xefve </p>".encode(charset) in changed
    assert "&lt;script&gt;alert(1)&lt;/script<p".encode(charset) in changed
