import pytest

from lambda_src.html_service.encodings import find_encoding
from lambda_src.html_service.segmenter import find_segments, replace_segments

UTF8 = find_encoding("utf-8")


def texts(page, label="utf-8"):
    return [segment.text for segment in find_segments(page, find_encoding(label))]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"", []),
        (b"just text", ["just text"]),
        (b"<h1>A</h1> <p>B <b>C</b>\n</p>", ["A", "B ", "C"]),
        (b"<p>&nbsp;</p>", []),
        (b"<p>\0 \0</p>", []),
        (b"<p>a &lt; b</p>", ["a < b"]),
        (b"1 < 2", ["1 < 2"]),
        (b"<!-- c --><!doctype html><?x?>t", ["t"]),
        (b"<script>s</script><style>s</style><xmp>s</xmp><iframe>s</iframe><noembed>s</noembed>t", ["t"]),
        (b"<script>if (a<b) '<p>no</p>'</script>t", ["t"]),
        (b"<title>a &amp; <b></title><textarea><p>x</p></textarea>t", ["a & <b>", "<p>x</p>", "t"]),
        (b"<noscript><img src=x>no</noscript>t", ["t"]),
        (b"<noscript><style>a</style></noscript>t", ["t"]),
        (b"<noscript><!--</noscript>-->t", []),
        (b"<plaintext>t<p>u", []),
        (b"<img alt=A title='B'><a title=\"C\">D</a>", ["A", "B", "C", "D"]),
        (b"<input placeholder=P aria-label='L' value=v>", ["P", "L"]),
        (b"<input type=SUBMIT value=S><input value=R type=reset><input type=text value=T>", ["S", "R"]),
        (b"<button value=v>B</button>", ["B"]),
        (b"<link title=T><style title=T></style><abbr title=A>", ["A"]),
        (b"<img alt=''><img alt>", []),
        (b"<p data-title=x class=title>t", ["t"]),
        (b"</p title=x>t", ["t"]),
        (b"<p TITLE=x>", ["x"]),
        (b"t<p title='x", ["t"]),
        (b"<svg><title>T</title><style>a{}</style><text>X</text></svg>t", ["T", "X", "t"]),
        (b"<svg><style><![CDATA[a>b{}]]></style><text>X</text></svg>t", ["X", "t"]),
        (b"<svg><![CDATA[<p>c]]><text>X</text></svg>t", ["X", "t"]),
        (b"<![CDATA[c>t]]>", ["t]]>"]),
        (b"\xef\xbb\xbft", ["t"]),
        (b"<p>a \xff b</p><p>t</p>", ["a \ufffd b", "t"]),
        (b"<p>a &#" + b"9" * 5000 + b";</p><p>t</p>", ["a \ufffd", "t"]),
    ],
)
def test_find_segments(page, expected):
    assert texts(page) == expected


@pytest.mark.parametrize(
    "page",
    [
        b"<div><svg></div><style><b title='</style>'>t<p title=x>",
        b"<select><xmp><b title='</xmp>'>t",
        b"<frameset><title><b title='</title>'>t",
        b"<svg></p><![CDATA[>]]>t",
        b"<em><frameset></frameset></html><table>t",
        b"<svg></x><script><script></script>a()",
        b"<math></x><style><style></style>a {}",
        b"<svg><style><svg></x></svg>a {}",
        b"<template><col><style><b title='</style>'>t",
        b"<svg><button><foreignObject><button><button></button></button><style><b title='</style>'>t",
        b"<svg><foreignObject><p><div></div><![CDATA[x>y]]>",
        b"<noscript><svg><desc></noscript></desc><style><b title='</style>'>t",
        b"<svg></x><style><foreignObject><div></style></div></foreignObject>a {}",
    ],
)
def test_nothing_is_edited_behind_a_place_with_two_readings(page):
    assert texts(page) == []


@pytest.mark.parametrize(
    "page",
    [
        b"<math><annotation-xml encoding='MathML-Content'><ci></ci></annotation-xml></math>",
        b"<math><annotation-xml encoding='TEXT&#47;HTML'><p></p></annotation-xml></math>",
        b"<svg><foreignObject><table><tr><td></td></tr></table></foreignObject></svg>",
        b"<svg><foreignObject><form><input></form></foreignObject></svg>",
        b"<svg><foreignObject><div><p><p></div></foreignObject></svg>",
        b"<svg><path></path></g></svg>",
        b"<select><svg></svg></select>",
    ],
)
def test_going_on_behind_usual_markup(page):
    assert texts(page + b"<p>a</p></main><script>if (a<b) c()</script><p>t") == ["a", "t"]


@pytest.mark.parametrize(
    "page",
    [
        b"<div><svg></div><style>a</style>t",
        b"<div><svg></div><title>a</title>t",
        b"<div><svg></div><script>'<b><i>'</script>t",
        b"<select><noscript><br></noscript></select>t",
    ],
)
def test_going_on_where_all_readings_agree(page):
    assert "t" in texts(page)


@pytest.mark.parametrize("label", ["utf-16le", "iso-2022-jp", "replacement", "x-user-defined"])
def test_pages_in_some_encodings_are_left_alone(label):
    assert texts(b"<p>t</p>", label) == []


@pytest.mark.parametrize(
    ("page", "replacements", "expected"),
    [
        (b"<P  Title='a'>b</P >", ["<'>", "c & d"], b"<P  Title='&lt;&#39;&gt;'>c &amp; d</P >"),
        (b"<img alt=a>", [""], b'<img alt="">'),
        (b"<img alt=a title=b/>", ["x y", '"'], b'<img alt="x y" title="&quot;">'),
        (b"<p>a<p>b<p>c", ["x", None, "c"], b"<p>x<p>b<p>c"),
        (b"<title>a</title>", ["</title><script>"], b"<title>&lt;/title&gt;&lt;script&gt;</title>"),
        (b"<p>&eacute;</p>", ["é"], b"<p>&eacute;</p>"),
        (b"<p>&eacute;</p>", ["è"], "<p>è</p>".encode()),
        (b"<!-- a --><pre>\n b\r\n</pre>", ["\n c\n"], b"<!-- a --><pre>\n c\n</pre>"),
        (b"a<!-- a --><i>b</i><b>c", ["", " \0\n", "\xa0"], "\u200b<!-- a --><i> \0\n\u200b</i><b>\xa0".encode()),
    ],
)
def test_replace_segments(page, replacements, expected):
    assert replace_segments(page, UTF8, replacements) == expected


def test_replaced_text_is_written_in_the_encoding_of_the_page():
    page = "<p>日本</p><p>語</p>".encode("cp932")
    changed = replace_segments(page, find_encoding("sjis"), ["語 😀", None])
    assert changed == "<p>語 &#128512;</p><p>語</p>".encode("cp932")


def test_an_odd_byte_is_kept_and_does_not_keep_its_text_from_being_replaced():
    page, encoding = b"<p>my \x81 diary</p><p>\x9d</p>", find_encoding("latin1")
    assert [segment.text for segment in find_segments(page, encoding)] == ["my \x81 diary", "\x9d"]
    assert replace_segments(page, encoding, ["xx \x81 xxxxx", None]) == b"<p>xx \x81 xxxxx</p><p>\x9d</p>"
    assert replace_segments(page, UTF8, ["xx \ufffd xxxxx", None]) == "<p>xx \ufffd xxxxx</p><p>".encode() + b"\x9d</p>"


@pytest.mark.parametrize("replacements", [[], ["a", "b"]])
def test_wrong_number_of_texts(replacements):
    with pytest.raises(ValueError, match="zip"):
        replace_segments(b"<p>t</p>", UTF8, replacements)


@pytest.mark.parametrize(
    "page",
    [
        b"<" * 100_000,
        b'<a title="' * 20_000,
        b"<a " * 50_000,
        b"<a" + b" =" * 50_000 + b">",
        b"<a " + b" " * 100_000 + b"x",
        b"<!--" * 50_000,
        b"<svg>" + b"<![CDATA[" * 20_000,
        b"<svg>" + b"<g>" * 20_000 + b"</x>" * 20_000,
        b"<script>" + b"<!--<script" * 20_000,
        b"<title>" * 20_000,
        b"<noscript><p>" * 20_000,
        b"<frameset>" + b"<title><b></title>" * 10_000,
        b"&" * 100_000,
        b"&#" + b"9" * 100_000,
        (b"&#" + b"9" * 4200 + b";") * 20,
    ],
)
def test_hostile_pages_come_back(page):
    """Each would take minutes, not milliseconds, if anything here were not linear."""
    segments = find_segments(page, UTF8)
    assert replace_segments(page, UTF8, [segment.text for segment in segments]) == page
