"""How values are written, and what pages refer to."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from contract.headers import Result
from contract.sketch import Sketch
from lambda_src.proxy_management.rendering import (
    RESULT_WORDS,
    STATIC,
    milliseconds,
    moment,
    number,
    render,
    share,
    size,
    static_files,
)

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 KB"), (999_499, "999 KB"), (999_500, "1 MB"), (999_999, "1 MB"),
     (5 * 10**9, "5 GB"), (999_999_999_999, "1.0 TB"), (7 * 10**15, "7,000.0 TB")],
)  # fmt: skip
def test_bytes_are_readable(count, shown):
    assert size(count) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "no data"),
        (0.0, "0 ms"),
        (0.25, "0.25 ms"),
        (12.34, "12.3 ms"),
        (999.4, "999 ms"),
        (999.5, "1 s"),
        (1234.5, "1.23 s"),
    ],
)
def test_durations_have_as_many_digits_as_are_known(value, shown):
    assert milliseconds(value) == shown


def test_durations_beyond_what_a_sketch_tells_apart_do_not_pretend_to_be_known():
    sketch = Sketch()
    for longer in (580_000, 600_000, 3_600_000):
        sketch.add(longer)
    shown = [milliseconds(sketch.quantile(share)) for share in (0, 0.5, 1)]
    assert shown == ["580 s", "10 min or more", "10 min or more"]


def test_counts_and_shares():
    assert (number(1234567), share(0.1234), share(None)) == ("1,234,567", "12.3%", "no data")


def test_times_are_utc():
    there = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))
    assert moment(there) == moment(there.astimezone(UTC)) == "2026-01-02 02:04:05"


def test_files_have_names_that_change_with_what_is_in_them():
    found = static_files()
    assert found.keys() == {"dashboard.css", "htmx.js", "live.js"}
    for name, each in found.items():
        assert each.name == f"{hashlib.sha256(each.text.encode()).hexdigest()[:16]}-{name}"
    assert found["dashboard.css"].name in render("problem", **ANYTHING)
    assert STATIC in render("problem", **ANYTHING)


def test_the_script_is_the_one_that_the_lock_names():
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    version = lock.partition('"node_modules/htmx.org": {\n      "version": "')[2].partition('"')[0]
    assert f'version:"{version}"' in static_files()["htmx.js"].text


def test_a_template_that_is_told_too_little_fails_and_shows_nothing_half():
    with pytest.raises(Exception, match="'problem' is undefined"):
        render("problem", **{name: value for name, value in ANYTHING.items() if name != "problem"})


ANYTHING = {"title": "t", "problem": "p", "environment": "e", "version": "1", "user": "", "form_token": "", "pages": (),
            "page": ""}  # fmt: skip


@pytest.mark.parametrize("result", Result)
def test_each_result_of_the_proxy_has_words(result):
    assert RESULT_WORDS[result.value]
