import pytest

from contract import environment
from contract.modes import Engine
from lambda_src.semantic_text_service.settings import RATING_SECONDS, read_engines, read_rating_seconds
from lambda_src.shared.settings import SettingsError


@pytest.mark.parametrize(
    ("value", "engines"),
    [
        (None, (Engine.EMBEDDED,)),
        ("embedded", (Engine.EMBEDDED,)),
        ("comprehend,embedded", (Engine.COMPREHEND, Engine.EMBEDDED)),
    ],
)
def test_engines(value, engines):
    assert read_engines({environment.SENTIMENT_ENGINES: value} if value else {}) == engines


@pytest.mark.parametrize("value", ["", "oracle", "embedded,", "embedded comprehend"])
def test_an_unknown_engine_is_refused_with_those_that_exist(value):
    with pytest.raises(SettingsError, match="out of embedded, comprehend"):
        read_engines({environment.SENTIMENT_ENGINES: value})


@pytest.mark.parametrize(("value", "seconds"), [(None, RATING_SECONDS), ("1.5", 1.5), ("30", 30.0)])
def test_time_to_rate(value, seconds):
    assert read_rating_seconds({environment.RATING_SECONDS: value} if value else {}) == seconds


@pytest.mark.parametrize("value", ["", "0", "-1", "soon", "nan", "inf"])
def test_a_time_that_is_none_is_refused(value):
    with pytest.raises(SettingsError, match="number of seconds above 0"):
        read_rating_seconds({environment.RATING_SECONDS: value})
