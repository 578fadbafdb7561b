"""The peer of a synthesis with rules: the same templates, and nobody looked at them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from local.setup import ROOT


def test_it_synthesises_the_platform_and_checks_nothing(tmp_path):
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"env": "test"}
    variables = {**os.environ, "CDK_OUTDIR": str(tmp_path), "CDK_CONTEXT_JSON": json.dumps(context)}
    command = [sys.executable, "-m", "bench.unruled"]

    result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "slipway-test-fleet.template.json").exists()
    assert not (tmp_path / "validation-report.json").exists()
