"""What the service manager is asked for, in place of which a script notes it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from slipway_proxy import services
from slipway_proxy.memory import Share
from slipway_proxy.services import ServiceError


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file with what was asked; `refuses` beside it names the verb that fails."""
    program = tmp_path / "systemctl"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n'
        f'if [ "$1" = "$(cat {tmp_path}/refuses 2>&1)" ]; then echo "it is\nbroken" >&2; exit 5; fi\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "asked"


def test_the_boot_step_runs_now_and_at_each_boot(asked: Path) -> None:
    services.boot()
    assert asked.read_text() == "enable slipway-boot.service\nstart slipway-boot.service\n"


def test_all_services_start_or_none_runs(asked: Path) -> None:
    units = "slipway-proxy@1.service slipway-proxy@2.service slipway-health.service"
    services.start(2)
    assert asked.read_text() == f"start {units}\n"
    (asked.parent / "refuses").write_text("start")
    with pytest.raises(ServiceError, match="ended with 5: it is broken; see journalctl -u 'slipway-proxy@"):
        services.start(2)
    assert asked.read_text().splitlines()[1:] == [f"start {units}", f"stop {units}"]


def test_the_kernel_bounds_each_process(asked: Path, tmp_path: Path) -> None:
    drop_in = tmp_path / "slipway-proxy@.service.d" / "memory.conf"
    services.bound_memory(Share(soft=100, high=115, maximum=130), drop_in)
    assert drop_in.read_text() == "[Service]\nMemoryHigh=115\nMemoryMax=130\n"
    assert stat.S_IMODE(drop_in.stat().st_mode) == 0o644
    assert asked.read_text() == "daemon-reload\n"
    with pytest.raises(ServiceError, match="cannot write "):
        services.bound_memory(Share(1, 2, 3), drop_in / "below-a-file")


def test_without_a_service_manager_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ServiceError, match="systemctl is not on PATH"):
        services.boot()
