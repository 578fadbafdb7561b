"""Signatures on calls to function URLs."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import MetadataRetrievalError

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


def expired(refresh: Callable[[], dict[str, str]]) -> RefreshableCredentials:
    """Credentials whose time is over, as those of an instance whose metadata service went away."""
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    return RefreshableCredentials("AKIDEXAMPLE", "secret", "session", past, refresh, "iam-role")


def fail() -> dict[str, str]:
    raise MetadataRetrievalError(error_msg="no answer")


def still_expired() -> dict[str, str]:
    past = "2020-01-01T00:00:00Z"
    return {"access_key": "AKIDEXAMPLE", "secret_key": "secret", "token": "session", "expiry_time": past}


@pytest.mark.parametrize("refresh", [fail, dict, still_expired])
async def test_credentials_that_cannot_be_renewed_are_a_signing_error(refresh: Callable[[], dict[str, str]]) -> None:
    signer = Signer(lambda: expired(refresh), "eu-central-1")
    with pytest.raises(SigningError, match="cannot be renewed"):
        await signer.headers("GET", URL, {}, b"")


async def test_renewal_that_hangs_is_not_waited_for_and_not_started_twice() -> None:
    started: list[int] = []
    go_on = threading.Event()

    def load() -> Credentials:
        started.append(1)
        go_on.wait()
        return Credentials("AKIDEXAMPLE", "secret")

    signer = Signer(load, "eu-central-1", timeout_seconds=0.01)
    try:
        for _ in range(3):
            with pytest.raises(SigningError, match="within"):
                await signer.headers("GET", URL, {}, b"")
    finally:
        go_on.set()
    assert started == [1]
    patient = await Signer(load, "eu-central-1").headers("GET", URL, {}, b"")
    assert "Authorization" in patient


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
