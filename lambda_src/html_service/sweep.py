"""Runs over all of a page that means nothing but text and tags, in one expression, and stops where more is needed.

A tag is run over if its name changes nothing about how the rest is read, it has no attribute that a person reads, and
it is written so plainly that it can be read in only one way. All others are left to the segmenter, one by one: whatever
this expression takes, :mod:`.tokenizer` would take in just the same way, only slower. It decides nothing by itself.

As there, nothing is looked at twice: what stops the expression half-way through a tag is a tag that the tokenizer then
takes as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lambda_src.html_service.escaping import Place
from lambda_src.html_service.tree import MINDED

HOLDS_RAW_TEXT = frozenset(b"script style xmp iframe noembed noframes noscript plaintext title textarea".split())
"""Elements whose content is no markup."""

READABLE = frozenset((b"title", b"alt", b"placeholder", b"aria-label", b"value"))
"""Attributes that a person may read."""


def _any_of(names: Iterable[bytes]) -> bytes:
    """Return an expression for any of these names in any case.

    It begins with a set of first letters, in both cases and not by flag: most names differ there, and that is cheap.
    """
    known = sorted(names)
    first = b"".join(sorted({letter for name in known for letter in (name[:1], name[:1].upper())}))
    return b"(?=[%b])(?i:%b)" % (first, b"|".join(map(re.escape, known)))


def may_be_readable(page: bytes, start: int, end: int) -> bool:
    """Return whether a tag between two offsets may have an attribute that a person reads; of most it is certain."""
    return _MAY_BE_READABLE.search(page, start, end) is not None


_MAY_BE_READABLE = re.compile(_any_of(READABLE))

_PATTERN = rb"""
(?: [\t\n\f\r\x20]*+
    </?+ (?! (?:%(names)b) [\t\n\f\r\x20/>] ) [A-Za-z][A-Za-z0-9-]*+
    (?: [\t\n\f\r\x20]++
        (?! (?:%(attributes)b) [\t\n\f\r\x20/>=] ) [A-Za-z][A-Za-z0-9_:.-]*+
        (?: = (?: "[^"]*+" | '[^']*+' | [^\t\n\f\r\x20"'=<>`][^\t\n\f\r\x20>]*+ ) )?+
    )*+
    [\t\n\f\r\x20]*+ /?+ >
)*+
(?: ( [^<]++ (?: < (?! [A-Za-z!?] | /[\x00-\xff] ) [^<]*+ )*+ ) )?+
"""
"""Any number of plain tags with at most white space between, and the text behind them, if there is one."""

_SWEEP = re.compile(
    _PATTERN % {b"names": _any_of(HOLDS_RAW_TEXT | MINDED), b"attributes": _any_of(READABLE)}, re.VERBOSE
)


MOST_TEXTS = 250_000
"""A page of 10 MB has about 150,000; a hostile one of millions would take more memory than a function has."""


class TooManyTextsError(Exception):
    """A page has more texts than `MOST_TEXTS`."""


def sweep(page: bytes, position: int, spans: list[tuple[int, int, Place]]) -> int:
    """Add the places of texts to a list, and return where something stands that has to be looked at by itself.

    :param position: where plain text is being read, outside SVG and MathML.
    :param spans: gets offsets of the first byte of each text and of the byte behind its last one.
    :raises TooManyTextsError: if there are too many.
    """
    for found in _SWEEP.finditer(page, position):
        start, end = found.span(1)
        if start < 0:
            return found.end()
        if len(spans) >= MOST_TEXTS:
            raise TooManyTextsError
        spans.append((start, end, Place.TEXT))
    return len(page)
