import contextlib
import tracemalloc

import pytest

from lambda_src.html_service.logic import MAX_PAGE_BYTES, Segments, to_html, to_segments
from lambda_src.html_service.sweep import MOST_TEXTS
from lambda_src.shared.errors import InvalidInputError


def test_to_segments():
    assert to_segments("<p>é".encode("koi8-u", "xmlcharrefreplace"), "koi8-u") == Segments("koi8-u", ["é"])


def test_header_wins_over_the_page():
    assert to_segments("<meta charset=big5><p>é".encode(), "utf-8") == Segments("utf-8", ["é"])


def test_latin1_characters_survive():
    page = b"<p>caf\xe9</p><p>x</p>"
    assert to_html(page, "iso-8859-1", [None, "na\u00efve"]) == b"<p>caf\xe9</p><p>na\xefve</p>"


@pytest.mark.parametrize("texts", [[], ["a"], ["a", "b", "c"]])
def test_wrong_number_of_segments_tells_both_numbers(texts):
    with pytest.raises(InvalidInputError) as caught:
        to_html(b"<p>a<p>b", None, texts)
    assert caught.value.code == "wrong-number-of-segments"
    assert (caught.value.details[0].value, caught.value.details[0].allowed) == (len(texts), 2)


def test_page_at_the_limit_and_over_it():
    assert to_segments(b" " * MAX_PAGE_BYTES, None).texts == []
    for step in (lambda page: to_segments(page, None), lambda page: to_html(page, None, [])):
        with pytest.raises(InvalidInputError, match=str(MAX_PAGE_BYTES)):
            step(b" " * (MAX_PAGE_BYTES + 1))


@pytest.mark.parametrize("piece", [b"a<b>", b"<p title=a>", b"a<svg><a>b</a></svg>"])
def test_more_texts_than_memory_has_room_for(piece):
    page = piece * (MOST_TEXTS + 1)
    with pytest.raises(InvalidInputError) as caught:
        to_segments(page, "utf-8")
    assert (caught.value.code, caught.value.details[0].allowed) == ("too-many-texts", MOST_TEXTS)


@pytest.mark.parametrize("piece", [b"<b>", b"a<b>", b"<a b=c>", b"<svg>", b"&", b"<"])
def test_memory_is_bounded_whatever_the_page(piece):
    page = piece * (MAX_PAGE_BYTES // 8 // len(piece))
    tracemalloc.start()
    with contextlib.suppress(InvalidInputError):
        to_html(page, "utf-8", to_segments(page, "utf-8").texts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * 1024 * 1024
