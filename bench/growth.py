"""Measure how time and memory of a synthesis grow with the number of regions.

If they grow linearly, one region more costs the same wherever one starts, so that is what is compared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

from bench.measure import BenchmarkError, compare
from bench.report import Section
from bench.synthesis import ENVIRONMENT, environment
from local.setup import ROOT

COUNTS = (1, 4, 16, 64)
NOTE = (
    "Of `app.py` in a fresh process, without the command line; nothing changed since the rules last looked. "
    "If something grows linearly, a region more costs the same from wherever one counts, and the ratio is 1."
)


@dataclass(frozen=True)
class Cost:
    """What one synthesis took.

    :param seconds: from the start of the process to its end.
    :param memory: the most that its largest process held, in the unit of this system.
    """

    seconds: float
    memory: float


def measure(inherited: Mapping[str, str], rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Measure and compare.

    :param inherited: environment variables of the user.
    :raises BenchmarkError: if a synthesis fails.
    """
    found: dict[int, list[Cost]] = {count: [] for count in COUNTS}
    for turn in range(rounds + 1):
        for count in COUNTS:
            say(f"{count} regions, {f'round {turn} of {rounds}' if turn else 'once to fill the caches'}")
            cost = synthesise(environment(inherited), count)
            if turn:
                found[count].append(cost)
    return [
        _section("Time of a synthesis of several regions", {n: [each.seconds for each in found[n]] for n in COUNTS}),
        _section("Memory of a synthesis of several regions", {n: [each.memory for each in found[n]] for n in COUNTS}),
    ]


def _section(title: str, values: Mapping[int, Sequence[float]]) -> Section:
    steps = per_region(values)
    names = list(steps)
    whole = {_regions(count): measured for count, measured in values.items()}
    growth = tuple(compare(steps, later, earlier) for earlier, later in pairwise(names))
    return Section(title, NOTE, (compare(whole, _regions(COUNTS[-1]), _regions(COUNTS[0])), *growth))


def _regions(count: int) -> str:
    return f"{count} region{'s' * (count != 1)}"


def per_region(values: Mapping[int, Sequence[float]]) -> dict[str, list[float]]:
    """Return what one region more costs, between each two neighbouring numbers of regions.

    :param values: for each number of regions what was measured, round after round.
    """
    return {
        f"a region more, from {fewer} to {more}": [
            (high - low) / (more - fewer) for low, high in zip(values[fewer], values[more], strict=True)
        ]
        for fewer, more in pairwise(values)
    }


def synthesise(variables: Mapping[str, str], count: int) -> Cost:
    """Synthesise the platform in some regions and return what it took.

    :param variables: the environment of the process.
    :raises BenchmarkError: if it fails.
    """
    settings = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, (Path(folder) / "log").open("w+b") as log:
        context = settings | {"env": ENVIRONMENT, "set": overrides(count)}
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            cwd=ROOT,
            env={**variables, "CDK_OUTDIR": f"{folder}/out", "CDK_CONTEXT_JSON": json.dumps(context)},
            stdout=log,
            stderr=log,
        )
        began = time.perf_counter()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        # Told, so that it does not wait for the process that is waited for already.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            words = log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise BenchmarkError(f"the synthesis of {count} regions failed: {words[-1]}; next: run cdk synth yourself")
    return Cost(seconds, usage.ru_maxrss)


def overrides(count: int) -> str:
    """Return assignments that put the platform into so many regions, of which all but the first are invented.

    AWS has fewer than 64, and not everything in each, which the rules would find.

    :param count: 1 to 64.
    """
    invented = (f"{area}-{side}-{number}" for number, area, side in product(range(5, 9), AREAS, SIDES))
    names = ["us-east-1", *invented][:count]
    parts = [
        f"regions=[{', '.join(names)}]",
        f"network.zones=[{', '.join(f'{name}{zone}' for name in names for zone in 'ab')}]",
        "dns.visibility=public",
        "dns.zone_name=example.org",
        *(["exceptions.known-region=these regions are invented to be measured"] if count > 1 else []),
        *(f"regional.{name}.network.cidr=10.{number}.0.0/16" for number, name in enumerate(names, 100)),
    ]
    return ",".join(parts)


AREAS = ("us", "eu", "ap", "ca")
SIDES = ("east", "west", "north", "south")
