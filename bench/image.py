"""The machine image, built for real on this machine: seconds and bytes of each step, its size, and how soon it answers.

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
from local.image import builds, host, root
from local.image.actions import ActionError, TimedOut
from local.image.awstoe import BuildFailed, StepResult
from local.image.builds import Hearing, Workshop
from local.setup import ROOT

ANSWER_SECONDS = 60.0
_PLAIN_INSTALL = """
set -eu
for name in proxy health; do
  python3 -m venv "/srv/$name"
  "/srv/$name/bin/python" -m pip install --quiet --no-cache-dir --no-deps --require-hashes --only-binary :all: \
    -r "/srv/$name.txt"
done
"""
_ANSWERS = """
until curl --silent --fail --output /dev/null --proxy http://127.0.0.1:8080 http://slipway.canary/ \
  && curl --silent --fail --output /dev/null http://127.0.0.1:8081/ca.pem; do sleep 0.05; done
"""


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
    started, answered = _start(shop, folder)
    whole = sum(result.seconds for result in results)
    ratio = whole / plain
    base, size = root.size(shop.base), root.size(folder)
    return Section(
        title="The machine image",
        note="Built in a bare Debian or Ubuntu on this machine, packages from its mirrors. An instance starts with the "
        "settings of a rehearsal; it answers when a request through the proxy and one to the health page come back.",
        comparisons=(Comparison("all steps of the build", "pip install of the same locks", ratio, ratio, ratio, 1),),
        figures=(
            *(_figure(result) for result in results),
            Figure("all steps, and the image beside the bare system", whole, (size - base) / 1e6),
            Figure("the image", 0.0, size / 1e6),
            Figure("start of an instance to the end of its own start", started, 0.0),
            Figure("slipway-boot to the first answers", answered, 0.0),
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


def _start(shop: Workshop, image: Path) -> tuple[float, float]:
    """Return the seconds until an instance has started, and from the boot step to the first answers."""
    waiting = shop.instance("measured", image, hearing=Hearing())
    began = time.monotonic()
    with waiting as machine:
        started = time.monotonic() - began
        answered = _timed(machine, ["bash", "-c", f"slipway-boot --rehearsal && {_ANSWERS}"], ANSWER_SECONDS)
    return started, answered


def _timed(machine: root.Root, command: list[str], seconds: float) -> float:
    began = time.monotonic()
    try:
        outcome = machine.run(command, seconds=seconds)
    except TimedOut as error:
        raise BenchmarkError(f"nothing came of it within {seconds:.0f} s: {command[-1].strip()}") from error
    if outcome.status:
        raise BenchmarkError(f"{command[-1].strip()} failed: {outcome.stderr[-500:]}")
    return time.monotonic() - began
