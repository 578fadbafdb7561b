"""The component that makes the bill names it as its readers look for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.images import BILL_LOG_LINE, bill_key
from local.image import documents

COMPONENTS = Path(__file__).parents[4] / "ami_build/components"
DOCUMENT = COMPONENTS / "80-bill-of-materials.yaml"
HASH = "{{ build.WriteBill.outputs.stdout }}"


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def test_the_bill_is_kept_under_the_name_by_which_it_is_looked_for(text: str) -> None:
    assert documents.problems(DOCUMENT) == []
    assert f'destination: "{bill_key("{{ BillsUri }}", HASH)}"' in text


def test_the_log_tells_its_hash_in_the_words_that_are_looked_for(text: str) -> None:
    assert f'echo "{BILL_LOG_LINE}{HASH}"' in text


def test_only_cleaning_up_comes_after_it() -> None:
    assert [path.stem for path in sorted(COMPONENTS.glob("*.yaml")) if path.name > DOCUMENT.name] == ["90-clean-up"]
