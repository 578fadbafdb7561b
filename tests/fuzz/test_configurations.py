"""Valid random configurations synthesise, and cfn-lint finds no error in their templates.

`SLIPWAY_EXAMPLES=5` tries five others of each scene in each environment. Continuous integration has time for a quarter
of these pairs with one configuration each, always the same, so that what fails has failed by a change.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from config import environment_names
from config.models import Configuration
from tests.fuzz.configurations import SCENES, configurations, in_scene
from tests.synth.assemblies import ROOT

EXAMPLES = int(os.environ.get("SLIPWAY_EXAMPLES", "0"))
CFN_LINT = ROOT / ".slipway" / "venvs" / "emulator" / "bin" / "cfn-lint"

PAIRS = tuple(itertools.product(SCENES, environment_names()))
COMMON = PAIRS[::4]
"""So many that each scene and each environment is among them."""


def drawn(scene: str, environment: str) -> list[Configuration]:
    """Return random configurations: those of always, unless more are asked for.

    The first one that hypothesis draws is the simplest that there is, and left out.
    """
    found: list[Configuration] = []

    @given(configurations(scene, environment))
    @settings(
        max_examples=max(EXAMPLES, 1) + 1,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def collect(configuration: Configuration) -> None:
        found.append(configuration)

    (collect if EXAMPLES else seed(zlib.crc32(f"{scene} {environment}".encode()))(collect))()
    return found[1:]


def synthesise(configuration: Configuration, folder: Path) -> dict[Path, str]:
    """Write the templates of a configuration, without the assets, which are the same for all.

    :return: the region of each template.
    """
    from aws_cdk import App

    from stacks.proxy_platform.blueprint import add_proxy_platform

    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:bundling-stacks": []}
    app = App(
        outdir=str(folder),
        context=context,
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )
    add_proxy_platform(app, configuration, root=ROOT)
    return {Path(stack.template_full_path): stack.environment.region for stack in app.synth().stacks}


@pytest.mark.parametrize(("scene", "environment"), PAIRS)
def test_each_scene_goes_with_each_environment(scene: str, environment: str) -> None:
    assert in_scene(scene, environment)


def test_each_scene_and_each_environment_is_among_those_of_always() -> None:
    assert {scene for scene, _ in COMMON} == set(SCENES)
    assert {environment for _, environment in COMMON} == set(environment_names())


def test_valid_configurations_give_templates_that_pass_cfn_lint(tmp_path: Path) -> None:
    written: dict[str, Configuration] = {}
    regions: dict[Path, str] = {}
    for scene, environment in PAIRS if EXAMPLES else COMMON:
        for configuration in drawn(scene, environment):
            name = f"{scene.split()[-1]}-{environment}-{len(written)}"
            written[name] = configuration
            (tmp_path / f"{name}.json").write_text(configuration.model_dump_json(indent=1, exclude_unset=True))
            regions |= synthesise(configuration, tmp_path / name)

    done = [line for region in sorted(set(regions.values())) for line in lint(region, _of(region, regions))]

    wrong = sorted({Path(line.partition(":")[0]).parent.name for line in done})
    shown = [written[name].model_dump_json(exclude_unset=True) for name in wrong]
    assert done == [], "\n".join([*done, *shown])


def _of(region: str, regions: dict[Path, str]) -> list[Path]:
    """Return a region's templates; CloudFormation knows no stack without a resource, and the CDK leaves it out."""
    own = sorted(path for path, its in regions.items() if its == region)
    return [path for path in own if "Resources" in json.loads(path.read_text())]


def lint(region: str, templates: list[Path]) -> list[str]:
    """Return what cfn-lint calls errors in a region; what it only warns of is a matter of the rule packs."""
    command = [str(CFN_LINT), "--format", "parseable", "--regions", region, "--template", *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert templates
    assert not done.stderr, done.stderr
    return [line for line in done.stdout.splitlines() if re.search(r":E\d{4}:", line)]
