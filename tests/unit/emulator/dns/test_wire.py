"""DNS messages, made and read with dnslib."""

from __future__ import annotations

import pytest
from dnslib import EDNS0, OPCODE, QTYPE, RCODE, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from emulator.dns.answers import Answer, Record
from emulator.dns.wire import LARGEST_DATAGRAM, reply


def ask(question: DNSRecord, answer: Answer, *, over_tcp: bool = False) -> DNSRecord:
    return DNSRecord.parse(reply(question.pack(), lambda _name, _kind: answer, over_tcp=over_tcp))


def texts(count: int) -> Answer:
    return Answer("NOERROR", tuple(Record("t.example.org.", "TXT", 60, f'"{n:0100d}"') for n in range(count)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("A", "127.0.0.1"),
        ("AAAA", "::1"),
        ("CNAME", "other.example.org."),
        ("NS", "ns.example.org."),
        ("MX", "10 mail.example.org."),
        ("SRV", "1 10 5269 host.example.org."),
        ("TXT", '"one; two" "three"'),
        ("CAA", '0 issue "ca.example.org"'),
        ("SOA", "ns.example.org. admin.example.org. 1 7200 900 1209600 60"),
    ],
)
def test_every_type_comes_through(kind, value):
    seen = []

    def answering(name: str, asked: str) -> Answer:
        seen.append((name, asked))
        return Answer("NOERROR", (Record(name, kind, 60, value),))

    found = DNSRecord.parse(reply(DNSRecord.question("Name.example.org", kind).pack(), answering))

    assert seen == [("Name.example.org.", kind)]
    assert (found.header.qr, found.header.aa, found.header.ra) == (1, 1, 0)
    assert [(str(each.rname), QTYPE[each.rtype], each.rdata.toZone()) for each in found.rr] == [
        ("Name.example.org.", kind, value)
    ]


def test_no_such_name_brings_the_start_of_authority():
    soa = Record("example.org.", "SOA", 60, "ns.test. admin.test. 1 2 3 4 60")

    found = ask(DNSRecord.question("x.example.org"), Answer("NXDOMAIN", (), (soa,)))

    assert found.header.rcode == RCODE.NXDOMAIN
    assert [QTYPE[each.rtype] for each in found.auth] == ["SOA"]


@pytest.mark.parametrize(
    ("offered", "count", "truncated"),
    [(None, 3, False), (None, 12, True), (1232, 12, True), (1232, 8, False), (4096, 12, True), (100, 3, False)],
)
def test_what_does_not_fit_a_datagram_is_truncated(offered, count, truncated):
    question = DNSRecord.question("t.example.org", "TXT")
    if offered:
        question.add_ar(EDNS0(udp_len=offered))

    found = ask(question, texts(count))

    assert bool(found.header.tc) is truncated
    assert len(found.rr) == (0 if truncated else count)
    assert len(found.pack()) <= LARGEST_DATAGRAM
    assert [QTYPE[each.rtype] for each in found.ar] == (["OPT"] if offered else [])
    assert len(ask(question, texts(count), over_tcp=True).rr) == count


def test_what_is_no_plain_question_is_refused_by_name():
    update = DNSRecord.question("example.org")
    update.header.opcode = OPCODE.UPDATE
    doubled = DNSRecord.question("example.org")
    doubled.add_question(DNSQuestion("example.org"))
    cases = {
        RCODE.NOTIMP: [update, DNSRecord.question("example.org", "ANY")],
        RCODE.FORMERR: [doubled],
        RCODE.REFUSED: [DNSRecord.question("version.bind", "TXT", "CH")],
    }

    for code, questions in cases.items():
        for question in questions:
            assert ask(question, texts(1)).header.rcode == code


def test_noise_is_answered_at_most_with_its_own_number():
    garbled = DNSRecord.parse(reply(b"\x12\x34" + b"\x01" * 20, lambda _name, _kind: texts(1)))

    assert (garbled.header.id, garbled.header.rcode) == (0x1234, RCODE.FORMERR)
    assert reply(b"short", lambda _name, _kind: texts(1)) is None
    assert reply(DNSRecord.question("a.b").reply().pack(), lambda _name, _kind: texts(1)) is None


@given(st.binary(max_size=80), st.integers(0, 40))
def test_whatever_comes_is_answered_or_left_alone(noise, kept):
    message = DNSRecord.question("www.example.org").pack()[:kept] + noise

    answer = reply(message, lambda _name, _kind: texts(1))

    assert answer is None or answer[:2] == message[:2]


def test_a_value_that_no_zone_file_may_hold_is_a_failure():
    found = ask(DNSRecord.question("a.example.org"), Answer("NOERROR", (Record("a.", "A", 1, "nonsense"),)))

    assert (found.header.rcode, found.rr) == (RCODE.SERVFAIL, [])
