"""Inputs of actions: what each may be told, and that a wrong one is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from local.image import inputs


@pytest.mark.parametrize(
    ("action", "told", "count"),
    [
        ("ExecuteBash", {"commands": ["true"]}, 1),
        ("S3Download", [{"source": "s3://a/b", "destination": "/c"}] * 2, 2),
        ("CreateFile", [{"path": "/a", "content": "b", "permissions": "0640", "owner": "root"}], 1),
        ("Reboot", None, 1),
        ("Assert", [{"fileExists": "/a"}, {"binaryExists": "b"}], 1),
    ],
)
def test_an_action_takes_what_the_documentation_says(action: str, told: object, count: int) -> None:
    assert len(inputs.parse(action, told)) == count


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("ExecuteBash", {"commands": []}),
        ("ExecuteBash", [{"commands": ["true"]}]),
        ("S3Download", {"source": "s3://a/b", "destination": "/c"}),
        ("S3Download", []),
        ("CreateFile", [{"path": "/a", "permissions": "rw"}]),
        ("WebDownload", [{"source": "a", "destination": "b", "ignoreCertificateErrors": True}]),
        ("Assert", [{"fileExists": "/a", "more": "b"}]),
        ("Reboot", {"delaySeconds": -1}),
    ],
)
def test_an_action_refuses_the_rest(action: str, told: object) -> None:
    with pytest.raises(ValidationError):
        inputs.parse(action, told)
