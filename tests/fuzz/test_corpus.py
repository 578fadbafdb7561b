"""The cases that browsers and parsers of HTML are tested with: no byte is lost, and hostile text stays text.

Source: html5lib-tests. Their expected results are of no use here, as they are tokens and trees; their inputs are the
collected memory of what goes wrong with HTML.
"""

import json
from pathlib import Path

import pytest

from lambda_src.html_service.encodings import find_encoding
from lambda_src.html_service.outline import to_outline, to_page
from lambda_src.html_service.segmenter import find_segments, replace_segments
from tests.fuzz.judges import check

CASES = json.loads((Path(__file__).parent / "corpus" / "html5lib.json").read_text())
TOKENIZER, TREE = ([case.encode(errors="surrogatepass") for case in CASES[kind]] for kind in ("tokenizer", "tree"))
UTF8 = find_encoding("utf-8")


def test_there_are_thousands():
    assert (len(TOKENIZER), len(TREE)) == (6701, 1625)


@pytest.mark.parametrize("label", ["utf-8", "windows-1252", "shift_jis"])
def test_no_byte_is_lost(label):
    encoding = find_encoding(label)
    for page in TOKENIZER + TREE:
        segments = find_segments(page, encoding)
        assert replace_segments(page, encoding, [segment.text for segment in segments]) == page
        assert replace_segments(page, encoding, [None] * len(segments)) == page


def test_nodes_make_the_same_page():
    for page in TOKENIZER + TREE:
        if _is_valid(page):
            assert to_page(to_outline(page, UTF8).nodes, UTF8) == page


@pytest.mark.parametrize("start", range(4))
def test_hostile_text_changes_no_structure(start):
    for page in (TREE + TOKENIZER)[start::4]:
        check(page, UTF8)


def _is_valid(page):
    try:
        page.decode()
    except UnicodeDecodeError:
        return False
    return True
