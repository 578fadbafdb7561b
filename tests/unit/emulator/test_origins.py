"""Programs of this machine call the embedded AWS, pages that a browser shows do not."""

from __future__ import annotations

import pytest

from emulator.origins import is_application, refusal

HERE = "127.0.0.1:4566"
APPLICATION = "/_aws/lambda-url/abc/page"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"host": HERE}),
        ("/", {"host": "localhost:4566", "origin": "http://127.0.0.1:4566", "sec-fetch-site": "same-origin"}),
        ("/", {"host": HERE, "sec-fetch-site": "none"}),
        ("/key", {"host": "bucket.s3.us-east-1.amazonaws.com"}),
        ("/key", {"host": "bucket.localhost:4566"}),
        (APPLICATION, {"host": HERE, "origin": "https://one.example", "sec-fetch-site": "cross-site"}),
        ("/_aws/execute-api/abc/$default/", {"host": HERE, "origin": "https://one.example"}),
        ("/page", {"host": "abc.execute-api.us-east-1.amazonaws.com", "origin": "https://one.example"}),
        ("/page", {"host": "abc.lambda-url.us-east-1.on.aws", "origin": "https://one.example"}),
        ("/page", {"host": "abc.cloudfront.net", "origin": "https://one.example"}),
    ],
)
def test_served(path: str, headers: dict[str, str]) -> None:
    assert refusal(path, headers, 4566) is None


@pytest.mark.parametrize(
    ("path", "headers", "reason"),
    [
        ("/", {"host": HERE, "origin": "https://one.example"}, "a page of 'https://one.example'"),
        ("/", {"host": HERE, "origin": "null"}, "a page of 'null'"),
        ("/", {"host": HERE, "origin": "http://127.0.0.1:8080"}, "a page of 'http://127.0.0.1:8080'"),
        ("/", {"host": HERE, "sec-fetch-site": "cross-site"}, "a page of another site"),
        ("/", {"host": HERE, "sec-fetch-site": "same-site"}, "a page of another site"),
        ("/", {"host": "one.example:4566"}, "call http://127.0.0.1:4566"),
        ("/", {"host": "127.0.0.1.one.example:4566"}, "call http://127.0.0.1:4566"),
        ("/", {}, "call http://127.0.0.1:4566"),
        (APPLICATION, {"host": "one.example:4566"}, "call http://127.0.0.1:4566"),
        # What the emulator itself takes for a call of AWS.
        ("/_aws/lambda-url/", {"host": HERE, "origin": "null"}, "a page of 'null'"),
        ("/_aws/execute-api/abc", {"host": HERE, "origin": "null"}, "a page of 'null'"),
        ("/", {"host": "abc.execute-api.localhost:4566", "origin": "null"}, "a page of 'null'"),
    ],
)
def test_refused(path: str, headers: dict[str, str], reason: str) -> None:
    assert reason in (refusal(path, headers, 4566) or "")


@pytest.mark.parametrize("host", ["bucket.localhost:4566", "s3.amazonaws.com", "127.0.0.1", "127.0.0.1:1"])
def test_what_aws_does_not_have_is_served_at_the_own_address_only(host: str) -> None:
    assert refusal("/_slipway/types", {"host": host}, 4566, only_here=True)
    assert refusal("/_slipway/types", {"host": HERE}, 4566, only_here=True) is None


def test_an_application_is_what_has_an_identifier() -> None:
    assert is_application(APPLICATION, {"host": HERE})
    assert not is_application("/_aws/lambda-url", {"host": HERE})
