import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_src.html_service.encodings import _BY_LABEL
from lambda_src.html_service.escaping import Place, read_text, read_texts, write_text


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


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a \xff b", "a \ufffd b"),
        (b"a &#" + b"9" * 5000 + b"; b", "a \ufffd b"),
        (b"&#" + b"0" * 5000 + b"65;", "A"),
        (b"&#" + b"0" * 5000 + b";", "\ufffd"),
    ],
)
def test_one_odd_thing_does_not_hide_a_text(data, text):
    assert read_text(data, "utf-8", Place.TEXT) == text


@pytest.mark.parametrize("codec", sorted({each.codec for each in _BY_LABEL.values() if each.codec}))
def test_every_byte_is_read_and_no_ascii_goes_with_a_wrong_one(codec):
    for data in [bytes([lead, *rest]) for lead in range(0x80, 0x100) for rest in ((), (0x30,), (0x30, 0x81), (0xA2,))]:
        for mark in "<>\"'= /&":
            written = write_text("x", codec, Place.TEXT)
            assert (data + mark.encode() + written).decode(codec, "replace").endswith(f"{mark}x")


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


@pytest.mark.parametrize(
    ("pieces", "texts"),
    [
        ([], []),
        ([b"a"], ["a"]),
        ([b"a\r", b"\nb", b""], ["a\n", "\nb", ""]),
        ([b"a &amp; b", b"&#" + b"9" * 5000 + b";"], ["a & b", "\ufffd"]),
        ([b"a", b"\xff", b"b"], ["a", "\ufffd", "b"]),
        ([b"a</>b", b"c"], ["a</>b", "c"]),
        ([b"a", b"\xc3"], ["a", "\ufffd"]),
    ],
)
def test_many_texts_at_once(pieces, texts):
    places = [Place.TEXT] * len(pieces)
    assert read_texts(pieces, places, "utf-8") == texts
    assert [read_text(piece, "utf-8", Place.TEXT) for piece in pieces] == texts


@pytest.mark.parametrize("codec", sorted({each.codec for each in _BY_LABEL.values() if each.codec}))
@given(st.lists(st.binary(max_size=6), max_size=4))
@settings(max_examples=30, deadline=None)
def test_many_texts_are_read_as_each_by_itself(codec, pieces):
    places = [Place.TEXT] * len(pieces)
    assert read_texts(pieces, places, codec) == [read_text(piece, codec, Place.TEXT) for piece in pieces]
