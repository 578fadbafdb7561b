"""Packs and unpacks what goes over the wire. Pure.

Lambda takes and gives 6 MB per call, and 4.5 MB of bytes, as it writes those in base64. A page of 10 MB passes only
packed; HTML packs to a fifth and less.
Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import gzip
import zlib

from lambda_src.shared.errors import Detail, InvalidInputError

GZIP = "gzip"
FAST = 1
"""zlib's level that takes the least time."""

_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS


def pack(data: bytes) -> bytes:
    """Return the bytes in gzip; the same bytes give the same."""
    return gzip.compress(data, FAST, mtime=0)


def unpack(data: bytes, coding: str, limit: int) -> bytes:
    """Return what was packed, and never more than a bound, whatever was sent.

    :param coding: value of the `Content-Encoding` header; empty if there is none.
    :param limit: most bytes to unpack.
    :raises InvalidInputError: if the coding is another than gzip, the bytes are not that, or there are too many.
    """
    if coding.lower() in ("", "identity"):
        return data
    if coding.lower() != GZIP:
        problem = "the body is packed in a way that is not known here"
        raise _invalid("unknown-coding", "header.content-encoding", problem, coding[:100], GZIP)
    unpacking = zlib.decompressobj(_WITH_GZIP_HEADER)
    try:
        plain = unpacking.decompress(data, limit + 1)
    except zlib.error as error:
        raise _invalid("invalid-gzip", "body", "the body is announced as gzip and is not", None, GZIP) from error
    if len(plain) > limit:
        problem = f"the body unpacks to more than {limit} bytes"
        raise _invalid("too-large", "body", problem, None, limit)
    if not unpacking.eof or unpacking.unused_data:
        problem = "the gzip of the body is cut short, or has something behind it"
        raise _invalid("invalid-gzip", "body", problem, None, GZIP)
    return plain


def _invalid(code: str, path: str, problem: str, value: str | None, allowed: str | int) -> InvalidInputError:
    return InvalidInputError(code, f"{problem}; see details", [Detail(path, problem, value, allowed)])
