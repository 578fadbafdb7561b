"""SSM: the public parameters that name the newest Ubuntu images, and those images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import unique_hex

_ssm = borrow("services.ssm", "_PUBLIC_AMI_PARAMETERS")
_ec2 = borrow("services.ec2", "_STUB_AMIS", "_stub_image_view")

_CANONICAL = "099720109477"
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}


def _image_id(release: str, architecture: str) -> str:
    return "ami-" + unique_hex("ubuntu", release, architecture)


def install() -> None:
    """Add the parameters and images."""
    architectures = {}
    for release in ("22.04", "24.04"):
        for ubuntu, aws in _ARCHITECTURES.items():
            image = _image_id(release, ubuntu)
            for volume in ("gp2", "gp3"):
                name = f"/aws/service/canonical/ubuntu/server/{release}/stable/current/{ubuntu}/hvm/ebs-{volume}/ami-id"
                _ssm._PUBLIC_AMI_PARAMETERS[name] = image
            title = f"ubuntu/images/hvm-ssd-gp3/ubuntu-{release}-{ubuntu}-server"
            _ec2._STUB_AMIS.append((image, title, f"Ubuntu {release}", "", "/dev/sda1", _CANONICAL, None))
            architectures[image] = aws
    replace(_ec2, "_stub_image_view", lambda original: _with_architecture(original, architectures))


def _with_architecture(
    original: Callable[..., dict[str, Any]], architectures: dict[str, str]
) -> Callable[..., dict[str, Any]]:
    def view(image: str, *rest: Any) -> dict[str, Any]:
        shown = original(image, *rest)
        return {**shown, "Architecture": architectures.get(image, shown["Architecture"])}

    return view
