"""The machine image, built for real on this machine: seconds and bytes of each step, its size, and how soon it serves.

The peer of the whole build is the least that any image of the proxy would have to do: install the same locked packages
into two environments. Where no root can be made there is nothing to measure, which is said and is no error.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.measure import BenchmarkError, Comparison
from bench.report import Figure, Section
from local.console import LocalError
from local.image import builds, host, root, surroundings
from local.image.actions import ActionError, TimedOut
from local.image.awstoe import BuildFailed, StepResult
from local.image.builds import Hearing, Workshop
from local.image.deployment import SERVING
from local.setup import ROOT

HEALTHY_SECONDS = 120.0
IN_SERVICE_SECONDS = 30.0
_PLAIN_INSTALL = """
set -eu
for name in proxy health; do
  python3 -m venv "/srv/$name"
  "/srv/$name/bin/python" -m pip install --quiet --no-cache-dir --no-deps --require-hashes --only-binary :all: \
    -r "/srv/$name.txt"
done
"""
_BOOT = """
"$@" && until curl --silent --fail --output /dev/null http://127.0.0.1:8081/info/health; do sleep 0.05; done
"""
"""User data, and then what the load balancer asks, until it is answered with 200."""


def measure(
    environ: Mapping[str, str], say: Callable[[str], None], *, system: str = "", user: int | None = None
) -> list[Section]:
    """Build the image and start an instance of it; return what that took, or nothing where it cannot be done.

    :param system: the operating system; this machine's if none is named. :param user: likewise the user's number.
    :raises BenchmarkError: if a step fails.
    """
    if reason := host.can_build(system or platform.system(), os.geteuid() if user is None else user):
        say(f"no image: {reason}")
        return []
    try:
        with builds.workshop(environ) as shop:
            return [_measure(shop, say)]
    except (LocalError, ActionError, BuildFailed) as error:
        raise BenchmarkError(f"the image could not be built: {error}; next: python -m local.image run") from error


def _measure(shop: Workshop, say: Callable[[str], None]) -> Section:
    hearing = Hearing(begun=lambda document, phase, step: say(f"image: {document}, {phase}, {step}"))
    folder, results = shop.build(builds.read_components(), hearing=hearing)
    say("image: plain installation of the same packages")
    plain = _plain_installation(shop, folder)
    say("image: an instance")
    started = _start(shop, folder)
    healthy, in_service = _boot(shop, folder)
    whole = sum(result.seconds for result in results)
    ratio = whole / plain
    base, size = root.size(shop.base), root.size(folder)
    return Section(
        title="The machine image",
        note="Built in a bare Debian or Ubuntu on this machine, packages from its mirrors. Boot begins with "
        "`slipway-boot`, as user data runs it; parameters, secret and group are in the embedded AWS, functions answer "
        "at once. An instance is healthy when its health check is first answered with 200.",
        comparisons=(Comparison("all steps of the build", "pip install of the same locks", ratio, ratio, ratio, 1),),
        figures=(
            *(_figure(result) for result in results),
            Figure("all steps, and the image beside the bare system", whole, (size - base) / 1e6),
            Figure("the image", 0.0, size / 1e6),
            Figure("start of an instance until its systemd has started everything", started, 0.0),
            Figure("boot to healthy", healthy, 0.0),
            Figure("boot to the completed launching hook", in_service, 0.0),
        ),
    )


def _figure(result: StepResult) -> Figure:
    return Figure(f"{result.phase}: {result.document}, {result.step}", result.seconds, result.grown / 1e6)


def _plain_installation(shop: Workshop, image: Path) -> float:
    """Return the seconds of a plain installation of both locks, on a machine that has Python."""
    with shop.builder("plain", image, hearing=Hearing()) as machine:
        for name in ("proxy", "health"):
            lock = ROOT / "ami_build" / "proxy" / "requirements" / f"{name}.txt"
            machine.run(["bash", "-c", 'cat > "$1"', "bash", f"/srv/{name}.txt"], lock.read_bytes())
        return _timed(machine, ["bash", "-c", _PLAIN_INSTALL], 600)


def _start(shop: Workshop, image: Path) -> float:
    """Return the seconds until an instance has started that nobody has told what it is for."""
    waiting = shop.instance("started", image, hearing=Hearing())
    began = time.monotonic()
    with waiting:
        return time.monotonic() - began


def _boot(shop: Workshop, image: Path) -> tuple[float, float]:
    """Return the seconds from the start of `slipway-boot` until the instance is healthy, and until it is in service."""
    with surroundings.launched(shop, "booted", image) as instance:
        began = time.monotonic()
        healthy = _timed(instance.machine, ["bash", "-c", _BOOT, "bash", *instance.deployment.boot], HEALTHY_SECONDS)
        instance.await_state(SERVING, IN_SERVICE_SECONDS)
        return healthy, time.monotonic() - began


def _timed(machine: root.Root, command: list[str], seconds: float) -> float:
    began = time.monotonic()
    try:
        outcome = machine.run(command, seconds=seconds)
    except TimedOut as error:
        raise BenchmarkError(f"nothing came of it within {seconds:.0f} s: {' '.join(command).strip()}") from error
    if outcome.status:
        raise BenchmarkError(f"{' '.join(command).strip()} failed: {outcome.stderr[-500:]}")
    return time.monotonic() - began
