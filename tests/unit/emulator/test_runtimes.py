"""Which build of the dependencies a machine loads."""

from __future__ import annotations

import sys

import pytest

from emulator.runtimes import Host, this_host


@pytest.mark.parametrize(("host", "expected"), [
    (Host("python3.12", "x86_64", is_linux=True), True),
    (Host("python3.13", "x86_64", is_linux=True), False),
    (Host("python3.12", "arm64", is_linux=True), False),
    (Host("python3.12", "x86_64", is_linux=False), False),
])  # fmt: skip
def test_layer_fits_its_own_python_processor_and_system_only(host, expected):
    assert host.fits("python3.12", "x86_64") is expected


@pytest.fixture
def builds(tmp_path):
    layer = tmp_path / "layers" / "python3.13-x86_64" / "python" / "lib" / "python3.13" / "site-packages"
    native = tmp_path / "native"
    for folder in (layer, native):
        folder.mkdir(parents=True)
    return tmp_path / "layers", layer, native


def test_linux_takes_the_layer_of_its_own_python(builds):
    layers, layer, native = builds

    assert Host("python3.13", "x86_64", is_linux=True).own_packages(layers, native) == layer


@pytest.mark.parametrize("host", [
    Host("python3.13", "x86_64", is_linux=False),
    Host("python3.14", "x86_64", is_linux=True),
    Host("python3.13", "", is_linux=True),
])  # fmt: skip
def test_others_take_what_was_built_for_the_machine(builds, host):
    layers, _layer, native = builds

    assert host.own_packages(layers, native) == native


def test_nothing_built_is_nothing_to_take(tmp_path):
    assert Host("python3.14", "arm64", is_linux=True).own_packages(tmp_path, tmp_path / "native") is None


def test_this_host_is_the_running_python():
    assert this_host().runtime == f"python{sys.version_info.major}.{sys.version_info.minor}"
