import pytest

from lambda_src.html_service.tokenizer import (
    Kind,
    attributes,
    cdata_end,
    find_markup,
    has_attribute,
    is_end_tag,
    raw_text_end,
)


@pytest.mark.parametrize(
    ("page", "kind", "markup"),
    [
        (b"a <b>c", Kind.START, b"<b>"),
        (b"a </B >c", Kind.END, b"</B >"),
        (b"1 < 2 <i>", Kind.START, b"<i>"),
        (b"<a title='>'>x", Kind.START, b"<a title='>'>"),
        (b'<a title=">">x', Kind.START, b'<a title=">">'),
        (b"<a title=a>b>x", Kind.START, b"<a title=a>"),
        (b"<a ='>'>x", Kind.START, b"<a ='>"),
        (b"<a '>'>x", Kind.START, b"<a '>"),
        (b"<a b=>c", Kind.START, b"<a b=>"),
        (b"<a b = 'c'd=\"e\">f", Kind.START, b"<a b = 'c'd=\"e\">"),
        (b"<a/b/c='/>'/>d", Kind.START, b"<a/b/c='/>'/>"),
        (b"<a<b>c", Kind.START, b"<a<b>"),
        (b"<!-- a > b -->c", Kind.OTHER, b"<!-- a > b -->"),
        (b"<!-->c-->", Kind.OTHER, b"<!-->"),
        (b"<!--->c-->", Kind.OTHER, b"<!--->"),
        (b"<!---->c", Kind.OTHER, b"<!---->"),
        (b"<!--a--!>c", Kind.OTHER, b"<!--a--!>"),
        (b"<!--!>a-->c", Kind.OTHER, b"<!--!>a-->"),
        (b"<!-- <!-->c", Kind.OTHER, b"<!-- <!-->"),
        (b"<!--a", Kind.OTHER, b"<!--a"),
        (b'<!DOCTYPE html "a>b">', Kind.OTHER, b'<!DOCTYPE html "a>'),
        (b"<?php a > b ?>", Kind.OTHER, b"<?php a >"),
        (b"</>a", Kind.OTHER, b"</>"),
        (b"</ a>b", Kind.OTHER, b"</ a>"),
        (b"<![CDATA[a>b]]>", Kind.CDATA, b"<![CDATA[a>"),
        (b"<![cdata[a]]>", Kind.OTHER, b"<![cdata[a]]>"),
        (b"a<b title='c", Kind.OTHER, b"<b title='c"),
        (b"a<b title=c", Kind.OTHER, b"<b title=c"),
        (b"a<b", Kind.OTHER, b"<b"),
    ],
)
def test_find_markup(page, kind, markup):
    found = find_markup(page, 0)
    assert (found.kind, page[found.start : found.end]) == (kind, markup)


@pytest.mark.parametrize("page", [b"", b"abc", b"a < b", b"a <", b"a </", b"<1>", b"<\xe9>", b"a >"])
def test_no_markup(page):
    assert find_markup(page, 0) is None


@pytest.mark.parametrize(
    ("page", "closing"), [(b"<a/>", True), (b"<a / >", False), (b"<a b=/>", False), (b"<a b/>", True), (b"<a>", False)]
)
def test_self_closing(page, closing):
    assert find_markup(page, 0).self_closing is closing


def test_name_is_lower_case():
    assert find_markup(b"<ForeignObject>", 0).name == b"foreignobject"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<a b=1 C='2' d=\"3\" e f=>", [(b"b", b"1", b""), (b"c", b"2", b"'"), (b"d", b"3", b'"')]),
        (b"<a b=1 B=2>", [(b"b", b"1", b"")]),
        (b"<a b B=2>", []),
        (b"<a b=''>", [(b"b", b"", b"'")]),
        (b"<a b=c/>", [(b"b", b"c/", b"")]),
        (b"<a b==c>", [(b"b", b"=c", b"")]),
        (b"<a =b=c>", [(b"=b", b"c", b"")]),
        (b"<a\tb\n=\r\x0c'c\n'>", [(b"b", b"c\n", b"'")]),
        (b"<a/b=1/c=2>", [(b"b", b"1/c=2", b"")]),
        (b"<a>", []),
    ],
)
def test_attributes(page, expected):
    found = attributes(page, find_markup(page, 0))
    assert [(a.name, page[a.start : a.end], a.quote) for a in found] == expected


def test_has_attribute_also_without_value():
    page = b"<font COLOR>"
    assert has_attribute(page, find_markup(page, 0), frozenset((b"color",)))
    assert not has_attribute(page, find_markup(page, 0), frozenset((b"size",)))


@pytest.mark.parametrize(
    ("name", "page"),
    [
        (b"style", b"a</styl></styles></STYLE >b"),
        (b"title", b"<b></title/>"),
        (b"script", b"a</script>"),
        (b"script", b"'</scripts>' </script\n>"),
        (b"script", b"<!-- </script>"),
        (b"script", b"<!--<script></script>--></script>"),
        (b"script", b"<!--<script>--></script>"),
        (b"script", b"<!--><script></script>"),
        (b"script", b"<!---><script></script>"),
        (b"script", b"<script></script>"),
        (b"script", b"<!-- <scripty </script>"),
    ],
)
def test_raw_text_end(name, page):
    end = raw_text_end(page, 0, name)
    rest = page[end:].lower()
    assert rest.startswith(b"</" + name)
    if name == b"script" and page.count(b"</script") > 1:
        assert end == page.rindex(b"</script") or page.startswith((b"<!-->", b"<!--->"))


def test_script_in_escaped_script_hides_one_end():
    page = b"<!-- <script> </script> </script>"
    assert raw_text_end(page, 0, b"script") == page.rindex(b"</script")


@pytest.mark.parametrize("name", [b"script", b"style"])
def test_raw_text_without_end_reaches_to_the_end(name):
    assert raw_text_end(b"abc", 0, name) == 3


def test_is_end_tag():
    assert is_end_tag(b"a</Title>", 1, b"title")
    assert not is_end_tag(b"a</titles>", 1, b"title")


def test_cdata_end():
    assert cdata_end(b"<![CDATA[a>b]]>c", 0) == 15
    assert cdata_end(b"<![CDATA[a>b", 0) == 12
