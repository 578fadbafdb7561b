import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_src.html_service.encodings import find_encoding
from lambda_src.html_service.nodes import DEEPEST, Bytes, ElementNode, HtmlDict, RawNode, TextNode
from lambda_src.html_service.outline import (
    measure,
    put_back,
    to_outline,
    to_page,
    view,
)
from lambda_src.html_service.segmenter import find_segments

UTF8 = find_encoding("utf-8")
PAGE = (
    b"\xef\xbb\xbf<!DOCTYPE html><P  Title='a&amp;b' hidden>Hi <b>there</b ><p>&eacute;<!-- c --><br/>"
    b"<script>1<2</script></x>"
)
_PARTS = [
    "<p>", "</p>", "<b a=1 A=2>", "</b>", "<li>", "<td x>", "<tr>", "t", " ", "&amp;", "&", "<svg>", "</svg>", "<g/>",
    "<title>", "</title>", "<!-- ", "-->", "<script>", "</script>", "<", "é", "\r\n", "<a t='", "'>", "<![CDATA[",
    "]]>", "<img alt='x &lt;'>", "<select>", "<frameset>", "<plaintext>",
]  # fmt: skip


def outline(page):
    return to_outline(page, UTF8)


def shape(nodes):
    return [(node.tag, shape(node.nodes)) if isinstance(node, ElementNode) else node.data for node in nodes]


def test_nodes_say_what_is_there_and_how_it_is_written():
    bom, doctype, first, second = outline(PAGE).nodes
    assert (bom, doctype) == (RawNode(data="\ufeff"), RawNode(data="<!DOCTYPE html>"))
    assert (first.tag, first.attrs, first.start) == (
        "P",
        {"Title": "a&b", "hidden": None},
        "<P  Title='a&amp;b' hidden>",
    )
    assert first.nodes[0] == TextNode(data="Hi ", source="Hi ")
    assert first.nodes[1].end == "</b >"
    assert second.nodes[0] == TextNode(data="é", source="&eacute;")
    assert [node.data for node in second.nodes if isinstance(node, RawNode)] == ["<!-- c -->", "</x>"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<ul><li>a<li>b</ul>c", [("ul", [("li", ["a"]), ("li", ["b"])]), "c"]),
        (b"<p>a<div>b</div>", [("p", ["a"]), ("div", ["b"])]),
        (b"<b><p>a</b>c", [("b", [("p", ["a"])]), "c"]),
        (b"<table><tr><td>a<td>b<tr>", [("table", [("tr", [("td", ["a"]), ("td", ["b"])]), ("tr", [])])]),
        (b"<dl><dt>a<dd>b<dt>c", [("dl", [("dt", ["a"]), ("dd", ["b"]), ("dt", ["c"])])]),
        (b"<svg><linearGradient/><a>x", [("svg", [("linearGradient", []), ("a", ["x"])])]),
        (b"a</p>b", ["a", "</p>", "b"]),
        (b"<script><p></script>", [("script", ["<p>"])]),
        (b"<frameset><p>a", [("frameset", ["<p>a"])]),
    ],
)
def test_nesting(page, expected):
    assert shape(outline(page).nodes) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=14).map("".join))
def test_nodes_that_nobody_changed_make_the_same_page(text):
    page = text.encode()
    found = outline(page)
    assert to_page(found.nodes, UTF8) == page
    assert len(found.owners) == len(find_segments(page, UTF8))
    assert (measure(found.nodes).node_count, measure(found.nodes).max_depth) == (found.node_count, found.max_depth)


def test_a_changed_node_is_written_anew_and_no_other():
    nodes = outline(PAGE).nodes
    nodes[2].nodes[0].data = "</p><script>"
    nodes[3].nodes[0].data = "è"
    changed = PAGE.replace(b">Hi <", b">&lt;/p&gt;&lt;script&gt;<").replace(b"&eacute;", "è".encode())
    assert to_page(nodes, UTF8) == changed
    nodes[2].attrs["Title"] = '"><script>'
    assert to_page(nodes, UTF8) == changed.replace(
        b"<P  Title='a&amp;b' hidden>", b'<P Title="&quot;&gt;&lt;script&gt;" hidden>'
    )


def test_a_start_that_is_more_than_a_start_tag_does_not_count():
    element = ElementNode(tag="p", start="<p><script>")
    assert to_page([element], UTF8) == b"<p>"


@pytest.mark.parametrize("label", ["latin1", "koi8-r"])
def test_what_an_encoding_lacks_becomes_a_reference(label):
    assert to_page([TextNode(data="語"), RawNode(data="語")], find_encoding(label)) == b"&#35486;&#35486;"


def test_names_keep_their_case():
    page = b"<svg viewBox='0 0 1 1'><linearGradient gradientUnits=x></linearGradient></svg>"
    nodes = outline(page).nodes
    nodes[0].attrs["viewBox"] = "1"
    assert to_page(nodes, UTF8) == page.replace(b"'0 0 1 1'", b'"1"')


def test_a_page_in_an_encoding_that_is_left_alone_is_one_raw_node():
    page, encoding = "<p>x</p>".encode("utf-16"), find_encoding("utf-16le")
    found = to_outline(page, encoding)
    assert (found.nodes, found.node_count) == ([RawNode(data=Bytes.model_construct(base64=page))], 1)
    assert to_page(found.nodes, encoding) == page
    assert to_outline(b"", encoding).nodes == []
    with pytest.raises(ValueError, match="utf-16le"):
        to_page([RawNode(data="a")], encoding)


@pytest.mark.parametrize(
    ("page", "label"),
    [
        (b"<p>\x87\x90 hello<!-- \x87\x90 --></p \x87\x90>", "shift_jis"),
        (b"<p title='\xa2\xcc' \xa2\xcc=a>b", "big5"),
        (b"<p>\x80 5", "gbk"),
        (b"<p>\x8f\xa2\xb7 a", "euc-jp"),
        (b"<p>\x81 a", "latin1"),
        (b"<p>\xe9 a<b\xff>c</b\xff>", "utf-8"),
        (b"<p>\xd9 a", "windows-1255"),
    ],
)
def test_what_no_text_would_bring_back_stands_in_bytes(page, label):
    encoding = find_encoding(label)
    nodes = HtmlDict.model_validate_json(HtmlDict(nodes=to_outline(page, encoding).nodes).model_dump_json()).nodes
    assert to_page(nodes, encoding) == page
    assert to_page(put_back(nodes, {"b": "c"}), encoding) == page.replace(b">b", b">c")


def test_owners_are_those_of_texts_and_attributes_in_the_order_of_the_page():
    found = outline(b"a<p title=b>c<img alt=d></p>e<title>f</title>")
    assert found.owners == ["", "p", "p", "img", "", "title"]


def test_texts_can_be_shown_otherwise_and_put_back():
    page = b"<p title='a &amp; b'>a &amp; b<i>c"
    found = to_outline(page, UTF8, {"a & b": "1", "c": "2"})
    assert found.nodes[0].attrs == {"title": "1"}
    assert shape(found.nodes) == [("p", ["1", ("i", ["2"])])]
    assert to_page(put_back(found.nodes, {"1": "a & b", "2": "c"}), UTF8) == page
    assert to_page(put_back(found.nodes, {"1": "a & b", "2": "d"}), UTF8) == page[:-1] + b"d"


@pytest.mark.parametrize(
    "tag",
    [
        b'<a href="h" onclick="h" data-title="h">',
        b'<input value="h">',
        b'<input type=text value="h">',
        b'<link title="h">',
        b'<p ti\xc5\xbfle="h">',
    ],
)
def test_no_text_is_put_into_an_attribute_that_nobody_reads(tag):
    assert to_page(put_back(outline(tag).nodes, {"h": "alert(1)"}), UTF8) == tag


@pytest.mark.parametrize("tag", [b'<a TITLE="h">', b'<input Type=SUBMIT VALUE="h">', b'<img Alt="h">'])
def test_text_is_put_back_into_attributes_that_are_read(tag):
    assert b'="read"' in to_page(put_back(outline(tag).nodes, {"h": "read"}), UTF8)


def test_a_start_tag_that_is_written_anew_stays_closed():
    page = b'<svg><path aria-label="a"/><g>'
    assert to_page(put_back(outline(page).nodes, {"a": "b"}), UTF8) == page.replace(b'"a"', b'"b"')


def test_a_view_for_people():
    assert view(outline(PAGE).nodes).splitlines() == [
        'P Title="a&b" hidden=""', "    TEXT: Hi", "    b", "        TEXT: there", "p", "    TEXT: é", "    br",
        "    script",
    ]  # fmt: skip


def test_thousands_of_levels_are_cut_short_and_still_make_the_same_page():
    page = b"<b>" * 10_000 + b"x" + b"</b>" * 10_000
    found = outline(page)
    assert found.max_depth == DEEPEST + 1
    assert to_page(found.nodes, UTF8) == page


def test_duplicate_attributes_count_once():
    element = outline(b"<p A=1 a=2 b>").nodes[0]
    assert element.attrs == {"A": "1", "b": None}
    assert re.fullmatch("<p A=1 a=2 b>", element.start)
