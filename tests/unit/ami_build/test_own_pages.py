"""What the proxy says about itself."""

from __future__ import annotations

import pytest

from slipway_proxy.own_pages import own_page

PEM = "-----BEGIN CERTIFICATE-----\n"


def test_the_certificate_is_a_download() -> None:
    page = own_page("/ca.pem", PEM)
    assert (page.status, page.body) == (200, PEM)
    assert page.headers["content-type"] == "application/x-pem-file"
    assert page.headers["content-disposition"] == 'attachment; filename="slipway-ca.pem"'


def test_the_first_page_leads_to_the_certificate_and_runs_nothing() -> None:
    page = own_page("/", PEM)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == "default-src 'none'"
    assert '<a href="/ca.pem">' in page.body


def test_a_query_changes_nothing() -> None:
    assert own_page("/ca.pem?1", PEM) == own_page("/ca.pem", PEM)


@pytest.mark.parametrize("path", ["/other", "", "*", "/ca.pem/", "/CA.PEM"])
def test_anything_else_is_not_here(path: str) -> None:
    page = own_page(path, PEM)
    assert page.status == 404
    assert "/ca.pem" in page.body
    assert PEM not in page.body
