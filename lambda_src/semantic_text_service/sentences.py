"""Long texts cut into pieces that an engine takes, at the ends of sentences if there are any. Pure, and linear."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？।؟۔]+|\n+")  # noqa: RUF001 - ends of other scripts
_GAP = re.compile(r"\s+")


def split(text: str, most_bytes: int) -> list[str]:
    """Return the text in pieces; put together, they are the text.

    :param most_bytes: size of a piece in UTF-8, at least 4. A sentence that is larger is cut between words, and a
        word that is larger between characters.
    """
    pieces: list[str] = []
    start = 0
    while size(text[start : start + most_bytes + 1]) > most_bytes:
        window = _start_of(text, start, most_bytes)
        end = _last(_SENTENCE_END, window) or _last(_GAP, window) or len(window)
        pieces.append(window[:end])
        start += end
    if start < len(text) or not pieces:
        pieces.append(text[start:])
    return pieces


def size(text: str) -> int:
    """Return the bytes of a text in UTF-8; half of a surrogate pair, which has none, counts as one."""
    return len(text.encode(errors="replace"))


def _start_of(text: str, start: int, most_bytes: int) -> str:
    """Return as many whole characters as there are room for."""
    room = text[start : start + most_bytes].encode(errors="replace")[:most_bytes]
    return text[start : start + len(room.decode(errors="ignore"))]


def _last(pattern: re.Pattern[str], window: str) -> int:
    """Return where the last match ends, 0 if there is none."""
    return max((found.end() for found in pattern.finditer(window)), default=0)
