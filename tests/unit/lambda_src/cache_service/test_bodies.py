import pytest

from lambda_src.cache_service.bodies import check_body
from lambda_src.shared.errors import InvalidInputError


@pytest.mark.parametrize("body", ["", "text", "é漢\0", "\ufeff"])
def test_text_is_kept_as_it_is(body):
    assert check_body("string", body.encode(), "image/png") == "text/plain; charset=utf-8"


@pytest.mark.parametrize("body", [b"\xff", b"\xed\xa0\x80", "é".encode("latin-1"), b"\x1f\x8b\x08"])
def test_what_is_no_utf_8_is_no_text(body):
    with pytest.raises(InvalidInputError, match=r"byte [01] cannot") as raised:
        check_body("string", body, "")
    assert raised.value.code == "invalid-text"


@pytest.mark.parametrize("body", [b"null", b' {"a": [1.5, "\\u00e9"]}\n', b"[" * 100 + b"]" * 100, b'"\\u0000"'])
def test_json(body):
    assert check_body("json", body, "text/html") == "application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"[1,]",
        b"NaN",
        b"[Infinity]",
        b'"\xff"',
        b"1 2",
        b"\x00",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"1" * 100_000,
        b"\x1f\x8b\x08",
    ],
)
def test_what_is_no_json_that_a_reader_takes(body):
    with pytest.raises(InvalidInputError, match="not JSON") as raised:
        check_body("json", body, "application/json")
    assert raised.value.code == "invalid-json"
    assert len(raised.value.message) < 200


def test_bytes_keep_their_type():
    assert check_body("binary", b"", "text/html; charset=latin1") == "text/html; charset=latin1"


@pytest.mark.parametrize("content_type", ["", "é", "a\r\nx: y", "x" * 300])
def test_harmful_types_are_replaced(content_type):
    assert check_body("binary", b"", content_type) == "application/octet-stream"
