"""Undo and redo the content encoding of a response, with a bound on what comes out.

A few kilobytes can unpack to gigabytes, so nothing here ever unpacks more than it is told to.
"""

from __future__ import annotations

import io
import zlib

import brotli
import zstandard
from mitmproxy.net import encoding as codecs

GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
RAW_DEFLATE = -zlib.MAX_WBITS
ALIASES = {"": "identity", "x-gzip": "gzip"}


class TooLargeError(Exception):
    """The content is larger than allowed."""


class UndecodableError(Exception):
    """The content is broken, or encoded in a way that is not known."""


def decode(raw: bytes, encoding: str, limit: int) -> bytes:
    """Return the content without its encoding.

    :param encoding: value of Content-Encoding, empty if there is none.
    :param limit: most bytes that may come out.
    :raises TooLargeError: if more would come out.
    :raises UndecodableError: if it is broken, cut off, or the encoding is not known.
    """
    match name(encoding):
        case "identity":
            content = raw
        case "gzip":
            content = _inflate(raw, GZIP_OR_ZLIB, limit)
        case "deflate":
            content = _inflate(raw, _deflate_format(raw), limit)
        case "br":
            content = _unbrotli(raw, limit)
        case "zstd":
            content = _unzstd(raw, limit)
        case unknown:
            raise UndecodableError(f"content encoding {unknown!r} is not known")
    if len(content) > limit:
        raise TooLargeError
    return content


def encode(content: bytes, encoding: str) -> bytes:
    """Return the content in an encoding that :func:`decode` knows."""
    encoded = codecs.encode(content, name(encoding))
    if isinstance(encoded, str):
        raise UndecodableError(f"{encoding!r} is no content encoding")
    return encoded


def name(encoding: str) -> str:
    """Return the canonical name of a content encoding."""
    lower = encoding.strip().lower()
    return ALIASES.get(lower, lower)


def _inflate(raw: bytes, window: int, limit: int) -> bytes:
    """Unpack one or, as gzip allows, several members one after the other."""
    content = b""
    try:
        while raw:
            unpacker = zlib.decompressobj(window)
            content += unpacker.decompress(raw, limit + 1 - len(content))
            if len(content) > limit:
                raise TooLargeError
            if not unpacker.eof:
                raise UndecodableError("compressed content is cut off")
            # What follows the last member without being one is padding, which browsers ignore.
            raw = unpacker.unused_data if unpacker.unused_data.startswith(b"\x1f\x8b") else b""
    except zlib.error as error:
        raise UndecodableError(f"broken content: {error}") from error
    return content


def _deflate_format(raw: bytes) -> int:
    """Tell zlib format, which the standard means, from raw deflate, which some servers send (RFC 9110, 8.4.1.2)."""
    is_zlib = len(raw) >= 2 and raw[0] & 0x0F == 8 and int.from_bytes(raw[:2]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else RAW_DEFLATE


def _unbrotli(raw: bytes, limit: int) -> bytes:
    unpacker = brotli.Decompressor()
    content = b""
    try:
        if raw:
            content = unpacker.process(raw, output_buffer_limit=limit + 1)
        while not unpacker.is_finished() and len(content) <= limit:
            more = unpacker.process(b"", output_buffer_limit=limit + 1 - len(content))
            if not more:
                raise UndecodableError("compressed content is cut off")
            content += more
    except brotli.error as error:
        raise UndecodableError(f"broken content: {error}") from error
    return content


def _unzstd(raw: bytes, limit: int) -> bytes:
    try:
        # RFC 9659: a browser need not accept windows above 8 MB.
        unpacker = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
        return unpacker.stream_reader(io.BytesIO(raw), read_across_frames=True).read(limit + 1)
    except zstandard.ZstdError as error:
        raise UndecodableError(f"broken content: {error}") from error
