"""The instance's services, as the boot step asks the service manager for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from slipway_proxy.memory import Share

BOOT_UNIT = "slipway-boot.service"
PROXY_UNIT = "slipway-proxy@{}.service"
HEALTH_UNIT = "slipway-health.service"
DROP_IN = Path("/run/systemd/system/slipway-proxy@.service.d/memory.conf")


class ServiceError(Exception):
    """The service manager refused; the message says what and why."""


def boot() -> None:
    """Run the boot step now, and whenever the machine boots from now on.

    :raises ServiceError: if the service manager refuses, or the boot step fails.
    """
    _systemctl("enable", BOOT_UNIT)
    _systemctl("start", BOOT_UNIT)


def start(processes: int) -> None:
    """Start the processes of the proxy, and the health application: all of them or none.

    :param processes: how many.
    :raises ServiceError: if one does not start.
    """
    units = [*(PROXY_UNIT.format(number) for number in range(1, processes + 1)), HEALTH_UNIT]
    try:
        _systemctl("start", *units)
    except ServiceError as error:
        _systemctl("stop", *units)
        raise ServiceError(f"{error}; see journalctl -u 'slipway-proxy@*' -u slipway-health") from error


def bound_memory(share: Share, drop_in: Path = DROP_IN) -> None:
    """Have the kernel bound each process of the proxy, until the machine ends.

    :raises ServiceError: if the service manager refuses.
    """
    text = f"[Service]\nMemoryHigh={share.high}\nMemoryMax={share.maximum}\n"
    try:
        drop_in.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        drop_in.write_text(text)
        drop_in.chmod(0o644)
    except OSError as error:
        raise ServiceError(f"cannot write {drop_in}: {error.strerror}") from error
    _systemctl("daemon-reload")


def _systemctl(*words: str) -> None:
    program = shutil.which("systemctl")
    if program is None:
        raise ServiceError("systemctl is not on PATH; slipway-boot runs on an instance only")
    result = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if result.returncode:
        said = " ".join(result.stderr.split())
        raise ServiceError(f"systemctl {' '.join(words)} ended with {result.returncode}: {said or 'it said nothing'}")
