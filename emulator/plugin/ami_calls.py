"""EC2's calls about machine images: what they show, when an image was last launched, and how images and snapshots go.

Source: DescribeImages, DeregisterImage and DeleteSnapshot in the EC2 API reference. AWS tells a launch a day late.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from emulator.control import ControlError
from emulator.plugin import amis, moments, parameters
from emulator.plugin.borrowed import borrow, replace

_ec2 = borrow(
    "services.ec2",
    "_ACTION_MAP",
    "_STUB_AMIS",
    "_deregister_image",
    "_describe_image_attribute",
    "_describe_images",
    "_delete_snapshot",
    "_error",
    "_images",
    "_launch_instances_internal",
    "_p",
    "_parse_member_list",
    "_registered_image",
    "_tags",
    "_xml",
)

Request = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Call = Callable[[Request], Response]

PUBLIC_SINCE = "2026-01-01T00:00:00.000Z"
"""When the other public images are said to have been made, which the emulator makes up."""


def _describe(original: Call) -> Call:
    def describe(request: Request) -> Response:
        for ami in _ec2._parse_member_list(request, "ImageId"):
            if _ec2._registered_image(ami) is None and ami not in {stub[0] for stub in _ec2._STUB_AMIS}:
                return _unknown(ami)
        status, headers, body = original(request)
        shown = re.sub(r"<imageId>(ami-\w+)</imageId>", lambda found: found[0] + _more(found[1]), body.decode())
        return status, headers, shown.encode()

    return describe


def _unknown(ami: str) -> Response:
    refusal: Response = _ec2._error("InvalidAMIID.NotFound", f"The image id '[{ami}]' does not exist", 400)
    return refusal


def _more(ami: str) -> str:
    """Return what the emulator does not show of an image by itself."""
    image = _ec2._registered_image(ami) or {}
    shown = {
        "creationDate": image.get("CreationDate") or parameters.created(ami) or PUBLIC_SINCE,
        "lastLaunchedTime": image.get(amis.LAST_LAUNCHED),
        **{name[:1].lower() + name[1:]: value for name, value in image.get(amis.ORIGIN, {}).items()},
    }
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in shown.items() if value)


def _describe_attribute(original: Call) -> Call:
    def describe(request: Request) -> Response:
        image = _ec2._images.get(_ec2._p(request, "ImageId"))
        if image is None or _ec2._p(request, "Attribute") != "lastLaunchedTime":
            return original(request)
        value = f"<value>{image[amis.LAST_LAUNCHED]}</value>" if amis.LAST_LAUNCHED in image else ""
        text = f"<imageId>{image['ImageId']}</imageId><lastLaunchedTime>{value}</lastLaunchedTime>"
        answer: Response = _ec2._xml(200, "DescribeImageAttributeResponse", text)
        return answer

    return describe


def _noting_launches(original: Callable[..., Any]) -> Callable[..., Any]:
    def launch(ami: str, *rest: Any, **named: Any) -> Any:
        made = original(ami, *rest, **named)
        image = _ec2._registered_image(ami)
        if image is not None:
            image[amis.LAST_LAUNCHED] = moments.text()
        return made

    return launch


_failing: list[str] = []
"""What becomes of the next snapshots that are to go with their image, where that is not what should."""
_RETURN_CODES = ("missing-permissions", "internal-error", "client-error")


def keep_snapshots(arguments: dict[str, Any]) -> dict[str, Any]:
    """Say why the next images that go leave their snapshots behind (a command of the control API).

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSnapshotReturnCode.html

    :param arguments: `code`, and `times`, 1 if left out; without a code, all goes well again.
    :raises ControlError: if there is no such code.
    """
    code, times = arguments.get("code", ""), arguments.get("times", 1)
    if code and code not in _RETURN_CODES:
        raise ControlError(f"code is {code!r}; there are {', '.join(_RETURN_CODES)}")
    _failing[:] = [code] * int(times) if code else []
    return {"codes": list(_failing)}


def _end_of(snapshot: str) -> str:
    """Delete a snapshot whose image is gone, unless another stands on it, and return what is said of it."""
    if any(snapshot in amis.snapshots_of(ami) for ami in _ec2._images):
        return "skipped"
    if _failing:
        return _failing.pop()
    amis.forget_snapshot(snapshot)
    return "success"


def _deregister(original: Call) -> Call:
    def deregister(request: Request) -> Response:
        snapshots = amis.snapshots_of(_ec2._p(request, "ImageId"))
        answer = original(request)
        if answer[0] >= 400 or str(_ec2._p(request, "DeleteAssociatedSnapshots")).lower() != "true":
            return answer
        results = "".join(
            f"<item><snapshotId>{snapshot}</snapshotId><returnCode>{_end_of(snapshot)}</returnCode></item>"
            for snapshot in snapshots
        )
        text = f"<return>true</return><deleteSnapshotResultSet>{results}</deleteSnapshotResultSet>"
        done: Response = _ec2._xml(200, "DeregisterImageResponse", text)
        return done

    return deregister


def _delete_snapshot(original: Call) -> Call:
    def delete(request: Request) -> Response:
        snapshot = _ec2._p(request, "SnapshotId")
        user = next((ami for ami in _ec2._images if snapshot in amis.snapshots_of(ami)), None)
        if user is not None:
            text = f"The snapshot {snapshot} is currently in use by {user}"
            refusal: Response = _ec2._error("InvalidSnapshot.InUse", text, 400)
            return refusal
        answer = original(request)
        if answer[0] < 400:
            _ec2._tags.pop(snapshot, None)
        return answer

    return delete


_CALLS: dict[str, tuple[str, Callable[[Call], Call]]] = {
    "DescribeImages": ("_describe_images", _describe),
    "DescribeImageAttribute": ("_describe_image_attribute", _describe_attribute),
    "DeregisterImage": ("_deregister_image", _deregister),
    "DeleteSnapshot": ("_delete_snapshot", _delete_snapshot),
}


def install() -> None:
    """Put these calls in place of the emulator's own."""
    for action, (name, make) in _CALLS.items():
        replace(_ec2, name, make)
        _ec2._ACTION_MAP[action] = getattr(_ec2, name)
    replace(_ec2, "_launch_instances_internal", _noting_launches)
