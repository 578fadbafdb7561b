"""The library that the Python package carries along runs by itself, and writes the resources that it is given."""

from __future__ import annotations

import json
import os
import subprocess

from bench.javascript import APP, unpack, variables
from local.setup import VENV


def test_resources_are_written_again(tmp_path):
    resources = {"Pages": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "pages"}}}
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "Storage.template.json").write_text(json.dumps({"Resources": resources}))
    unpack(tmp_path / "library")
    environment = {**os.environ, **variables(tmp_path / "library", templates), "CDK_OUTDIR": str(tmp_path / "out")}

    subprocess.run([str(VENV / "bin" / "node"), str(APP)], env=environment, check=True)

    written = json.loads((tmp_path / "out" / "Storage.template.json").read_text())
    assert written["Resources"] == resources
