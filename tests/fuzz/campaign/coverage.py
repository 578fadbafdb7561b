"""Looks for bytes on which the HTML service fails, led by the code that they reach (libFuzzer, by atheris).

Run by `python -m tests.fuzz.campaign bytes`, which hands over libFuzzer's own arguments. The first byte of an input
says how the page is announced, the second what is put in the place of its texts; all others are the page.
"""

import sys

import atheris

with atheris.instrument_imports(include=["lambda_src.html_service"]):
    from lambda_src.html_service.charset import detect
    from lambda_src.html_service.outline import to_outline, to_page
    from lambda_src.html_service.segmenter import find_segments, put_in_place

from tests.fuzz.judges import EMPTY, HOSTILE, by_lexbor

LABELS = (None, "utf-8", "windows-1252", "shift_jis", "big5", "gbk", "euc-kr", "iso-2022-jp")


def try_input(data: bytes) -> None:
    """Fail if the page of an input loses a byte, or an element changes.

    :raises AssertionError: if it does.
    """
    announced, chosen, page = data[:1], data[1:2], data[2:]
    if not chosen:
        return
    encoding = detect(page, LABELS[announced[0] % len(LABELS)])
    segments = find_segments(page, encoding)
    assert put_in_place(page, encoding, segments, [None] * len(segments)) == page
    assert put_in_place(page, encoding, segments, [segment.text for segment in segments]) == page
    assert to_page(to_outline(page, encoding).nodes, encoding) == page
    if encoding.codec is None:
        assert not segments
        return
    # Text of the page's own bytes is hostile in ways that nobody thought of; white space alone is not text.
    text = (HOSTILE, EMPTY, "x" + page[:60].decode("latin-1"))[chosen[0] % 3]
    changed = put_in_place(page, encoding, segments, [text] * len(segments))
    if segments:
        assert by_lexbor(changed, encoding) == by_lexbor(page, encoding), (page, changed)


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_input)
    atheris.Fuzz()
