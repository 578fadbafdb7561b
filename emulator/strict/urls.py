"""The two forms in which a template's address may name an object in S3."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+)\.(?P<host>s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?)")


def path_style(url: str) -> str:
    """Return the address with its bucket in the path: from `https://b.s3.region.amazonaws.com/k` comes `.../b/k`.

    Other addresses stay as they are.
    """
    parts = urlsplit(url)
    match = _VIRTUAL_HOST.fullmatch(parts.netloc)
    if match is None:
        return url
    return urlunsplit(parts._replace(netloc=match["host"], path=f"/{match['bucket']}{parts.path}"))
