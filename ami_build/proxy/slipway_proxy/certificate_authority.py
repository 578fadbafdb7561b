"""The fleet's certificate authority: make one, check one, and write it where mitmproxy reads it.

Pure apart from :func:`write`. Nothing here ever puts a private key into an error or a log.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from mitmproxy.certs import DEFAULT_DHPARAM

from slipway_proxy.runtime import CA_CERTIFICATE_FILE, CA_FILE, KEY_EXCHANGE_FILE, write_file

LIFETIME = datetime.timedelta(days=5 * 365)
# Clients whose clock is a little behind must accept a certificate that was made this minute.
CLOCK_SKEW = datetime.timedelta(days=2)


class InvalidAuthorityError(Exception):
    """A stored certificate authority cannot be used; the message never holds key material."""


@dataclass(frozen=True, repr=False)
class CertificateAuthority:
    """A private key and its self-signed certificate, both PEM. It has no repr, so that no log can show the key."""

    private_key: str
    certificate: str

    def to_json(self) -> str:
        """Return the secret's value."""
        return json.dumps({"certificate": self.certificate, "private_key": self.private_key})

    @classmethod
    def from_json(cls, text: str, now: datetime.datetime) -> CertificateAuthority:
        """Read and check what :meth:`to_json` wrote.

        :param now: an aware time, against which the end of its validity is checked.
        :raises InvalidAuthorityError: if it is no key and certificate that belong together, or has expired.
        """
        try:
            values = json.loads(text)
            authority = cls(private_key=values["private_key"], certificate=values["certificate"])
            key = serialization.load_pem_private_key(authority.private_key.encode(), None)
            certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
        except (ValueError, TypeError, KeyError, AttributeError):
            # Without the cause: its text could quote the value.
            raise InvalidAuthorityError("it is no JSON object with private_key and certificate in PEM") from None
        if key.public_key() != certificate.public_key():
            raise InvalidAuthorityError("its certificate does not belong to its private key")
        if certificate.not_valid_after_utc < now:
            raise InvalidAuthorityError(f"its certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
        return authority


def create(environment: str, now: datetime.datetime) -> CertificateAuthority:
    """Make a new authority on the curve P-256, whose leaf certificates are the cheapest to make.

    :param environment: stands in its name, so that people can tell authorities apart in their trust stores.
    :param now: an aware time, from which it is valid.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Slipway"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Slipway proxy CA ({environment})"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return CertificateAuthority(
        private_key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        certificate=builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode(),
    )


def write(authority: CertificateAuthority, directory: Path) -> None:
    """Write the key with its certificate for mitmproxy (0600), and the certificate alone for everyone (0644).

    And the parameters for a key exchange that mitmproxy would otherwise write itself: of several processes that start
    at the same time, one could read what another has written half of.
    """
    write_file(directory / CA_FILE, authority.private_key + authority.certificate, 0o600)
    write_file(directory / CA_CERTIFICATE_FILE, authority.certificate, 0o644)
    write_file(directory / KEY_EXCHANGE_FILE, DEFAULT_DHPARAM.decode("ascii"), 0o644)


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True,
        crl_sign=True,
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
