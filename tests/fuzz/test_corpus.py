"""The cases that browsers and parsers of HTML are tested with: no byte is lost, and hostile text stays text.

Source: html5lib-tests. Their expected results are of no use here, as they are tokens and trees; their inputs are the
collected memory of what goes wrong with HTML.
"""

import json
from pathlib import Path

import pytest

from lambda_src.html_service.encodings import find_encoding
from lambda_src.html_service.nodes import HtmlDict
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


@pytest.mark.parametrize("label", ["utf-8", "shift_jis", "utf-16le"])
def test_nodes_make_the_same_page(label):
    """They do when they have been JSON in between, and whatever a page's bytes are in its encoding."""
    encoding = find_encoding(label)
    for page in TOKENIZER + TREE:
        nodes = to_outline(page, encoding).nodes
        read = HtmlDict.model_validate_json(HtmlDict.model_construct(nodes=nodes).model_dump_json()).nodes
        assert to_page(read, encoding) == page


@pytest.mark.parametrize("start", range(4))
def test_hostile_text_changes_no_structure(start):
    for page in (TREE + TOKENIZER)[start::4]:
        check(page, UTF8)
