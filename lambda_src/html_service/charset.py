"""Finds out in which encoding a page is written.

Source: HTML Standard, section 13.2.3.2: byte order mark, then the header, then the page's own `<meta>`, then
windows-1252. It guesses no further.
"""

from __future__ import annotations

import re

from lambda_src.html_service.encodings import Encoding, find_encoding
from lambda_src.html_service.tokenizer import Kind, Markup, attributes, find_markup

DEFAULT_LABEL = "windows-1252"

PRESCANNED_BYTES = 16 * 1024
"""The standard demands 1,024 here, but browsers go by a late `<meta>` too, reading the page anew when they meet it."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_IN_CONTENT = re.compile(
    rb"""charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r ;"'][^\t\n\f\r ;]*))""", re.I
)


def mark_length(page: bytes) -> int:
    """Return the length in bytes of the page's byte order mark."""
    return next((len(mark) for mark, _ in _MARKS if page.startswith(mark)), 0)


def detect(page: bytes, header_label: str | None) -> Encoding:
    """Return the encoding of a page.

    :param header_label: `charset` of the `Content-Type` header, if there is one; an unknown one is ignored.
    """
    for mark, label in _MARKS:
        if page.startswith(mark):
            return _known(label)
    return (find_encoding(header_label) if header_label else None) or _prescan(page) or _known(DEFAULT_LABEL)


def _known(label: str) -> Encoding:
    encoding = find_encoding(label)
    assert encoding is not None, label  # noqa: S101 - our own constants
    return encoding


def _prescan(page: bytes) -> Encoding | None:
    head = page[:PRESCANNED_BYTES]
    position = 0
    while markup := find_markup(head, position):
        if markup.kind is Kind.START and markup.name == b"meta":
            encoding = _of_meta(head, markup)
            if encoding:
                return encoding
        position = markup.end
    return None


def _of_meta(head: bytes, tag: Markup) -> Encoding | None:
    values = {attribute.name: head[attribute.start : attribute.end] for attribute in attributes(head, tag)}
    label = values.get(b"charset")
    if label is None and values.get(b"http-equiv", b"").lower() == b"content-type":
        found = _IN_CONTENT.search(values.get(b"content", b""))
        label = found and next(group for group in found.groups() if group is not None)
    encoding = find_encoding(label.decode("latin-1")) if label else None
    if encoding is None:
        return None
    # A page whose <meta> can be read is not UTF-16, whatever it says; the standard has the second one too.
    substitutes = {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": DEFAULT_LABEL}
    return _known(substitutes[encoding.name]) if encoding.name in substitutes else encoding
