"""Makes pages of templates, and serves what they need beside themselves: one style sheet and two scripts.

Jinja2 escapes every value for where it stands in HTML; no template switches that off. It is imported when the first
page is asked for, since most calls of the function are reports, which need none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from contract.sketch import HIGHEST_MS, RELATIVE_ERROR

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = "/dashboard/static/"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style, nothing from elsewhere, no frame around it: CSP level 3, https://www.w3.org/TR/CSP3/."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    # With `no-referrer` browsers would also hide the origin of forms, by which we tell our own from others'.
    # Source: Fetch, "append a request Origin header", https://fetch.spec.whatwg.org/#origin-header
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}

LARGEST_AMOUNT = 999.5
"""From here on three digits show a thousand, which is one of the next unit."""

RESULT_WORDS = {
    "transformed": "Transformed",
    "partly-transformed": "Transformed in part",
    "cached": "Transformed earlier, from the cache",
    "passed-through": "Passed through on purpose",
    "failed-open": "Untouched, as a function failed",
    "refused": "Refused by the proxy",
    "origin-failed": "Without a whole answer, as the origin failed",
    "client-left": "Without a whole answer, as the client left",
}
"""By the name under which the proxy counts; one that is not here is shown as it is."""

_HERE = Path(__file__).parent
_SCRIPT = Path("node_modules") / "htmx.org" / "dist" / "htmx.min.js"


@dataclass(frozen=True)
class StaticFile:
    """A file that pages refer to, by a name that changes with its content, so that it may be kept for ever."""

    name: str
    content_type: str
    text: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Return what there is beside pages, by name without what changes: `dashboard.css`, `htmx.js`, `live.js`."""
    # htmx lies in the function's package as in the project's folder; see stacks/proxy_platform/functions.py.
    sources = {
        "dashboard.css": (_HERE / "static" / "dashboard.css", "text/css; charset=utf-8"),
        "htmx.js": (_HERE.parent.parent / _SCRIPT, "text/javascript; charset=utf-8"),
        "live.js": (_HERE / "static" / "live.js", "text/javascript; charset=utf-8"),
    }
    return {name: _static_file(name, path, content_type) for name, (path, content_type) in sources.items()}


def _static_file(name: str, path: Path, content_type: str) -> StaticFile:
    text = path.read_text(encoding="utf-8")
    return StaticFile(f"{hashlib.sha256(text.encode()).hexdigest()[:16]}-{name}", content_type, text)


def render(template: str, **values: object) -> str:
    """Return a page.

    :param template: its name, without ending.
    """
    return _environment().get_template(f"{template}.html").render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {"number": number, "size": size, "share": share, "milliseconds": milliseconds, "moment": moment}
    environment.filters.update(filters)
    environment.globals["static"] = lambda name: STATIC + static_files()[name].name
    return environment


def number(value: int) -> str:
    """Return a count with its digits in groups of three."""
    return f"{value:,}"


def size(value: int) -> str:
    """Return a number of bytes in the largest unit that leaves something before the point."""
    amount = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < LARGEST_AMOUNT:
            return f"{amount:.3g} {unit}" if unit != "B" else f"{value} B"
        amount /= 1000
    return f"{amount:,.1f} TB"


def share(value: float | None) -> str:
    """Return a share from 0 to 1 in percent."""
    return "no data" if value is None else f"{value:.1%}"


def milliseconds(value: float | None) -> str:
    """Return a duration of milliseconds with as many digits as are known."""
    if value is None:
        return "no data"
    if value >= HIGHEST_MS * (1 - RELATIVE_ERROR):  # a sketch does not tell apart what is beyond
        return "10 min or more"
    return f"{value:.3g} ms" if value < LARGEST_AMOUNT else f"{value / 1000:.3g} s"


def moment(value: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return a time in UTC, without saying so."""
    return value.astimezone(UTC).strftime(form)
