import pytest
from pydantic import ValidationError

from contract.modes import Sentiment
from lambda_src.semantic_text_service.criteria import Combine, Criterion, hold
from lambda_src.semantic_text_service.rating import Scores

SCORES = Scores(positive=0.6, negative=0.3, neutral=0.1)


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        ({}, True),
        ({"at_least": 0.6}, True),
        ({"at_least": 0.61}, False),
        ({"below": 0.6}, False),
        ({"below": 0.7}, True),
    ],
)
def test_a_criterion_holds_from_its_lower_bound_to_below_its_upper(limits, holds):
    assert Criterion(sentiment=Sentiment.POSITIVE, **limits).holds(SCORES) is holds


@pytest.mark.parametrize(
    ("combine", "negative_at_least", "holds"),
    [(Combine.AND, 0.3, True), (Combine.AND, 0.4, False), (Combine.OR, 0.4, True), (Combine.OR, 0.3, True)],
)
def test_criteria_are_combined_by_and_and_or(combine, negative_at_least, holds):
    criteria = [
        Criterion(sentiment=Sentiment.POSITIVE, at_least=0.5),
        Criterion(sentiment=Sentiment.NEGATIVE, at_least=negative_at_least),
    ]
    assert hold(criteria, combine, SCORES) is holds


def test_or_of_criteria_that_all_fail():
    assert not hold([Criterion(sentiment=Sentiment.MIXED, at_least=0.1)] * 2, Combine.OR, SCORES)


def test_bounds_that_leave_nothing_are_refused():
    with pytest.raises(ValidationError, match="leave nothing between them; write a higher below"):
        Criterion(sentiment=Sentiment.MIXED, at_least=0.5, below=0.5)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_share_is_from_0_to_1(value):
    with pytest.raises(ValidationError):
        Criterion(sentiment=Sentiment.MIXED, at_least=value)
