"""Pages of lists."""

from __future__ import annotations

import pytest

from emulator.image_builds.pages import PageError, page_of


def test_pages_follow_each_other_to_the_end():
    first, token = page_of(range(60), {})
    second, last = page_of(range(60), {"nextToken": token, "maxResults": 100})

    assert [*first, *second] == list(range(60))
    assert (len(first), last) == (25, None)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"nextToken": "?"}, "InvalidPaginationTokenException"),
        ({"nextToken": "bm8="}, "InvalidPaginationTokenException"),
        ({"maxResults": 0}, "InvalidRequestException"),
        ({"maxResults": 101}, "InvalidRequestException"),
    ],
)
def test_what_is_wrong_is_named(request_: dict[str, object], code: str):
    with pytest.raises(PageError) as refusal:
        page_of([1], request_)

    assert refusal.value.code == code
