"""Signatures on calls to function URLs."""

from __future__ import annotations

import asyncio

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from slipway_proxy.signing import Signer, SigningError, join

URL = "http://127.0.0.1:4566/_aws/lambda-url/abc/html/to/segments"


async def test_the_signature_is_the_one_that_a_verifier_computes() -> None:
    signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret", "session"), "eu-central-1")
    signed = await signer.headers("POST", URL, {"content-type": "application/json"}, b"{}")
    assert signed["X-Amz-Security-Token"] == "session"
    assert "/eu-central-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-date;" in signed["Authorization"]

    request = AWSRequest("POST", URL, {"content-type": "application/json", "X-Amz-Security-Token": "session"}, b"{}")
    request.context["timestamp"] = signed["X-Amz-Date"]
    request.headers["X-Amz-Date"] = signed["X-Amz-Date"]
    verifier = SigV4Auth(Credentials("AKIDEXAMPLE", "secret", "session"), "lambda", "eu-central-1")
    expected = verifier.signature(verifier.string_to_sign(request, verifier.canonical_request(request)), request)
    assert signed["Authorization"].endswith(f"Signature={expected}")


async def test_another_body_has_another_signature() -> None:
    signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret"), "eu-central-1")
    one = await signer.headers("POST", URL, {"x-amz-date": "same"}, b"1")
    two = await signer.headers("POST", URL, {"x-amz-date": "same"}, b"2")
    assert one["Authorization"].split("Signature=")[1] != two["Authorization"].split("Signature=")[1]


async def test_credentials_are_loaded_once_however_many_ask() -> None:
    loads: list[int] = []

    def load() -> Credentials:
        loads.append(1)
        return Credentials("AKIDEXAMPLE", "secret")

    signer = Signer(load, "eu-central-1")
    await asyncio.gather(*(signer.headers("GET", URL, {}, b"") for _ in range(5)))
    assert loads == [1]


async def test_without_credentials_it_says_so_and_tries_again() -> None:
    found: list[Credentials | None] = [None, Credentials("AKIDEXAMPLE", "secret")]
    signer = Signer(lambda: found.pop(0), "eu-central-1")
    with pytest.raises(SigningError, match="no AWS credentials"):
        await signer.headers("GET", URL, {}, b"")
    assert await signer.headers("GET", URL, {}, b"")


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://abc.lambda-url.eu-central-1.on.aws/", "https://abc.lambda-url.eu-central-1.on.aws/info/health"),
        ("http://127.0.0.1:1/_aws/lambda-url/abc/", "http://127.0.0.1:1/_aws/lambda-url/abc/info/health"),
        ("http://127.0.0.1:1/_aws/lambda-url/abc", "http://127.0.0.1:1/_aws/lambda-url/abc/info/health"),
    ],
)
def test_paths_are_joined_onto_a_base_that_may_have_a_path(base: str, url: str) -> None:
    assert join(base, "/info/health") == url
