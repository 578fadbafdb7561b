"""The fleet's certificate authority."""

from __future__ import annotations

import datetime
import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from mitmproxy.certs import CertStore

from slipway_proxy.certificate_authority import (
    LIFETIME,
    CertificateAuthority,
    InvalidAuthorityError,
    create,
    write,
)

from .conftest import NOW


def test_it_is_an_authority_on_p256_that_is_valid_now() -> None:
    certificate = x509.load_pem_x509_certificate(create("test", NOW).certificate.encode())
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    certificate.verify_directly_issued_by(certificate)


def test_it_survives_the_way_through_the_secret() -> None:
    made = create("test", NOW)
    assert CertificateAuthority.from_json(made.to_json(), NOW) == made


def test_the_key_is_not_shown_by_repr() -> None:
    made = create("test", NOW)
    assert "PRIVATE" not in repr(made)
    assert made.private_key not in repr(made)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '"text"', '{"private_key": 1, "certificate": 2}', '{"private_key": "k", "certificate": "c"}'],
)
def test_a_secret_that_holds_something_else_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(InvalidAuthorityError, match="no JSON object with private_key and certificate") as caught:
        CertificateAuthority.from_json(text, NOW)
    assert caught.value.__cause__ is None


def test_a_key_of_another_authority_is_refused() -> None:
    mixed = {"private_key": create("a", NOW).private_key, "certificate": create("b", NOW).certificate}
    with pytest.raises(InvalidAuthorityError, match="does not belong"):
        CertificateAuthority.from_json(json.dumps(mixed), NOW)


def test_an_expired_authority_is_refused() -> None:
    made = create("test", NOW)
    with pytest.raises(InvalidAuthorityError, match="expired on"):
        CertificateAuthority.from_json(made.to_json(), NOW + LIFETIME + datetime.timedelta(seconds=1))


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    (tmp_path / "mitmproxy-ca.pem").write_text("left over")
    (tmp_path / "mitmproxy-ca.pem").chmod(0o644)
    made = create("test", NOW)
    write(made, tmp_path)
    key, certificate = tmp_path / "mitmproxy-ca.pem", tmp_path / "mitmproxy-ca-cert.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(certificate.stat().st_mode) == 0o644
    assert key.read_text() == made.private_key + made.certificate
    assert certificate.read_text() == made.certificate


def test_nothing_is_left_for_several_processes_to_write_at_the_same_time(tmp_path: Path) -> None:
    write(create("test", NOW), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    CertStore.from_store(tmp_path, "mitmproxy", 2048)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
