"""What `make up` shows at its end: a page before and after, what is deployed, and what to type next."""

from __future__ import annotations

import itertools
from pathlib import Path

import httpx
from rich.table import Table
from rich.text import Text

from contract.headers import Result
from contract.modes import Mode
from emulator.launcher import Emulator
from local.browse import Browser, Page, readable_lines
from local.console import LocalError, data, step
from local.page_server import PageServer
from local.platform import Instance, Workspace
from local.setup import ROOT

ATTEMPTS = 5


def show_page(workspace: Workspace, instance: Instance, server: PageServer) -> None:
    """Fetch the large page directly and through the proxy, and show both.

    :raises LocalError: if the proxy does not transform the page.
    """
    certificate = instance.certificate()
    workspace.ca_certificate.write_text(certificate, encoding="ascii")
    authorities = certificate + server.ca_certificate.read_text(encoding="ascii")
    url = f"{server.https_url}/{server.main_page}"
    try:
        with step("send a real page through the proxy") as running:
            with Browser(None, authorities) as direct, Browser(instance.proxy_url, authorities) as proxied:
                before = direct.fetch(url)
                pages = [proxied.fetch(url, Mode.ROUNDTRIP), transformed(proxied, url), proxied.fetch(url, Mode.XXX)]
            running.result = url
    except httpx.HTTPError as error:
        raise LocalError(
            f"{url} did not come back through {instance.proxy_url}: {error}", "run 'make up' again"
        ) from error
    _print_timing(before, pages)
    _print_text(before, pages[1])


def transformed(browser: Browser, url: str) -> Page:
    """Fetch a page until the functions have transformed it; their first call ever may be too slow for the proxy."""
    for _ in range(ATTEMPTS):
        page = browser.fetch(url, Mode.XXX)
        if page.result in {Result.TRANSFORMED, Result.CACHED}:
            return page
    raise LocalError(
        f"the proxy sent {url} back {page.result or 'without a word'} ({page.reason or 'no reason given'})",
        "read the logs of the functions and of the instance below .slipway/emulator",
    )


def _print_timing(before: Page, pages: list[Page]) -> None:
    table = Table(title=f"one page of {len(before.body) / 1000:.0f} KB", title_justify="left", header_style="bold")
    for column in ("request", "result", "milliseconds", "bytes that differ from the origin's"):
        table.add_column(column)
    table.add_row("origin, no proxy", "", f"{before.milliseconds:.0f}", "")
    for name, page in zip(("mode roundtrip", "mode xxx", "mode xxx, once more"), pages, strict=True):
        table.add_row(name, page.result, f"{page.milliseconds:.0f}", _difference(before.body, page.body))
    data.print(table)


def _difference(before: bytes, after: bytes) -> str:
    if before == after:
        return "none"
    return f"{sum(a != b for a, b in itertools.zip_longest(before, after)):,}"


def _print_text(before: Page, after: Page) -> None:
    table = Table(title="its text, before and after", title_justify="left", header_style="bold", show_lines=True)
    table.add_column("before", ratio=1)
    table.add_column("after (mode xxx)", ratio=1)
    for line, masked in itertools.islice(zip(readable_lines(before), readable_lines(after), strict=False), 5):
        table.add_row(Text(line[:160]), Text(masked[:160]))
    data.print(table)


def show_platform(workspace: Workspace, emulator: Emulator, instance: Instance, server: PageServer) -> None:
    """Print what is deployed, where it is, and what to type next."""
    _print_stacks(workspace)
    page = f"{server.https_url}/{server.main_page}"
    table = Table(title="where to go", title_justify="left", show_header=False)
    table.add_row("dashboard", instance.dashboard_url)
    table.add_row("proxy for a browser", f"{instance.address} port {instance.proxy_port}, for HTTP and HTTPS")
    table.add_row("its CA certificate", f"{_relative(workspace.ca_certificate)} (import it into the browser)")
    table.add_row("embedded AWS", emulator.endpoint_url)
    table.add_row("pages to try", f"{server.https_url}/ and {server.http_url}/")
    data.print(table)
    data.print("\nWhat to type next:", style="bold")
    trust = f"--cacert {_relative(workspace.ca_certificate)}"
    for command, purpose in (
        (f"curl -x {instance.proxy_url} {trust} -H 'mitm-mode: xxx' {page}", "the page, masked"),
        ("eval $(make -s env) && cdk diff -c env=local", "any CDK command in this shell"),
        ("make status", "this table again"),
        ("make test", "all tests"),
        ("make down", "remove everything"),
    ):
        data.print(f"  {command}\n      {purpose}", soft_wrap=True)


def _print_stacks(workspace: Workspace) -> None:
    table = Table(title="deployed stacks", title_justify="left", header_style="bold")
    table.add_column("stack")
    table.add_column("outputs", overflow="fold")
    for name, values in sorted(workspace.deployed_outputs().items()):
        # What the CDK exports from stack to stack under names of its own is of no use to people.
        named = {key: value for key, value in sorted(values.items()) if not key.startswith("ExportsOutput")}
        table.add_row(name, Text("\n".join(f"{key} = {value}" for key, value in named.items())))
    data.print(table)


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
