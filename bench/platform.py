"""Find what the page benchmark measures: the platform that `make up` runs on this machine, or any other proxy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.measure import BenchmarkError
from emulator.launcher import Emulator, EmulatorError
from local.page_server import PageServer
from local.platform import Workspace, instances_of
from local.setup import ROOT


@dataclass(frozen=True)
class ProxyUnderTest:
    """A proxy.

    :param url: where clients reach it.
    :param certificate: PEM text of its certificate authority.
    """

    url: str
    certificate: str


def named_proxy(url: str, certificate: Path) -> ProxyUnderTest:
    """Return the proxy that the command line names.

    :param certificate: PEM file of its certificate authority.
    :raises BenchmarkError: if the file cannot be read.
    """
    try:
        return ProxyUnderTest(url, certificate.read_text("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"{certificate} cannot be read as a PEM file: {error}; next: check --proxy-ca") from error


def local_proxy(workspace: Workspace, say: Callable[[str], None]) -> ProxyUnderTest:
    """Return the proxy of the platform on this machine, which is brought up first where it does not run.

    :raises BenchmarkError: if that fails.
    """
    emulator = Emulator(workspace.emulator)
    try:
        if not (emulator.is_running() and PageServer(workspace.pages).is_running()):
            _bring_up(workspace, say)
        for instance in instances_of(workspace):
            return ProxyUnderTest(instance.proxy_url, instance.certificate())
    except (EmulatorError, httpx.HTTPError) as error:
        raise BenchmarkError(
            f"the platform on this machine has no proxy that answers: {error}; next: 'make up'"
        ) from error
    raise BenchmarkError("the platform on this machine runs no proxy instance; next: 'make up'")


def _bring_up(workspace: Workspace, say: Callable[[str], None]) -> None:
    say("the platform does not run: bringing it up ('make down' stops it)")
    # What it shows goes to stderr: the only data of a benchmark are its figures.
    command = [sys.executable, "-m", "local.up", "--state", str(workspace.folder)]
    if subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        raise BenchmarkError("the platform could not be brought up; next: see above, then 'make up'")
