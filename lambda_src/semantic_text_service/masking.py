"""Texts made unreadable or invisible, in any script, with their length and their punctuation kept. Pure.

Length is what a reader sees: what stands on a letter (accents, vowel signs, joiners, the parts of a Hangul syllable)
goes with it. So the number of code points may shrink, and the number of visible letters does not change.
"""

from __future__ import annotations

import re
import string
import unicodedata

MASK = "x"
GROUPS = ((10, "a"), (25, "b"), (60, "c"), (150, "d"))
LONGEST = "e"
"""Texts of at most 10 characters are masked with `a`, … and those of more than 150 with `e`."""

EMPTY = "\u00a0"
"""A no-break space: as wide as a letter, roughly, and never collapsed or broken; so the layout stays."""

_JOINERS = "\u200c\u200d"
_INVISIBLE = _JOINERS + "\u200b\u2060\ufeff"
_HANGUL_REST = "\u1160-\u11ff\ud7b0-\ud7fb"
"""Vowels and final consonants of Hangul that is written in parts: they share a square with what stands before."""

_SYMBOLS = (
    "\u249c-\u24e9\u2801-\u28ff\u2e80-\u2fd5\u3192-\u319f\u3200-\u327e\u3280-\u33ff"
    "\U0001f110-\U0001f12e\U0001f130-\U0001f169\U0001f170-\U0001f189\U0001f200-\U0001f251"
)
"""Letters that Unicode has among the symbols: in circles, squares and brackets, of Braille, and parts of ideographs.

Signs made of letters, such as the trade mark's, and the letters of flags are none.
"""

_LETTER = rf"(?:[^\W_]|[{_SYMBOLS}])"
_ASCII = string.ascii_letters + string.digits
_ASCII_MASKS = {letter: str.maketrans(dict.fromkeys(_ASCII, letter)) for letter in "xabcde"}


def mask(text: str, letter: str = MASK) -> str:
    """Return the text with letters and digits of every script replaced, and everything else kept.

    A mark belongs to what it stands on: over a letter it goes, as a lone accent would tell what was masked; on an
    emoji (a variation selector, say) it stays.

    :param letter: what stands in their place.
    """
    if text.isascii():
        return text.translate(_ASCII_MASKS[letter])
    return re.sub(f"{_LETTER}[{_HANGUL_REST}{_JOINERS}{_marks(text)}]*", letter, text)


def mask_by_size(text: str) -> str:
    """Return the text masked with a letter that tells how long it is, from `a` for the shortest to `e`."""
    size = len(text.strip())
    return mask(text, next((letter for most, letter in GROUPS if size <= most), LONGEST))


def hide(text: str) -> str:
    """Return empty space as long as the text, with its own white space where it is."""
    if text.isascii():
        return re.sub(r"\S", EMPTY, text)
    return re.sub(r"\S", EMPTY, re.sub(f"[{_INVISIBLE}{_marks(text)}]", "", text))


def _marks(text: str) -> str:
    """Return the combining marks of a text, once each, as they may stand between the brackets of an expression."""
    marks = sorted(each for each in set(text) if unicodedata.category(each)[0] == "M")
    return re.escape("".join(marks))
