"""Conditions on ratings: one share from one number to another, and several of those joined by `and` or `or`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contract.modes import HIGHEST_RATING, LOWEST_RATING, Sentiment
from lambda_src.semantic_text_service.rating import Scores

Share = Annotated[float, Field(ge=LOWEST_RATING, le=HIGHEST_RATING, allow_inf_nan=False)]

MOST_CRITERIA = 20


class Combine(StrEnum):
    """How several criteria make one condition."""

    AND = "and"
    OR = "or"


class Criterion(BaseModel):
    """That a text has at least so much of a sentiment, and less than so much."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    sentiment: Sentiment
    at_least: Share = LOWEST_RATING
    below: Share | None = None

    @model_validator(mode="after")
    def check_range(self) -> Self:
        if self.below is not None and self.below <= self.at_least:
            raise ValueError(
                f"at_least {self.at_least} and below {self.below} leave nothing between them; write a higher below, "
                "or leave it out"
            )
        return self

    def holds(self, scores: Scores) -> bool:
        """Return whether a text with these shares meets it."""
        share = scores.of(self.sentiment)
        return share >= self.at_least and (self.below is None or share < self.below)


def hold(criteria: Sequence[Criterion], combine: Combine, scores: Scores) -> bool:
    """Return whether a text with these shares meets all of the criteria, or any, as `combine` says."""
    met = (each.holds(scores) for each in criteria)
    return all(met) if combine is Combine.AND else any(met)
