"""Pages of a list, as Image Builder's API hands them out; it knows nothing of what is listed.

Source: ListImageBuildVersions in the API reference: 25 items unless told otherwise, 100 at most.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

DEFAULT_SIZE = 25
LARGEST_SIZE = 100


class PageError(Exception):
    """The token of a page, or its size, is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def page_of[Item](items: Sequence[Item], request: Mapping[str, Any]) -> tuple[Sequence[Item], str | None]:
    """Return the items of one page, and the token of the next one, if there is one.

    :param request: with `maxResults` and `nextToken`, if given.
    :raises PageError: if one of them is wrong.
    """
    size = request.get("maxResults", DEFAULT_SIZE)
    if not isinstance(size, int) or not 1 <= size <= LARGEST_SIZE:
        text = f"Value {size!r} at 'maxResults' failed to satisfy constraint: must be from 1 to {LARGEST_SIZE}"
        raise PageError("InvalidRequestException", text)
    begin = _begin(request["nextToken"]) if request.get("nextToken") else 0
    end = begin + size
    return items[begin:end], _token(end) if end < len(items) else None


def _token(begin: int) -> str:
    return base64.urlsafe_b64encode(f"from {begin}".encode()).decode()


def _begin(token: object) -> int:
    try:
        return int(base64.urlsafe_b64decode(str(token)).decode().removeprefix("from "))
    except (binascii.Error, ValueError) as error:
        raise PageError("InvalidPaginationTokenException", "The pagination token is invalid.") from error
