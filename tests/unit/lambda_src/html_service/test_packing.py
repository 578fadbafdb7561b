import gzip
import zlib

import pytest

from lambda_src.html_service.packing import pack, unpack
from lambda_src.shared.errors import InvalidInputError

PAGE = b"<p>text</p>" * 100


def test_what_is_packed_is_unpacked_and_the_same_each_time():
    assert unpack(pack(PAGE), "gzip", len(PAGE)) == PAGE
    assert pack(PAGE) == pack(PAGE)
    assert len(pack(PAGE)) < len(PAGE) / 5


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
def test_plain_bytes_stay(coding):
    assert unpack(b"\x1f\x8b", coding, 10) == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("data", "coding", "code"),
    [
        (b"x", "br", "unknown-coding"),
        (b"x", "gzip, gzip", "unknown-coding"),
        (b"not gzip", "gzip", "invalid-gzip"),
        (b"", "gzip", "invalid-gzip"),
        (pack(PAGE)[:-1], "gzip", "invalid-gzip"),
        (pack(PAGE)[:20], "GZIP", "invalid-gzip"),
        (pack(PAGE) + b"more", "gzip", "invalid-gzip"),
        (zlib.compress(PAGE), "gzip", "invalid-gzip"),
        (pack(PAGE + b"x"), "gzip", "too-large"),
    ],
)
def test_what_cannot_be_unpacked(data, coding, code):
    with pytest.raises(InvalidInputError) as caught:
        unpack(data, coding, len(PAGE))
    assert caught.value.code == code
    assert caught.value.details[0].allowed


def test_a_bomb_is_never_unpacked_whole():
    bomb = gzip.compress(bytes(50_000_000), 1)
    with pytest.raises(InvalidInputError, match="more than 1000 bytes"):
        unpack(bomb, "gzip", 1000)
