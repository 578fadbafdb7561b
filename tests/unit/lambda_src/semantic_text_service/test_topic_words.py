import re

import pytest

from lambda_src.semantic_text_service.topic_words import WORDS, Topic


@pytest.mark.parametrize("topic", Topic)
def test_each_topic_has_words_that_can_be_met(topic):
    assert len(WORDS[topic]) >= 40
    assert all(re.fullmatch("[a-z0-9]+", word) for word in WORDS[topic])


def test_most_words_stand_for_one_topic():
    every = [word for words in WORDS.values() for word in words]

    assert len(set(every)) > 0.95 * len(every)
