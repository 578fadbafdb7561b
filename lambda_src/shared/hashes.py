"""The short names of texts: what stands in a page for a text, and what a text is found again by.

Not for security: whoever wants two texts of one hash can make them, so they are told apart where they meet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

DIGITS = 10
"""Hexadecimal digits of a hash, the first of MD5's 32."""


def text_hash(text: str, digits: int = DIGITS) -> str:
    """Return the first hexadecimal digits of the MD5 of exactly this text, in UTF-8."""
    return hashlib.md5(text.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()[:digits]


def text_hashes(texts: Sequence[str]) -> list[str]:
    """Return the hash of each text: equal texts have one, different texts have different ones.

    Where two differ and begin alike, the later gets as many more digits as it takes; where even all of MD5 is alike,
    a number behind them.
    """
    owners: dict[str, str] = {}
    found: dict[str, str] = {}
    for text in texts:
        if text not in found:
            found[text] = _free(text, owners)
            owners[found[text]] = text
    return [found[text] for text in texts]


def _free(text: str, owners: dict[str, str]) -> str:
    whole = text_hash(text, digits=32)
    for digits in range(DIGITS, len(whole) + 1):
        if whole[:digits] not in owners:
            return whole[:digits]
    number = 2
    while f"{whole}-{number}" in owners:
        number += 1
    return f"{whole}-{number}"
