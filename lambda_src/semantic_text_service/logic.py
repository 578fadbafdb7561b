"""What each mode does to a text. Pure: same text and mode, same result."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Sequence

from contract.modes import Mode

MASK = "x"

_ASCII_MASK = str.maketrans(dict.fromkeys(string.ascii_letters + string.digits, MASK))


def transform(mode: Mode, texts: Sequence[str]) -> list[str]:
    """Return the texts, each transformed, in the same order."""
    match mode:
        case Mode.OFF | Mode.ROUNDTRIP:
            return list(texts)
        case Mode.XXX:
            return [mask(text) for text in texts]


def mask(text: str) -> str:
    """Return the text with letters and digits of every script replaced by `x`, and everything else kept.

    The number of code points stays. A combining mark belongs to what it stands on: over a letter it becomes an `x`
    too, as a lone accent would tell what was masked; on an emoji (a variation selector, say) it stays.
    """
    if text.isascii():
        return text.translate(_ASCII_MASK)
    masked: list[str] = []
    over_letter = False
    for character in text:
        kind = unicodedata.category(character)[0]
        over_letter = kind in "LN" or (kind == "M" and over_letter)
        masked.append(MASK if over_letter else character)
    return "".join(masked)
