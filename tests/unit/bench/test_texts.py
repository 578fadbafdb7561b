import pytest

from bench.ratings import PUBLISHED
from bench.texts import agreement, measure


def test_every_comparison_is_made():
    said = []
    sections = measure(1, said.append)

    assert [section.title for section in sections] == [
        "Ratings",
        "Agreement with people",
    ]
    assert [len(section.comparisons) for section in sections] == [1, 2 * len(PUBLISHED)]
    assert all(comparison.median > 0 for section in sections for comparison in section.comparisons)
    assert len(said) == 2


@pytest.mark.parametrize("name", PUBLISHED)
def test_agreement_is_about_the_published_one(name):
    f1, _ = agreement(name)

    assert 0.9 < f1.median < 1.1
