import codecs

import pytest

from lambda_src.html_service.encodings import _BY_LABEL
from lambda_src.html_service.web_codecs import MULTI_BYTE

CODECS = sorted({each.codec for each in _BY_LABEL.values() if each.codec} - {"utf-8"})


@pytest.mark.parametrize("codec", CODECS)
def test_what_python_reads_is_read_alike(codec):
    own = codec.removeprefix("web_")
    different = {}
    for byte in range(0x100):
        try:
            read = bytes([byte]).decode(own)
        except UnicodeDecodeError:
            continue
        if bytes([byte]).decode(codec) != read:
            different[byte] = bytes([byte]).decode(codec)
    assert different == ({0xAE: "ў", 0xBE: "Ў"} if own == "koi8_u" else {})


@pytest.mark.parametrize(
    ("codec", "data", "text"),
    [
        ("web_cp1252", b"\x81\x8d\x8f\x90\x9d\x80", "\x81\x8d\x8f\x90\x9d€"),
        ("web_cp1251", b"\x98", "\x98"),
        ("web_cp874", b"\xfc\x81", "\ufffd\x81"),
        ("web_cp1255", b"\xca\xd9", "\u05ba\ufffd"),
        ("web_gb18030", b"\x80 \xff", "€ \ufffd"),
        ("web_gb18030", b"\x810<", "\ufffd0<"),
        ("web_cp932", b"\x81<\x81", "\ufffd<\ufffd"),
        ("web_euc_jp", b"\x8f\xa2<", "\ufffd\ufffd<"),
    ],
)
def test_as_in_the_standard(codec, data, text):
    assert data.decode(codec, "replace") == text


@pytest.mark.parametrize("codec", [codec for codec in CODECS if codec.removeprefix("web_") not in MULTI_BYTE])
def test_every_byte_that_is_read_can_be_written(codec):
    for byte in range(0x100):
        text = bytes([byte]).decode(codec, "replace")
        assert text == "\ufffd" or text.encode(codec) == bytes([byte])


def test_strict_is_strict():
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("web_gb18030")
    with pytest.raises(UnicodeEncodeError):
        "é".encode("web_cp932")
    assert "é".encode("web_cp932", "xmlcharrefreplace") == b"&#233;"
    with pytest.raises(UnicodeEncodeError):
        "é".encode("web_gb18030").decode("web_gb18030").encode("web_cp932")


def test_what_python_does_not_know_nobody_does():
    with pytest.raises(LookupError):
        codecs.lookup("web_nonsense")
