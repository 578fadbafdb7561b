"""An identity provider of a test: it signs tokens as GitHub does, and publishes the key to the embedded AWS."""

from __future__ import annotations

import base64
import functools
import json
import random
import time
from typing import Any

from emulator.launcher import Emulator
from emulator.tokens import padded

GITHUB = "https://token.actions.githubusercontent.com"
_EXPONENT = 65537


class Issuer:
    """A provider with one RSA key, the same in every run: what it signs is worth nothing elsewhere.

    :param url: its address.
    """

    def __init__(self, url: str = GITHUB, *, seed: int = 1) -> None:
        self.url = url
        self._kid = f"key-{seed}"
        self._modulus, self._private = _key(seed)

    @property
    def keys(self) -> list[dict[str, str]]:
        """The public key, as a list of JSON Web Keys."""
        return [{"kty": "RSA", "kid": self._kid, "n": _number(self._modulus), "e": _number(_EXPONENT)}]

    def publish(self, emulator: Emulator) -> None:
        emulator.control("publish-keys", issuer=self.url, keys=self.keys)

    def token(self, subject: str, **changed: Any) -> str:
        """Return a signed token for AWS.

        :param changed: claims that are to be otherwise.
        """
        claims = {"iss": self.url, "sub": subject, "aud": "sts.amazonaws.com", "exp": time.time() + 300, **changed}
        signed = ".".join(_encoded(part) for part in ({"alg": "RS256", "kid": self._kid, "typ": "JWT"}, claims))
        size = (self._modulus.bit_length() + 7) // 8
        opened = int.from_bytes(padded(signed.encode(), size))
        return f"{signed}.{_text(pow(opened, self._private, self._modulus).to_bytes(size))}"


@functools.cache
def _key(seed: int) -> tuple[int, int]:
    """Return modulus and private exponent; 1,024 bits are enough where nothing is secret, and are found at once."""
    numbers = random.Random(seed)  # noqa: S311 - the key protects nothing
    one, other = (_prime(numbers, 512) for _ in range(2))
    return one * other, pow(_EXPONENT, -1, (one - 1) * (other - 1))


def _prime(numbers: random.Random, bits: int) -> int:
    while True:
        candidate = numbers.getrandbits(bits) | (3 << (bits - 2)) | 1
        if candidate % _EXPONENT != 1 and all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7)):
            return candidate


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8))


def _encoded(part: dict[str, Any]) -> str:
    return _text(json.dumps(part).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
