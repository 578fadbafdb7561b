"""How far a deployment is, and what it did, in a few words."""

import pytest

from local.cdk import Progress
from local.up import summary, under_way


def test_until_the_first_event_the_templates_are_made() -> None:
    assert under_way(Progress([], [])) == "synthesise the templates and publish them"


def test_then_stacks_are_counted() -> None:
    progress = Progress(["a"], ["b"], "c 4/19 AWS::S3::Bucket create_complete")
    assert under_way(progress) == "2 stacks done; c 4/19 AWS::S3::Bucket create_complete"


@pytest.mark.parametrize(
    ("changed", "unchanged", "words"),
    [
        ([], [], ""),
        (["a"], [], "1 stack deployed"),
        (["a", "b"], ["c"], "2 stacks deployed, 1 unchanged"),
        ([], ["a", "b"], "2 unchanged"),
    ],
)
def test_summary(changed: list[str], unchanged: list[str], words: str) -> None:
    assert summary(Progress(changed, unchanged)) == words
