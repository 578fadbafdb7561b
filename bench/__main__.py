"""`make bench`: measure in one run, print the ratios, and put them into `docs/performance.md` when asked to.

It wires; what is measured and how stands in the other modules.
"""

from __future__ import annotations

import argparse
import os
import platform as machine
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from rich.console import Console

from bench import balancing, emulator, functions, growth, html, image, packages, pages, report, synthesis, texts
from bench.measure import BenchmarkError
from bench.plain_proxy import plain_proxy
from bench.platform import ProxyUnderTest, local_proxy, named_proxy
from bench.report import Section
from emulator.launcher import EmulatorError
from local import corpus
from local.page_server import PageServer, PageServerError
from local.platform import Workspace
from local.setup import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BENCHMARKS = ("synthesis", "growth", "pages", "emulator", "balancing", "texts", "image", "html", "functions")
SYNTHESIS, GROWTH, PAGES, EMULATOR, BALANCING, TEXTS, IMAGE, HTML, FUNCTIONS = BENCHMARKS
ROUNDS = 7
ROUNDS_OF_GROWTH = 2
"""A synthesis of 64 regions takes half a minute, and its noise is small beside that."""


def measure_pages(
    workspace: Workspace, proxy: ProxyUnderTest, rounds: int, say: Callable[[str], None]
) -> list[Section]:
    """Measure pages through a proxy; the page server is started where it does not run, and stopped again."""
    origin = PageServer(workspace.pages)
    was_running = origin.is_running()
    origin.start()
    try:
        with plain_proxy(origin.ca_certificate) as plain:
            authorities = origin.ca_certificate.read_text("ascii") + plain.certificate + proxy.certificate
            sizes = [(name, corpus.page(name).size) for name in pages.PAGES]
            with pages.Client(origin.https_url, authorities) as client:
                return pages.measure(client, pages.routes(proxy.url, plain.url), sizes, rounds, say)
    finally:
        if not was_running:
            origin.stop()


def describe_machine() -> str:
    """Say on what kind of machine this runs, and nothing that identifies it."""
    return (
        f"{os.cpu_count()} processors, {machine.system()} {machine.machine()}, Python {machine.python_version()}, "
        f"aws-cdk-lib {metadata.version('aws-cdk-lib')}"
    )


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure ratios against peers in one run.")
    parser.add_argument("what", nargs="*", default=[], help=f"{', '.join(BENCHMARKS)}; all if none is named")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of each comparison (%(default)s)")
    parser.add_argument("--proxy", metavar="URL", help="measure this proxy and not the one on this machine")
    parser.add_argument("--proxy-ca", metavar="FILE", type=Path, help="PEM file of that proxy's certificate authority")
    parser.add_argument("--state", type=Path, default=Workspace().folder, help="folder of what runs (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON and not tables")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {DOCUMENT.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    options.what = options.what or list(BENCHMARKS)
    if unknown := sorted(set(options.what) - set(BENCHMARKS)):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; it has to be 1 or more")
    if bool(options.proxy) != bool(options.proxy_ca):
        parser.error("--proxy and --proxy-ca go together")
    return options


def run(options: argparse.Namespace, say: Callable[[str], None]) -> dict[str, list[Section]]:
    """Run the benchmarks that were asked for and return what each found.

    :raises BenchmarkError: if what was to be measured did not happen.
    :raises PageServerError: if the origin cannot be started.
    """
    workspace = Workspace(options.state.absolute())
    found: dict[str, list[Section]] = {}
    if PAGES in options.what:
        proxy = named_proxy(options.proxy, options.proxy_ca) if options.proxy else local_proxy(workspace, say)
        found[PAGES] = measure_pages(workspace, proxy, options.rounds, say)
    if SYNTHESIS in options.what:
        found[SYNTHESIS] = synthesis.measure(os.environ, options.rounds, say)
    if GROWTH in options.what:
        found[GROWTH] = growth.measure(os.environ, min(options.rounds, ROUNDS_OF_GROWTH), say)
    if EMULATOR in options.what:
        found[EMULATOR] = emulator.measure(options.rounds, say)
    if BALANCING in options.what:
        found[BALANCING] = balancing.measure(options.rounds, say)
    if TEXTS in options.what:
        found[TEXTS] = texts.measure(options.rounds, say)
    if IMAGE in options.what:
        found[IMAGE] = image.measure(os.environ, say)
    if HTML in options.what:
        found[HTML] = html.measure(options.rounds, say)
    if FUNCTIONS in options.what:
        say("a synthesis, for what would be deployed")
        with packages.deployed(os.environ) as deployed:
            found[FUNCTIONS] = functions.measure(deployed, options.rounds, say)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = parse(arguments)
    talk, data = Console(stderr=True, highlight=False), Console(highlight=False)
    try:
        with talk.status("measuring") as status:
            found = run(options, lambda text: status.update(f"measuring  [dim]{text}[/dim]"))
        for name, measured in found.items() if options.write else ():
            if not measured:
                continue
            report.write(DOCUMENT, name, report.as_markdown(measured, describe_machine()))
    except (BenchmarkError, PageServerError, EmulatorError) as error:
        talk.print(f"[red]error:[/red] {error}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        talk.print("interrupted; nothing was written")
        return 130
    sections = [section for measured in found.values() for section in measured]
    if options.json:
        data.out(report.as_json(sections, describe_machine()))
    else:
        report.show(sections, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
