"""Lines are told while they come, and all of them are kept."""

from __future__ import annotations

import os

from local.image.lines import Reader


def test_a_line_is_told_before_the_stream_ends() -> None:
    out, into = os.pipe()
    heard: list[str] = []
    reader = Reader(os.fdopen(out, "rb"), heard.append)
    with os.fdopen(into, "wb") as stream:
        stream.write(b"one\ntw\xff")
    assert reader.text() == "one\ntw�"
    assert heard == ["one", "tw�"]
