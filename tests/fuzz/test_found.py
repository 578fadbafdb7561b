"""What searches for broken input have found, ours and those of others: no byte is lost, and hostile text stays text."""

import base64
import json
from pathlib import Path

import pytest

from lambda_src.html_service.charset import detect
from tests.fuzz.judges import check

FOUND = json.loads((Path(__file__).parent / "corpus" / "found.json").read_text())


def cases(source):
    return [base64.b64decode(case) for case in FOUND[source]["cases"]]


@pytest.mark.parametrize("label", [None, "utf-8", "shift_jis", "iso-2022-jp"])
@pytest.mark.parametrize("source", sorted(FOUND))
def test_pages(source, label):
    for page in cases(source):
        check(page, detect(page, label))
