"""SSM: the public parameters that name the newest Ubuntu images, and those images; newer ones can be published.

And those of users that name an image: whether there is such an image is looked up after the call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from emulator.control import ControlError
from emulator.image_builds.build import moment
from emulator.plugin import amis, clock, records
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import account, region, unique_hex

_ssm = borrow("services.ssm", "_PUBLIC_AMI_PARAMETERS", "_parameters", "_public_parameter", "_put_parameter")
_ec2 = borrow("services.ec2", "_STUB_AMIS", "_stub_image_view")
_responses = borrow("core.responses", "request_scope")

_CANONICAL = "099720109477"
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
RELEASES = ("22.04", "24.04")
_KIND = "base-image"
OF_IMAGES = "aws:ec2:image"
LOOKUP_SECONDS = 0.2
"""How long it takes until a value of that data type is there; on AWS it is some seconds."""

put_at_once = _ssm._put_parameter
"""Writes a parameter as the emulator itself does, for who knows that the image is there."""

_HOME = ("000000000000", "us-east-1")
"""Account and region under which published images are kept; they are the same for all."""

Image = dict[str, Any]
"""`Id`, `Release`, `Architecture` as Ubuntu calls it, `Version` of the parameter, `Created`."""


def _first(release: str, architecture: str) -> Image:
    image = "ami-" + unique_hex("ubuntu", release, architecture)
    created = "2026-01-01T00:00:00.000Z"
    return {"Id": image, "Release": release, "Architecture": architecture, "Version": 1, "Created": created}


_FIRST = [_first(release, architecture) for release in RELEASES for architecture in _ARCHITECTURES]


def _images() -> list[Image]:
    """Return all public images, oldest first; a newer one takes the place of an older one in the parameters only."""
    return [*_FIRST, *(record for _account, _region, record in records.everywhere(_KIND))]


def created(ami: str) -> str:
    """Return when a public image was made; nothing for any other."""
    return next((str(known["Created"]) for known in _images() if known["Id"] == ami), "")


def publish(arguments: dict[str, Any]) -> dict[str, Any]:
    """Publish a newer image of each release and architecture that is meant (a command of the control API).

    :param arguments: `release` and `architecture`; all, where one is not given.
    :raises ControlError: if one is not known.
    """
    known = {"release": RELEASES, "architecture": tuple(_ARCHITECTURES)}
    for name, value in arguments.items():
        if value not in known.get(name, ()):
            choice = ", ".join(known.get(name, known))
            raise ControlError(f"{name} is {value!r}; there {'are' if name in known else 'are the settings'} {choice}")
    meant = [
        image for image in _newest().values() if all(image[name.title()] == value for name, value in arguments.items())
    ]
    return {"images": [{"before": before["Id"], **_publish(before)} for before in meant]}


def _newest() -> dict[tuple[str, str], Image]:
    return {(image["Release"], image["Architecture"]): image for image in _images()}


def _publish(before: Image) -> dict[str, str]:
    release, architecture, version = before["Release"], before["Architecture"], before["Version"] + 1
    image = {
        **before,
        "Id": "ami-" + unique_hex("ubuntu", release, architecture, str(version)),
        "Version": version,
        "Created": moment(clock.now()),
    }
    with _responses.request_scope(*_HOME):
        records.put(_KIND, image["Id"], image)
    return {"after": image["Id"], "parameter": _parameter(image, "gp3")}


def _parameter(image: Image, volume: str) -> str:
    place = f"/aws/service/canonical/ubuntu/server/{image['Release']}/stable/current/{image['Architecture']}"
    return f"{place}/hvm/ebs-{volume}/ami-id"


class _Stubs(list[Any]):
    """The public images that EC2 knows, with those that are published later."""

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        for image in _images():
            title = f"ubuntu/images/hvm-ssd-gp3/ubuntu-{image['Release']}-{image['Architecture']}-server"
            yield (image["Id"], title, f"Ubuntu {image['Release']}", "", "/dev/sda1", _CANONICAL, None)


def install() -> None:
    """Add the parameters and images."""
    for image in _FIRST:
        for volume in ("gp2", "gp3"):
            _ssm._PUBLIC_AMI_PARAMETERS[_parameter(image, volume)] = image["Id"]
    replace(_ssm, "_public_parameter", _with_newest)
    replace(_ssm, "_put_parameter", _looking_up)
    vars(_ec2)["_STUB_AMIS"] = _Stubs(_ec2._STUB_AMIS)
    replace(_ec2, "_stub_image_view", _with_architecture)


def _with_newest(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def public(name: str) -> Any:
        found = original(name)
        for image in _newest().values():
            if found and name in (_parameter(image, "gp2"), _parameter(image, "gp3")):
                return {**found, "Value": image["Id"], "Version": image["Version"]}
        return found

    return public


def _with_architecture(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def view(ami: str, *rest: Any) -> dict[str, Any]:
        shown = original(ami, *rest)
        ubuntu = next((known["Architecture"] for known in _images() if known["Id"] == ami), "")
        return {**shown, "Architecture": _ARCHITECTURES.get(ubuntu, shown["Architecture"])}

    return view


def _looking_up(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Take a value that names an image some time after the call, and not at all where there is no such image.

    Source: `DataType` in https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """

    def put(data: dict[str, Any]) -> Any:
        known = _ssm._parameters.get(data.get("Name"))
        if data.get("DataType") != OF_IMAGES or (known and not data.get("Overwrite")):
            return original(data)
        owner, place = account(), region()

        def take() -> None:
            with _responses.request_scope(owner, place):
                if amis.architecture_of(str(data.get("Value"))):
                    original(data)

        asyncio.get_running_loop().call_later(LOOKUP_SECONDS, take)
        answer = {"Version": known["Version"] + 1 if known else 1, "Tier": data.get("Tier", "Standard")}
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()

    return put
