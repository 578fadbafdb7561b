"""Reads text out of the bytes of a page, and writes text into them: encoding and character references.

What is written is escaped for the place where it stands, so that it can never become markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from html.entities import html5

_CHARACTER_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9]*+;?)(=?)")


_LONG_NUMBER = re.compile(r"&#([0-9]{4000,}+);?")
"""A reference whose number Python may refuse to read."""

_SPECIAL = re.compile("[&<>\\r\\n\"']")
"""All that has to be escaped in some place."""


class Place(Enum):
    """Where a text stands; the value is what has to be escaped there.

    A carriage return is written as a reference, as the character itself would be read as a new line.
    """

    TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
    DOUBLE_QUOTED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", '"': "&quot;"})
    SINGLE_QUOTED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "'": "&#39;"})
    UNQUOTED = DOUBLE_QUOTED | {"\n": "&#10;"}
    """Gets double quotes around it, as no escape could make an empty value of it."""


_BETWEEN = "</>"
"""Stands between texts that are read together. Almost none can have it in itself; those are read one by one."""


def read_texts(pieces: Sequence[bytes], places: Sequence[Place], codec: str) -> list[str]:
    """Return what a person reads in each of many pieces of a page; see :func:`read_text`.

    They are decoded all together, which is several times as fast. In no encoding that is read here can `<` be a part of
    another character, so one that is cut short does not swallow what stands between.
    """
    texts = _unify_lines(_BETWEEN.encode().join(pieces).decode(codec, "replace")).split(_BETWEEN)
    if len(texts) != len(pieces):
        return [read_text(piece, codec, place) for piece, place in zip(pieces, places, strict=True)]
    return [_resolve(text, place) if "&" in text else text for text, place in zip(texts, places, strict=True)]


def read_text(data: bytes, codec: str, place: Place) -> str:
    """Return what a person reads; where the bytes are not valid in the encoding, that is U+FFFD."""
    return _resolve(_unify_lines(data.decode(codec, "replace")), place)


def _unify_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _resolve(text: str, place: Place) -> str:
    """Resolve character references."""
    # Eight digits are more than any character has.
    text = _LONG_NUMBER.sub(lambda found: f"&#{found[1].lstrip('0')[:8] or 0};", text)
    return html.unescape(text) if place is Place.TEXT else _unescape_attribute(text)


def write_text(text: str, codec: str, place: Place) -> bytes:
    """Return the bytes that make a browser read a text; characters that the encoding lacks become references."""
    written = _encode(text.translate(place.value) if _SPECIAL.search(text) else text, codec)
    return b'"%b"' % written if place is Place.UNQUOTED else written


def _encode(text: str, codec: str) -> bytes:
    try:
        data = text.encode(codec)
        if text.isascii() or data.decode(codec) == text:
            return data
    except UnicodeError:
        pass
    return text.translate({ord(each): f"&#{ord(each)};" for each in set(text) if not _survives(each, codec)}).encode(
        codec
    )


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
