"""What can be done with the text of a page."""

from enum import StrEnum


class Mode(StrEnum):
    """A transformation of text.

    `OFF` does not even ask the functions. `ROUNDTRIP` sends the page the whole way and gets the same bytes back.
    `XXX` masks letters and digits with `x` and keeps length and punctuation.
    """

    OFF = "off"
    ROUNDTRIP = "roundtrip"
    XXX = "xxx"
