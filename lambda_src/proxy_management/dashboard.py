"""The dashboard: one server-rendered page without scripts, links or outside resources.

It works below any path prefix, on a phone, without colours and with a screen reader. The content security policy
allows exactly its one style sheet, by hash. Everything that comes from a report is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC
from html import escape

from lambda_src.proxy_management.logic import Summary
from lambda_src.shared.settings import ServiceSettings

CONTENT_TYPE = "text/html; charset=utf-8"
REFRESH_SECONDS = 10

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--card:#fff;--page:#f5f7f9}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf3;--soft:#9aa7b6;--line:#2b3440;--card:#171d25;--page:#0f141a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main,header,footer{max-width:60rem;margin:0 auto;padding:1rem}
h1{margin:.5rem 0 0;font-size:1.6rem}
h2{margin:0 0 .5rem;font-size:1.1rem}
p{margin:.25rem 0;color:var(--soft)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.75rem;margin:0 0 1rem}
dl div,section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem}
section{margin-bottom:1rem}
dt{color:var(--soft)}
dd{margin:0;font-size:clamp(1.4rem,4vw,1.8rem);font-weight:600;font-variant-numeric:tabular-nums}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th,td{padding:.4rem .25rem;border-top:1px solid var(--line);text-align:start;font-weight:400}
thead th{border-top:0;color:var(--soft)}
th:first-child{width:42%}
th:nth-child(2){width:5.5rem}
td{font-variant-numeric:tabular-nums}
td:last-child{white-space:nowrap}
meter{width:calc(100% - 3.75rem);vertical-align:middle}
@media(max-width:22rem){meter{display:none}}
"""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

_RESULT_WORDS = {
    "transformed": "Transformed",
    "partly-transformed": "Transformed but for texts that could not be rated",
    "cached": "Transformed earlier, from the cache",
    "passed-through": "Passed through on purpose",
    "failed-open": "Untouched, as a function failed",
    "refused": "Refused by the proxy",
}


def render(summary: Summary, settings: ServiceSettings) -> str:
    """Return the page."""
    totals = summary.totals
    figures = {
        "Requests": _number(totals.requests),
        "Responses": _number(totals.responses),
        "Sent to clients": _bytes(totals.response_bytes),
        "Proxy processes": _number(summary.processes),
        "Replaced for their memory": _number(totals.recycled),
    }
    cards = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in figures.items())
    known = {words: totals.results[name] for name, words in _RESULT_WORDS.items() if name in totals.results}
    results = known | {name: count for name, count in totals.results.items() if name not in _RESULT_WORDS}
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<title>Slipway proxy - {escape(settings.environment)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>Slipway proxy</h1>
<p>Environment {escape(settings.environment)}, version {escape(settings.version)}. {_freshness(summary)}</p>
</header>
<main>
<dl>{cards}</dl>
{_table("What became of responses", "Result", results)}
{_table("Transformed pages by mode", "Mode", totals.modes)}
</main>
<footer><p>This page renews itself every {REFRESH_SECONDS} seconds.</p></footer>
</body>
</html>
"""


def _freshness(summary: Summary) -> str:
    if summary.updated_at is None:
        return "No proxy has reported yet."
    moment = summary.updated_at.astimezone(UTC)
    return f'Last report <time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S} UTC</time>.'


def _table(title: str, column: str, counts: Mapping[str, int]) -> str:
    if not counts:
        return f"<section><h2>{escape(title)}</h2><p>Nothing yet.</p></section>"
    total = sum(counts.values())
    rows = "".join(_row(name, count, total) for name, count in counts.items())
    head = f'<th scope="col">{escape(column)}</th><th scope="col">Count</th><th scope="col">Share</th>'
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<section><h2>{escape(title)}</h2>{table}</section>"


def _row(name: str, count: int, total: int) -> str:
    share = f"{count / total:.1%}" if total else "-"
    meter = f'<meter min="0" max="{max(total, 1)}" value="{count}">{share}</meter>'
    return f'<tr><th scope="row">{escape(name)}</th><td>{_number(count)}</td><td>{meter} {share}</td></tr>'


def _number(value: int) -> str:
    return f"{value:,}"


def _bytes(value: int) -> str:
    size = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "B" else f"{value} B"
        size /= 1000
    return f"{size:,.1f} TB"
