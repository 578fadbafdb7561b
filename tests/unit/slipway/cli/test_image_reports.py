"""What the `image` commands found is shaped; most of it is shown by the tests of the commands."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from slipway.cli import image_reports
from slipway.domain.errors import SlipwayError
from slipway.engine.images.listing import Entry
from tests.unit.slipway.engine.images.world import World


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-3), "0 min old"),
        (timedelta(minutes=59), "59 min old"),
        (timedelta(hours=47), "47 h old"),
        (timedelta(days=40), "40 days old"),
    ],
)
def test_ages_are_round(age, text):
    image = World().finished()

    assert text in str(image_reports.entries_in_words([Entry(image, (), (), None)], "blue", image.created + age, ""))


def test_an_error_is_a_document():
    error = image_reports.error_as_json(SlipwayError("code", "what", "next"))

    assert json.loads(error) == {"error": {"code": "code", "what": "what", "next": "next"}}
