"""Finds markup in the bytes of a page, as a browser's tokenizer does, and never changes them.

Source: HTML Standard, section 13.2.5 "Tokenization". It works on bytes, because in every encoding that we touch the
bytes of `<`, `>`, quotes, `=`, `/` and white space mean just that and are never part of another character.

Each expression is possessive: it never looks twice at a byte, so hostile pages cost no more time than others. Which
elements hold raw text depends on the tree and is decided elsewhere (:mod:`.tree`), not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

_ATTRIBUTE = rb"""
    [\t\n\f\r\x20/]*+
    (?P<name> =[^\t\n\f\r\x20/>=]*+ | [^\t\n\f\r\x20/>=]++ )
    (?: [\t\n\f\r\x20]*+ = [\t\n\f\r\x20]*+
        (?: "(?P<double>[^"]*+)(?:"|\Z)
          | '(?P<single>[^']*+)(?:'|\Z)
          | (?P<unquoted>[^\t\n\f\r\x20>"'][^\t\n\f\r\x20>]*+)
          | (?=>)
          | \Z
        )
    )?+
"""
"""One attribute. A name may start with `=`; a value without its closing quote reaches to the end of the page."""

_UNNAMED_ATTRIBUTE = re.sub(rb"\?P<\w+>", b"?:", _ATTRIBUTE)

_MARKUP = re.compile(
    rb"< (?: (/?) ([A-Za-z][^\t\n\f\r\x20/>]*+) ((?:" + _UNNAMED_ATTRIBUTE + rb")*+) ([\t\n\f\r\x20/]*+) (>?)"
    rb"| [!?] | /(?=[\x00-\xff]) )",
    re.VERBOSE,
)
"""A tag (its slash, name, attributes, what is left before the end, and the end if it has one) or the start of other
markup; a `<` before anything else is text."""

_ATTRIBUTES = re.compile(_ATTRIBUTE, re.VERBOSE)
_COMMENT_END = re.compile(rb"--!?>")
_SCRIPT_STEP = re.compile(rb"<!--|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE)

_QUOTES = {"double": b'"', "single": b"'", "unquoted": b""}
_CDATA = b"<![CDATA["


class Kind(Enum):
    """What a piece of markup is, as far as it matters to us."""

    START = auto()
    END = auto()
    CDATA = auto()
    OTHER = auto()
    """Comment, doctype, or something that browsers drop."""


class Markup(NamedTuple):
    """A piece of markup.

    :param start: offset of its `<`.
    :param end: offset behind it. Of :attr:`Kind.CDATA` that is where it ends *outside* SVG and MathML, as a comment.
    :param name: name of a tag in lower case, else empty.
    :param attributes_end: offset behind a tag's last attribute; the first starts behind the name. 0 if it has none.
    :param self_closing: whether a tag ends with `/>`.
    """

    kind: Kind
    start: int
    end: int
    name: bytes = b""
    attributes_end: int = 0
    self_closing: bool = False


class Attribute(NamedTuple):
    """An attribute that has a value.

    :param name: in lower case.
    :param start: offset of the value's first byte, behind the quote.
    :param end: offset behind the value's last byte.
    :param quote: `"`, `'` or empty.
    """

    name: bytes
    start: int
    end: int
    quote: bytes


def find_markup(page: bytes, position: int) -> Markup | None:
    """Return the first markup at or behind a position where plain text is being read; None if there is no more.

    Markup that does not end before the page does is dropped by browsers with all behind it: its end is the page's.
    """
    found = _MARKUP.search(page, position)
    if found is None:
        return None
    start = found.start()
    slash, name, attributes_, rest, close = found.groups()
    if name is None:
        return _other(page, start)
    if not close:
        return Markup(Kind.OTHER, start, len(page))
    kind = Kind.END if slash else Kind.START
    return Markup(kind, start, found.end(), name.lower(), found.end(3) if attributes_ else 0, rest[-1:] == b"/")


def attributes(page: bytes, tag: Markup) -> Iterator[Attribute]:
    """Yield the attributes of a start tag that have a value; of several with one name, only the first counts."""
    seen: set[bytes] = set()
    for found in _ATTRIBUTES.finditer(page, tag.start + 1 + len(tag.name), tag.attributes_end):
        name = found["name"].lower()
        if name in seen:
            continue
        seen.add(name)
        if (kind := found.lastgroup) != "name" and kind is not None:
            yield Attribute(name, found.start(kind), found.end(kind), _QUOTES[kind])


def all_attributes(page: bytes, tag: Markup) -> Iterator[tuple[bytes, Attribute | None]]:
    """Yield the name of each attribute of a start tag, as it is written, with its value if it has one."""
    valued = {found.start: found for found in attributes(page, tag)}
    seen: set[bytes] = set()
    for found in _ATTRIBUTES.finditer(page, tag.start + 1 + len(tag.name), tag.attributes_end):
        name = found["name"]
        if name.lower() not in seen:
            seen.add(name.lower())
            kind = found.lastgroup or "name"
            yield name, None if kind == "name" else valued[found.start(kind)]


def has_attribute(page: bytes, tag: Markup, names: frozenset[bytes]) -> bool:
    """Return whether a start tag has one of these attributes, with a value or without."""
    found = _ATTRIBUTES.finditer(page, tag.start + 1 + len(tag.name), tag.attributes_end)
    return any(attribute["name"].lower() in names for attribute in found)


def is_end_tag(page: bytes, position: int, name: bytes) -> bool:
    """Return whether the end tag of a raw text element stands at an offset."""
    return _end_tag(name).match(page, position) is not None


def raw_text_end(page: bytes, position: int, name: bytes) -> int:
    """Return the offset of the end tag that closes raw text; the page's length if there is none.

    :param position: offset behind the start tag.
    :param name: name of the element, in lower case.
    """
    if name == b"script":
        return _script_end(page, position)
    found = _end_tag(name).search(page, position)
    return found.start() if found else len(page)


def cdata_end(page: bytes, start: int) -> int:
    """Return the offset behind a CDATA section that starts at an offset, as SVG and MathML read it."""
    return _behind(page, b"]]>", start + len(_CDATA))


def _other(page: bytes, start: int) -> Markup:
    if page.startswith(b"<!--", start):
        return Markup(Kind.OTHER, start, _comment_end(page, start + 4))
    # A doctype, <? and an end tag without a name too are over at the first >, whatever stands before it.
    kind = Kind.CDATA if page.startswith(_CDATA, start) else Kind.OTHER
    return Markup(kind, start, _behind(page, b">", start))


def _comment_end(page: bytes, position: int) -> int:
    for empty in (b">", b"->"):  # <!--> and <!---> are whole comments
        if page.startswith(empty, position):
            return position + len(empty)
    found = _COMMENT_END.search(page, position)
    return found.end() if found else len(page)


def _script_end(page: bytes, position: int) -> int:
    """Follow the script data states: behind `<!--`, a `<script` makes the next `</script` end only itself."""
    escaped = doubled = False
    while found := _SCRIPT_STEP.search(page, position):
        position = found.end()
        match found[0][:4]:
            case b"<!--":
                # Its own dashes may be those of the end: <!--> and <!--->.
                position -= 0 if escaped else 2
                escaped = True
            case b"-->":
                escaped = doubled = False
            case _ if not found[1]:
                doubled = escaped
            case _ if doubled:
                doubled = False
            case _:
                return found.start()
    return len(page)


@cache
def _end_tag(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"</" + re.escape(name) + rb"(?=[\t\n\f\r />])", re.IGNORECASE)


def _behind(page: bytes, mark: bytes, position: int) -> int:
    found = page.find(mark, position)
    return found + len(mark) if found >= 0 else len(page)
