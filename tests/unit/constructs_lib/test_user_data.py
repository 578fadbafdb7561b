"""User data is run by a real shell, with whatever values."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from constructs_lib.user_data import boot_script
from slipway_proxy.assignment import parser

ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
LONGEST_BYTES = 16 * 1024
"""Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a boot step that only says what it is given, each word ending with NUL."""
    path = tmp_path_factory.mktemp("bin")
    (path / "slipway-boot").write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n")
    (path / "slipway-boot").chmod(0o755)
    return path


def run(script: str, path: str) -> subprocess.CompletedProcess[bytes]:
    environment = {"PATH": path, "LC_ALL": "C.UTF-8"}
    return subprocess.run(["/bin/sh", "-c", script], env=environment, capture_output=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prefix=ANY_TEXT, group=ANY_TEXT)
@example(prefix="/a'b\"c/$HOME `id` $(id) \\", group="x\ny\r\n # !! ; exit 1 & * ~ é 漢字 😀")
@example(prefix="", group="--rehearsal")
@example(prefix="-", group="--group=other")
def test_every_value_arrives_as_it_is(folder: Path, prefix: str, group: str) -> None:
    script = boot_script(parameter_prefix=prefix, group=group, digest="0a1b")

    result = run(script, f"{folder}:/usr/bin:/bin")

    assert result.returncode == 0, result.stderr
    options = parser().parse_args(result.stdout.decode().split("\0")[:-1])
    assert (options.parameter_prefix, options.group, options.rehearsal) == (prefix, group, False)
    assert len(script.encode()) < LONGEST_BYTES


def test_it_says_when_it_starts_and_what_an_image_lacks(folder: Path) -> None:
    script = boot_script(parameter_prefix="/a/b", group="g", digest="0a1b")

    assert run(script, f"{folder}:/usr/bin:/bin").stderr.decode().endswith("Z user-data: starting\n")
    without = run(script, "/usr/bin:/bin")
    assert without.returncode == 1
    assert b"user-data: error: this machine image has no slipway-boot; build one" in without.stderr


def test_a_digest_stays_in_its_comment() -> None:
    with pytest.raises(ValueError, match="letters and digits are allowed"):
        boot_script(parameter_prefix="/a/b", group="g", digest="0a\nreboot")
