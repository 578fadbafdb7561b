"""Content encodings, and the bound on what comes out."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from slipway_proxy.content import TooLargeError, UndecodableError, decode, encode

TEXT = b"<p>some text</p>" * 1000


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


PACKERS = [
    pytest.param("gzip", gzip.compress, id="gzip"),
    pytest.param("x-gzip", gzip.compress, id="x-gzip"),
    pytest.param("GZIP", gzip.compress, id="upper case"),
    pytest.param("deflate", zlib.compress, id="deflate in zlib format"),
    pytest.param("deflate", raw_deflate, id="raw deflate"),
    pytest.param("br", brotli.compress, id="br"),
    pytest.param("zstd", zstandard.compress, id="zstd"),
    pytest.param("", bytes, id="none"),
    pytest.param("identity", bytes, id="identity"),
]


@pytest.mark.parametrize(("encoding", "pack"), PACKERS)
def test_what_was_packed_is_unpacked(encoding, pack) -> None:
    assert decode(pack(TEXT), encoding, len(TEXT)) == TEXT


@pytest.mark.parametrize(("encoding", "pack"), PACKERS)
def test_more_than_the_limit_is_never_unpacked(encoding, pack) -> None:
    with pytest.raises(TooLargeError):
        decode(pack(TEXT), encoding, len(TEXT) - 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_content_that_is_cut_off_is_refused(encoding: str) -> None:
    with pytest.raises(UndecodableError):
        decode(encode(TEXT, encoding)[:-10], encoding, len(TEXT))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "compress", "gzip, br"])
def test_broken_or_unknown_content_is_refused(encoding: str) -> None:
    with pytest.raises(UndecodableError):
        decode(b"\xff\xfe no packed content", encoding, 1000)


def test_several_gzip_members_are_one_content() -> None:
    assert decode(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", 100) == b"one two"


def test_padding_after_gzip_is_ignored() -> None:
    assert decode(gzip.compress(b"one") + b"\0" * 8, "gzip", 100) == b"one"


@given(st.binary(max_size=2000), st.sampled_from(["", "gzip", "deflate", "br", "zstd"]))
def test_encode_is_undone_by_decode(content: bytes, encoding: str) -> None:
    assert decode(encode(content, encoding), encoding, 2000) == content


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_no_input_leads_to_another_error(content: bytes, encoding: str) -> None:
    with contextlib.suppress(TooLargeError, UndecodableError):
        assert len(decode(content, encoding, 1000)) <= 1000
