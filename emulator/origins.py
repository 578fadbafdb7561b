"""Who may call the embedded AWS: the programs of this machine, and no page that a browser shows.

Whoever calls it is root, whatever key is given, so a page of any web site that the user looks at could do everything.
What a browser says by itself, and what no page can change, tells its requests apart. It knows no application's rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HERE = ("127.0.0.1", "localhost")
_NAMES = re.compile(r"(.+\.)?(localhost|127\.0\.0\.1|amazonaws\.com|on\.aws|cloudfront\.net)")
"""Names that no stranger can have lead to this machine."""

_APPLICATION_HOST = re.compile(
    r"[a-z0-9]+\.(execute-api\.[a-z0-9-]+\.amazonaws\.com|lambda-url\.[a-z0-9-]+\.on\.aws|cloudfront\.net)"
)
# What lacks the identifier is none: the emulator takes that for a call of AWS.
_APPLICATION_PATH = re.compile(r"/_aws/(lambda-url/[^/]+(/.*)?|execute-api/[^/]+/.*)", re.DOTALL)


def is_application(path: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a request is for something deployed, which has rules of its own for pages of other origins."""
    return bool(_APPLICATION_PATH.fullmatch(path) or _APPLICATION_HOST.fullmatch(_name(headers.get("host", ""))))


def refusal(path: str, headers: Mapping[str, str], port: int, *, only_here: bool = False) -> str | None:
    """Return why a request is refused, None if it is not.

    :param headers: by their names in lower case.
    :param port: where the emulator is served.
    :param only_here: whether it must be asked for by its own address, and not by a name of AWS's.
    """
    own = {f"{name}:{port}" for name in _HERE}
    host = headers.get("host", "")
    # A web site can have its name lead to this machine after its page was loaded; the name stays in the request.
    if host not in own and (only_here or not _NAMES.fullmatch(_name(host))):
        return f"the embedded AWS is not to be called as {host!r}; call http://127.0.0.1:{port}"
    if is_application(path, headers):
        return None
    origin = headers.get("origin")
    if origin is not None and origin not in {f"http://{each}" for each in own}:
        return f"a page of {origin!r} must not call the embedded AWS; only programs of this machine may"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "a page of another site must not call the embedded AWS; only programs of this machine may"
    return None


def _name(host: str) -> str:
    return host.rpartition(":")[0].lower() if re.search(r":\d+$", host) else host.lower()
