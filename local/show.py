"""What `make up` shows at its end: a page before and after, what is deployed, and what to type next."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import httpx
from rich.table import Table
from rich.text import Text

from contract.headers import Result
from contract.modes import Mode
from contract.outputs import PROXY_DOMAIN_NAME
from emulator.launcher import Emulator
from local import first_user
from local.browse import Browser, Page, readable_lines
from local.console import LocalError, Step, data, step
from local.page_server import PageServer
from local.platform import DeployedStack, Instance, LoadBalancer, Workspace, stacks_of
from local.setup import ROOT

ATTEMPTS = 5
SHOWN_LINES = 4
SHORTEST_LINE = 60


def show_page(workspace: Workspace, load_balancer: LoadBalancer, instance: Instance, server: PageServer) -> None:
    """Fetch the large page directly and through the load balancer and the proxy, and show both.

    :param instance: the one to ask for the certificate of the fleet.

    :raises LocalError: if the proxy does not transform the page.
    """
    certificate = instance.certificate()
    workspace.ca_certificate.write_text(certificate, encoding="ascii")
    authorities = certificate + server.ca_certificate.read_text(encoding="ascii")
    url = f"{server.https_url}/{server.main_page}"
    try:
        with step("send a real page through the proxy") as running:
            running.result = server.main_page
            with Browser(None, authorities) as direct, Browser(load_balancer.proxy_url, authorities) as proxied:
                before = direct.fetch(url)
                pages = [transformed(proxied, url, mode, running) for mode in (Mode.ROUNDTRIP, Mode.XXX, Mode.XXX)]
    except httpx.ProxyError as error:
        raise LocalError(
            f"the proxy {load_balancer.proxy_url} did not let {url} through: {error}",
            "where hosts are blocked, bare addresses as that of this page are refused too: if the dashboard's settings "
            "block some, take them out there; then run 'make up' again",
        ) from error
    except httpx.HTTPError as error:
        raise LocalError(
            f"{url} did not come back through {load_balancer.proxy_url}: {error}", "run 'make up' again"
        ) from error
    _print_timing(before, pages)
    _print_text(before, pages[1])


def transformed(browser: Browser, url: str, mode: Mode, running: Step) -> Page:
    """Fetch a page until the functions have transformed it; their first call ever may be too slow for the proxy.

    :raises LocalError: if they do not even then.
    """
    for attempt in range(ATTEMPTS):
        running.detail(f"mode {mode.value}" + (", while the functions start" if attempt else ""))
        page = browser.fetch(url, mode)
        if page.result in {Result.TRANSFORMED, Result.CACHED}:
            return page
    raise LocalError(
        f"the proxy sent {url} back {page.result or 'without a word'} ({page.reason or 'no reason given'})",
        "read the logs of the functions and of the instance below .slipway/emulator",
    )


def _print_timing(before: Page, pages: Sequence[Page]) -> None:
    table = Table(title=f"one page of {len(before.body) / 1000:.0f} KB", title_justify="left", header_style="bold")
    table.add_column("request")
    table.add_column("result")
    table.add_column("milliseconds", justify="right")
    table.add_column("bytes changed", justify="right")
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
    lines = zip(readable_lines(before, SHORTEST_LINE), readable_lines(after, SHORTEST_LINE), strict=False)
    for line, masked in itertools.islice(lines, SHOWN_LINES):
        table.add_row(Text(line[:160]), Text(masked[:160]))
    data.print(table)


def show_platform(
    workspace: Workspace,
    emulator: Emulator,
    load_balancer: LoadBalancer | None,
    instances: Sequence[Instance],
    server: PageServer,
    password: str = "",
) -> None:
    """Print what is deployed, where it is, and what to type next.

    :param password: of the dashboard's first user, who has just been made; empty if that was before.
    """
    _print_stacks(workspace, stacks_of(emulator))
    data.print("\nWhere to go", style="bold")
    _print_pairs(places(workspace, emulator, load_balancer, instances, server))
    if password:
        data.print(
            f"\nSign in to the dashboard as {first_user.NAME} with the password {password} (it is shown this once)."
        )
    data.print("\nWhat to type next", style="bold")
    for command, purpose in next_commands(workspace, load_balancer, server):
        data.print(Text(f"  # {purpose}\n", "dim").append(f"  {command}", "not dim"), soft_wrap=True)


def _print_stacks(workspace: Workspace, stacks: Sequence[DeployedStack]) -> None:
    data.print(f"\nDeployed stacks and their outputs (whole in {_relative(workspace.outputs)})", style="bold")
    outputs = workspace.deployed_outputs()
    for stack in sorted(stacks, key=lambda stack: stack.name):
        values = outputs.get(stack.name, {})
        data.print(f"  {stack.name}" + ("" if stack.is_sound else f"  {stack.status}"))
        # What the CDK exports from stack to stack under names of its own is of no use to people.
        named = [(key, value) for key, value in sorted(values.items()) if not key.startswith("PublishOutput")]
        # On a screen long ARNs are cut, since wrapped ones hide the rest; a file gets them whole.
        _print_pairs(named, indent=4, cut=data.is_terminal)


def places(
    workspace: Workspace,
    emulator: Emulator,
    load_balancer: LoadBalancer | None,
    instances: Sequence[Instance],
    server: PageServer,
) -> Iterator[tuple[str, str]]:
    """Yield the names and addresses of everything that one can open."""
    if load_balancer is not None and instances:
        yield "proxy for a browser", f"{load_balancer.address} port {load_balancer.port}, for HTTP and HTTPS"
        behind = f"{load_balancer.healthy_targets} healthy of {len(instances)}"
        yield "instances behind it", f"{', '.join(instance.address for instance in instances)} ({behind})"
        yield "dashboard", instances[0].dashboard_url
    else:
        yield "proxy", "none runs just now; the Auto Scaling group starts one within a minute"
    yield "its CA certificate", f"{_relative(workspace.ca_certificate)} (import it into the browser)"
    yield "pages to try", f"{server.https_url}/ and {server.http_url}/"
    yield "embedded AWS", emulator.endpoint_url
    if emulator.resolver:
        address, _, port = emulator.resolver.partition(":")
        yield "names of its zones", f"dig @{address} -p {port} {proxy_name(workspace) or '<name>'}"


def proxy_name(workspace: Workspace) -> str | None:
    """Return the proxy's name in the hosted zone, None before that is deployed."""
    named = (values.get(PROXY_DOMAIN_NAME) for values in workspace.deployed_outputs().values())
    return next((name for name in named if name), None)


def next_commands(
    workspace: Workspace, load_balancer: LoadBalancer | None, server: PageServer
) -> Iterator[tuple[str, str]]:
    """Yield commands that are worth typing now, each with what it is for."""
    if load_balancer is not None and load_balancer.healthy_targets:
        trust = f"--cacert {_relative(workspace.ca_certificate)}"
        page = f"{server.https_url}/{server.main_page}"
        yield f"curl -x {load_balancer.proxy_url} {trust} -H 'mitm-mode: xxx' {page}", "the page, masked"
    if arn := first_user.secret_arn(workspace):
        users = f"PYTHONPATH=.:ami_build/proxy .venv/bin/python -m slipway_proxy.edit_users --secret {arn}"
        yield f'eval "$(make -s env)" && {users} add NAME --generate', "another user of the dashboard, or password"
    yield 'eval "$(make -s env)" && cdk diff -c env=local', "any CDK command in this shell"
    yield "make status", "all this again"
    yield "make test", "all tests"
    yield "make down", "remove everything"


def _print_pairs(pairs: Iterable[tuple[str, str]], indent: int = 2, *, cut: bool = False) -> None:
    """Print names and values in two columns.

    :param cut: end lines with an ellipsis at the terminal's edge; else the terminal wraps them, so that they can be
        copied whole.
    """
    pairs = list(pairs)
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        line = Text(f"{'':{indent}}").append(f"{name:{width}}", "dim").append(f"  {value}")
        data.print(line, soft_wrap=not cut, no_wrap=cut or None, overflow="ellipsis" if cut else None)


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
