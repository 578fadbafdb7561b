"""A page's segments out, replaced segments in; or both in one step, with whoever transforms the texts in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lambda_src.html_service.charset import detect
from lambda_src.html_service.segmenter import find_segments, put_in_place, replace_segments
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


def to_segments(page: bytes, header_label: str | None) -> Segments:
    """Take the texts out of a page.

    :param header_label: `charset` of the `Content-Type` header, if there is one.
    :raises InvalidInputError: if the page is too large.
    """
    check_size(page)
    encoding = detect(page, header_label)
    return Segments(encoding.name, [segment.text for segment in find_segments(page, encoding)])


def to_html(page: bytes, header_label: str | None, texts: Sequence[str | None]) -> bytes:
    """Put texts in the place of a page's own; None leaves one as it is.

    :raises InvalidInputError: if the page is too large, or the number of texts is not that of its segments.
    """
    check_size(page)
    try:
        return replace_segments(page, detect(page, header_label), texts)
    except ValueError as error:
        expected = len(to_segments(page, header_label).texts)
        problem = f"the page has {expected} segments and {len(texts)} were sent; send one for each, or null"
        detail = Detail("body.segments", problem, len(texts), expected)
        raise InvalidInputError("wrong-number-of-segments", problem, [detail]) from error


def transform(page: bytes, header_label: str | None, change: Callable[[list[str]], Sequence[str]]) -> bytes:
    """Return a page whose texts are changed, and whose every other byte is as it was.

    :param change: gets all texts, in the order of the page, and returns as many; not asked if there are none.
    :raises InvalidInputError: if the page is too large.
    """
    check_size(page)
    encoding = detect(page, header_label)
    segments = find_segments(page, encoding)
    return put_in_place(page, encoding, segments, change([each.text for each in segments])) if segments else page


def check_size(page: bytes) -> None:
    """Refuse a page that is too large.

    :raises InvalidInputError: if it is.
    """
    if len(page) > MAX_PAGE_BYTES:
        problem = f"the page has {len(page)} bytes and at most {MAX_PAGE_BYTES} are accepted"
        detail = Detail("body.html", problem, len(page), MAX_PAGE_BYTES)
        raise InvalidInputError("too-large", f"{problem}; pass larger pages through untouched", [detail])
