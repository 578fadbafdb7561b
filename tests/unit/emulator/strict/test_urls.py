"""Addresses of templates in S3."""

from __future__ import annotations

import pytest

from emulator.strict.urls import path_style


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://b.s3.us-east-1.amazonaws.com/k/x.json", "https://s3.us-east-1.amazonaws.com/b/k/x.json"),
        ("https://b.s3.amazonaws.com/k", "https://s3.amazonaws.com/b/k"),
        ("https://my.dotted.b.s3-eu-west-1.amazonaws.com/k", "https://s3-eu-west-1.amazonaws.com/my.dotted.b/k"),
        ("https://b.s3.cn-north-1.amazonaws.com.cn/k?versionId=1", "https://s3.cn-north-1.amazonaws.com.cn/b/k?versionId=1"),
        ("https://s3.us-east-1.amazonaws.com/b/k", "https://s3.us-east-1.amazonaws.com/b/k"),
        ("http://127.0.0.1:4566/b/k", "http://127.0.0.1:4566/b/k"),
    ],
)  # fmt: skip
def test_the_bucket_goes_into_the_path(url: str, expected: str) -> None:
    assert path_style(url) == expected
