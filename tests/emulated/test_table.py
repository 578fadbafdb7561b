"""The table of docs/emulator.md is what the tests are marked as."""

from __future__ import annotations

from pathlib import Path

from tests.emulated.table import DOCUMENT, Row, render, rows, updated

MARKED = """
@pytest.mark.behaviour("S3", "a bucket with objects cannot be deleted")
def test_one(): ...

@pytest.mark.behaviour("S3", "served on loopback", aws=False)
def test_two(): ...

@pytest.mark.difference("EC2", aws="takes minutes", here="takes none")
def test_three(): ...
"""


def test_the_document_is_up_to_date():
    assert updated(DOCUMENT.read_text(), render(rows())) == DOCUMENT.read_text(), "run python -m tests.emulated.table"


def test_marks_become_rows(tmp_path: Path):
    (tmp_path / "test_x.py").write_text(MARKED)

    assert rows(tmp_path) == [
        Row("EC2", True, "AWS: takes minutes — here: takes none", False, "test_x.py::test_three"),
        Row("S3", False, "a bucket with objects cannot be deleted", True, "test_x.py::test_one"),
        Row("S3", False, "served on loopback", False, "test_x.py::test_two"),
    ]


def test_every_mark_is_on_a_test_that_says_one_thing():
    texts = [row.text for row in rows()]

    assert len(texts) == len(set(texts))
