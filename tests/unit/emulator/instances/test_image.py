"""The layout of an instance."""

from __future__ import annotations

import json
import stat
import subprocess

import pytest

from emulator.instances.image import Installation, Sources, install, prepare


@pytest.fixture
def sources(tmp_path):
    package = tmp_path / "sources" / "package"
    package.mkdir(parents=True)
    (package / "module.py").write_text("VALUE = 1\n")
    environment = tmp_path / "sources" / "venv"
    environment.mkdir()
    boot = tmp_path / "sources" / "slipway-boot"
    boot.write_text('#!/bin/sh\nexec cat /opt/slipway/app/package/module.py "$@"\n')
    return Sources((package,), {"proxy": environment}, boot, tmp_path / "units")


@pytest.fixture
def installation(tmp_path, sources):
    # The space is there on purpose: people's folders have some.
    made = Installation(tmp_path / "an instance", tmp_path / "memory" / "i-1")
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "pages.pem").write_text("OWN CERTIFICATE\n")
    install(made, sources, "#!/bin/sh\n")
    prepare(made, sources, environment={"AWS_ENDPOINT_URL": "e"}, trust=tmp_path / "trust")
    return made


def test_layout_is_that_of_the_image(installation, sources):
    image = installation.root / "opt" / "slipway"

    assert (image / "proxy").resolve() == sources.environments["proxy"]
    assert (image / "app" / "package" / "module.py").read_text() == "VALUE = 1\n"


def test_what_is_edited_later_does_not_reach_a_running_instance(installation, sources):
    (sources.packages[0] / "module.py").write_text("VALUE = 2\n")

    copied = installation.root / "opt" / "slipway" / "app" / "package" / "module.py"
    assert copied.read_text() == "VALUE = 1\n"


def test_boot_command_runs_from_the_instance_s_root(installation):
    environment = {"PATH": "/usr/bin:/bin", "SLIPWAY_INSTANCE_ROOT": str(installation.root)}
    shown = subprocess.run(
        [installation.root / "bin" / "slipway-boot"], env=environment, capture_output=True, text=True, check=True
    )

    assert shown.stdout == "VALUE = 1\n"


def test_runtime_folder_is_for_its_owner_only(installation):
    assert stat.S_IMODE(installation.runtime.stat().st_mode) == 0o700


def test_environment_has_no_credentials_and_ignores_those_of_the_user(installation):
    specification = json.loads((installation.root / "machine.json").read_text())
    environment = specification["environment"]

    assert environment["AWS_ENDPOINT_URL"] == "e"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert environment["HOME"] == str(installation.root)
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} & environment.keys()


def test_trust_store_holds_own_certificates_too(installation):
    assert "OWN CERTIFICATE" in (installation.root / "trusted.pem").read_text()
