import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone

import html5lib
import pytest

from lambda_src.proxy_management.dashboard import HEADERS, render
from lambda_src.proxy_management.logic import Summary, Totals
from lambda_src.shared.settings import ServiceSettings

SETTINGS = ServiceSettings("proxy-management", "1.0", "staging")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))
FULL = Summary(Totals(12_345, 12_000, 3_456_789, {"cached": 3, "failed-open": 1}, {"xxx": 4}), 2, MOMENT)
EMPTY = Summary(Totals(), 0, None)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL))


@pytest.mark.parametrize("summary", [FULL, EMPTY])
def test_page_is_valid_and_without_outside_resources(summary):
    page = render(summary, SETTINGS)
    html5lib.HTMLParser(strict=True).parse(page)
    assert not re.search(r"<script|<link|<img|<a |\bon\w+=|style=|https?:", page)


def test_numbers():
    text = text_of(render(FULL, SETTINGS))
    for expected in ("12,345", "12,000", "3.46 MB", "Proxy processes 2", "75.0%", "25.0%", "100.0%"):
        assert expected in text
    assert "Transformed earlier, from the cache" in text


def test_results_stand_in_the_order_of_their_meaning_and_unknown_ones_last():
    results = {"cached": 1, "new-result": 1, "refused": 1, "transformed": 1}
    text = text_of(render(Summary(Totals(results=results), 1, MOMENT), SETTINGS))
    words = ["Transformed 1", "Transformed earlier", "Refused by the proxy", "new-result"]
    assert sorted(words, key=text.index) == words


def test_time_is_utc():
    assert "2026-01-02 02:04:05 UTC" in render(FULL, SETTINGS)


def test_nothing_reported_yet():
    text = text_of(render(EMPTY, SETTINGS))
    assert "No proxy has reported yet" in text
    assert text.count("Nothing yet.") == 2


def test_counts_of_zero_divide_nothing():
    render(Summary(Totals(results={"cached": 0}), 1, datetime.now(UTC)), SETTINGS)


def test_everything_from_outside_is_escaped():
    hostile = '"><script>alert(1)</script>'
    page = render(
        Summary(Totals(results={hostile: 1}, modes={hostile: 1}), 1, MOMENT), ServiceSettings("x", hostile, hostile)
    )
    assert "<script" not in page


def test_policy_allows_exactly_the_style_sheet():
    style = re.search(r"<style>(.*?)</style>", render(EMPTY, SETTINGS), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = HEADERS["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_page_renews_itself_and_fits_a_phone():
    page = render(EMPTY, SETTINGS)
    assert '<meta http-equiv="refresh" content="10">' in page
    assert "width=device-width" in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1 KB"), (5 * 10**9, "5 GB"), (7 * 10**15, "7,000.0 TB")]
)
def test_bytes_are_readable(count, shown):
    assert f"<dd>{shown}</dd>" in render(Summary(Totals(response_bytes=count), 1, MOMENT), SETTINGS)
