"""The HTML service and the semantic text service together: a page in, the page in every mode out."""

import html5lib
import pytest

from contract import routes
from contract.modes import RULES, Engine, Mode
from lambda_src.html_service.routes import build_application as build_html_service
from lambda_src.html_service.text_service import Transformed
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.routes import build_application as build_text_service
from tests.unit.lambda_src.semantic_text_service.engines import FakeEngine
from tests.unit.lambda_src.semantic_text_service.test_logic import RICH

CHARSETS = ("utf-8", "windows-1252", "shift_jis")
PAGE = (
    "<!DOCTYPE html><title>I hate this terrible day</title><body class=a><h1 title='Sorry for the wait.'>"
    + "<hr>".join(f"<p>{text}" for text in RICH)
    + "<!-- I hate comments --><script>var hate = '&lt;'</script><p>1 &lt;b&gt; 2</body>"
)


class TextsInProcess:
    """Asks the semantic text service as the HTML service does, but for the network."""

    def __init__(self, call):
        self._call = call

    def transform(self, mode, texts, parameters, _caller):
        body = {"mode": mode, "texts": texts, "rating": parameters.rating, "model": parameters.model}
        reply = self._call("POST", routes.TRANSFORM_TEXTS, {key: value for key, value in body.items() if value})
        return Transformed(reply.json["texts"], len(reply.json["failures"]))


@pytest.fixture
def call(caller):
    engines = {Engine.EMBEDDED: EmbeddedEngine(), Engine.COMPREHEND: FakeEngine()}
    return caller(build_html_service, TextsInProcess(caller(build_text_service, engines)))


def shown(call, mode, charset="utf-8", **query):
    return call("POST", routes.TRANSFORM_PAGE, PAGE.encode(charset), query={"mode": mode, "charset": charset, **query})


def elements(page):
    """What a browser makes of a page, without its texts."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [element.tag for element in tree.iter() if isinstance(element.tag, str)]


@pytest.mark.parametrize("charset", CHARSETS)
def test_no_two_modes_show_the_same_page(call, charset):
    pages = {mode: shown(call, mode, charset).data.decode(charset) for mode in Mode if mode is not Mode.OFF}

    assert pages[Mode.ROUNDTRIP] == PAGE
    assert len(set(pages.values())) == len(pages)
    assert {mode: elements(page) for mode, page in pages.items()} == dict.fromkeys(pages, elements(PAGE))


@pytest.mark.parametrize("mode", RULES)
def test_comments_and_scripts_stay_whatever_the_mode(call, mode):
    page = shown(call, mode).data.decode()

    assert "<!-- I hate comments --><script>var hate = '&lt;'</script>" in page


def test_attributes_that_people_read_are_rated_as_well(call):
    page = shown(call, Mode.XXX_NEGATIVE).data.decode()

    assert "<title>x xxxx xxxx xxxxxxxx xxx</title>" in page
    assert "title='xxxxx xxx xxx xxxx.'" in page


def test_rating_and_engine_reach_the_texts(call):
    assert shown(call, Mode.XXX_NEGATIVE, rating="0.99").data.decode() == PAGE
    assert shown(call, Mode.XXX_NEGATIVE, model="comprehend").data.decode() == PAGE


def test_a_text_that_failed_is_counted(call):
    body = b"<p>negative .9<p>it fails"

    reply = call("POST", routes.TRANSFORM_PAGE, body, query={"mode": "xxx-negative", "model": "comprehend"})

    assert reply.data == b"<p>xxxxxxxx .x<p>it fails"
    assert reply.headers["x-slipway-failed-texts"] == "1"
