import pytest

from lambda_src.html_service.escaping import Place, read_text, write_text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a &amp; b", "a & b"),
        (b"&lt;script&gt;", "<script>"),
        (b"&notit;", "¬it;"),
        (b"&#65;&#x42;&#67", "ABC"),
        (b"&unknown; &", "&unknown; &"),
        (b"a\r\nb\rc", "a\nb\nc"),
        (b"&#13;", "\r"),
        ("é€".encode(), "é€"),
    ],
)
def test_read_text(data, text):
    assert read_text(data, "utf-8", Place.TEXT) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"?a=1&copy=2", "?a=1&copy=2"),
        (b"?a=1&copy;=2", "?a=1©=2"),
        (b"&notit;", "&notit;"),
        (b"&not it", "¬ it"),
        (b"&amp", "&"),
        (b"&amp;lt;", "&lt;"),
        (b"&#65=", "A="),
        (b"&&lt;", "&<"),
    ],
)
def test_read_attribute(data, text):
    assert read_text(data, "utf-8", Place.DOUBLE_QUOTED) == text


@pytest.mark.parametrize("data", [b"\xff", b"&#" + b"9" * 5000 + b";"])
def test_what_cannot_be_read(data):
    assert read_text(data, "utf-8", Place.TEXT) is None


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (Place.TEXT, b"&lt;a b='c' d=\"e\"&gt;&amp;&#13;"),
        (Place.DOUBLE_QUOTED, b"&lt;a b='c' d=&quot;e&quot;&gt;&amp;&#13;"),
        (Place.SINGLE_QUOTED, b'&lt;a b=&#39;c&#39; d="e"&gt;&amp;&#13;'),
        (Place.UNQUOTED, b"\"&lt;a b='c' d=&quot;e&quot;&gt;&amp;&#13;\""),
    ],
)
def test_write_text(place, written):
    assert write_text("<a b='c' d=\"e\">&\r", "utf-8", place) == written


def test_empty_unquoted_value_keeps_its_place():
    assert write_text("", "utf-8", Place.UNQUOTED) == b'""'


@pytest.mark.parametrize(
    ("codec", "written"),
    [("utf-8", "é€😀".encode()), ("cp1252", b"\xe9\x80&#128512;"), ("cp932", b"&#233;&#8364;&#128512;")],
)
def test_characters_that_the_encoding_lacks(codec, written):
    assert write_text("é€😀", codec, Place.TEXT) == written


def test_lone_surrogate_does_no_harm():
    assert write_text("\ud800", "utf-8", Place.TEXT) == b"&#55296;"


def test_a_character_that_would_be_read_back_as_another_becomes_a_reference():
    assert "¬".encode("cp932").decode("cp932") != "¬", "the codec's own answer, which we must not take"
    written = write_text("¬ 日", "cp932", Place.TEXT)
    assert written == b"&#172; " + "日".encode("cp932")
    assert read_text(written, "cp932", Place.TEXT) == "¬ 日"
