"""Send pages through a proxy and compare what comes back, as a browser's user would see it."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

from contract import headers
from contract.modes import Mode

_HIDDEN = {"script", "style", "template", "noscript", "head"}


@dataclass(frozen=True)
class Page:
    """A page as it came back.

    :param body: decoded bytes.
    :param result: value of :data:`contract.headers.RESULT`, or an empty text where no proxy has set it.
    :param reason: value of :data:`contract.headers.REASON`, likewise.
    :param milliseconds: from the request until the whole body had arrived.
    """

    status: int
    body: bytes
    charset: str
    result: str
    reason: str
    milliseconds: float


class Browser:
    """A client that sends everything through one proxy, or none.

    :param proxy: the proxy's URL, or None to ask the origin directly.
    :param authorities: PEM text of the certificate authorities to trust.
    """

    def __init__(self, proxy: str | None, authorities: str) -> None:
        context = ssl.create_default_context(cadata=authorities)
        # No environment: a proxy that the user has set for the outside world must not come between.
        self._client = httpx.Client(proxy=proxy, verify=context, trust_env=False, timeout=20)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, url: str, mode: Mode | None = None) -> Page:
        """Return the page at an URL.

        :param mode: sent as the control header; None sends none.
        :raises httpx.HTTPError: if nothing, or no HTTP, comes back.
        """
        began = time.perf_counter()
        response = self._client.get(url, headers={headers.MODE: mode.value} if mode else {})
        return Page(
            status=response.status_code,
            body=response.content,
            charset=response.charset_encoding or "utf-8",
            result=response.headers.get(headers.RESULT, ""),
            reason=response.headers.get(headers.REASON, ""),
            milliseconds=(time.perf_counter() - began) * 1000,
        )


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in _HIDDEN
        if tag in {"p", "h1", "h2", "h3", "li", "dt", "dd", "pre", "td", "div"}:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden and self.lines:
            self.lines[-1] += data


def readable_lines(page: Page, shortest: int = 40) -> list[str]:
    """Return the lines of text that a reader sees, without those shorter than `shortest` characters."""
    reader = _TextReader()
    reader.feed(page.body.decode(page.charset, errors="replace"))
    lines = (" ".join(line.split()) for line in reader.lines)
    return [line for line in lines if len(line) >= shortest]
