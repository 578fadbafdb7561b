"""The tables of modes and engines are complete."""

from contract.modes import ENGINE_VERSIONS, RULES, Engine, Mode, Sentiment


def test_modes_that_rate_are_those_that_say_so_by_their_name():
    assert set(RULES) == {mode for mode in Mode if mode.startswith(("xxx-negative", "hide-"))}


def test_a_mode_is_named_after_its_sentiment():
    assert all(rule.sentiment.value in mode.value for mode, rule in RULES.items())


def test_thresholds_are_those_of_the_specification():
    rules = RULES.values()
    found = {each: [rule.at_least for rule in rules if rule.sentiment is each] for each in Sentiment}

    assert found == {
        Sentiment.NEGATIVE: [0.05, 0.1, 0.2, 0.3, 0.4],
        Sentiment.POSITIVE: [0.7],
        Sentiment.NEUTRAL: [0.6],
        Sentiment.MIXED: [0.8],
    }


def test_every_engine_has_a_version_of_its_own():
    assert ENGINE_VERSIONS.keys() == set(Engine)
    assert len(set(ENGINE_VERSIONS.values())) == len(Engine)
