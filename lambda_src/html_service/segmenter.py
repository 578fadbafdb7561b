"""Takes the readable text out of a page, and puts other text in its place; every other byte stays as it is.

Readable are the texts between tags and in some attributes. Not touched are comments, scripts, style sheets, other raw
text, text of white space only, and whole pages in an encoding in which ASCII bytes are not ASCII characters. Where two
readings of the page are possible (see :mod:`.tree`) and they differ, everything behind that place is left alone too. It
builds no tree and knows no transport.

Most of a page is text between tags that matter to nobody here. One expression (:mod:`.sweep`) runs over those as long
as it can; only where it stops is a piece of markup looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lambda_src.html_service import charset, tokenizer
from lambda_src.html_service.encodings import Encoding
from lambda_src.html_service.escaping import Place, read_text, read_texts, write_text
from lambda_src.html_service.sweep import (
    HOLDS_RAW_TEXT,
    MOST_TEXTS,
    READABLE,
    TooManyTextsError,
    may_be_readable,
    sweep,
)
from lambda_src.html_service.tokenizer import Attribute, Kind, Markup
from lambda_src.html_service.tree import HIDING, HOLDING_HTML, MINDED, Tree

_ESCAPABLE_RAW_TEXT = frozenset((b"title", b"textarea"))

_TITLE_IS_A_NAME = frozenset((b"link", b"style", b"script", b"meta"))
"""Elements whose `title` names a set of style sheets, or nothing that is shown."""

_BUTTON_TYPES = frozenset((b"button", b"submit", b"reset"))
_FONT_BREAKS_OUT = frozenset((b"color", b"face", b"size"))
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_DROPPED = "\t\n\f\r \0"
"""What a browser drops where no text stood before it."""

_NOTHING = "\N{ZERO WIDTH SPACE}"
"""Stands where a text is taken away: were no text left there, some elements behind it would end up elsewhere."""

_PLACES = {b'"': Place.DOUBLE_QUOTED, b"'": Place.SINGLE_QUOTED, b"": Place.UNQUOTED}


class Segment(NamedTuple):
    """A text that a person reads.

    :param start: offset of its first byte in the page.
    :param end: offset behind its last byte.
    :param text: as it is read, with character references resolved.
    """

    start: int
    end: int
    place: Place
    text: str


class Reading(NamedTuple):
    """What was read of a page.

    :param segments: in the order in which they stand in it.
    :param left_from: offset from which on nothing is a segment, whatever it is, as that is not certain: 0 for a page in
        an encoding that is left alone. None if all of the page was read.
    """

    segments: list[Segment]
    left_from: int | None


type _Span = tuple[int, int, Place]


def find_segments(page: bytes, encoding: Encoding) -> list[Segment]:
    """Return the segments of a page; see :func:`read_page`."""
    return read_page(page, encoding).segments


def read_page(page: bytes, encoding: Encoding) -> Reading:
    """Return the segments of a page, and how much of it was read.

    :raises TooManyTextsError: if there are more than `MOST_TEXTS`.
    """
    if encoding.codec is None:
        return Reading([], 0 if page else None)
    spans, left_from = _spans(page)
    texts = read_texts([page[start:end] for start, end, _ in spans], [place for *_, place in spans], encoding.codec)
    found = [Segment(*span, text) for span, text in zip(spans, texts, strict=True) if text and not _is_blank(text)]
    return Reading(found, left_from)


def _is_blank(text: str) -> bool:
    """Return whether there is nothing to read; browsers drop null characters."""
    return text.isspace() or ("\0" in text and text.replace("\0", " ").isspace())


def replace_segments(page: bytes, encoding: Encoding, texts: Sequence[str | None]) -> bytes:
    """Return the page with its segments replaced.

    :param texts: one for each of :func:`find_segments`; None, or the text that is there, leaves its bytes alone.
    :raises ValueError: if there are more or fewer texts than segments.
    """
    return put_in_place(page, encoding, find_segments(page, encoding), texts)


def put_in_place(page: bytes, encoding: Encoding, segments: Sequence[Segment], texts: Sequence[str | None]) -> bytes:
    """Return the page with these segments of it replaced; see :func:`replace_segments`."""
    pieces: list[bytes] = []
    done = 0
    for segment, text in zip(segments, texts, strict=True):
        if text is None or text == segment.text or encoding.codec is None:
            continue
        is_dropped = segment.place is Place.TEXT and not text.strip(_DROPPED)
        written = write_text(text + _NOTHING if is_dropped else text, encoding.codec, segment.place)
        pieces += (page[done : segment.start], written)
        done = segment.end
    return b"".join((*pieces, page[done:]))


def find_markups(page: bytes, most: int) -> list[Markup]:
    """Return the page's markup up to where it is not certain any more what the rest means; none inside raw text.

    :param most: where to stop, whatever there is more.
    """
    tree = Tree()
    found: list[Markup] = []
    position: int | None = charset.mark_length(page)
    while position is not None and len(found) < most and (markup := tokenizer.find_markup(page, position)):
        found.append(markup)
        position = _go_on(page, markup, tree, [])
        if markup.kind is Kind.CDATA and position is not None:
            found[-1] = markup._replace(end=position)
    return found


def _spans(page: bytes) -> tuple[list[_Span], int | None]:
    """Return where text may stand, in order, and from where on it is not certain any more what the rest means."""
    tree = Tree()
    spans: list[_Span] = []
    going_on = charset.mark_length(page)
    while True:
        position = sweep(page, going_on, spans) if tree.is_plain else going_on
        markup = tokenizer.find_markup(page, position)
        end = markup.start if markup else len(page)
        if end > position and not tree.hides_text:
            spans.append((position, end, Place.TEXT))
        behind = _go_on(page, markup, tree, spans) if markup else len(page)
        if len(spans) > MOST_TEXTS:
            raise TooManyTextsError
        if markup is None:
            return spans, None
        if behind is None:
            return spans, markup.end if markup.end < len(page) else None
        going_on = behind


def _go_on(page: bytes, markup: Markup, tree: Tree, spans: list[_Span]) -> int | None:
    """Follow a piece of markup, take the texts that are in it, and return where to go on; None if nowhere."""
    match markup.kind:
        case Kind.START:
            if markup.attributes_end and may_be_readable(page, markup.start, markup.attributes_end):
                spans += _readable_attributes(page, markup)
            if markup.name not in HOLDS_RAW_TEXT and not tree.minds(markup.name):
                return markup.end
            going_on, readable = _start(page, markup, tree)
            if going_on and readable:
                spans.append((markup.end, going_on, Place.TEXT))
            return going_on
        case Kind.END:
            tree.end(markup.name)
        case Kind.CDATA:
            return _cdata_end(page, markup, tree)
    return markup.end


def _start(page: bytes, tag: Markup, tree: Tree) -> tuple[int | None, bool]:
    """Follow a start tag that matters for what comes.

    :return: where markup is looked for again, None if nowhere; and whether what is skipped until there is readable.
    """
    may_be_html = tree.reads_html or not tree.certain
    honoured = tree.honours(tag.name)
    breaks_out = tag.name == b"font" and tokenizer.has_attribute(page, tag, _FONT_BREAKS_OUT)
    says_html = tag.name == b"annotation-xml" and _says_html(page, tag)
    tree.start(tag.name, self_closing=tag.self_closing, breaks_out=breaks_out, says_html=says_html)
    if tag.name == b"frameset":
        return None, False  # no text is shown from here on, and what is white space in it may make elements
    if not may_be_html or tag.name not in HOLDS_RAW_TEXT:
        return tag.end, False
    if tag.name == b"plaintext":
        return None, False
    end = tokenizer.raw_text_end(page, tag.end, tag.name)
    readable = tag.name in _ESCAPABLE_RAW_TEXT
    if page.find(b"<", tag.end, end) < 0:
        return end, readable  # without a < it is one text in every reading
    if honoured and tag.name != b"noscript":
        return end, readable
    return (end if _reads_alike(page, tag, end) else None), False


def _says_html(page: bytes, tag: Markup) -> bool:
    """Return whether an `<annotation-xml>` says that it holds HTML."""
    values = (page[each.start : each.end] for each in tokenizer.attributes(page, tag) if each.name == b"encoding")
    return any(read_text(value, "latin-1", Place.DOUBLE_QUOTED).lower() in _HTML_TYPES for value in values)


def _reads_alike(page: bytes, tag: Markup, end: int) -> bool:
    """Return whether what follows a start tag up to an end tag, read as markup and not as raw text, ends at that tag.

    Asked where it is not certain that there is raw text; of `<noscript>` it never is, as people can turn scripts off.
    Some elements inside may be open still behind that end tag, and then decide how the rest is read. So may a script or
    style sheet of SVG, whose end tag ended another one inside.
    """
    goes_on_behind = MINDED | HOLDING_HTML | ({tag.name} if tag.name in HIDING else frozenset())
    position = tag.end
    while markup := tokenizer.find_markup(page, position):
        if markup.start >= end:
            return markup.start == end
        position = markup.end
        if markup.kind is Kind.CDATA and tokenizer.cdata_end(page, markup.start) != position:
            return False
        if markup.kind is Kind.START and markup.name in goes_on_behind:
            return False
        if markup.kind is Kind.START and markup.name in HOLDS_RAW_TEXT:
            position = page.find(b"<", position)
            if not tokenizer.is_end_tag(page, position, markup.name):
                return False
    return False


def _cdata_end(page: bytes, markup: Markup, tree: Tree) -> int | None:
    """Return where a CDATA section ends, or the comment that it is in HTML; None if that is not certain."""
    exists = tree.reads_cdata
    if exists is False:
        return markup.end
    end = tokenizer.cdata_end(page, markup.start)
    if exists is None and end != markup.end:
        return None
    # In some encodings the first ] of ]]> may be the second half of a character.
    return None if page[end - 4] > 0x7F else end


def _readable_attributes(page: bytes, tag: Markup) -> Iterator[_Span]:
    present = list(tokenizer.attributes(page, tag))
    for found in present:
        if found.name in READABLE and is_readable(tag.name, found.name, _kind(page, present)):
            yield found.start, found.end, _PLACES[found.quote]


def is_readable(tag: bytes, attribute: bytes, kind: bytes) -> bool:
    """Return whether a person reads what stands in an attribute; names are in lower case.

    :param kind: the element's `type` in lower case, which only counts for an input; empty if it has none.
    """
    if attribute == b"value":
        return tag == b"input" and kind in _BUTTON_TYPES
    return attribute in READABLE and not (attribute == b"title" and tag in _TITLE_IS_A_NAME)


def _kind(page: bytes, present: Sequence[Attribute]) -> bytes:
    """Return the type of an input."""
    return next((page[found.start : found.end].lower() for found in present if found.name == b"type"), b"")
