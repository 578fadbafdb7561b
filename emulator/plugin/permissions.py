"""IAM: which resource a call is about, where the emulator does not say it.

The emulator checks every call of a function, an instance or a user against its policies. A call whose resource it
does not know is checked against all resources, and no policy that names one would ever allow it.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from emulator.plugin.borrowed import borrow, replace

_actions = borrow("core.iam_actions", "extract_resource_arn")

Extract = Callable[..., str]


def parameter_path_arn(body: bytes, region: str, account: str) -> str | None:
    """Return the resource of `ssm:GetParametersByPath`, or None if the body names no path."""
    try:
        path = json.loads(body).get("Path")
    except (ValueError, AttributeError):
        return None
    return f"arn:aws:ssm:{region}:{account}:parameter{path.rstrip('/')}" if isinstance(path, str) else None


def _with_parameter_paths(original: Extract) -> Extract:
    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
        region: str,
        account: str,
    ) -> str:
        target = headers.get("x-amz-target", "")
        named = None
        if service == "ssm" and target.endswith(".GetParametersByPath"):
            named = parameter_path_arn(body, region, account)
        return named or original(service, method, path, headers, body, query, region, account)

    return extract


def install() -> None:
    """Apply the corrections of this module."""
    replace(_actions, "extract_resource_arn", _with_parameter_paths)
