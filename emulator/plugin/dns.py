"""A resolver on loopback for the hosted zones of Route 53, public and private: for the tests, for `dig`, for ourselves.

It answers for names in the zones and for those of load balancers; it never asks another name server.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from emulator.dns import answers, wire
from emulator.dns.answers import Answer, Balancer, View
from emulator.dns.zones import Zone, normalised, record_set, zone_of
from emulator.plugin import balancing, health_checks
from emulator.plugin.borrowed import borrow, replace

_route53 = borrow("services.route53", "_error_response", "_records", "_xml_response", "_zones", "handle_request")
_alb = borrow("services.alb", "_lbs", "_listeners", "_rules", "_targets")
_responses = borrow("core.responses", "request_scope")
logger = logging.getLogger("slipway.emulator")

IDLE_SECONDS = 10.0
_TEST_PATH = "/2013-04-01/testdnsanswer"
_ATTEMPTS = 20
_source = secrets.SystemRandom()
_known: dict[str, tuple[Any, Zone]] = {}
"""Zones as last read, each with the list that it was read from: each change of a zone makes a new one."""


def view() -> View:
    """Return what answers are made from just now."""
    return View(_zones(), health_checks.health().is_healthy, _balancer, _source)


def addresses_of(name: str) -> list[str]:
    """Return the addresses that a name has in the zones, or as a load balancer's."""
    return answers.addresses(view(), name)


def _zones() -> list[Zone]:
    records = {identifier: found for (_, identifier), found in list(_route53._records._data.items())}
    zones = [zone for zone in list(_route53._zones._data.values()) if zone["id"] in records]
    for gone in _known.keys() - {zone["id"] for zone in zones}:
        _known.pop(gone, None)
    return [_zone(zone, records[zone["id"]]) for zone in zones]


def _zone(zone: dict[str, Any], records: list[dict[str, Any]]) -> Zone:
    known = _known.get(zone["id"])
    if known and known[0] is records and known[1].is_private is bool(zone.get("private")):
        return known[1]
    read = tuple(record_set(record) for record in records)
    made = Zone(zone["id"], normalised(zone["name"]), bool(zone.get("private")), read)
    _known[zone["id"]] = records, made
    return made


def _balancer(name: str) -> Balancer | None:
    for (account, region, arn), record in _alb._lbs.all_items():
        if normalised(record["DNSName"]) == name:
            with _responses.request_scope(account, region):
                address = balancing.address_of(arn)
                return Balancer((address,) if address else (), _has_healthy_targets(arn))
    return None


def _target_groups(arn: str) -> set[str]:
    """Return the ARNs of the target groups that a load balancer forwards to."""
    listeners = {key: each for key, each in _alb._listeners.items() if each["LoadBalancerArn"] == arn}
    actions = [action for each in listeners.values() for action in each["DefaultActions"]]
    actions += [
        action for rule in _alb._rules.values() if rule["ListenerArn"] in listeners for action in rule["Actions"]
    ]
    return {action["TargetGroupArn"] for action in actions if "TargetGroupArn" in action}


def _has_healthy_targets(arn: str) -> bool:
    """Tell whether each target group that has targets has a healthy one, and there is such a group.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias.html
    """
    groups = {group: _alb._targets.get(group, []) for group in _target_groups(arn)}
    states = [
        [balancing.health(group, target["Id"], target["Port"]).state for target in targets]
        for group, targets in groups.items()
        if targets
    ]
    return bool(states) and all("healthy" in found for found in states)


def _answering(name: str, kind: str) -> Answer:
    return answers.answer(view(), name, kind)


class _Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if (reply := wire.reply(data, _answering)) is not None:
            self._transport.sendto(reply, addr)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the questions of one TCP connection; each message comes after its length."""
    with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError, OSError):
        while True:
            async with asyncio.timeout(IDLE_SECONDS):
                length = int.from_bytes(await reader.readexactly(2))
                reply = wire.reply(await reader.readexactly(length), _answering, over_tcp=True)
                if reply is None:
                    break
                writer.write(len(reply).to_bytes(2) + reply)
                await writer.drain()
    writer.close()


async def serve(remembered: Path) -> None:
    """Answer for ever.

    :param remembered: file that holds the port, so that it stays the same over restarts.
    """
    udp, tcp = _open(remembered)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(_Datagrams, sock=udp)
    try:
        async with await asyncio.start_server(_converse, sock=tcp) as server:
            await server.serve_forever()
    finally:
        transport.close()


def _open(remembered: Path) -> tuple[socket.socket, socket.socket]:
    try:
        port = int(remembered.read_text())
    except (OSError, ValueError):
        port = 0
    udp, tcp = _bind(port)
    remembered.write_text(f"{udp.getsockname()[1]}\n")
    return udp, tcp


def _bind(wanted: int) -> tuple[socket.socket, socket.socket]:
    """Bind the wanted port for UDP and TCP or, where that is taken or 0, any that is free for both."""
    for port in (wanted, *[0] * _ATTEMPTS):
        udp = socket.socket(type=socket.SOCK_DGRAM)
        tcp = socket.socket()
        try:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.bind(("127.0.0.1", port))
            udp.bind(tcp.getsockname())
        except OSError as error:
            udp.close()
            tcp.close()
            if port:
                logger.warning("port %d of the resolver is taken (%s); it gets another one", port, error)
        else:
            return udp, tcp
    raise OSError(f"no loopback port is free for both UDP and TCP after {_ATTEMPTS} attempts")


def _tested(original: Callable[..., Any]) -> Callable[..., Any]:
    """Add TestDNSAnswer to the API."""

    async def handle(method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]) -> Any:
        if method == "GET" and path == _TEST_PATH:
            asked = {key: value[0] if isinstance(value, list) else value for key, value in query.items()}
            return _test(asked["hostedzoneid"], asked["recordname"], asked["recordtype"])
        return await original(method, path, headers, body, query)

    return handle


def _test(zone_id: str, name: str, kind: str) -> Any:
    record = _route53._zones.get(zone_id)
    if record is None:
        return _route53._error_response("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)
    if record.get("private"):
        return _route53._error_response("InvalidInput", "TestDNSAnswer answers for public hosted zones only.")
    own = dataclasses.replace(view(), zones=[zone for zone in _zones() if zone.identifier == zone_id])
    found = answers.answer(own, name, kind)

    def build(root: Element) -> None:
        servers = own.zones[0].get(own.zones[0].name, "NS")
        SubElement(root, "Nameserver").text = servers[0].values[0].rstrip(".") if servers else ""
        SubElement(root, "RecordName").text = name
        SubElement(root, "RecordType").text = kind
        data = SubElement(root, "RecordData")
        for each in found.records:
            SubElement(data, "RecordDataEntry").text = each.value
        SubElement(root, "ResponseCode").text = found.code
        SubElement(root, "Protocol").text = "UDP"

    return _route53._xml_response("TestDNSAnswerResponse", build)


def _ours_first(original: Callable[..., Any]) -> Callable[..., Any]:
    """Look up names of our zones in them, and only others where the system looks."""

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        text = host.decode(errors="replace") if isinstance(host, bytes) else host
        if not text or zone_of(_zones(), normalised(text)) is None:
            return original(host, port, *rest, **more)
        found = _answering(text, "A").records
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"{text} has no address in its zone of the embedded AWS")
        # The last name of a chain that leaves our zones is for the system to look up.
        ends = found[-1:] if found[-1].kind == "CNAME" else [each for each in found if each.kind == "A"]
        return [info for each in ends for info in original(each.value.rstrip("."), port, *rest, **more)]

    return getaddrinfo


def install() -> None:
    """Add what this module has to the API, and have this process find names in the zones."""
    replace(_route53, "handle_request", _tested)
    replace(socket, "getaddrinfo", _ours_first)
