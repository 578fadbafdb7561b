"""Filter patterns, mostly those of AWS's own page."""

from __future__ import annotations

import json

import pytest

from emulator.logs.patterns import PatternError, compile_pattern, select, value_in

JSON = json.dumps(
    {"eventType": "UpdateTrail", "status": 404, "ms": 12.5, "user": {"id": 7, "tags": ["a", "b"]}, "a.b": "dotted"}
)
LINE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "anything"),
        ("ERROR", "[ERROR 400] BAD REQUEST"),
        ("ERROR REQUEST", "[ERROR 400] BAD REQUEST"),
        ('"BAD REQUEST"', "[ERROR 400] BAD REQUEST"),
        ("ERROR -REQUEST", "[ERROR 419] MISSING ARGUMENTS"),
        ("?ERROR ?WARN", "[WARN 3]"),
        ("?ERROR BAD", "BAD"),
        ("%AUTHORIZATION|UNAUTHORI[SZ]ED%", "[ERROR 401] UNAUTHORIZED REQUEST"),
        ('{ $.eventType = "UpdateTrail" }', JSON),
        ("{ $.user.id = 7 && $.status >= 400 }", JSON),
        ('{ $.user.tags[1] = "b" }', JSON),
        ('{ $.["a.b"] = "dotted" }', JSON),
        ("{ ($.status = 4* || $.ms > 100) && $.other NOT EXISTS }", JSON),
        ("[ip, server, username, timestamp, request, status_code, bytes]", LINE),
        ("[ip, server, username, timestamp, request, status_code = 404, bytes > 1000]", LINE),
        ("[ip, server, username, timestamp, request = *html*, status_code = 4*, bytes]", LINE),
        ("[..., status_code = 4* && status_code != 403, bytes]", LINE),
        ("[ip = %127%, ...]", LINE),
    ],
)
def test_patterns_that_match(pattern: str, message: str):
    assert compile_pattern(pattern)(message) is not None


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("ERROR", "[error 400]"),
        ("ERROR REQUEST", "[ERROR 419] MISSING ARGUMENTS"),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS"),
        ("?ERROR ?WARN", "INFO"),
        ('{ $.eventType = "UpdateTrail" }', "eventType UpdateTrail"),
        ("{ $.status < 400 }", JSON),
        ("{ $.user = 7 }", JSON),
        ("[ip, server]", LINE),
        ("[..., a, b, c, d, e, f, g, h]", LINE),
        ("{ $.x = 1 }", '{"x": 1'),
    ],
)
def test_patterns_that_do_not_match(pattern: str, message: str):
    assert compile_pattern(pattern)(message) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("{ $.a = 1", "closing }"),
        ("[a, b", "closing ]"),
        ("request-id", "put it into double quotes"),
        ('"open', "Invalid character"),
        ("[..., a, ...]", "may stand there once"),
        ("[= 5]", "a field has no name"),
        ("%[%", "no regular expression"),
        ("{ $.a }", "a comparison is missing"),
    ],
)
def test_patterns_that_are_none_are_refused_with_the_reason(pattern: str, why: str):
    with pytest.raises(PatternError, match=why):
        compile_pattern(pattern)


def test_values_of_a_match():
    assert compile_pattern("{ $.status = 4* && $.ms > 1 }")(JSON) == {"$.status": "404", "$.ms": "12.5"}
    columns = compile_pattern("[ip, ..., status, bytes]")(LINE)
    assert columns == {"$ip": "127.0.0.1", "$status": "404", "$bytes": "1534"}


def test_value_that_a_metric_filter_names():
    assert value_in(JSON, {}, "$.user.id") == "7"
    assert value_in(JSON, {}, "$.user") is None
    assert value_in(LINE, {"$bytes": "1534"}, "$bytes") == "1534"
    assert select({"a": [1]}, "$.a[0]") == 1
