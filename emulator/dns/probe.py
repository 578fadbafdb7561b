"""Ask one endpoint of a health check whether it is well, as Route 53's checkers do; on this machine only."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from http import HTTPStatus

from emulator.dns.checks import Check

CONNECT_SECONDS = {"TCP": 10.0}
"""How long a connection may take to come about, by type; else 4 s. Source, also of the other limits here:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

RESPONSE_SECONDS = 2.0
SEARCHED_BYTES = 5120
USER_AGENT = "Amazon-Route53-Health-Check-Service (ref {identifier}; report http://amzn.to/1vsZADi)"

Look = tuple[str, str]
"""What is wrong with the endpoint, or empty; and what was seen where nothing is."""


def is_local(address: str) -> bool:
    """Tell whether an address leads to this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def look(check: Check, addresses: list[str]) -> Look:
    """Ask the endpoint once.

    :param addresses: those that the endpoint's name has in the zones of the emulator; unused where the check has one.
    """
    where = [check.address] if check.address else addresses
    if not where:
        return f"not checked: {check.domain} is in no zone of the embedded AWS, which asks no other name servers", ""
    if not is_local(where[0]):
        return f"not checked: {where[0]} is no loopback address, and the embedded AWS connects to no other", ""
    try:
        return _ask(check, where[0])
    except TimeoutError:
        return "The endpoint did not answer in time.", ""
    except ConnectionRefusedError:
        return "Connection refused. Nothing listens at the port of the endpoint.", ""
    except (OSError, http.client.HTTPException) as error:
        return f"The endpoint did not answer as it should: {error or type(error).__name__}", ""


def _ask(check: Check, address: str) -> Look:
    timeout = CONNECT_SECONDS.get(check.kind, 4.0)
    with socket.create_connection((address, check.port), timeout) as plain:
        if check.kind == "TCP":
            return "", "TCP connection established"
        plain.settimeout(RESPONSE_SECONDS)
        if check.kind.startswith("HTTPS"):
            with _encrypted(plain, check) as wrapped:
                return _converse(check, address, wrapped)
        return _converse(check, address, plain)


def _encrypted(plain: socket.socket, check: Check) -> ssl.SSLSocket:
    """Speak TLS with any certificate: Route 53 does not look at it either."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    name = check.domain.rstrip(".") if check.sends_name else ""
    return context.wrap_socket(plain, server_hostname=name or None)


def _converse(check: Check, address: str, connected: socket.socket) -> Look:
    host = check.domain.rstrip(".") or address
    connection = http.client.HTTPConnection(host, check.port)
    connection.sock = connected
    connection.request("GET", check.path, headers={"User-Agent": USER_AGENT.format(identifier=check.identifier)})
    response = connection.getresponse()
    said = f"HTTP Status Code {response.status}, {response.reason}"
    if not HTTPStatus.OK <= response.status < HTTPStatus.BAD_REQUEST:
        return said, ""
    if check.kind.endswith("_STR_MATCH") and check.search.encode() not in response.read(SEARCHED_BYTES):
        return f"{said}. The search string is not in the first {SEARCHED_BYTES:,} bytes of the body.", ""
    return "", said
