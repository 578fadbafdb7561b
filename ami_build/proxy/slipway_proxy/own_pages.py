"""What the proxy answers when it is asked itself: where its certificate is, and the certificate.

The one way to the certificate for users of a fleet, whose instances they reach through the proxy's port only. Everyone
who may use the proxy may read all of this.
"""

from __future__ import annotations

from dataclasses import dataclass

CERTIFICATE_PATH = "/ca.pem"
PLAIN_TEXT = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
HTML = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
}
CERTIFICATE_HEADERS = {
    "content-type": "application/x-pem-file",
    "content-disposition": 'attachment; filename="slipway-ca.pem"',
}
START = f"""<!DOCTYPE html>
<html lang="en">
<head><title>Slipway proxy</title></head>
<body>
<h1>This is a Slipway proxy</h1>
<p>Enter this address and port as the HTTP and HTTPS proxy of your browser. So that the browser trusts the pages that
come through it, import <a href="{CERTIFICATE_PATH}">the certificate of its authority</a> first.</p>
</body>
</html>
"""


@dataclass(frozen=True)
class OwnPage:
    """A page of the proxy's own."""

    status: int
    body: str
    headers: dict[str, str]


def own_page(path: str, certificate: str) -> OwnPage:
    """Return what stands under a path.

    :param path: may have a query, which changes nothing.
    :param certificate: the authority's public certificate, PEM.
    """
    match path.partition("?")[0]:
        case "/":
            return OwnPage(200, START, HTML)
        case p if p == CERTIFICATE_PATH:
            return OwnPage(200, certificate, CERTIFICATE_HEADERS)
        case _:
            return OwnPage(404, f"this proxy has no such page; its own are / and {CERTIFICATE_PATH}\n", PLAIN_TEXT)
