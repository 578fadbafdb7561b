"""Valid random configurations synthesise, and cfn-lint finds no error in their templates.

`SLIPWAY_EXAMPLES=50` tries more of each scene than the one that continuous integration has time for.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from config.models import Configuration
from tests.fuzz.configurations import SCENES, configurations
from tests.synth.assemblies import ROOT

EXAMPLES = int(os.environ.get("SLIPWAY_EXAMPLES", "1"))
CFN_LINT = ROOT / ".slipway" / "venvs" / "emulator" / "bin" / "cfn-lint"


def drawn(scene: str) -> list[Configuration]:
    """Return random configurations of a scene: those of always, unless more are asked for.

    The first one that hypothesis draws is the simplest that there is, and left out.
    """
    found: list[Configuration] = []

    @given(configurations(scene))
    @settings(
        max_examples=EXAMPLES + 1,
        derandomize=EXAMPLES == 1,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def collect(configuration: Configuration) -> None:
        found.append(configuration)

    collect()
    return found[1:]


def synthesise(configuration: Configuration, folder: Path) -> None:
    """Write the templates of a configuration, without the assets, which are the same for all."""
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
    app.synth()


def test_valid_configurations_give_templates_that_pass_cfn_lint(tmp_path: Path) -> None:
    written: dict[str, Configuration] = {}
    for scene in SCENES:
        for configuration in drawn(scene):
            name = f"{scene.split()[-1]}-{len(written)}"
            written[name] = configuration
            (tmp_path / f"{name}.json").write_text(configuration.model_dump_json(indent=1, exclude_unset=True))
            synthesise(configuration, tmp_path / name)

    # CloudFormation knows no stack without a resource, and the CDK leaves it out.
    templates = [
        path for path in sorted(tmp_path.glob("*/*.template.json")) if "Resources" in json.loads(path.read_text())
    ]
    done = lint(templates)

    wrong = sorted({Path(line.partition(":")[0]).parent.name for line in done})
    shown = [written[name].model_dump_json(exclude_unset=True) for name in wrong]
    assert done == [], "\n".join([*done, *shown])


def lint(templates: list[Path]) -> list[str]:
    """Return what cfn-lint calls errors; what it only warns of is a matter of the rule packs."""
    command = [str(CFN_LINT), "--format", "parseable", "--regions", "us-east-1", "--template", *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert templates
    assert not done.stderr, done.stderr
    return [line for line in done.stdout.splitlines() if re.search(r":E\d{4}:", line)]
