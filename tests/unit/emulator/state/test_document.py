"""The saved state is whole or refused, and never touched when it is refused."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.state.document import Document, StateError, Writer

WRITER = Writer("1.5.33")


@pytest.fixture
def document(tmp_path: Path) -> Document:
    return Document(tmp_path / "state" / "aws", WRITER)


def as_it_is(values: dict[str, object]) -> dict[str, object]:
    return values


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written_is_read(document):
    document.write([("sqs", '{"queues": [1]}'), ("sns", "[]")])

    assert document.read(as_it_is) == {"sqs": {"queues": [1]}, "sns": []}


def test_nothing_saved_yet_is_an_empty_state(document):
    assert document.read(as_it_is) == {}


def test_an_interrupted_save_leaves_the_one_before(document):
    document.write([("sqs", "1")])
    before = snapshot(document.path.parent)

    def full_disk() -> Iterator[tuple[str, str]]:
        yield "sqs", "2"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        document.write(full_disk())

    assert snapshot(document.path.parent) == before
    assert document.read(as_it_is) == {"sqs": 1}


def test_two_saves_at_once_go_one_after_the_other(document):
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> Iterator[tuple[str, str]]:
        yield "sqs", "1"
        begun.set()
        assert may_end.wait(10)
        yield "sns", "1"

    with ThreadPoolExecutor() as pool:
        first = pool.submit(document.write, slow())
        assert begun.wait(10)
        last = pool.submit(document.write, [("sqs", "2")], is_last=True)
        may_end.set()
        first.result(10), last.result(10)

    assert document.read(as_it_is) == {"sqs": 2}


def test_a_save_that_comes_late_does_not_replace_the_last_one(document):
    assert document.write([("sqs", "2")], is_last=True)

    assert not document.write([("sqs", "1")])
    assert document.read(as_it_is) == {"sqs": 2}
    assert document.write([("sqs", "3")], is_last=True)
    assert document.read(as_it_is) == {"sqs": 3}


def test_the_state_of_one_save_earlier_is_kept(document):
    document.write([("sqs", "1")])
    document.write([("sqs", "2")])

    shutil.copyfile(document.previous, document.path)
    assert document.read(as_it_is) == {"sqs": 1}


@pytest.mark.parametrize("damage", [b"", b'{"ministack": "1.5.33", "plug', b"[]", b'{"services": {}}', b"\xff\xfe"])
def test_a_damaged_file_is_refused_with_the_way_back_and_left_alone(document, damage):
    document.write([("sqs", "1")])
    document.write([("sqs", "2")])
    document.path.write_bytes(damage)
    before = snapshot(document.path.parent)

    with pytest.raises(StateError, match=r"is damaged[\s\S]*left as it is\n  next: put state.json.previous") as refused:
        document.read(as_it_is)

    assert str(document.path) in str(refused.value)
    assert snapshot(document.path.parent) == before


@pytest.mark.parametrize("other", [Writer("1.5.30"), Writer("1.5.33", plugin=WRITER.plugin + 1)])
def test_a_state_of_another_version_is_refused_by_name(document, other):
    Document(document.path.parent, other).write([("sqs", "1")])
    before = document.path.read_bytes()

    with pytest.raises(StateError, match=r"was written by ministack[\s\S]*next: use that version again") as refused:
        document.read(as_it_is)

    assert str(other) in str(refused.value)
    assert str(WRITER) in str(refused.value)
    assert document.path.read_bytes() == before


def test_a_state_of_the_former_form_is_not_taken_for_an_empty_one(document):
    document.path.parent.mkdir(parents=True)
    (document.path.parent / "sqs.json").write_text(json.dumps({"payload": {}}))

    with pytest.raises(StateError, match=r"sqs.json and others, as an earlier version"):
        document.read(as_it_is)
