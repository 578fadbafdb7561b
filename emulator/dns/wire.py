"""DNS messages: from the bytes of a question to those of its answer. dnslib knows the format; the rules stand here."""

from __future__ import annotations

from collections.abc import Callable

from dnslib import (  # type: ignore[import-untyped]
    CLASS,
    EDNS0,
    OPCODE,
    QTYPE,
    RCODE,
    RR,
    DNSError,
    DNSLabel,
    DNSRecord,
)

from emulator.dns.answers import Answer, Record

SMALLEST_DATAGRAM = 512
LARGEST_DATAGRAM = 1232
"""Bytes; what goes over every network without fragments, as DNS software agreed on in 2020 (dnsflagday.net)."""

Answering = Callable[[str, str], Answer]
"""Gets name and type of a question."""


def reply(message: bytes, answering: Answering, *, over_tcp: bool = False) -> bytes | None:
    """Return the answer to one message, or None if it deserves none.

    An answer that is too large for the asker's datagram is truncated, which makes the asker come again over TCP.
    """
    try:
        question = DNSRecord.parse(message)
    except DNSError:
        return _malformed(message)
    if question.header.qr:
        return None
    response = question.reply(ra=0)
    limit = _offer(question, response)
    _fill(question, response, answering)
    packed = _packed(response)
    if over_tcp or len(packed) <= limit:
        return packed
    response.rr, response.auth, response.header.tc = [], [], 1
    return _packed(response)


def _malformed(message: bytes) -> bytes | None:
    """Answer with FORMERR and the message's own number, if it has one."""
    if len(message) < 12 or message[2] & 0x80:
        return None
    empty = DNSRecord().reply(ra=0, aa=0)
    empty.header.id, empty.header.rcode = int.from_bytes(message[:2]), RCODE.FORMERR
    empty.questions = []
    return _packed(empty)


def _offer(question: DNSRecord, response: DNSRecord) -> int:
    """Take up the asker's offer of larger datagrams (EDNS, RFC 6891); return how large this one may be."""
    for extra in question.ar:
        if extra.rtype == QTYPE.OPT:
            response.add_ar(EDNS0(udp_len=LARGEST_DATAGRAM))
            return max(SMALLEST_DATAGRAM, min(int(extra.edns_len), LARGEST_DATAGRAM))
    return SMALLEST_DATAGRAM


def _fill(question: DNSRecord, response: DNSRecord, answering: Answering) -> None:
    header = response.header
    if question.header.opcode != OPCODE.QUERY:
        header.aa, header.rcode = 0, RCODE.NOTIMP
    elif len(question.questions) != 1:
        header.aa, header.rcode = 0, RCODE.FORMERR
    elif question.q.qclass != CLASS.IN:
        header.aa, header.rcode = 0, RCODE.REFUSED
    elif question.q.qtype == QTYPE.ANY:
        header.aa, header.rcode = 0, RCODE.NOTIMP
    else:
        answer = answering(str(question.q.qname), str(QTYPE.get(question.q.qtype)))
        header.aa, header.rcode = int(answer.is_authoritative), getattr(RCODE, answer.code)
        try:
            records = [[_parsed(each) for each in section] for section in (answer.records, answer.authority)]
        except (DNSError, ValueError, LookupError):
            # A value that Route 53 would not have taken.
            header.rcode = RCODE.SERVFAIL
            return
        response.rr, response.auth = records


def _parsed(record: Record) -> RR:
    """Return a record in dnslib's form, its value read as in a line of a zone file."""
    parsed = RR.fromZone(f". {record.ttl} IN {record.kind} {record.value}")[0]
    parsed.rname = DNSLabel(record.name)
    return parsed


def _packed(response: DNSRecord) -> bytes:
    return bytes(response.pack())
