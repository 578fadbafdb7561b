"""What is kept comes back; what is missing, cut off or altered does not."""

from __future__ import annotations

import pytest

from constructs_lib.policy.memory import Memory, digest_of

DIGEST = digest_of(["a template"])


@pytest.fixture
def memory(tmp_path):
    return Memory(tmp_path / "deep" / "folder")


def test_what_is_kept_comes_back(memory):
    memory.keep(DIGEST, "two\nlines")

    assert memory.recall(DIGEST) == "two\nlines"
    assert memory.recall(digest_of(["another"])) is None


def test_an_empty_text_is_a_text(memory):
    memory.keep(DIGEST, "")

    assert memory.recall(DIGEST) == ""


@pytest.mark.parametrize("damage", [lambda _: b"", lambda kept: kept[:-1], lambda kept: kept + b"x", lambda _: b"\xff"])
def test_a_damaged_record_counts_as_none(memory, tmp_path, damage):
    memory.keep(DIGEST, "findings")
    (record,) = (tmp_path / "deep" / "folder").iterdir()
    record.write_bytes(damage(record.read_bytes()))

    assert memory.recall(DIGEST) is None


def test_a_record_of_another_template_counts_as_none(memory, tmp_path):
    memory.keep(DIGEST, "no finding")
    other = digest_of(["another"])
    (tmp_path / "deep" / "folder" / DIGEST).rename(tmp_path / "deep" / "folder" / other)

    assert memory.recall(other) is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    (tmp_path / "file").write_text("in the way")
    memory = Memory(tmp_path / "file")

    memory.keep(DIGEST, "findings")
    memory.forget()

    assert memory.recall(DIGEST) is None


def test_the_oldest_are_forgotten(memory):
    digests = [digest_of([number]) for number in range(5)]
    for digest in digests:
        memory.keep(digest, "findings")

    memory.forget(most=5)
    assert [memory.recall(digest) for digest in digests] == ["findings"] * 5
    memory.forget(most=2)
    assert [memory.recall(digest) for digest in digests].count("findings") == 2


def test_a_digest_tells_parts_apart():
    assert len({digest_of(["ab", "c"]), digest_of(["a", "bc"]), digest_of(["abc"]), digest_of([None])}) == 4
