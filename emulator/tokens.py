"""Tokens of identity providers: whether the provider has signed one, for this audience and time, and what it says.

Only RS256, as GitHub and all that follow OpenID Connect sign by default. Nothing here knows AWS's roles.
Sources: RFC 7519 (tokens), RFC 7515 (signatures), RFC 7517 (keys), RFC 8017 section 8.2.2 (RSASSA-PKCS1-v1_5).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest in a signature: its algorithm, in DER (RFC 8017 section 9.2)."""


class TokenError(Exception):
    """A token is not accepted.

    :param code: AWS's code for that.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Token:
    """A token in its parts, before anything about it is believed.

    :param signed: the bytes that the signature is of.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @classmethod
    def parse(cls, text: str) -> Token:
        """Take a token apart.

        :raises TokenError: if it is none.
        """
        try:
            header, claims, signature = text.split(".")
            parsed = cls(
                json.loads(_decoded(header)),
                json.loads(_decoded(claims)),
                f"{header}.{claims}".encode("ascii"),
                _decoded(signature),
            )
        except ValueError as error:
            raise _invalid("The ID Token provided is not a valid JWT.") from error
        if not isinstance(parsed.header, dict) or not isinstance(parsed.claims, dict):
            raise _invalid("The ID Token provided is not a valid JWT.")
        return parsed

    @property
    def issuer(self) -> str:
        """Address of the provider that says that it made the token."""
        return str(self.claims.get("iss", ""))

    @property
    def audiences(self) -> list[str]:
        """Whom the token is for."""
        named = self.claims.get("aud", [])
        return [named] if isinstance(named, str) else [str(each) for each in named]

    def check(self, *, keys: Iterable[Mapping[str, Any]], audiences: Iterable[str], now: float) -> None:
        """Check that the provider has signed the token, for one of the audiences, and that its time is not over.

        :param keys: JSON Web Keys of the provider.
        :param now: seconds since the epoch.
        :raises TokenError: if not.
        """
        if not any(self._is_signed_with(key) for key in keys):
            raise _invalid(
                "Couldn't retrieve verification key from your identity provider, please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            )
        if not set(self.audiences) & set(audiences):
            raise _invalid("Incorrect token audience")
        expiry = self.claims.get("exp")
        if not isinstance(expiry, int | float) or expiry <= now:
            raise TokenError(
                "ExpiredTokenException",
                f"Token expired: current date/time {now:.0f} must be before the expiration date/time {expiry}",
            )

    def _is_signed_with(self, key: Mapping[str, Any]) -> bool:
        if self.header.get("alg") != "RS256" or key.get("kty") != "RSA" or key.get("kid") != self.header.get("kid"):
            return False
        modulus, exponent = (int.from_bytes(_decoded(str(key[name]))) for name in ("n", "e"))
        size = (modulus.bit_length() + 7) // 8
        if len(self.signature) != size:
            return False
        found = pow(int.from_bytes(self.signature), exponent, modulus).to_bytes(size)
        return hmac.compare_digest(found, padded(self.signed, size))


def padded(signed: bytes, size: int) -> bytes:
    """Return what a signature of RS256 is when it is opened with the public key.

    :param size: of the key, in bytes.
    """
    digest = _SHA256_PREFIX + hashlib.sha256(signed).digest()
    return b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _invalid(message: str) -> TokenError:
    return TokenError("InvalidIdentityToken", message)
