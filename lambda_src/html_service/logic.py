"""A page's segments out, replaced segments in; or both in one step, with whoever transforms the texts in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lambda_src.html_service.charset import detect
from lambda_src.html_service.encodings import Encoding
from lambda_src.html_service.segmenter import Reading, Segment, put_in_place, read_page
from lambda_src.html_service.sweep import MOST_TEXTS, TooManyTextsError
from lambda_src.shared.errors import Detail, InvalidInputError

MAX_PAGE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Segments:
    """The readable texts of a page.

    :param charset: encoding in which the page was read, by the standard's name.
    :param texts: in the order of the page.
    """

    charset: str
    texts: list[str]


@dataclass(frozen=True)
class Changed:
    """A page whose texts are changed.

    :param left_from: offset in the page as it was, from which on nothing was touched; see :class:`.segmenter.Reading`.
    """

    page: bytes
    left_from: int | None


def read(page: bytes, header_label: str | None) -> tuple[Encoding, list[Segment]]:
    """Return the encoding of a page, and what a person reads in it.

    :param header_label: `charset` of the `Content-Type` header, if there is one.
    :raises InvalidInputError: if the page is too large, or has too many texts.
    """
    encoding, found = _read(page, header_label)
    return encoding, found.segments


def _read(page: bytes, header_label: str | None) -> tuple[Encoding, Reading]:
    check_size(page)
    encoding = detect(page, header_label)
    try:
        return encoding, read_page(page, encoding)
    except TooManyTextsError as error:
        problem = f"the page has more than {MOST_TEXTS} texts"
        detail = Detail("body.html", problem, None, MOST_TEXTS)
        raise InvalidInputError("too-many-texts", f"{problem}; pass such a page through untouched", [detail]) from error


def to_segments(page: bytes, header_label: str | None) -> Segments:
    """Take the texts out of a page.

    :raises InvalidInputError: as :func:`read` does.
    """
    encoding, segments = read(page, header_label)
    return Segments(encoding.name, [segment.text for segment in segments])


def to_html(page: bytes, header_label: str | None, texts: Sequence[str | None]) -> bytes:
    """Put texts in the place of a page's own; None leaves one as it is.

    :raises InvalidInputError: as :func:`read` does, or if the number of texts is not that of the page's segments.
    """
    encoding, segments = read(page, header_label)
    if len(segments) != len(texts):
        expected = len(segments)
        problem = f"the page has {expected} segments and {len(texts)} were sent; send one for each, or null"
        detail = Detail("body.segments", problem, len(texts), expected)
        raise InvalidInputError("wrong-number-of-segments", problem, [detail])
    return put_in_place(page, encoding, segments, texts)


def transform(page: bytes, header_label: str | None, change: Callable[[list[str]], Sequence[str]]) -> Changed:
    """Return a page whose texts are changed, and whose every other byte is as it was.

    :param change: gets all texts, in the order of the page, and returns as many; not asked if there are none.
    :raises InvalidInputError: as :func:`read` does.
    """
    encoding, (segments, left_from) = _read(page, header_label)
    texts = change([each.text for each in segments]) if segments else []
    return Changed(put_in_place(page, encoding, segments, texts), left_from)


def check_size(page: bytes) -> None:
    """Refuse a page that is too large.

    :raises InvalidInputError: if it is.
    """
    if len(page) > MAX_PAGE_BYTES:
        problem = f"the page has {len(page)} bytes and at most {MAX_PAGE_BYTES} are accepted"
        detail = Detail("body.html", problem, len(page), MAX_PAGE_BYTES)
        raise InvalidInputError("too-large", f"{problem}; pass larger pages through untouched", [detail])
