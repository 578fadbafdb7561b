"""Reads text out of the bytes of a page, and writes text into them: encoding and character references.

What is written is escaped for the place where it stands, so that it can never become markup.
"""

from __future__ import annotations

import html
import re
from enum import Enum
from functools import lru_cache
from html.entities import html5

_CHARACTER_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9]*+;?)(=?)")


class Place(Enum):
    """Where a text stands; the value is what has to be escaped there.

    A carriage return is written as a reference, as the character itself would be read as a new line.
    """

    TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
    DOUBLE_QUOTED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", '"': "&quot;"})
    SINGLE_QUOTED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "'": "&#39;"})
    UNQUOTED = DOUBLE_QUOTED | {"\n": "&#10;"}
    """Gets double quotes around it, as no escape could make an empty value of it."""


def read_text(data: bytes, codec: str, place: Place) -> str | None:
    """Return what a person reads; None if the bytes are not valid in the encoding."""
    try:
        text = data.decode(codec)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "&" in text:
            text = html.unescape(text) if place is Place.TEXT else _unescape_attribute(text)
    except ValueError:  # also of a numeric reference with thousands of digits
        return None
    return text


def write_text(text: str, codec: str, place: Place) -> bytes:
    """Return the bytes that make a browser read a text; characters that the encoding lacks become references."""
    written = _encode(text.translate(place.value), codec)
    return b'"%b"' % written if place is Place.UNQUOTED else written


def _encode(text: str, codec: str) -> bytes:
    if not text.isascii():
        text = text.translate({ord(each): f"&#{ord(each)};" for each in set(text) if not _survives(each, codec)})
    return text.encode(codec)


@lru_cache(maxsize=16_384)
def _survives(character: str, codec: str) -> bool:
    """Return whether a character is read back as it was written; some codecs write the nearest one they have."""
    try:
        return character.encode(codec).decode(codec) == character
    except UnicodeError:
        return False


def _unescape_attribute(text: str) -> str:
    """Resolve references as in an attribute: one without semicolon before `=`, a letter or digit is plain text.

    Source: HTML Standard, section 13.2.5.73 "Named character reference state".
    """
    return html.unescape(_CHARACTER_REFERENCE.sub(_protect, text))


def _protect(found: re.Match[str]) -> str:
    name, equals = found.groups()
    known = name in html5 and not (equals and not name.endswith(";"))
    return found[0] if known else f"&amp;{found[0][1:]}"
